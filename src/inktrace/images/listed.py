"""Pictures of ads on hash lists: who lists them, how near, and how likely so by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.images.bits import Hashes, from_bytes, mirrored, random_hashes, to_hex
from inktrace.images.chance import log10_chance, measured_spread
from inktrace.images.near_ads import nearest_of_each, pattern_reasons
from inktrace.images.search import near_hashes
from inktrace.params import ImagesParams
from inktrace.progress import Progress

__all__ = ["ABUSE", "HARMLESS", "Found", "list_matches"]

ABUSE: Final = "known_abuse"
HARMLESS: Final = "harmless"
_BOTH_WAYS: Final = 2  # each picture is looked for as it is and mirrored
_RANDOM_HASHES: Final = 256  # so that the same seed elsewhere draws other hashes


@dataclass(frozen=True)
class Found:
    """Rows of (hash, known_hash, statement, distance, …) and what is to be said of the search."""

    rows: list[dict[str, Any]]
    notes: dict[str, Any]


def list_matches(
    relations: Relations,
    names: npt.NDArray[np.object_],
    hashes: Hashes,
    params: ImagesParams,
    progress: Progress,
) -> Found:
    """What the lists say of each hash: one row per listed hash in reach and statement on it.

    Among `hashes` are none that are patterns. Listed hashes that are patterns are left out.
    """
    known = relations["known_hashes"]
    cells = relations.collect(known.select("hash").distinct().order_by("hash"))["hash"]
    listed = from_bytes(cells)
    usable = np.array([reason is None for reason in pattern_reasons(listed, params)], np.bool_)
    skipped, listed = int((~usable).sum()), listed[usable]
    generator = np.random.default_rng([params.seed, _RANDOM_HASHES])
    drawn = random_hashes(params.random_hashes, generator)
    queries = np.concatenate([hashes, mirrored(hashes), drawn])
    near = near_hashes(queries, listed, params.max_distance, params.flood_hashes, progress)
    spread = measured_spread(
        np.concatenate([listed, hashes]), params.max_distance, params.pairs_measured, generator
    )
    reach = _BOTH_WAYS * len(listed)
    at_most = log10_chance(np.array([params.max_distance]), reach, spread)
    notes = {
        "listed_hashes": len(listed),
        "listed_patterns": skipped,
        "random_hashes": len(drawn),
        "random_hashes_matched": int((near.counts[2 * len(hashes) :] > 0).sum()),
        "independent_bits": round(spread.bits, 1),
        "pairs_measured": spread.pairs,
        "log10_chance_at_max_distance": round(float(at_most[0]), 2) if len(listed) else None,
    }
    of_ads = near.query < 2 * len(hashes)
    query, place, distance = near.query[of_ads], near.listed[of_ads], near.distance[of_ads]
    turned = query >= len(hashes)
    query = query % max(len(hashes), 1)
    kept = nearest_of_each(query, place, distance, turned)
    found = to_hex(listed[place[kept]])
    pairs = pa.table(
        {
            "hash": pa.array(names[query[kept]], pa.string()),
            "known": pa.array([bytes.fromhex(one) for one in found], pa.binary()),
            "known_hash": pa.array(found, pa.string()),
            "distance": pa.array(distance[kept]),
            "mirrored": pa.array(turned[kept]),
            "log10_chance": pa.array(log10_chance(distance[kept], reach, spread)),
        }
    )
    return Found(_with_statements(relations, pairs), notes)


def _with_statements(relations: Relations, pairs: pa.Table) -> list[dict[str, Any]]:
    """The pairs with the latest statement of each source, label and verdict on the listed hash."""
    if not pairs.num_rows:
        return []
    near = ibis.memtable(pairs)
    known = relations["known_hashes"].rename(known="hash")
    said = known.semi_join(near.select("known").distinct(), "known")
    said = said.mutate(label=said.label.fill_null(""))
    window = ibis.window(
        group_by=["known", "source", "label", "verdict"],
        order_by=[ibis.desc("file_id"), ibis.desc("row")],
    )
    placed = said.mutate(place=ibis.row_number().over(window))
    latest = placed.filter(placed.place == 0)
    kept = latest.select("known", "source", "label", "verdict", "reviewers", "quality")
    joined = near.join(kept, "known").drop("known")
    order = ["hash", "known_hash", "source", "label", "verdict"]
    rows: list[dict[str, Any]] = relations.collect(joined.order_by(order)).to_pylist()
    return rows
