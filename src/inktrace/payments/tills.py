"""Tills: wallets that a site is paid through, learned from who receives the likely payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import poisson

from inktrace.payments.background import Background, measured_background
from inktrace.payments.marks import Marks, zeros_shares
from inktrace.payments.times import Floats, Ints, PaidOutputs

# A site that is paid through more wallets than these is paid through no wallet in particular.
_MOST: Final = 16
_LEAST_EXCESS: Final = 2.0
_DEVIATIONS: Final = 4.0
_LEAST_ADS: Final = 5.0
_LEAST_CHANCE: Final = 1e-6
# What a handful of moved rounds has not met may still be met by chance now and then.
_UNMET: Final = 0.25


@dataclass(frozen=True)
class Received:
    """Candidates whose recipient is a wallet with a code: half of a site, code, probability."""

    group: Ints
    recipient: Ints
    probability: Floats


@dataclass(frozen=True)
class Tills:
    """Wallets that some site is paid through, each with a background of its own.

    What a till receives crowds at its sites' prices and has its processor's round amounts; so a
    candidate that pays a till is weighed against the till's other receipts, not against all
    outputs. `codes` are `Marks` codes, ascending; `share[k]` is till k's share of all outputs,
    `zeros[k, z]` the share of its receipts with z trailing zeros.
    """

    codes: Ints
    share: Floats
    zeros: Floats
    backgrounds: tuple[Background, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def of(self, recipient: Ints) -> Ints:
        """Number of the till with each recipient's code; as many as there are tills: no till."""
        if not len(self):
            return np.zeros(len(recipient), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.codes, recipient), len(self) - 1)
        return np.where(self.codes[at] == recipient, at, len(self)).astype(np.int64)


def no_tills(marks: Marks) -> Tills:
    """Before anything was learned."""
    return Tills(np.empty(0, np.int64), np.empty(0), np.empty((0, len(marks.zeros_share))), ())


def measured_tills(
    codes: Ints, outputs: PaidOutputs, log_values: list[Floats], marks: Marks
) -> Tills:
    """Measure what each of the given wallets receives, payments for ads included."""
    rows = np.flatnonzero(np.isin(marks.recipient, codes))
    rows = rows[np.argsort(marks.recipient[rows], kind="stable")]
    starts = np.searchsorted(marks.recipient[rows], codes)
    middle = outputs.middle_us
    backgrounds, zeros = [], []
    for mine in np.split(rows, starts[1:]) if len(codes) else []:
        backgrounds.append(
            measured_background(middle[mine], [values[mine] for values in log_values])
        )
        zeros.append(zeros_shares(marks.zeros[mine]))
    return Tills(
        codes,
        marks.recipient_share[codes],
        np.array(zeros) if zeros else np.empty((0, len(marks.zeros_share))),
        tuple(backgrounds),
    )


def frequent_tills(real: Received, moved: list[Received], wallets: int) -> Ints:
    """Codes of wallets that far more real ads meet than moved ones; each ad counts once.

    The excess must be at least five ads of half a site, and chance must have foretold so many
    with a probability below one in a million (Poisson; what moved ads met, and a quarter more).
    """
    keys, seen, expected = _compared(real, moved, wallets)
    chance = poisson.sf(seen - 1.0, expected + _UNMET)
    kept = (seen - expected >= _LEAST_ADS) & (chance < _LEAST_CHANCE)
    return _strongest(keys[kept], (seen - expected)[kept], wallets)


def known_tills(real: Received, moved: list[Received], wallets: int) -> Ints:
    """Codes of wallets that receive clearly more of the real candidates than of moved ads'.

    A wallet is known where, for half of a site's ads, the probabilities that it was paid sum to
    at least two payments and four standard deviations (Poisson) more than in the moved rounds.

    Notes: a wallet that many customers pay is no sign of a site unless the site's own times and
    prices point to it more than moved ones do; both are counted with equal care.
    """
    keys, seen, expected = _compared(real, moved, wallets)
    excess = seen - expected
    kept = (excess >= _LEAST_EXCESS) & (excess >= _DEVIATIONS * np.sqrt(expected + _UNMET))
    return _strongest(keys[kept], excess[kept], wallets)


def _compared(real: Received, moved: list[Received], wallets: int) -> tuple[Ints, Floats, Floats]:
    """Keys (group · wallets + code), and what real ads and, on average, moved ads show of each."""
    if not wallets or not moved:
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    keys, seen = _sums(real, wallets)
    chance = np.zeros(len(keys))
    for one in moved:
        at_keys, at_seen = _sums(one, wallets)
        if len(at_keys):
            at = np.minimum(np.searchsorted(at_keys, keys), len(at_keys) - 1)
            chance += np.where(at_keys[at] == keys, at_seen[at], 0.0)
    return keys, seen, chance / len(moved)


def _strongest(keys: Ints, excess: Floats, wallets: int) -> Ints:
    """The codes of each group's wallets with the largest excess, each once, ascending."""
    group = keys // max(wallets, 1)
    order = np.lexsort((keys, -excess, group))
    rank = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return np.unique((keys % max(wallets, 1))[order][rank < _MOST]).astype(np.int64)


def _sums(received: Received, wallets: int) -> tuple[Ints, Floats]:
    keys, at = np.unique(received.group * wallets + received.recipient, return_inverse=True)
    seen = np.bincount(at, weights=received.probability, minlength=len(keys))
    return keys.astype(np.int64), np.asarray(seen, dtype=np.float64)
