"""Which price rule holds for which ad."""

from __future__ import annotations

import fnmatch
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.engine import Relations
from inktrace.payments.times import Flags, Ints
from inktrace.units import minor_digits

_ORDER: Final = ("file_id", "row", "kind", "ads", "price_minor", "name")


@dataclass(frozen=True)
class PriceRule:
    """What one rule asks, in currency units. None: the rule does not say; 0: free."""

    currency: str
    price: float
    bump: float | None
    repost: float | None
    upsells: tuple[float, ...]
    several: dict[int, float]
    credit: tuple[float, ...]


@dataclass(frozen=True)
class AdRules:
    """The rules, and the number of the one that holds for each ad (−1: none)."""

    rules: list[PriceRule]
    of_ad: Ints

    def __len__(self) -> int:
        return len(self.rules)


def read_rules(relations: Relations) -> AdRules:
    """Read the price rules, and find the last one that fits each ad (in ad_id order).

    Site, category and place (city, region or country) fit by `*` and `?`, whatever the case; the
    ad's posting time lies within the rule's.
    """
    rows = relations.collect(relations["price_rules"].order_by(*_ORDER)).to_pylist()
    grouped: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["file_id"], row["row"]), []).append(row)
    ads = relations["ads"].select("ad_id", *_PLACES, "posted_us")
    table = relations.collect(ads.order_by("ad_id"))
    of_ad = np.full(table.num_rows, -1, dtype=np.int64)
    if not grouped:
        return AdRules([], of_ad)
    posted = np.asarray(table["posted_us"].to_numpy(), dtype=np.int64)
    words = {name: _Words(table[name].to_pylist()) for name in _PLACES}
    for number, parts in enumerate(grouped.values()):
        scope = parts[0]
        fits = words["site"].fit(scope["site"])
        if scope["category"] is not None:
            fits &= words["category"].fit(scope["category"])
        if scope["place"] is not None:
            places = [words[name].fit(scope["place"]) for name in ("city", "region", "country")]
            fits &= np.logical_or.reduce(places)
        if scope["from_us"] is not None:
            fits &= posted >= scope["from_us"]
        if scope["to_us"] is not None:
            fits &= posted < scope["to_us"]
        of_ad[fits] = number
    return AdRules([_rule(parts) for parts in grouped.values()], of_ad)


_PLACES: Final = ("site", "category", "city", "region", "country")


class _Words:
    """A column of words, each distinct one compared once."""

    def __init__(self, values: list[str | None]):
        self._distinct, self._code = np.unique(
            np.array([(value or "").strip().lower() for value in values], dtype=object),
            return_inverse=True,
        )

    def fit(self, pattern: str) -> Flags:
        """Rows whose word fits a pattern."""
        lower = pattern.strip().lower().replace("[", "[[]")
        fits = np.array([fnmatch.fnmatchcase(word, lower) for word in self._distinct], dtype=bool)
        return np.asarray(fits[self._code], dtype=bool)


def _rule(parts: list[dict[str, Any]]) -> PriceRule:
    currency = parts[0]["currency"]
    unit = 10.0 ** minor_digits(currency)
    by_kind: dict[str, list[float]] = {}
    several = {}
    for part in parts:
        amount = part["price_minor"] / unit
        by_kind.setdefault(part["kind"], []).append(amount)
        if part["kind"] == "several":
            several[int(part["ads"])] = amount
    return PriceRule(
        currency=currency,
        price=by_kind.get("posting", [math.nan])[0],
        bump=by_kind["bump"][0] if "bump" in by_kind else None,
        repost=by_kind["repost"][0] if "repost" in by_kind else None,
        upsells=tuple(by_kind.get("upsell", ())),
        several=several,
        credit=tuple(by_kind.get("credit", ())),
    )
