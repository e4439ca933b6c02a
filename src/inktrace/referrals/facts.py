"""What is known of each report before it is ranked: one row each, one column per fact."""

from __future__ import annotations

import re
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import ReferralsParams
from inktrace.referrals.groups import report_groups
from inktrace.referrals.joins import best_joins
from inktrace.units import MICROSECONDS_PER_SECOND

# A report tells of others, an ad of the one who posts it: so these are not an ad's patterns.
_YEARS: Final = r"(?:years?|yrs?)"
_CHILD_AGE: Final = r"(?:[2-9]|1[0-7])"
UNDER_AGE: Final = (
    rf"(?i)\b{_CHILD_AGE}[ -]?(?:{_YEARS}[ -]olds?|yo|y/o|y\.o\.?|anyos|taong gulang)\b"
    rf"|\b(?:aged?|edad|turning|just|only) {_CHILD_AGE}\b(?:$|[^0-9.:,%]|[.,](?:\s|$))"
    r"|\b(?:under[ -]?age|a minor|minors|menor de edad|menor)\b"
    rf"|\b(?:she|he|girl|boy) (?:is|was) {_CHILD_AGE}\b(?:$|[^0-9.:,%]|[.,](?:\s|$))"
)
_SPAM: Final = (
    r"(?i)\b(?:unsubscribe|click here|limited offer|special offer|seo services|casino|"
    r"quick loan|loan approval|crypto giveaway|you have won|lottery)\b"
)
_PERSONAL: Final = ("email", "phone", "number", "handle", "payment_handle", "url")
_HASHES: Final = ("md5", "sha1", "sha256", "pdq")
_NO_TYING: Final = ("ip", "url", *_HASHES)
FIELDS_ASKED: Final = 8


def report_facts(relations: Relations, params: ReferralsParams) -> pa.Table:
    """One row per report, in order of referral_id; see `reasons` for what the columns mean."""
    groups = ibis.memtable(report_groups(relations, params))
    joins = ibis.memtable(relations.collect(best_joins(relations, params)))
    held = _held(relations)
    agreed = _agreement(relations, groups, params)
    words = relations["referral_texts"].select("referral_id", "words")
    facts = relations["referrals"].drop("file_id", "row", "refers_to", "country", "attachments")
    for part in (groups, words, held, joins, agreed):
        facts = facts.left_join(part, "referral_id").drop("referral_id_right")
    text = facts.text.fill_null("")
    kind = facts.incident_type.fill_null("").lower()
    joined = facts.identity_id.notnull() & ~facts.hub.fill_null(False)
    facts = facts.mutate(
        joined=joined,
        switchboard=facts.identity_id.notnull() & facts.hub.fill_null(False),
        live=facts.live.fill_null(False),
        under_age=facts.under_age.fill_null(False),
        strong=facts.strong.fill_null(False),
        viral=facts.reporters >= params.viral_reporters,
        further_reporters=ibis.least(facts.agreeing.fill_null(1) - 1, params.most_reporters),
        child_words=text.re_extract(UNDER_AGE, 0),
        spam_words=text.re_extract(_SPAM, 0),
        severe=kind.re_search(_words(params.severe_words)),
        grave=kind.re_search(_words(params.grave_words)),
        spam_type=kind.re_search(_words(params.spam_words)),
        completeness=_completeness(facts),
        item_id=ibis.coalesce(facts.unit, facts.group_id),
        month=(facts.received_us // MICROSECONDS_PER_SECOND).as_timestamp("s").strftime("%Y-%m"),
    )
    return relations.collect(facts.drop("text").order_by("referral_id"))


def _words(words: str) -> str:
    """A pattern for any of the words, at a word's beginning; one that nothing fits for none."""
    chosen = "|".join(re.escape(word.lower()) for word in words.split())
    return rf"(?:^|[^a-z])(?:{chosen})" if chosen else r"[^\s\S]"


def _held(relations: Relations) -> ir.Table:
    """Whether a report has identifiers of a person, addresses on the network, and hashes."""
    found = relations["referral_identifiers"]
    return found.group_by("referral_id").aggregate(
        has_person=found.kind.isin(_PERSONAL).any(),
        has_network=found.kind.isin(("ip", "url")).any(),
        has_hash=found.kind.isin(_HASHES).any(),
    )


def _completeness(facts: ir.Table) -> ir.FloatingValue:
    """Share of what a form asks for that is there: who, when, what kind, words, and four more."""
    there = [
        facts.reporter.notnull(),
        facts.incident_type.notnull(),
        facts.occurred_us.notnull(),
        facts.words.fill_null(0) >= 12,
        facts.known_abuse.notnull(),
        facts.has_person.fill_null(False),
        facts.has_network.fill_null(False),
        facts.has_hash.fill_null(False),
    ]
    total = sum((one.cast("int64") for one in there[1:]), there[0].cast("int64"))
    return total / float(FIELDS_ASKED)


def _agreement(relations: Relations, groups: ir.Table, params: ReferralsParams) -> ir.Table:
    """(referral_id, agreeing): reporters who name one identifier of it, each in his own words.

    Copies of one report are one voice, and so are the reports of one reporter. What stands in
    very many reports is the reporters' own address, and no agreement.
    """
    found = relations["referral_identifiers"]
    tying = found.filter(found.kind.notin(_NO_TYING)).select("referral_id", "kind", "value")
    reporters = relations["referrals"].select("referral_id", "reporter")
    told = tying.join(reporters, "referral_id").join(
        groups.select("referral_id", "group_id"), "referral_id"
    )
    spread = told.group_by("kind", "value").aggregate(
        reports=told.referral_id.nunique(),
        agreeing=ibis.least(told.group_id.nunique(), told.reporter.nunique()),
    )
    kept = spread.filter(spread.reports < params.common_reports)
    met = told.join(kept, ["kind", "value"])
    return met.group_by("referral_id").aggregate(agreeing=met.agreeing.max())
