"""What is known of one wallet: how it was joined, who deals with it, and when money moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY, month_start
from inktrace.wallets.lookup import listed, timed_transactions

# Rows of each list in the document; its `…_total` tells of how many.
MOST_LISTED: Final = 1000
_DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
# Name, length, and days of life up to which flows are told by it; longer lives by the month.
_PERIODS: Final = (("hour", _DAY_US // 24, 4), ("day", _DAY_US, 92))


def wallet_story(relations: Relations, wallet_id: int) -> dict[str, Any]:
    """A wallet's summary, unions, tags, CoinJoins, services and flows, as a document for JSON.

    Money in satoshi, times in UTC microseconds (first seen; else the block's; null = unknown).
    Fees count as neither in nor out.
    """
    members = relations["wallets"].filter(lambda t: t.wallet_id == wallet_id)
    members = members.select("script_id", "joined_by_tx_id", "joined_with_script_id", "rule")
    summary = relations["wallet_summary"].filter(lambda t: t.wallet_id == wallet_id)
    received, paid, mixed = _flows(relations, members, wallet_id)
    told: dict[str, Any] = relations.collect(summary.drop("run_id")).to_pylist()[0]
    for name, rows in {
        "addresses": _addresses(relations, members),
        "joins": _joins(relations, members),
        "tags": _tags(relations, members),
        "tag_conflicts": _own(relations["tag_conflicts"], wallet_id).order_by(
            "label", "actor", "category", "confidence", "tagpack"
        ),
        "growth_alarms": _dated(relations, _own(relations["growth_alarms"], wallet_id)),
        "refused_merges": _dated(relations, _refused(relations, wallet_id)),
        "coinjoins": _coinjoins(relations, mixed),
        "services": _services(relations, received, paid, wallet_id),
    }.items():
        found = listed(relations.collect(rows.limit(MOST_LISTED + 1)))
        total = len(found)
        if total > MOST_LISTED:
            total = relations.collect(rows.aggregate(n=rows.count()))["n"][0].as_py()
        told[name], told[f"{name}_total"] = found[:MOST_LISTED], total
    told["period"], unit_us = _period(told)
    for name, rows in {
        "flows": _in_time(relations, received, paid, mixed, unit_us),
        "joined": _joined_in_time(relations, members, unit_us),
    }.items():
        told[name] = _summed(relations.collect(rows), unit_us, told["period"] == "month")
    return told


def _own(table: ir.Table, wallet_id: int) -> ir.Table:
    return table.filter(table.wallet_id == wallet_id).drop("run_id")


def _addresses(relations: Relations, members: ir.Table) -> ir.Table:
    scripts = relations["scripts"].select("script_id", "address", "script_type")
    return members.select("script_id").join(scripts, "script_id").order_by("script_id")


def _joins(relations: Relations, members: ir.Table) -> ir.Table:
    """Each union: which address, by which transaction, together with which other address."""
    scripts = relations["scripts"].select("script_id", "address")
    others = scripts.rename(joined_with_script_id="script_id", joined_with="address")
    joined = members.filter(members.joined_by_tx_id.notnull()).join(scripts, "script_id")
    joined = joined.join(others, "joined_with_script_id").rename(tx_id="joined_by_tx_id")
    return _dated(relations, joined.drop("joined_with_script_id"), "script_id")


def _dated(relations: Relations, rows: ir.Table, *order: str) -> ir.Table:
    timed = timed_transactions(relations, rows)
    joined = rows.left_join(timed, "tx_id").drop("tx_id_right")
    return joined.order_by("tx_id", *order)


def _tags(relations: Relations, members: ir.Table) -> ir.Table:
    tags = relations["tags"].drop("file_id", "row")
    scripts = relations["scripts"].select("script_id", "address").semi_join(members, "script_id")
    return tags.semi_join(scripts, "address").order_by("address", "label", "actor", "tagpack")


def _refused(relations: Relations, wallet_id: int) -> ir.Table:
    table = relations["refused_merges"].drop("run_id")
    return table.filter((table.wallet_id_a == wallet_id) | (table.wallet_id_b == wallet_id))


def _flows(
    relations: Relations, members: ir.Table, wallet_id: int
) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Outputs that others pay it, outputs it pays others, and what it put into or got out of
    transactions that it does not fund alone."""
    payers = relations["payers"].select("tx_id", payer_id="wallet_id")
    outputs = relations["outputs"].select("tx_id", "script_id", "value_sat")
    own = outputs.semi_join(members, "script_id").left_join(payers, "tx_id")
    own = own.drop("tx_id_right").mutate(is_own=lambda t: t.payer_id.fill_null(-1) == wallet_id)
    funded = payers.filter(payers.payer_id == wallet_id)
    paid = outputs.semi_join(funded, "tx_id").anti_join(members, "script_id")
    shared = relations["inputs"].select("tx_id", "script_id", "value_sat")
    shared = shared.semi_join(members, "script_id").anti_join(funded, "tx_id")
    received = own.filter(~own.is_own).drop("is_own")
    back = received.semi_join(shared, "tx_id")
    received = received.anti_join(shared, "tx_id")
    mixed = shared.select("tx_id", out_sat="value_sat", in_sat=ibis.literal(0, "int64")).union(
        back.select("tx_id", out_sat=ibis.literal(0, "int64"), in_sat="value_sat")
    )
    return received, paid, mixed


def _coinjoins(relations: Relations, mixed: ir.Table) -> ir.Table:
    table = relations["coinjoins"].drop("run_id")
    sums = mixed.group_by("tx_id").aggregate(
        put_in_sat=mixed.out_sat.sum(), got_out_sat=mixed.in_sat.sum()
    )
    return _dated(relations, table.join(sums, "tx_id"))


def _services(relations: Relations, received: ir.Table, paid: ir.Table, own: int) -> ir.Table:
    """Services that pay it or that it pays: places to send a legal request to."""
    wallets = relations["wallets"].select("script_id", "wallet_id")
    placed = paid.join(wallets, "script_id")
    sides = [
        rows.select("tx_id", "wallet_id", "value_sat", direction=ibis.literal(words))
        for rows, words in (
            (received.filter(received.payer_id.notnull()).rename(wallet_id="payer_id"), "pays it"),
            (placed, "is paid"),
        )
    ]
    both = sides[0].union(sides[1])
    table = relations["wallet_summary"]
    known = table.filter(table.service.notnull() & (table.wallet_id != own)).select(
        "wallet_id", "service", "service_category", "service_confidence", "service_reason"
    )
    joined = both.join(known, "wallet_id")
    keys = [*known.columns, "direction"]
    grouped = joined.group_by(keys).aggregate(
        transactions=joined.tx_id.nunique(), value_sat=joined.value_sat.sum()
    )
    return grouped.order_by(ibis.desc("value_sat"), "wallet_id", "direction")


def _period(summary: Mapping[str, Any]) -> tuple[str, int]:
    """How finely flows are told: by the hour for a life of days, by the day, or by the month."""
    life_us = (summary["last_us"] or 0) - (summary["first_us"] or 0)
    return next(
        ((name, unit) for name, unit, most in _PERIODS if life_us <= most * _DAY_US),
        ("month", _DAY_US),
    )


def _in_time(
    relations: Relations, received: ir.Table, paid: ir.Table, mixed: ir.Table, unit_us: int
) -> ir.Table:
    """Per unit of time: satoshi in and out, and into and out of shared transactions."""
    none = ibis.literal(0, "int64")
    parts = [
        received.select("tx_id", in_sat="value_sat", out_sat=none, mixed_in=none, mixed_out=none),
        paid.select("tx_id", in_sat=none, out_sat="value_sat", mixed_in=none, mixed_out=none),
        mixed.select("tx_id", in_sat=none, out_sat=none, mixed_in="in_sat", mixed_out="out_sat"),
    ]
    dated = _placed(relations, parts[0].union(*parts[1:]), unit_us)
    return dated.group_by("unit").aggregate(
        in_sat=dated.in_sat.sum(),
        out_sat=dated.out_sat.sum(),
        mixed_in_sat=dated.mixed_in.sum().fill_null(0),
        mixed_out_sat=dated.mixed_out.sum().fill_null(0),
        transactions=dated.tx_id.nunique(),
    )


def _joined_in_time(relations: Relations, members: ir.Table, unit_us: int) -> ir.Table:
    """Per unit of time: how many addresses its transactions joined to the wallet."""
    joined = members.filter(members.joined_by_tx_id.notnull()).select(tx_id="joined_by_tx_id")
    dated = _placed(relations, joined, unit_us)
    return dated.group_by("unit").aggregate(addresses=dated.count())


def _placed(relations: Relations, rows: ir.Table, unit_us: int) -> ir.Table:
    timed = timed_transactions(relations, rows).select("tx_id", unit=lambda t: t.time_us // unit_us)
    return rows.left_join(timed, "tx_id").drop("tx_id_right")


def _summed(rows: pa.Table, unit_us: int, by_month: bool) -> list[dict[str, Any]]:
    """Rows by `unit` as rows by `from_us`, the beginning of each period; null = time unknown."""
    sums: dict[int, dict[str, Any]] = {}
    unknown: list[dict[str, Any]] = []
    for row in rows.sort_by("unit").to_pylist():
        unit = row.pop("unit")
        if unit is None:
            unknown.append({"from_us": None, **row})
            continue
        start = int(unit) * unit_us
        if by_month:
            start = month_start(start)
        into = sums.setdefault(start, dict.fromkeys(row, 0))
        for name, value in row.items():
            into[name] += int(value)
    return [*({"from_us": start, **row} for start, row in sums.items()), *unknown]
