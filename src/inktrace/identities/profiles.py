"""Do two sets of ads use the same values because one hand made both? A likelihood ratio.

Each kind of evidence is a field of many values: telephones, handles, pictures, places. What one
person uses is taken for draws from a Dirichlet process: a known value comes again in proportion to
how often it came before, a new one with weight theta. People differ in how often they change, so
theta has a distribution, fitted here without labels. That gives both sides of the Fellegi–Sunter
weight: m, how well one person explains both sets of values, and u, how often a stranger would use
such a value by accident.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse
from scipy.special import gammaln, logsumexp

# From people who never change to people who hardly use a value twice.
_THETAS: Final = np.array([0.02, 0.1, 0.5, 2.0, 8.0, 40.0])
_FIT_ROUNDS: Final = 50
_LN10: Final = np.log(10.0)


@dataclass(frozen=True)
class Field:
    """One kind of evidence over all clusters.

    `counts`: clusters × values, how often each was used; `log_share`: natural log of the
    chance that a stranger's draw is this value, −inf … 0; `log_weights`: of each theta;
    `log10_foreign`: log10 of the chance that a value an ad shows is not its author's own (a picture
    stolen, a number mistyped); `contradicts`: whether two sets without a common value speak
    against one person.
    """

    counts: sparse.csr_matrix
    log_share: np.ndarray
    log_weights: np.ndarray
    log10_foreign: float
    contradicts: bool = True

    def merged(self, cluster: np.ndarray, size: int) -> Field:
        """The same field with rows added up by cluster number."""
        rows = sparse.csr_matrix(
            (np.ones(len(cluster)), (cluster, np.arange(len(cluster)))), shape=(size, len(cluster))
        )
        return dataclasses.replace(self, counts=(rows @ self.counts).tocsr())

    def log10_lr(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """One person against two, for pairs of rows; 0 where one of them uses no value.

        References: Ewens 1972 (sampling formula); Fellegi & Sunter 1969; Winkler 2000 (weights by
        the frequency of values).
        """
        if not len(first):
            return np.zeros(0)
        alone = self._log_likelihoods()
        sizes, kinds = _row_sums(self.counts), np.diff(self.counts.indptr)
        row, left, right, value = _common(self.counts, first, second)
        common = np.bincount(row, minlength=len(first))
        # A value that both use: its draws come from one urn, and a stranger would have had to
        # hit upon it.
        gain = gammaln(left + right) - gammaln(left) - gammaln(right) - self.log_share[value]
        gained = np.bincount(row, gain, minlength=len(first))
        together = np.stack(
            [
                (kinds[first] + kinds[second] - common) * np.log(theta)
                + gammaln(theta) - gammaln(theta + sizes[first] + sizes[second])
                for theta in _THETAS
            ]
        )  # fmt: skip
        joint = logsumexp(together + self.log_weights[:, None], axis=0) + gained
        lr = (joint - alone[first] - alone[second]) / _LN10
        # All of what the smaller side shows may be foreign to it: one ad is no strong witness.
        smaller = np.minimum(sizes[first], sizes[second])
        lr = np.maximum(lr, self.log10_foreign * smaller)
        known = smaller > 0
        if not self.contradicts:
            known &= common > 0
        return np.where(known, lr, 0.0)

    def _log_likelihoods(self) -> np.ndarray:
        return np.asarray(
            logsumexp(_by_theta(self.counts) + self.log_weights[:, None], axis=0), np.float64
        )


def fitted_weights(counts: sparse.csr_matrix, prior: float) -> np.ndarray:
    """Natural log of each theta's share among the rows (expectation maximisation, no labels).

    `prior` rows speak for each theta beforehand, so that few rows leave all of them possible.
    Rows of a single use say nothing of change and are passed over.
    References: Dempster, Laird & Rubin 1977.
    """
    told = counts[_row_sums(counts) > 1]
    likelihood = _by_theta(told)
    weights = np.full(len(_THETAS), 1.0 / len(_THETAS))
    for _ in range(_FIT_ROUNDS):
        posterior = likelihood + np.log(weights)[:, None]
        posterior = np.exp(posterior - logsumexp(posterior, axis=0))
        weights = posterior.sum(axis=1) + prior
        weights /= weights.sum()
    return np.asarray(np.log(weights))


def _by_theta(counts: sparse.csr_matrix) -> np.ndarray:
    sizes, kinds = _row_sums(counts), np.diff(counts.indptr)
    return np.stack([kinds * np.log(t) + gammaln(t) - gammaln(t + sizes) for t in _THETAS])


def _common(
    counts: sparse.csr_matrix, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Entries that both rows of a pair have: (pair, left, right, column)."""
    a, b = counts[first], counts[second]
    marks = a.sign().multiply(b.sign()).tocsr()
    left, right = a.multiply(marks).tocsr(), b.multiply(marks).tocsr()
    for matrix in (marks, left, right):
        matrix.sort_indices()
    row = np.repeat(np.arange(len(first)), np.diff(marks.indptr))
    return row, left.data, right.data, marks.indices


def _row_sums(counts: sparse.csr_matrix) -> np.ndarray:
    return np.asarray(counts.sum(axis=1), np.float64).ravel()
