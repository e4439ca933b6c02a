"""The money of one lead: links, candidates, transactions, addresses, services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations

# Candidates of one ad that the report draws: more would blacken the plot; all are exhibits.
PLOTTED_PER_AD: Final = 150
# Transactions of the lead's own wallets in the exhibits: a bound on size. A wallet with more is
# most likely a service that nobody tagged, and says so in the report.
MOST_WALLET_TRANSACTIONS: Final = 20_000
# Addresses of the lead's own wallets in the exhibits; the same reasoning.
MOST_ADDRESSES: Final = 50_000


@dataclass(frozen=True)
class MoneyTrail:
    """What the lead's payments and wallets rest on.

    links          one row per (ad, output) that carries an attribution of the lead
    candidates     every output that was considered for an ad of the lead (real ads, no decoys)
    considered     the most probable of them per linked ad, for tables and plots
    transactions   linked, considered, joining, and those of the lead's wallets
    """

    links: pa.Table
    candidates: pa.Table
    considered: pa.Table
    transactions: pa.Table
    inputs: pa.Table
    outputs: pa.Table
    first_seen: pa.Table
    addresses: pa.Table
    wallets: pa.Table
    coinjoins: pa.Table
    requests: pa.Table
    tags: pa.Table
    others: dict[str, int]
    left_out: tuple[str, ...]


def gather_trail(
    relations: Relations,
    members: ir.Table,
    authors: Sequence[str],
    wallets: Sequence[int],
    method: str,
) -> MoneyTrail:
    """The payments, wallets and services of a lead's ads (`members`), authors and wallets."""
    table = relations["wallet_summary"]
    summaries = relations.collect(
        table.filter(table.wallet_id.isin(wallets)).drop("run_id").order_by("wallet_id")
    )
    own = [row["wallet_id"] for row in summaries.to_pylist() if row["service"] is None]
    chosen = _chosen(relations, members, wallets, method)
    links, candidates, considered = _payments(relations, members, chosen)
    addresses, more_addresses = _addresses(relations, own)
    activity, more_activity = _activity(relations, own)
    shown = _ids(links, considered, ("tx_id",)) | _ids(addresses, addresses, ("joined_by_tx_id",))
    every = ibis.memtable(pa.table({"tx_id": pa.array(sorted(shown | activity), pa.int64())}))
    matters = _ids(links, links, ("tx_id",)) | activity
    transactions = _transactions(relations, every, _ids(links, links, ("tx_id",)), activity)
    return MoneyTrail(
        links=links,
        candidates=candidates,
        considered=considered,
        transactions=transactions,
        inputs=_inputs(relations, every),
        outputs=_outputs(relations, every),
        first_seen=_first_seen(relations, every),
        addresses=addresses,
        wallets=summaries,
        coinjoins=_coinjoins(relations, every),
        requests=_requests(relations, sorted(matters)),
        tags=_tags(relations, own),
        others=_others(relations, authors, wallets, method),
        left_out=(*more_addresses, *more_activity),
    )


def _ids(first: pa.Table, second: pa.Table, columns: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for table in (first, second):
        for column in columns:
            found.update(value for value in table[column].to_pylist() if value is not None)
    return found


def in_hex(rows: pa.Table, *columns: str) -> pa.Table:
    """The rows with these columns of bytes in hex, as outside programs write transactions."""
    for column in columns:
        place = rows.schema.get_field_index(column)
        values = [None if v is None else v.hex() for v in rows[column].to_pylist()]
        rows = rows.set_column(place, column, pa.array(values, pa.string()))
    return rows


def _chosen(
    relations: Relations, members: ir.Table, wallets: Sequence[int], method: str
) -> ir.Table:
    table = relations["attribution_links"]
    picked = table.filter((table.method == method) & table.wallet_id.isin(wallets))
    mine = picked.semi_join(members, ["ad_id", "author_id"]).drop("run_id")
    return ibis.memtable(relations.collect(mine))


def _earliest(relations: Relations, transactions: ir.Table) -> ir.Table:
    """When each of some transactions was first seen."""
    table = relations["first_seen"].semi_join(transactions, "txid")
    return table.group_by("txid").aggregate(first_seen_us=table.first_seen_us.min())


def _addresses_of(relations: Relations, rows: ir.Table, *more: str) -> ir.Table:
    """script_id and address of the scripts in some rows.

    Picked before anything is joined: to join them the engine would take in all scripts, whose
    addresses alone are a gigabyte where there are ten million.
    """
    scripts = relations["scripts"].select("script_id", "address", *more)
    return scripts.semi_join(rows, "script_id")


def _payments(
    relations: Relations, members: ir.Table, chosen: ir.Table
) -> tuple[pa.Table, pa.Table, pa.Table]:
    table = relations["payment_candidates"]
    real = table.filter(table["round"] == 0).semi_join(members, "ad_id")
    # Brought here once: it is joined with the whole chain in several ways.
    described = _described(
        relations, ibis.memtable(relations.collect(real.drop("round", "run_id")))
    )
    order = ["ad_id", ibis.desc("posterior_probability"), "txid", "vout"]
    candidates = relations.collect(described.order_by(order))
    linked = described.semi_join(chosen, "ad_id")
    ranked = linked.mutate(
        place=ibis.row_number().over(ibis.window(group_by="ad_id", order_by=order[1:]))
    )
    picked = chosen.select("ad_id", "tx_id", "vout").distinct().mutate(is_chosen=True)
    marked = ranked.left_join(picked, ["ad_id", "tx_id", "vout"]).drop(
        "ad_id_right", "tx_id_right", "vout_right"
    )
    kept = marked.filter((marked.place < PLOTTED_PER_AD) | marked.is_chosen.fill_null(False))
    considered = in_hex(relations.collect(kept.order_by(order)), "txid")
    return _links(relations, chosen), in_hex(candidates, "txid"), considered


def _described(relations: Relations, rows: ir.Table) -> ir.Table:
    """Rows of (tx_id, vout, …) with the output's value, its address, and when it was paid."""
    outputs = relations["outputs"].semi_join(rows, "tx_id")
    transactions = relations["transactions"].semi_join(rows, "tx_id")
    seen, scripts = _earliest(relations, transactions), _addresses_of(relations, outputs)
    paid = outputs.left_join(scripts, "script_id").select(
        "tx_id", "vout", "address", paid_sat="value_sat"
    )
    timed = transactions.left_join(seen, "txid").select(
        "tx_id", "txid", "block_time_us", "first_seen_us"
    )
    joined = rows.left_join(paid, ["tx_id", "vout"]).drop("tx_id_right", "vout_right")
    joined = joined.join(timed, "tx_id")
    if "value_sat" in rows.columns:
        return joined.drop("paid_sat")
    return joined.rename(value_sat="paid_sat")


def _links(relations: Relations, chosen: ir.Table) -> pa.Table:
    table = relations["payment_candidates"]
    keys = ["ad_id", "tx_id", "vout"]
    real = table.filter(table["round"] == 0).select(
        *keys,
        "delay_s",
        "amount_log_ratio",
        candidate_log10_lr="log10_lr",
        candidate_probability="posterior_probability",
    )
    ads = relations["ads"].select("ad_id", "posted_us", "site", "price_minor", "currency")
    described = _described(relations, chosen.drop("method"))
    joined = described.left_join(real, keys).drop(*(f"{key}_right" for key in keys))
    joined = joined.left_join(ads, "ad_id").drop("ad_id_right")
    order = ["posted_us", "ad_id", "author_id", "wallet_id", "txid", "vout"]
    return in_hex(relations.collect(joined.order_by(order)), "txid")


def _addresses(relations: Relations, own: Sequence[int]) -> tuple[pa.Table, tuple[str, ...]]:
    wallets = relations["wallets"].drop("run_id")
    mine = wallets.filter(wallets.wallet_id.isin(own))
    picked = mine.join(_addresses_of(relations, mine, "script_type"), "script_id")
    joined = mine.select(tx_id="joined_by_tx_id")
    joining = (
        relations["transactions"]
        .semi_join(joined, "tx_id")
        .select(joined_by_tx_id="tx_id", joined_by_txid="txid")
    )
    rows = picked.left_join(joining, "joined_by_tx_id").drop("joined_by_tx_id_right")
    rows = rows.order_by("wallet_id", "script_id")
    found = relations.collect(rows.limit(MOST_ADDRESSES + 1))
    note: tuple[str, ...] = ()
    if found.num_rows > MOST_ADDRESSES:
        note = (
            f"The wallets have more than {MOST_ADDRESSES:,} addresses; the exhibits hold the "
            "first of them. A wallet so large is most likely a service that nobody has tagged.",
        )
    return in_hex(found.slice(0, MOST_ADDRESSES), "joined_by_txid"), note


def _activity(relations: Relations, own: Sequence[int]) -> tuple[set[int], tuple[str, ...]]:
    """Transactions that the lead's own wallets fund or are paid by."""
    payers, wallets, outputs = relations["payers"], relations["wallets"], relations["outputs"]
    scripts = wallets.filter(wallets.wallet_id.isin(own))
    funded = payers.filter(payers.wallet_id.isin(own)).select("tx_id")
    received = outputs.semi_join(scripts, "script_id").select("tx_id")
    most = MOST_WALLET_TRANSACTIONS + 1
    sides = [
        relations.collect(side.distinct().order_by("tx_id").limit(most))["tx_id"].to_pylist()
        for side in (funded, received)
    ]
    found = sorted({*sides[0], *sides[1]})
    if len(found) <= MOST_WALLET_TRANSACTIONS:
        return set(found), ()
    return set(found[:MOST_WALLET_TRANSACTIONS]), (
        f"The wallets take part in more than {MOST_WALLET_TRANSACTIONS:,} transactions; the "
        "exhibits hold the first of them. A wallet so busy is most likely a service that nobody "
        "has tagged.",
    )


def _transactions(
    relations: Relations, every: ir.Table, linked: set[int], activity: set[int]
) -> pa.Table:
    payers = relations["payers"].select("tx_id", payer="wallet_id")
    table = relations["transactions"].drop("version", "lock_time").semi_join(every, "tx_id")
    joined = table.left_join(_earliest(relations, table), "txid").drop("txid_right")
    joined = joined.left_join(payers, "tx_id").drop("tx_id_right")
    rows = relations.collect(joined.order_by("txid"))
    # The payer of a transaction that was merely considered is nobody's business.
    ids = rows["tx_id"].to_pylist()
    payer = [
        wallet if tx in linked or tx in activity else None
        for tx, wallet in zip(ids, rows["payer"].to_pylist(), strict=True)
    ]
    place = rows.schema.get_field_index("payer")
    rows = rows.set_column(place, "payer_wallet_id", pa.array(payer, pa.int64()))
    why = ["linked" if tx in linked else "wallet" if tx in activity else "considered" for tx in ids]
    return in_hex(rows.append_column("role", pa.array(why, pa.string())), "txid")


def _inputs(relations: Relations, every: ir.Table) -> pa.Table:
    named = _with_script(relations, relations["inputs"].drop("sequence"), every)
    return in_hex(relations.collect(named.order_by("txid", "vin")), "txid", "spent_txid")


def _outputs(relations: Relations, every: ir.Table) -> pa.Table:
    named = _with_script(relations, relations["outputs"], every)
    return in_hex(relations.collect(named.order_by("txid", "vout")), "txid")


def _with_script(relations: Relations, table: ir.Table, every: ir.Table) -> ir.Table:
    """Inputs or outputs of some transactions with txid, address and script type."""
    names = relations["transactions"].select("tx_id", "txid")
    ours = table.semi_join(every, "tx_id")
    joined = ours.join(names, "tx_id")
    scripts = _addresses_of(relations, ours, "script_type")
    return joined.left_join(scripts, "script_id").drop("script_id_right")


def _first_seen(relations: Relations, every: ir.Table) -> pa.Table:
    table, transactions = relations["first_seen"], relations["transactions"]
    ours = transactions.semi_join(every, "tx_id")
    picked = table.semi_join(ours, "txid")
    keys = ["txid", "first_seen_us", "observer", "file_id", "row"]
    return in_hex(relations.collect(picked.order_by(keys)), "txid")


def _coinjoins(relations: Relations, every: ir.Table) -> pa.Table:
    table, transactions = relations["coinjoins"], relations["transactions"]
    joined = table.semi_join(every, "tx_id").join(transactions, "tx_id")
    return in_hex(
        relations.collect(joined.select("txid", "verdict", "rule").order_by("txid")), "txid"
    )


def _requests(relations: Relations, tx_ids: Sequence[int]) -> pa.Table:
    """Services that paid or were paid in the lead's transactions: where a legal request goes."""
    ours = ibis.memtable(pa.table({"tx_id": pa.array(tx_ids, pa.int64())}))
    sides = [
        _touched(relations, ours, "inputs", "funds came from it"),
        _touched(relations, ours, "outputs", "funds went to it"),
    ]
    # Put together here: to the engine, a value that may be unknown is of another type.
    both = pa.concat_tables([relations.collect(side) for side in sides], promote_options="default")
    keys = ["service", "category", "confidence", "service_reason", "direction", "txid", "address"]
    grouped = both.group_by(keys).aggregate(
        [("value_sat", "sum"), ("first_seen_us", "min"), ("block_time_us", "min")]
    )
    named = grouped.rename_columns(
        {
            "value_sat_sum": "value_sat",
            "first_seen_us_min": "first_seen_us",
            "block_time_us_min": "block_time_us",
        }
    )
    order = ["service", "first_seen_us", "block_time_us", "txid", "direction", "address"]
    return in_hex(named.sort_by([(name, "ascending") for name in order]), "txid")


def _touched(relations: Relations, ours: ir.Table, side: str, direction: str) -> ir.Table:
    summary = relations["wallet_summary"]
    known = summary.filter(summary.service.notnull()).select(
        "wallet_id",
        "service",
        "service_reason",
        category="service_category",
        confidence="service_confidence",
    )
    wallets = relations["wallets"].select("script_id", "wallet_id")
    timed = relations["transactions"].select("tx_id", "txid", "block_time_us")
    timed = timed.semi_join(ours, "tx_id")
    seen = _earliest(relations, timed)
    table = relations[side].select("tx_id", "script_id", "value_sat").semi_join(ours, "tx_id")
    scripts = _addresses_of(relations, table)
    joined = table.join(wallets, "script_id").join(known, "wallet_id").join(timed, "tx_id")
    joined = joined.left_join(scripts, "script_id").drop("script_id_right")
    joined = joined.left_join(seen, "txid").drop("txid_right")
    return joined.select(
        "service",
        "category",
        "confidence",
        "service_reason",
        "txid",
        "address",
        "value_sat",
        "first_seen_us",
        "block_time_us",
        direction=ibis.literal(direction),
    )


def _tags(relations: Relations, own: Sequence[int]) -> pa.Table:
    tags, wallets, scripts = relations["tags"], relations["wallets"], relations["scripts"]
    ours = wallets.filter(wallets.wallet_id.isin(own))
    addresses = scripts.semi_join(ours, "script_id")
    picked = tags.semi_join(addresses, "address")
    return relations.collect(picked.order_by("address", "label", "file_id", "row"))


def _others(
    relations: Relations, authors: Sequence[str], wallets: Sequence[int], method: str
) -> dict[str, int]:
    """How many rival attributions there are; whom they name stays in the workspace."""
    table = relations["attributions"]
    ours, mine = table.method == method, table.author_id.isin(authors)
    theirs = table.wallet_id.isin(wallets)
    rivals: dict[str, Any] = {
        "other_wallets": table.filter(ours & mine & ~theirs),
        "other_authors": table.filter(ours & ~mine & theirs),
    }
    return {
        name: int(relations.collect(rows.aggregate(n=rows.count()))["n"][0].as_py())
        for name, rows in rivals.items()
    }
