"""What is counted of each group of authors: one row per group, one column per count."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.rings.people import people_in
from inktrace.schema import SHOWN_ONLY
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

_DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
_HOUR_US: Final = 3_600 * MICROSECONDS_PER_SECOND
# Wording of somebody who offers others rather than himself.
_PLURAL: Final = (
    r"(?i)\b(our (girls|ladies|cleaners|helpers|staff|team|workers|tutors)|"
    r"(new|more|other) (girls|ladies|helpers|cleaners|faces)|choose from|"
    r"available: ?[a-z]+, [a-z]+|mga (babae|tao|kasambahay) namin)\b"
)
_UNKNOWN_AGE: Final = 99


def group_facts(
    relations: Relations, leads: pa.Table, wallets: pa.Table, params: RingsParams
) -> pa.Table:
    """Counts per lead, in order of lead_id; unknown counts are 0.

    `leads` holds (author_id, lead_id); `wallets` holds (lead_id, wallet_id, is_service).
    """
    authors = relations["authors"].select("ad_id", "author_id")
    ads = relations["ads"].join(authors, "ad_id").join(ibis.memtable(leads), "author_id")
    texts = relations.collect(ads.select("ad_id", "lead_id", "text").order_by("ad_id"))
    names, ages = _people(texts)
    parts = [
        _sizes(ads),
        _people_counts(ibis.memtable(names), ibis.memtable(ages), relations),
        _contacts(relations, ads, params),
        _moves(ads),
        _paid(ibis.memtable(wallets)),
        _known_pictures(relations, ads),
    ]
    facts = parts[0]
    for part in parts[1:]:
        facts = facts.left_join(part, "lead_id").drop("lead_id_right")
    counts = [name for name in facts.columns if name != "lead_id"]
    filled = facts.mutate(**{name: facts[name].fill_null(0) for name in counts})
    return relations.collect(filled.order_by("lead_id"))


def _people(texts: pa.Table) -> tuple[pa.Table, pa.Table]:
    """(lead_id, ad_id, name) rows, and (lead_id, ad_id, age) rows of ages under 18."""
    found = [people_in(text) for text in texts["text"].to_pylist()]
    leads, ads = texts["lead_id"].to_pylist(), texts["ad_id"].to_pylist()
    named = [
        (lead, ad, name)
        for lead, ad, people in zip(leads, ads, found, strict=True)
        for name in sorted(people.names)
    ]
    aged = [
        (lead, ad, people.youngest)
        for lead, ad, people in zip(leads, ads, found, strict=True)
        if people.youngest is not None
    ]
    return _table(named, "name", pa.string()), _table(aged, "age", pa.int64())


def _table(
    rows: list[tuple[str, str, str]] | list[tuple[str, str, int]], last: str, kind: pa.DataType
) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.string(), pa.string(), kind)
    arrays = [pa.array(column, dtype) for column, dtype in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=["lead_id", "ad_id", last])


def _sizes(ads: ir.Table) -> ir.Table:
    hour = (ads.posted_us // _HOUR_US) % 24
    place = ibis.coalesce(ads.city, ads.region)
    days = (ads.posted_us.max() - ads.posted_us.min()) / _DAY_US
    return ads.group_by("lead_id").aggregate(
        ads=ads.count(),
        authors=ads.author_id.nunique(),
        sites=ads.site.nunique(),
        places=place.lower().nunique(),
        images=ads.image_hashes.nunique(),
        hours=hour.nunique(),
        plural_ads=ads.count(where=ads.text.re_search(_PLURAL)),
        first_us=ads.posted_us.min(),
        last_us=ads.posted_us.max(),
        # A day is the least span over which a rate is told.
        ads_per_day=ads.count() / ibis.greatest(days, 1.0),
    )


def _people_counts(names: ir.Table, ages: ir.Table, relations: Relations) -> ir.Table:
    people = names.group_by("lead_id").aggregate(names=names.name.nunique())
    grouped = names.join(relations["texts"].select("ad_id", "text_group_id"), "ad_id")
    by_text = grouped.group_by("lead_id", "text_group_id").aggregate(n=grouped.name.nunique())
    shared = by_text.group_by("lead_id").aggregate(most_names_one_text=by_text.n.max())
    young = ages.group_by("lead_id").aggregate(under_age_ads=ages.count(), youngest=ages.age.min())
    both = people.left_join(shared, "lead_id").drop("lead_id_right")
    whole = both.outer_join(young, "lead_id")
    return whole.mutate(lead_id=ibis.coalesce(whole.lead_id, whole.lead_id_right)).drop(
        "lead_id_right"
    )


def _contacts(relations: Relations, ads: ir.Table, params: RingsParams) -> ir.Table:
    """Phones of the group, and ads that carry an identifier which many authors carry."""
    found = relations["identifiers"]
    tying = found.filter(found.kind.notin(SHOWN_ONLY))
    held = tying.join(ads.select("ad_id", "lead_id", "author_id"), "ad_id")
    spread = held.group_by("kind", "value").aggregate(carriers=held.author_id.nunique())
    marked = held.join(spread, ["kind", "value"])
    return marked.group_by("lead_id").aggregate(
        phones=marked.value.nunique(where=marked.kind == "phone"),
        hub_ads=marked.ad_id.nunique(where=marked.carriers >= params.hub_authors),
    )


def _known_pictures(relations: Relations, ads: ir.Table) -> ir.Table:
    """Ads with a picture near one of a known-abuse list; quarantined matches do not count."""
    matches = relations["hash_matches"]
    matched = matches.filter(matches.escalated).select("ad_id").distinct()
    held = ads.select("ad_id", "lead_id").join(matched, "ad_id")
    return held.group_by("lead_id").aggregate(known_abuse_ads=held.count())


def _moves(ads: ir.Table) -> ir.Table:
    """How often the next ad, within two days, was for another city."""
    in_time = ibis.window(group_by="lead_id", order_by=["posted_us", "ad_id"])
    before = ads.mutate(
        city_before=ads.city.lag().over(in_time), us_before=ads.posted_us.lag().over(in_time)
    )
    moved = (before.city_before != before.city) & (
        before.posted_us - before.us_before <= 2 * _DAY_US
    )
    return before.group_by("lead_id").aggregate(moves=before.count(where=moved))


def _paid(wallets: ir.Table) -> ir.Table:
    return wallets.group_by("lead_id").aggregate(
        private_wallets=wallets.wallet_id.nunique(where=~wallets.is_service),
        services=wallets.wallet_id.nunique(where=wallets.is_service),
    )
