"""The images stage: pictures that ads share, and pictures that lists know."""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.images.bits import bits_set, from_hex
from inktrace.images.listed import ABUSE, HARMLESS, list_matches
from inktrace.images.near_ads import (
    carried_hashes,
    counts_around,
    flooding,
    near_pairs,
    pattern_reasons,
)
from inktrace.params import ImagesParams
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import Stage, StageResult

Row = dict[str, Any]


def images(relations: Relations, params: ImagesParams, progress: Progress) -> StageResult:
    """Compare the ads' hashes with one another and with the lists; quarantine what floods.

    A match is a reason to look. No authors are put together for it, here or in any later stage.
    """
    carried = carried_hashes(relations)
    names = relations.collect(carried.select("hash").distinct().order_by("hash"))["hash"]
    hashes = from_hex(names)
    patterns = pattern_reasons(hashes, params)
    usable = np.array([reason is None for reason in patterns], np.bool_)
    labels = np.array(names.to_pylist(), np.object_)
    pairs, near = near_pairs(labels[usable], hashes[usable], params, progress)
    others = _other_hashes(near.counts, int(usable.sum()))
    rows = _hash_rows(labels, bits_set(hashes).tolist(), patterns, others)
    _count_around(relations, carried, pairs, rows, params)
    quarantine = {row["hash"]: row["quarantine"] for row in rows}
    found = list_matches(relations, labels[usable], hashes[usable], params, progress)
    matches = _judged(relations, carried, found.rows, quarantine, params)
    sound = [name for name, reason in quarantine.items() if reason is None]
    tables = {
        "image_hashes": pa.Table.from_pylist(rows, schema=TABLES["image_hashes"].written_schema()),
        "hash_matches": pa.Table.from_pylist(
            matches, schema=TABLES["hash_matches"].written_schema()
        ),
        "shared_images": _shared(relations, carried, pairs, sound),
    }
    notes = {
        "distinct_hashes": len(rows),
        "quarantined": len(rows) - len(sound),
        **found.notes,
        "escalated": sum(row["escalated"] for row in matches),
    }
    return StageResult(tables, notes)


def _other_hashes(counts: Any, usable: int) -> list[int]:
    """How many others each usable hash is near to: as it is, itself not counted, or mirrored."""
    straight, turned = counts[:usable], counts[usable:]
    return np.maximum(straight - 1, turned).tolist()  # type: ignore[no-any-return]


def _hash_rows(
    labels: Any, ones: list[int], patterns: list[str | None], others: list[int]
) -> list[Row]:
    waiting = iter(others)
    return [
        {
            "hash": name,
            "bits_set": count,
            "near_hashes": next(waiting) if reason is None else 0,
            "quarantine": reason,
        }
        for name, count, reason in zip(labels.tolist(), ones, patterns, strict=True)
    ]


def _count_around(
    relations: Relations, carried: ir.Table, pairs: pa.Table, rows: list[Row], params: ImagesParams
) -> None:
    """Fill in the ads, authors and sites of each hash and those near it, and what follows."""
    own = _pairs_with_itself([row["hash"] for row in rows])
    alone = counts_around(relations, carried, own)
    around = counts_around(relations, carried, pairs)
    for row in rows:
        row["ads"] = alone[row["hash"]][0]
        ads, authors, sites = around.get(row["hash"], alone[row["hash"]])
        row.update(near_ads=ads, near_authors=authors, near_sites=sites)
        if row["quarantine"] is None:
            row["quarantine"] = flooding(row["near_hashes"], authors, sites, params)


def _pairs_with_itself(names: list[str]) -> pa.Table:
    column = pa.array(names, pa.string())
    return pa.table({"hash_a": column, "hash_b": column})


def _judged(
    relations: Relations,
    carried: ir.Table,
    found: list[Row],
    quarantine: dict[str, str | None],
    params: ImagesParams,
) -> list[Row]:
    """One row per ad and match, with what speaks against it and whether a person looks first."""
    if not found:
        return []
    seen = ibis.memtable(
        pa.Table.from_pylist([{"hash": name} for name in sorted({row["hash"] for row in found})])
    )
    picked = carried.semi_join(seen, "hash").select("hash", "ad_id", "author_id")
    ads: dict[str, list[str]] = {}
    authors: dict[str, set[str]] = {}
    for row in relations.collect(picked.order_by("hash", "ad_id")).to_pylist():
        ads.setdefault(row["hash"], []).append(row["ad_id"])
        authors.setdefault(row["hash"], set()).add(row["author_id"])
    matched: dict[str, set[str]] = {}
    for row in found:
        matched.setdefault(row["known_hash"], set()).update(authors[row["hash"]])
    harmless = {row["known_hash"] for row in found if row["verdict"] == HARMLESS}
    judged = []
    for row in found:
        met = len(matched[row["known_hash"]])
        reason = quarantine[row["hash"]] or _against(row, met, params)
        marks = {
            "disputed": row["known_hash"] in harmless and row["verdict"] != HARMLESS,
            "quarantine": reason,
            "escalated": row["verdict"] == ABUSE and reason is None,
        }
        judged += [{"ad_id": ad, **row, **marks} for ad in ads[row["hash"]]]
    return sorted(judged, key=lambda row: tuple(row[name] for name in TABLES["hash_matches"].key))


def _against(row: Row, authors: int, params: ImagesParams) -> str | None:
    if row["quality"] is not None and row["quality"] < params.min_quality:
        return f"the listed hash has quality {row['quality']}, below {params.min_quality}"
    if authors > params.flood_authors:
        return f"the listed hash is near pictures of {authors:,} authors"
    return None


def _shared(relations: Relations, carried: ir.Table, pairs: pa.Table, sound: list[str]) -> pa.Table:
    """Authors whose ads share a picture that is not quarantined, told by pair of hashes."""
    kept = ibis.memtable(pa.table({"hash": pa.array(sound, pa.string())}))
    usable = carried.filter(carried.author_id.notnull()).semi_join(kept, "hash")
    counted = usable.group_by("hash", "author_id").aggregate(ads=usable.ad_id.nunique())
    held = ibis.memtable(relations.collect(counted))
    near = ibis.memtable(pairs)
    one = held.rename(hash_a="hash", author_id_a="author_id", ads_a="ads")
    other = held.rename(hash_b="hash", author_id_b="author_id", ads_b="ads")
    # Both joins by hash come first, by themselves: asked for in one, the database starts from all
    # pairs of authors of which one comes before the other.
    joined = relations.collect(near.join(one, "hash_a").join(other, "hash_b"))
    apart = joined.filter(pc.less(joined["author_id_a"], joined["author_id_b"]))
    ordered = apart.sort_by([(name, "ascending") for name in TABLES["shared_images"].key])
    return ordered.select([field.name for field in TABLES["shared_images"].written_schema()])


STAGE: Final = Stage(
    name="images",
    version=1,
    reads=("ads", "authors", "known_hashes"),
    writes=("image_hashes", "hash_matches", "shared_images"),
    section="images",
    function=images,
    meaning="pictures that ads share, and pictures that hash lists know",
)
