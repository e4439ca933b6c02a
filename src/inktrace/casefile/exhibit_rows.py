"""Exhibits read back: CSV and JSON lines of a package that may come from anyone.

Sizes are bounded before anything is read; every cell is text until somebody says otherwise.
"""

from __future__ import annotations

import csv as plain
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from inktrace.casefile.tables import formula_unsafe
from inktrace.errors import InputError

MOST_CSV_BYTES: Final = 2**30
MOST_LINES: Final = 1_000_000
# Twice the largest transaction in hex, with its branches.
LONGEST_LINE: Final = 20_000_000


def exhibits_folder(root: Path) -> Path:
    """The folder of exhibits of a package, given the package, its data folder or itself.

    Raises InputError where there is none.
    """
    for folder in (root / "data" / "exhibits", root / "exhibits", root):
        if (folder / "parameters.json").is_file() and not folder.is_symlink():
            return folder
    raise InputError("there are no exhibits here", where=root, do="name a case package's folder")


def read_csv(path: Path) -> pa.Table:
    """A CSV exhibit, every column as text; a cell left empty is null, unlike an empty text.

    Raises InputError where the file is missing, too large or no CSV.
    """
    _check(path, MOST_CSV_BYTES)
    names = _names(path)
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(block_size=2**26),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"this is not a CSV exhibit: {str(error)[:200]}", where=path) from error
    return formula_unsafe(table)


def read_lines(path: Path) -> Iterator[Any]:
    """The JSON documents of a file, one a line. Raises InputError where a line is none."""
    _check(path, MOST_CSV_BYTES)
    with path.open("rb") as stream:
        for number in range(1, MOST_LINES + 2):
            line = stream.readline(LONGEST_LINE)
            if not line:
                return
            if number > MOST_LINES or (len(line) == LONGEST_LINE and not line.endswith(b"\n")):
                raise InputError("the file has too many or too long lines", where=path)
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"line {number} is no JSON document", where=path) from error


def read_json(path: Path, most_bytes: int = 2**26) -> Any:
    """A JSON document. Raises InputError where it is missing, too large or none."""
    _check(path, most_bytes)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError("this is no JSON document", where=path) from error


def integers(table: pa.Table, name: str) -> list[int | None]:
    """A column of whole numbers. Raises InputError where it is missing or holds others."""
    return [None if v is None else int(v) for v in _cast(table, name, pa.int64()).to_pylist()]


def numbers(table: pa.Table, name: str) -> list[float | None]:
    """A column of finite numbers. Raises InputError where it is missing or holds others."""
    found: list[float | None] = _cast(table, name, pa.float64()).to_pylist()
    if any(value is not None and not math.isfinite(value) for value in found):
        raise InputError(f"column {name} holds what is no finite number")
    return found


def texts(table: pa.Table, name: str) -> list[str | None]:
    """A column of texts. Raises InputError where it is missing."""
    if name not in table.schema.names:
        raise InputError(f"there is no column {name}")
    return list(table[name].to_pylist())


def _cast(table: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    if name not in table.schema.names:
        raise InputError(f"there is no column {name}")
    try:
        return pc.cast(table[name], kind)
    except pa.ArrowException as error:
        raise InputError(f"column {name} holds what is no number: {str(error)[:100]}") from error


def _names(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8", errors="replace") as lines:
        return next(plain.reader([lines.readline(2**16)]), [])


def _check(path: Path, most: int) -> None:
    if path.is_symlink() or not path.is_file():
        raise InputError("this exhibit is missing, or is not a file", where=path)
    if path.stat().st_size > most:
        raise InputError(f"this exhibit has more than {most:,} bytes, which is refused", where=path)
