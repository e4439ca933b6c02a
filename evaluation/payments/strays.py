"""How often a named wallet pays for strays of an author's group, by ads paid and ads in the group.

    python -m evaluation.payments.strays --seeds 11-16 --set days=10 --set authors=750 \\
        --set ads=3800 --set transactions=120000 --out pairs.json
    python -m evaluation.payments.strays --fit pairs.json more.json

The first makes full worlds, runs all stages with `attribution.author_doubt` = 0 and lists the
pairs that decoys alone would name; the second fits the odds that `payments/stray_ads.py` holds
(logistic regression, weakly penalised) and compares what they state with what was seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from evaluation.worlds import world_of
from sklearn.linear_model import LogisticRegression

from inktrace.cli.demo import add_inputs
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.workspace import create_workspace
from inktrace.world import write_world
from inktrace.world.figures import named_pairs

_LEVEL = 0.05


def pairs_of_world(words: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    """Pairs that decoys alone name: ads paid, ads of the author, and whether it is right."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_world(world_of(words, seed), root / "world", silent)
        with create_workspace(root / "case") as case:
            known = dataclasses.replace(case.params.attribution, author_doubt=0.0)
            case.params = dataclasses.replace(case.params, attribution=known)
            add_inputs(case, root / "world", silent)
            run_stages(case, [], silent)
            found = named_pairs(case.engine, root / "world" / "truth", _LEVEL)
            return [{**row, "seed": seed} for row in found]


def fitted(rows: list[dict[str, Any]]) -> None:
    """Print the coefficients, and stated beside seen rates by group."""
    paid = np.array([row["ads_matched"] for row in rows])
    others = np.maximum(np.array([row["ads"] for row in rows]) - paid, 0)
    wrong = np.array([not row["right"] for row in rows])
    named = Counter((row["seed"], row["author_id"]) for row in rows)
    wallets = np.array([named[row["seed"], row["author_id"]] for row in rows])
    some = others > 0
    facts = np.column_stack([np.log1p(others), np.log(np.maximum(paid, 1)), np.log(wallets)])
    model = LogisticRegression(C=10.0).fit(facts[some], wrong[some])
    print(
        "base",
        model.intercept_.round(2),
        "others, paid, wallets",
        model.coef_.round(2),
        f"{some.sum()}",
    )
    stated = np.where(some, model.predict_proba(facts)[:, 1], 0.0)
    for low, high in ((0, 0.01), (0.01, 0.03), (0.03, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1.01)):
        mine = (stated >= low) & (stated < high)
        if mine.any():
            print(
                f"stated {low:.2f} to {high:.2f}: {mine.sum()} pairs, "
                f"mean {stated[mine].mean():.3f}, seen {wrong[mine].mean():.3f}"
            )


def main() -> None:
    """Make pairs, or fit those that were made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="11-16", help="first-last")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--fit", type=Path, nargs="+", help="files made before")
    words = parser.parse_args()
    words.background = words.prices = None
    if words.fit:
        fitted([row for path in words.fit for row in json.loads(path.read_text())])
        return
    first, _, last = words.seeds.partition("-")
    rows = []
    for seed in range(int(first), int(last or first) + 1):
        rows += pairs_of_world(words, seed)
        print(seed, len(rows), flush=True)
    if words.out:
        words.out.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
