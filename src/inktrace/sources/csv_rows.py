"""Rows of a CSV file: its delimiter and header found, its clean records read by Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.csv

from inktrace.errors import InputError
from inktrace.sources.batch import Batch, Layout, column_places, decoded_batch, one_array
from inktrace.sources.csv_records import CsvChunk, csv_chunks, first_record
from inktrace.sources.intake import Intake
from inktrace.sources.text_blocks import TextFile

__all__ = ["csv_batches"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_HEADER_BYTES: Final = 2**20


def csv_batches(file: Intake, text: TextFile, layout: Layout) -> Iterator[Batch]:
    blocks = text.blocks()
    delimiter, header, first = _header(file, blocks, layout)
    places = column_places(file, header, layout)

    def rest() -> Iterator[bytes]:
        yield first
        yield from blocks

    limit = file.params.max_line_bytes
    for chunk in csv_chunks(rest(), delimiter, len(header), limit, lambda: text.damage is not None):
        for bad in chunk.bad:
            file.reject(bad.row, None, bad.reason, bad.raw)
        if chunk.rows.size:
            yield decoded_batch(
                file, chunk.rows, _csv_columns(chunk, delimiter, len(header), places)
            )


def _header(file: Intake, blocks: Iterator[bytes], layout: Layout) -> tuple[str, list[str], bytes]:
    """The delimiter, the column names and the text that follows them."""
    data = b""
    for block in blocks:
        data += block
        if data.count(b"\n") > 1 or len(data) > _HEADER_BYTES:
            break
    if not data.strip():
        raise InputError(
            "there is no header line, only blank lines",
            where=file.path,
            do="check where it came from",
        )
    known = set(layout.columns.values())
    found = []
    for delimiter in _DELIMITERS if layout.delimiter is None else (layout.delimiter,):
        record = first_record(data[:_HEADER_BYTES] + b"\n", delimiter)
        # One that takes all of it is not whole: its line end is the one just put there.
        if record is not None and record[1] <= _HEADER_BYTES:
            names = [name.decode("utf-8", "replace").strip() for name in record[0]]
            found.append((len(known.intersection(names)), delimiter, names, record[1]))
    # Below a header that we know, a NUL byte stands in one cell; elsewhere it means no text.
    if not any(matched for matched, *_ in found) and b"\0" in data[:_HEADER_BYTES]:
        raise InputError(
            "this is not text, or is UTF-16 without byte order mark",
            where=file.path,
            do="name its encoding in a profile, or convert it to UTF-8",
        )
    if not found:
        raise InputError(
            f"no header line was found in the first {_HEADER_BYTES:,} bytes",
            where=file.path,
            do="check the quotes of the first line, and what kind of file it is",
        )
    _, delimiter, names, end = max(found, key=lambda one: one[0])
    return delimiter, names, data[end:]


def _csv_columns(
    chunk: CsvChunk, delimiter: str, width: int, places: Mapping[str, int]
) -> dict[str, pa.Array]:
    """The columns we look for, as bytes."""
    if not chunk.text:
        return {
            ours: pa.array([fields[i] for fields in chunk.records], pa.large_binary())
            for ours, i in places.items()
        }
    names = [str(i) for i in range(width)]
    wanted = sorted({str(i) for i in places.values()})
    table = pyarrow.csv.read_csv(
        pa.BufferReader(chunk.text),
        pyarrow.csv.ReadOptions(
            use_threads=False, column_names=names, block_size=max(len(chunk.text), 1) + 1
        ),
        pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.large_binary()), include_columns=wanted
        ),
    )
    return {ours: one_array(table[str(i)]) for ours, i in places.items()}
