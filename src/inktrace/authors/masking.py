"""Hard identifiers of an ad found, and its text with them replaced by fixed marks."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.authors.bitcoin_addresses import bitcoin_addresses
from inktrace.authors.chain_addresses import chain_addresses
from inktrace.authors.contacts import domain_of, emails, links
from inktrace.authors.found import Found, bounded
from inktrace.authors.handles import handles
from inktrace.authors.mentions import PAID, with_apps
from inktrace.authors.names import name_spans, place_spans
from inktrace.authors.payees import payees
from inktrace.authors.phones import phones
from inktrace.authors.repair import folded, repaired
from inktrace.authors.words import without, words_in

_MARKS: Final = {
    "phone": "⟦phone⟧",
    "number": "⟦number⟧",
    "email": "⟦email⟧",
    "handle": "⟦handle⟧",
    "likely_handle": "⟦handle⟧",
    "url": "⟦url⟧",
    "site": "⟦url⟧",
    "bitcoin_address": "⟦bitcoin⟧",
    "tron_address": "⟦bitcoin⟧",
    "ethereum_address": "⟦bitcoin⟧",
    "payment_handle": "⟦handle⟧",
    "payee": "⟦name⟧",
    "name": "⟦name⟧",
    "place": "⟦place⟧",
}
_PHILIPPINE: Final = frozenset(("gcash", "paymaya", "maya", "cash"))
_EVIDENCE: Final = frozenset(_MARKS) - {
    "number", "likely_handle", "site", "payee", "name", "place",
}  # fmt: skip
_LISTED: Final = _EVIDENCE | {"likely_handle", "payee"}


@dataclass(frozen=True)
class Read:
    """One ad's text after repair: the text, what was found in it, and where."""

    text: str
    found: tuple[Found, ...]  # positions in `text`, in order, not overlapping

    def identifiers(self) -> set[tuple[str, str]]:
        """(kind, value) of what may link ads; what many strangers may share is left out."""
        return {(item.kind, bounded(item.value)) for item in self.found if item.kind in _EVIDENCE}

    def listed(self) -> dict[tuple[str, str], str]:
        """(kind, value) of all that a person is shown → apps named with it, "" where none is.

        Beside what may link ads: the domain of each link, payees' names, likely handles, and a
        phone or address that is paid to once more as a payment handle.
        """
        apps: dict[tuple[str, str], set[str]] = {}
        for item in self.found:
            if item.kind not in _LISTED:
                continue
            value, named = bounded(item.value), set(item.app.split())
            apps.setdefault((item.kind, value), set()).update(named)
            if item.kind in ("phone", "email") and named & PAID:
                apps.setdefault(("payment_handle", value), set()).update(named & PAID)
            domain = domain_of(item.value) if item.kind == "url" else None
            if domain:
                apps.setdefault(("domain", bounded(domain)), set())
        return {key: " ".join(sorted(named)) for key, named in apps.items()}


def read_text(text: str, regions: tuple[str, ...], phone_checks: int) -> Read:
    """Repair a text and find the hard identifiers in it."""
    whole = repaired(text)
    searched, places = folded(whole)
    found: list[Found] = []
    words, rest = words_in(searched), searched
    for finder in (emails, links, bitcoin_addresses, chain_addresses, handles, payees):
        new = finder(rest)
        if new:
            found = _without_overlap(found, new)
            rest = without(searched, _spans(found))
    found = [_number_link(item, regions) for item in found]
    # Philippine wallets are paid by number: there it is read first, whatever the ad's country.
    if not _PHILIPPINE.isdisjoint(words.distinct):
        regions = ("PH", *(region for region in regions if region != "PH"))
    numbers = phones(rest, regions, phone_checks)
    found = with_apps(_without_overlap(found, numbers), searched)
    return Read(whole, tuple(_moved(item, places) for item in found))


def masked(read: Read, names: frozenset[str], places: tuple[str | None, ...]) -> str:
    """The text with identifiers, people and places replaced by fixed marks."""
    spans = list(read.found)
    blank = without(read.text, _spans(spans))
    for kind, pairs in (("place", place_spans(blank, places)), ("name", name_spans(blank, names))):
        spans = _without_overlap(spans, [Found(a, b, kind, "") for a, b in pairs])
    parts, last = [], 0
    for item in spans:
        parts.append(read.text[last : item.start])
        parts.append(_MARKS[item.kind])
        last = item.end
    parts.append(read.text[last:])
    return "".join(parts)


def _number_link(item: Found, regions: tuple[str, ...]) -> Found:
    """A link that only carries a telephone number (wa.me/639…) is that number."""
    if item.kind != "link":
        return item
    numbers = phones("+" + item.value.lstrip("+"), regions)
    kind, value = ("phone", numbers[0].value) if numbers else ("url", f"wa.me/{item.value}")
    if numbers and numbers[0].kind != "phone":
        kind, value = "url", f"wa.me/{item.value}"
    return Found(item.start, item.end, kind, value, item.app if kind == "phone" else "")


def _spans(found: list[Found]) -> list[tuple[int, int]]:
    return [(item.start, item.end) for item in found]


def _without_overlap(kept: list[Found], new: list[Found]) -> list[Found]:
    """Both lists in order of place; a new one that touches an older one is left out."""
    taken = list(kept)
    starts = [item.start for item in taken]
    ordered = sorted(new, key=lambda item: (item.start, -item.end)) if len(new) > 1 else new
    for item in ordered:
        if not taken or item.start >= taken[-1].end:
            taken.append(item)
            starts.append(item.start)
            continue
        place = bisect.bisect_right(starts, item.start)
        clear_before = place == 0 or taken[place - 1].end <= item.start
        clear_after = place == len(taken) or item.end <= taken[place].start
        if clear_before and clear_after:
            taken.insert(place, item)
            starts.insert(place, item.start)
    return taken


def _moved(item: Found, places: np.ndarray | None) -> Found:
    if places is None:
        return item
    start, end = int(places[item.start]), int(places[item.end - 1]) + 1
    # Invisible characters and keycap boxes right after the last digit belong to it.
    end = int(places[item.end]) if item.end < len(places) and places[item.end] - end < 4 else end
    return Found(start, end, item.kind, item.value, item.app)
