"""One round's candidates under given laws: every output that time and amount allow, weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.candidates import Candidates, OutputIndex, put_together
from inktrace.payments.laws import DELAY_SCALE_S, DELAY_STEP, Laws
from inktrace.payments.score_kernels import score_hypotheses
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints, Singles

_PER_CHUNK: Final = 4000
_LISTED_PER_HYPOTHESIS: Final = 64


@dataclass(frozen=True)
class WeighedOutputs:
    """Outputs in the order of one index (a currency's, by one clock), with all that weighs them.

    `base` and `till_base` are one over the background (seconds · unit of log value) of all outputs
    and of the output's till, trailing zeros included; the latter is nought where there is no till.
    """

    currency: int
    by_block: bool
    index: OutputIndex
    zeros: Ints
    till: Ints
    base: Floats
    till_base: Floats
    moves: Singles


def weighed_outputs(setting: Setting) -> list[WeighedOutputs]:
    """Weigh the outputs near any asking price once for all rounds, per index."""
    made = []
    for number, by_block, index in setting.by_clock:
        rows = index.rows
        of_all, at_till = setting.backgrounds(rows, number)
        made.append(
            WeighedOutputs(
                number,
                by_block,
                index,
                setting.marks.zeros[rows],
                setting.tills.of(setting.marks.recipient[rows]),
                1.0 / of_all,
                1.0 / at_till,
                np.ascontiguousarray(setting.quote_moves[number].of(rows)),
            )
        )
    return made


@dataclass(frozen=True)
class RoundScores:
    """Candidates with a likelihood ratio worth listing, in (hypothesis, index) order.

    Per ad, `rest` sums the ratios of those not listed, `elsewhere` of all that pay no till.
    """

    candidates: Candidates
    ratio: Floats
    rest: Floats
    elsewhere: Floats


def score_round(
    setting: Setting,
    weighed: list[WeighedOutputs],
    laws: Laws,
    posted_us: Ints,
    taking_part: Flags,
) -> RoundScores:
    """Score one round; `posted_us` is where its ads stand, `taking_part` which of them do.

    `laws` are those of (fold · sites + site).
    """
    ads, asking = setting.ads, setting.asking
    rest, elsewhere = np.zeros(len(ads)), np.zeros(len(ads))
    chosen, posted_us = np.flatnonzero(taking_part[asking.ad]), posted_us.copy()
    found, ratios = [], []
    waits = setting.waits[ads.site[asking.ad[chosen]]]
    for outputs in weighed:
        mine = chosen[(asking.currency[chosen] == outputs.currency) & (waits == outputs.by_block)]
        for first in range(0, len(mine), _PER_CHUNK):
            rows = mine[first : first + _PER_CHUNK]
            listed, ratio = _listed(setting, outputs, laws, posted_us, rows, (rest, elsewhere))
            found.append(listed)
            ratios.append(ratio)
    ratio = np.concatenate(ratios) if ratios else np.empty(0)
    return RoundScores(put_together(found), ratio, rest, elsewhere)


def _listed(
    setting: Setting,
    outputs: WeighedOutputs,
    laws: Laws,
    posted_us: Ints,
    rows: Ints,
    sums: tuple[Floats, Floats],
) -> tuple[Candidates, Floats]:
    """Candidates of some hypotheses (rows); adds to `sums` (rest, elsewhere) in place."""
    ads, asking, index = setting.ads, setting.asking, outputs.index
    ad = asking.ad[rows]
    before = [total[ad] for total in sums]
    room = _LISTED_PER_HYPOTHESIS * len(rows)
    while True:
        hypothesis, output = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        ratio = np.empty(room)
        count = score_hypotheses(
            ad,
            asking.log_price[rows],
            asking.weight[rows],
            ads.half,
            posted_us,
            (setting.before_s * 1e6).astype(np.int64)[ads.site],
            (setting.after_s * 1e6).astype(np.int64)[ads.site],
            setting.scale[ads.site],
            index.keys,
            index.early_us,
            index.late_us,
            index.log_value,
            outputs.zeros,
            outputs.till,
            outputs.base,
            outputs.till_base,
            outputs.moves,
            index.shape,
            np.array([index.tolerance, index.width]),
            laws.delay_edges_s,
            laws.amount_edges,
            np.ascontiguousarray(laws.delay),
            np.ascontiguousarray(laws.amount),
            np.ascontiguousarray(laws.quote_age),
            np.ascontiguousarray(laws.zeros),
            np.ascontiguousarray(laws.till),
            np.array(
                [np.arcsinh(laws.delay_edges_s[0] / DELAY_SCALE_S), DELAY_STEP, DELAY_SCALE_S]
            ),
            10.0**setting.least_log10_lr,
            hypothesis,
            output,
            ratio,
            *sums,
        )
        if count >= 0:
            break
        # More were worth listing than there was room for: all of them once more.
        for total, was in zip(sums, before, strict=True):
            total[ad] = was
        room *= 4
    hypothesis, output, ratio = hypothesis[:count], output[:count], ratio[:count]
    moment = posted_us[ad[hypothesis]]
    listed = Candidates(
        rows[hypothesis],
        index.rows[output],
        (moment - index.late_us[output]) / 1e6,
        (moment - index.early_us[output]) / 1e6,
        index.log_value[output] - asking.log_price[rows][hypothesis],
    )
    return listed, ratio
