"""Which rows of a batch are good so far, and why the others are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.sources.batch import Batch
from inktrace.sources.cell_times import year_start_us
from inktrace.sources.cells import GOOD, MISSING, REASONS, Integers, Masks, Verdicts, text
from inktrace.sources.intake import Intake

__all__ = ["Sieve"]


class Sieve:
    """Holds a batch and drops its bad rows one reason at a time; a row is rejected once."""

    def __init__(self, file: Intake, batch: Batch):
        """All rows are good to begin with."""
        self.file, self.batch = file, batch
        self.good: Masks = np.ones(len(batch.rows), np.bool_)

    def cells(self, name: str) -> pa.Array:
        """A column as the file has it, all null where it has none."""
        found = self.batch.columns.get(name)
        return pa.nulls(len(self.batch.rows), pa.large_string()) if found is None else found

    def text(self, name: str, constant: str | None = None) -> pa.Array:
        """A column as text; blank cells are `constant`, or null."""
        found = text(self.cells(name))
        if constant is None:
            return found
        return pc.fill_null(found, pa.scalar(constant, pa.large_string()))

    def drop(self, bad: Masks, column: str, reason: str | Callable[[int], str]) -> None:
        """Reject the rows of `bad` that are still good; `reason` may depend on the index."""
        chosen = np.flatnonzero(bad & self.good)
        if not chosen.size:
            return
        raws = self._shown(column, chosen)
        for i, raw in zip(chosen, raws, strict=True):
            why = reason if isinstance(reason, str) else reason(int(i))
            self.file.reject(int(self.batch.rows[i]), column, why, raw)
        self.good[chosen] = False

    def require(self, cells: pa.Array, column: str) -> None:
        """Reject rows whose cell is missing."""
        missing = pc.is_null(cells).to_numpy(zero_copy_only=False)
        self.drop(missing, column, f"{column} is missing")

    def judge(self, verdicts: Verdicts, column: str, *, missing_is_bad: bool = True) -> None:
        """Reject rows by the verdicts of `cells` or `cell_times`."""
        bad = (verdicts != GOOD) & (missing_is_bad | (verdicts != MISSING))
        self.drop(bad, column, lambda i: f"{column} {REASONS[verdicts[i]]}")

    def drop_far_times(self, values: Integers, column: str) -> None:
        """Reject rows whose time lies outside the years that the limits allow."""
        years = self.file.params.earliest_year, self.file.params.latest_year
        bad = (values < year_start_us(years[0])) | (values >= year_start_us(years[1] + 1))
        self.drop(
            bad,
            column,
            f"{column} is outside the years {years[0]} to {years[1]} "
            "(numbers are read as seconds, not milliseconds)",
        )

    def drop_long_texts(self, texts: pa.Array, column: str) -> None:
        """Reject rows whose text has more characters than the limits allow."""
        longest = self.file.params.max_text_characters
        lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False)
        self.drop(
            lengths > longest,
            column,
            lambda i: f"{column} has {lengths[i]} characters, more than {longest}",
        )

    def _shown(self, column: str, chosen: npt.NDArray[np.intp]) -> list[str]:
        cells = self.cells(column).take(pa.array(chosen))
        return ["" if value is None else str(value)[:200] for value in cells.to_pylist()]
