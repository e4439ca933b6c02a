"""Writing Arrow tables as CSV files that a spreadsheet cannot be tricked by."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from inktrace.whole_file import whole_file

# A spreadsheet runs a cell as a formula when it begins with one of these (OWASP, CSV Injection).
# Apostrophes that stand before one already are counted in, so that one can be taken away again.
_FORMULA = r"^('*[=+\-@\t\r])"
_MADE_SAFE = r"^'('*[=+\-@\t\r])"


def write_csv(table: pa.Table, out: Path) -> None:
    """Write a table as CSV; text that begins like a formula gets a leading apostrophe.

    The file appears only when it is whole. Raises WorkspaceError where it cannot be written.
    """
    with whole_file(out) as partial:
        csv.write_csv(formula_safe(table), partial)


def formula_safe(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before text that a spreadsheet would run as a formula."""
    return _replaced(table, _FORMULA, r"'\1")


def formula_unsafe(table: pa.Table) -> pa.Table:
    """What `formula_safe` was given, from what it made."""
    return _replaced(table, _MADE_SAFE, r"\1")


def _replaced(table: pa.Table, pattern: str, by: str) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            made = pc.replace_substring_regex(table[field.name], pattern, by)
            table = table.set_column(index, field.name, made)
    return table
