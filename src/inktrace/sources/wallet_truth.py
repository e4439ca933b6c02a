"""Who owns which address, as somebody knows it: for measuring, never an input of a stage."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from inktrace.errors import InputError

_MOST_BYTES: Final = 2**31


def read_wallet_truth(path: Path) -> pa.Table:
    """Addresses and their wallets from a CSV file: columns `address` and `wallet` (or `owner`).

    Returns distinct rows, both strings. Raises InputError where the file cannot be read, is
    larger than 2 GiB, lacks a column, has an empty cell, or gives one address to two wallets.
    """
    table = _read(path)
    owner = "wallet" if "wallet" in table.column_names else "owner"
    for name in ("address", owner):
        if name not in table.column_names:
            raise InputError(
                f"has no column {name}", where=path, do="its columns must be address, wallet"
            )
        empty = [row for row, value in enumerate(table[name].to_pylist(), start=1) if not value]
        if empty:
            raise InputError(f"row {empty[0]}, column {name} is empty", where=path)
    rows = table.select(["address", owner]).rename_columns(["address", "wallet"])
    rows = rows.group_by(["address", "wallet"]).aggregate([])
    owners = rows.group_by("address").aggregate([("wallet", "count")])
    twice = owners.filter(pc.greater(owners["wallet_count"], 1))
    if twice.num_rows:
        raise InputError(
            f"address {twice['address'][0].as_py()} is given to two wallets",
            where=path,
            do="give each address to one wallet",
        )
    return rows.sort_by("address")


def _read(path: Path) -> pa.Table:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("is larger than 2 GiB", where=path, do="give fewer addresses")
        text = {name: pa.string() for name in ("address", "wallet", "owner")}
        options = csv.ConvertOptions(column_types=text, strings_can_be_null=False)
        return csv.read_csv(path, convert_options=options)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=path) from error
    except pa.ArrowInvalid as error:
        raise InputError(
            f"is not a CSV file of addresses: {str(error).splitlines()[0]}",
            where=path,
            do="its columns must be address, wallet",
        ) from error
