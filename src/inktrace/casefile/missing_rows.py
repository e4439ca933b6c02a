"""A lead is told whole or not at all: the source rows behind it must still be there."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.errors import StageError


def refuse_missing_rows(
    relations: Relations, lead_id: str, members: ir.Table, wallets: Sequence[int], method: str
) -> None:
    """Raise StageError if ads, or transactions of the payments, of a lead are gone.

    `members` holds (ad_id, author_id, …) of the lead's ads.
    """
    chosen = relations["attribution_links"]
    chosen = chosen.filter((chosen.method == method) & chosen.wallet_id.isin(wallets))
    chosen = chosen.semi_join(members, ["ad_id", "author_id"])
    paid = chosen.select("tx_id", "vout").distinct()
    outputs = relations["outputs"].semi_join(relations["transactions"], "tx_id")
    _refuse(relations, lead_id, "ads", members, members.anti_join(relations["ads"], "ad_id"))
    _refuse(relations, lead_id, "payments", paid, paid.anti_join(outputs, ["tx_id", "vout"]))


def _refuse(
    relations: Relations, lead_id: str, what: str, rows: ir.Table, missing: ir.Table
) -> None:
    total, gone = (_count(relations, table) for table in (rows, missing))
    if gone or (what == "ads" and not total):
        raise StageError(
            f"{gone} of the {total} {what} of lead {lead_id} are not in this workspace any more",
            do="add their files again, or run `inktrace run` to bring the leads up to date",
        )


def _count(relations: Relations, table: ir.Table) -> int:
    return int(relations.collect(table.aggregate(n=table.count()))["n"][0].as_py())
