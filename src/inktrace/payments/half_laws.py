"""The laws by which each ad was scored (those of the other half of its site), as rows and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.laws import Laws
from inktrace.payments.setting import Setting
from inktrace.schema import TABLES

_NAME: Final = "half_laws"


def half_law_table(setting: Setting, crossed: Laws) -> pa.Table:
    """Rows of `payment_laws` from which `stored_half_laws` makes the same laws again, to the bit.

    Parameters: the setting with the background's scale per site; laws of (fold · sites + site).
    """
    edges = {
        "delay_edges_s": crossed.delay_edges_s.tolist(),
        "amount_edges": crossed.amount_edges.tolist(),
    }
    rows: list[tuple[str, dict[str, Any]]] = [("*", edges)]
    sites = len(setting.ads.sites)
    for number, site in enumerate(setting.ads.sites):
        halves = [
            {
                "delay": crossed.delay[group].tolist(),
                "amount": crossed.amount[group].tolist(),
                "paid_share": float(crossed.share[group]),
                "payments_learned_from": float(crossed.payments[group]),
                "ads": int(crossed.ads[group]),
            }
            for group in (number, sites + number)
        ]
        rows.append((site, {"background_scale": float(setting.scale[number]), "halves": halves}))
    schema = TABLES["payment_laws"].arrow_schema()
    return pa.table(
        {
            "site": pa.array([site for site, _ in rows], pa.string()),
            "name": pa.array([_NAME] * len(rows), pa.string()),
            "json": pa.array([json.dumps(told, sort_keys=True) for _, told in rows], pa.string()),
        },
        schema=schema.remove(schema.get_field_index("run_id")),
    )


def stored_half_laws(relations: Relations, setting: Setting) -> tuple[Setting, Laws] | None:
    """The setting with its background scale, and the laws; None where a run stored none."""
    table = relations["payment_laws"]
    found = relations.collect(table.filter(table.name == _NAME).select("site", "json"))
    told = {row["site"]: json.loads(row["json"]) for row in found.to_pylist()}
    sites = setting.ads.sites
    if "*" not in told or any(site not in told for site in sites):
        return None
    halves = [told[site]["halves"][half] for half in (0, 1) for site in sites]
    scale = np.array([told[site]["background_scale"] for site in sites], dtype=np.float64)
    laws = Laws(
        np.array(told["*"]["delay_edges_s"]),
        np.array(told["*"]["amount_edges"]),
        np.array([half["delay"] for half in halves], dtype=np.float64),
        np.array([half["amount"] for half in halves], dtype=np.float64),
        np.array([half["paid_share"] for half in halves], dtype=np.float64),
        np.array([half["payments_learned_from"] for half in halves], dtype=np.float64),
        np.array([half["ads"] for half in halves], dtype=np.int64),
    )
    return dataclasses.replace(setting, scale=scale), laws
