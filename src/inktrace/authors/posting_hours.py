"""At what hours of the day authors post: evidence of its own, never mixed with style.

The propositions: two groups of ads keep one habit of the clock, or each has a habit of its own,
drawn from the population. A habit bends a site's own curve of hours toward one time of day; what
everybody does on a site is therefore no evidence. Ads of one burst are one sitting and count once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.special import logsumexp

HOURS: Final = 24
_US_PER_S: Final = 1_000_000
_DAY_US: Final = 86_400 * _US_PER_S
# How sharply a habit is bent to its hour (von Mises concentration); 0 = keeps the site's hours.
SHARPNESS: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
# Share of each habit, learned on half of the authors of Debian changelogs, the sharpest raised to
# half a percent (evaluation/authors/posting_hours.py).
DEFAULT_SHARES: Final = (0.13, 0.39, 0.40, 0.07, 0.005, 0.005)
_ODD_SHARE: Final = 0.05  # of sittings that keep to no habit, so that one cannot decide alone
_SITE_SITTINGS: Final = 50.0  # at which a site's own curve and that of all sites count alike
_AUTHOR_SITTINGS: Final = 10.0  # most that one author weighs in a site's curve
_FEED_SHARE, _FEED_ADS = 0.9, 5  # a feed whose ads nearly all bear one or two times tells no hour
_ROWS: Final = 20_000


@dataclass(frozen=True)
class HourModel:
    """What turns hours into evidence: shares of the habits, scale and cap of the log10 LR.

    `shares` has one value for each of SHARPNESS and sums to 1; `authors` is how many known
    authors it was fitted on (0 = as shipped).
    """

    shares: tuple[float, ...]
    scale: float
    most_log10_lr: float
    authors: int

    def to_json(self) -> dict[str, Any]:
        """The model as a readable document."""
        return {"sharpness": list(SHARPNESS), **dataclasses.asdict(self)}


def hour_model_from_json(document: Mapping[str, Any]) -> HourModel:
    """Read a model back."""
    return HourModel(
        tuple(document["shares"]),
        float(document["scale"]),
        float(document["most_log10_lr"]),
        int(document["authors"]),
    )


@dataclass(frozen=True)
class PostingTimes:
    """When and where each ad was posted: int64 per ad; `site` is a number, `us` UTC microseconds.

    `told` (bool): whether the hour is known; false for a feed that gives dates only.
    """

    us: np.ndarray
    site: np.ndarray
    told: np.ndarray

    def sites(self) -> int:
        """Number of sites."""
        return int(self.site.max(initial=-1)) + 1

    def only(self, chosen: np.ndarray) -> PostingTimes:
        """The same, with no hour told of the ads outside a mask."""
        return dataclasses.replace(self, told=self.told & chosen)

    def hour_codes(self) -> np.ndarray:
        """Site and hour of the day as one number."""
        return np.asarray(self.site * HOURS + (self.us % _DAY_US) // (3600 * _US_PER_S))


def posting_times(table: pa.Table) -> PostingTimes:
    """Times of ads, from a table of site and posted_us in the order of the corpus.

    An ad at midnight to the microsecond bears a date only, and so do the ads of a feed of five or
    more of which nine tenths bear the same one or two times of day (midnight of some other zone,
    with and without summer time).
    """
    names = np.asarray([name or "" for name in table.column("site").to_pylist()], dtype=object)
    _, site = np.unique(names.astype(str), return_inverse=True)
    us = table.column("posted_us").fill_null(0).to_numpy().astype(np.int64)
    clock = us % _DAY_US
    keys, counts = np.unique(np.stack([site, clock], 1), axis=0, return_counts=True)
    order = np.lexsort((-counts, keys[:, 0]))
    owner = keys[order, 0]
    rank = np.arange(len(order)) - np.searchsorted(owner, owner)
    commonest = np.bincount(
        owner, counts[order] * (rank < 2), minlength=int(site.max(initial=0)) + 1
    )
    size = np.bincount(site, minlength=len(commonest))
    feed = (size >= _FEED_ADS) & (commonest >= _FEED_SHARE * size)
    told = (clock != 0) & ~feed[site]
    return PostingTimes(us, site.astype(np.int64), told)


@dataclass(frozen=True)
class Sittings:
    """Bursts of ads of one author, each with the part that every block of ads had in it.

    One row per sitting and block, in order of author and time: `sitting`, `block` (numbers),
    `code` (site and hour of the block's first ad in it), `weight` (1, or one half where several
    blocks sat together). The first row of a sitting has its first ad.
    """

    author: np.ndarray
    block: np.ndarray
    sitting: np.ndarray
    code: np.ndarray
    weight: np.ndarray

    def first_rows(self) -> np.ndarray:
        """The row of each sitting's first ad."""
        return np.flatnonzero(np.diff(self.sitting, prepend=-1))


def sittings(times: PostingTimes, author: np.ndarray, block: np.ndarray, gap_s: int) -> Sittings:
    """Cut each author's ads into bursts: an ad within `gap_s` of the one before is in its burst.

    `author`, `block`: int64 per ad; each block belongs to one author. Ads whose hour is not told
    are left out.
    """
    ads = np.flatnonzero(times.told)
    # By site where times are equal, so that the order in which ads were given plays no part.
    ads = ads[np.lexsort((times.site[ads], times.us[ads], author[ads]))]
    owner, us = author[ads], times.us[ads]
    starts = np.ones(len(ads), bool)
    starts[1:] = (owner[1:] != owner[:-1]) | (np.diff(us) > gap_s * _US_PER_S)
    sitting = np.cumsum(starts) - 1
    keys, first = np.unique(np.stack([sitting, block[ads]], 1), axis=0, return_index=True)
    together = np.bincount(keys[:, 0])[keys[:, 0]] > 1
    weight = np.where(together, 0.5, 1.0)
    order = np.argsort(first, kind="stable")
    rows = first[order]
    code = times.hour_codes()[ads[rows]]
    return Sittings(owner[rows], keys[order, 1], keys[order, 0], code, weight[order])


def site_curves(found: Sittings, sites: int) -> np.ndarray:
    """How sittings spread over the hours on each site: float64 (sites × 24), rows sum to 1.

    No author weighs more than ten sittings; each curve is smoothed over neighbouring hours and
    leans on that of all sites, which leans on even hours.
    """
    rows = found.first_rows()
    _, place = np.unique(found.author[rows], return_inverse=True)
    weight = np.minimum(1.0, _AUTHOR_SITTINGS / np.bincount(place)[place])
    counted = np.bincount(found.code[rows], weight, minlength=sites * HOURS)
    counts = _smoothed(counted.reshape(sites, HOURS))
    every = counts.sum(axis=0) + 1.0
    every /= every.sum()
    curves = counts + _SITE_SITTINGS * every
    return np.asarray(curves / curves.sum(axis=1, keepdims=True))


def _smoothed(counts: np.ndarray) -> np.ndarray:
    sides = np.roll(counts, 1, axis=-1) + np.roll(counts, -1, axis=-1)
    return np.asarray(0.5 * counts + 0.25 * sides)


def habit_table(curves: np.ndarray) -> np.ndarray:
    """log of how each habit changes the chance of each hour: float64 (sites·24 × habits).

    Habits: for each of SHARPNESS all 24 hours as the middle (one habit only where it is 0).
    """
    hour = np.arange(HOURS)
    columns = []
    for sharp in SHARPNESS:
        for middle in range(HOURS) if sharp else (0,):
            bend = np.exp(sharp * (np.cos(2.0 * np.pi * (hour - middle) / HOURS) - 1.0))
            bent = curves * bend
            bent /= bent.sum(axis=1, keepdims=True)
            columns.append(np.log((1.0 - _ODD_SHARE) * bent / curves + _ODD_SHARE).ravel())
    return np.column_stack(columns)


def habit_log_prior(shares: tuple[float, ...]) -> np.ndarray:
    """log prior of each habit: each sharpness has its share, spread evenly over the hours."""
    sizes = [HOURS if sharp else 1 for sharp in SHARPNESS]
    return np.repeat(np.log(np.asarray(shares) / sizes), sizes)


@dataclass(frozen=True)
class HourEvidence:
    """Compares groups of sittings: `habits` as of `habit_table`, and the model in use."""

    habits: np.ndarray
    model: HourModel
    most_sittings: float

    def log_likelihood(self, counts: sparse.csr_matrix) -> np.ndarray:
        """log likelihood of each group under each habit: (groups × habits).

        `counts`: (groups × sites·24) sittings. Habits drift and days are alike, so n sittings say
        as much as n / (1 + n / most_sittings) independent ones.
        """
        total = np.asarray(counts.sum(axis=1)).ravel()
        return np.asarray(counts @ self.habits) / (1.0 + total / self.most_sittings)[:, None]

    def log10_lr(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """log10 LR of one habit against two, for rows of two log-likelihood matrices.

        Exactly 0 where one side has no sitting: its row is all zeros, as under every habit.
        """
        prior = habit_log_prior(self.model.shares)
        apart = logsumexp(first + prior, axis=-1) + logsumexp(second + prior, axis=-1)
        raw = (logsumexp(first + second + prior, axis=-1) - apart) / np.log(10.0)
        known = (first != 0.0).any(axis=-1) & (second != 0.0).any(axis=-1)
        most = self.model.most_log10_lr
        return np.asarray(np.where(known, np.clip(self.model.scale * raw, -most, most), 0.0))


def counted(found: Sittings, group: np.ndarray, groups: int, codes: int) -> sparse.csr_matrix:
    """Sittings of each group by site and hour; `group` int64 per row of `found`."""
    return sparse.csr_matrix((found.weight, (group, found.code)), shape=(groups, codes))


@dataclass(frozen=True)
class RestCompared:
    """Each block of ads against the rest of its author: sittings of both sides and log10 LR."""

    block: np.ndarray
    sittings: np.ndarray
    rest_sittings: np.ndarray
    log10_lr: np.ndarray


def compared_with_rest(found: Sittings, evidence: HourEvidence) -> RestCompared:
    """Compare every block with all other blocks of its author.

    A burst in which both sides posted counts as half a sitting on each side: once in all.
    """
    codes = evidence.habits.shape[0]
    blocks, starts, of_block = np.unique(found.block, return_index=True, return_inverse=True)
    _, author = np.unique(found.author[starts], return_inverse=True)
    counts = counted(found, of_block, len(blocks), codes)
    lr, own, other = (np.zeros(len(blocks)) for _ in range(3))
    if len(blocks):
        rest = _rest_counts(found, of_block, author, codes)
        own, other = (np.asarray(side.sum(axis=1)).ravel() for side in (counts, rest))
    for start in range(0, len(blocks), _ROWS):
        part = slice(start, start + _ROWS)
        lr[part] = evidence.log10_lr(
            evidence.log_likelihood(counts[part]), evidence.log_likelihood(rest[part])
        )
    return RestCompared(blocks, own, other, np.round(lr, 6))


def _rest_counts(
    found: Sittings, of_block: np.ndarray, author: np.ndarray, codes: int
) -> sparse.csr_matrix:
    """Sittings of each block's siblings: a sitting once, at its first ad that is a sibling's."""
    code, first = found.code, found.first_rows()
    ends = np.append(first[1:], len(code))
    shape = (int(author.max(initial=-1)) + 1, codes)
    owner = author[of_block[first]]
    whole = sparse.csr_matrix((np.ones(len(first)), (owner, code[first])), shape=shape)
    # Of the sittings that a block took part in: take out the whole, put back half of the others'.
    lead = np.repeat(first, ends - first)
    shared = np.repeat(ends - first > 1, ends - first)
    others = np.where(np.arange(len(code)) == lead, np.minimum(lead + 1, len(code) - 1), lead)
    size = (len(author), codes)
    out = sparse.csr_matrix((np.ones(len(code)), (of_block, code[lead])), shape=size)
    half = np.full(int(shared.sum()), 0.5)
    back = sparse.csr_matrix((half, (of_block[shared], code[others[shared]])), shape=size)
    return sparse.csr_matrix(whole[author] - out + back)
