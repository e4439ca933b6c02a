"""Ads from CSV, JSON Lines or Parquet: every row checked, no good row lost."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cell_times import times, zone_named
from inktrace.sources.cells import MISSING, amounts, mask_of, numbers
from inktrace.sources.feed_progress import store_progress
from inktrace.sources.file_parts import FilePart
from inktrace.sources.intake import Added, Intake, intake
from inktrace.sources.profile import AD_COLUMNS, AdProfile, read_profile
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve
from inktrace.units import minor_digits

__all__ = ["AdProfile", "add_ads", "read_profile"]

_COPIED: Final = ("category", "city", "region", "country", "author_label", "phone", "email", "url")
_CONTENT: Final = (
    "site",
    "posted_us",
    "text",
    *_COPIED,
    "lat",
    "lon",
    "price_minor",
    "currency",
    "image_hashes",
)
_NAMED: Final = {"posted_us": "posted_at", "price_minor": "price"}
_HASHES: Final = r"^[0-9a-f]{64}( [0-9a-f]{64})*$"


def add_ads(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    profile: AdProfile | None = None,
    part: FilePart | None = None,
) -> Added:
    """Store the ads of one file, all of its good rows or, if it cannot be read, none.

    Columns: ad_id, site, posted_at (ISO 8601 with offset, or epoch seconds), text (or title
    and body); optional category, city, region, country, lat, lon, price with currency (what
    the posting cost), author_label, phone, email, image_hashes (PDQ, 64 hex digits each), url.
    `profile` maps other names. `part`: read only these lines of a JSON Lines file that grows,
    and remember how far that is. Prices become minor units, rounded half to even.

    A row with an ad_id that is stored already is a repeat if all else agrees, and rejected if
    not: the first stays. Raises InputError where the file as a whole cannot be used.

    Notes
    -----
    Ids and texts are kept exactly as given, white space included; two ids that differ only
    in white space are two ads.
    """
    profile = profile or AdProfile()
    manner = {"profile": profile.as_values()}
    with intake(engine, "ads", path, params, manner, progress, part) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, _layout(profile), progress):
            file.store("ads", _good_ads(file, batch, profile))
        settle_repeats(file, "ads", ("ad_id",), _CONTENT, _NAMED)
        if part is not None:
            store_progress(file, part)
        return file.added()


def _layout(profile: AdProfile) -> Layout:
    names = {name: profile.columns.get(name, name) for name in AD_COLUMNS}
    required = [("ad_id",), ("site",), ("posted_at",), ("text", "title", "body")]
    return Layout(
        names,
        tuple(group for group in required if group[0] not in profile.constants),
        frozenset({"image_hashes"}),
        profile.delimiter,
        profile.encoding,
    )


def _good_ads(file: Intake, batch: Batch, profile: AdProfile) -> pa.Table:
    """The rows of a batch that pass every check, as columns of the ads table."""
    sieve = Sieve(file, batch)
    columns: dict[str, pa.Array] = {"ad_id": sieve.text("ad_id")}
    sieve.require(columns["ad_id"], "ad_id")
    columns["site"] = sieve.text("site", profile.constants.get("site"))
    sieve.require(columns["site"], "site")
    columns["posted_us"] = _posting_times(sieve, profile)
    columns["text"] = _texts(sieve)
    columns["lat"], columns["lon"] = _places(sieve)
    columns["price_minor"], columns["currency"] = _prices(sieve, profile)
    columns["image_hashes"] = _image_hashes(sieve)
    for name in _COPIED:
        columns[name] = sieve.text(name, profile.constants.get(name))
    columns["row"] = pa.array(batch.rows)
    return pa.table(columns).filter(pa.array(sieve.good))


def _posting_times(sieve: Sieve, profile: AdProfile) -> pa.Array:
    zone = None if profile.zone is None else zone_named(profile.zone)
    values, verdicts = times(sieve.cells("posted_at"), zone, form=profile.time_format)
    sieve.judge(verdicts, "posted_at")
    sieve.drop_far_times(values, "posted_at")
    return pa.array(values)


def _texts(sieve: Sieve) -> pa.Array:
    """The text, or title and body on lines of their own where there is none."""
    title, body = sieve.text("title"), sieve.text("body")
    both = pc.binary_join_element_wise(title, body, pa.scalar("\n", pa.large_string()))
    whole = pc.coalesce(sieve.text("text"), both, title, body)
    sieve.require(whole, "text")
    sieve.drop_long_texts(whole, "text")
    return whole


def _places(sieve: Sieve) -> tuple[pa.Array, pa.Array]:
    known, values = [], []
    for name, most in (("lat", 90.0), ("lon", 180.0)):
        degrees, verdicts = numbers(sieve.cells(name))
        given = verdicts != MISSING
        sieve.judge(verdicts, name, missing_is_bad=False)
        sieve.drop(given & (np.abs(degrees) > most), name, f"{name} is not within ±{most:g}")
        known.append(given)
        values.append(pa.array(degrees, mask=~given))
    sieve.drop(known[0] & ~known[1], "lat", "lat is given without lon")
    sieve.drop(known[1] & ~known[0], "lon", "lon is given without lat")
    return values[0], values[1]


def _prices(sieve: Sieve, profile: AdProfile) -> tuple[pa.Array, pa.Array]:
    """Price in minor units and its currency; both unknown where no price is given."""
    code = pc.utf8_upper(
        pc.utf8_trim_whitespace(sieve.text("currency", profile.constants.get("currency")))
    )
    coded = code.dictionary_encode()
    digits = np.array([minor_digits(name) for name in coded.dictionary.to_pylist()] or [2])
    places = pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)
    minor, verdicts = amounts(sieve.cells("price"), digits[places])
    priced = verdicts != MISSING
    sieve.judge(verdicts, "price", missing_is_bad=False)
    unnamed = mask_of(pc.is_null(code))
    sieve.drop(priced & unnamed, "price", "price is given without currency")
    odd = ~mask_of(pc.fill_null(pc.match_substring_regex(code, r"^[A-Z]{3}$"), True))
    sieve.drop(odd, "currency", "currency is not a code of three letters (ISO 4217)")
    return pa.array(minor, mask=~priced), pc.if_else(
        pa.array(priced), code, pa.scalar(None, code.type)
    )


def _image_hashes(sieve: Sieve) -> pa.Array:
    """Perceptual hashes as lower-case hex with one space between."""
    given = sieve.text("image_hashes")
    spaced = pc.replace_substring_regex(pc.utf8_lower(given), r'[\[\]",\s]+', " ")
    hashes = pc.utf8_trim_whitespace(spaced)
    hashes = pc.if_else(pc.equal(pc.binary_length(hashes), 0), pa.scalar(None, hashes.type), hashes)
    odd = ~mask_of(pc.fill_null(pc.match_substring_regex(hashes, _HASHES), True))
    sieve.drop(odd, "image_hashes", "an image hash is not 64 hex digits")
    return hashes
