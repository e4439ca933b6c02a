"""What all rounds of the payments stage share, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, read_ads
from inktrace.payments.background import Background, measured_background
from inktrace.payments.candidates import OutputIndex
from inktrace.payments.decoys import Coverage, covered_time
from inktrace.payments.hands import read_hands
from inktrace.payments.posting_history import ACTIONS, PostingHistory, read_history
from inktrace.payments.price_hypotheses import (
    asking_prices,
    prices_off_rules,
    purchase_probability,
    with_rule_currencies,
)
from inktrace.payments.price_rules import read_rules
from inktrace.payments.times import (
    Floats,
    PaidOutputs,
    fiat_values,
    paid_outputs,
    price_series,
)


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
    background: Background
    coverage: Coverage
    before_s: Floats  # per site
    after_s: Floats  # per site
    scale: Floats  # per site: corrects the background, 1 = as measured


def read_setting(relations: Relations, params: PaymentsParams) -> tuple[Setting, dict[str, Any]]:
    """Read ads, outputs and prices, and measure the background; with what could not be used."""
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
    paid, bumps = purchase_probability(ads, params, history, rules)
    purchase = np.minimum(paid + bumps.total(len(ads)), 1.0)
    outputs, counts = paid_outputs(relations, params)
    values = fiat_values(outputs, price_series(relations, params), ads.currencies)
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
    setting = Setting(
        params,
        ads,
        history,
        purchase,
        asking,
        outputs,
        log_values,
        indexes,
        measured_background(middle, log_values),
        covered_time(middle),
        np.full(len(ads.sites), float(params.max_delay_s)),
        (ads.resolution_s + params.clock_slack_s).astype(np.float64),
        np.ones(len(ads.sites)),
    )
    unvalued = {name: int(np.isnan(values[name]).sum()) for name in ads.currencies if name}
    seen = np.bincount(history.action, minlength=len(ACTIONS))
    told = {
        "ads_by_action": {name: int(seen[n]) for n, name in enumerate(ACTIONS)},
        "ads_under_price_rules": int((rules.of_ad >= 0).sum()),
        "ads_priced_off_rules": prices_off_rules(ads, rules),
    }
    return setting, {**counts, **told, "outputs_without_fiat_value": unvalued}
