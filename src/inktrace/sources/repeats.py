"""Rows given twice: the first stays, identical ones are repeats, others are rejected.

All rows of a file are stored first; then those that some earlier row already said are found
with one join and taken out again. Memory stays bounded however many rows a file has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from inktrace.schema import TABLES
from inktrace.sources.intake import Intake

__all__ = ["settle_repeats"]

_PAGE_ROWS: Final = 50_000


def settle_repeats(
    file: Intake,
    table: str,
    key: Sequence[str],
    content: Sequence[str] = (),
    named: Mapping[str, str] | None = None,
) -> None:
    """Take this file's rows out of `table` whose key an earlier row has, and count them.

    Earlier means: in a file added before, or higher up in this one. Where all `content`
    columns agree (unknown agreeing with unknown) the row is a repeat; otherwise it goes to the
    rejects, naming the first column that differs and where the stored row came from; `named`
    says what a column of the table is called in the file, where that is something else.
    Sets `file.accepted` and `file.repeated`; to be called once, after the last row.
    """
    engine = file.engine
    engine.execute("DROP TABLE IF EXISTS later_rows")
    engine.execute(
        f"CREATE TEMP TABLE later_rows AS {_later_rows_sql(table, key, content)}", [file.file_id]
    )
    engine.execute(
        f'DELETE FROM "{table}" WHERE file_id = ? AND "row" IN (SELECT "row" FROM later_rows)',
        [file.file_id],
    )
    _reject_differing(file, key, named or {})
    counts = engine.rows(
        'SELECT count(*) FROM later_rows WHERE "column" IS NULL '
        f'UNION ALL SELECT count(*) FROM "{table}" WHERE file_id = {file.file_id:d}'
    )
    file.repeated, file.accepted = counts[0][0], counts[1][0]
    engine.execute("DROP TABLE later_rows")


def _later_rows_sql(table: str, key: Sequence[str], content: Sequence[str]) -> str:
    """Row, first row with its key, first differing column and its value, one line each."""
    keys = ", ".join(f'"{name}"' for name in key)
    same_key = " AND ".join(f'later."{k}" IS NOT DISTINCT FROM many."{k}"' for k in key)
    differs = " ".join(
        f'WHEN later."{c}" IS DISTINCT FROM early."{c}" THEN ' + "{}" for c in content
    )
    column = differs.format(*(f"'{c}'" for c in content))
    value = differs.format(*(f'left(CAST(later."{c}" AS VARCHAR), 200)' for c in content))
    shown = ", ".join(_as_text(table, name) for name in key)
    return f"""
        WITH many AS (
            SELECT {keys}, min({{'file_id': file_id, 'row': "row"}}) AS earliest
            FROM "{table}" GROUP BY {keys} HAVING count(*) > 1
        )
        SELECT later."row", early.file_id AS early_file, early."row" AS early_row,
            concat_ws(' ', {shown}) AS shown,
            {f"CASE {column} END" if content else "NULL::VARCHAR"} AS "column",
            {f"CASE {value} END" if content else "NULL::VARCHAR"} AS raw
        FROM many
        JOIN "{table}" AS later ON {same_key} AND later.file_id = ?
            AND (later.file_id, later."row") <> (many.earliest.file_id, many.earliest."row")
        JOIN "{table}" AS early
            ON early.file_id = many.earliest.file_id AND early."row" = many.earliest."row"
    """


def _as_text(table: str, name: str) -> str:
    kinds = {column.name: column.dtype for column in TABLES[table].columns}
    return f'lower(hex(later."{name}"))' if kinds[name] == "binary" else f'later."{name}"'


def _reject_differing(file: Intake, key: Sequence[str], named: Mapping[str, str]) -> None:
    last = -1
    while True:
        page: pa.Table = file.engine.query(
            'SELECT "row", early_file, early_row, shown, "column", raw FROM later_rows '
            f'WHERE "column" IS NOT NULL AND "row" > ? ORDER BY "row" LIMIT {_PAGE_ROWS}',
            [last],
        )
        if not page.num_rows:
            return
        for row in page.to_pylist():
            origin = f"row {row['early_row']}"
            if row["early_file"] != file.file_id:
                origin += f" of file {row['early_file']}"
            column = named.get(row["column"], row["column"])
            what = f"{' '.join(named.get(name, name) for name in key)} {row['shown'][:80]!r}"
            reason = f"{what} was given before with another {column}, in {origin}"
            file.reject(row["row"], column, reason, row["raw"] or "")
            last = row["row"]
