"""Rows of a CSV, JSON Lines or Parquet file as batches of columns, bad rows set apart.

One reader for every source that is a table: it finds the format, the columns and the bad
rows; what the columns mean is for the source to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import numpy as np

from inktrace.progress import Progress
from inktrace.sources import parquet_rows
from inktrace.sources.batch import Batch, Layout, column_places, decoded_batch
from inktrace.sources.csv_rows import csv_batches
from inktrace.sources.file_parts import FilePart, open_part
from inktrace.sources.intake import Intake, Meter
from inktrace.sources.json_rows import json_batches
from inktrace.sources.streams import SourceStream, open_stream
from inktrace.sources.text_blocks import TextFile

__all__ = ["Batch", "Layout", "batches", "is_json"]

_CSV: Final = (".csv", ".tsv", ".txt")
_JSON: Final = (".jsonl", ".ndjson", ".json")


def batches(file: Intake, layout: Layout, progress: Progress) -> Iterator[Batch]:
    """The rows of a file in order; rows that cannot be split or decoded go to its rejects.

    Raises InputError where the file as a whole is not what it should be: a column that is
    required is absent, the header is unreadable, compressed data is damaged.
    """
    meter = Meter(progress, f"reading {file.path.name}", file.size)
    if file.part is not None:
        yield from _part_batches(file, file.part, layout, meter)
        return
    with closing(open_stream(file.path)) as stream:
        start = stream.peek(4)[:4]
        if start == parquet_rows.MAGIC:
            yield from _parquet_batches(file, stream, layout, meter)
            return
        text = TextFile(stream, layout.encoding)
        read = json_batches if is_json(file, stream) else csv_batches
        for batch in read(file, text, layout):
            meter.at(stream.position)
            yield batch
    if text.damage is not None:
        file.reject(0, None, f"{text.damage.what}; the rows before it are kept", b"")


def _part_batches(file: Intake, part: FilePart, layout: Layout, meter: Meter) -> Iterator[Batch]:
    """The rows of a part of a file that grows, which is JSON Lines."""
    with closing(open_part(file.path, part)) as stream:
        for batch in json_batches(file, TextFile(stream, layout.encoding), layout, part.rows):
            meter.at(stream.position)
            yield batch


def is_json(file: Intake, stream: SourceStream) -> bool:
    """Whether the name says JSON or, where it says nothing, the first character does."""
    endings = [ending.lower() for ending in file.path.suffixes]
    for ending in reversed(endings):
        if ending in _CSV:
            return False
        if ending in _JSON:
            return True
    return stream.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _parquet_batches(
    file: Intake, stream: SourceStream, layout: Layout, meter: Meter
) -> Iterator[Batch]:
    with parquet_rows.parquet_file(file, stream) as parquet:
        total, row = max(parquet.metadata.num_rows, 1), 1
        names = parquet.schema_arrow.names
        found = {ours: names[i] for ours, i in column_places(file, names, layout).items()}
        for columns in parquet_rows.column_batches(file, parquet, found, layout.lists):
            count = len(next(iter(columns.values())))
            yield decoded_batch(file, np.arange(row, row + count), columns)
            row += count
            meter.at(file.size * (row - 1) // total)
