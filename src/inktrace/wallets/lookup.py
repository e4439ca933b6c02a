"""Finding the wallet that a person names: by its number, or by one of its addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.errors import UsageError


@dataclass(frozen=True)
class Found:
    """A wallet, and the script by which it was named (its smallest, where it was its number)."""

    wallet_id: int
    script_id: int


def found_wallet(relations: Relations, word: str) -> Found:
    """The wallet of a number or an address.

    Raises UsageError where the workspace holds no such wallet or address.
    """
    table = relations["wallets"].select("script_id", "wallet_id")
    if word.isascii() and word.isdigit() and len(word) <= 18:
        number = int(word)
        rows = relations.collect(table.filter(table.script_id == number)).to_pylist()
        if not rows:
            raise UsageError(
                f"there is no wallet {number}", do="inktrace show wallets lists the largest"
            )
        if rows[0]["wallet_id"] != number:
            raise UsageError(
                f"there is no wallet {number}",
                do=f"script {number} belongs to wallet {rows[0]['wallet_id']}",
            )
        return Found(number, number)
    scripts = relations["scripts"].filter(lambda t: t.address == word).select("script_id")
    rows = relations.collect(table.semi_join(scripts, "script_id").order_by("script_id").limit(1))
    if not rows.num_rows:
        raise UsageError(
            f"no stored transaction pays or spends the address {word}",
            do="check that the blocks of its time were added",
        )
    return Found(rows["wallet_id"][0].as_py(), rows["script_id"][0].as_py())


def timed_transactions(relations: Relations, tx_ids: ir.Table | None = None) -> ir.Table:
    """tx_id, txid and time_us of all transactions or those given.

    The time is the first-seen time or, where nobody's clock saw it, its block's, which is an
    upper bound; null where neither is known.
    """
    table = relations["transactions"].select("tx_id", "txid", "block_time_us")
    if tx_ids is not None:
        table = table.semi_join(tx_ids, "tx_id")
    seen = relations["first_seen"]
    earliest = seen.group_by("txid").aggregate(first_seen_us=seen.first_seen_us.min())
    joined = table.left_join(earliest, "txid").drop("txid_right")
    return joined.select(
        "tx_id",
        "txid",
        time_us=ibis.coalesce(joined.first_seen_us, joined.block_time_us),
    )


def listed(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows as dictionaries, with digests written in hex."""
    return [
        {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        for row in rows.to_pylist()
    ]
