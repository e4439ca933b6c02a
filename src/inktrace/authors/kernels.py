"""Compiled inner loops over sparse and dense rows; for the style of texts."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from inktrace.compiled import compiled


def csr_of(
    pointers: np.ndarray, columns: np.ndarray, values: np.ndarray, width: int
) -> sparse.csr_matrix:
    """A csr_matrix from its parts, rows' columns in order; indices int32, pointers int64."""
    matrix = sparse.csr_matrix((len(pointers) - 1, width), dtype=values.dtype)
    # Set past the constructor, which would check and copy what is known to be well formed.
    matrix.indptr, matrix.indices = pointers.astype(np.int64), columns.astype(np.int32)
    matrix.data = values
    return matrix


def row_products(matrix: sparse.csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Inner products of pairs of rows, float64; the rows' columns must be sorted."""
    return np.asarray(
        _row_products(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            first.astype(np.int64),
            second.astype(np.int64),
        )
    )


def dense_products(rows: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Inner products of pairs of rows of a float32 array, float64.

    Added up pair by pair in one order, so that a pair scores the same in any company.
    """
    return np.asarray(
        _dense_products(
            np.ascontiguousarray(rows, np.float32), first.astype(np.int64), second.astype(np.int64)
        )
    )


def sparse_products(matrix: sparse.csr_matrix, dense: np.ndarray) -> np.ndarray:
    """Sparse rows times a dense float32 matrix: float32 (rows × columns of `dense`)."""
    return np.asarray(
        _sparse_products(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            np.ascontiguousarray(dense, np.float32),
        )
    )


def scores_against(matrix: sparse.csr_matrix, others: sparse.csc_matrix) -> np.ndarray:
    """Inner products of every row with every row of `others`, given by columns: float32."""
    return np.asarray(
        _scores_against(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            others.indptr.astype(np.int64),
            others.indices.astype(np.int32),
            others.data.astype(np.float32),
            others.shape[0],
        )
    )


@compiled("float64[:](int64[:], int32[:], float32[:], int64[:], int64[:])")
def _row_products(
    pointers: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    result = np.zeros(len(first))
    for pair in range(len(first)):
        left, left_end = pointers[first[pair]], pointers[first[pair] + 1]
        right, right_end = pointers[second[pair]], pointers[second[pair] + 1]
        total = 0.0
        while left < left_end and right < right_end:
            if columns[left] == columns[right]:
                total += values[left] * values[right]
                left += 1
                right += 1
            elif columns[left] < columns[right]:
                left += 1
            else:
                right += 1
        result[pair] = total
    return result


@compiled("float64[:](float32[:, ::1], int64[:], int64[:])")
def _dense_products(rows: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    result = np.zeros(len(first))
    for pair in range(len(first)):
        total = 0.0
        for column in range(rows.shape[1]):
            total += rows[first[pair], column] * rows[second[pair], column]
        result[pair] = total
    return result


@compiled("float32[:, ::1](int64[:], int32[:], float32[:], float32[:, ::1])")
def _sparse_products(
    pointers: np.ndarray, columns: np.ndarray, values: np.ndarray, dense: np.ndarray
) -> np.ndarray:
    result = np.zeros((len(pointers) - 1, dense.shape[1]), np.float32)
    for row in range(len(pointers) - 1):
        for place in range(pointers[row], pointers[row + 1]):
            value, column = values[place], columns[place]
            for k in range(dense.shape[1]):
                result[row, k] += value * dense[column, k]
    return result


@compiled("float32[:, ::1](int64[:], int32[:], float32[:], int64[:], int32[:], float32[:], int64)")
def _scores_against(
    pointers: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    other_pointers: np.ndarray,
    other_rows: np.ndarray,
    other_values: np.ndarray,
    others: int,
) -> np.ndarray:
    result = np.zeros((len(pointers) - 1, others), np.float32)
    for row in range(len(pointers) - 1):
        for place in range(pointers[row], pointers[row + 1]):
            value, column = values[place], columns[place]
            for k in range(other_pointers[column], other_pointers[column + 1]):
                result[row, other_rows[k]] += value * other_values[k]
    return result
