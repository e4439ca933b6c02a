"""What all rounds of the payments stage share, and how it is read."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, ranks_within, read_ads
from inktrace.payments.background import Background, measured_background
from inktrace.payments.candidates import Candidates, OutputIndex
from inktrace.payments.confirmations import (
    DelayFrom,
    block_indexes,
    block_times,
    delay_from,
    waiting_sites,
)
from inktrace.payments.decoys import Coverage, covered_time
from inktrace.payments.hands import read_hands
from inktrace.payments.law_learning import Common
from inktrace.payments.laws import Evidence
from inktrace.payments.marks import Marks, marks_of
from inktrace.payments.posting_history import ACTIONS, PostingHistory, read_history
from inktrace.payments.price_hypotheses import (
    asking_prices,
    prices_off_rules,
    purchase_probability,
    with_rule_currencies,
)
from inktrace.payments.price_rules import read_rules
from inktrace.payments.quote_moves import QuoteMoves
from inktrace.payments.site_clock import SiteClock, site_clocks, with_right_clocks
from inktrace.payments.site_matches import site_matches
from inktrace.payments.tills import Tills, no_tills
from inktrace.payments.times import (
    Flags,
    Floats,
    Ints,
    PaidOutputs,
    fiat_values,
    paid_outputs,
    price_series,
)

_QUOTE_STEP_S: Final = 180


@dataclass(frozen=True)
class Setting:
    """All that the rounds share: ads, prices, outputs, their index and the background."""

    params: PaymentsParams
    ads: Ads
    history: PostingHistory
    purchase: Floats  # per ad: how likely it cost anything, if its site is paid at all
    asking: AskingPrices
    outputs: PaidOutputs
    log_values: list[Floats]
    indexes: list[OutputIndex]
    marks: Marks
    quote_moves: list[QuoteMoves]  # per currency
    background: Background
    coverage: Coverage
    before_s: Floats  # per site
    after_s: Floats  # per site
    scale: Floats  # per site: corrects the background, 1 = as measured
    tills: Tills
    delays_from: list[DelayFrom]  # per site
    block_indexes: list[OutputIndex]  # by block time, for sites that wait; else none
    clocks: list[SiteClock]  # per site; `ads.posted_us` follows them, where that is wanted
    least_log10_lr: float  # candidates with less are summed, not listed

    def evidence(self, found: Candidates, group_of_ad: Ints) -> Evidence:
        """Candidates as the laws see them, under a numbering of groups."""
        ad = self.asking.ad[found.hypothesis]
        currency = self.asking.currency[found.hypothesis]
        moves = np.empty((len(found), self.ages), np.float32)
        background, at_till = np.empty(len(found)), np.empty(len(found))
        for number in range(len(self.log_values)):
            rows = np.flatnonzero(currency == number)
            output = found.output[rows]
            moves[rows] = self.quote_moves[number].of(output)
            background[rows], at_till[rows] = self.backgrounds(output, number)
        moves += found.log_ratio[:, None].astype(np.float32)
        background *= self.scale[self.ads.site[ad]]
        return Evidence(
            group=group_of_ad[ad],
            ad=ad,
            group_of_ad=group_of_ad,
            least_delay_s=found.least_delay_s,
            most_delay_s=found.most_delay_s,
            quote_ratio=moves,
            zeros=self.marks.zeros[found.output],
            till=self.tills.of(self.marks.recipient[found.output]),
            background=background,
            till_background=at_till,
            weight=self.asking.weight[found.hypothesis],
        )

    def backgrounds(self, output: Ints, currency: int) -> tuple[Floats, Floats]:
        """Outputs per second per unit of log value with such zeros: of all, and to the same till.

        Parameters: outputs (rows) and the number of a currency. Infinite where there is no till.
        """
        time_us, log_value = self.outputs.middle_us[output], self.log_values[currency][output]
        till, zeros = self.tills.of(self.marks.recipient[output]), self.marks.zeros[output]
        shares = self.zeros_shares()
        of_all = self.background.per_second(time_us, log_value, currency) * shares[-1, zeros]
        at_till = np.full(len(output), np.inf)
        for k, own in enumerate(self.tills.backgrounds):
            here = np.flatnonzero(till == k)
            rate = own.per_second(time_us[here], log_value[here], currency)
            at_till[here] = rate * shares[k, zeros[here]]
        return of_all, at_till

    def zeros_shares(self) -> Floats:
        """Share of outputs with so many trailing zeros (columns), by till; last row: any other."""
        return np.concatenate([self.tills.zeros, self.marks.zeros_share[None, :]])

    def common(self) -> Common:
        """How common marks are among all outputs."""
        rest = max(1.0 - float(self.tills.share.sum()), 1e-9)
        return Common(self.marks.zeros_share, np.append(self.tills.share, rest))

    @property
    def by_clock(self) -> list[tuple[int, bool, OutputIndex]]:
        """Every index, with its currency and whether it tells the block's time."""
        seen = [(number, False, index) for number, index in enumerate(self.indexes)]
        return seen + [(number, True, index) for number, index in enumerate(self.block_indexes)]

    @property
    def waits(self) -> Flags:
        """Per site: its delays are counted from the block."""
        return waiting_sites(self.delays_from, self.params)

    @property
    def ages(self) -> int:
        """How many ages of a quote are told apart."""
        return len(quote_ages_s(self.params))


def quote_ages_s(params: PaymentsParams) -> Ints:
    """Ages that a processor's quote may have when it is paid, seconds, from nought."""
    return np.arange(0, params.quote_lock_s + 1, _QUOTE_STEP_S, dtype=np.int64)


@dataclass(frozen=True)
class SiteTimes:
    """Per site: how its clock goes, and from what its delays are counted."""

    clocks: list[SiteClock]
    delays_from: list[DelayFrom]


def read_setting(
    relations: Relations,
    params: PaymentsParams,
    stored: Callable[[list[str]], SiteTimes | None] | None = None,
    sought: Collection[str] | None = None,
) -> tuple[Setting, dict[str, Any]]:
    """Read ads, outputs and prices, and measure the background; with what could not be used.

    `stored` gives what an earlier run found of the times of the named sites, so that it need not
    be found again. `sought` (ad_id): only candidates of these ads will be looked for.
    """
    ads = read_ads(relations)
    rules = read_rules(relations)
    ads = with_rule_currencies(ads, rules)
    history = read_history(
        relations,
        ads.posted_us,
        ads.resolution_s[ads.site],
        read_hands(relations, ads.ad_id, ads.site),
        params,
    )
    asking = asking_prices(ads, params, history, rules)
    # Halves of the ads that may be paid for: rows given twice must not decide who learns from whom.
    asks = asking.total(len(ads)) > 0
    ads = dataclasses.replace(ads, fold=ranks_within(2 * ads.site + asks) % 2)
    paid, bumps = purchase_probability(ads, params, history, rules)
    purchase = np.minimum(paid + bumps.total(len(ads)), 1.0)
    outputs, counts = paid_outputs(relations, params)
    series = price_series(relations, params)
    values = fiat_values(outputs, series, ads.currencies)
    log_values = [values[name] for name in ads.currencies]
    block_us = functools.cache(functools.partial(block_times, relations, outputs))
    times = None if stored is None else stored(ads.sites)
    if times is None:
        times = _site_times(ads, asking, outputs, log_values, block_us(), params)
    waits = waiting_sites(times.delays_from, params)
    if params.follow_site_clocks:
        ads = with_right_clocks(ads, times.clocks)
    middle = outputs.middle_us
    ages, marks = quote_ages_s(params), marks_of(outputs)
    near = asking if sought is None else _of_ads(asking, ads, sought)
    setting = Setting(
        params,
        ads,
        history,
        purchase,
        asking,
        outputs,
        log_values,
        _indexes(near, outputs, log_values, params.amount_tolerance),
        marks,
        [QuoteMoves(series.get(name), middle, ages) for name in ads.currencies],
        measured_background(middle, log_values),
        covered_time(middle),
        np.full(len(ads.sites), float(params.max_delay_s)),
        (ads.resolution_s + params.clock_slack_s + waits * params.block_slack_s).astype(np.float64),
        np.ones(len(ads.sites)),
        no_tills(marks),
        times.delays_from,
        block_indexes(near, outputs, block_us(), log_values, params.amount_tolerance)
        if waits.any()
        else [],
        times.clocks,
        params.least_log10_lr,
    )
    unvalued = {name: int(np.isnan(values[name]).sum()) for name in ads.currencies if name}
    seen = np.bincount(history.action, minlength=len(ACTIONS))
    told = {
        "ads_by_action": {name: int(seen[n]) for n, name in enumerate(ACTIONS)},
        "ads_under_price_rules": int((rules.of_ad >= 0).sum()),
        "ads_priced_off_rules": prices_off_rules(ads, rules),
    }
    return setting, {**counts, **told, "outputs_without_fiat_value": unvalued}


def _site_times(
    ads: Ads,
    asking: AskingPrices,
    outputs: PaidOutputs,
    log_values: list[Floats],
    block_us: Ints,
    params: PaymentsParams,
) -> SiteTimes:
    """Find how the sites' clocks go, from the outputs that match their ads' prices."""
    matches = site_matches(ads, asking, outputs, log_values, params)
    clocks = site_clocks(ads, matches, outputs, block_us, params)
    delays_from = [
        delay_from(mine, outputs, block_us, clock.offset_s, params)
        for mine, clock in zip(matches, clocks, strict=True)
    ]
    return SiteTimes(clocks, delays_from)


def _of_ads(asking: AskingPrices, ads: Ads, sought: Collection[str]) -> AskingPrices:
    """The asking prices of some ads."""
    is_sought = pc.is_in(ads.ad_id, value_set=pa.array(sorted(sought), pa.string()))
    return asking.taken(
        np.flatnonzero(is_sought.to_numpy(zero_copy_only=False).astype(bool)[asking.ad])
    )


def _indexes(
    asking: AskingPrices, outputs: PaidOutputs, log_values: list[Floats], tolerance: float
) -> list[OutputIndex]:
    """Indexes (per currency) of the outputs near any of the asking prices."""
    return [
        OutputIndex(outputs, values, asking.log_price[asking.currency == number], tolerance)
        for number, values in enumerate(log_values)
    ]
