"""The emulated JoinMarket market as files that a workspace is filled from, with its true wallets.

    python evaluation/wallets/joinmarket_chain.py ../shared/data --out DIR

Writes chain.jsonl (bitcoin-etl) and wallets.csv (address, wallet). The wallet that funds the
market is told by its payments: what they do not pay to a market wallet is its own change.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

from coinjoin_sets import Emulation, joinmarket_emulation

_TYPES = {"witness_v0_keyhash": "witness_v0_keyhash", "nulldata": "nulldata"}


def etl_rows(emulation: Emulation) -> list[dict[str, Any]]:
    """Its transactions, parents first, as bitcoin-etl exports them."""
    rows = []
    for place, tx in enumerate(emulation.transactions):
        is_coinbase = "coinbase" in tx["vin"][0]
        spent = [] if is_coinbase else tx["vin"]
        rows.append(
            {
                "hash": tx["txid"],
                "version": tx["version"],
                "lock_time": tx["locktime"],
                "block_number": 200 + place,
                "block_timestamp": 1_739_165_000 + place,
                "is_coinbase": is_coinbase,
                "inputs": [_input(at, one, emulation) for at, one in enumerate(spent)],
                "outputs": [_output(one) for one in tx["vout"]],
            }
        )
    return rows


def true_wallets(emulation: Emulation) -> dict[str, str]:
    """Address → wallet, the funding wallet's change among them."""
    owner = dict(emulation.owner)
    for tx in emulation.transactions:
        paid = [one["scriptPubKey"].get("address", "") for one in tx["vout"]]
        if len(tx["vin"]) == 1 and len(paid) == 2 and "coinbase" not in tx["vin"][0]:
            mine = [address for address in paid if address not in emulation.owner]
            if len(mine) == 1:
                owner[mine[0]] = "funding"
    return owner


def _input(at: int, one: dict[str, Any], emulation: Emulation) -> dict[str, Any]:
    value, address = emulation.coins.get((one["txid"], one["vout"]), (None, ""))
    known = {"value": value, "type": "witness_v0_keyhash", "addresses": [address]}
    return {
        "index": at,
        "spent_transaction_hash": one["txid"],
        "spent_output_index": one["vout"],
        "sequence": one["sequence"],
        **(known if value is not None and address else {}),
    }


def _output(one: dict[str, Any]) -> dict[str, Any]:
    script = one["scriptPubKey"]
    return {
        "index": one["n"],
        "script_hex": script["hex"],
        "type": _TYPES.get(script["type"], script["type"]),
        "addresses": [script["address"]] if "address" in script else [],
        "value": round(one["value"] * 1e8),
    }


def main() -> None:
    """Write the files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--out", type=Path, required=True)
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    emulation = joinmarket_emulation(chosen.data)
    with (chosen.out / "chain.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in etl_rows(emulation))
    with (chosen.out / "wallets.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("address", "wallet"), *true_wallets(emulation).items()])


if __name__ == "__main__":
    main()
