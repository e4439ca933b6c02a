"""Outputs around the ads of each site that match their prices, at whatever distance in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, ranks_within
from inktrace.payments.candidates import OutputIndex
from inktrace.payments.times import Floats, Ints, PaidOutputs
from inktrace.units import MICROSECONDS_PER_SECOND

_US: Final = MICROSECONDS_PER_SECOND
_MOST_ADS: Final = 500
_LEAST_WEIGHT: Final = 0.3
# No two time zones are further apart than 26 hours, a site's and the analyst's seldom than 14;
# three hours more show the background there.
_REACH_S: Final = 17.5 * 3600


@dataclass(frozen=True)
class Matches:
    """Outputs that match the prices of one site's ads, within 17 hours of each posting.

    One row per (ad, output), in (output, ad) order: `ad` numbers the sampled ads in time order, of
    which there are `ads`; `delay_s` is posting time less the output's time.
    """

    ads: int
    ad: Ints
    output: Ints
    delay_s: Floats
    log_ratio: Floats

    def by_block(self, outputs: PaidOutputs, block_us: Ints) -> Matches:
        """The same with delays from the block's time (µs, −1 unknown); others are left out."""
        rows = np.flatnonzero(block_us[self.output] >= 0)
        output = self.output[rows]
        later_s = (outputs.early_us[output] - block_us[output]) / _US
        return Matches(
            self.ads,
            self.ad[rows],
            output,
            self.delay_s[rows] + later_s,
            self.log_ratio[rows],
        )


def site_matches(
    ads: Ads,
    asking: AskingPrices,
    outputs: PaidOutputs,
    log_values: list[Floats],
    params: PaymentsParams,
) -> list[Matches]:
    """The outputs around the ads of each site: at most 500 ads, each at its likeliest price.

    Outputs count within half of `amount_tolerance`, where their first-seen time is known.
    """
    exact = np.flatnonzero(outputs.early_us == outputs.late_us)
    seen = outputs.taken(exact)
    indexes = [
        OutputIndex(
            seen,
            values[exact],
            asking.log_price[asking.currency == number],
            params.amount_tolerance / 2,
        )
        for number, values in enumerate(log_values)
    ]
    rows = _likeliest(ads, asking)
    site = ads.site[asking.ad[rows]]
    return [
        _matches(rows[site == number], ads, asking, indexes, exact)
        for number in range(len(ads.sites))
    ]


def _likeliest(ads: Ads, asking: AskingPrices) -> Ints:
    """The likeliest price of each ad that may be looked at: not too many of a site."""
    single = np.flatnonzero((asking.ads_bought == 1) & (asking.weight >= _LEAST_WEIGHT))
    order = single[np.lexsort((single, -asking.weight[single], asking.ad[single]))]
    rows = order[np.flatnonzero(np.diff(asking.ad[order], prepend=-1))]
    site = ads.site[asking.ad[rows]]
    size, rank = np.bincount(site, minlength=len(ads.sites))[site], ranks_within(site)
    few = size <= _MOST_ADS
    chosen = few | (rank * _MOST_ADS // size != (rank + 1) * _MOST_ADS // size)
    return np.asarray(rows[chosen], dtype=np.int64)


def _matches(
    hypotheses: Ints, ads: Ads, asking: AskingPrices, indexes: list[OutputIndex], exact: Ints
) -> Matches:
    """Join one site's ads with the outputs around each; `exact` numbers the indexed outputs."""
    order = np.lexsort((hypotheses, ads.posted_us[asking.ad[hypotheses]]))
    hypotheses = hypotheses[order]
    parts = []
    for number, index in enumerate(indexes):
        at = np.flatnonzero(asking.currency[hypotheses] == number)
        rows = hypotheses[at]
        reach = np.full(len(rows), _REACH_S)
        posted_us = ads.posted_us[asking.ad[rows]]
        parts.append(index.within(at, asking.log_price[rows], posted_us, reach, reach))
    ad = np.concatenate([p.hypothesis for p in parts])
    output = exact[np.concatenate([p.output for p in parts])]
    rows = np.lexsort((ad, output))
    return Matches(
        len(hypotheses),
        ad[rows],
        output[rows],
        np.concatenate([p.least_delay_s for p in parts])[rows],
        np.concatenate([p.log_ratio for p in parts])[rows],
    )


def firsts(output: Ints, window: Ints) -> Ints:
    """Rows where an output is met first in a window of time; rows in the order of `Matches`.

    An output's ads come in time order and so its windows in ascending order: what is met again
    stands beside what met it first.
    """
    again = (output[1:] == output[:-1]) & (window[1:] == window[:-1])
    return np.flatnonzero(np.concatenate([[True], ~again])) if len(output) else output
