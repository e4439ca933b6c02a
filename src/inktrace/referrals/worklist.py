"""The month's work list, and why one report stands where it does."""

from __future__ import annotations

import re
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.errors import UsageError

_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def work_list(relations: Relations, month: str | None, size: int) -> pa.Table:
    """The first `size` items of a month that nobody has judged, one row each, in order of rank.

    Columns: rank, item_id, priority, completeness, reports (of the item, in this month), of (all
    its reports), reporters, received_us (of the head), referral_id (the head: its priority is the
    item's), lead_id, identity_id, grouped_by, reasons (points and sentence, weightiest first, ' | '
    between), referral_ids (of this month, by spaces). `month` is as 2026-10; none: the latest.

    Raises UsageError for a month that is none.
    """
    reports = relations["referral_priorities"]
    months = relations.collect(reports.select(month=reports.month.max()).distinct())
    chosen = month or (months["month"][0].as_py() if months.num_rows else None) or "0000-01"
    if not _MONTH.fullmatch(chosen):
        raise UsageError(f"the month is {chosen!r}", do="write it as 2026-10")
    sent = relations["referrals"].select("referral_id", "reporter", "received_us")
    whole = reports.filter(reports.month == chosen).join(sent, "referral_id")
    items = whole.group_by("item_id").aggregate(
        reports=whole.count(),
        reporters=whole.reporter.nunique(),
        referral_ids=whole.referral_id.group_concat(" ", order_by=whole.referral_id.asc()),
    )
    heads = whole.filter(whole.rank.notnull() & (whole["rank"] <= size))
    listed = heads.join(items, "item_id").join(_in_words(relations), "referral_id", how="left")
    picked = listed.select(
        "rank",
        "item_id",
        "priority",
        "completeness",
        "reports",
        "reporters",
        "received_us",
        "referral_id",
        "lead_id",
        "identity_id",
        "grouped_by",
        "reasons",
        "referral_ids",
        of=listed.item_reports,
    )
    return relations.collect(picked.order_by("rank"))


def explained_report(relations: Relations, referral_id: str) -> dict[str, Any]:
    """One report: its figures, reasons, identifiers, and the other reports of its item.

    Keys: those of referral_priorities; reasons, identifiers and item (lists). The report's text is
    not among them. Raises UsageError where there is no such report.
    """
    reports = relations["referral_priorities"]
    found = _rows(relations, reports.filter(reports.referral_id == referral_id))
    if not found:
        raise UsageError(
            f"there is no report {referral_id!r}", do="see the ids with: inktrace show referrals"
        )
    reasons, held = relations["referral_reasons"], relations["referral_identifiers"]
    mine = reasons.filter(reasons.referral_id == referral_id)
    given = held.filter(held.referral_id == referral_id)
    others = reports.filter(reports.item_id == found[0]["item_id"])
    return {
        **{name: value for name, value in found[0].items() if name != "run_id"},
        "reasons": _rows(
            relations,
            mine.order_by(mine.points.abs().desc(), mine.reason).select(
                "reason", "points", "what", "value", "source"
            ),
        ),
        "identifiers": _rows(
            relations, given.order_by("kind", "value").select("kind", "value", "found_in")
        ),
        "item": _rows(
            relations,
            others.order_by("referral_id").select(
                "referral_id", "month", "priority", "completeness", "grouped_by"
            ),
        ),
    }


def judged_reasons(relations: Relations) -> list[dict[str, Any]]:
    """Of each reason: judged reports, how many were useful, share and 95% interval."""
    rows = relations["referral_feedback"].drop("run_id")
    return _rows(relations, rows.order_by((rows.reason == "all").desc(), "reason"))


def _in_words(relations: Relations) -> ir.Table:
    """(referral_id, reasons): points and sentence of each, weightiest first."""
    rows = relations["referral_reasons"]
    points = ibis.ifelse(rows.points > 0, "+", "") + rows.points.cast("string")
    told = points.re_replace(r"\.0$", "") + ibis.literal(" ") + rows.what
    words = told.group_concat(" | ", order_by=[rows.points.abs().desc(), rows.reason.asc()])
    return rows.group_by("referral_id").aggregate(reasons=words)


def _rows(relations: Relations, rows: ir.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = relations.collect(rows).to_pylist()
    return found
