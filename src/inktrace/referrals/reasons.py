"""Reasons of a report's priority: each docstring is the sentence that a reader is shown.

A reason says where it stands, how many points it adds, what was found, and where. The points are
added up. None of them looks at how complete a report is: that is another figure.

References: Grossman et al., "How to fix the online child exploitation reporting system", Stanford
Internet Observatory, 2024 (reports that lack what is needed to act; viral duplicates; triage).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from inktrace.params import ReferralsParams
from inktrace.referrals.joins import DAY_US


@dataclass(frozen=True)
class Found:
    """Where a reason stands, what it adds there, and what was found where; all expressions."""

    stands: Any
    points: Any
    value: Any
    source: Any


Rule = Callable[[ir.Table, ReferralsParams], Found]
RULES: Final[dict[str, Rule]] = {}


def reason_rows(facts: ir.Table, params: ReferralsParams) -> ir.Table:
    """(referral_id, reason, points, what, value, source): a row for each reason that stands."""
    parts = [_rows(facts, name, rule(facts, params)) for name, rule in RULES.items()]
    return ibis.union(*parts).order_by("referral_id", "reason")


def sentence(name: str) -> str:
    """What a reader is shown of a reason, with {value} for what was found."""
    return " ".join((RULES[name].__doc__ or "").split())


def _rows(facts: ir.Table, name: str, found: Found) -> ir.Table:
    value = ibis.literal(found.value) if isinstance(found.value, str) else found.value
    before, _, after = sentence(name).partition("{value}")
    told = ibis.literal(before) + (value + ibis.literal(after) if "{" in sentence(name) else "")
    points = found.points if isinstance(found.points, ir.Value) else ibis.literal(found.points)
    rows = facts.mutate(
        reason=ibis.literal(name),
        points=points.cast("float64"),
        what=told,
        value=value,
        source=ibis.literal(found.source) if isinstance(found.source, str) else found.source,
    )
    picked = rows.filter(found.stands & (ibis._.points != 0))
    return picked.select("referral_id", "reason", "points", "what", "value", "source")


def _rule(function: Rule) -> Rule:
    RULES[function.__name__] = function
    return function


@_rule
def joins_identity(facts: ir.Table, params: ReferralsParams) -> Found:
    """It gives {value}, which stands in the ads of an identity (one poster, as it seems)."""
    value = facts.joined_kind.fill_null("") + " " + facts.joined_value.fill_null("")
    return Found(facts.joined, params.joins_identity, value, _of("identities", facts.identity_id))


@_rule
def live_identity(facts: ir.Table, params: ReferralsParams) -> Found:
    """That poster was posting ads at the time, the latest on {value}."""
    stamp = facts.last_posted_us.fill_null(0) // 1_000_000
    day = stamp.as_timestamp("s").strftime("%Y-%m-%d")
    return Found(
        facts.joined & facts.live, params.live_identity, day, _of("ads", facts.identity_id)
    )


@_rule
def joins_lead(facts: ir.Table, params: ReferralsParams) -> Found:
    """That poster is among the leads, in {value}."""
    stands = facts.joined & facts.lead_id.notnull()
    return Found(stands, params.joins_lead, facts.lead_id, _of("leads", facts.lead_id))


@_rule
def strong_lead(facts: ir.Table, params: ReferralsParams) -> Found:
    """Lead {value} is one of those with the most signs of a ring."""
    stands = facts.joined & facts.strong
    return Found(stands, params.strong_lead, facts.lead_id, _of("leads", facts.lead_id))


@_rule
def under_age_lead(facts: ir.Table, params: ReferralsParams) -> Found:
    """Ads of lead {value} state an age under 18."""
    stands = facts.joined & facts.under_age
    return Found(stands, params.under_age_lead, facts.lead_id, _of("leads", facts.lead_id))


@_rule
def switchboard(facts: ir.Table, params: ReferralsParams) -> Found:
    """It gives a contact that {value} identities share, so that it says little of any."""
    count = facts.carriers.fill_null(0).cast("string")
    return Found(facts.switchboard, params.switchboard, count, _of("identities", facts.identity_id))


@_rule
def switchboard_under_age(facts: ir.Table, params: ReferralsParams) -> Found:
    """One of those who share it is lead {value}, whose ads state an age under 18."""
    stands = facts.switchboard & facts.under_age
    return Found(stands, params.switchboard_under_age, facts.lead_id, _of("leads", facts.lead_id))


@_rule
def under_age_told(facts: ir.Table, params: ReferralsParams) -> Found:
    """It tells of somebody under 18: “{value}”."""
    words = facts.child_words.strip()
    return Found(words != "", params.under_age_told, words, "referrals.text")


@_rule
def known_file(facts: ir.Table, params: ReferralsParams) -> Found:
    """The reporter says that a file with it is one of known abuse."""
    stands = facts.known_abuse.fill_null(False)
    return Found(stands, params.known_file, "yes", "referrals.known_abuse")


@_rule
def independent_reporters(facts: ir.Table, params: ReferralsParams) -> Found:
    """Further reporters who name an identifier of it, each in words of his own: {value}."""
    count = facts.further_reporters
    points = count * params.independent_reporter
    return Found(count > 0, points, count.cast("string"), "referral_identifiers")


@_rule
def happened_lately(facts: ir.Table, params: ReferralsParams) -> Found:
    """What it tells of happened {value} days before it was reported."""
    span = facts.received_us - facts.occurred_us
    lately = (span >= 0) & (span <= int(params.lately_days * DAY_US))
    days = (span // DAY_US).cast("string").fill_null("")
    return Found(lately.fill_null(False), params.happened_lately, days, "referrals.occurred_us")


@_rule
def incident_type(facts: ir.Table, params: ReferralsParams) -> Found:
    """The reporter calls it “{value}”, a type in which somebody was or may be harmed."""
    points = ibis.ifelse(facts.severe, params.severe_type, params.grave_type)
    value = facts.incident_type.fill_null("")
    return Found(facts.severe | facts.grave, points, value, "referrals.incident_type")


@_rule
def reads_like_spam(facts: ir.Table, params: ReferralsParams) -> Found:
    """It reads like spam: “{value}”."""
    words = facts.spam_words
    value = ibis.ifelse(words != "", words, facts.incident_type.fill_null(""))
    return Found((words != "") | facts.spam_type, params.spam, value, "referrals.text")


@_rule
def viral_duplicate(facts: ir.Table, params: ReferralsParams) -> Found:
    """{value} reporters sent in the same words or files, and it joins nobody."""
    stands = facts.viral & ~facts.joined
    value = facts.reporters.cast("string")
    return Found(stands, params.viral_duplicate, value, _of("group", facts.group_id))


@_rule
def joins_nobody(facts: ir.Table, params: ReferralsParams) -> Found:
    """Nothing in it joins an identity of this workspace."""
    stands = facts.identity_id.isnull()
    return Found(stands, params.joins_nobody, "nobody", "referral_identifiers")


def _of(table: str, key: ir.Value) -> ir.Value:
    return ibis.literal(f"{table} ") + key
