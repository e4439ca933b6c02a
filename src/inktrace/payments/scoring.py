"""The payments stage: candidates, laws, decoy rounds and posteriors, put together."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import ranks_within
from inktrace.payments.candidates import Candidates, joined_candidates
from inktrace.payments.clock_report import clock_table, delay_from_table
from inktrace.payments.decoys import moved_times
from inktrace.payments.half_laws import half_law_table
from inktrace.payments.law_learning import (
    learned_laws,
    marked_laws,
    mixed_laws,
    wide_laws,
    with_tills,
)
from inktrace.payments.laws import Evidence, Laws, joined_evidence, mean_of_halves, repeated
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.posting_history import history_table
from inktrace.payments.report import law_table, payment_notes
from inktrace.payments.round_scores import (
    RoundScores,
    WeighedOutputs,
    score_round,
    weighed_outputs,
)
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.tills import Received, frequent_tills, known_tills, measured_tills
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult

_PER_CHUNK: Final = 4000
_SCALE_ROUNDS: Final = 4
_SCALE_PSEUDO: Final = 50.0
_PASSES: Final = 2
_MOST_AT_ONCE: Final = 4
_PILOT_ADS: Final = 300
_SOON_S: Final = 900  # a quote's longest life: most ads appear sooner after their payment
_LEAST_LAW_ADS: Final = 200
# An ad that is less likely a purchase at a known price than this teaches nothing of laws.
_LEAST_WEIGHT: Final = 0.3


@dataclass(frozen=True)
class Scored:
    """Candidates of one round: one row per (ad, output), with score and posterior."""

    candidates: Candidates
    ad: Ints
    ads_bought: Ints
    ratio: Floats
    posterior: Floats
    elsewhere: Floats  # per ad: sum of likelihood ratios, listed or not, of what pays no till


def score_payments(relations: Relations, params: PaymentsParams, progress: Progress) -> StageResult:
    """Score every output that time and amount allow as the payment of an ad, and decoys alike.

    Returns `payment_laws` and `payment_candidates`. Laws are learned from the real ads only, and
    each ad is scored with laws learned from the other half of its site's ads, so that what was
    over-fitted cannot favour the real round over the decoys.
    """
    progress("reading payments", 0, params.decoy_rounds + 3)
    setting, counts = read_setting(relations, params)
    progress("learning payment laws", 1, params.decoy_rounds + 3)
    setting, weighed, crossed = _fitted(setting)
    shown = mean_of_halves(crossed)

    def one_round(number: int) -> pa.Table:
        scored = _scored(setting, weighed, crossed, *_standing(setting, number))
        return _round_table(setting, scored, number)

    tables = []
    # The compiled loop runs without the interpreter's lock, so rounds share the processors.
    with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        for number, table in enumerate(pool.map(one_round, range(params.decoy_rounds + 1))):
            progress("scoring payments", number + 2, params.decoy_rounds + 3)
            tables.append(table)
    rounds = [table.num_rows for table in tables]
    notes = {**counts, **payment_notes(setting, shown, rounds)}
    made = {
        "payment_laws": pa.concat_tables(
            [
                law_table(setting, shown),
                half_law_table(setting, crossed),
                clock_table(setting.ads, setting.clocks, params),
                delay_from_table(setting.ads, setting.delays_from, params),
            ]
        ),
        "posting_histories": history_table(setting.history, setting.ads.ad_id, setting.purchase),
        "payment_candidates": pa.concat_tables(tables),
    }
    return StageResult(made, notes)


def _standing(setting: Setting, number: int) -> tuple[Ints, Flags]:
    """Where each ad stands in a round, and whether it takes part."""
    ads = setting.ads
    if number == 0:
        return ads.posted_us, np.ones(len(ads), dtype=bool)
    before_s, after_s = setting.before_s[ads.site], setting.after_s[ads.site]
    return moved_times(ads.posted_us, before_s, after_s, setting.coverage, number)


def _candidates(setting: Setting, hypotheses: Ints, posted_us: Ints) -> Candidates:
    asking, site = setting.asking, setting.ads.site
    waits = setting.waits[site[asking.ad[hypotheses]]]
    parts = []
    for currency, by_block, index in setting.by_clock:
        mine = (asking.currency[hypotheses] == currency) & (waits == by_block)
        rows = hypotheses[mine]
        ad = asking.ad[rows]
        parts.append(
            index.within(
                rows,
                asking.log_price[rows],
                posted_us[ad],
                setting.before_s[site[ad]],
                setting.after_s[site[ad]],
            )
        )
    return joined_candidates(parts)


def _with_tills(
    setting: Setting, weighed: list[WeighedOutputs], sample: Ints, laws: Laws
) -> Setting:
    """The setting with the tills that real ads point to and moved ones do not."""
    rounds = [
        _received(setting, _scored_sample(setting, weighed, sample, laws, number)[0])
        for number in range(_taught_rounds(setting) + 1)
    ]
    codes = known_tills(rounds[0], rounds[1:], len(setting.marks.wallets))
    return _knowing(setting, np.union1d(codes, setting.tills.codes).astype(np.int64))


def _with_frequent_tills(setting: Setting, taught: list[Candidates]) -> Setting:
    """The setting with the tills that show before any law is known, by how many ads meet them.

    Where background is dense no law can be learned without them, and they stand out by number
    alone: an ad of the site has an output to its till at about its price in the minutes before.
    """
    group = setting.ads.half
    rounds = []
    for found in taught:
        near = (
            (found.least_delay_s <= _SOON_S)
            & (found.most_delay_s >= -setting.params.clock_slack_s)
            & (np.abs(found.log_ratio) <= setting.params.amount_tolerance / 2)
        )
        ad = setting.asking.ad[found.hypothesis[near]]
        recipient = setting.marks.recipient[found.output[near]]
        met = np.unique(np.column_stack([ad, recipient])[recipient >= 0], axis=0)
        rounds.append(Received(group[met[:, 0]], met[:, 1], np.ones(len(met))))
    return _knowing(setting, frequent_tills(rounds[0], rounds[1:], len(setting.marks.wallets)))


def _knowing(setting: Setting, codes: Ints) -> Setting:
    tills = measured_tills(codes, setting.outputs, setting.log_values, setting.marks)
    return dataclasses.replace(setting, tills=tills)


def _scaled(setting: Setting, weighed: list[WeighedOutputs], sample: Ints, laws: Laws) -> Setting:
    """The setting with its background corrected by what moved ads meet, per site.

    Where an ad has no payment, its likelihood ratios of outputs that pay no till sum on average
    to the share of payments that do not (and to its hypotheses' weight, where some other price is
    possible). What moved ads show instead (ads cluster at the hours and prices at which others
    pay) corrects the background. Tills are left as measured: what a
    moved ad meets there are mostly payments for other ads, and one payment has one ad.
    """
    site, sites = setting.ads.site, len(setting.ads.sites)
    elsewhere = laws.till[setting.ads.half, -1] * setting.asking.total(len(site))
    met, count = np.zeros(sites), np.zeros(sites)
    for number in range(1, _taught_rounds(setting) + 1):
        scored, taking_part = _scored_sample(setting, weighed, sample, laws, number)
        met += np.bincount(site, weights=scored.elsewhere * taking_part, minlength=sites)
        count += np.bincount(site, weights=elsewhere * taking_part, minlength=sites)
    scale = setting.scale * (met + _SCALE_PSEUDO) / (count + _SCALE_PSEUDO)
    return dataclasses.replace(setting, scale=scale)


def _scored_sample(
    setting: Setting, weighed: list[WeighedOutputs], sample: Ints, laws: Laws, number: int
) -> tuple[Scored, Flags]:
    """One round of the ads that teach, and which of them take part in it."""
    posted_us, moved = _standing(setting, number)
    taking_part = np.zeros(len(setting.ads), dtype=bool)
    taking_part[sample] = moved[sample]
    return _scored(setting, weighed, laws, posted_us, taking_part), taking_part


def _received(setting: Setting, scored: Scored) -> Received:
    """Who would receive the likely payments of one round, by half of a site."""
    recipient = setting.marks.recipient[scored.candidates.output]
    rows = np.flatnonzero(recipient >= 0)
    group = setting.ads.half
    return Received(group[scored.ad[rows]], recipient[rows], scored.posterior[rows])


def _fitted(setting: Setting) -> tuple[Setting, list[WeighedOutputs], Laws]:
    """The setting with tills, its outputs weighed, and the laws of each half from the other.

    First all sites that tell time equally finely are learned as one, then each half of a site is
    drawn towards that, then what marks its payments; when more tills are found, all again.
    """
    sample = _law_sample(setting)
    taught = _taught_candidates(setting, sample)
    setting = _with_frequent_tills(setting, taught)
    weighed = weighed_outputs(setting)
    ads, sites = setting.ads, len(setting.ads.sites)
    pseudo = setting.params.law_pseudo_payments
    # A site that waits for its block shares no law with those that do not.
    _, kind = np.unique(2 * ads.resolution_s + setting.waits, return_inverse=True)
    _, example = np.unique(kind, return_index=True)
    wide = wide_laws(
        setting.params,
        setting.before_s[example],
        setting.after_s[example],
        setting.common(),
        setting.ages,
    )
    teaching = _teaching(setting, sample, taught)
    wide = with_tills(wide, setting.tills.zeros)
    pooled = learned_laws(teaching.real(kind[ads.site]), wide, wide, pseudo)
    # Nor need a site's delays be like the others'.
    prior = repeated(mixed_laws(wide, pooled), np.tile(kind, 2))
    half = (1 - ads.fold) * sites + ads.site
    laws = _learned(teaching, half, prior, prior, setting)
    before = len(setting.tills)
    setting = _with_tills(setting, weighed, sample, laws)
    if len(setting.tills) > before:
        weighed = weighed_outputs(setting)
        teaching = _teaching(setting, sample, taught)
        laws = with_tills(laws, setting.tills.zeros)
        laws = marked_laws(teaching.real(half), teaching.moved(half), laws, setting.common())
        laws = _learned(teaching, half, laws, prior, setting)
    return _scaled(setting, weighed, sample, laws), weighed, laws


def _learned(teaching: _Teaching, half: Ints, start: Laws, prior: Laws, setting: Setting) -> Laws:
    """Delay and amount, then marks, then both once more in the light of each other."""
    pseudo, common = setting.params.law_pseudo_payments, setting.common()
    real, moved = teaching.real(half), teaching.moved(half)
    laws = start
    for _ in range(_PASSES):
        laws = learned_laws(real, laws, prior, pseudo)
        laws = marked_laws(real, moved, laws, common)
    return laws


@dataclass(frozen=True)
class _Teaching:
    """Candidates of the ads that teach, as posted and moved, each with the ads it numbers."""

    as_posted: tuple[Evidence, Ints]
    elsewhere: tuple[Evidence, Ints]

    def real(self, group_of_ad: Ints) -> Evidence:
        """The candidates as posted, under a numbering of groups."""
        return _grouped(self.as_posted, group_of_ad)

    def moved(self, group_of_ad: Ints) -> Evidence:
        """The candidates of moved ads, under a numbering of groups."""
        return _grouped(self.elsewhere, group_of_ad)


def _teaching(setting: Setting, sample: Ints, taught: list[Candidates]) -> _Teaching:
    rounds = [_law_evidence(setting, sample, n, found) for n, found in enumerate(taught)]
    return _Teaching(rounds[0], _joined(rounds[1:], rounds[0]))


def _taught_rounds(setting: Setting) -> int:
    return min(_SCALE_ROUNDS, setting.params.decoy_rounds)


def _law_evidence(
    setting: Setting, sample: Ints, number: int, found: Candidates
) -> tuple[Evidence, Ints]:
    """What one round of the ads that teach found, and those ads; `Evidence.ad` numbers them."""
    sample = sample[_standing(setting, number)[1][sample]]
    dense = np.zeros(len(setting.ads), dtype=np.int64)
    dense[sample] = np.arange(len(sample))
    evidence = setting.evidence(found, np.zeros(len(setting.ads), dtype=np.int64))
    return dataclasses.replace(evidence, ad=dense[evidence.ad]), sample


def _taught_candidates(setting: Setting, sample: Ints) -> list[Candidates]:
    """Candidates of the ads that teach, as posted and in each round that teaches."""
    rounds = range(_taught_rounds(setting) + 1)
    return [_law_candidates(setting, sample, number) for number in rounds]


def _law_candidates(setting: Setting, sample: Ints, number: int) -> Candidates:
    """Candidates of the ads that teach in one round; they depend on no law and no till."""
    posted_us, moved = _standing(setting, number)
    taking_part = np.zeros(len(setting.ads), dtype=bool)
    taking_part[sample] = moved[sample]
    hypotheses = np.flatnonzero(taking_part[setting.asking.ad])
    return joined_candidates(
        [
            _candidates(setting, hypotheses[first : first + _PER_CHUNK], posted_us)
            for first in range(0, max(len(hypotheses), 1), _PER_CHUNK)
        ]
    )


def _joined(
    rounds: list[tuple[Evidence, Ints]], like: tuple[Evidence, Ints]
) -> tuple[Evidence, Ints]:
    """Several rounds as one, each ad of each round with a number of its own."""
    if not rounds:
        nothing = np.empty(0, dtype=np.int64)
        return like[0].taken(nothing), nothing
    before = np.cumsum([0] + [len(sample) for _, sample in rounds[:-1]])
    parts = [
        dataclasses.replace(one, ad=one.ad + start)
        for (one, _), start in zip(rounds, before, strict=True)
    ]
    return joined_evidence(parts), np.concatenate([sample for _, sample in rounds])


def _grouped(round_: tuple[Evidence, Ints], group_of_ad: Ints) -> Evidence:
    """The candidates under a numbering of groups."""
    evidence, sample = round_
    of_sample = group_of_ad[sample]
    return dataclasses.replace(evidence, group=of_sample[evidence.ad], group_of_ad=of_sample)


def _law_sample(setting: Setting) -> Ints:
    """Ads that may teach: with an asking price, inside the covered time, not too many a site."""
    ads = setting.ads
    before_us = (setting.before_s[ads.site] * 1e6).astype(np.int64)
    usable = setting.asking.total(len(ads)) >= _LEAST_WEIGHT
    if len(setting.coverage.begins_us):
        usable &= setting.coverage.inside(ads.posted_us, before_us)
    rows = np.flatnonzero(usable)
    # Spread evenly over the ad_ids of each half of a site, so that both halves teach alike: the
    # same ads, whatever the order of the rows.
    half = ads.half[rows]
    size, rank = np.bincount(half, minlength=1)[half], ranks_within(half)
    most = max(_most_ads(setting, rows) // 2, 1)
    chosen = (size <= most) | (rank * most // size != (rank + 1) * most // size)
    return np.asarray(rows[chosen], dtype=np.int64)


def _most_ads(setting: Setting, usable: Ints) -> int:
    """How many ads of a site may teach: fewer where each has many candidates."""
    few = usable[:: max(len(usable) // _PILOT_ADS, 1)]
    hypotheses = np.flatnonzero(np.isin(setting.asking.ad, few))
    each = len(_candidates(setting, hypotheses, setting.ads.posted_us)) / max(len(few), 1)
    room = setting.params.law_candidates / max(each * len(setting.ads.sites), 1e-9)
    return int(np.clip(room, min(_LEAST_LAW_ADS, setting.params.law_ads), setting.params.law_ads))


def _scored(
    setting: Setting,
    weighed: list[WeighedOutputs],
    laws: Laws,
    posted_us: Ints,
    moved: Flags,
) -> Scored:
    """Score one round; `posted_us` is where its ads stand, `moved` which of them take part."""
    share = laws.share[setting.ads.half]
    return _judged(setting, score_round(setting, weighed, laws, posted_us, moved), share)


def _judged(setting: Setting, scores: RoundScores, share: Floats) -> Scored:
    """One row per (ad, output), the hypotheses about it summed; then the posteriors."""
    found, ratio, rest = scores.candidates, scores.ratio, scores.rest
    ad = setting.asking.ad[found.hypothesis]
    order, first = _by_output(setting, found, ad, ratio)
    summed = np.add.reduceat(ratio[order], first) if len(first) else np.empty(0)
    best = order[first]
    kept, ad = found.taken(best), ad[best]
    _, outpoint = np.unique(kept.output, return_inverse=True)
    bought = setting.asking.ads_bought[kept.hypothesis]
    # What an ad's hypotheses leave to one (it was free, or cost another sum) is none of these.
    weight = np.maximum(setting.asking.total(len(rest)), 1e-300)
    posterior = posterior_probabilities(
        ad,
        outpoint.astype(np.int64),
        bought,
        summed / weight[ad],
        share * np.minimum(weight, 1.0),
        rest / weight,
    )
    return Scored(kept, ad, bought, summed, posterior, scores.elsewhere)


def _by_output(setting: Setting, found: Candidates, ad: Ints, ratio: Floats) -> tuple[Ints, Ints]:
    """Candidates in (ad, output) order, and where in it each (ad, output) begins.

    Within one the likeliest hypothesis comes first; it lends its amounts and delays.
    """
    order = np.lexsort((found.hypothesis, -ratio, found.output, ad))
    pair = ad[order] * np.int64(max(len(setting.outputs), 1)) + found.output[order]
    return order, np.flatnonzero(np.diff(pair, prepend=-1))


def _round_table(setting: Setting, scored: Scored, number: int) -> pa.Table:
    output, found = scored.candidates.output, scored.candidates
    outputs = setting.outputs
    schema = TABLES["payment_candidates"].written_schema()
    columns = {
        "round": np.full(len(output), number, dtype=np.int64),
        "ad_id": setting.ads.ad_id.take(pa.array(scored.ad)),
        "tx_id": outputs.tx_id[output],
        "vout": outputs.vout[output],
        "value_sat": outputs.value_sat[output],
        "delay_s": (found.least_delay_s + found.most_delay_s) / 2,
        "amount_log_ratio": found.log_ratio,
        "ads_bought": scored.ads_bought,
        "log10_lr": np.log10(scored.ratio),
        "posterior_probability": scored.posterior,
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
