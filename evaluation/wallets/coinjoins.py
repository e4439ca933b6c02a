"""CoinJoin verdicts on labelled transactions: confusion tables, recall and false alarms.

    python evaluation/wallets/coinjoins.py ../shared/data [--half tuning] [--json FILE]

Figures are of the reporting half (a hash of the txid) unless said otherwise. Real sets: Whirlpool
and Wasabi 1 mixes, the transactions around them, and mempool transactions of March 2024, some of
which are mixes. Emulated: a JoinMarket market, and Wasabi 2 rounds of a generator of our own.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from coinjoin_sets import (
    LABELLED,
    Labelled,
    chain_tables,
    dumplings,
    joinmarket_emulation,
    joinmarket_mixes,
    mempool,
    wasabi2_rounds,
)
from wasabi2_generator import emulated_rounds

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin import coinjoin_verdicts
from inktrace.wallets.shares import counted_share
from inktrace.wallets.whirlpool import pool_entries

_GENERATED, _SEED = 600, 20_240_601
# Rule that should speak for a set, and least recall asked for.
_FLOORS = {
    "whirlpool": ("whirlpool", 0.99),
    "wasabi1": ("wasabi1", 0.99),
    "wasabi2_generated": ("wasabi2", 0.9),
    "joinmarket_emulated": ("joinmarket", 0.8),
}
_MOST_FALSE_ALARMS = 0.003


def verdicts(made: list[Labelled]) -> list[tuple[str, str]]:
    """Verdict and rule on each transaction; ("no", "") where none spoke."""
    with Engine.in_memory(chain_tables(made)) as engine:
        found = coinjoin_verdicts(engine.relations(), WalletsParams()).to_pylist()
    told = {row["tx_id"]: (row["verdict"], row["rule"]) for row in found}
    return [told.get(place, ("no", "")) for place in range(len(made))]


def entries(made: list[Labelled]) -> int:
    """How many are recognised as tx0: one owner's coins cut to a Whirlpool pool's size."""
    with Engine.in_memory(chain_tables(made)) as engine:
        relations = engine.relations()
        return int(relations.collect(pool_entries(relations)).num_rows)


def figures(name: str, made: list[Labelled]) -> dict[str, Any]:
    """One row of the confusion table: how many transactions each rule spoke for."""
    told = verdicts(made)
    row: dict[str, Any] = {
        "transactions": len(made),
        "rules": dict(sorted(Counter(f"{v} {rule}".strip() for v, rule in told).items())),
    }
    if name.startswith("whirlpool"):
        row["recognised_as_tx0"] = entries(made)
    if name in _FLOORS:
        rule, least = _FLOORS[name]
        row["recall"] = counted_share(told.count(("yes", rule)), len(told))
        row["floor"] = least
    return row


def ordinary_figures(made: list[Labelled]) -> dict[str, Any]:
    """False alarms among ordinary transactions, with every alarm named."""
    told = verdicts(made)
    alarms = [(one, answer) for one, answer in zip(made, told, strict=True) if answer[0] != "no"]
    return {
        "transactions": len(made),
        "rules": dict(sorted(Counter(f"{v} {rule}".strip() for v, rule in told).items())),
        "all_alarms": counted_share(len(alarms), len(made)),
        "floor": _MOST_FALSE_ALARMS,
        "recognised_as_tx0": entries(made),
        "named": [
            {"txid": one.txid, "verdict": verdict, "rule": rule,
             "inputs": len(one.spent), "outputs": len(one.paid)}
            for one, (verdict, rule) in alarms
        ],
    }  # fmt: skip


def sets(data: Path) -> dict[str, list[Labelled]]:
    """Every labelled set, whole."""
    found = {name: dumplings(data, name) for name in LABELLED}
    found["joinmarket_emulated"] = joinmarket_mixes(joinmarket_emulation(data))
    found["wasabi2_generated"] = emulated_rounds(_GENERATED, _SEED)
    return found


def main() -> None:
    """Measure every labelled set under the data folder named on the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--half", choices=("reporting", "tuning"), default="reporting")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    reported = chosen.half == "reporting"
    document: dict[str, Any] = {"half": chosen.half, "sets": {}}
    for name, made in sets(chosen.data).items():
        half = [one for one in made if one.is_reported() == reported]
        document["sets"][name] = figures(name, half)
    # Few; the first two kinds were seen while the rule was written.
    for kind in ("mainnet", "emulated", "emulated_unseen"):
        document["sets"][f"wasabi2_known_{kind}"] = figures("", wasabi2_rounds(kind))
    document["ordinary_mempool_2024"] = ordinary_figures(mempool(chosen.data))
    text = json.dumps(document, indent=1)
    if chosen.json:
        chosen.json.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
