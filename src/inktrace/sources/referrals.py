"""Reports that came in (referrals): tables, JSON and e-mail; every row checked, none lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cell_times import times, zone_named
from inktrace.sources.cells import MISSING, mask_of
from inktrace.sources.intake import Added, Intake, Meter, intake
from inktrace.sources.profile import AdProfile, read_profile
from inktrace.sources.referral_items import ITEM_COLUMNS, given_items
from inktrace.sources.referral_json import json_reports
from inktrace.sources.referral_mail import mail_reports
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve
from inktrace.sources.streams import SourceStream, open_stream

__all__ = ["REFERRAL_COLUMNS", "add_referrals", "read_referral_profile"]

_CONSTANTS: Final = ("received_at", "incident_type", "reporter", "country")
_TOLD: Final = ("incident_type", "reporter", "country", "refers_to")
REFERRAL_COLUMNS: Final = (
    "referral_id",
    "received_at",
    "occurred_at",
    *_TOLD,
    "title",
    "text",
    "known_abuse",
    "attachments",
    *ITEM_COLUMNS,
)
_CONTENT: Final = ("received_us", "occurred_us", *_TOLD, "text", "known_abuse", "attachments")
_NAMED: Final = {"received_us": "received_at", "occurred_us": "occurred_at"}
_YES: Final = ("true", "yes", "y", "1")
_NO: Final = ("false", "no", "n", "0")
_JSON_NAMES: Final = (".json", ".jsonl", ".ndjson")
_MAIL_NAMES: Final = (".eml", ".mbox", ".txt", ".mail")
_TABLE_NAMES: Final = (".csv", ".tsv", ".parquet")
# Files that a text carries within itself are nobody's words: they are left out, never stored.
_EMBEDDED: Final = (
    r"data:[\w/+.;=-]{0,100}base64,[A-Za-z0-9+/=\s]*"
    r"|(?:[A-Za-z0-9+/]{60,}={0,2}\r?\n){4,}[A-Za-z0-9+/]*={0,2}"
    r"|[A-Za-z0-9+/]{400,}={0,2}"
)
_LEFT_OUT: Final = "[file left out]"


def read_referral_profile(path: Path) -> AdProfile:
    """The TOML profile of `add referrals`; see `sources.profile`. In JSON, a name with dots is a
    way through nested objects (`person.emails`)."""
    return read_profile(path, REFERRAL_COLUMNS, _CONSTANTS)


def add_referrals(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    profile: AdProfile | None = None,
) -> Added:
    """Store the reports of one file: CSV, Parquet, JSON, JSON Lines, an e-mail or an mbox.

    Columns: referral_id, received_at (ISO 8601 with offset, or epoch seconds); optional
    occurred_at, incident_type, reporter, title, text, country, refers_to (ids of other
    reports), known_abuse (yes or no), attachments (how many), and identifiers, several apart by
    spaces, commas or semicolons (or a JSON list): emails, phones, screen_names, ips, urls, md5,
    sha1, sha256, pdq. `profile` maps other names. What is in an e-mail is told in
    `sources.referral_mail`.

    A report with neither text nor identifier is rejected. An identifier that cannot be one (a
    hash of the wrong length, no IP address) goes to the rejects by itself: the rest of its
    report is kept. A report whose id is stored already is a repeat if all else agrees, and
    rejected if not. Raises InputError where the file as a whole cannot be used.

    Notes
    -----
    No file that comes with a report is stored: of attachments only the number and the SHA-256,
    and files written into a text are cut out of it. Texts are kept as they are apart from that.
    """
    profile = profile or AdProfile()
    manner = {"profile": profile.as_values()}
    with intake(engine, "referrals", path, params, manner, progress) as file:
        if file.already_added:
            return file.added()
        for batch in _batches(file, profile, progress):
            rows, items = _good_reports(file, batch, profile)
            file.store("referrals", rows)
            file.store("referral_items", items)
        settle_repeats(file, "referrals", ("referral_id",), _CONTENT, _NAMED)
        # The identifiers of a row that was a repeat go with it.
        engine.execute(
            'DELETE FROM referral_items WHERE file_id = ? AND "row" NOT IN '
            '(SELECT "row" FROM referrals WHERE file_id = ?)',
            [file.file_id, file.file_id],
        )
        return file.added()


def _batches(file: Intake, profile: AdProfile, progress: Progress) -> Iterator[Batch]:
    names = {name: profile.columns.get(name, name) for name in REFERRAL_COLUMNS}
    with closing(open_stream(file.path)) as stream:
        kind = _kind(file.path, stream)
        meter = Meter(progress, f"reading {file.path.name}", file.size)
        if kind == "json":
            yield from json_reports(file, stream, names, profile.encoding, meter)
            return
        if kind == "mail":
            yield from mail_reports(file, stream, meter)
            return
    required = tuple(
        (name,) for name in ("referral_id", "received_at") if name not in profile.constants
    )
    layout = Layout(names, required, frozenset(ITEM_COLUMNS), profile.delimiter, profile.encoding)
    yield from batches(file, layout, progress)


def _kind(path: Path, stream: SourceStream) -> str:
    """json, mail or table: by the name's ending or, where it says nothing, by the first bytes."""
    for ending in reversed([ending.lower() for ending in path.suffixes]):
        if ending in _TABLE_NAMES:
            return "table"
        if ending in _JSON_NAMES:
            return "json"
        if ending in _MAIL_NAMES:
            return "mail"
    start = stream.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json"
    first = start.partition(b":")[0].lower()
    known = (b"received", b"return-path", b"delivered-to", b"from", b"date", b"message-id")
    return "mail" if start.startswith(b"From ") or first in known else "table"


def _good_reports(file: Intake, batch: Batch, profile: AdProfile) -> tuple[pa.Table, pa.Table]:
    """The rows of a batch that pass every check, and their identifiers."""
    sieve = Sieve(file, batch)
    columns: dict[str, pa.Array] = {"referral_id": sieve.text("referral_id")}
    sieve.require(columns["referral_id"], "referral_id")
    columns["received_us"] = _moments(sieve, "received_at", profile, missing_is_bad=True)
    columns["occurred_us"] = _moments(sieve, "occurred_at", profile, missing_is_bad=False)
    for name in _TOLD:
        columns[name] = sieve.text(name, profile.constants.get(name))
    columns["text"] = _texts(sieve)
    columns["known_abuse"] = _flags(sieve)
    columns["attachments"] = _counts(sieve)
    items = given_items(sieve)
    told = mask_of(pc.is_valid(columns["text"]))
    told[items.places] = True
    sieve.drop(~told, "text", "there is neither a text nor an identifier")
    columns["row"] = pa.array(batch.rows)
    kept = sieve.good[items.places]
    rows = pa.table(
        {
            "referral_id": columns["referral_id"].take(pa.array(items.places)),
            "kind": pa.array(items.kinds, pa.string()),
            "value": pa.array(items.values, pa.string()),
            "row": pa.array(batch.rows[items.places]),
        }
    ).filter(pa.array(kept))
    return pa.table(columns).filter(pa.array(sieve.good)), rows


def _moments(sieve: Sieve, name: str, profile: AdProfile, *, missing_is_bad: bool) -> pa.Array:
    zone = None if profile.zone is None else zone_named(profile.zone)
    cells = sieve.text(name, profile.constants.get(name))
    values, verdicts = times(cells, zone, form=profile.time_format)
    given = verdicts != MISSING
    sieve.judge(verdicts, name, missing_is_bad=missing_is_bad)
    # What is not given lies in no year, and is not bad for that.
    values[~given] = 946_684_800_000_000
    sieve.drop_far_times(values, name)
    return pa.array(values, mask=~given)


def _texts(sieve: Sieve) -> pa.Array:
    title, text = sieve.text("title"), sieve.text("text")
    both = pc.binary_join_element_wise(title, text, pa.scalar("\n", pa.large_string()))
    given = pc.coalesce(both, title, text)
    whole = pc.replace_substring_regex(given, _EMBEDDED, _LEFT_OUT)
    blank = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(whole)), 0)
    whole = pc.if_else(blank, pa.scalar(None, pa.large_string()), whole)
    sieve.drop_long_texts(whole, "text")
    return whole


def _flags(sieve: Sieve) -> pa.Array:
    words = pc.utf8_lower(pc.utf8_trim_whitespace(sieve.text("known_abuse")))
    yes, no = (pc.is_in(words, pa.array(list(some), words.type)) for some in (_YES, _NO))
    known = pc.or_(pc.or_(yes, no), pc.is_null(words))
    sieve.drop(~mask_of(known), "known_abuse", "known_abuse is neither yes nor no")
    return pc.if_else(pc.is_null(words), pa.scalar(None, pa.bool_()), yes)


def _counts(sieve: Sieve) -> pa.Array:
    words = pc.utf8_trim_whitespace(sieve.text("attachments"))
    whole = pc.match_substring_regex(words, r"^\d{1,9}$")
    sieve.drop(~mask_of(pc.fill_null(whole, True)), "attachments", "attachments is not a count")
    return pc.if_else(whole, words, pa.scalar(None, words.type)).cast(pa.int64())
