"""Ads that credit may have paid, and the packs of credit that sites sell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.params import CreditParams
from inktrace.payments.asking_prices import expanded
from inktrace.payments.price_hypotheses import usual_prices
from inktrace.payments.price_rules import AdRules
from inktrace.payments.setting import Setting
from inktrace.payments.times import Floats, Ints

_LEAST_UNPAID: Final = 0.5


@dataclass(frozen=True)
class CreditAds:
    """Ads that credit may have paid: they cost something, and show no payment of their own.

    `ad` numbers the setting's ads, ascending. `unit` numbers (author, site, currency): whose
    account at the site it is; `author`, `site` and `currency` are per unit, `unit_ads` counts its
    ads.
    `price` is the usual one in currency units, `unpaid` the probability that no listed output
    paid it.
    """

    ad: Ints
    unit: Ints
    price: Floats
    unpaid: Floats
    author: Ints
    site: Ints
    currency: Ints
    unit_ads: Ints

    def __len__(self) -> int:
        return len(self.ad)


@dataclass(frozen=True)
class Pack:
    """A pack that a site sells: its site and currency, price in units, and prior among packs.

    `starts` are rows of `CreditAds` at whose time and place it was sold: a run may begin there.
    """

    site: int
    currency: int
    price: float
    weight: float
    starts: Ints


def credit_ads(setting: Setting, unpaid: Floats, author: Ints) -> CreditAds:
    """The ads that credit may have paid.

    Parameters: per ad of the setting, the probability that no listed output paid it, and a dense
    number of its author (−1: none). An ad with a payment likelier than not is not among them.
    """
    ads, asking = setting.ads, setting.asking
    alone = np.flatnonzero(asking.ads_bought == 1)
    usual = usual_prices(asking.taken(alone), len(ads))
    kept = (usual >= 0) & (author >= 0) & (unpaid > _LEAST_UNPAID)
    kept &= setting.purchase > _LEAST_UNPAID
    rows = np.flatnonzero(kept)
    at = alone[usual[rows]]
    keys = np.column_stack([author[rows], ads.site[rows], asking.currency[at]])
    units, unit = np.unique(keys, axis=0, return_inverse=True)
    unit = unit.ravel().astype(np.int64)
    return CreditAds(
        rows,
        unit,
        np.exp(asking.log_price[at]),
        unpaid[rows],
        units[:, 0],
        units[:, 1],
        units[:, 2],
        np.bincount(unit, minlength=len(units)).astype(np.int64),
    )


def packs_sold(
    ads: CreditAds, setting: Setting, rules: AdRules, params: CreditParams
) -> list[Pack]:
    """The packs of every site, by the rules that hold for its ads; none where no rule names any.

    A pack counts for ads priced in its own currency.
    """
    known = [
        (number, setting.ads.currencies.index(rule.currency), price)
        for number, rule in enumerate(rules.rules)
        for price in sorted(set(rule.credit))
    ]
    if not known or not len(ads):
        return []
    table = np.array(known)
    count = np.bincount(table[:, 0].astype(np.int64), minlength=len(rules))
    first = np.cumsum(count) - count
    rule = rules.of_ad[ads.ad]
    ruled = np.flatnonzero(rule >= 0)
    ruled = ruled[count[rule[ruled]] > 0]
    which = rule[ruled]
    at = expanded(first[which], first[which] + count[which])
    row = np.repeat(ruled, count[which])
    # Money of one currency does not pay for ads priced in another.
    same = table[at, 1] == ads.currency[ads.unit[row]]
    at, row = at[same], row[same]
    if not len(row):
        return []
    keys = np.column_stack([ads.site[ads.unit[row]], table[at, 1:]])
    packs, number = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(number.ravel(), kind="stable")
    starts = np.split(row[order], np.cumsum(np.bincount(number.ravel()))[:-1])
    of_site = np.bincount(packs[:, 0].astype(np.int64))
    return [
        Pack(int(site), int(currency), float(price), params.prior / of_site[int(site)], mine)
        for (site, currency, price), mine in zip(packs.tolist(), starts, strict=True)
    ]
