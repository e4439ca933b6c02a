"""What all rounds of the payments stage share, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, asking_prices, read_ads
from inktrace.payments.background import Background, measured_background
from inktrace.payments.candidates import Candidates, OutputIndex
from inktrace.payments.decoys import Coverage, covered_time
from inktrace.payments.law_learning import Common
from inktrace.payments.laws import Evidence
from inktrace.payments.marks import Marks, marks_of
from inktrace.payments.tills import Tills, no_tills
from inktrace.payments.times import (
    Floats,
    Ints,
    PaidOutputs,
    Singles,
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
    asking: AskingPrices
    outputs: PaidOutputs
    log_values: list[Floats]
    indexes: list[OutputIndex]
    marks: Marks
    quote_moves: list[Singles]  # per currency: (outputs, quote ages), ln of older price over price
    background: Background
    coverage: Coverage
    before_s: Floats  # per site
    after_s: Floats  # per site
    scale: Floats  # per site: corrects the background, 1 = as measured
    tills: Tills

    def evidence(self, found: Candidates, group_of_ad: Ints) -> Evidence:
        """Candidates as the laws see them, under a numbering of groups."""
        ad = self.asking.ad[found.hypothesis]
        currency = self.asking.currency[found.hypothesis]
        moves = np.empty((len(found), self.ages), np.float32)
        background = np.empty(len(found))
        till = self.tills.of(self.marks.recipient[found.output])
        zeros = self.marks.zeros[found.output]
        for number in range(len(self.log_values)):
            rows = np.flatnonzero(currency == number)
            moves[rows] = self.quote_moves[number][found.output[rows]]
            background[rows] = self._per_second(found.output[rows], number, till[rows])
        moves += found.log_ratio[:, None].astype(np.float32)
        background *= self.zeros_shares()[till, zeros]
        background *= np.where(till < len(self.tills), 1.0, self.scale[self.ads.site[ad]])
        return Evidence(
            group=group_of_ad[ad],
            ad=ad,
            group_of_ad=group_of_ad,
            least_delay_s=found.least_delay_s,
            most_delay_s=found.most_delay_s,
            quote_ratio=moves,
            zeros=zeros,
            till=till,
            background=background,
            weight=self.asking.weight[found.hypothesis],
        )

    def _per_second(self, output: Ints, currency: int, till: Ints) -> Floats:
        """Background of outputs (rows) of one currency: of all outputs, or of those to a till."""
        time_us, log_value = self.outputs.middle_us[output], self.log_values[currency][output]
        rate = self.background.per_second(time_us, log_value, currency)
        for number, own in enumerate(self.tills.backgrounds):
            rows = np.flatnonzero(till == number)
            rate[rows] = own.per_second(time_us[rows], log_value[rows], currency)
        return rate

    def zeros_shares(self) -> Floats:
        """Share of outputs with so many trailing zeros (columns), by till; last row: any other."""
        return np.concatenate([self.tills.zeros, self.marks.zeros_share[None, :]])

    def common(self) -> Common:
        """How common marks are among all outputs."""
        rest = max(1.0 - float(self.tills.share.sum()), 1e-9)
        return Common(self.marks.zeros_share, np.append(self.tills.share, rest))

    @property
    def ages(self) -> int:
        """How many ages of a quote are told apart."""
        return len(quote_ages_s(self.params))


def quote_ages_s(params: PaymentsParams) -> Ints:
    """Ages that a processor's quote may have when it is paid, seconds, from nought."""
    return np.arange(0, params.quote_lock_s + 1, _QUOTE_STEP_S, dtype=np.int64)


def read_setting(relations: Relations, params: PaymentsParams) -> tuple[Setting, dict[str, Any]]:
    """Read ads, outputs and prices, and measure the background; with what could not be used."""
    ads = read_ads(relations)
    asking = asking_prices(ads, params)
    outputs, counts = paid_outputs(relations, params)
    series = price_series(relations, params)
    values = fiat_values(outputs, series, ads.currencies)
    log_values = [values[name] for name in ads.currencies]
    indexes = [
        OutputIndex(
            outputs,
            log_values[c],
            asking.log_price[asking.currency == c],
            params.amount_tolerance,
        )
        for c in range(len(ads.currencies))
    ]
    middle = outputs.middle_us
    ages, marks = quote_ages_s(params), marks_of(outputs)
    unmoved = np.zeros((len(outputs), len(ages)), dtype=np.float32)
    setting = Setting(
        params,
        ads,
        asking,
        outputs,
        log_values,
        indexes,
        marks,
        [
            series[name].moves(middle, ages) if name in series else unmoved
            for name in ads.currencies
        ],
        measured_background(middle, log_values),
        covered_time(middle),
        np.full(len(ads.sites), float(params.max_delay_s)),
        (ads.resolution_s + params.clock_slack_s).astype(np.float64),
        np.ones(len(ads.sites)),
        no_tills(marks),
    )
    unvalued = {name: int(np.isnan(values[name]).sum()) for name in ads.currencies if name}
    return setting, {**counts, "outputs_without_fiat_value": unvalued}
