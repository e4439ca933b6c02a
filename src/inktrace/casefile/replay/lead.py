"""The lead's counts, indicators, points and score, from the ads and contacts of the exhibits."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.casefile.replay.figures import Figure, Value, compared, left
from inktrace.casefile.replay.read import Exhibits, microseconds
from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import RingsParams
from inktrace.rings import counter_indicators, indicators
from inktrace.rings.contacts import contact_facts

# The parts of the stage, not its front door: what is replayed must be what was done.
from inktrace.rings.facts import _core_sizes, _paid, _sizes, _trips
from inktrace.rings.points import Measured, measured, scores_by_rarity
from inktrace.rings.registry import REGISTRY, Values

__all__ = ["lead_figures"]

_REGISTERED: Final = (indicators, counter_indicators)
_TOPIC: Final = "lead"
_LEAD: Final = "statistics/lead"
_TEXTS: Final = "it is read from the original texts, which the package does not hold"
_FITTED: Final = "its points were fitted to judgements of other leads"
# Each different wording of these counts is a row of indicator_rows.csv, up to the bound.
_COUNTED_ROWS: Final = ("people_advertised", "ages_stated", "photos_shown")


def lead_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Counts of the lead, the value and points of each indicator, and their sum."""
    params = RingsParams(**exhibits.parameters.get("rings", {}))
    facts = _facts(exhibits, params)
    values = {
        "ads": facts["ads"],
        "places": facts["places"],
        "ads_per_day": facts["ads_per_day"],
        "first_posted": facts["first_us"],
        "last_posted": facts["last_us"],
    }
    for name, recomputed in values.items():
        yield compared(_TOPIC, name, _lead(exhibits, name), recomputed)
    people = _rows_of(exhibits).get("people_advertised")
    if people is None:
        yield left(_TOPIC, "people_estimate", _lead(exhibits, "people_estimate"), _TEXTS)
    else:
        yield compared(_TOPIC, "people_estimate", _lead(exhibits, "people_estimate"), people)
    yield from _values(exhibits, facts)
    yield from _points(exhibits, params)


def _lead(exhibits: Exhibits, name: str) -> Value:
    table = exhibits.table(_LEAD)
    if table.num_rows != 1:
        raise InputError("lead.csv does not hold one lead")
    if name.endswith("_posted"):
        return exhibits.whole(_LEAD, f"{name}_us")[0]
    found = exhibits.floats(_LEAD, name)[0]
    return int(found) if found is not None and found.is_integer() else found


def _facts(exhibits: Exhibits, params: RingsParams) -> dict[str, Value]:
    """The stage's counts of this lead, of those that need no original text."""
    with Engine.in_memory(_tables(exhibits)) as engine:
        relations = engine.relations()
        leads = ibis.memtable(pa.table({"lead_id": ["lead"]}))
        authors = relations["authors"].select("ad_id", "author_id")
        ads = relations["ads"].join(authors, "ad_id").cross_join(leads)
        core = exhibits.table("core")
        in_core = core.filter(pc.equal(core["in_core"], "true"))["ad_id"]
        tied = ads.semi_join(ibis.memtable(pa.table({"ad_id": in_core})), "ad_id")
        columns = ("ad_id", "lead_id", "text", "posted_us", "city", "lat", "lon")
        texts = relations.collect(tied.select(*columns).order_by("ad_id"))
        nothing = pa.table({n: pa.array([], pa.string()) for n in ("ad_id", "topic", "words")})
        parts = [_sizes(ads), _core_sizes(tied), _paid(ibis.memtable(_wallets(exhibits, params)))]
        said = ibis.memtable(nothing)
        contacts, _ = contact_facts(relations, ads, tied, said, params)
        parts.append(contacts[1])
        facts: dict[str, Value] = {"places": 0, "phones": 0, "private_wallets": 0, "services": 0}
        for part in parts:
            for row in relations.collect(part.drop("lead_id")).to_pylist():
                facts |= row
        if texts.num_rows:
            trips, _ = _trips(texts, nothing, params)
            # What one name's ads say of travel needs the names, which are masked here.
            facts |= trips.drop_columns(["lead_id", "one_name_returns"]).to_pylist()[0]
    return facts


def _tables(exhibits: Exhibits) -> dict[str, pa.Table]:
    ads = exhibits.table("ads")
    size = ads.num_rows
    typed = {
        "ad_id": ads["ad_id"],
        "site": ads["site"],
        "posted_us": pa.array([microseconds(t) for t in ads["posted"].to_pylist()], pa.int64()),
        "text": pa.array([""] * size, pa.string()),
        "lat": pa.array(exhibits.floats("ads", "lat"), pa.float64()),
        "lon": pa.array(exhibits.floats("ads", "lon"), pa.float64()),
        "category": ads["category"],
        "city": ads["city"],
        "region": ads["region"],
        "file_id": pa.array([0] * size, pa.int64()),
        "row": pa.array(range(size), pa.int64()),
    }
    # The exhibits number contacts, which tells the same ones from different ones.
    held = exhibits.table("identifiers")
    return {
        "ads": pa.table(typed),
        "authors": pa.table({"ad_id": ads["ad_id"], "author_id": ads["author_id"]}),
        "identifiers": pa.table(
            {
                "ad_id": held["ad_id"],
                "kind": held["kind"],
                "value": held["number"],
                "found_in": held["found_in"],
            }
        ),
    }


def _wallets(exhibits: Exhibits, params: RingsParams) -> pa.Table:
    """Wallets that pay for the ads at the reporting threshold."""
    rows = zip(
        exhibits.texts("attributions", "method"),
        exhibits.whole("attributions", "wallet_id"),
        exhibits.floats("attributions", "q_value"),
        exhibits.flags("attributions", "is_service"),
        strict=True,
    )
    kept = [
        (wallet, service)
        for method, wallet, q_value, service in rows
        if method == "inktrace" and q_value is not None and q_value <= params.link_q_value
    ]
    return pa.table(
        {
            "lead_id": pa.array(["lead"] * len(kept), pa.string()),
            "wallet_id": pa.array([wallet for wallet, _ in kept], pa.int64()),
            "is_service": pa.array([service for _, service in kept], pa.bool_()),
        }
    )


def _rows_of(exhibits: Exhibits) -> dict[str, int]:
    """Rows behind each indicator, where all of them are there."""
    cap = int(exhibits.parameters.get("rings", {}).get("evidence_rows", 0))
    counts: dict[str, int] = {}
    for name in exhibits.texts("indicator_rows", "indicator"):
        counts[str(name)] = counts.get(str(name), 0) + 1
    return {name: count for name, count in counts.items() if count < cap}


def _values(exhibits: Exhibits, facts: Mapping[str, Value]) -> Iterator[Figure]:
    # An array for each count, as the indicators take them.
    columns = {n: np.array([float(v or 0)]) for n, v in facts.items() if not isinstance(v, str)}
    rows = _rows_of(exhibits)
    names = exhibits.texts("indicators", "indicator")
    for name, stated in zip(names, exhibits.floats("indicators", "value"), strict=True):
        shown = f"value of {name}"
        if name not in REGISTRY:
            yield left(_TOPIC, shown, stated, "this version knows no such indicator")
            continue
        try:
            found = float(REGISTRY[str(name)].values(columns)[0])
        except KeyError:
            # Rare wordings are shown and not counted, so more rows than the value say nothing.
            count = rows.get(str(name))
            if name in _COUNTED_ROWS and count is not None and count <= (stated or 0):
                yield compared(_TOPIC, shown, stated, count)
            else:
                yield left(_TOPIC, shown, stated, _TEXTS)
        else:
            yield compared(_TOPIC, shown, stated, found)


def _points(exhibits: Exhibits, params: RingsParams) -> Iterator[Figure]:
    names = [str(name) for name in exhibits.texts("indicators", "indicator")]
    groups, how = _groups(exhibits)
    if groups is None or how != "by rarity" or not REGISTRY.keys() >= set(names):
        why = _FITTED if how and how != "by rarity" else "the run record tells no groups"
        for name, weight in zip(names, exhibits.floats("indicators", "weight"), strict=True):
            yield left(_TOPIC, f"points of {name}", weight, why)
        yield left(_TOPIC, "score", _lead(exhibits, "score"), why)
        return
    # Points are added up in the register's order, as the stage does.
    place = {name: row for row, name in enumerate(REGISTRY)}
    order = sorted(range(len(names)), key=lambda row: place[names[row]])
    found = _measured(exhibits, names, order, groups, params)
    scores = scores_by_rarity(found)
    told = {"rarity": found.rarity, "weight": scores.points, "weight_low": scores.points_low,
            "weight_high": scores.points_high}  # fmt: skip
    for column, values in told.items():
        stated = exhibits.floats("indicators", column)
        for row, recomputed in zip(order, values[:, 0].tolist(), strict=True):
            yield compared(_TOPIC, f"{column} of {names[row]}", stated[row], recomputed)
    for name in ("score", "score_low", "score_high"):
        yield compared(_TOPIC, name, _lead(exhibits, name), float(getattr(scores, name)[0]))


def _measured(
    exhibits: Exhibits, names: list[str], order: list[int], groups: int, params: RingsParams
) -> Measured:
    """The stage's own measure, given as many groups with so high a value as the rarity says."""
    values = exhibits.array("indicators", "value")
    rarity = exhibits.array("indicators", "rarity")
    chosen = []
    for at in order:
        row = np.zeros(groups)
        row[: min(max(round(rarity[at] * groups), 1), groups)] = values[at]
        chosen.append(dataclasses.replace(REGISTRY[names[at]], values=_constant(row)))
    return measured(chosen, {}, params)


def _constant(row: Values) -> Any:
    return lambda _: row


def _groups(exhibits: Exhibits) -> tuple[int | None, str | None]:
    """How many groups of authors the run compared, and how it gave points."""
    rows = zip(exhibits.texts("runs", "stage"), exhibits.texts("runs", "notes"), strict=True)
    for stage, notes in rows:
        if stage == "rings":
            try:
                told = json.loads(str(notes))
                groups = told.get("groups")
                is_usable = isinstance(groups, int) and 0 < groups <= 10_000_000
                return (groups if is_usable else None), str(told.get("points"))
            except (ValueError, AttributeError, RecursionError):
                return None, None
    return None, None
