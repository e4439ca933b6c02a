"""The themes of a corpus: what its texts' words vary along, the same digits on every machine.

A library's decomposition adds up in an order that depends on the number of threads and on the
kind of processor; likelihood ratios then differ in the fifth digit from one run to the next.
Every sum here has one order, whatever runs it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from inktrace.authors.kernels import sparse_products
from inktrace.authors.steady import eigen, gram, inverse_root, products

_SPARE: Final = 10  # directions looked at beyond those wanted, after Halko et al.
_ROUNDS: Final = 4
_SEED: Final = 0


def themes(
    words: sparse.csr_matrix, sample: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Place of every text along at most `most` themes, strongest first, and their strengths.

    `words` float32 (texts × n-grams); `sample`: rows that the themes are fitted on, int64.
    Returns float32 (texts × themes) and float64 singular values of the sample.
    Notes: subspace iteration from a start of fixed signs; deterministic.
    References: Halko, Martinsson & Tropp 2011, alg. 4.4; Cholesky QR twice, Yamamoto et al. 2015.
    """
    part = words[sample]
    turned = part.T.tocsr()
    width = min(most + _SPARE, *part.shape)
    signs = np.random.default_rng(_SEED).integers(0, 2, (len(sample), width), np.int8)
    basis = (2.0 * signs - 1.0).astype(np.float32)
    for _ in range(_ROUNDS):
        basis = _apart(sparse_products(part, sparse_products(turned, basis)))
    # Once more, which takes away what rounding left.
    axes = sparse_products(turned, _apart(basis))
    squares, turns = eigen(gram(axes))
    strength = np.sqrt(np.maximum(squares[:most], 0.0))
    real = strength > 1e-6 * max(float(strength[0]), 1e-30)
    turned_to = np.ascontiguousarray(turns[:, :most][:, real] / strength[real])
    return products(sparse_products(words, axes), turned_to), strength[real]


def _apart(columns: np.ndarray) -> np.ndarray:
    """The columns made orthonormal; those that depend on earlier ones become zeros."""
    return products(columns, np.ascontiguousarray(inverse_root(gram(columns)).T))
