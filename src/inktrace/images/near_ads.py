"""Near-equal pictures among the ads: which hashes flood, and which authors share a picture."""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.images.bits import Hashes, bits_set, different_rows, mirrored
from inktrace.images.search import Near, near_hashes
from inktrace.params import ImagesParams
from inktrace.progress import Progress

__all__ = ["carried_hashes", "counts_around", "flooding", "near_pairs", "pattern_reasons"]

Masks = npt.NDArray[np.bool_]

PAIR_SCHEMA: Final = pa.schema(
    [
        ("hash_a", pa.string()),
        ("hash_b", pa.string()),
        ("distance", pa.int64()),
        ("mirrored", pa.bool_()),
    ]
)


def carried_hashes(relations: Relations) -> ir.Table:
    """(hash, ad_id, site, author_id) of every picture of every ad, once each."""
    ads = relations["ads"]
    given = ads.filter(ads.image_hashes.notnull())
    cells = given.select("ad_id", "site", hash=given.image_hashes.split(" ").unnest())
    authors = relations["authors"].select("ad_id", "author_id")
    joined = cells.filter(cells.hash != "").distinct().left_join(authors, "ad_id")
    return joined.select("hash", "ad_id", "site", "author_id")


def pattern_reasons(hashes: Hashes, params: ImagesParams) -> list[str | None]:
    """Why a hash is no picture's that could be told from others, where it is not."""
    ones, rows = bits_set(hashes), different_rows(hashes)
    unbalanced = np.abs(ones - 128) > params.max_imbalance
    return [
        f"{count} of 256 bits are set: a blank picture, or no PDQ hash"
        if uneven
        else f"only {kinds} different rows of bits: a pattern, not a picture"
        if kinds < params.min_rows
        else None
        for uneven, count, kinds in zip(
            unbalanced.tolist(), ones.tolist(), rows.tolist(), strict=True
        )
    ]


def near_pairs(
    names: npt.NDArray[np.object_], hashes: Hashes, params: ImagesParams, progress: Progress
) -> tuple[pa.Table, Near]:
    """(hash_a, hash_b, distance, mirrored): each near pair both ways round, and each with itself.

    A picture that is nearer to another's mirrored self is told as mirrored. Raises nothing; of a
    hash with more than `flood_hashes` near ones only so many are given, and all are counted.
    """
    count = len(hashes)
    both = np.concatenate([hashes, mirrored(hashes)])
    near = near_hashes(both, hashes, params.max_distance, params.flood_hashes, progress)
    query, turned = near.query % max(count, 1), near.query >= count
    kept = nearest_of_each(query, near.listed, near.distance, turned)
    kept &= ~(turned & (query == near.listed))
    columns = [
        pa.array(names[query[kept]], pa.string()),
        pa.array(names[near.listed[kept]], pa.string()),
        pa.array(near.distance[kept]),
        pa.array(turned[kept]),
    ]
    return pa.Table.from_arrays(columns, schema=PAIR_SCHEMA), near


def nearest_of_each(query: Any, listed: Any, distance: Any, turned: Any) -> Masks:
    """Which rows are the nearest of their (query, listed) pair; as it is goes before mirrored."""
    order = np.lexsort((turned, distance, listed, query))
    first = np.ones(order.size, np.bool_)
    same_query = query[order][1:] == query[order][:-1]
    first[1:] = ~(same_query & (listed[order][1:] == listed[order][:-1]))
    kept = np.zeros(order.size, np.bool_)
    kept[order[first]] = True
    return kept


def counts_around(relations: Relations, carried: ir.Table, pairs: pa.Table) -> dict[str, Any]:
    """hash → (near_ads, near_authors, near_sites) of the hash and all near it."""
    near = ibis.memtable(pairs.select(["hash_a", "hash_b"]))
    joined = near.join(carried, near.hash_b == carried.hash)
    counted = joined.group_by("hash_a").aggregate(
        ads=joined.ad_id.nunique(),
        authors=joined.author_id.nunique(),
        sites=joined.site.nunique(),
    )
    rows = relations.collect(counted).to_pylist()
    return {row["hash_a"]: (row["ads"], row["authors"], row["sites"]) for row in rows}


def flooding(near_hashes: int, authors: int, sites: int, params: ImagesParams) -> str | None:
    """Why a picture is on too many ads to say anything of who posts it, where it is."""
    if authors > params.flood_authors:
        return f"on ads of {authors:,} authors: a logo, or a stock picture"
    if sites > params.flood_sites:
        return f"on {sites:,} sites: a logo, or a stock picture"
    if near_hashes > params.flood_hashes:
        return f"near {near_hashes:,} other hashes"
    return None
