"""Figures of a case report: numbers in, one SVG picture out, nothing fetched and nothing run.

Marks are told apart by shape as well as by colour. Every picture carries a title and a
description.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from inktrace.casefile.drawing import (
    BLUE,
    FAINT,
    GREY,
    VERMILION,
    Axis,
    date_ticks,
    delay_ticks,
    line,
    picture,
    round_step,
    text,
    widened,
)
from inktrace.casefile.words import visible
from inktrace.units import MICROSECONDS_PER_SECOND, iso_time


@dataclass(frozen=True)
class Point:
    """One candidate payment: delay in seconds, amount as a share of the price, probability."""

    delay_s: float
    amount_ratio: float
    probability: float
    chosen: bool = False


@dataclass(frozen=True)
class Lane:
    """One row of a timeline: its name, its times, and which of them are matched."""

    name: str
    times_us: Sequence[int]
    matched: Sequence[bool]
    is_payment: bool = False


def timeline(lanes: Sequence[Lane], matches_us: Sequence[tuple[int, int]], name: str) -> Markup:
    """Every ad of the lead by site, every matched payment by wallet, over time.

    `matches_us` pairs an ad's time with its payment's; `name` makes the picture's ids unique.
    """
    times = [time for lane in lanes for time in lane.times_us]
    if not times:
        return Markup("")
    top, left, right, gap = 18, 190, 940, 30
    low, high = widened(min(times), max(times), 60.0 * MICROSECONDS_PER_SECOND)
    axis = Axis(low, high, left, right)
    bottom = top + gap * len(lanes)
    parts = list(date_ticks(axis, top, bottom))
    first_payment = next((i for i, lane in enumerate(lanes) if lane.is_payment), len(lanes))
    middle = top + gap * first_payment
    parts += [
        line(axis.at(ad), top + gap * 0.5, axis.at(paid), middle + gap * 0.3, FAINT)
        for ad, paid in matches_us
    ]
    for place, lane in enumerate(lanes):
        parts += _lane(axis, lane, top + gap * (place + 0.5), left, right)
    ads = sum(len(lane.times_us) for lane in lanes if not lane.is_payment)
    paid = sum(len(lane.times_us) for lane in lanes if lane.is_payment)
    about = (
        f"{ads} ads and {paid} matched payments between {iso_time(min(times))} and "
        f"{iso_time(max(times))}. Filled marks are matched, open marks are not."
    )
    return picture(960, bottom + 34, name, "Timeline of ads and matched payments", about, parts)


def candidate_plot(points: Sequence[Point], name: str, label: str) -> Markup:
    """Candidates considered for one ad: how long before it, and how near its price, each was."""
    drawn = [p for p in points if math.isfinite(p.delay_s) and math.isfinite(p.amount_ratio)]
    if not drawn:
        return Markup("")
    left, right, top, bottom = 66, 628, 14, 216
    delays = [p.delay_s for p in drawn]
    ratios = [p.amount_ratio for p in drawn]
    xs = Axis(*widened(min(0.0, *delays), max(0.0, *delays), 10.0), left, right)
    ys = Axis(*widened(min(1.0, *ratios), max(1.0, *ratios), 0.01), bottom, top)
    parts = [*delay_ticks(xs, top, bottom, 7), *_share_ticks(ys, left, right)]
    parts.append(line(xs.at(0), top, xs.at(0), bottom, BLUE, dash="5 3"))
    parts.append(line(left, ys.at(1), right, ys.at(1), BLUE, dash="5 3"))
    ordered = sorted(drawn, key=lambda p: (p.chosen, p.probability, p.delay_s, p.amount_ratio))
    parts += [_candidate_mark(xs.at(p.delay_s), ys.at(p.amount_ratio), p) for p in ordered]
    parts.append(text(347, bottom + 36, "first seen so long before the ad appeared", "middle"))
    parts.append(text(15, 115, "paid, % of price", "middle", turned=True))
    chosen = [p for p in drawn if p.chosen]
    about = f"{len(drawn)} candidates for {visible(label)}. " + " ".join(
        f"The one chosen was first seen {p.delay_s:.0f} s before the ad and paid "
        f"{100 * p.amount_ratio:.1f}% of its price."
        for p in chosen
    )
    return picture(640, bottom + 46, name, f"Candidates for {visible(label)}", about, parts)


def delay_law_plot(
    edges_s: Sequence[float], density: Sequence[float], marks_s: Sequence[float], name: str
) -> Markup:
    """A site's learned delay law, and under it the delays of this lead's links as strokes.

    `edges_s` bounds the bins (one more than `density`), in seconds. The window drawn is where
    the law or the links have any weight to speak of. Anything else than that shape draws nothing.
    """
    if not _is_histogram(edges_s, density):
        return Markup("")
    left, right, top, bottom = 20, 628, 12, 130
    peak = max(density)
    used = [i for i, value in enumerate(density) if value >= 0.005 * peak]
    low = min([edges_s[used[0]], 0.0, *marks_s])
    high = max([edges_s[used[-1] + 1], *marks_s])
    xs, ys = Axis(*widened(low, high, 1.0), left, right), Axis(0, peak, bottom, top)
    corners = [f"{xs.at(edges_s[used[0]])},{bottom}"]
    for i in range(used[0], used[-1] + 1):
        height = ys.at(density[i])
        corners += [f"{xs.at(edges_s[i])},{height}", f"{xs.at(edges_s[i + 1])},{height}"]
    corners.append(f"{xs.at(edges_s[used[-1] + 1])},{bottom}")
    shape = Markup('<polygon points="{}" fill="#CFE3F1" stroke="{}" stroke-width="1.5"/>')
    parts = [shape.format(" ".join(corners), BLUE)]
    parts += [line(xs.at(m), bottom + 3, xs.at(m), bottom + 13, VERMILION, 2) for m in marks_s]
    parts += delay_ticks(xs, bottom, bottom + 14, 7)
    parts.append(text(324, bottom + 52, "delay from first-seen time to the ad", "middle"))
    about = (
        f"The law is a histogram of {len(density)} bins; {len(marks_s)} links of this lead are "
        "marked under it."
    )
    return picture(640, bottom + 60, name, "Delay law of the site", about, parts)


def _is_histogram(edges: Sequence[float], density: Sequence[float]) -> bool:
    return (
        len(density) >= 1
        and len(edges) == len(density) + 1
        and all(math.isfinite(v) for v in (*edges, *density))
        and all(a < b for a, b in pairwise(edges))
        and min(density) >= 0
        and max(density) > 0
    )


def _lane(axis: Axis, lane: Lane, y: float, left: int, right: int) -> list[Markup]:
    parts = [line(left, y, right, y, FAINT)]
    count = f" ({len(lane.times_us)})"
    short = visible(lane.name).replace("\n", " ")
    parts.append(
        text(left - 8, y + 4, short[:22] + ("…" if len(short) > 22 else "") + count, "end")
    )
    for time, matched in zip(lane.times_us, lane.matched, strict=True):
        x = axis.at(time)
        if lane.is_payment:
            parts.append(_diamond(x, y, 5, VERMILION))
        else:
            ring = Markup(
                '<circle cx="{}" cy="{}" r="4" fill="{}" stroke="{}" stroke-width="1.3"/>'
            )
            parts.append(ring.format(x, y, BLUE if matched else "#FFFFFF", BLUE))
    return parts


def _candidate_mark(x: float, y: float, point: Point) -> Markup:
    if point.chosen:
        ring = Markup('<circle cx="{}" cy="{}" r="11" fill="none" stroke="{}" stroke-width="1.5"/>')
        return ring.format(x, y, VERMILION) + _diamond(x, y, 6, VERMILION)
    # Area grows with probability, so that a serious rival is seen at once.
    radius = round(2.5 + 5.5 * math.sqrt(min(1.0, max(0.0, point.probability))), 1)
    ring = Markup('<circle cx="{}" cy="{}" r="{}" fill="none" stroke="{}" stroke-width="1.2"/>')
    return ring.format(x, y, radius, GREY)


def _diamond(x: float, y: float, half: float, colour: str) -> Markup:
    corners = f"{x},{y - half} {x + half},{y} {x},{y + half} {x - half},{y}"
    return Markup('<polygon points="{}" fill="{}"/>').format(corners, colour)


def _share_ticks(axis: Axis, left: float, right: float) -> Iterable[Markup]:
    step = round_step((axis.high - axis.low) / 5)
    tick = math.ceil(axis.low / step) * step
    while tick <= axis.high:
        y = axis.at(tick)
        yield line(left, y, right, y, FAINT)
        yield text(left - 6, y + 4, f"{round(100 * tick, 6):g}", "end")
        tick += step
