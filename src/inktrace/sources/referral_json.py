"""Reports as JSON: one object a line, a list (in an envelope or not), or one object."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.errors import InputError
from inktrace.sources.batch import Batch
from inktrace.sources.intake import Intake, Meter
from inktrace.sources.json_rows import no_json
from inktrace.sources.streams import SourceStream
from inktrace.sources.text_blocks import TextFile, line_chunks

__all__ = ["json_reports", "report_batch"]

_ROWS: Final = 1_000
# A number keeps its digits: a phone is no quantity.
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SPACE: Final = " \t\r\n"
_MOST_VALUES: Final = 10_000


@dataclass(frozen=True)
class _Piece:
    """One value of the file, or why there is none; and the text where it stands."""

    value: Any
    raw: str
    wrong: str = ""


def json_reports(
    file: Intake,
    stream: SourceStream,
    names: Mapping[str, str],
    encoding: str | None,
    meter: Meter,
) -> Iterator[Batch]:
    """Rows of a JSON file by our names; `names` gives the file's name of each, or the way to it.

    A name with dots goes through nested objects where no member has that name itself; lists on
    the way are gone through, and what is found is joined by line ends. One object that has none of
    the names, and one list of objects, is an envelope: the list is read. What is no object goes to
    the rejects. Raises InputError where the file has no object at all.
    """
    text = TextFile(stream, encoding)
    row, objects = 0, 0
    rows: list[int] = []
    found: list[dict[str, str]] = []
    for piece in _opened(_pieces(file, text), names):
        row += 1
        meter.at(stream.position)
        wrong = piece.wrong or ("" if isinstance(piece.value, dict) else "this is no JSON object")
        if not wrong:
            objects += 1
            values = {ours: _told(piece.value, name) for ours, name in names.items()}
            members = {ours: value for ours, value in values.items() if isinstance(value, str)}
            wrong = next((value.why for value in values.values() if isinstance(value, _Odd)), "")
        if wrong:
            file.reject(row, None, wrong, piece.raw)
            continue
        rows.append(row)
        found.append(members)
        if len(rows) >= _ROWS:
            yield report_batch(rows, found)
            rows, found = [], []
    if text.damage is not None:
        file.reject(0, None, f"{text.damage.what}; the rows before it are kept", b"")
    if not objects:
        raise text.damage or no_json(file)
    if rows:
        yield report_batch(rows, found)


def report_batch(rows: list[int], found: list[dict[str, str]]) -> Batch:
    """Rows by our names as a batch of text columns; names that no row has are absent."""
    present = sorted({name for one in found for name in one})
    columns = {
        name: pa.array([one.get(name) for one in found], pa.large_string()) for name in present
    }
    return Batch(np.array(rows, np.int64), columns)


def _opened(pieces: Iterator[_Piece], names: Mapping[str, str]) -> Iterator[_Piece]:
    """The pieces; of a single envelope, what it holds."""
    first = list(itertools.islice(pieces, 2))
    held = first[0].value if len(first) == 1 else None
    if isinstance(held, dict) and all(_told(held, name) is None for name in names.values()):
        lists = [
            value
            for value in held.values()
            if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
        ]
        if len(lists) == 1:
            first = [_Piece(one, json.dumps(one)[:200]) for one in lists[0]]
    yield from first
    yield from pieces


def _pieces(file: Intake, text: TextFile) -> Iterator[_Piece]:
    """The values of a file: those of its list, or one a line."""
    limit = file.params.max_line_bytes
    whole, size = [], 0
    blocks = text.blocks()
    first = next(blocks, b"")
    if first.lstrip()[:1] == b"[" or _opens_alone(first):
        whole.append(first)
        for block in blocks:
            whole.append(block)
            size += len(block)
            if size > limit:
                raise InputError(
                    f"this JSON is one value of more than {limit:,} bytes",
                    do="give JSON Lines, one object a line, or raise sources.max_line_bytes",
                )
        yield from _of_whole(b"".join(whole).decode("utf-8", "surrogateescape"))
        return

    def rest() -> Iterator[bytes]:
        yield first
        yield from blocks

    for chunk in line_chunks(rest(), limit):
        if chunk.too_long:
            shown = chunk.too_long.decode("utf-8", "backslashreplace")
            yield _Piece(None, shown, f"line of more than {limit} bytes")
        yield from _one_a_line(chunk.lines.decode("utf-8", "surrogateescape"))


def _of_whole(text: str) -> Iterator[_Piece]:
    """The values of a text that looks like one list or object, but may be lines after all."""
    first, _, rest = text.strip().partition("\n")
    first_is_whole = _ends(first) and rest.strip()
    if first_is_whole or (text.lstrip()[:1] == "{" and _read(text, 0)[1] < 0):
        yield from _one_a_line(text)
    else:
        yield from _listed(text)


def _ends(line: str) -> bool:
    _, end = _read(line, 0)
    return end >= 0 and not line[end:].strip()


def _one_a_line(text: str) -> Iterator[_Piece]:
    for line in text.split("\n"):
        if line.strip():
            piece, end = _read(line, 0)
            follows = end >= 0 and line[end:].strip()
            yield _Piece(None, line, "something follows the JSON value") if follows else piece


def _opens_alone(first: bytes) -> bool:
    """Whether the file is one object written over many lines."""
    line = first.lstrip().partition(b"\n")[0].strip()
    return line == b"{" or (line.startswith(b"{") and line.endswith((b",", b"{", b"[")))


def _listed(text: str) -> Iterator[_Piece]:
    """The elements of a list, or one object after another, up to where the JSON breaks."""
    place = _after_space(text, 0)
    in_list = text[place : place + 1] == "["
    place += in_list
    while (place := _after_space(text, place)) < len(text):
        if in_list and text[place] == "]":
            place = _after_space(text, place + 1)
            if place < len(text):
                yield _Piece(None, text[place:], "something follows the end of the JSON list")
            return
        piece, end = _read(text, place)
        if end < 0:
            yield _Piece(None, piece.raw, f"{piece.wrong}; what follows it could not be read")
            return
        yield piece
        place = _after_space(text, end)
        if text[place : place + 1] == ",":
            place += 1
    if in_list:
        yield _Piece(None, "", "the file ends in the middle of the JSON list")


def _read(text: str, place: int) -> tuple[_Piece, int]:
    """The JSON value that begins at `place`, and where it ends; -1 where it does not."""
    raw = text[place : place + 200]
    if place == 0:
        place = _after_space(text, 0)
    try:
        value, end = _DECODER.raw_decode(text, place)
    except RecursionError:
        return _Piece(None, raw, "the JSON is nested too deep"), -1
    except ValueError:
        return _Piece(None, raw, "this is not JSON"), -1
    return _Piece(value, raw), end


def _after_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


@dataclass(frozen=True)
class _Odd:
    """Why a member cannot be used."""

    why: str


def _told(report: dict[str, Any], name: str) -> str | _Odd | None:
    """What stands at a name of a report, lists joined by line ends; nothing where it is absent."""
    if name in report:
        level: list[Any] = [report[name]]
    else:
        level = [report]
        for step in name.split("."):
            level = [one[step] for one in _flat(level) if isinstance(one, dict) and step in one]
    values = [one for one in _flat(level) if one is not None]
    if len(values) > _MOST_VALUES:
        return _Odd(f"{name} has {len(values)} values")
    if any(isinstance(one, dict) for one in values):
        return _Odd(f"{name} holds an object where one value or a list is expected")
    words = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
    joined = "\n".join(words)
    try:
        joined.encode()
    except UnicodeEncodeError:
        return _Odd(f"{name} has characters that are no Unicode text")
    return joined or None


def _flat(values: list[Any]) -> list[Any]:
    """The values, those of lists (and of lists in lists) in their place."""
    done: list[Any] = []
    waiting = list(reversed(values))
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        else:
            done.append(one)
    return done
