"""What is counted of each group of ads: one row per group, one column per count.

Beside the counts stand the rows that carry them: ad and words, by topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.rings.contacts import contact_facts
from inktrace.rings.cores import core_ads
from inktrace.rings.lexicon import WORDING
from inktrace.rings.readings import said_in
from inktrace.rings.sharing import photo_rows, photos, templates
from inktrace.rings.stays import Stays, impossible_returns, short_stays, stays_of, trip_words
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

_DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
_HOUR_US: Final = 3_600 * MICROSECONDS_PER_SECOND
_EVIDENCE: Final = ("lead_id", "topic", "ad_id", "words")
# Counted in all ads: what must not be missed, and what speaks against. The rest is of the core.
OF_ALL_ADS: Final = (
    "young_stated",
    "young_implied",
    "young_code",
    "touring",
    "agency",
    "directory",
)


@dataclass(frozen=True)
class GroupFacts:
    """Counts per lead in order of lead_id (unknown = 0), and the rows that carry them.

    `evidence` holds (lead_id, topic, ad_id, words), each wording of a topic once, with the first
    ad that has it.
    """

    counts: pa.Table
    evidence: pa.Table
    core: pa.Table  # ad_id of the ads that contacts, photos or payments tie, see `cores.py`


def group_facts(
    relations: Relations, leads: pa.Table, wallets: pa.Table, params: RingsParams
) -> GroupFacts:
    """All counts of all groups.

    `leads` holds (ad_id, author_id, lead_id); `wallets` holds (lead_id, wallet_id, is_service).
    """
    ads = relations["ads"].join(ibis.memtable(leads), "ad_id")
    columns = ("ad_id", "lead_id", "text", "posted_us", "city", "lat", "lon")
    texts = relations.collect(ads.select(*columns).order_by("ad_id"))
    said_rows = said_in(texts.select(["ad_id", "lead_id", "text"]), params)
    is_young = pc.is_in(said_rows["topic"], pa.array(["young_stated", "young_implied"]))
    young = said_rows["ad_id"].filter(is_young).combine_chunks()
    photo = photo_rows(ads)
    core = core_ads(relations, ads, photo, young, params)
    tied = ads.semi_join(ibis.memtable(core), "ad_id")
    in_core = pc.is_in(texts["ad_id"], core["ad_id"].combine_chunks())
    trips, trip_rows = _trips(texts.filter(in_core), said_rows, params)
    said = ibis.memtable(said_rows)
    tied_said = said.semi_join(tied, "ad_id")
    contacts, contact_rows = contact_facts(relations, ads, tied, tied_said, params)
    parts = [
        _sizes(ads),
        _core_sizes(tied),
        _people(tied_said, params),
        _wording(said, OF_ALL_ADS),
        _wording(tied_said, tuple(mark for mark in WORDING if mark not in OF_ALL_ADS)),
        _prices(said, ads),
        *templates(relations, ads, tied_said, params),
        photos(photo, photo_rows(tied)),
        *contacts,
        ibis.memtable(trips),
        _paid(ibis.memtable(wallets)),
        _known_pictures(relations, ads),
    ]
    facts = parts[0]
    for part in parts[1:]:
        facts = facts.left_join(part, "lead_id").drop("lead_id_right")
    counts = [name for name in facts.columns if name != "lead_id"]
    filled = facts.mutate(**{name: facts[name].fill_null(0) for name in counts})
    carried = [
        tied_said.filter(tied_said.topic.notin([*OF_ALL_ADS, "price"])),
        said.filter(said.topic.isin(OF_ALL_ADS)),
        tied.filter(tied.city.notnull()).mutate(topic=ibis.literal("city"), words=tied.city),
        ads.mutate(topic=ibis.literal("site"), words=ads.site),
        photo.mutate(topic=ibis.literal("photo"), words=photo.photo),
        contact_rows,
        ibis.memtable(trip_rows),
    ]
    rows = ibis.union(*(one.select(*_EVIDENCE) for one in carried))
    first = rows.group_by("lead_id", "topic", "words").aggregate(ad_id=rows.ad_id.min())
    return GroupFacts(
        relations.collect(filled.order_by("lead_id")),
        relations.collect(first.select(*_EVIDENCE).order_by("lead_id", "topic", "ad_id", "words")),
        core,
    )


def _known_pictures(relations: Relations, ads: ir.Table) -> ir.Table:
    """Ads with a picture near one of a known-abuse list; quarantined matches do not count."""
    matches = relations["hash_matches"]
    matched = matches.filter(matches.escalated).select("ad_id").distinct()
    held = ads.select("ad_id", "lead_id").join(matched, "ad_id")
    return held.group_by("lead_id").aggregate(known_abuse_ads=held.count())


def _sizes(ads: ir.Table) -> ir.Table:
    hour = (ads.posted_us // _HOUR_US) % 24
    days = (ads.posted_us.max() - ads.posted_us.min()) / _DAY_US
    return ads.group_by("lead_id").aggregate(
        ads=ads.count(),
        authors=ads.author_id.nunique(),
        sites=ads.site.nunique(),
        hours=hour.nunique(),
        first_us=ads.posted_us.min(),
        last_us=ads.posted_us.max(),
        # A day is the least span over which a rate is told.
        ads_per_day=ads.count() / ibis.greatest(days, 1.0),
    )


def _core_sizes(tied: ir.Table) -> ir.Table:
    place = ibis.coalesce(tied.city, tied.region)
    return tied.group_by("lead_id").aggregate(
        core_ads=tied.count(),
        places=place.lower().nunique(),
        categories=tied.category.nunique(),
    )


def _people(said: ir.Table, params: RingsParams) -> ir.Table:
    """Names and ages, and ads that name several people."""
    named = said.filter(said.topic.isin(["name", "age"]))
    by_words = named.group_by("lead_id", "topic", "words").aggregate(n=named.ad_id.nunique())
    whole = named.group_by("lead_id", "topic").aggregate(of=named.ad_id.nunique())
    joined = by_words.join(whole, ["lead_id", "topic"])
    # What stands in very few of many ads is more likely misread than a person.
    steady = joined.filter(joined.n >= params.least_name_share * joined.of)
    people = steady.group_by("lead_id").aggregate(
        names=steady.words.nunique(where=steady.topic == "name"),
        ages=steady.words.nunique(where=steady.topic == "age"),
    )
    per_ad = said.filter(said.topic == "name").group_by("lead_id", "ad_id")
    several = per_ad.aggregate(n=said.words.nunique())
    crowded = several.group_by("lead_id").aggregate(
        several_named_ads=several.count(where=several.n >= 2)
    )
    both = people.outer_join(crowded, "lead_id")
    return both.mutate(lead_id=ibis.coalesce(both.lead_id, both.lead_id_right)).drop(
        "lead_id_right"
    )


def _wording(said: ir.Table, topics: Sequence[str]) -> ir.Table:
    """Ads with each mark."""
    counts = {f"{topic}_ads": said.ad_id.nunique(where=said.topic == topic) for topic in topics}
    return said.group_by("lead_id").aggregate(**counts)


def _prices(said: ir.Table, ads: ir.Table) -> ir.Table:
    """How far the price named lies from what others name in the same section and currency."""
    told = said.filter(said.topic == "price").join(ads.select("ad_id", "category"), "ad_id")
    by_ad = told.group_by("lead_id", "ad_id", "category", "words").aggregate(
        amount=told.amount.median()
    )
    usual = by_ad.group_by("category", "words").aggregate(
        usual=by_ad.amount.median(), leads=by_ad.lead_id.nunique()
    )
    # Fewer than ten others give no usual price.
    known = by_ad.join(usual.filter(usual.leads >= 10), ["category", "words"])
    ratio = known.amount / ibis.greatest(known.usual, 1.0)
    by_lead = known.mutate(ratio=ratio).group_by("lead_id")
    middle = by_lead.aggregate(ratio=lambda t: t.ratio.median(), priced_ads=lambda t: t.count())
    enough = middle.priced_ads >= 3
    return middle.select(
        "lead_id",
        times_cheaper=ibis.ifelse(enough, 1 / ibis.greatest(middle.ratio, 0.01), 0.0),
        times_dearer=ibis.ifelse(enough, middle.ratio, 0.0),
    )


def _trips(texts: pa.Table, said: pa.Table, params: RingsParams) -> tuple[pa.Table, pa.Table]:
    """Per lead: moves, short stays, impossible returns of all ads and of one name's; with rows."""
    encoded = texts["lead_id"].combine_chunks().dictionary_encode()
    lead_ids = encoded.dictionary
    lead = encoded.indices.to_numpy().astype(np.int64)
    everyone = stays_of(lead, texts, np.arange(len(lead)))
    of_people = pc.equal(said["topic"], "name")
    here = pc.is_in(said["ad_id"], texts["ad_id"].combine_chunks())
    names = said.filter(pc.and_(of_people, here))
    rows = pc.index_in(names["ad_id"], texts["ad_id"].combine_chunks()).to_numpy()
    coded = names["words"].combine_chunks().dictionary_encode()
    name = coded.indices.to_numpy().astype(np.int64)
    base = max(len(coded.dictionary), 1)
    named = stays_of(lead[rows] * base + name, texts, rows.astype(np.int64))
    followed = np.append(everyone.group[1:] == everyone.group[:-1], False)
    gap = np.append(everyone.first_us[1:], 0) - everyone.last_us
    moves = np.flatnonzero(followed & (gap <= 2 * _DAY_US))
    found = {
        "moves": (everyone, moves, 1),
        "short_stays": (everyone, short_stays(everyone, params), 1),
        "impossible_returns": (everyone, impossible_returns(everyone, params, False), 1),
        "one_name_returns": (named, impossible_returns(named, params, True), base),
    }
    size = len(lead_ids)
    counts = {
        topic: np.bincount(stays.group[places] // per, minlength=size)
        for topic, (stays, places, per) in found.items()
    }
    evidence = [
        _trip_rows(topic, stays, places, stays.group[places] // per, lead_ids, texts)
        for topic, (stays, places, per) in found.items()
        if topic.endswith("returns")
    ]
    table = pa.table({"lead_id": lead_ids, **{n: pa.array(c) for n, c in counts.items()}})
    return table, pa.concat_tables(evidence)


def _trip_rows(
    topic: str,
    stays: Stays,
    places: np.ndarray,
    lead: np.ndarray,
    lead_ids: pa.Array,
    texts: pa.Table,
) -> pa.Table:
    return pa.table(
        {
            "lead_id": lead_ids.take(pa.array(lead)),
            "topic": pa.array([topic] * len(places), pa.string()),
            "ad_id": texts["ad_id"].combine_chunks().take(pa.array(stays.ad[places])),
            "words": pa.array(trip_words(stays, places), pa.string()),
        }
    )


def _paid(wallets: ir.Table) -> ir.Table:
    """Wallets of each lead, and other leads that one of its private wallets pays for as well."""
    private = wallets.filter(~wallets.is_service)
    users = private.group_by("wallet_id").aggregate(leads=private.lead_id.nunique())
    shared = private.join(users, "wallet_id").group_by("lead_id")
    others = shared.aggregate(shared_wallet_leads=lambda t: t.leads.max() - 1)
    held = wallets.group_by("lead_id").aggregate(
        private_wallets=wallets.wallet_id.nunique(where=~wallets.is_service),
        services=wallets.wallet_id.nunique(where=wallets.is_service),
    )
    return held.left_join(others, "lead_id").drop("lead_id_right")
