"""Rows of a Parquet file, a few thousand at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inktrace.errors import InputError
from inktrace.sources.intake import Intake
from inktrace.sources.streams import SourceStream, open_plain

__all__ = ["MAGIC", "column_batches", "parquet_file"]

MAGIC: Final = b"PAR1"
_ROWS_PER_BATCH: Final = 8192
_COPY_BYTES: Final = 2**23
_MOST_DECODED_BYTES: Final = 2**30

_IS_BYTES: Final = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)
_STAYS: Final = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_timestamp,
    pa.types.is_date,
)
_IS_WRITTEN_OUT: Final = (pa.types.is_boolean, pa.types.is_decimal, pa.types.is_null)


@contextmanager
def parquet_file(file: Intake, stream: SourceStream) -> Iterator[pq.ParquetFile]:
    """The file opened as Parquet; a compressed one is unpacked to a temporary file first.

    Raises InputError where it is damaged: Parquet keeps its directory at the end, so no part
    of a damaged file can be trusted.
    """
    with ExitStack() as stack:
        source: Any = str(file.path)
        with closing(open_plain(file.path)) as plain:
            compressed = plain.read(4) != MAGIC
        if compressed:
            source = stack.enter_context(tempfile.TemporaryFile())
            _unpack(file, stream, source)
        with _damage_told(file):
            parquet = pq.ParquetFile(source, pre_buffer=False, page_checksum_verification=True)
        yield stack.enter_context(parquet)


def _unpack(file: Intake, stream: SourceStream, target: IO[bytes]) -> None:
    try:
        shutil.copyfileobj(stream, target, _COPY_BYTES)
        target.seek(0)
    except OSError as error:
        raise InputError(
            f"it cannot be unpacked to {tempfile.gettempdir()}: {error.strerror}",
            where=file.path,
            do="free space there, or unpack it yourself; nothing of it was stored",
        ) from error


def column_batches(
    file: Intake, parquet: pq.ParquetFile, columns: Mapping[str, str], lists: frozenset[str]
) -> Iterator[dict[str, pa.Array]]:
    """The wanted columns by our name: numbers and times as they are, all else as bytes.

    Raises InputError for a damaged page, and for a column of a type that is no value.
    """
    reader = parquet.iter_batches(_ROWS_PER_BATCH, columns=sorted(set(columns.values())))
    while True:
        with _damage_told(file):
            batch = next(reader, None)
        if batch is None:
            return
        yield {
            ours: _cells(file, name, batch.column(name), ours in lists)
            for ours, name in columns.items()
        }


@contextmanager
def _damage_told(file: Intake) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"the Parquet data is damaged: {reason[:200]}",
            where=file.path,
            do="get the file again; nothing of it was stored",
        ) from error


def _cells(file: Intake, name: str, cells: pa.Array, may_be_list: bool) -> pa.Array:
    if pa.types.is_dictionary(cells.type):
        cells = _decoded(file, name, cells)
    kind = cells.type
    if may_be_list and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        cells = pc.binary_join(cells.cast(pa.list_(pa.string())), " ")
        kind = cells.type
    if _is_any(kind, _IS_BYTES):
        return cells.cast(pa.large_binary())
    if _is_any(kind, _STAYS):
        return cells
    if _is_any(kind, _IS_WRITTEN_OUT):
        return cells.cast(pa.large_string())
    raise InputError(
        f"column {name!r} is of type {kind}", where=file.path, do="store it as text or numbers"
    )


def _decoded(file: Intake, name: str, cells: pa.DictionaryArray) -> pa.Array:
    """Each cell on its own; a few bytes of dictionary can stand for gigabytes of cells."""
    if _is_any(cells.dictionary.type, _IS_BYTES):
        sizes = pc.binary_length(cells.dictionary).take(cells.indices)
        total = pc.sum(sizes.cast(pa.int64())).as_py() or 0
        if total > _MOST_DECODED_BYTES:
            raise InputError(
                f"column {name!r} has {total:,} bytes in {len(cells):,} rows",
                where=file.path,
                do=f"at most {_MOST_DECODED_BYTES:,} are read; nothing of it was stored",
            )
    return cells.dictionary_decode()


def _is_any(kind: pa.DataType, tests: tuple[Callable[[pa.DataType], bool], ...]) -> bool:
    return any(test(kind) for test in tests)
