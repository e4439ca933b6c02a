"""Recall and false discoveries on planted worlds, averaged over seeds, ours and both baselines.

    python evaluation/worlds.py --seeds 1-10 --out worlds.json

Each world is made, taken in, run and compared with its truth in a folder that is then removed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from inktrace.cli.demo import add_inputs, make_inputs
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.workspace import create_workspace
from inktrace.world.figures import METHODS, figures

KINDS = ("attributions", "links")


def world_figures(seed: int, q: float, settings: dict[str, str]) -> dict[str, Any]:
    """Figures of one seed's world, with the seconds that the stages took."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_inputs(root / "world", seed, silent, settings)
        with create_workspace(root / "case") as case:
            add_inputs(case, root / "world", silent)
            started = time.monotonic()
            run_stages(case, [], silent)
            found = figures(case.engine, root / "world" / "truth", q)
            found["stages_seconds"] = round(time.monotonic() - started, 1)
    return {"seed": seed, **found}


def averages(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and extremes over seeds of recall and false-discovery proportion, by method."""
    summary: dict[str, Any] = {}
    for kind in KINDS:
        for method in METHODS:
            rows = [world[kind][method] for world in worlds]
            for figure in ("recall", "false_discovery_proportion"):
                # A world where nothing was named has no false discovery.
                values = [row[figure] or 0.0 for row in rows]
                summary[f"{kind}.{method}.{figure}"] = {
                    "mean": round(sum(values) / len(values), 4),
                    "least": round(min(values), 4),
                    "most": round(max(values), 4),
                }
    for figure in ("pair_precision", "pair_recall"):
        values = [world["authors"][figure] or 0.0 for world in worlds]
        summary[f"authors.{figure}"] = round(sum(values) / len(values), 4)
    return summary


def main() -> None:
    """Run the seeds named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-10", help="first-last")
    parser.add_argument("--q", type=float, default=0.05)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    settings = dict(text.split("=", 1) for text in words.set)
    worlds = []
    for seed in range(int(first), int(last or first) + 1):
        worlds.append(world_figures(seed, words.q, settings))
        print(json.dumps(worlds[-1]), flush=True)
    summary = averages(worlds)
    print(json.dumps(summary, indent=1))
    if words.out:
        words.out.write_text(json.dumps({"worlds": worlds, "summary": summary}, indent=1))


if __name__ == "__main__":
    main()
