"""Pairs of ads put together by identities, by contacts alone and by splink, against planted truth.

    python -m evaluation.identities.worlds --seeds 1-3 --out identities.json

Each world is made, taken in and run. Its pictures are then taken as they are, taken away, or left
on a third of the ads with 3% stolen from anybody, because a world's own pictures never lie.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from evaluation.identities.rivals import identifiers_only, splink_defaults
from pyarrow import csv

from inktrace.authors.evaluation import evaluate_clusters
from inktrace.cli.demo import add_inputs
from inktrace.engine import Engine
from inktrace.identities import STAGE
from inktrace.params import IdentitiesParams, Params
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.workspace import create_workspace
from inktrace.world import WorldParams, make_world, write_world

PICTURES: Final = ("as made", "a third, 3% stolen", "none")
_KEPT: Final = 1 / 3
_STOLEN: Final = 0.03


def world_tables(seed: int, sets: dict[str, str]) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """What the stage reads of a world of that seed, and the true author of each ad."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world = make_world(WorldParams(seed=seed).with_values(sets), silent)
        write_world(world, root / "world", silent)
        with create_workspace(root / "case") as case:
            add_inputs(case, root / "world", silent)
            run_stages(case, ["attribution"], silent)
            tables = {name: case.engine.relations().arrow(name) for name in STAGE.reads}
        truth = csv.read_csv(root / "world" / "truth" / "ads.csv").select(["ad_id", "author"])
    return tables, dict(zip(*(truth[c].to_pylist() for c in ("ad_id", "author")), strict=True))


def with_pictures(tables: dict[str, pa.Table], how: str, seed: int) -> dict[str, pa.Table]:
    """The tables with the ads' pictures as made, thinned out and partly stolen, or gone."""
    ads = tables["ads"]
    images = ads["image_hashes"].to_pylist()
    chance, known = random.Random(seed), sorted({one for one in images if one})
    if how == PICTURES[1]:
        draws = [(chance.random(), chance.choice(known)) for _ in images]
        images = [
            None if draw > _KEPT else stolen if draw < _STOLEN else own
            for own, (draw, stolen) in zip(images, draws, strict=True)
        ]
    elif how == PICTURES[2]:
        images = [None for _ in images]
    column = ads.schema.get_field_index("image_hashes")
    changed = ads.set_column(column, "image_hashes", pa.array(images, pa.string()))
    return {**tables, "ads": changed}


def identities_of(
    tables: dict[str, pa.Table], params: IdentitiesParams
) -> tuple[dict[str, str], dict[str, Any]]:
    """Our identity of each ad, with the seconds taken and the notes of the run."""
    with Engine.in_memory(tables) as engine:
        started = time.process_time()
        result = STAGE.function(engine.relations(STAGE.reads), params, silent)
        seconds = round(time.process_time() - started, 1)
    rows = result.tables["identities"]
    assert isinstance(rows, pa.Table)
    named = zip(*(rows[c].to_pylist() for c in ("ad_id", "identity_id")), strict=True)
    return dict(named), {"processor_seconds": seconds, **result.notes}


def figures(found: dict[str, str], truth: dict[str, str]) -> dict[str, Any]:
    """Precision and recall of pairs of ads."""
    ads = sorted(truth)
    return evaluate_clusters(
        np.array([found[ad] for ad in ads]), np.array([truth[ad] for ad in ads])
    )


def measured(seed: int, sets: dict[str, str], params: IdentitiesParams) -> list[dict[str, Any]]:
    """A row for each method and each way with pictures."""
    tables, truth = world_tables(seed, sets)
    authors = dict(
        zip(*(tables["authors"][c].to_pylist() for c in ("ad_id", "author_id")), strict=True)
    )
    rows = []
    for how in PICTURES:
        given = with_pictures(tables, how, seed)
        ours, notes = identities_of(given, params)
        methods = {
            "identities": ours,
            "authors": authors,
            "contacts": identifiers_only(given, False),
            "contacts and pictures": identifiers_only(given, True),
            "splink": splink_defaults(given),
        }
        for method, found in methods.items():
            told = {"seed": seed, "pictures": how, "method": method, **figures(found, truth)}
            rows.append({**told, **(notes if method == "identities" else {})})
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Measure the seeds named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-3", help="first-last")
    parser.add_argument("--world", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--set", action="append", default=[], metavar="identities.NAME=VALUE")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    sets = dict(text.split("=", 1) for text in words.world)
    params = Params().with_values(dict(text.split("=", 1) for text in words.set)).identities
    rows = [
        row for seed in range(int(first), int(last or first) + 1)
        for row in measured(seed, sets, params)
    ]  # fmt: skip
    for how in PICTURES:
        for method in dict.fromkeys(row["method"] for row in rows):
            mine = [row for row in rows if (row["pictures"], row["method"]) == (how, method)]
            precision, recall = (
                [row[name] or 0.0 for row in mine] for name in ("pair_precision", "pair_recall")
            )
            print(
                f"{how:20} {method:22} "
                f"precision {np.mean(precision):.3f} (least {min(precision):.3f}), "
                f"recall {np.mean(recall):.3f} (least {min(recall):.3f})"
            )
    if words.out:
        words.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
