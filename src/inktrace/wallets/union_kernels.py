"""Compiled loops of address clusters: joining scripts, and keeping how each was joined.

References: Tarjan & van Leeuwen, "Worst-case analysis of set union algorithms" (1984): path
halving with linking by index; Kruskal, "On the shortest spanning subtree" (1956); Sleator &
Tarjan, "A data structure for dynamic trees" (1983): turning a tree to root it elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.compiled import OFFSETS, compiled

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say

IDS: Final = "int64[::1]"
# Columns of a refused merge, and of a growth alarm. Wallets are named by their root of then.
REFUSED_TX, REFUSED_ONE, REFUSED_OTHER, REFUSED_SIZE_ONE, REFUSED_SIZE_OTHER = range(5)
REFUSED_ACTOR_ONE, REFUSED_ACTOR_OTHER, REFUSED_FIELDS = 5, 6, 7
GROWN_TX, GROWN_WALLET, GROWN_LARGEST, GROWN_CLUSTERS, GROWN_SIZE = range(5)
ALONE: Final = -1
_SHORT: Final = 32  # a run shorter than this is sorted by insertion


@compiled(f"int64({IDS}, int64)")
def _root(parent: Array, one: Int) -> Int:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


@compiled(f"int64({IDS}, int64)")
def _sorted_distinct(values: Array, count: Int) -> Int:
    """Sort the first values in place and drop repeats; returns how many are left."""
    if count > _SHORT:
        values[:count] = np.sort(values[:count])
    else:
        for i in range(1, count):
            value, j = values[i], i - 1
            while j >= 0 and values[j] > value:
                values[j + 1] = values[j]
                j -= 1
            values[j + 1] = value
    kept = 1
    for i in range(1, count):
        if values[i] != values[kept - 1]:
            values[kept] = values[i]
            kept += 1
    return kept


@compiled("int64[:, ::1](int64[:, ::1], int64)")
def _with_room(rows: Array, used: Int) -> Array:
    if used < rows.shape[0]:
        return rows
    wider = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    wider[:used] = rows
    return wider


@compiled(f"boolean({IDS}, int64, {IDS}, {IDS}, int64, {IDS})")
def _is_refused(
    roots: Array, count: Int, size: Array, actor: Array, large: Int, found: Array
) -> Any:
    """Whether joining these roots is to be refused; `found` is filled for the record then.

    Two actors speak before two sizes. Of several actors the two of smallest code are named, of
    several large clusters the two largest; ties go to the smaller root.
    """
    one = other = -1
    for i in range(count):
        root = roots[i]
        if actor[root] < 0:
            continue
        if one < 0:
            one = root
        elif actor[root] < actor[one]:
            one, other = root, one
        elif actor[root] > actor[one] and (other < 0 or actor[root] < actor[other]):
            other = root
    if other < 0:
        one = other = -1
        for i in range(count):
            root = roots[i]
            if size[root] < large:
                continue
            if one < 0 or size[root] > size[one]:
                one, other = root, one
            elif other < 0 or size[root] > size[other]:
                other = root
    if other < 0:
        return False
    found[REFUSED_ONE], found[REFUSED_OTHER] = one, other
    found[REFUSED_SIZE_ONE], found[REFUSED_SIZE_OTHER] = size[one], size[other]
    found[REFUSED_ACTOR_ONE], found[REFUSED_ACTOR_OTHER] = actor[one], actor[other]
    return True


@compiled(f"void({IDS}, {IDS}, int64, int64, int64)")
def _hang(joined_with: Array, joined_by: Array, one: Int, base: Int, by: Int) -> None:
    """Hang the tree of a script onto another one, turning the unions on its way to its root."""
    while one != ALONE:
        next_one, next_by = joined_with[one], joined_by[one]
        joined_with[one], joined_by[one] = base, by
        base, by, one = one, next_by, next_one


@compiled(f"void({IDS}, int64, int64, {IDS}, {IDS}, {IDS}, {IDS})")
def _unite(
    members: Array,
    count: Int,
    by: Int,
    parent: Array,
    size: Array,
    joined_with: Array,
    joined_by: Array,
) -> None:
    """Join the first of some ascending scripts with each other one that is not with it yet."""
    for i in range(1, count):
        one, other = _root(parent, members[0]), _root(parent, members[i])
        if one == other:
            continue
        if size[one] < size[other]:
            _hang(joined_with, joined_by, members[0], members[i], by)
        else:
            _hang(joined_with, joined_by, members[i], members[0], by)
        joint = min(one, other)
        parent[max(one, other)] = joint
        size[joint] = size[one] + size[other]


@compiled(
    f"UniTuple(int64[:, ::1], 2)({OFFSETS}, {OFFSETS}, boolean[::1], {IDS}, {IDS}, {IDS}, "
    f"{IDS}, {IDS}, int64, int64, float64)"
)
def join_spends(
    tx: Array,
    script: Array,
    left_out: Array,
    parent: Array,
    size: Array,
    actor: Array,
    joined_with: Array,
    joined_by: Array,
    large: Int,
    alarm_size: Int,
    alarm_factor: Any,
) -> Any:
    """Join the scripts of each transaction, the transactions in the order of their ids.

    `tx` ascends; rows of one transaction may stand in any order. `parent`, `size` and `actor`
    (code, -1 = none; read at roots) are the state and are changed in place; a root is always its
    cluster's smallest script. A union is that of the transaction's smallest script with another
    one of it: `joined_with` and `joined_by` (-1 at first) keep it as a step in a tree, towards
    some script of the cluster. Returns the refused merges and the growth alarms, in the columns
    named above.

    Notes: the smaller tree is turned and hung onto the larger one, so that n scripts cost at
    most n log n turns, in whatever order a hostile chain joins them.
    """
    refusals = alarms = 0
    refused = np.empty((16, REFUSED_FIELDS), np.int64)
    grown = np.empty((16, 5), np.int64)
    found = np.empty(REFUSED_FIELDS, np.int64)
    room = 64
    members, roots = np.empty(room, np.int64), np.empty(room, np.int64)
    start = 0
    while start < tx.size:
        this, first = tx[start], script[start]
        stop = start + 1
        several = False
        while stop < tx.size and tx[stop] == this:
            several |= script[stop] != first
            stop += 1
        count = stop - start
        if several and not left_out[this]:
            if count > room:
                room = 2 * count
                members, roots = np.empty(room, np.int64), np.empty(room, np.int64)
            apart = False
            first_root = _root(parent, first)
            for i in range(count):
                members[i] = script[start + i]
                roots[i] = _root(parent, members[i])
                apart |= roots[i] != first_root
            if apart:
                clusters = _sorted_distinct(roots, count)
                if _is_refused(roots, clusters, size, actor, large, found):
                    refused = _with_room(refused, refusals)
                    refused[refusals] = found
                    refused[refusals, REFUSED_TX] = this
                    refusals += 1
                else:
                    root, total, largest, owner = roots[0], np.int64(0), np.int64(0), np.int64(-1)
                    for i in range(clusters):
                        total += size[roots[i]]
                        largest = max(largest, size[roots[i]])
                        owner = max(owner, actor[roots[i]])
                    if total >= alarm_size and total >= alarm_factor * largest:
                        grown = _with_room(grown, alarms)
                        grown[alarms, GROWN_TX] = this
                        grown[alarms, GROWN_WALLET] = root
                        grown[alarms, GROWN_LARGEST] = largest
                        grown[alarms, GROWN_CLUSTERS] = clusters
                        grown[alarms, GROWN_SIZE] = total
                        alarms += 1
                    distinct = _sorted_distinct(members, count)
                    _unite(members, distinct, this, parent, size, joined_with, joined_by)
                    actor[root] = owner
        start = stop
    return refused[:refusals], grown[:alarms]


@compiled(f"void({IDS}, {IDS}, {IDS})")
def settle(parent: Array, joined_with: Array, joined_by: Array) -> None:
    """Point every script at its cluster's smallest script, and turn the unions towards that."""
    for one in range(parent.size):
        # A parent is never larger than its child, so it has been settled before.
        parent[one] = parent[parent[one]]
        if parent[one] == one and joined_with[one] != ALONE:
            _hang(joined_with, joined_by, one, ALONE, ALONE)
