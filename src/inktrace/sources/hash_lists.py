"""Lists of PDQ hashes: what others say of pictures that nobody here needs to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.errors import InputError, UsageError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cells import mask_of, matches
from inktrace.sources.hash_list_json import BadEntry, json_statements
from inktrace.sources.intake import Added, Intake, Meter, intake
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.rows import batches, is_json
from inktrace.sources.sieve import Sieve
from inktrace.sources.streams import open_stream
from inktrace.sources.text_blocks import TextFile

__all__ = ["VERDICTS", "add_hashes"]

VERDICTS: Final = ("known_abuse", "harmless", "listed")
# Our columns, and the names under which CSV lists have them, ThreatExchange's among them.
_NAMES: Final = {
    "hash": ("hash", "pdq", "pdq_hash", "indicator", "raw_indicator", "td_raw_indicator"),
    "type": ("type", "indicator_type", "td_indicator_type", "signal_type", "hash_type"),
    "label": ("label", "category", "tags", "td_subjective_tags"),
    "source": ("source", "owner", "owner_name", "td_owner_name", "td_owner_id"),
    "status": ("verdict", "status", "td_status"),
    "reviewers": ("reviewers", "reviewer_count"),
    "quality": ("quality",),
}
_LAYOUT: Final = Layout(
    {name: name for names in _NAMES.values() for name in names}, (_NAMES["hash"],)
)
_TYPES: Final = ("pdq", "hash_pdq")
_VERDICT_OF_STATUS: Final = {
    "malicious": "known_abuse",
    "non_malicious": "harmless",
    "suspicious": "listed",
    "unknown": "listed",
    **{verdict: verdict for verdict in VERDICTS},
    "known-abuse": "known_abuse",
}
_CONTENT: Final = ("hash", "source", "label", "verdict", "reviewers", "quality")
_HASH_DIGITS: Final = 64
_MOST_CHARACTERS: Final = 2_000
_ENTRIES_A_BATCH: Final = 20_000
_EMPTY_FILE: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def add_hashes(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    *,
    source: str | None = None,
    verdict: str | None = None,
) -> Added:
    """Store what a list says of PDQ hashes; statements that differ in anything are all kept.

    CSV or Parquet with a column `hash` (or `pdq`, `indicator`, `td_raw_indicator`), optional
    label, source, status, reviewers, quality; ThreatExchange as CSV or JSON; VICS as JSON. Hashes
    of other kinds (MD5, PhotoDNA …) are left out and counted. `source` names who says so where
    the list does not (default: the file's name); `verdict` holds for every row.

    Without `verdict`, ThreatExchange's MALICIOUS and VICS's categories 1 and 2 are known abuse,
    NON_MALICIOUS is harmless, all else is listed only. Raises InputError where the file as a whole
    cannot be used, UsageError for an unknown verdict.

    Notes
    -----
    VICS's categories 1 and 2 are abuse in every country's model; what the others mean differs.
    """
    if verdict is not None:
        verdict = verdict.replace("-", "_")
        if verdict not in VERDICTS:
            raise UsageError(f"there is no verdict {verdict!r}", do=f"choose {', '.join(VERDICTS)}")
    named = source or path.name.encode("utf-8", "backslashreplace").decode()
    manner = {"source": source, "verdict": verdict}
    with intake(engine, "hashes", path, params, manner, progress) as file:
        if file.already_added:
            return file.added()
        left_out = 0
        for batch in _batches(file, progress):
            rows, others = _good_rows(file, batch, named, verdict)
            left_out += others
            file.store("known_hashes", rows)
        settle_repeats(file, "known_hashes", _CONTENT)
        _tell(file, left_out)
        return file.added()


def _batches(file: Intake, progress: Progress) -> Iterator[Batch]:
    with closing(open_stream(file.path)) as stream:
        if not is_json(file, stream):
            stream.close()
            for batch in batches(file, _LAYOUT, progress):
                yield _ours(batch)
            return
        text = TextFile(stream, None)
        meter = Meter(progress, f"reading {file.path.name}", file.size)
        waiting: list[tuple[int, dict[str, str | None]]] = []
        for number, found in json_statements(text.blocks(), file.params.max_line_bytes):
            if isinstance(found, BadEntry):
                if number == 1 and not found.alone:
                    raise InputError(found.reason, where=file.path, do="check what file it is")
                file.reject(number, None, f"{found.reason}; the other entries are kept", found.raw)
                continue
            # An entry without a PDQ hash is counted, as one of another kind.
            waiting += [(number, one) for one in found] or [(number, {"type": "none"})]
            if len(waiting) >= _ENTRIES_A_BATCH:
                yield _batch_of(waiting)
                waiting = []
                meter.at(stream.position)
        if waiting:
            yield _batch_of(waiting)
        if text.damage is not None:
            file.reject(0, None, f"{text.damage.what}; the entries before it are kept", b"")


def _ours(batch: Batch) -> Batch:
    """The columns under our names, the first that has something in it."""
    sieve_text = pa.large_string()
    columns = {}
    for ours, names in _NAMES.items():
        given = [batch.columns[name].cast(sieve_text) for name in names if name in batch.columns]
        blank = [pc.if_else(pc.equal(pc.utf8_trim_whitespace(one), ""), None, one) for one in given]
        if blank:
            columns[ours] = pc.coalesce(*blank)
    return Batch(batch.rows, columns)


def _batch_of(waiting: list[tuple[int, dict[str, str | None]]]) -> Batch:
    rows = np.array([number for number, _ in waiting], np.int64)
    names = (*_NAMES, "deleted")
    columns = {
        name: pa.array([one.get(name) for _, one in waiting], pa.large_string()) for name in names
    }
    return Batch(rows, columns)


def _good_rows(
    file: Intake, batch: Batch, source: str, verdict: str | None
) -> tuple[pa.Table, int]:
    """The rows of PDQ hashes that pass every check, and how many were of other kinds or deleted."""
    kinds = batch.columns.get("type")
    other = np.zeros(len(batch.rows), np.bool_)
    if kinds is not None:
        named = pc.utf8_lower(pc.utf8_trim_whitespace(kinds))
        other = mask_of(
            pc.fill_null(pc.invert(pc.is_in(named, pa.array(_TYPES, named.type))), True)
        )
        other &= mask_of(pc.is_valid(kinds))
    if "deleted" in batch.columns:
        other |= mask_of(pc.is_valid(batch.columns["deleted"]))
    sieve = Sieve(file, batch.kept(~other))
    hashes = pc.utf8_lower(pc.utf8_trim_whitespace(sieve.text("hash")))
    sieve.require(hashes, "hash")
    _check_hashes(sieve, hashes)
    label, named_source = sieve.text("label"), sieve.text("source", source)
    for name, cells in (("label", label), ("source", named_source)):
        long = pc.greater(pc.utf8_length(cells), _MOST_CHARACTERS)
        sieve.drop(
            mask_of(pc.fill_null(long, False)),
            name,
            f"{name} has more than {_MOST_CHARACTERS} characters",
        )
    verdicts = _verdicts(sieve, verdict)
    reviewers = _whole_numbers(sieve, "reviewers", r"^\d{1,9}$", "is not a whole number")
    quality = _whole_numbers(sieve, "quality", r"^(\d{1,2}|100)$", "is not a number from 0 to 100")
    good = pa.array(sieve.good)
    rows = {
        "hash": pa.array(
            [bytes.fromhex(one) for one in hashes.filter(good).to_pylist()], pa.binary()
        ),
        "source": named_source.filter(good),
        "label": label.filter(good),
        "verdict": verdicts.filter(good),
        "reviewers": reviewers.filter(good),
        "quality": quality.filter(good),
        "row": sieve.batch.rows[sieve.good],
    }
    return pa.table(rows), int(other.sum())


def _check_hashes(sieve: Sieve, hashes: pa.Array) -> None:
    digits = pc.fill_null(pc.utf8_length(hashes), 0).to_numpy(zero_copy_only=False)
    sieve.drop(
        digits != _HASH_DIGITS,
        "hash",
        lambda i: f"hash has {digits[i]} characters; a PDQ hash has {_HASH_DIGITS} hex digits",
    )
    sieve.drop(~matches(hashes, r"^[0-9a-f]*$"), "hash", "hash is not made of hex digits alone")
    empty = mask_of(pc.fill_null(pc.equal(hashes, _EMPTY_FILE), False))
    sieve.drop(empty, "hash", "this is the SHA-256 of an empty file, not a PDQ hash")


def _verdicts(sieve: Sieve, verdict: str | None) -> pa.Array:
    """What each row says of its hash, or what was said of all of them."""
    if verdict is not None:
        return pa.repeat(pa.scalar(verdict), len(sieve.batch.rows))
    given = pc.utf8_lower(pc.utf8_trim_whitespace(sieve.text("status", "listed")))
    place = pc.index_in(given, pa.array(_VERDICT_OF_STATUS, given.type))
    unknown = mask_of(pc.is_null(place))
    sieve.drop(unknown, "status", f"status is not one of {', '.join(_VERDICT_OF_STATUS)}")
    return pa.array(list(_VERDICT_OF_STATUS.values())).take(place)


def _whole_numbers(sieve: Sieve, name: str, pattern: str, fault: str) -> pa.Array:
    cells = pc.utf8_trim_whitespace(sieve.text(name))
    odd = mask_of(pc.is_valid(cells)) & ~matches(cells, pattern)
    sieve.drop(odd, name, f"{name} {fault}")
    return pc.if_else(pa.array(odd), pa.scalar(None, cells.type), cells).cast(pa.int64())


def _tell(file: Intake, left_out: int) -> None:
    """What else an analyst should know of the list."""
    if left_out:
        file.notes.append(f"{left_out:,} entries without a PDQ hash, or withdrawn, were left out")
    found = file.engine.rows(
        "SELECT count(*) FROM (SELECT hash FROM known_hashes "
        "WHERE hash IN (SELECT hash FROM known_hashes WHERE file_id = ?) "
        "GROUP BY hash HAVING count(DISTINCT (coalesce(label, ''), verdict)) > 1)",
        [file.file_id],
    )
    if found[0][0]:
        file.notes.append(f"{found[0][0]:,} hashes have several labels or verdicts; all are kept")
