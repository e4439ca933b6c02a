"""Pairs of ads that someone wants scored."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from inktrace.errors import InputError


def read_pairs(path: Path) -> pa.Table:
    """Pairs of ad ids from a CSV file with columns `ad_id_a` and `ad_id_b` (both strings).

    Raises InputError where the file cannot be read, lacks a column, or has an empty id.
    """
    kinds = {"ad_id_a": pa.string(), "ad_id_b": pa.string()}
    options = csv.ConvertOptions(column_types=kinds, include_columns=list(kinds))
    try:
        pairs = csv.read_csv(path, convert_options=options)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=path) from error
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise InputError(
            f"is not a CSV file of pairs: {str(error).splitlines()[0]}",
            where=path,
            do="its columns must be ad_id_a, ad_id_b",
        ) from error
    for name in kinds:
        empty = [row for row, value in enumerate(pairs[name].to_pylist(), start=1) if not value]
        if empty:
            raise InputError(f"row {empty[0]}, column {name} is empty", where=path)
    return pairs
