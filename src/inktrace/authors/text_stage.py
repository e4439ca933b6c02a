"""Stage `texts`: repaired and masked texts, hard identifiers, languages and text groups."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from inktrace.authors.contacts import emails
from inktrace.authors.found import bounded
from inktrace.authors.language import language_of
from inktrace.authors.masking import Read, masked, read_text
from inktrace.authors.names import called_names
from inktrace.authors.phones import phone_field, region_of
from inktrace.authors.repair import folded
from inktrace.authors.templates import text_groups
from inktrace.engine import Relations
from inktrace.params import TextsParams
from inktrace.progress import Progress
from inktrace.stage import StageResult

_COLUMNS: Final = ("ad_id", "text", "city", "region", "country", "phone", "email")


def read_ads(relations: Relations, params: TextsParams, progress: Progress) -> StageResult:
    """Every ad's text as stylometry sees it, and the contact data that was in it."""
    ads = relations.arrow("ads", _COLUMNS).to_pydict()
    total = len(ads["ad_id"])
    regions = [regions_of(country, params) for country in ads["country"]]
    known: dict[tuple[str | None, tuple[str, ...]], Read] = {}  # a text posted often is read once
    reads: list[Read] = []
    for row, key in enumerate(zip(ads["text"], regions, strict=True)):
        if row % 2000 == 0:
            progress("texts", row, total)
        if key not in known:
            known[key] = read_text(key[0] or "", key[1], params.phone_checks)
        reads.append(known[key])
    names = called_names(read.text for read in reads)
    masks = [
        masked(read, names, (city, region))
        for read, city, region in zip(reads, ads["city"], ads["region"], strict=True)
    ]
    progress("text groups", 0, None)
    groups = text_groups(ads["ad_id"], masks, params)
    texts = pa.table(
        {
            "ad_id": pa.array(ads["ad_id"], pa.string()),
            "masked_text": pa.array(masks, pa.string()),
            "language": pa.array([language_of(text) for text in masks], pa.string()),
            "text_group_id": pa.array(groups, pa.string()),
            "characters": pa.array([len(text) for text in masks], pa.int64()),
        }
    )
    found = _identifiers(ads, reads, regions)
    notes = {
        "ads": total,
        "text_groups": len(set(groups)),
        "names_masked": len(names),
        "identifiers": found.num_rows,
        "ads_with_identifiers": len(set(found.column("ad_id").to_pylist())),
    }
    return StageResult({"texts": texts, "identifiers": found}, notes)


def regions_of(country: str | None, params: TextsParams) -> tuple[str, ...]:
    """The regions whose number plans are tried where a country is named, or none is."""
    known = region_of(country)
    return (known,) if known else tuple(params.default_regions.split())


def _identifiers(
    ads: dict[str, list[str | None]], reads: list[Read], regions: list[tuple[str, ...]]
) -> pa.Table:
    rows: dict[tuple[str, str, str], tuple[str, str]] = {}
    for row, read in enumerate(reads):
        ad_id = str(ads["ad_id"][row])
        for (kind, value), app in read.listed().items():
            rows[ad_id, kind, value] = ("text", app)
        phone, email = ads["phone"][row], ads["email"][row]
        number = phone_field(phone, regions[row]) if phone else None
        if number:
            rows.setdefault((ad_id, "phone", number), ("phone", ""))
        for item in emails(folded(email)[0]) if email else []:
            rows.setdefault((ad_id, "email", bounded(item.value)), ("email", ""))
    ordered = sorted(rows)
    columns = list(zip(*ordered, strict=True)) if ordered else [(), (), ()]
    arrays = [pa.array(list(column), pa.string()) for column in columns]
    found_in = pa.array([rows[key][0] for key in ordered], pa.string())
    app = pa.array([rows[key][1] or None for key in ordered], pa.string())
    return pa.table([*arrays, found_in, app], names=["ad_id", "kind", "value", "found_in", "app"])
