"""Rows of a JSON Lines file: one object a line, read by the database engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.errors import InputError
from inktrace.sources.batch import Batch, Layout, decoded_batch, one_array
from inktrace.sources.cells import mask_of
from inktrace.sources.intake import Intake, used_up
from inktrace.sources.text_blocks import LineChunk, TextFile, line_chunks

__all__ = ["json_batches", "no_json"]


def json_batches(
    file: Intake, text: TextFile, layout: Layout, rows_before: int = 0
) -> Iterator[Batch]:
    """The rows of the lines in order, numbered on from `rows_before`; bad ones are rejected.

    Raises InputError where no line at all is an object.
    """
    row, objects = rows_before + 1, 0
    for chunk in line_chunks(text.blocks(), file.params.max_line_bytes):
        if chunk.too_long:
            reason = f"line of more than {file.params.max_line_bytes} bytes"
            file.reject(row, None, reason, chunk.too_long)
            row += 1
            continue
        if not chunk.lines.endswith(b"\n") and text.damage is not None:
            chunk = _without_last_line(file, row, chunk)
        lines = _line_array(chunk.lines)
        if not len(lines):
            continue
        batch = decoded_batch(file, np.arange(row, row + len(lines)), {"": lines})
        row += len(lines)
        found = _json_columns(file, batch, layout)
        objects += found.objects
        if len(found.batch.rows):
            yield found.batch
    file.rows_met = row - 1
    if not objects and not rows_before:
        raise text.damage or no_json(file)


def no_json(file: Intake) -> InputError:
    """What to say of a file without one JSON object: it is another kind of file."""
    first = file.first_reject
    why = "" if first is None else f"; row {first.row}: {first.reason}"
    return InputError(
        f"no line of this file is a JSON object{why}",
        where=file.path,
        do="give JSON Lines, one object a line, or check what kind of file it is",
    )


@dataclass(frozen=True)
class _Found:
    """The good rows of some lines, and how many lines were objects, good or not."""

    batch: Batch
    objects: int


def _without_last_line(file: Intake, row: int, chunk: LineChunk) -> LineChunk:
    """The lines without the last, which the end of the file cuts off."""
    whole = chunk.lines.rfind(b"\n") + 1
    count = len(_line_array(chunk.lines[:whole]))
    reason = "the file ends in the middle of this row"
    file.reject(row + count, None, reason, chunk.lines[whole:])
    return LineChunk(chunk.lines[:whole])


def _line_array(lines: bytes) -> pa.Array:
    """Each line as one binary cell, empty lines left out."""
    if not lines:
        return pa.array([], pa.large_binary())
    cells = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(cells == ord("\n")) + 1
    if not ends.size or ends[-1] != cells.size:
        ends = np.append(ends, cells.size)
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    array = pa.Array.from_buffers(
        pa.large_binary(), ends.size, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(lines)]
    )
    starts = cells[offsets[:-1]]
    long = np.diff(offsets) > 2
    blank = ~long & ((starts == ord("\n")) | (starts == ord("\r")))
    return array.filter(pa.array(~blank)) if blank.any() else array


def _json_columns(file: Intake, batch: Batch, layout: Layout) -> _Found:
    """The wanted members of each line's object; other lines go to the rejects."""
    lines = batch.columns[""]
    with file.engine.view("json_lines", used_up(pa.table({"line": lines}))):
        table = file.engine.query(_members_sql(layout))
    bad = mask_of(one_array(table["bad"]))
    for i in np.flatnonzero(bad):
        kind, nest = table["kind"][i].as_py(), table["nest"][i].as_py()
        _reject_json(file, int(batch.rows[i]), kind, nest, lines[i].as_py())
    columns = {
        ours: one_array(table[f"c{i}"]).cast(pa.large_string())
        for i, ours in enumerate(layout.columns)
    }
    objects = pc.sum(pc.equal(table["kind"], "OBJECT")).as_py() or 0
    return _Found(Batch(batch.rows, columns).kept(~bad), objects)


def _members_sql(layout: Layout) -> str:
    """For each line: its kind, whether and where it is bad, and the wanted members as text."""
    names = list(layout.columns)
    paths = ", ".join(_path(layout.columns[ours]) for ours in names)
    picked = ", ".join(f'members.found[{i + 1}] AS "c{i}"' for i in range(len(names)))
    nested = " ".join(
        f"WHEN members.kinds[{i + 2}] = 'OBJECT' OR (members.kinds[{i + 2}] = 'ARRAY' "
        f"AND {'false' if ours in layout.lists else 'true'}) THEN {_literal(layout.columns[ours])}"
        for i, ours in enumerate(names)
    )
    # CASE keeps the extraction, which fails on them, from lines that are not JSON.
    return f"""
        SELECT *, kind IS DISTINCT FROM 'OBJECT' OR nest IS NOT NULL AS bad FROM (
            SELECT members.kinds[1] AS kind, {picked}, CASE {nested} END AS nest FROM (
                SELECT CASE WHEN json_valid(line) THEN {{
                    'found': json_extract_string(line, [{paths}]),
                    'kinds': json_type(line, ['$', {paths}])
                }} END AS members FROM json_lines
            )
        )
    """


def _reject_json(file: Intake, row: int, kind: str | None, nest: str | None, line: str) -> None:
    if kind is None:
        file.reject(row, None, "the line is not JSON", line)
    elif nest is not None:
        file.reject(row, nest, "holds an object or a list where one value is expected", line)
    else:
        file.reject(row, None, f"the line is a JSON {kind.lower()}, not an object", line)


def _path(name: str) -> str:
    if '"' in name or "\0" in name:
        raise InputError(f"column name {name!r} cannot be looked up in JSON", do="rename it")
    return _literal(f'$."{name}"')


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
