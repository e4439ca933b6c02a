"""Marks of an output that say who was paid: round bitcoin amounts, and the wallet that receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.times import Floats, Ints, PaidOutputs

# Processors quote six to eight decimals of a bitcoin, that is none to two trailing zeros.
_MOST_ZEROS: Final = 4
# A wallet that receives less often cannot be known as anybody's till.
_LEAST_RECEIVED: Final = 5
_PSEUDO: Final = 1.0


@dataclass(frozen=True)
class Marks:
    """Marks of each output, and how common each is among all outputs.

    `zeros` counts the trailing zeros of the satoshi amount (at most 4). `recipient` is a dense
    code of the wallet paid, in `wallets` (ascending wallet_id); −1 for a wallet that receives
    less than five outputs, or none known.
    """

    zeros: Ints
    recipient: Ints
    wallets: Ints
    zeros_share: Floats
    recipient_share: Floats


def marks_of(outputs: PaidOutputs) -> Marks:
    """Read the marks off the outputs.

    Notes: shares are over all timed outputs. An amount's zeros are taken as independent of its
    value; wrong for sums of whole bitcoin, which no posting costs.
    """
    zeros = np.zeros(len(outputs), dtype=np.int64)
    for count in range(1, _MOST_ZEROS + 1):
        zeros += outputs.value_sat % 10**count == 0
    wallets, received = np.unique(outputs.recipient[outputs.recipient >= 0], return_counts=True)
    often = received >= _LEAST_RECEIVED
    wallets, received = wallets[often], received[often]
    at = np.searchsorted(wallets, outputs.recipient)
    at = np.minimum(at, max(len(wallets) - 1, 0))
    known = wallets[at] == outputs.recipient if len(wallets) else np.zeros(len(outputs), dtype=bool)
    return Marks(
        zeros,
        np.where(known, at, -1),
        wallets.astype(np.int64),
        zeros_shares(zeros),
        received / max(len(outputs), 1),
    )


def zeros_shares(zeros: Ints) -> Floats:
    """How common each number of trailing zeros is, with one output added to each."""
    counts = np.bincount(zeros, minlength=_MOST_ZEROS + 1) + _PSEUDO
    return np.asarray(counts / counts.sum())
