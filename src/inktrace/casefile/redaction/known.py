"""What the original texts of a lead tell of people: gathered to be found and replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import ibis
import pyarrow as pa

from inktrace.casefile.redaction.kinds import Kind
from inktrace.engine import Relations
from inktrace.rings.people import people_to_hide
from inktrace.rings.registry import REGISTRY

# Topics of evidence rows and what kind of content their words are; any other is quoted wording.
TOPICS: Final[Mapping[str, Kind]] = {
    "name": Kind.PERSON,
    "age": Kind.AGE,
    "photo": Kind.PHOTO,
    "phone": Kind.CONTACT,
    "hidden_phone": Kind.CONTACT,
    "city": Kind.CITY,
    "one_name_returns": Kind.CITY,
    "impossible_returns": Kind.CITY,
    "site": Kind.SITE,
}


@dataclass(frozen=True)
class Known:
    """Names (small letters), the ages stated in each ad, and contacts as (kind, value).

    Never part of what is written: it is what must not be.
    """

    names: frozenset[str] = frozenset()
    ages: Mapping[str, frozenset[int]] = field(default_factory=dict)
    contacts: frozenset[tuple[str, str]] = frozenset()


NOTHING_KNOWN: Final = Known()


def topic_kind(indicator: str) -> Kind:
    """What kind of content the words behind an indicator are."""
    found = REGISTRY.get(indicator)
    return TOPICS.get(found.topic if found else "", Kind.QUOTE)


def gather_known(relations: Relations, ads: pa.Table, evidence: pa.Table) -> Known:
    """Read the original texts of a lead's ads (`ad_id`), and what is stored of them.

    `evidence`: rows of (indicator, ad_id, words).
    """
    ids = ibis.memtable(ads.select(["ad_id"]))
    originals = relations["ads"].select("ad_id", "text").semi_join(ids, "ad_id")
    contacts = relations["identifiers"].select("ad_id", "kind", "value").semi_join(ids, "ad_id")
    names: set[str] = set()
    ages: dict[str, set[int]] = {}
    for row in relations.collect(originals.order_by("ad_id")).to_pylist():
        told, numbers = people_to_hide(row["text"] or "")
        names |= told
        ages.setdefault(row["ad_id"], set()).update(numbers)
    found = {(row["kind"], row["value"]) for row in relations.collect(contacts).to_pylist()}
    for kind, row in _said(evidence):
        if kind is Kind.PERSON:
            names.add(row["words"].lower())
        elif kind is Kind.AGE and row["words"].isdecimal():
            ages.setdefault(row["ad_id"], set()).add(int(row["words"]))
    return Known(
        frozenset(names), {ad: frozenset(some) for ad, some in ages.items()}, frozenset(found)
    )


def _said(evidence: pa.Table) -> Iterable[tuple[Kind, dict[str, str]]]:
    return ((topic_kind(row["indicator"]), row) for row in evidence.to_pylist())
