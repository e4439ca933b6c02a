"""Compiled loop over all candidates of a round: found, weighed and, where strong, listed."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from inktrace.compiled import compiled

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say
Float = Any

_NUMBERS: Final = "int64[::1]"
_REALS: Final = "float64[::1]"
_TABLE: Final = "float64[:, ::1]"
_SINGLES: Final = "float32[:, ::1]"


@compiled("int64(int64[::1], int64, boolean)")
def _place(keys: Array, key: Int, after: Any) -> Int:
    """Where a key belongs in sorted keys: before its equals, or after them."""
    low, high = 0, keys.size
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key or (after and keys[middle] == key):
            low = middle + 1
        else:
            high = middle
    return low


@compiled("float64(float64[::1], float64[::1], float64, float64, float64, float64)")
def _below(
    share: Array, edges: Array, delay_s: Float, first: Float, step: Float, scale_s: Float
) -> Float:
    """Share of a delay law that lies below a delay."""
    delay_s = min(max(delay_s, edges[0]), edges[edges.size - 1])
    at = math.floor((math.asinh(delay_s / scale_s) - first) / step + 1e-9)
    at = min(max(at, 0), share.size - 1)
    below = 0.0
    for i in range(at):
        below += share[i]
    part = (delay_s - edges[at]) / (edges[at + 1] - edges[at])
    return below + min(max(part, 0.0), 1.0) * share[at]


@compiled(
    f"int64({_NUMBERS}, {_REALS}, {_REALS}, {_NUMBERS}, {_NUMBERS}, {_NUMBERS}, {_NUMBERS}, "
    f"{_REALS}, {_NUMBERS}, {_NUMBERS}, {_NUMBERS}, {_REALS}, {_NUMBERS}, {_NUMBERS}, {_REALS}, "
    f"{_REALS}, {_SINGLES}, {_NUMBERS}, {_REALS}, {_REALS}, {_REALS}, {_TABLE}, {_TABLE}, "
    f"{_TABLE}, {_TABLE}, {_TABLE}, {_REALS}, float64, {_NUMBERS}, {_NUMBERS}, {_REALS}, {_REALS}, "
    f"{_REALS})"
)
def score_hypotheses(
    ad: Array,
    log_price: Array,
    weight: Array,
    group: Array,
    posted_us: Array,
    before_us: Array,
    after_us: Array,
    scale: Array,
    keys: Array,
    early_us: Array,
    late_us: Array,
    log_value: Array,
    zeros: Array,
    till: Array,
    base: Array,
    till_base: Array,
    moves: Array,
    shape: Array,
    bucket: Array,
    edges: Array,
    amount_edges: Array,
    delay_law: Array,
    amount_law: Array,
    age_law: Array,
    zeros_law: Array,
    till_law: Array,
    axis: Array,
    least: Float,
    found_hypothesis: Array,
    found_output: Array,
    found_ratio: Array,
    rest: Array,
    elsewhere: Array,
) -> Int:
    """List the candidates whose likelihood ratio is at least `least`; returns their number.

    Per hypothesis: `ad`, `log_price`, `weight`. Per ad: `group`, `posted_us`, the window
    (`before_us`, `after_us`), `scale` of the background. Per output, sorted by key (amount bucket,
    millisecond): `early_us` … `moves`, with `base` and `till_base` one over the backgrounds.
    `shape` holds the longest interval (µs), the start (µs), the span (ms), the lowest and the
    highest bucket; `bucket` the tolerance and the bucket's width; `axis` the first place, the
    step and the scale (seconds) of the delay axis. What is not listed is summed in `rest` per ad,
    and in `elsewhere` all that pays no till.

    Notes: the same sums as `Laws.ratio`, which explanations use; a test holds them equal. It is
    written out here because a round has millions of candidates, of which few are kept.
    """
    tolerance, width = bucket[0], bucket[1]
    longest, start, span, lowest, highest = shape[0], shape[1], shape[2], shape[3], shape[4]
    first, step, scale_s = axis[0], axis[1], axis[2]
    ages, bins, last = moves.shape[1], delay_law.shape[1], till_law.shape[1] - 1
    amount_width = amount_edges[1] - amount_edges[0]
    low_edge, amount_step = np.float32(amount_edges[0]), np.float32(amount_width)
    top = np.float32(amount_edges.size - 2)
    count = 0
    density = np.empty(bins)
    for h in range(ad.size):
        a = ad[h]
        g, price, moment = group[a], log_price[h], posted_us[a]
        for i in range(bins):
            density[i] = delay_law[g, i] / (edges[i + 1] - edges[i])
        to_any, at = till_law[g, last] / scale[a], bins - 1
        begin, end = moment - before_us[a], moment + after_us[a]
        from_ms = min(max((begin - longest - start) // 1000, -1), span - 1)
        to_ms = min(max((end - start) // 1000, -1), span - 1)
        low = max(math.floor((price - tolerance) / width), lowest)
        high = min(math.floor((price + tolerance) / width), highest)
        for b in range(low, high + 1):
            begin_at = _place(keys, (b - lowest) * span + from_ms, False)
            end_at = _place(keys, (b - lowest) * span + to_ms, True)
            for k in range(begin_at, end_at):
                off = log_value[k] - price
                if abs(off) > tolerance or late_us[k] < begin or early_us[k] > end:
                    continue
                most = (moment - early_us[k]) / 1e6
                if late_us[k] == early_us[k]:
                    if most < edges[0] or most >= edges[bins]:
                        continue
                    # Within a bucket later outputs come later, so the bin is seldom far.
                    while most < edges[at]:
                        at -= 1
                    while most >= edges[at + 1]:
                        at += 1
                    delay = density[at]
                else:
                    soonest = (moment - late_us[k]) / 1e6
                    delay = _below(delay_law[g], edges, most, first, step, scale_s)
                    delay -= _below(delay_law[g], edges, soonest, first, step, scale_s)
                    delay /= most - soonest
                if delay <= 0.0:
                    continue
                within = 0.0
                for j in range(ages):
                    place = (moves[k, j] + np.float32(off) - low_edge) / amount_step
                    place = min(max(place, np.float32(0.0)), top)
                    within += amount_law[g, int(place)] * age_law[g, j]
                paid_to = to_any * base[k]
                if till[k] < last:
                    paid_to += till_law[g, till[k]] * till_base[k]
                ratio = weight[h] * paid_to * zeros_law[g, zeros[k]] * delay * within / amount_width
                if till[k] == last:
                    elsewhere[a] += ratio
                if ratio >= least:
                    found_hypothesis[count] = h
                    found_output[count] = k
                    found_ratio[count] = ratio
                    count += 1
                    if count == found_ratio.size:
                        return -1
                else:
                    rest[a] += ratio
    return count
