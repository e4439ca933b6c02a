"""Outputs worth about a pack of credit, weighed by the laws of the site that sells it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.asking_prices import AskingPrices
from inktrace.payments.candidates import Candidates
from inktrace.payments.credit_ads import CreditAds, Pack
from inktrace.payments.laws import Laws, delay_edges
from inktrace.payments.rebuilt import Rebuilt
from inktrace.payments.setting import Setting
from inktrace.payments.times import Floats, Ints

_PER_CHUNK: Final = 200_000


@dataclass(frozen=True)
class PackOutputs:
    """Outputs (rows) that may have bought a pack, in order of time.

    `strength[fold, i]` is the likelihood ratio of output i, by the laws of the site that ads of
    that fold are scored with, for a delay law of density one per second.
    """

    pack: Pack
    output: Ints
    strength: Floats


def near_outputs(pack: Pack, setting: Setting, by_value: Ints) -> Ints:
    """Outputs worth about the pack, in order of time.

    `by_value` orders the outputs by their value in the pack's currency, those of none last.
    """
    values = setting.log_values[pack.currency][by_value]
    known = int(np.isfinite(values).sum())
    price, tolerance = np.log(pack.price), setting.params.amount_tolerance
    first, last = np.searchsorted(values[:known], [price - tolerance, price + tolerance])
    rows = by_value[first:last]
    return np.asarray(rows[np.lexsort((rows, setting.outputs.middle_us[rows]))], dtype=np.int64)


def pack_outputs(known: Rebuilt, pack: Pack, output: Ints, ads: CreditAds) -> PackOutputs:
    """Likelihood ratios of outputs as the pack's payment, but for the delay, by fold of the ad."""
    setting = known.setting
    of_site = ads.ad[pack.starts]
    strength = np.zeros((2, len(output)))
    for fold in (0, 1):
        mine = of_site[setting.ads.fold[of_site] == fold]
        if len(mine):
            strength[fold] = _strength(known, pack, output, int(mine[0]))
    return PackOutputs(pack, output, strength)


def _strength(known: Rebuilt, pack: Pack, output: Ints, ad: int) -> Floats:
    """Amount, rounding and till against background, as the ad's own payments are weighed."""
    setting, price = known.setting, np.log(pack.price)
    asking = AskingPrices(
        np.array([ad]),
        np.array([price]),
        np.array([pack.currency]),
        np.array([pack.weight]),
        np.ones(1, dtype=np.int64),
    )
    priced = dataclasses.replace(setting, asking=asking)
    laws = _even_delays(known.laws)
    made = np.empty(len(output))
    for first in range(0, len(output), _PER_CHUNK):
        rows = output[first : first + _PER_CHUNK]
        at_once = np.zeros(len(rows))
        found = Candidates(
            np.zeros(len(rows), dtype=np.int64),
            rows,
            at_once,
            at_once,
            setting.log_values[pack.currency][rows] - price,
        )
        made[first : first + _PER_CHUNK] = laws.ratio(priced.evidence(found, known.group))
    return made


def _even_delays(laws: Laws) -> Laws:
    """The laws, with a delay law of density one per second about nought."""
    edges = delay_edges(1.0, 1.0)
    even = np.tile(np.diff(edges), (len(laws.share), 1))
    return dataclasses.replace(laws, delay_edges_s=edges, delay=even)


def near_packs(packs: list[Pack], setting: Setting) -> list[Ints]:
    by_value = {c: np.argsort(setting.log_values[c]) for c in {pack.currency for pack in packs}}
    return [near_outputs(pack, setting, by_value[pack.currency]) for pack in packs]
