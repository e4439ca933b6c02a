"""Rows of `payment_laws`: one JSON document for each site and name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.schema import TABLES


def law_rows(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> pa.Table:
    """The table of (site, name, document); '*' stands for all sites."""
    told = list(rows)
    return pa.table(
        {
            "site": pa.array([site for site, _, _ in told], pa.string()),
            "name": pa.array([name for _, name, _ in told], pa.string()),
            "json": pa.array([json.dumps(one, sort_keys=True) for *_, one in told], pa.string()),
        },
        schema=TABLES["payment_laws"].written_schema(),
    )


def stored_settings(relations: Relations) -> PaymentsParams:
    """The parameters with which the stored candidates were made."""
    laws = relations["payment_laws"]
    rows = relations.collect(laws.filter((laws.site == "*") & (laws.name == "settings")))
    if not rows.num_rows:
        return PaymentsParams()
    return PaymentsParams(**json.loads(rows["json"][0].as_py()))
