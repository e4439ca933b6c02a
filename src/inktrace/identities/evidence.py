"""What speaks for and against one identity behind two clusters, kind by kind, in log10."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from scipy import sparse

from inktrace.identities.profiles import Field
from inktrace.params import IdentitiesParams

KINDS: Final = ("identifiers", "images", "style", "template", "wallet", "place")


@dataclass(frozen=True)
class Weights:
    """log10 weights of pairs of clusters, one array per kind; `total` holds the prior too."""

    identifiers: np.ndarray
    images: np.ndarray
    style: np.ndarray
    template: np.ndarray
    wallet: np.ndarray
    place: np.ndarray
    total: np.ndarray

    def of(self, rows: np.ndarray) -> Weights:
        """The weights of some of the pairs."""
        return Weights(*(getattr(self, one.name)[rows] for one in fields(self)))

    def replaced(self, rows: np.ndarray, others: Weights) -> Weights:
        """These weights with those of some pairs (bool per pair) put in their place."""
        arrays = []
        for one in fields(self):
            array = getattr(self, one.name).copy()
            array[rows] = getattr(others, one.name)
            arrays.append(array)
        return Weights(*arrays)


@dataclass(frozen=True)
class StylePairs:
    """Compared ads between parts `first` < `second`: how many pairs, and their sum of log10 LR."""

    first: np.ndarray
    second: np.ndarray
    template: np.ndarray
    pairs: np.ndarray
    lr_sum: np.ndarray


@dataclass(frozen=True)
class Evidence:
    """All evidence of clusters of parts. Every row of a matrix is a cluster.

    `fields` by kind of value; `authors`: clusters × authors, how many ads; `cluster` of each part.
    """

    fields: dict[str, Field]
    authors: sparse.csr_matrix
    style: StylePairs
    cluster: np.ndarray
    prior_log10_odds: float

    def merged(self, cluster: np.ndarray) -> Evidence:
        """The evidence with clusters renamed; `cluster` int64 per present cluster."""
        size = self.authors.shape[0]
        rows = sparse.csr_matrix((np.ones(size), (cluster, np.arange(size))), shape=(size, size))
        return Evidence(
            {kind: field.merged(cluster, size) for kind, field in self.fields.items()},
            (rows @ self.authors).tocsr(),
            self.style,
            cluster[self.cluster],
            self.prior_log10_odds,
        )

    def weights(self, first: np.ndarray, second: np.ndarray, params: IdentitiesParams) -> Weights:
        """What each kind says of pairs of clusters, capped, and the sum with the prior odds.

        Style and template are both text: the stronger of the two counts, the other is 0. Where
        the ads of the two are of one author, style is the word of the authors stage, in
        proportion to the pairs of ads of which that is so. A wallet says nothing there, because its
        payments were found by taking the author as given.
        """
        none = np.zeros(len(first))
        values = {kind: field.log10_lr(first, second) for kind, field in self.fields.items()}
        contacts = sum(
            (lr for kind, lr in values.items() if kind not in ("image", "place", "wallet")), none
        )
        one_author = self._one_author_share(first, second)
        style, template = self._text(first, second, params)
        stated = np.log10(1.0 / params.author_error - 1.0) - self.prior_log10_odds
        style = np.round(one_author * stated + (1.0 - one_author) * style, 6)
        by_style = style >= template
        wallet = np.where(one_author > 0, 0.0, values.get("wallet", none))
        parts = {
            "identifiers": _capped(contacts, params.most_against, params.most_contacts),
            "images": _capped(values.get("image", none), params.most_against, params.most_image),
            "style": np.where(by_style, style, 0.0),
            "template": np.where(by_style, 0.0, template),
            "wallet": _capped(wallet, 0.0, params.most_wallet),
            "place": _capped(values.get("place", none), params.most_place, params.most_place),
        }
        total = self.prior_log10_odds + sum(parts.values(), none)
        return Weights(**{kind: np.asarray(lr) for kind, lr in parts.items()}, total=total)

    def _one_author_share(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Share of the pairs of ads, one of each cluster, that have one author."""
        sizes = np.asarray(self.authors.sum(axis=1), np.float64).ravel()
        common = self.authors[first].multiply(self.authors[second])
        pairs = np.maximum(sizes[first] * sizes[second], 1.0)
        return np.asarray(np.asarray(common.sum(axis=1)).ravel() / pairs)

    def _text(
        self, first: np.ndarray, second: np.ndarray, params: IdentitiesParams
    ) -> tuple[np.ndarray, np.ndarray]:
        size = np.int64(self.authors.shape[0])
        one, other = self.cluster[self.style.first], self.cluster[self.style.second]
        codes = np.minimum(one, other) * size + np.maximum(one, other)
        wanted, inverse = np.unique(
            np.minimum(first, second) * size + np.maximum(first, second), return_inverse=True
        )
        found = []
        for template, most in ((False, params.most_style), (True, params.most_template)):
            place = np.searchsorted(wanted, codes)
            hit = (place < len(wanted)) & (self.style.template == template)
            hit[hit] = wanted[place[hit]] == codes[hit]
            count = np.bincount(place[hit], self.style.pairs[hit], minlength=len(wanted))
            total = np.bincount(place[hit], self.style.lr_sum[hit], minlength=len(wanted))
            mean = total / np.maximum(count, 1.0)
            found.append(_capped(mean, params.most_style, most)[inverse])
        return found[0], found[1]


def _capped(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.asarray(np.clip(np.round(values, 6), -low, high))
