"""The two published rules, built beside ours so that every evaluation shows all three."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import AttributionParams, PaymentsParams
from inktrace.payments.asking_prices import Ads, read_ads
from inktrace.payments.candidates import Candidates, OutputIndex, joined_candidates
from inktrace.payments.times import (
    Flags,
    Ints,
    PaidOutputs,
    fiat_values,
    numbers,
    paid_outputs,
    price_series,
)

_MINUTE_US = 60_000_000
_PER_CHUNK = 4000


@dataclass(frozen=True)
class RuleMatches:
    """(ad, output) pairs that a rule lets pass, with author and wallet; one row each."""

    author: Ints
    wallet: Ints
    ad: Ints
    tx_id: Ints
    vout: Ints

    def kept(self, rows: Flags | Ints) -> RuleMatches:
        """The given rows."""
        return RuleMatches(
            self.author[rows], self.wallet[rows], self.ad[rows], self.tx_id[rows], self.vout[rows]
        )


@dataclass(frozen=True)
class RuleWorld:
    """What both rules look at: ads with authors, timed outputs with payers."""

    ads: Ads
    outputs: PaidOutputs
    log_values: list[np.ndarray[tuple[int], np.dtype[np.float64]]]
    author: Ints  # per ad; −1 = none
    wallet: Ints  # per output; −1 = unknown


def read_rule_world(
    relations: Relations, payments: PaymentsParams, author_ids: pa.Array
) -> RuleWorld:
    """Read ads and outputs for the rules, knowing nothing of laws or scores.

    The rules know one clock: outputs without a first-seen time are left out.
    """
    ads = read_ads(relations)
    outputs, _ = paid_outputs(relations, payments)
    seen = np.flatnonzero(outputs.early_us == outputs.late_us)
    outputs = outputs.taken(seen)
    values = fiat_values(outputs, price_series(relations, payments), ads.currencies)
    authors = relations["authors"].select("ad_id", "author_id")
    rows = relations.collect(authors.order_by("ad_id"))
    position = pa.compute.index_in(rows["ad_id"].combine_chunks(), ads.ad_id)
    author = np.full(len(ads), -1, dtype=np.int64)
    at = np.asarray(position.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    number = pa.compute.index_in(rows["author_id"].combine_chunks(), author_ids)
    code = np.asarray(number.to_numpy(zero_copy_only=False), dtype=np.int64)
    author[at[at >= 0]] = code[at >= 0]
    payers = relations.collect(relations["payers"].select("tx_id", "wallet_id").order_by("tx_id"))
    wallet = _looked_up(numbers(payers, "tx_id"), numbers(payers, "wallet_id"), outputs.tx_id)
    return RuleWorld(ads, outputs, [values[name] for name in ads.currencies], author, wallet)


def _looked_up(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    at = np.searchsorted(keys, wanted)
    found = at < len(keys)
    found[found] = keys[at[found]] == wanted[found]
    made = np.full(len(wanted), -1, dtype=np.int64)
    made[found] = values[at[found]]
    return made


def _within(world: RuleWorld, before_s: float, after_s: float, tolerance: float) -> Candidates:
    parts = []
    ads = world.ads
    for currency, log_value in enumerate(world.log_values):
        rows = np.flatnonzero(
            np.isfinite(ads.log_price) & (ads.currency == currency) & (world.author >= 0)
        )
        index = OutputIndex(world.outputs, log_value, ads.log_price[rows], max(tolerance, 1e-6))
        for first in range(0, len(rows), _PER_CHUNK):
            some = rows[first : first + _PER_CHUNK]
            span = np.ones(len(some))
            parts.append(
                index.within(
                    some, ads.log_price[some], ads.posted_us[some], before_s * span, after_s * span
                )
            )
    return joined_candidates(parts)


def _matches(world: RuleWorld, found: Candidates, kept: Flags) -> RuleMatches:
    ad, output = found.hypothesis[kept], found.output[kept]
    made = RuleMatches(
        world.author[ad],
        world.wallet[output],
        ad,
        world.outputs.tx_id[output],
        world.outputs.vout[output],
    )
    return made.kept(made.wallet >= 0)


def kdd_rule(world: RuleWorld, params: AttributionParams) -> RuleMatches:
    """Name every wallet with enough payments in the ad's own minute or the one before, within 2%.

    References: Portnoff et al., KDD 2017.
    """
    tolerance = float(np.log1p(params.kdd_amount_tolerance))
    found = _within(world, 180.0, 120.0, -float(np.log1p(-min(params.kdd_amount_tolerance, 0.99))))
    paid_minute = world.outputs.early_us[found.output] // _MINUTE_US
    late = world.ads.posted_us[found.hypothesis] // _MINUTE_US - paid_minute
    kept = (late >= 0) & (late <= 1) & (found.log_ratio <= tolerance)
    matches = _matches(world, found, kept)
    pair, ads = _ads_per_pair(matches)
    return matches.kept(ads[pair] >= params.kdd_least_ads) if len(ads) else matches


def chen_rule(world: RuleWorld, params: AttributionParams) -> RuleMatches:
    """Cover each author's ads with few wallets that pay inside a box in time and amount.

    Greedy: the wallet that explains most ads not yet explained is taken, again and again, until
    none explains `chen_least_ads` more.

    References: Chen et al. 2021.
    """
    found = _within(
        world, float(params.chen_window_s), 60.0, float(np.log1p(params.chen_amount_tolerance))
    )
    left = _matches(world, found, np.ones(len(found), dtype=bool))
    pair, ads = _ads_per_pair(left)
    # What a wallet explains only ever falls: most never reach what it takes.
    left = left.kept(ads[pair] >= params.chen_least_ads)
    parts = []
    while len(left.ad):
        pair, ads = _ads_per_pair(left)
        first = np.unique(pair, return_index=True)[1]
        order = np.lexsort((left.wallet[first], -ads, left.author[first]))
        best = order[np.flatnonzero(np.diff(left.author[first][order], prepend=-2))]
        taken = np.isin(pair, best[ads[best] >= params.chen_least_ads])
        if not taken.any():
            break
        parts.append(left.kept(taken))
        left = left.kept(~np.isin(left.ad, left.ad[taken]))
    if not parts:
        return left.kept(np.zeros(len(left.ad), dtype=bool))
    return RuleMatches(
        np.concatenate([p.author for p in parts]),
        np.concatenate([p.wallet for p in parts]),
        np.concatenate([p.ad for p in parts]),
        np.concatenate([p.tx_id for p in parts]),
        np.concatenate([p.vout for p in parts]),
    )


def _ads_per_pair(matches: RuleMatches) -> tuple[Ints, Ints]:
    """Dense number of each row's (author, wallet), and how many distinct ads each has."""
    if not len(matches.ad):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    _, wallet = np.unique(matches.wallet, return_inverse=True)
    key = matches.author * (int(wallet.max()) + 1) + wallet
    _, pair = np.unique(key, return_inverse=True)
    ads = int(matches.ad.max()) + 1
    claims = np.unique(pair.astype(np.int64) * ads + matches.ad)
    return pair.astype(np.int64), np.bincount(claims // ads).astype(np.int64)
