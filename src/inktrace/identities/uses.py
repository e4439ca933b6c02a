"""Which values each ad, part and author uses, and which values are hubs. Set-wise, as expressions.

A value is a contact, a picture's hash, a text, a wallet or a place. All of it runs where the tables
are: on the embedded engine or on Spark.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.schema import SHOWN_ONLY
from inktrace.units import MICROSECONDS_PER_SECOND

_HOUR_US: Final = 3_600 * MICROSECONDS_PER_SECOND
_LIKELY: Final = 0.5
PLACE: Final = "place"
# Kinds whose values everybody shares: they are weighed by how common they are, and no hubs.
_NO_HUBS: Final = (PLACE,)
IDENTIFIERS: Final = (
    "phone", "handle", "email", "url", "bitcoin_address", "tron_address", "ethereum_address",
    "payment_handle",
)  # fmt: skip


def ad_uses(relations: Relations, link_q_value: float) -> ir.Table:
    """(ad_id, kind, value): everything that an ad shows and that may tell whose it is.

    Kinds: those of identifiers (but not those that strangers share), image, text (its template),
    place, and wallet (paid for it, named at `link_q_value`).
    """
    ads, found, texts = relations["ads"], relations["identifiers"], relations["texts"]
    contacts = found.filter(found.kind.notin(SHOWN_ONLY))
    images = _pictures(relations)
    templates = texts.filter(texts.characters > 0)
    return ibis.union(
        _uses(contacts, contacts.kind, contacts.value),
        _uses(images, ibis.literal("image"), images.value),
        _uses(templates, ibis.literal("text"), templates.text_group_id),
        _uses(ads, ibis.literal(PLACE), ibis.coalesce(ads.city, ads.region).lower()),
        _paid(relations, link_q_value),
    ).distinct()


def _pictures(relations: Relations) -> ir.Table:
    """(ad_id, value): pictures by hash. Of near-equal hashes of several authors, the least.

    What stage `images` holds for no evidence (blank or flooding pictures) is left out.
    """
    ads, told = relations["ads"], relations["image_hashes"]
    given = ads.filter(ads.image_hashes.notnull())
    shown = given.select("ad_id", hash=given.image_hashes.split(" ").unnest())
    shown = shown.anti_join(told.filter(told.quarantine.notnull()), "hash")
    pairs = relations["shared_images"]
    near = ibis.union(
        pairs.select(hash=pairs.hash_a.nullif(""), other=pairs.hash_b.nullif("")),
        pairs.select(hash=pairs.hash_b.nullif(""), other=pairs.hash_a.nullif("")),
    )
    once = near.group_by("hash").aggregate(least=ibis.least(near.hash, near.other).min())
    # Once more, for a picture that is near the least one's neighbour and not near itself.
    seen = near.join(once.select(other="hash", beyond="least"), "other")
    twice = seen.group_by("hash").aggregate(beyond=seen.beyond.min())
    named = once.join(twice, "hash")
    groups = named.select("hash", group=ibis.least(named.least, named.beyond))
    whole = shown.left_join(groups, "hash")
    return whole.select("ad_id", value=ibis.coalesce(whole.group, whole.hash))


def _uses(table: ir.Table, kind: ir.StringValue, value: ir.StringValue) -> ir.Table:
    """Rows that have a value. An empty one is none, which also makes all columns of one type."""
    told = table.select(ad_id=table.ad_id.nullif(""), kind=kind.nullif(""), value=value.nullif(""))
    return told.filter(told.value.notnull())


def _paid(relations: Relations, q_value: float) -> ir.Table:
    """Ads that a private wallet, named for their author, likely paid for."""
    named = relations["attributions"]
    named = named.filter(
        (named.method == "inktrace") & (named.q_value <= q_value) & ~named.is_service
    ).select("author_id", "wallet_id")
    links = relations["attribution_links"]
    links = links.filter((links.method == "inktrace") & (links.posterior_probability >= _LIKELY))
    paid = links.join(named, ["author_id", "wallet_id"])
    return _uses(paid, ibis.literal("wallet"), paid.wallet_id.cast("string"))


def spread(uses: ir.Table, authors: ir.Table, splinter_share: float) -> ir.Table:
    """(kind, value, authors, ads, strangers): how many use each value.

    `authors` holds (ad_id, author_id). `strangers` is how many people that may be: authors with a
    contact of their own count as one, those without as `splinter_share`, because they may be
    splinters of the others.
    """
    used = uses.join(authors, "ad_id")
    with_contact = used.filter(used.kind.isin(IDENTIFIERS)).select("author_id").distinct()
    named = with_contact.mutate(named=ibis.literal(1))
    by_author = used.group_by("kind", "value", "author_id").aggregate(ads=used.ad_id.nunique())
    marked = by_author.left_join(named, "author_id").drop("author_id_right")
    counted = marked.group_by("kind", "value").aggregate(
        authors=marked.count(), ads=marked.ads.sum(), named=marked.named.count()
    )
    # Whole numbers are added up, so that the order of adding changes no digit.
    strangers = counted.named + splinter_share * (counted.authors - counted.named)
    return counted.mutate(strangers=strangers.round(6)).drop("named")


def hubs(spreads: ir.Table, hub_authors: int) -> ir.Table:
    """The values that join strangers: agencies' numbers, spammers' texts, stock pictures."""
    return spreads.filter(spreads.kind.notin(_NO_HUBS) & (spreads.strangers >= hub_authors))


def ties(uses: ir.Table, hub_values: ir.Table) -> ir.Table:
    """(ad_id, tie): the contacts of each ad that are no hubs; of an ad without one, its text."""
    own = uses.anti_join(hub_values, ["kind", "value"])
    contacts = own.filter(own.kind.isin(IDENTIFIERS))
    texts = uses.filter(uses.kind == "text").anti_join(contacts, "ad_id")
    both = ibis.union(contacts, texts)
    return both.select("ad_id", tie=both.kind + ":" + both.value)


def part_uses(uses: ir.Table, hub_values: ir.Table, parts: ir.Table, ads: ir.Table) -> ir.Table:
    """(kind, value, part, uses) of values that are no hubs; `parts` holds (ad_id, part).

    A use is an hour in which an ad showed the value: ads posted in one go are one fact.
    """
    own = uses.anti_join(hub_values, ["kind", "value"])
    hour = ads.select("ad_id", hour=ads.posted_us // _HOUR_US)
    joined = own.join(parts, "ad_id").join(hour, "ad_id")
    return joined.group_by("kind", "value", "part").aggregate(uses=joined.hour.nunique())


def value_pairs(used: ir.Table) -> ir.Table:
    """(part_a, part_b) worth looking at because they use one value: part_a < part_b.

    Each part is paired with the value's busiest part and with the next one, not with all: a
    value that a thousand parts use would make half a million pairs.
    """
    tied = used.filter(used.kind != PLACE)
    by_use = ibis.window(group_by=["kind", "value"], order_by=[ibis.desc("uses"), "part"])
    by_part = ibis.window(group_by=["kind", "value"], order_by=["part"])
    beside = tied.mutate(
        busiest=tied.part.first().over(by_use), before=tied.part.lag().over(by_part)
    )
    return ibis.union(_pairs(beside, "busiest"), _pairs(beside, "before")).distinct()


def author_part_pairs(parts: ir.Table) -> ir.Table:
    """(part_a, part_b) of one author: each with the largest; `parts`: (part, author, ads)."""
    by_size = ibis.window(group_by="author", order_by=[ibis.desc("ads"), "part"])
    by_part = ibis.window(group_by="author", order_by=["part"])
    beside = parts.mutate(
        largest=parts.part.first().over(by_size), before=parts.part.lag().over(by_part)
    )
    return ibis.union(_pairs(beside, "largest"), _pairs(beside, "before")).distinct()


def style_pairs(scored: ir.Table, parts: ir.Table) -> ir.Table:
    """(part_a, part_b, same_template, pairs, lr_millionths) of compared ads: part_a < part_b.

    Evidence is added up in whole millionths of log10, so that the order of adding changes no digit.
    """
    first = parts.rename(ad_id_a="ad_id", one="part")
    second = parts.rename(ad_id_b="ad_id", other="part")
    both = scored.join(first, "ad_id_a").join(second, "ad_id_b")
    both = both.filter(both.one != both.other).mutate(
        part_a=ibis.least(both.one, both.other), part_b=ibis.greatest(both.one, both.other)
    )
    return both.group_by("part_a", "part_b", "same_template").aggregate(
        pairs=both.count(), lr_millionths=(both.log10_lr * 1_000_000).round().cast("int64").sum()
    )


def _pairs(beside: ir.Table, column: str) -> ir.Table:
    known = beside.filter(beside[column].notnull() & (beside[column] != beside.part))
    return known.select(
        part_a=ibis.least(known.part, known[column]),
        part_b=ibis.greatest(known.part, known[column]),
    )
