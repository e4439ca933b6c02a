"""PDQ, the perceptual hash of a picture: 256 bits that change little when the picture does.

A hash says nothing of what a picture shows and cannot be turned back into it.

Reference: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm"
(2019), and its published C++ code. Computed here in NumPy, since the library that wraps that code
comes as sources that need a compiler; how well both agree is in docs/benchmarks.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["LEAST_SIDE", "VARIANTS", "Pdq", "pdq", "pdq_variants"]

Floats = npt.NDArray[np.float32]

LEAST_SIDE: Final = 5  # pixels; nothing can be told of a smaller picture
# A picture turned and mirrored, as the eight ways to look at the 64 by 64 grid.
VARIANTS: Final = (
    "as_is",
    "turned_90",
    "turned_180",
    "turned_270",
    "mirrored",
    "mirrored_turned_90",
    "mirrored_turned_180",
    "mirrored_turned_270",
)
_GRID: Final = 64
_KEPT: Final = 16
_PASSES: Final = 2
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
_GRADIENT_SCALE: Final = 90
_BEST: Final = 100


class Pdq(NamedTuple):
    """A hash in 64 hex digits, and its quality from 0 (blank) to 100."""

    hex: str
    quality: int


def pdq(pixels: npt.NDArray[np.uint8]) -> Pdq:
    """The PDQ hash of a picture.

    `pixels` has shape (rows, columns, 3), RGB, or (rows, columns), grey. Quality below 50 means
    that the picture has too little structure for its hash to tell it from others.
    """
    grid = _grid(pixels)
    return Pdq(_hex(grid), _quality(grid))


def pdq_variants(pixels: npt.NDArray[np.uint8]) -> dict[str, str]:
    """The hashes of the picture turned and mirrored, by the names of VARIANTS."""
    grid = _grid(pixels)
    views = [np.rot90(side, turns) for side in (grid, grid[:, ::-1]) for turns in range(4)]
    return {name: _hex(view) for name, view in zip(VARIANTS, views, strict=True)}


def _grid(pixels: npt.NDArray[np.uint8]) -> Floats:
    """The picture's brightness, smoothed and taken at 64 by 64 places."""
    luma = pixels.astype(np.float32) if pixels.ndim == 2 else pixels.astype(np.float32) @ _LUMA
    rows, columns = luma.shape
    across = (_smoothing(columns) @ luma.T).T
    grid: Floats = np.ascontiguousarray(_smoothing(rows) @ across, np.float32)
    return grid


@lru_cache(maxsize=64)
def _smoothing(size: int) -> Any:
    """The (64, size) matrix that averages over a window twice and takes every (size/64)th."""
    window = (size + 2 * _GRID - 1) // (2 * _GRID)
    ahead = (window + 2) // 2 - 1
    places = np.arange(size)
    low = np.maximum(places + ahead - window + 1, 0)
    high = np.minimum(places + ahead, size - 1)
    lengths = high - low + 1
    starts = np.concatenate([[0], np.cumsum(lengths)])
    inner = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths) + np.repeat(low, lengths)
    weights = np.repeat(1.0 / lengths, lengths)
    box = sparse.csr_array((weights, inner, starts), shape=(size, size))
    taken = ((np.arange(_GRID) + 0.5) * size / _GRID).astype(np.int64)
    smooth = box[taken]
    for _ in range(_PASSES - 1):
        smooth = smooth @ box
    return smooth.astype(np.float32)


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """The 16 lowest frequencies but the mean, over 64 places; shape (16, 64)."""
    frequency, place = np.arange(1, _KEPT + 1)[:, None], np.arange(_GRID)[None, :]
    waves = np.cos(np.pi / (2 * _GRID) * frequency * (2 * place + 1))
    scaled: Floats = (np.sqrt(2 / _GRID) * waves).astype(np.float32)
    return scaled


def _hex(grid: Floats) -> str:
    """The 256 lowest frequencies against their median, the first the lowest bit."""
    found = (_cosines() @ grid @ _cosines().T).ravel()
    middle = np.partition(found, found.size // 2 - 1)[found.size // 2 - 1]
    return np.packbits((found > middle)[::-1]).tobytes().hex()


def _quality(grid: Floats) -> int:
    steps = sum(
        int(np.abs(np.trunc(np.diff(grid, axis=axis) * np.float32(100) / np.float32(255))).sum())
        for axis in (0, 1)
    )
    return min(steps // _GRADIENT_SCALE, _BEST)
