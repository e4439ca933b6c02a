"""The exhibits of a package as tables of typed columns, for those who compute from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from inktrace.casefile.exhibit_rows import (
    exhibits_folder,
    integers,
    numbers,
    read_csv,
    read_json,
    texts,
)
from inktrace.casefile.replay.statistics import ABOUT, FOLDER
from inktrace.errors import InputError
from inktrace.payments.times import Floats, Ints

__all__ = ["Exhibits", "microseconds"]


class Exhibits:
    """Lazily read exhibits of one package; each is read once."""

    def __init__(self, root: Path):
        """Raises InputError where there are no exhibits."""
        self.folder = exhibits_folder(root)
        self._tables: dict[str, pa.Table] = {}

    def table(self, name: str) -> pa.Table:
        """A CSV exhibit by its path without ending, every column as text."""
        if name not in self._tables:
            self._tables[name] = read_csv(self.folder / f"{name}.csv")
        return self._tables[name]

    def has(self, name: str) -> bool:
        """Whether there is such a CSV exhibit."""
        return (self.folder / f"{name}.csv").is_file()

    def texts(self, name: str, column: str) -> list[str | None]:
        """A column of texts."""
        return texts(self.table(name), column)

    def whole(self, name: str, column: str) -> list[int | None]:
        """A column of whole numbers, unknown ones as None."""
        return integers(self.table(name), column)

    def floats(self, name: str, column: str) -> list[float | None]:
        """A column of numbers, unknown ones as None."""
        return numbers(self.table(name), column)

    def flags(self, name: str, column: str) -> list[bool]:
        """A column of true and false. Raises InputError where it holds anything else."""
        found = self.texts(name, column)
        if any(value not in ("true", "false") for value in found):
            raise InputError(f"column {column} of {name}.csv holds neither true nor false")
        return [value == "true" for value in found]

    def ints(self, name: str, column: str) -> Ints:
        """A column of whole numbers as an array; unknown ones are refused."""
        return np.array(_known(self.whole(name, column), name, column), np.int64)

    def array(self, name: str, column: str, unknown: float | None = None) -> Floats:
        """A column of numbers as an array; unknown ones stand for `unknown`, or are refused."""
        values = self.floats(name, column)
        if unknown is not None:
            values = [unknown if value is None else value for value in values]
        return np.array(_known(values, name, column), np.float64)

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the statistics say of themselves."""
        return self.document(f"{FOLDER}/{ABOUT}")

    @cached_property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters of the run, by section."""
        return self.document("parameters.json")

    def document(self, name: str) -> dict[str, Any]:
        """A JSON exhibit that is an object."""
        found = read_json(self.folder / name)
        if not isinstance(found, dict):
            raise InputError("this JSON exhibit is no object", where=self.folder / name)
        return found


def microseconds(text: str | None) -> int | None:
    """UTC microseconds of a time as the exhibits write it. Raises InputError for another form."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        whole = int(moment.replace(microsecond=0).astimezone(UTC).timestamp())
    except (ValueError, OverflowError) as error:
        raise InputError(f"{text[:40]!r} is no time") from error
    return whole * 1_000_000 + moment.microsecond


def _known(values: list[Any], name: str, column: str) -> list[Any]:
    if any(value is None for value in values):
        raise InputError(f"column {column} of {name}.csv has an empty cell")
    return values
