"""Flat tables for a spreadsheet or an analyst's link chart: payments, entities, relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv

from inktrace.casefile.handoff.content import Content, Row
from inktrace.casefile.handoff.network import network_of
from inktrace.casefile.tables import formula_safe
from inktrace.units import bitcoin_amount, iso_time

_TEXT, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()
_PAYMENTS: Final = {
    "ad_id": _TEXT,
    "author_id": _TEXT,
    "site": _TEXT,
    "posted": _TEXT,
    "price_minor": _WHOLE,
    "currency": _TEXT,
    "candidates": _WHOLE,
    "none_of_these_probability": _REAL,
    "txid": _TEXT,
    "vout": _WHOLE,
    "address": _TEXT,
    "value_sat": _WHOLE,
    "value_btc": _TEXT,
    "first_seen": _TEXT,
    "block_time": _TEXT,
    "delay_s": _REAL,
    "payer_wallet_id": _WHOLE,
    "log10_lr": _REAL,
    "posterior_probability": _REAL,
    "error_probability": _REAL,
    "other_links": _WHOLE,
}
_ENTITIES: Final = {
    "entity_id": _TEXT,
    "kind": _TEXT,
    "label": _TEXT,
    "site": _TEXT,
    "place": _TEXT,
    "time": _TEXT,
    "txid": _TEXT,
    "address": _TEXT,
    "addresses": _WHOLE,
    "category": _TEXT,
}
_RELATIONS: Final = {
    "relation_id": _TEXT,
    "kind": _TEXT,
    "from_id": _TEXT,
    "from_label": _TEXT,
    "to_id": _TEXT,
    "to_label": _TEXT,
    "time": _TEXT,
    "value_sat": _WHOLE,
    "vout": _WHOLE,
    "probability": _REAL,
    "log10_lr": _REAL,
    "q_value": _REAL,
    "error_probability": _REAL,
    "reason": _TEXT,
}


def payments_csv(content: Content) -> bytes:
    """One row per ad: the linked output that is most probable, empty where none is linked.

    An ad may be linked with more outputs (other_links); those stand in relations.csv.
    """
    by_ad: dict[str, list[Row]] = {}
    for link in content.links:
        by_ad.setdefault(link["ad_id"], []).append(link)
    return _csv(_PAYMENTS, (_payment(ad, by_ad.get(ad["ad_id"], ())) for ad in content.ads))


def entities_csv(content: Content) -> bytes:
    """One row per entity of the lead's network: the icons of a link chart."""
    rows = (
        {"entity_id": entity.key, "kind": entity.kind, "label": entity.label, **entity.facts}
        for entity in network_of(content).entities
    )
    return _csv(_ENTITIES, rows)


def relations_csv(content: Content) -> bytes:
    """One row per tie between two entities: the lines of a link chart, with their figures."""
    network = network_of(content)
    labels = {entity.key: entity.label for entity in network.entities}
    rows = (
        {
            "relation_id": relation.key,
            "kind": relation.kind,
            "from_id": relation.source,
            "from_label": labels[relation.source],
            "to_id": relation.target,
            "to_label": labels[relation.target],
            **relation.facts,
        }
        for relation in network.relations
    )
    return _csv(_RELATIONS, rows)


def _payment(ad: Row, links: Sequence[Row]) -> dict[str, Any]:
    row = {**ad, "posted": iso_time(ad["posted_us"])}
    if not links:
        return row
    best = min(links, key=_preference)
    for name in ("first_seen", "block_time"):
        at = best[f"{name}_us"]
        row[name] = None if at is None else iso_time(at)
    return {
        **row,
        **best,
        "value_btc": bitcoin_amount(best["value_sat"]),
        "payer_wallet_id": best["wallet_id"],
        "other_links": len(links) - 1,
    }


def _preference(link: Row) -> tuple[Any, ...]:
    likely = -(link["posterior_probability"] or 0.0), -(link["log10_lr"] or 0.0)
    return (*likely, link["txid"], link["vout"], link["wallet_id"])


def _csv(columns: Mapping[str, pa.DataType], rows: Iterable[Mapping[str, Any]]) -> bytes:
    held = list(rows)
    table = pa.table(
        {name: pa.array([row.get(name) for row in held], dtype) for name, dtype in columns.items()}
    )
    stream = pa.BufferOutputStream()
    csv.write_csv(formula_safe(table), stream)
    return bytes(stream.getvalue().to_pybytes())
