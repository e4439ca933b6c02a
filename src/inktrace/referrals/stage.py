"""The referrals stage: reports grouped, joined and ranked, with every reason as a row."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.params import ReferralsParams
from inktrace.progress import Progress
from inktrace.referrals.facts import report_facts
from inktrace.referrals.feedback import feedback_rows, latest_verdicts
from inktrace.referrals.reasons import reason_rows
from inktrace.schema import TABLES
from inktrace.stage import StageResult

_WRITES = ("referral_priorities", "referral_reasons", "referral_feedback")
_DIGITS = 6  # points are added in no order; further digits would differ from run to run


def ranked_referrals(
    relations: Relations, params: ReferralsParams, progress: Progress
) -> StageResult:
    """Every report's priority, reasons and completeness, and what judgements say of reasons."""
    if not relations.arrow("referrals", ("referral_id",)).num_rows:
        return StageResult({name: TABLES[name].written_schema().empty_table() for name in _WRITES})
    progress("referrals", 0, 3)
    facts = ibis.memtable(report_facts(relations, params))
    progress("referrals", 1, 3)
    reasons = relations.collect(reason_rows(facts, params))
    progress("referrals", 2, 3)
    priorities = relations.collect(_ranked(relations, facts, ibis.memtable(reasons)))
    progress("referrals", 3, 3)
    tables = {
        "referral_priorities": priorities,
        "referral_reasons": reasons,
        "referral_feedback": feedback_rows(relations, ibis.memtable(reasons)),
    }
    notes = {
        "referrals": priorities.num_rows,
        "items": len(priorities["item_id"].unique()),
        "viral": sum(priorities["viral"].to_pylist()),
        "joined": sum(one is not None for one in priorities["identity_id"].to_pylist()),
    }
    return StageResult(tables, notes)


def _ranked(relations: Relations, facts: ir.Table, reasons: ir.Table) -> ir.Table:
    points = reasons.group_by("referral_id").aggregate(total=reasons.points.sum())
    whole = facts.left_join(points, "referral_id").drop("referral_id_right")
    whole = whole.mutate(priority=whole.total.fill_null(0.0).round(_DIGITS))
    whole = _judged(relations, whole)
    of_item = ibis.window(group_by="item_id")
    best = [ibis._.covered, ibis._.priority.desc(), ibis._.received_us, ibis._.referral_id]
    in_month = ibis.window(group_by=["item_id", "month"], order_by=best)
    placed = whole.mutate(
        item_reports=ibis._.count().over(of_item),
        heads_item=ibis.row_number().over(in_month) == 0,
    )
    listed = placed.mutate(is_listed=placed.heads_item & ~placed.covered)
    order = [ibis._.priority.desc(), ibis._.received_us, ibis._.referral_id]
    places = ibis.window(group_by=["month", "is_listed"], order_by=order)
    ranked = listed.mutate(place=ibis.row_number().over(places) + 1)
    done = ranked.mutate(rank=ibis.ifelse(ranked.is_listed, ranked.place, ibis.null("int64")))
    names = TABLES["referral_priorities"].written_schema().names
    return done.select(*names).order_by("referral_id")


def _judged(relations: Relations, reports: ir.Table) -> ir.Table:
    """With the item's latest verdict, and whether it covers the report.

    Copies of a judged report are judged with it. A new report on a poster who was judged before
    is news, and comes up again.
    """
    verdicts = latest_verdicts(relations)
    own = reports.select("referral_id", "item_id").join(verdicts, "referral_id")
    newest = [own.judged_us.desc(), own.referral_id.asc()]
    place = ibis.row_number().over(ibis.window(group_by="item_id", order_by=newest))
    last = own.mutate(place=place).filter(ibis._.place == 0)
    whole = reports.left_join(last.select("item_id", "verdict", "judged_us"), "item_id")
    covered = whole.verdict.notnull() & (
        ~whole.joined | (whole.received_us <= whole.judged_us).fill_null(False)
    )
    return whole.drop("item_id_right").mutate(covered=covered)
