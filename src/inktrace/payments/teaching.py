"""The ads that teach the laws, and their candidates as posted and moved."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.asking_prices import ranks_within
from inktrace.payments.candidates import Candidates, joined_candidates
from inktrace.payments.laws import Evidence, joined_evidence
from inktrace.payments.scored_round import candidates_of, standing
from inktrace.payments.setting import Setting
from inktrace.payments.times import Ints

_PER_CHUNK: Final = 4000
_MOST_ROUNDS: Final = 4
_PILOT_ADS: Final = 300
_LEAST_LAW_ADS: Final = 200
# An ad that is less likely a purchase at a known price than this teaches nothing of laws.
_LEAST_WEIGHT: Final = 0.3


def law_sample(setting: Setting) -> Ints:
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
    each = len(candidates_of(setting, hypotheses, setting.ads.posted_us)) / max(len(few), 1)
    room = setting.params.law_candidates / max(each * len(setting.ads.sites), 1e-9)
    return int(np.clip(room, min(_LEAST_LAW_ADS, setting.params.law_ads), setting.params.law_ads))


def taught_rounds(setting: Setting) -> int:
    return min(_MOST_ROUNDS, setting.params.decoy_rounds)


def taught_candidates(setting: Setting, sample: Ints) -> list[Candidates]:
    """Candidates of the ads that teach, as posted and in each round that teaches."""
    rounds = range(taught_rounds(setting) + 1)
    return [_law_candidates(setting, sample, number) for number in rounds]


def _law_candidates(setting: Setting, sample: Ints, number: int) -> Candidates:
    """Candidates of the ads that teach in one round; they depend on no law and no till."""
    posted_us, moved = standing(setting, number)
    taking_part = np.zeros(len(setting.ads), dtype=bool)
    taking_part[sample] = moved[sample]
    hypotheses = np.flatnonzero(taking_part[setting.asking.ad])
    return joined_candidates(
        [
            candidates_of(setting, hypotheses[first : first + _PER_CHUNK], posted_us)
            for first in range(0, max(len(hypotheses), 1), _PER_CHUNK)
        ]
    )


@dataclass(frozen=True)
class Teaching:
    """Candidates of the ads that teach, as posted and moved, each with the ads it numbers."""

    as_posted: tuple[Evidence, Ints]
    elsewhere: tuple[Evidence, Ints]

    def real(self, group_of_ad: Ints) -> Evidence:
        """The candidates as posted, under a numbering of groups."""
        return _grouped(self.as_posted, group_of_ad)

    def moved(self, group_of_ad: Ints) -> Evidence:
        """The candidates of moved ads, under a numbering of groups."""
        return _grouped(self.elsewhere, group_of_ad)


def teaching_of(setting: Setting, sample: Ints, taught: list[Candidates]) -> Teaching:
    rounds = [_law_evidence(setting, sample, n, found) for n, found in enumerate(taught)]
    return Teaching(rounds[0], _joined(rounds[1:], rounds[0]))


def _law_evidence(
    setting: Setting, sample: Ints, number: int, found: Candidates
) -> tuple[Evidence, Ints]:
    """What one round of the ads that teach found, and those ads; `Evidence.ad` numbers them."""
    sample = sample[standing(setting, number)[1][sample]]
    dense = np.zeros(len(setting.ads), dtype=np.int64)
    dense[sample] = np.arange(len(sample))
    evidence = setting.evidence(found, np.zeros(len(setting.ads), dtype=np.int64))
    return dataclasses.replace(evidence, ad=dense[evidence.ad]), sample


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
