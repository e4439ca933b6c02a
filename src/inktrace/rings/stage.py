"""The rings stage: leads in the order in which a person should look at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.progress import Progress
from inktrace.rings.facts import group_facts
from inktrace.rings.groups import lead_of_authors
from inktrace.rings.indicators import REGISTRY, Facts, Indicator, Values
from inktrace.schema import TABLES
from inktrace.stage import Stage, StageResult

# A weight is bounded so that no single rare value outweighs everything else.
_MOST_DECADES: Final = 3.0
# A wallet and a busy day are no signs of harm: leads need at least one sign of another kind.
_NO_LEAD_ALONE: Final = ("payer_known", "posting_rate", "sites_used", "posts_around_the_clock")


@dataclass(frozen=True)
class _Scored:
    """One indicator over all groups."""

    indicator: Indicator
    values: Values
    rarity: Values
    speaks: np.ndarray[Any, np.dtype[np.bool_]]
    weight: Values


def rings(relations: Relations, params: RingsParams, progress: Progress) -> StageResult:
    """Authors, or authors that one private wallet joins, ranked by what speaks for a ring."""
    progress("rings", 0, 3)
    found = _attributed(relations, params)
    leads, wallets = _groups(relations, found)
    facts = group_facts(relations, leads, wallets, params)
    progress("rings", 1, 3)
    columns = {name: _floats(facts, name) for name in facts.schema.names if name != "lead_id"}
    scored = [_scored(one, columns, params) for one in REGISTRY.values()]
    lead_ids = facts["lead_id"].to_pylist()
    score = sum((one.weight for one in scored), np.zeros(len(lead_ids)))
    listed = _listed(scored, columns)
    first = _looked_at_first(columns)
    order = sorted(
        np.flatnonzero(listed).tolist(),
        key=lambda place: (not first[place], -score[place], lead_ids[place]),
    )
    progress("rings", 2, 3)
    tables = {
        "leads": _lead_rows(order, lead_ids, columns, score, scored, leads, wallets),
        "lead_indicators": _indicator_rows(order, lead_ids, scored),
    }
    progress("rings", 3, 3)
    return StageResult(tables, {"groups": len(lead_ids), "listed": len(order)})


def _attributed(relations: Relations, params: RingsParams) -> pa.Table:
    rows = relations["attributions"]
    kept = rows.filter((rows.method == "inktrace") & (rows.q_value <= params.link_q_value))
    picked = kept.select("author_id", "wallet_id", "is_service")
    return relations.collect(picked.order_by("author_id", "wallet_id"))


def _groups(relations: Relations, found: pa.Table) -> tuple[pa.Table, pa.Table]:
    """(author_id, lead_id) rows, and (lead_id, wallet_id, is_service) rows."""
    authors = relations["authors"]
    known = relations.collect(authors.select("author_id").distinct().order_by("author_id"))
    private = found.filter(pc.invert(found["is_service"]))
    lead = lead_of_authors(known["author_id"].to_pylist(), private)
    leads = pa.table(
        {
            "author_id": pa.array(sorted(lead), pa.string()),
            "lead_id": pa.array([lead[author] for author in sorted(lead)], pa.string()),
        }
    )
    rows = zip(*(found[name].to_pylist() for name in found.schema.names), strict=True)
    pairs = sorted({(lead[author], wallet, service) for author, wallet, service in rows})
    wallets = pa.table(
        {
            "lead_id": pa.array([one for one, _, _ in pairs], pa.string()),
            "wallet_id": pa.array([one for _, one, _ in pairs], pa.int64()),
            "is_service": pa.array([one for _, _, one in pairs], pa.bool_()),
        }
    )
    return leads, wallets


def _scored(one: Indicator, facts: Facts, params: RingsParams) -> _Scored:
    values = one.values(facts)
    ordered = np.sort(values)
    at_least = values.size - np.searchsorted(ordered, values, side="left")
    rarity = at_least / max(values.size, 1)
    speaks = values >= one.least
    decades = np.minimum(-np.log10(np.maximum(rarity, 1e-9)), _MOST_DECADES)
    # Even a common value says something where it speaks at all.
    size = one.strength * np.maximum(decades, params.least_weight)
    sign = 1.0 if one.direction == "for" else -1.0
    return _Scored(one, values, rarity, speaks, np.where(speaks, sign * size, 0.0))


def _listed(scored: list[_Scored], facts: Facts) -> Any:
    signs = [
        one.speaks
        for one in scored
        if one.indicator.direction == "for" and one.indicator.name not in _NO_LEAD_ALONE
    ]
    any_sign = np.any(signs, axis=0)
    return any_sign & ((facts["ads"] >= 2) | _looked_at_first(facts))


def _looked_at_first(facts: Facts) -> Any:
    return (facts["under_age_ads"] > 0) | (facts["known_abuse_ads"] > 0)


def _lead_rows(
    order: list[int],
    lead_ids: list[str],
    facts: Facts,
    score: Values,
    scored: list[_Scored],
    leads: pa.Table,
    wallets: pa.Table,
) -> pa.Table:
    authors = _collected(leads["lead_id"].to_pylist(), leads["author_id"].to_pylist())
    private = wallets.filter(pc.invert(wallets["is_service"]))
    paid = _collected(private["lead_id"].to_pylist(), private["wallet_id"].to_pylist())
    rows = [
        {
            "lead_id": lead_ids[place],
            "rank": rank,
            "score": float(score[place]),
            "author_ids": " ".join(authors[lead_ids[place]]),
            "wallet_ids": " ".join(paid.get(lead_ids[place], [])),
            "ads": int(facts["ads"][place]),
            # Everybody advertises at least one person, named or not.
            "people_estimate": max(1, int(facts["names"][place])),
            "places": int(facts["places"][place]),
            "ads_per_day": float(facts["ads_per_day"][place]),
            "first_posted_us": int(facts["first_us"][place]),
            "last_posted_us": int(facts["last_us"][place]),
            "under_age_indicator": bool(facts["under_age_ads"][place] > 0),
            "known_abuse_image": bool(facts["known_abuse_ads"][place] > 0),
            "reasons": " | ".join(_reason(one, place) for one in _speaking(scored, place)),
        }
        for rank, place in enumerate(order, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=_schema("leads"))


def _indicator_rows(order: list[int], lead_ids: list[str], scored: list[_Scored]) -> pa.Table:
    rows = [
        {
            "lead_id": lead_ids[place],
            "indicator": one.indicator.name,
            "direction": one.indicator.direction,
            "value": float(one.values[place]),
            "rarity": float(one.rarity[place]),
            "weight": float(one.weight[place]),
            "reason": _reason(one, place),
            "reference": one.indicator.reference,
        }
        for place in order
        for one in _speaking(scored, place)
    ]
    return pa.Table.from_pylist(rows, schema=_schema("lead_indicators"))


def _speaking(scored: list[_Scored], place: int) -> list[_Scored]:
    """The indicators that speak for or against a group, weightiest first."""
    speaking = [one for one in scored if one.speaks[place]]
    return sorted(speaking, key=lambda one: (-abs(one.weight[place]), one.indicator.name))


def _reason(one: _Scored, place: int) -> str:
    value = one.values[place]
    shown = f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"
    if value >= 100 and shown != f"{value:.0f}":
        shown = f"{value:.0f}"
    return one.indicator.sentence.replace("{value}", shown)


def _collected(keys: list[str], values: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(key, []).append(str(value))
    return found


def _schema(name: str) -> pa.Schema:
    whole = TABLES[name].arrow_schema()
    return pa.schema([field for field in whole if field.name != "run_id"])


def _floats(rows: pa.Table, name: str) -> Values:
    # Times fit: microseconds since 1970 stay below 2**53 for two centuries.
    column = rows[name].combine_chunks().cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


STAGE: Final = Stage(
    name="rings",
    version=2,
    reads=("ads", "texts", "identifiers", "authors", "attributions", "hash_matches"),
    writes=("leads", "lead_indicators"),
    section="rings",
    function=rings,
    meaning="leads, ranked by indicators and counter-indicators",
)
