"""Whom a report joins: identities whose ads carry an identifier that it gives.

Here and nowhere else a report meets identities and leads.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.params import ReferralsParams
from inktrace.schema import SHOWN_ONLY
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND


def best_joins(relations: Relations, params: ReferralsParams) -> ir.Table:
    """Of each report that joins anybody, the identity that it joins best.

    Columns: referral_id, identity_id, unit (lead, identity, or
    shared contact: 'C-' + 10 hex), lead_id, under_age, strong, last_posted_us,
    live, hub, carriers (how many units carry the identifier), joined_kind, joined_value. An
    identifier of few comes before one of many (`hub`), a lead with an under-age indicator before
    other leads, a live identity before others.
    """
    people = _people(relations, params)
    held = _carriers(relations, people)
    spread = held.group_by("kind", "value").aggregate(carriers=held.unit.nunique())
    given = relations["referral_identifiers"].select("referral_id", "kind", "value")
    met = given.join(held, ["kind", "value"]).join(spread, ["kind", "value"])
    met = met.join(people.drop("unit"), "identity_id")
    met = met.join(relations["referrals"].select("referral_id", "received_us"), "referral_id")
    near = met.received_us - int(params.live_days * DAY_US)
    judged = met.mutate(hub=met.carriers >= params.hub_authors, live=met.last_posted_us >= near)
    best_first = [
        judged.hub.asc(),
        judged.under_age.desc(),
        judged.strong.desc(),
        judged.lead_id.notnull().desc(),
        judged.live.desc(),
        judged.last_posted_us.desc(),
        judged.identity_id.asc(),
        judged.kind.asc(),
        judged.value.asc(),
    ]
    place = ibis.row_number().over(ibis.window(group_by="referral_id", order_by=best_first))
    first = judged.mutate(place=place).filter(ibis._.place == 0)
    # All who name one shared contact speak of that contact, not of the identity it happens to fit.
    shared = ibis.literal("C-") + (first.kind + " " + first.value).hexdigest("sha256")[:10]
    return first.select(
        "referral_id",
        "identity_id",
        "lead_id",
        "under_age",
        "strong",
        "last_posted_us",
        "live",
        "hub",
        "carriers",
        unit=ibis.ifelse(first.hub, shared, first.unit),
        joined_kind=first.kind,
        joined_value=first.value,
    )


def _people(relations: Relations, params: ReferralsParams) -> ir.Table:
    """(identity_id, unit, lead_id, under_age, strong, last_posted_us): one row per identity."""
    held = relations["identities"].select("ad_id", "identity_id")
    ads = relations["ads"].select("ad_id", "posted_us").join(held, "ad_id")
    last = ads.group_by("identity_id").aggregate(last_posted_us=ads.posted_us.max())
    leads = relations["leads"]
    ranked = leads.select(
        "lead_id",
        under_age=leads.under_age_indicator,
        strong=leads["rank"] <= leads.lead_id.count().over() * params.strong_lead_share,
    )
    listed = relations["lead_ads"].select("ad_id", "lead_id").join(held, "ad_id")
    members = listed.select("lead_id", "identity_id").distinct().join(ranked, "lead_id")
    whole = last.left_join(members, "identity_id").drop("identity_id_right")
    return whole.mutate(
        unit=ibis.coalesce(whole.lead_id, whole.identity_id),
        under_age=whole.under_age.fill_null(False),
        strong=whole.strong.fill_null(False),
    )


def _carriers(relations: Relations, people: ir.Table) -> ir.Table:
    """(kind, value, identity_id, unit): who carries which identifier that ties ads together."""
    found = relations["identifiers"]
    tying = found.filter(found.kind.notin(SHOWN_ONLY)).select("ad_id", "kind", "value")
    held = tying.join(relations["identities"].select("ad_id", "identity_id"), "ad_id")
    named = held.join(people.select("identity_id", "unit"), "identity_id")
    return named.select("kind", "value", "identity_id", "unit").distinct()
