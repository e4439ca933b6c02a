"""The rings stage: leads in the order in which a person should look at them."""

from __future__ import annotations

from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.progress import Progress
from inktrace.rings import counter_indicators, indicators
from inktrace.rings.facts import group_facts
from inktrace.rings.fitting import scores_by_judgements
from inktrace.rings.groups import lead_ads, lead_wallets
from inktrace.rings.judged import judged_leads
from inktrace.rings.lead_rows import (
    Ranked,
    ad_rows,
    evidence_rows,
    floats,
    indicator_rows,
    lead_rows,
)
from inktrace.rings.points import Measured, measured, scores_by_rarity
from inktrace.rings.registry import REGISTRY, Facts
from inktrace.stage import Stage, StageResult

# Imported, these stand in the register.
_REGISTERED: Final = (indicators, counter_indicators)
# These are no signs of harm: leads need at least one sign of another kind.
_NO_LEAD_ALONE: Final = (
    "payer_known",
    "posting_rate",
    "sites_used",
    "posts_around_the_clock",
    "phone_hidden_from_search",
    "text_of_other_posters",
    "price_far_below",
    "price_far_above",
    "services_of_many_kinds",
    "short_stays_made",
    "moves_between_places",
    "youth_code",
)


def rings(relations: Relations, params: RingsParams, progress: Progress) -> StageResult:
    """Identities, ranked by what speaks for a ring."""
    progress("rings", 0, 3)
    leads = lead_ads(relations)
    wallets = lead_wallets(relations, ibis.memtable(leads), params)
    facts = group_facts(relations, leads, wallets, params)
    progress("rings", 1, 3)
    counts = facts.counts
    columns = {name: floats(counts, name) for name in counts.schema.names if name != "lead_id"}
    lead_ids = counts["lead_id"].to_pylist()
    found = measured(list(REGISTRY.values()), columns, params)
    judged = judged_leads(relations, leads, lead_ids)
    is_fitted = judged.is_enough(params)
    if is_fitted:
        scores = scores_by_judgements(found, lead_ids, judged, params)
    else:
        scores = scores_by_rarity(found)
    first = (columns["young_stated_ads"] > 0) | (columns["known_abuse_ads"] > 0)
    urgency = np.where(first, 0, np.where(columns["young_implied_ads"] > 0, 1, 2))
    order = sorted(
        np.flatnonzero(_listed(found, columns, urgency)).tolist(),
        key=lambda place: (urgency[place], -scores.score[place], lead_ids[place]),
    )
    flagged = (urgency < 2) | (scores.score >= params.flag_points)
    ranked = Ranked(lead_ids, order, columns, found, scores, urgency, flagged)
    progress("rings", 2, 3)
    rows = indicator_rows(ranked)
    topics = pa.array([REGISTRY[one].topic for one in rows["indicator"].to_pylist()], pa.string())
    with_topics = rows.append_column("topic", topics)
    tables = {
        "leads": lead_rows(ranked, leads, wallets),
        "lead_indicators": rows,
        "lead_evidence": evidence_rows(relations, with_topics, facts.evidence, params),
        "lead_ads": ad_rows(ranked, leads, facts.core),
    }
    progress("rings", 3, 3)
    notes = {
        "groups": len(lead_ids),
        "listed": len(order),
        "flagged": int(flagged[order].sum()),
        "judged": len(judged.rows),
        "points": "fitted to judgements" if is_fitted else "by rarity",
    }
    return StageResult(tables, notes)


def _listed(found: Measured, facts: Facts, urgency: np.ndarray) -> Any:
    signs = [
        speaks
        for one, speaks in zip(found.indicators, found.speaks, strict=True)
        if one.direction == "for" and one.name not in _NO_LEAD_ALONE
    ]
    return np.any(signs, axis=0) & ((facts["ads"] >= 2) | (urgency < 2))


STAGE: Final = Stage(
    name="rings",
    version=5,
    reads=(
        "ads",
        "texts",
        "identifiers",
        "identities",
        "attributions",
        "attribution_links",
        "lead_judgements",
        "hash_matches",
    ),
    writes=("leads", "lead_indicators", "lead_evidence", "lead_ads"),
    section="rings",
    function=rings,
    meaning="leads, ranked by indicators and counter-indicators",
)
