"""Recall and false discoveries on planted worlds, averaged over seeds, ours and both baselines.

    python evaluation/worlds.py --seeds 1-10 --out worlds.json
    python evaluation/worlds.py --seeds 1-3 --set days=1 --set ads=400 \\
        --background sob2024_mempool_8131_json.tar.xz --prices btcusdt_1m_2017_2025.parquet

Each world is made, taken in, run and compared with its truth in a folder that is then removed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from inktrace.cli.demo import add_inputs
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.workspace import create_workspace
from inktrace.world import (
    World,
    WorldParams,
    make_world,
    plant_into,
    read_esplora,
    write_world,
)
from inktrace.world.figures import METHODS, figures

KINDS = ("attributions", "links")
LEVELS = (0.01, 0.05, 0.10)  # nominal q at which the observed false share is told besides
_DAYS_BEFORE = 2  # the prices that a world needs begin this long before its first day


def real_prices(path: Path, params: WorldParams) -> np.ndarray:
    """Dollars per bitcoin at each minute of a world's days, float64, the last known carried on."""
    table = pq.read_table(path, columns=["time", "price"]).sort_by("time")
    times, prices = table["time"].to_numpy(), table["price"].to_numpy()
    first = params.start - _DAYS_BEFORE * 86_400
    minutes = first + 60 * np.arange((params.days + _DAYS_BEFORE + 1) * 1440)
    return prices[np.maximum(np.searchsorted(times, minutes, side="right") - 1, 0)]


def world_of(words: argparse.Namespace, seed: int) -> World:
    """The world of a seed, in a background of real transactions where an archive is named."""
    params = WorldParams(seed=seed).with_values(dict(text.split("=", 1) for text in words.set))
    prices = real_prices(words.prices, params) if words.prices else None
    if words.background:
        return plant_into(params, read_esplora(words.background), prices)
    return make_world(params, silent, prices)


def world_figures(world: World, q: float) -> dict[str, Any]:
    """Figures of one world, with the seconds that the stages took."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_world(world, root / "world", silent)
        with create_workspace(root / "case") as case:
            add_inputs(case, root / "world", silent)
            started = time.monotonic()
            run_stages(case, [], silent)
            seconds = round(time.monotonic() - started, 1)
            found = figures(case.engine, root / "world" / "truth", q)
            found["levels"] = {
                str(level): figures(case.engine, root / "world" / "truth", level)["attributions"][
                    "inktrace"
                ]
                for level in LEVELS
            }
            found["stages_seconds"] = seconds
    return {"seed": world.params.seed, **found}


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
    for level in map(str, LEVELS):
        rows = [world["levels"][level] for world in worlds]
        false = [row["false_discovery_proportion"] or 0.0 for row in rows]
        summary[f"observed_false_share_at_q_{level}"] = {
            "mean": round(sum(false) / len(false), 4),
            "most": round(max(false), 4),
            "of_all_named": round(
                1 - sum(row["true"] for row in rows) / max(sum(row["reported"] for row in rows), 1),
                4,
            ),
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
    parser.add_argument("--background", type=Path, help="tar of Esplora JSON files")
    parser.add_argument("--prices", type=Path, help="Parquet of time and price by minute")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    worlds = []
    for seed in range(int(first), int(last or first) + 1):
        worlds.append(world_figures(world_of(words, seed), words.q))
        print(json.dumps(worlds[-1]), flush=True)
    summary = averages(worlds)
    print(json.dumps(summary, indent=1))
    if words.out:
        words.out.write_text(json.dumps({"worlds": worlds, "summary": summary}, indent=1))


if __name__ == "__main__":
    main()
