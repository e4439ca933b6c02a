"""Writing Arrow tables as CSV files that a spreadsheet cannot be tricked by."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from inktrace.whole_file import whole_file

# A spreadsheet runs a cell as a formula when it begins with one of these (OWASP, CSV Injection).
_FORMULA = r"^([=+\-@\t\r])"


def write_csv(table: pa.Table, out: Path) -> None:
    """Write a table as CSV; text that begins like a formula gets a leading apostrophe.

    The file appears only when it is whole. Raises WorkspaceError where it cannot be written.
    """
    with whole_file(out) as partial:
        csv.write_csv(formula_safe(table), partial)


def formula_safe(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before text that a spreadsheet would run as a formula."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            safe = pc.replace_substring_regex(table[field.name], _FORMULA, r"'\1")
            table = table.set_column(index, field.name, safe)
    return table
