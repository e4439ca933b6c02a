"""Compiled products of dense arrays whose sums have one order on every machine.

BLAS adds up as its threads and the processor suit it; these loops do as they are written. They
are compiled without leave to reorder or to fuse a product with a sum.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from inktrace.compiled import compiled

_SWEEPS: Final = 30


def gram(rows: np.ndarray) -> np.ndarray:
    """Inner products of the columns of a float32 array: float64 (columns × columns)."""
    upper = _gram(np.ascontiguousarray(rows, np.float32))
    return np.asarray(upper + np.triu(upper, 1).T)


def products(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A float32 array times a float64 one, added up in float64: float32."""
    return np.asarray(
        _products(np.ascontiguousarray(rows, np.float32), np.ascontiguousarray(matrix, np.float64))
    )


def dense_scores(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Inner products of rows with the columns of `others`, both float32: float32."""
    return np.asarray(
        _scores(np.ascontiguousarray(rows, np.float32), np.ascontiguousarray(others, np.float32))
    )


def weighted_gram(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Inner products of the columns of two float64 arrays, each row with a weight."""
    arrays = (np.ascontiguousarray(one, np.float64) for one in (left, right, weight))
    return np.asarray(_weighted_gram(*arrays))


def weighted_sums(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weighted sum of each row of a float64 array, added up column by column."""
    total = np.zeros(len(rows))
    for column, one in enumerate(weight.tolist()):
        total += one * rows[:, column]
    return total


def inverse_root(square: np.ndarray) -> np.ndarray:
    """Inverse of the lower Cholesky factor; rows of what depends on earlier ones are zeros."""
    return np.asarray(_inverse_root(np.ascontiguousarray(square, np.float64)))


def eigen(square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of a symmetric float64 array, largest first, and eigenvectors as columns.

    References: cyclic Jacobi rotations, Golub & Van Loan 2013, §8.5.
    """
    values = np.array(square, np.float64, order="C")
    turned = _rotated(values, _SWEEPS)
    found = np.diag(values)
    order = np.argsort(-found, kind="stable")
    return found[order], np.ascontiguousarray(turned[order].T)


@compiled("float64[:, ::1](float32[:, ::1])")
def _gram(rows: np.ndarray) -> np.ndarray:
    size, width = rows.shape
    result = np.zeros((width, width))
    block = np.zeros((4, width))
    for start in range(0, size, 4):
        for place in range(4):
            for j in range(width):
                block[place, j] = rows[start + place, j] if start + place < size else 0.0
        for i in range(width):
            a, b, c, d = block[0, i], block[1, i], block[2, i], block[3, i]
            for j in range(i, width):
                result[i, j] += (
                    a * block[0, j] + b * block[1, j] + c * block[2, j] + d * block[3, j]
                )
    return result


@compiled("float64[:, ::1](float64[:, ::1], float64[:, ::1], float64[::1])")
def _weighted_gram(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    result = np.zeros((left.shape[1], right.shape[1]))
    for row in range(len(left)):
        for i in range(left.shape[1]):
            value = left[row, i] * weight[row]
            for j in range(right.shape[1]):
                result[i, j] += value * right[row, j]
    return result


@compiled("float32[:, ::1](float32[:, ::1], float64[:, ::1])")
def _products(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    size, inner = rows.shape
    width = matrix.shape[1]
    result = np.zeros((size, width), np.float32)
    total = np.zeros(width)
    whole = inner - inner % 4
    for row in range(size):
        total[:] = 0.0
        for k in range(0, whole, 4):
            a, b = np.float64(rows[row, k]), np.float64(rows[row, k + 1])
            c, d = np.float64(rows[row, k + 2]), np.float64(rows[row, k + 3])
            for j in range(width):
                total[j] += (
                    a * matrix[k, j]
                    + b * matrix[k + 1, j]
                    + c * matrix[k + 2, j]
                    + d * matrix[k + 3, j]
                )
        for k in range(whole, inner):
            value = np.float64(rows[row, k])
            for j in range(width):
                total[j] += value * matrix[k, j]
        for j in range(width):
            result[row, j] = total[j]
    return result


@compiled("float32[:, ::1](float32[:, ::1], float32[:, ::1])")
def _scores(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    size, inner = rows.shape
    width = others.shape[1]
    result = np.zeros((size, width), np.float32)
    whole = inner - inner % 4
    for row in range(size):
        for k in range(0, whole, 4):
            a, b, c, d = rows[row, k], rows[row, k + 1], rows[row, k + 2], rows[row, k + 3]
            for j in range(width):
                result[row, j] += (
                    a * others[k, j]
                    + b * others[k + 1, j]
                    + c * others[k + 2, j]
                    + d * others[k + 3, j]
                )
        for k in range(whole, inner):
            value = rows[row, k]
            for j in range(width):
                result[row, j] += value * others[k, j]
    return result


@compiled("float64[:, ::1](float64[:, ::1])")
def _inverse_root(square: np.ndarray) -> np.ndarray:
    size = len(square)
    lower = np.zeros((size, size))
    inverse = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = square[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if j < i:
                lower[i, j] = total / lower[j, j] if lower[j, j] > 0.0 else 0.0
            elif total > 1e-10 * square[i, i]:
                lower[i, i] = np.sqrt(total)
        if lower[i, i] == 0.0:
            continue
        inverse[i, i] = 1.0
        for k in range(i):
            value = lower[i, k]
            for j in range(k + 1):
                inverse[i, j] -= value * inverse[k, j]
        for j in range(i + 1):
            inverse[i, j] /= lower[i, i]
    return inverse


@compiled("float64[:, ::1](float64[:, ::1], int64)")
def _rotated(values: np.ndarray, sweeps: int) -> np.ndarray:
    """Rotate until `values` is diagonal, in place; the eigenvectors as rows."""
    size = len(values)
    turned = np.eye(size)
    total = 0.0
    for i in range(size):
        for j in range(size):
            total += values[i, j] * values[i, j]
    least = 1e-15 * np.sqrt(total)
    for _ in range(sweeps):
        rotated = False
        for p in range(size):
            for q in range(p + 1, size):
                off = values[p, q]
                if abs(off) <= least:
                    continue
                rotated = True
                half = (values[q, q] - values[p, p]) / (2.0 * off)
                tangent = 1.0 / (abs(half) + np.sqrt(half * half + 1.0))
                if half < 0.0:
                    tangent = -tangent
                cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
                sine = tangent * cosine
                for j in range(size):
                    one, other = values[p, j], values[q, j]
                    values[p, j] = cosine * one - sine * other
                    values[q, j] = sine * one + cosine * other
                    one, other = turned[p, j], turned[q, j]
                    turned[p, j] = cosine * one - sine * other
                    turned[q, j] = sine * one + cosine * other
                for j in range(size):
                    one, other = values[j, p], values[j, q]
                    values[j, p] = cosine * one - sine * other
                    values[j, q] = sine * one + cosine * other
        if not rotated:
            break
    return turned
