"""The rows that the rings stage writes: leads, what speaks for and against each, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.rings.points import Measured, Scores
from inktrace.rings.registry import Facts, Values
from inktrace.schema import TABLES


@dataclass(frozen=True)
class Ranked:
    """All groups with their scores, and the listed ones in order of rank."""

    lead_ids: list[str]
    order: list[int]  # rows of the listed groups, first rank first
    facts: Facts
    found: Measured
    scores: Scores
    urgency: np.ndarray  # int64: 0 = age under 18 stated or known picture, 1 = implied, 2 = neither
    flagged: np.ndarray  # bool


def lead_rows(ranked: Ranked, leads: pa.Table, wallets: pa.Table) -> pa.Table:
    """Rows of table leads. `leads`: (author_id, lead_id, …); `wallets`: (lead_id, wallet_id, …)."""
    pairs = leads.group_by(["lead_id", "author_id"]).aggregate([])
    pairs = pairs.sort_by([("lead_id", "ascending"), ("author_id", "ascending")])
    authors = _collected(pairs["lead_id"].to_pylist(), pairs["author_id"].to_pylist())
    private = wallets.filter(pc.invert(wallets["is_service"]))
    paid = _collected(private["lead_id"].to_pylist(), private["wallet_id"].to_pylist())
    ids, facts, scores = ranked.lead_ids, ranked.facts, ranked.scores
    rows = [
        {
            "lead_id": ids[place],
            "rank": rank,
            "score": float(scores.score[place]),
            "score_low": float(scores.score_low[place]),
            "score_high": float(scores.score_high[place]),
            "flagged": bool(ranked.flagged[place]),
            "author_ids": " ".join(authors[ids[place]]),
            "wallet_ids": " ".join(paid.get(ids[place], [])),
            "ads": int(facts["ads"][place]),
            # Everybody advertises at least one person, named or not.
            "people_estimate": max(1, int(facts["names"][place])),
            "places": int(facts["places"][place]),
            "ads_per_day": float(facts["ads_per_day"][place]),
            "first_posted_us": int(facts["first_us"][place]),
            "last_posted_us": int(facts["last_us"][place]),
            "under_age_indicator": bool(
                facts["young_stated_ads"][place] > 0 or facts["young_implied_ads"][place] > 0
            ),
            "known_abuse_image": bool(facts["known_abuse_ads"][place] > 0),
            "reasons": " | ".join(
                _reason(ranked.found, one, place) for one in _said(ranked, place)
            ),
        }
        for rank, place in enumerate(ranked.order, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["leads"].written_schema())


def indicator_rows(ranked: Ranked) -> pa.Table:
    """Rows of table lead_indicators, weightiest first within a lead."""
    found, scores = ranked.found, ranked.scores
    rows = [
        {
            "lead_id": ranked.lead_ids[place],
            "indicator": found.indicators[one].name,
            "direction": found.indicators[one].direction,
            "value": float(found.values[one, place]),
            "rarity": float(found.rarity[one, place]),
            "weight": float(scores.points[one, place]),
            "weight_low": float(scores.points_low[one, place]),
            "weight_high": float(scores.points_high[one, place]),
            "reason": _reason(found, one, place),
            "reference": found.indicators[one].reference,
        }
        for place in ranked.order
        for one in _said(ranked, place)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["lead_indicators"].written_schema())


def evidence_rows(
    relations: Relations, indicators: pa.Table, evidence: pa.Table, params: RingsParams
) -> pa.Table:
    """Rows of table lead_evidence: the first few (by ad) of each indicator that speaks.

    `evidence` holds (lead_id, topic, ad_id, words).
    """
    said = ibis.memtable(indicators.select(["lead_id", "indicator", "topic"]))
    rows = said.join(ibis.memtable(evidence), ["lead_id", "topic"])
    by_ad = ibis.window(group_by=["lead_id", "indicator"], order_by=["ad_id", "words"])
    numbered = rows.mutate(place=ibis.row_number().over(by_ad))
    kept = numbered.filter(numbered.place < params.evidence_rows)
    picked = kept.select("lead_id", "indicator", "ad_id", "words")
    return relations.collect(picked.order_by("lead_id", "indicator", "ad_id", "words"))


def ad_rows(ranked: Ranked, leads: pa.Table, core: pa.Table) -> pa.Table:
    """Rows of table lead_ads: the ads of listed leads, and whether each is of the core."""
    listed = pa.array([ranked.lead_ids[place] for place in ranked.order], pa.string())
    kept = leads.filter(pc.is_in(leads["lead_id"], listed)).select(["lead_id", "ad_id"])
    rows = kept.sort_by([("lead_id", "ascending"), ("ad_id", "ascending")])
    return rows.append_column("in_core", pc.is_in(rows["ad_id"], core["ad_id"].combine_chunks()))


def _said(ranked: Ranked, place: int) -> Sequence[int]:
    """Numbers of the indicators that speak for or against a group, weightiest first."""
    speaking = np.flatnonzero(ranked.found.speaks[:, place]).tolist()
    names = ranked.found.indicators
    return sorted(
        speaking, key=lambda one: (-abs(ranked.scores.points[one, place]), names[one].name)
    )


_WHOLE_FROM: Final = 100
_ONE_OR_MANY: Final = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def _reason(found: Measured, one: int, place: int) -> str:
    value = float(found.values[one, place])
    is_whole = value.is_integer() or value >= _WHOLE_FROM
    shown = f"{value:.0f}" if is_whole else f"{value:.2g}"
    sentence = found.indicators[one].sentence.replace("{value}", shown)
    return _ONE_OR_MANY.sub(r"\1" if shown == "1" else r"\2", sentence)


def _collected(keys: list[str], values: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(key, []).append(str(value))
    return found


def floats(rows: pa.Table, name: str) -> Values:
    """A column as float64."""
    # Times fit: microseconds since 1970 stay below 2**53 for two centuries.
    column = rows[name].combine_chunks().cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
