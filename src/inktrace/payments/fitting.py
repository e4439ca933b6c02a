"""Tills, laws and the scale of the background, learned from the ads of a workspace."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from inktrace.payments.candidates import Candidates
from inktrace.payments.law_learning import (
    learned_laws,
    marked_laws,
    mixed_laws,
    wide_laws,
    with_tills,
)
from inktrace.payments.laws import Laws, repeated
from inktrace.payments.round_scores import WeighedOutputs, score_round, weighed_outputs
from inktrace.payments.scored_round import Scored, scored_round, standing
from inktrace.payments.setting import Setting
from inktrace.payments.teaching import (
    Teaching,
    law_sample,
    taught_candidates,
    taught_rounds,
    teaching_of,
)
from inktrace.payments.tills import Received, frequent_tills, known_tills, measured_tills
from inktrace.payments.times import Flags, Ints

_SCALE_PSEUDO: Final = 50.0
_PASSES: Final = 2
_PILOT_ADS: Final = 2000
_SOON_S: Final = 900  # a quote's longest life: most ads appear sooner after their payment


def fitted(setting: Setting) -> tuple[Setting, list[WeighedOutputs], Laws]:
    """The setting with tills, its outputs weighed, and the laws of each half from the other.

    First all sites that tell time equally finely are learned as one, then each half of a site is
    drawn towards that, then what marks its payments; when more tills are found, all again.
    """
    sample = law_sample(setting)
    taught = taught_candidates(setting, sample)
    setting = with_frequent_tills(setting, taught)
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
    teaching = teaching_of(setting, sample, taught)
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
        teaching = teaching_of(setting, sample, taught)
        laws = with_tills(laws, setting.tills.zeros)
        laws = marked_laws(teaching.real(half), teaching.moved(half), laws, setting.common())
        laws = _learned(teaching, half, laws, prior, setting)
    setting = _scaled(setting, weighed, sample, laws)
    return _listing(setting, weighed, laws), weighed, laws


def _listing(setting: Setting, weighed: list[WeighedOutputs], laws: Laws) -> Setting:
    """The setting with a bar for listing at which all rounds keep to `most_candidates`.

    Counted on some of the ads, moved once: what decoys meet, real ads meet besides their own.
    """
    params, ads = setting.params, len(setting.ads)
    pilot = np.arange(0, ads, max(ads // _PILOT_ADS, 1))
    posted_us, moved = standing(setting, 1)
    taking_part = np.zeros(ads, dtype=bool)
    taking_part[pilot] = moved[pilot]
    met = np.sort(score_round(setting, weighed, laws, posted_us, taking_part).ratio)[::-1]
    room = int(params.most_candidates / (params.decoy_rounds + 1) * len(pilot) / max(ads, 1))
    if len(met) <= room:
        return setting
    bar = float(np.ceil(100 * np.log10(met[room])) / 100)
    return dataclasses.replace(setting, least_log10_lr=max(bar, params.least_log10_lr))


def _learned(teaching: Teaching, half: Ints, start: Laws, prior: Laws, setting: Setting) -> Laws:
    """Delay and amount, then marks, then both once more in the light of each other."""
    pseudo, common = setting.params.law_pseudo_payments, setting.common()
    real, moved = teaching.real(half), teaching.moved(half)
    laws = start
    for _ in range(_PASSES):
        laws = learned_laws(real, laws, prior, pseudo)
        laws = marked_laws(real, moved, laws, common)
    return laws


def with_frequent_tills(setting: Setting, taught: list[Candidates]) -> Setting:
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
        wallets = len(setting.marks.wallets) + 1
        ad, recipient = np.divmod(np.unique((ad * wallets + recipient)[recipient >= 0]), wallets)
        rounds.append(Received(group[ad], recipient, np.ones(len(ad))))
    return knowing(setting, frequent_tills(rounds[0], rounds[1:], len(setting.marks.wallets)))


def _with_tills(
    setting: Setting, weighed: list[WeighedOutputs], sample: Ints, laws: Laws
) -> Setting:
    """The setting with the tills that real ads point to and moved ones do not."""
    rounds = [
        _received(setting, _scored_sample(setting, weighed, sample, laws, number)[0])
        for number in range(taught_rounds(setting) + 1)
    ]
    codes = known_tills(rounds[0], rounds[1:], len(setting.marks.wallets))
    return knowing(setting, np.union1d(codes, setting.tills.codes).astype(np.int64))


def knowing(setting: Setting, codes: Ints) -> Setting:
    tills = measured_tills(codes, setting.outputs, setting.log_values, setting.marks)
    return dataclasses.replace(setting, tills=tills)


def _received(setting: Setting, scored: Scored) -> Received:
    """Who would receive the likely payments of one round, by half of a site."""
    recipient = setting.marks.recipient[scored.candidates.output]
    rows = np.flatnonzero(recipient >= 0)
    group = setting.ads.half
    return Received(group[scored.ad[rows]], recipient[rows], scored.posterior[rows])


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
    for number in range(1, taught_rounds(setting) + 1):
        scored, taking_part = _scored_sample(setting, weighed, sample, laws, number)
        met += np.bincount(site, weights=scored.elsewhere * taking_part, minlength=sites)
        count += np.bincount(site, weights=elsewhere * taking_part, minlength=sites)
    scale = setting.scale * (met + _SCALE_PSEUDO) / (count + _SCALE_PSEUDO)
    return dataclasses.replace(setting, scale=scale)


def _scored_sample(
    setting: Setting, weighed: list[WeighedOutputs], sample: Ints, laws: Laws, number: int
) -> tuple[Scored, Flags]:
    """One round of the ads that teach, and which of them take part in it."""
    posted_us, moved = standing(setting, number)
    taking_part = np.zeros(len(setting.ads), dtype=bool)
    taking_part[sample] = moved[sample]
    return scored_round(setting, weighed, laws, posted_us, taking_part), taking_part
