"""The picture of a wallet: money in and out in time, and under it how addresses joined it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from inktrace.casefile.drawing import (
    BLUE,
    FAINT,
    GREY,
    VERMILION,
    Axis,
    date_ticks,
    line,
    picture,
    round_step,
    text,
)
from inktrace.casefile.words import visible
from inktrace.units import MICROSECONDS_PER_SECOND, SATOSHI_PER_BITCOIN, SECONDS_PER_DAY, iso_time

_LEFT, _RIGHT, _WIDTH = 92, 930, 960
_FLOWS_TOP, _MIDDLE, _FLOWS_BOTTOM = 74, 174, 274
_JOINS_TOP, _JOINS_BOTTOM = 322, 402
_NARROWEST_BAR: Final = 2.0
_PERIOD_US: Final = {
    name: days * SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
    for name, days in (("hour", 1 / 24), ("day", 1), ("month", 30))
}
_MIXED: Final = "#999999"


def wallet_picture(story: Mapping[str, Any]) -> str:
    """The flows and joins of `wallet_story` as one SVG: nothing fetched, nothing run.

    In is up and filled, out is down and hatched, so that they are told apart without colour.
    Money into and out of transactions that the wallet did not fund alone (CoinJoins, refused
    merges) is grey at the end of each bar. Periods of unknown time are counted in words.
    """
    title = f"Wallet {story['wallet_id']}: money in and out, and how its addresses were joined"
    flows = [row for row in story["flows"] if row["from_us"] is not None]
    joined = [row for row in story["joined"] if row["from_us"] is not None]
    parts = [_hatching(), text(_LEFT, 22, _heading(story), "start"), *_legend()]
    if not flows and not joined:
        parts.append(
            text(_LEFT, _MIDDLE, "No transaction of this wallet has a known time.", "start")
        )
        return f"{picture(_WIDTH, 210, 'wallet', title, _about(story), parts)}\n"
    period = _PERIOD_US[story["period"]]
    times = [row["from_us"] for row in (*flows, *joined)]
    axis = Axis(min(times) - period / 2, max(times) + 1.5 * period, _LEFT, _RIGHT)
    bottom = _JOINS_BOTTOM if joined else _FLOWS_BOTTOM
    parts += date_ticks(axis, _FLOWS_TOP, bottom)
    parts += _flow_bars(axis, flows, period)
    parts.append(text(18, _MIDDLE, f"bitcoin per {story['period']}", "middle", turned=True))
    if joined:
        parts += _join_steps(axis, joined, story["scripts"], period)
    return f"{picture(_WIDTH, bottom + 34, 'wallet', title, _about(story), parts)}\n"


def _heading(story: Mapping[str, Any]) -> str:
    service = story["service"]
    kind = f" · held to be a service: {_short(service, 60)}" if service else ""
    known = [row["from_us"] for row in story["flows"] if row["from_us"] is not None]
    span = f" · {iso_time(min(known))[:10]} to {iso_time(max(known))[:10]} UTC" if known else ""
    return f"Wallet {story['wallet_id']} · {_number(story['scripts'], 'address')}{span}{kind}"


def _legend() -> Iterable[Markup]:
    marks = ((BLUE, "in: paid by others"), ("url(#wallet-hatch)", "out: paid to others"),
             (_MIXED, "in or out of shared transactions (CoinJoins, refused merges)"))  # fmt: skip
    box = Markup('<rect x="{}" y="36" width="14" height="12" fill="{}" stroke="{}"/>')
    for place, (fill, words) in zip((_LEFT, _LEFT + 160, _LEFT + 330), marks, strict=True):
        edge = VERMILION if fill.startswith("url") else fill
        yield box.format(place, fill, edge)
        yield text(place + 21, 47, words, "start")


def _hatching() -> Markup:
    return Markup(
        '<defs><pattern id="wallet-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="5" height="5" fill="#FFFFFF"/>'
        '<rect width="2.4" height="5" fill="{}"/></pattern></defs>'
    ).format(VERMILION)


def _flow_bars(axis: Axis, flows: Sequence[Mapping[str, Any]], period: float) -> Iterable[Markup]:
    highest = max((max(row["in_sat"] + row["mixed_in_sat"], row["out_sat"] + row["mixed_out_sat"])
                   for row in flows), default=0)  # fmt: skip
    step = round_step(max(highest, 1) / 3)
    top = step * math.ceil(max(highest, 1) / step)
    up, down = Axis(0, top, _MIDDLE, _FLOWS_TOP), Axis(0, top, _MIDDLE, _FLOWS_BOTTOM)
    for tick in range(round(top / step) + 1):
        for side in (up, down):
            y = side.at(tick * step)
            if side is down and not tick:
                continue
            yield line(_LEFT, y, _RIGHT, y, FAINT)
            label = f"{tick * step / SATOSHI_PER_BITCOIN:.8f}".rstrip("0").rstrip(".")
            yield text(_LEFT - 8, y + 4, label, "end")
    for row in flows:
        for side, name, fill, edge in (
            (up, "in_sat", BLUE, BLUE),
            (down, "out_sat", "url(#wallet-hatch)", VERMILION),
        ):
            yield from _bar(axis, side, row["from_us"], period, 0, row[name], fill, edge)
            shared = row[name] + row[f"mixed_{name}"]
            yield from _bar(axis, side, row["from_us"], period, row[name], shared, _MIXED, GREY)
    yield line(_LEFT, _MIDDLE, _RIGHT, _MIDDLE, GREY, 1.5)


def _bar(
    axis: Axis, side: Axis, start: float, period: float, low: int, high: int, fill: str, edge: str
) -> Iterable[Markup]:
    if high <= low:
        return
    left, right = axis.at(start), axis.at(start + period)
    width = max(_NARROWEST_BAR, 0.86 * (right - left))
    x = (left + right - width) / 2
    # A payment too small for the scale still shows as a stroke.
    height = max(1.0, round(abs(side.at(high) - side.at(low)), 1))
    y = side.at(low) - height if side.end < side.start else side.at(low)
    mark = Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="0.8"/>'
    )
    yield mark.format(round(x, 1), round(y, 1), round(width, 1), height, fill, edge)


def _join_steps(
    axis: Axis, joined: Sequence[Mapping[str, Any]], scripts: int, period: float
) -> Iterable[Markup]:
    """Addresses known to belong to the wallet, as a rising line; a diamond at each rise."""
    ys = Axis(0, scripts, _JOINS_BOTTOM, _JOINS_TOP)
    yield text(_LEFT, _JOINS_TOP - 10, "addresses joined by being spent together", "start")
    for value in sorted({0, scripts}):
        yield line(_LEFT, ys.at(value), _RIGHT, ys.at(value), FAINT)
        yield text(_LEFT - 8, ys.at(value) + 4, f"{value:,}", "end")
    # Whatever was joined at an unknown time stands before the first known one.
    count = scripts - sum(row["addresses"] for row in joined)
    corners = [(float(_LEFT), ys.at(count))]
    marks = []
    for row in joined:
        x = axis.at(row["from_us"] + period / 2)
        corners.append((x, corners[-1][1]))
        count += row["addresses"]
        corners.append((x, ys.at(count)))
        marks.append(_diamond(x, ys.at(count)))
    corners.append((float(_RIGHT), corners[-1][1]))
    path = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8"/>')
    yield path.format(" ".join(f"{x},{y}" for x, y in corners), GREY)
    yield from marks


def _diamond(x: float, y: float) -> Markup:
    corners = f"{x},{y - 4.5} {x + 4.5},{y} {x},{y + 4.5} {x - 4.5},{y}"
    return Markup('<polygon points="{}" fill="{}"/>').format(corners, GREY)


def _about(story: Mapping[str, Any]) -> str:
    sums = {name: sum(row[name] for row in story["flows"]) for name in ("in_sat", "out_sat")}
    known = [row["from_us"] for row in story["flows"] if row["from_us"] is not None]
    unknown = sum(row["transactions"] for row in story["flows"] if row["from_us"] is None)
    span = f" between {iso_time(min(known))} and {iso_time(max(known))}" if known else ""
    left_out = f" {_number(unknown, 'transaction')} of unknown time not drawn." if unknown else ""
    return (
        f"{sums['in_sat'] / SATOSHI_PER_BITCOIN:.8f} bitcoin came in and "
        f"{sums['out_sat'] / SATOSHI_PER_BITCOIN:.8f} went out{span}; "
        f"{_number(story['joins_total'], 'join')} made it of "
        f"{_number(story['scripts'], 'address')}."
        f"{left_out}"
    )


def _number(count: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def _short(words: str, most: int) -> str:
    shown = visible(words).replace("\n", " ")
    return shown if len(shown) <= most else f"{shown[:most]}…"
