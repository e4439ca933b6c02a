"""Precision of change heuristics on a chain of known wallets, as `change_precision.py` ships it.

    python evaluation/wallets/regtest_change.py WORKSPACE wallets.csv

The workspace holds a chain of regtest_payments.py. Prints, for each heuristic and for all
together by how many agree, how often one output was named and how often rightly.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from inktrace.params import ChangeParams
from inktrace.progress import silent
from inktrace.sources.wallet_truth import read_wallet_truth
from inktrace.wallets.change import Change, found_change, only
from inktrace.wallets.change_precision import MOST_AGREEING
from inktrace.wallets.evaluation import evaluate_wallets
from inktrace.workspace import open_workspace


def main() -> None:
    """Measure the workspace named on the command line."""
    params = ChangeParams()
    with open_workspace(Path(sys.argv[1])) as case:
        relations = case.engine.relations()
        truth = read_wallet_truth(Path(sys.argv[2]))
        document = evaluate_wallets(relations, truth, params, silent)
        asked = found_change(relations, params)
        owner = dict(zip(truth["address"].to_pylist(), truth["wallet"].to_pylist(), strict=True))
        scripts = relations.arrow("scripts", ["script_id", "address"]).to_pydict()
        named = {
            script: owner.get(address, "")
            for script, address in zip(scripts["script_id"], scripts["address"], strict=True)
        }
        inputs = relations.arrow("inputs", ["tx_id", "vin", "script_id"]).to_pydict()
        payer = {
            tx: named[script]
            for tx, script in zip(inputs["tx_id"], inputs["script_id"], strict=True)
        }
    found = {}
    for name, row in document["change"]["heuristics"].items():
        share = row["precision"]
        if share is not None:
            found[name] = (share["out_of"], share["count"])
    print("named, right:", found)
    kept = [
        name
        for name in asked.names
        if name == "own_script"
        or (name in found and found[name][1] >= params.least_precision * found[name][0])
    ]
    print("composed of", kept)
    print("together, named, right:", together(only(asked, tuple(kept)), named, payer))


def together(
    kept: Change, named: dict[int, str], payer: dict[int, str]
) -> dict[int, tuple[int, int]]:
    """By how many heuristics agree: outputs named, and those that are the payer's."""
    rows = kept.named()
    facts = kept.facts
    right = np.array(
        [
            named[int(facts.script_id[row])] == payer[int(facts.tx_id[facts.payment[row]])]
            for row in rows
        ],
        bool,
    )
    agreeing = np.minimum(kept.agreeing(rows), MOST_AGREEING)
    return {
        count: (int((agreeing == count).sum()), int(right[agreeing == count].sum()))
        for count in range(MOST_AGREEING + 1)
    }


if __name__ == "__main__":
    main()
