"""How often the first leads are rings, and how many independent workers are flagged.

    python evaluation/rings/measure.py --seeds 1-3 --train 11-15 --cases /tmp/cases --out rings.json

Precision at k is the share of rings among the first k leads; a lead is what most of its ads are.
An author is flagged where most of his ads lie in the core of a flagged lead. Strengths fitted on
the leads of `--train` worlds (as if people had judged each listed lead, and rightly) are compared
on `--seeds` with points by rarity and with a model without any constraint.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from planted import RingWorld, case_of
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from inktrace.params import RingsParams
from inktrace.rings.fitting import fitted_strengths
from inktrace.rings.registry import REGISTRY

FIRST = (10, 20, 50)
NAMES = list(REGISTRY)


def precision(is_ring: np.ndarray) -> dict[str, float]:
    """Share of rings among the first k."""
    return {f"at_{k}": round(float(is_ring[:k].mean()), 4) for k in FIRST if len(is_ring)}


def figures(world: RingWorld) -> dict[str, Any]:
    """All figures of one world."""
    is_ring = world.is_ring()
    flagged = np.array([row["flagged"] for row in world.leads], bool)
    return {
        "leads": len(is_ring),
        "rings_planted": sum(role == "ring" for role in world.role.values()),
        "precision": precision(is_ring),
        "flagged_leads": int(flagged.sum()),
        "rings_among_flagged": round(float(is_ring[flagged].mean()), 4) if flagged.any() else None,
        "roles": world.flag_rates(),
    }


def decades(world: RingWorld) -> np.ndarray:
    """What the models see: signed decades of rarity, shape (leads, indicators)."""
    place = {row["lead_id"]: number for number, row in enumerate(world.leads)}
    found = np.zeros((len(place), len(NAMES)))
    floor = {"for": RingsParams().least_weight, "against": 1.0}
    for row in world.indicators:
        rare = np.clip(-np.log10(row["rarity"]), floor[row["direction"]], 3.0)
        sign = 1.0 if row["direction"] == "for" else -1.0
        found[place[row["lead_id"]], NAMES.index(row["indicator"])] = sign * rare
    return found


def compared(train: list[RingWorld], test: list[RingWorld]) -> dict[str, Any]:
    """Precision and area under the ROC curve on `test`, by model."""
    seen = np.vstack([decades(world) for world in train])
    labels = np.concatenate([world.is_ring() for world in train])
    prior = np.array([one.strength for one in REGISTRY.values()])
    fitted = fitted_strengths(seen.T, labels, prior, RingsParams())
    free = HistGradientBoostingClassifier(random_state=0, max_iter=200, learning_rate=0.05)
    free.fit(seen, labels)
    scores = {
        "points by rarity": lambda rows: rows @ prior,
        "points fitted": lambda rows: rows @ fitted,
        "unconstrained": lambda rows: free.predict_proba(rows)[:, 1],
    }
    answers: dict[str, Any] = {"judged_leads": len(labels), "of_them_rings": int(labels.sum())}
    for name, score in scores.items():
        found: dict[str, list[float]] = {"auc": []}
        for world in test:
            value, is_ring = score(decades(world)), world.is_ring()
            order = np.argsort(-value, kind="stable")
            found["auc"].append(float(roc_auc_score(is_ring, value)))
            for k, share in precision(is_ring[order]).items():
                found.setdefault(k, []).append(share)
        answers[name] = {k: round(float(np.mean(row)), 4) for k, row in found.items()}
    moved = sorted(zip(fitted - prior, NAMES, strict=True), key=lambda one: -abs(one[0]))
    answers["strengths_moved_most"] = {name: round(float(by), 2) for by, name in moved[:8]}
    return answers


def _seeds(text: str) -> Iterable[int]:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> None:
    """Run the seeds named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-3", help="first-last")
    parser.add_argument("--train", default="", help="first-last, other seeds than --seeds")
    parser.add_argument("--cases", type=Path, required=True, help="folder; made once, then used")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    settings = dict(text.split("=", 1) for text in words.set)
    answers: dict[str, Any] = {"worlds": {}, "without_photos": {}}
    tested = []
    for seed in _seeds(words.seeds):
        root = case_of(seed, words.cases, settings)
        tested.append(RingWorld(root))
        answers["worlds"][seed] = figures(tested[-1])
        answers["without_photos"][seed] = figures(RingWorld(root, photos=False))
        for kind in ("worlds", "without_photos"):
            print(kind, seed, json.dumps(answers[kind][seed]), flush=True)
    if words.train:
        train = [RingWorld(case_of(seed, words.cases, settings)) for seed in _seeds(words.train)]
        answers["models"] = compared(train, tested)
        print(json.dumps(answers["models"], indent=1))
    if words.out:
        words.out.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
