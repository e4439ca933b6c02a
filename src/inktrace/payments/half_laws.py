"""The laws by which each ad was scored (those of the other half of its site), as rows and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.law_rows import law_rows
from inktrace.payments.laws import Laws
from inktrace.payments.setting import Setting
from inktrace.payments.tills import Tills, measured_tills
from inktrace.payments.times import Floats

_NAME: Final = "half_laws"
_TABLES: Final = ("delay", "amount", "quote_age", "zeros", "till")


def half_law_table(setting: Setting, crossed: Laws) -> pa.Table:
    """Rows of `payment_laws` from which `stored_half_laws` makes the same laws again, to the bit.

    Parameters: the setting with its tills and the background's scale per site; laws of
    (fold · sites + site). Row '*' holds what sites share: edges of bins, the tills' wallets,
    and the least evidence that was listed.
    """
    shared = {
        "delay_edges_s": crossed.delay_edges_s.tolist(),
        "amount_edges": crossed.amount_edges.tolist(),
        "least_log10_lr": setting.least_log10_lr,
        "till_wallet_ids": setting.marks.wallets[setting.tills.codes].tolist(),
    }
    rows: list[tuple[str, str, dict[str, Any]]] = [("*", _NAME, shared)]
    sites = len(setting.ads.sites)
    for number, site in enumerate(setting.ads.sites):
        halves = [
            {
                **{name: getattr(crossed, name)[group].tolist() for name in _TABLES},
                "paid_share": float(crossed.share[group]),
                "payments_learned_from": float(crossed.payments[group]),
                "ads": int(crossed.ads[group]),
            }
            for group in (number, sites + number)
        ]
        told = {"background_scale": float(setting.scale[number]), "halves": halves}
        rows.append((site, _NAME, told))
    return law_rows(rows)


def stored_half_laws(relations: Relations, setting: Setting) -> tuple[Setting, Laws] | None:
    """The setting with tills, background scale and listing bar, and the laws.

    None where none are stored.

    Notes: what each till receives is measured again from the stored outputs, as the run did.
    """
    table = relations["payment_laws"]
    found = relations.collect(table.filter(table.name == _NAME).select("site", "json"))
    told = {row["site"]: json.loads(row["json"]) for row in found.to_pylist()}
    sites = setting.ads.sites
    if "*" not in told or any(site not in told for site in sites):
        return None
    tills = _stored_tills(setting, told["*"])
    halves = [told[site]["halves"][half] for half in (0, 1) for site in sites]
    columns = {
        "delay": len(told["*"]["delay_edges_s"]) - 1,
        "amount": len(told["*"]["amount_edges"]) - 1,
        "quote_age": setting.ages,
        "zeros": len(setting.marks.zeros_share),
        "till": len(tills) + 1,
    }
    tables = {name: _column(halves, name).reshape(len(halves), columns[name]) for name in _TABLES}
    laws = Laws(
        delay_edges_s=np.array(told["*"]["delay_edges_s"]),
        amount_edges=np.array(told["*"]["amount_edges"]),
        **tables,
        share=_column(halves, "paid_share"),
        payments=_column(halves, "payments_learned_from"),
        ads=_column(halves, "ads").astype(np.int64),
    )
    scale = np.array([told[site]["background_scale"] for site in sites], dtype=np.float64)
    least = float(told["*"]["least_log10_lr"])
    return dataclasses.replace(setting, scale=scale, tills=tills, least_log10_lr=least), laws


def _stored_tills(setting: Setting, shared: Mapping[str, Any]) -> Tills:
    wallets = np.array(shared["till_wallet_ids"], dtype=np.int64)
    codes = np.searchsorted(setting.marks.wallets, wallets).astype(np.int64)
    return measured_tills(codes, setting.outputs, setting.log_values, setting.marks)


def _column(halves: list[dict[str, Any]], name: str) -> Floats:
    return np.array([half[name] for half in halves], dtype=np.float64)
