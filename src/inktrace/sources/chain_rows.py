"""Transactions of an export as flat tables of text, whatever form they came in.

Nothing is judged here but whether a line is JSON: every field becomes text (or a time), so that
numbers written as text, as the public BigQuery data set does, need no other road.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inktrace.errors import InputError
from inktrace.progress import Progress
from inktrace.sources.esplora_rows import esplora_columns
from inktrace.sources.intake import Intake, Meter, open_stream
from inktrace.sources.json_rows import no_json
from inktrace.sources.parquet_rows import MAGIC, parquet_file
from inktrace.sources.streams import SourceStream
from inktrace.sources.text_blocks import TextFile, line_chunks

__all__ = ["INPUT_FIELDS", "OUTPUT_FIELDS", "TX_FIELDS", "ChainRows", "chain_rows"]

TX_FIELDS: Final = (
    "hash",
    "block_number",
    "block_timestamp",
    "is_coinbase",
    "version",
    "lock_time",
    "input_count",
    "output_count",
)
INPUT_FIELDS: Final = (
    "index",
    "spent_transaction_hash",
    "spent_output_index",
    "sequence",
    "type",
    "value",
)
OUTPUT_FIELDS: Final = ("index", "script_hex", "type", "value")
_ROWS_PER_BATCH: Final = 20_000
_BLOCK_BYTES: Final = 2**24
_PEEKED_BYTES: Final = 4096
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True)
class ChainRows:
    """Some transactions: TX_FIELDS; their inputs and outputs with `owner`, `place`, `address`.

    `owner` is the position of the transaction in `transactions`, `place` that of the input or
    output in its list, `address` its only address (null where it has none or several).
    `row` numbers the transactions in their file, `raw` is what a reject shows of them.
    """

    row: Any
    raw: pa.Array
    transactions: pa.Table
    inputs: pa.Table
    outputs: pa.Table


def chain_rows(file: Intake, progress: Progress) -> Iterator[ChainRows]:
    """All transactions of the file, some thousands at a time.

    Lines that are not JSON objects, too long or not UTF-8 are rejected here.
    """
    with closing(open_stream(file.path)) as stream:
        meter = Meter(progress, f"reading {file.path.name}", file.size)
        if stream.peek(4)[:4] == MAGIC:
            with parquet_file(file, stream) as parquet:
                yield from _parquet_rows(file, parquet, meter)
        else:
            yield from _json_rows(file, stream, meter)


# ── JSON Lines ────────────────────────────────────────────────────────────────────────────


def _json_rows(file: Intake, stream: SourceStream, meter: Meter) -> Iterator[ChainRows]:
    if (elements := _document(file, stream)) is not None:
        for start in range(0, len(elements), _ROWS_PER_BATCH):
            lines = elements.slice(start, _ROWS_PER_BATCH)
            yield from _transformed(file, 1 + start + np.arange(len(lines)), lines)
        return
    first_row, objects, text = 1, 0, TextFile(stream, None, _BLOCK_BYTES)
    for chunk in line_chunks(text.blocks(), file.params.max_line_bytes):
        if chunk.too_long:
            limit = file.params.max_line_bytes
            file.reject(first_row, None, f"the line is longer than {limit:,} bytes", chunk.too_long)
            first_row += 1
            continue
        rows, lines = _json_lines(file, chunk.lines, first_row)
        objects += len(lines)
        yield from _transformed(file, rows, lines)
        first_row += chunk.lines.count(b"\n")
        meter.at(stream.position)
    if not objects:
        raise text.damage or no_json(file)
    if text.damage is not None:
        file.reject(0, None, text.damage.what, "")


def _document(file: Intake, stream: SourceStream) -> pa.Array | None:
    """The objects of a file that is one JSON list, or one object over several lines.

    None where the file is neither, or longer than a line may be; nothing is used up then.
    """
    start = stream.peek(_PEEKED_BYTES)[:_PEEKED_BYTES].lstrip(_BLANK)
    first = start.partition(b"\n")[0].strip()
    if not (first.startswith(b"[") or first == b"{") or file.size > file.params.max_line_bytes:
        return None
    with closing(open_stream(file.path)) as again:
        text = again.read(file.params.max_line_bytes + 1)
    try:
        whole = pa.array([text.decode("utf-8-sig")], pa.large_string())
    except UnicodeDecodeError:
        return None
    with file.engine.view("json_document", pa.table({"text": whole})):
        found = file.engine.query(
            "SELECT unnest(CASE WHEN json_type(text) = 'ARRAY' THEN CAST(CAST(text AS JSON) "
            "AS JSON[]) ELSE [CAST(text AS JSON)] END)::VARCHAR AS line "
            "FROM json_document WHERE json_valid(text)"
        )
    lines = found["line"].combine_chunks().cast(pa.large_string())
    is_object = pc.all(pc.starts_with(lines, "{")).as_py()
    return lines if len(lines) and is_object else None


def _json_lines(file: Intake, text: bytes, first_row: int) -> tuple[Any, pa.Array]:
    """Row numbers and text of the lines that are JSON objects; the others are rejected."""
    lines = _split(text if text.endswith(b"\n") else text + b"\n")
    rows = first_row + np.arange(len(lines))
    filled = pc.greater(pc.binary_length(pc.ascii_trim_whitespace(lines)), 0)
    lines, rows = lines.filter(filled), rows[filled.to_numpy(zero_copy_only=False)]
    with file.engine.view("json_lines", pa.table({"line": lines})):
        found = file.engine.query(
            "SELECT CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END "
            "AS good FROM json_lines"
        )
    good = found["good"].combine_chunks()
    for place in np.flatnonzero(~good.to_numpy(zero_copy_only=False)).tolist():
        file.reject(int(rows[place]), None, "the line is not a JSON object", lines[place].as_py())
    return rows[good.to_numpy(zero_copy_only=False)], lines.filter(good)


def _split(text: bytes) -> pa.Array:
    """Lines (each ends in LF) as a string array; bytes that are not UTF-8 show as \\xNN."""
    try:
        text.decode()
    except UnicodeDecodeError:
        # An escape of one backslash is not JSON, so such a line is rejected as a whole.
        lines = [line.decode("utf-8", "backslashreplace") for line in text.split(b"\n")[:-1]]
        return pa.array(lines, pa.large_string())
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10).astype(np.int64) + 1
    offsets = pa.py_buffer(np.r_[0, ends])
    buffers = [None, offsets, pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.large_string(), len(ends), buffers)


def _transformed(file: Intake, rows: Any, lines: pa.Array) -> Iterator[ChainRows]:
    """The lines of either export as rows: bitcoin-etl's fields, or Esplora's."""
    with file.engine.view("json_lines", pa.table({"line": lines})):
        found = file.engine.query("SELECT json_exists(line, '$.vin') AS is_esplora FROM json_lines")
    is_esplora = found["is_esplora"].to_numpy()
    if not is_esplora.all():
        yield _etl_rows(file, rows[~is_esplora], lines.filter(pa.array(~is_esplora)))
    if is_esplora.any():
        lines = lines.filter(pa.array(is_esplora))
        yield ChainRows(rows[is_esplora], lines, *esplora_columns(file.engine, lines))


def _etl_rows(file: Intake, rows: Any, lines: pa.Array) -> ChainRows:
    with file.engine.view("json_lines", pa.table({"line": lines})):
        found = file.engine.query(
            f"SELECT json_transform(line, '{_JSON_SHAPE}') AS t FROM json_lines"
        )
    whole = found["t"].combine_chunks()
    transactions = pa.table({name: pc.struct_field(whole, name) for name in TX_FIELDS})
    return ChainRows(
        rows,
        lines,
        transactions,
        _flat(pc.struct_field(whole, "inputs"), INPUT_FIELDS),
        _flat(pc.struct_field(whole, "outputs"), OUTPUT_FIELDS),
    )


def _json_shape() -> str:
    def fields(names: tuple[str, ...]) -> str:
        return ", ".join(f'"{name}": "VARCHAR"' for name in names)

    inputs, outputs = (
        f'[{{{fields(names)}, "addresses": ["VARCHAR"]}}]'
        for names in (INPUT_FIELDS, OUTPUT_FIELDS)
    )
    return f'{{{fields(TX_FIELDS)}, "inputs": {inputs}, "outputs": {outputs}}}'


_JSON_SHAPE: Final = _json_shape()

# ── Parquet ───────────────────────────────────────────────────────────────────────────────


def _parquet_rows(file: Intake, parquet: pq.ParquetFile, meter: Meter) -> Iterator[ChainRows]:
    names = [name for name in parquet.schema_arrow.names if name in (*TX_FIELDS, *_LISTS)]
    for needed in ("hash", *_LISTS):
        if needed not in names:
            raise InputError(
                f"there is no column {needed!r}",
                where=file.path,
                do="give bitcoin-etl transactions with their inputs and outputs",
            )
    reader = parquet.iter_batches(_ROWS_PER_BATCH, columns=names)
    first_row, total = 1, max(parquet.metadata.num_rows, 1)
    while True:
        try:
            batch = next(reader, None)
            if batch is None:
                return
            yield _batch_rows(batch, first_row)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"the Parquet data cannot be used: {str(error).splitlines()[0][:200]}",
                where=file.path,
                do="get the file again; nothing of it was stored",
            ) from error
        first_row += batch.num_rows
        meter.at(file.size * (first_row - 1) // total)


_LISTS: Final = ("inputs", "outputs")


def _batch_rows(batch: pa.RecordBatch, first_row: int) -> ChainRows:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    missing = pa.nulls(batch.num_rows, pa.string())
    transactions = {name: _text(columns.get(name, missing)) for name in TX_FIELDS}
    inputs, outputs = (_unwrapped_list(columns[name]) for name in _LISTS)
    return ChainRows(
        first_row + np.arange(batch.num_rows),
        transactions["hash"],
        pa.table(transactions),
        _flat(inputs, INPUT_FIELDS),
        _flat(outputs, OUTPUT_FIELDS),
    )


def _unwrapped_list(values: pa.Array) -> pa.Array:
    """A list column, out of the struct that some exports put around it."""
    while pa.types.is_struct(values.type) and values.type.num_fields == 1:
        values = pc.struct_field(values, values.type.field(0).name)
    if pa.types.is_large_list(values.type):
        values = values.cast(pa.list_(values.type.value_type))
    if not pa.types.is_list(values.type):
        raise pa.ArrowInvalid(f"inputs and outputs must be lists, not {values.type}")
    return values


# ── both ──────────────────────────────────────────────────────────────────────────────────


def _flat(lists: pa.Array, fields: tuple[str, ...]) -> pa.Table:
    """A list of structs per transaction as one row per struct."""
    owners = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    items = lists.flatten()
    while pa.types.is_struct(items.type) and items.type.num_fields == 1:
        items = pc.struct_field(items, items.type.field(0).name)
    starts = np.searchsorted(owners, np.arange(len(lists)))
    columns = {"owner": pa.array(owners), "place": pa.array(np.arange(len(items)) - starts[owners])}
    missing = pa.nulls(len(items), pa.string())
    known = {field.name for field in items.type} if pa.types.is_struct(items.type) else set()
    for name in fields:
        columns[name] = _text(pc.struct_field(items, name)) if name in known else missing
    columns["address"] = (
        _only_one(pc.struct_field(items, "addresses")) if "addresses" in known else missing
    )
    return pa.table(columns)


def _only_one(lists: pa.Array) -> pa.Array:
    """The single string of each list; null where there is none or several."""
    if pa.types.is_struct(lists.type):
        lists = _unwrapped_list(lists)
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        return _text(lists)
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    ends = np.fromiter(accumulate(sizes.tolist()), np.int64, len(sizes))
    values = lists.flatten()
    while pa.types.is_struct(values.type) and values.type.num_fields == 1:
        values = pc.struct_field(values, values.type.field(0).name)
    return _text(values).take(pa.array(ends - 1, mask=sizes != 1))


def _text(values: pa.Array) -> pa.Array:
    """Any scalar as text; times as microseconds since 1970 in an int64 array."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_timestamp(values.type):
        return values.cast(pa.timestamp("us", values.type.tz), safe=False).cast(pa.int64())
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "true", "false")
    return values.cast(pa.string())
