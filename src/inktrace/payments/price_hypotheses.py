"""What an ad may have cost: its own price, its site's rules or price points, part of a payment."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, bought_alone
from inktrace.payments.joint_purchases import (
    MOST_ADS,
    Buyable,
    JointPurchases,
    joint_purchases,
    joint_shares,
)
from inktrace.payments.posting_history import BUMP, DUPLICATE, REPOST, PostingHistory
from inktrace.payments.price_points import PricedAds, learned_points
from inktrace.payments.price_rules import AdRules, PriceRule
from inktrace.payments.times import Flags, Floats, Ints

# An ad that is less likely a purchase than this is no part of a purchase of several.
_LIKELY: Final = 0.5
_CENT: Final = 1e-4  # of a price, below which two are the same


def with_rule_currencies(ads: Ads, rules: AdRules) -> Ads:
    """The ads, knowing also the currencies that only rules name."""
    named = sorted({rule.currency for rule in rules.rules} - set(ads.currencies))
    return dataclasses.replace(ads, currencies=[*ads.currencies, *named])


def asking_prices(
    ads: Ads,
    params: PaymentsParams,
    history: PostingHistory | None = None,
    rules: AdRules | None = None,
) -> AskingPrices:
    """List what may have been paid for each ad, with prior weights.

    An ad with a price: that price. Without: what the rule for it asks, with and without upsells;
    without a rule, price points learned from its site. Each also as part of a purchase of
    several. Free ads have none, nor do rows that give an ad again; bumps and automatic reposts
    have as much as they may have cost something (`purchase_probability`).
    """
    count = len(ads)
    rules = rules or AdRules([], np.full(count, -1, dtype=np.int64))
    paid, special = purchase_probability(ads, params, history, rules)
    singles = _singles(ads, params, rules, paid > 0)
    if not len(singles):
        return _joined(singles, special)
    usual = usual_prices(singles, count)
    taking_part = (usual >= 0) & (paid >= _LIKELY)
    joint = _joint(ads, params, history, rules, singles.taken(usual), taking_part)
    sizes = joint_shares(params)
    # A sum of usual prices is right only where the ad's own is the usual one.
    likely = singles.weight[usual[joint.ad]]
    made = AskingPrices(
        ad=np.concatenate([singles.ad, joint.ad]),
        log_price=np.concatenate([singles.log_price, joint.log_price]),
        currency=np.concatenate([singles.currency, singles.currency[usual[joint.ad]]]),
        weight=np.concatenate([singles.weight, sizes[joint.ads_bought] * joint.share * likely]),
        ads_bought=np.concatenate([np.ones(len(singles), dtype=np.int64), joint.ads_bought]),
    )
    alone = bought_alone(made.could(count), sizes)
    weight = np.where(made.ads_bought == 1, made.weight * alone[made.ad], made.weight)
    made = _joined(dataclasses.replace(made, weight=weight * paid[made.ad]), special)
    made = _likeliest(made, params.most_asking_prices)
    return made.taken(np.lexsort((made.log_price, made.ads_bought, made.ad)))


def _likeliest(made: AskingPrices, most: int) -> AskingPrices:
    """At most so many hypotheses, those of the greatest weight; of equal ones all or none.

    What an ad loses counts as some other sum that is not looked for.
    """
    if len(made) <= most:
        return made
    bar = np.partition(made.weight, len(made) - most - 1)[len(made) - most - 1]
    return made.taken(np.flatnonzero(made.weight > bar))


def _joined(one: AskingPrices, other: AskingPrices) -> AskingPrices:
    """Both sets of hypotheses; those of no weight are left out."""
    both = AskingPrices(
        np.concatenate([one.ad, other.ad]),
        np.concatenate([one.log_price, other.log_price]),
        np.concatenate([one.currency, other.currency]),
        np.concatenate([one.weight, other.weight]),
        np.concatenate([one.ads_bought, other.ads_bought]),
    )
    return both.taken(np.flatnonzero(both.weight > 0))


def purchase_probability(
    ads: Ads, params: PaymentsParams, history: PostingHistory | None, rules: AdRules
) -> tuple[Floats, AskingPrices]:
    """How likely each ad cost the usual price; and the bump prices that rules ask.

    A bump or automatic repost costs what the rule for it says. Where no rule speaks, it cost
    the usual price if it only looks like one (`chance`), else with `bump_paid_prior`.
    """
    paid = np.ones(len(ads))
    special = _hypotheses([], ads)
    if history is None:
        return paid, special
    paid[history.action == DUPLICATE] = 0.0
    parts = []
    for action, name in ((BUMP, "bump"), (REPOST, "repost")):
        rows = np.flatnonzero(history.action == action)
        chance = history.chance[rows]
        asked = np.array([_amount(rule, name) for rule in rules.rules] + [np.nan])
        price = asked[rules.of_ad[rows]]
        unruled = chance + (1.0 - chance) * params.bump_paid_prior
        paid[rows] = np.where(np.isfinite(price), chance, unruled)
        costs = price > 0
        parts.append((rows[costs], price[costs], 1.0 - chance[costs], rules.of_ad[rows[costs]]))
    return paid, _hypotheses(parts, ads, rules)


def _amount(rule: PriceRule, name: str) -> float:
    value = getattr(rule, name)
    return np.nan if value is None else float(value)


def _hypotheses(
    parts: list[tuple[Ints, Floats, Floats, Ints]], ads: Ads, rules: AdRules | None = None
) -> AskingPrices:
    """Hypotheses of single ads from parts: ads, prices in currency units, weights, rules."""
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return AskingPrices(none, np.empty(0), none, np.empty(0), none)
    ad, price, weight, rule = (np.concatenate([part[n] for part in parts]) for n in range(4))
    of_rule = [] if rules is None else [ads.currencies.index(r.currency) for r in rules.rules]
    currency = np.array([*of_rule, 0], dtype=np.int64)[rule.astype(np.int64)]
    return AskingPrices(
        ad.astype(np.int64),
        np.log(price).round(9),
        currency,
        weight.astype(np.float64),
        np.ones(len(ad), dtype=np.int64),
    )


def _singles(ads: Ads, params: PaymentsParams, rules: AdRules, wanted: Flags) -> AskingPrices:
    """Hypotheses about ads bought alone; those of one ad sum to at most one."""
    told = np.isfinite(ads.log_price)
    # A rule that asks a price tells that the source's zero means: not known.
    asked = np.array([rule.price for rule in rules.rules] + [np.nan])[rules.of_ad]
    ruled = ~told & np.isfinite(asked)
    unpriced = ~told & ~ruled & ~ads.is_free & wanted
    rows = np.flatnonzero(told)
    points = learned_points(
        PricedAds(ads.site, ads.category, ads.place, ads.posted_us, ads.log_price, ads.currency),
        np.flatnonzero(unpriced),
    )
    by_rule = _hypotheses(_rule_parts(rules, np.flatnonzero(ruled), params), ads, rules)
    return _joined(
        AskingPrices(
            np.concatenate([rows, points.ad]).astype(np.int64),
            np.concatenate([ads.log_price[rows], points.log_price]),
            np.concatenate([ads.currency[rows], points.currency]).astype(np.int64),
            np.concatenate([np.ones(len(rows)), points.weight]),
            np.ones(len(rows) + len(points.ad), dtype=np.int64),
        ),
        by_rule,
    )


def _rule_parts(
    rules: AdRules, rows: Ints, params: PaymentsParams
) -> list[tuple[Ints, Floats, Floats, Ints]]:
    """What rules ask for ads: the price, and with one or two upsells."""
    rows = rows[np.argsort(rules.of_ad[rows], kind="stable")]
    numbers, starts = np.unique(rules.of_ad[rows], return_index=True)
    ends = np.append(starts, len(rows))[1:]
    parts = []
    for number, first, last in zip(numbers.tolist(), starts, ends, strict=True):
        rule, mine = rules.rules[number], rows[first:last]
        for price, weight in _rule_prices(rule, params.upsell_prior):
            parts.append(
                (
                    mine,
                    np.full(len(mine), price),
                    np.full(len(mine), weight),
                    np.full(len(mine), number),
                )
            )
    return parts


def _rule_prices(rule: PriceRule, upsell_prior: float) -> list[tuple[float, float]]:
    """Prices of one posting with their weights; none where it is free."""
    if rule.price <= 0:
        return []
    more = rule.upsells
    pairs = [more[i] + more[j] for i in range(len(more)) for j in range(i)]
    both = upsell_prior**2 if pairs else 0.0
    one = upsell_prior - both if more else 0.0
    return (
        [(rule.price, 1.0 - one - both)]
        + [(rule.price + added, one / len(more)) for added in more]
        + [(rule.price + added, both / len(pairs)) for added in pairs]
    )


def prices_off_rules(ads: Ads, rules: AdRules) -> int:
    """Ads whose told price is none that the rule for them asks, upsells and bumps included.

    Their own price is used; many of them say that a rule is wrong, or outdated.
    """
    off = 0
    for number, rule in enumerate(rules.rules):
        mine = np.flatnonzero((rules.of_ad == number) & np.isfinite(ads.log_price))
        asked = [price for price, _ in _rule_prices(rule, 0.5)] + [rule.bump, rule.repost]
        known = np.array([price for price in asked if price])
        told = np.exp(ads.log_price[mine])
        fits = (np.abs(told[:, None] - known[None, :]) < _CENT * told[:, None]).any(axis=1)
        fits &= ads.currency[mine] == ads.currencies.index(rule.currency)
        off += int((~fits).sum())
    return off


def usual_prices(singles: AskingPrices, ads: int) -> Ints:
    """Number of each ad's likeliest hypothesis; −1 where it has none."""
    order = np.lexsort((-singles.log_price, singles.weight, singles.ad))
    # Written in this order, the likeliest of each ad stays.
    likeliest = np.full(ads, -1, dtype=np.int64)
    likeliest[singles.ad[order]] = order
    return likeliest


def _joint(
    ads: Ads,
    params: PaymentsParams,
    history: PostingHistory | None,
    rules: AdRules,
    usual: AskingPrices,
    taking_part: Flags,
) -> JointPurchases:
    """Purchases of several; `usual` holds each ad's usual price, in order of the ads."""
    rows = np.flatnonzero(taking_part)
    several = np.full((len(rules) + 1, MOST_ADS + 1), np.nan)
    for number, rule in enumerate(rules.rules):
        for size, asked in rule.several.items():
            if size <= MOST_ADS:
                several[number, size] = asked
    hand = np.arange(len(ads)) if history is None else history.hand
    return joint_purchases(
        Buyable(
            rows,
            ads.site[rows],
            usual.currency[rows],
            hand[rows],
            ads.posted_us[rows],
            np.exp(usual.log_price[rows]),
            several[rules.of_ad[rows]],
        ),
        params,
    )
