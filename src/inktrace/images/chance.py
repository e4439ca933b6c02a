"""How near the hashes of unrelated pictures come to one another, and how often by chance.

Bits of a random hash are independent, those of pictures' hashes are not: pictures are alike in
their coarse light and dark. As many independent bits as give the spread that is measured between
unrelated pictures stand for the 256 (Daugman's degrees of freedom of iris codes).

Reference: Daugman, "The importance of being random: statistical principles of iris recognition"
(Pattern Recognition 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from inktrace.images.bits import HASH_BITS, Hashes, distances

__all__ = ["RANDOM_BITS", "Spread", "log10_chance", "measured_spread"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEWEST_HASHES: Final = 50
_SMALLEST: Final = 1e-300


@dataclass(frozen=True)
class Spread:
    """Distances of unrelated hashes: so many even-handed bits, each different with `share`."""

    bits: float
    share: float
    pairs: int  # that it was measured on; 0 = not measured


RANDOM_BITS: Final = Spread(float(HASH_BITS), 0.5, 0)


def measured_spread(
    hashes: Hashes, nearest: int, pairs: int, generator: np.random.Generator
) -> Spread:
    """The spread between random pairs of `hashes`, pairs nearer than `nearest` left out.

    Those are taken for copies of one picture. With fewer than 50 hashes nothing is measured, and
    the bits are taken as independent, which makes matches look rarer than they are.
    """
    if len(hashes) < _FEWEST_HASHES:
        return RANDOM_BITS
    one = generator.integers(0, len(hashes), pairs)
    other = (one + generator.integers(1, len(hashes), pairs)) % len(hashes)
    found = distances(hashes[one], hashes[other])
    apart = found[found > nearest]
    if apart.size < pairs // 2 or not apart.std():
        return RANDOM_BITS
    share = float(apart.mean()) / HASH_BITS
    bits = HASH_BITS**2 * share * (1 - share) / float(apart.var())
    return Spread(min(bits, float(HASH_BITS)), share, int(apart.size))


def log10_chance(distance: Integers, listed: int, spread: Spread) -> Floats:
    """log10 of how many of `listed` hashes lie within `distance` of one of another picture.

    The lower tail of a binomial law of `spread.bits` draws, taken on as many bits as 256.
    """
    draws = np.asarray(distance, np.float64) * spread.bits / HASH_BITS
    tail = betainc(spread.bits - draws, draws + 1, 1 - spread.share)
    chance: Floats = np.log10(np.maximum(listed * tail, _SMALLEST))
    return chance
