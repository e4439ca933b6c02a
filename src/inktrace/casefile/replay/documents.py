"""Documents that stand in a cell of an exhibit."""

from __future__ import annotations

import json
from typing import Any

from inktrace.casefile.replay.read import Exhibits
from inktrace.errors import InputError

__all__ = ["stored_document"]


def stored_document(
    exhibits: Exhibits, table: str, key: str, wanted: str, column: str
) -> dict[str, Any]:
    """A JSON object out of a cell: of the row whose `key` is `wanted`; empty where there is none.

    Raises InputError for a cell that is no JSON.
    """
    rows = zip(exhibits.texts(table, key), exhibits.texts(table, column), strict=True)
    for name, text in rows:
        if name == wanted:
            try:
                found = json.loads(str(text))
            except (ValueError, RecursionError) as error:
                raise InputError(f"{table}.csv holds what is no JSON in {wanted}") from error
            return found if isinstance(found, dict) else {}
    return {}
