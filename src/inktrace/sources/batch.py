"""A batch of rows of a source file, and the way from its columns to ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.errors import InputError
from inktrace.sources.intake import Intake

__all__ = ["Batch", "Layout", "Rows", "column_places", "decoded_batch", "one_array"]

_NAMES_SHOWN: Final = 20
_NAME_SHOWN: Final = 40
_SHOWN_AROUND_BYTES: Final = 60

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where a file keeps what we look for.

    `columns` maps our names to the file's; `required` lists groups of our names of which the
    file must have at least one each; `lists` are the columns that may hold a JSON list.
    """

    columns: Mapping[str, str]
    required: tuple[tuple[str, ...], ...] = ()
    lists: frozenset[str] = field(default_factory=frozenset)
    delimiter: str | None = None
    encoding: str | None = None


@dataclass
class Batch:
    """Some rows: their numbers (first data row = 1) and columns by our name.

    Columns are large_string, or a number or time type where a Parquet file has one. A column
    that the file lacks is absent.
    """

    rows: Rows
    columns: dict[str, pa.Array]

    def kept(self, good: npt.NDArray[np.bool_]) -> Batch:
        """The rows for which `good` is true."""
        if good.all():
            return self
        mask = pa.array(good)
        return Batch(self.rows[good], {n: c.filter(mask) for n, c in self.columns.items()})


def column_places(file: Intake, header: list[str], layout: Layout) -> dict[str, int]:
    """Our column names and where in the header each stands."""
    for name in layout.columns.values():
        if header.count(name) > 1:
            raise InputError(
                f"the header has {header.count(name)} columns {name!r}",
                where=file.path,
                do="rename all but one of them",
            )
    _require(file, header, layout)
    return {ours: header.index(name) for ours, name in layout.columns.items() if name in header}


def _require(file: Intake, header: list[str], layout: Layout) -> None:
    for group in layout.required:
        names = [layout.columns[ours] for ours in group if ours in layout.columns]
        if not set(names).intersection(header):
            shown = ", ".join(name[:_NAME_SHOWN] for name in header[:_NAMES_SHOWN])
            shown += ", …" if len(header) > _NAMES_SHOWN else ""
            raise InputError(
                f"there is no column {' or '.join(names)}; the columns are {shown[:300]}",
                where=file.path,
                do="map the names, with a profile where the command takes one",
            )


def one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def decoded_batch(file: Intake, rows: Rows, columns: Mapping[str, pa.Array]) -> Batch:
    """The columns as text; a row with bytes that are not UTF-8 goes to the rejects."""
    good = np.ones(len(rows), np.bool_)
    done = {}
    for ours, cells in columns.items():
        if pa.types.is_large_binary(cells.type):
            done[ours] = _text_column(file, rows, ours, cells, good)
        else:
            done[ours] = cells
    return Batch(rows, done).kept(good)


def _text_column(
    file: Intake, rows: Rows, ours: str, cells: pa.Array, good: npt.NDArray[np.bool_]
) -> pa.Array:
    try:
        return cells.cast(pa.large_string())
    except pa.ArrowInvalid:
        pass  # some cell is not UTF-8: find which
    values: list[str | None] = []
    for i, cell in enumerate(cells.to_pylist()):
        try:
            values.append(None if cell is None else cell.decode())
        except UnicodeDecodeError as error:
            values.append(None)
            if good[i]:
                around = cell[
                    max(error.start - _SHOWN_AROUND_BYTES, 0) : error.start + _SHOWN_AROUND_BYTES
                ]
                file.reject(int(rows[i]), ours or None, "bytes that are not UTF-8", around)
            good[i] = False
    return pa.array(values, pa.large_string())
