"""How many of the 20 reports that matter stand on a month's work list, ours against simple orders.

    python evaluation/referrals/measure.py --seeds 1-3 --out referrals.json

Each seed is a world of 1,500 ads, whose stages are run once, and a month of 3,000 reports over it
(`planted.py`). Compared are lists of 50 and 100 places: ours; reports by completeness, by arrival
and at random, one report a place; and completeness over the same items as ours, which tells what
grouping alone gains. A case counts as found where any report of it stands on the list.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from planted import MATTERING, planted_month, write_month

from inktrace.cli.demo import add_inputs
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.referrals.worklist import work_list
from inktrace.sources.referrals import add_referrals
from inktrace.workspace import Workspace, create_workspace
from inktrace.world import WorldParams, make_world, write_world

SIZES = (50, 100)
_WORLD = {"days": "30", "authors": "300", "ads": "1500", "transactions": "4000"}
_WORLD |= {
    "ring_share": "0.25",
    "under_age_share": "0.8",
    "payouts_per_day": "2",
    "background_owners": "500",
}
_DRAWS = 200
_ORDER = "received_us, referral_id"


def month_figures(seed: int, settings: dict[str, str]) -> dict[str, Any]:
    """Figures of one seed."""
    world = make_world(WorldParams(seed=seed).with_values({**_WORLD, **settings}), silent)
    made = planted_month(world, seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_world(world, root / "world", silent)
        files = write_month(made, root / "reports")
        with create_workspace(root / "case") as case:
            add_inputs(case, root / "world", silent)
            run_stages(case, ["rings"], silent)
            started = time.monotonic()
            added = [add_referrals(case.engine, file, case.params.sources) for file in files]
            runs = run_stages(case, ["referrals"], silent)
            seconds = round(time.monotonic() - started, 1)
            found = _compared(case, made.truth, seed)
    found["taken_in"] = {one.path.rsplit("/")[-1]: one.rows_accepted for one in added}
    found["seconds"] = seconds
    found["notes"] = dict(runs[-1].notes)
    return {"seed": seed, **found}


def _compared(case: Workspace, truth: dict[str, tuple[int, str]], seed: int) -> dict[str, Any]:
    engine = case.engine
    table = "referral_priorities JOIN referrals USING (referral_id)"
    lists = {
        "ours": [
            one["referral_ids"].split(" ")
            for one in work_list(engine.relations(), None, max(SIZES)).to_pylist()
        ],
        "completeness": _singly(engine.rows(
            f"SELECT referral_id FROM {table} ORDER BY completeness DESC, {_ORDER}"
        )),
        "arrival": _singly(engine.rows(f"SELECT referral_id FROM {table} ORDER BY {_ORDER}")),
        "completeness of items": [
            ids.split(" ") for (ids,) in engine.rows(
                f"SELECT string_agg(referral_id, ' ') FROM {table} GROUP BY item_id "
                "ORDER BY max(completeness) DESC, min(received_us), min(referral_id)"
            )
        ],
        "priority without grouping": _singly(engine.rows(
            f"SELECT referral_id FROM {table} ORDER BY priority DESC, {_ORDER}"
        )),
    }  # fmt: skip
    figures: dict[str, Any] = {}
    for name, items in lists.items():
        for size in SIZES:
            figures[f"{name} @{size}"] = len(_cases(items[:size], truth))
    random = np.random.Generator(np.random.PCG64(seed))
    ids = sorted(truth)
    for size in SIZES:
        drawn = [
            len(_cases([[str(one)] for one in random.choice(ids, size, replace=False)], truth))
            for _ in range(_DRAWS)
        ]
        figures[f"random @{size}"] = round(float(np.mean(drawn)), 2)
    reached = engine.rows(
        "SELECT referral_id FROM referral_priorities WHERE identity_id IS NOT NULL UNION "
        "SELECT referral_id FROM referral_reasons WHERE reason = 'under_age_told'"
    )
    ours = _cases(lists["ours"][: SIZES[0]], truth)
    kinds = {case: kind for case, kind in truth.values() if case}
    by_kind = Counter(kinds[one] for one in ours)
    others = Counter(
        Counter(truth[one][1] for one in item).most_common(1)[0][0]
        for item in lists["ours"][: SIZES[0]]
        if not _cases([item], truth)
    )
    return {
        "cases": len(kinds),
        # The others say nothing that a program could know: their identifiers stand in no ad.
        "cases_that_join_or_tell_of_a_child": len(_cases(_singly(reached), truth)),
        "found": figures,
        "by_kind_at_50": {kind: [by_kind[kind], count] for kind, count in MATTERING.items()},
        "others_at_50": dict(others.most_common()),
    }


def _singly(rows: list[tuple[Any, ...]]) -> list[list[str]]:
    return [[name] for (name,) in rows]


def _cases(items: list[list[str]], truth: dict[str, tuple[int, str]]) -> set[int]:
    return {truth[one][0] for item in items for one in item} - {0}


def main() -> None:
    """Run the seeds named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-3", help="first-last")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    settings = dict(text.split("=", 1) for text in words.set)
    months = []
    for seed in range(int(first), int(last or first) + 1):
        months.append(month_figures(seed, settings))
        print(json.dumps(months[-1]), flush=True)
    means = {
        name: round(float(np.mean([month["found"][name] for month in months])), 2)
        for name in months[0]["found"]
    }
    print(json.dumps(means, indent=1))
    if words.out:
        words.out.write_text(json.dumps({"months": months, "means": means}, indent=1))


if __name__ == "__main__":
    main()
