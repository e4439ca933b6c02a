"""How often two ads of one template are one author's: what the shipped shares rest on.

    python evaluation/authors/templates.py train WORLD_FOLDER…
    python evaluation/authors/templates.py test

Counts templates of the shared listings (hosts of one half; near-copies, which the other evaluations
leave out, are what counts here) and of planted worlds, by the number of their ads. Shipped shares
were chosen on "train" and worlds 101 and 102. Of two hosts' common templates only a quarter lies
within one half, of one host's a half: so pairs of two hosts count double. Prints JSON.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from listing_data import LISTINGS, half_of
from train_default import world_truth

from inktrace.authors.text_stage import read_ads
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

SIZES = ((2, 2), (3, 5), (6, 20), (21, 10**9))


def text_groups(ids: list[str], texts: list[str]) -> np.ndarray:
    """The text group of each ad, as numbers."""
    engine = Engine.in_memory({"ads": pa.table({"ad_id": ids, "text": texts})})
    found = read_ads(engine.relations(), Params().texts, silent).tables["texts"].to_pydict()
    of_ad = dict(zip(found["ad_id"], found["text_group_id"], strict=True))
    return np.unique([of_ad[one] for one in ids], return_inverse=True)[1]


def shares(group: np.ndarray, author: list[str], site: list[str], apart: float) -> dict[str, Any]:
    """Templates and mean share of one author's pairs, by sites and by size; each counts once.

    `apart`: how many pairs of two authors one stands for.
    """
    names = np.unique(author, return_inverse=True)[1]
    sites = np.unique(site, return_inverse=True)[1]
    told: dict[str, list[float]] = {}
    for number in np.flatnonzero(np.bincount(group) >= 2).tolist():
        ads = np.flatnonzero(group == number)
        counts = np.bincount(names[ads])
        same = float((counts * (counts - 1)).sum())
        other = apart * (len(ads) * (len(ads) - 1) - same)
        place = "one site" if len(np.unique(sites[ads])) == 1 else "several sites"
        size = next(f"{low} ads or more" for low, high in SIZES if low <= len(ads) <= high)
        for key in (place, f"{place}, {size}"):
            told.setdefault(key, []).append(same / (same + other))
    return {
        key: {"templates": len(values), "one_author": round(float(np.mean(values)), 4)}
        for key, values in sorted(told.items())
    }


def listing_shares(half: str) -> dict[str, Any]:
    """Shares among the listings of one half of the hosts; all are on one site."""
    table = pq.read_table(LISTINGS).to_pydict()
    rows = [row for row, host in enumerate(table["author_label"]) if half_of(host) == half]
    group = text_groups(*([table[name][row] for row in rows] for name in ("ad_id", "text")))
    return shares(group, [table["author_label"][row] for row in rows], [""] * len(rows), 2.0)


def world_shares(folder: Path) -> dict[str, Any]:
    """Shares among a planted world's ads."""
    with (folder / "ads.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    truth = world_truth(folder)
    ids = [row["ad_id"] for row in rows]
    group = text_groups(ids, [row["text"] for row in rows])
    return shares(group, [truth[one] for one in ids], [row["site"] for row in rows], 1.0)


def main(half: str, folders: list[str]) -> None:
    """Print the shares."""
    told = {f"listings, {half} hosts": listing_shares(half)}
    told |= {Path(folder).name: world_shares(Path(folder)) for folder in folders}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
