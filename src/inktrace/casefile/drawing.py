"""Strokes, words and axes that every picture is drawn with: numbers in, SVG out.

Colours are Okabe and Ito's on white, so that a colour-blind reader loses nothing; whoever draws
with them tells marks apart by shape or dashes as well, for a black-and-white printer.

References: Okabe & Ito, Color Universal Design (2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY, iso_time

BLUE: Final = "#0072B2"
VERMILION: Final = "#C04B00"  # Okabe and Ito's #D55E00, darkened to 4.5:1 on white
GREY: Final = "#595959"
FAINT: Final = "#D9D9D9"
_STEPS_S: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 10800.0, 21600.0, 43200.0),
    *(days * float(SECONDS_PER_DAY) for days in (1, 2, 5, 7, 14, 28, 91, 182, 365, 730, 1825)),
)
FONT: Final = "font-family='Helvetica, Arial, sans-serif'"


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value is drawn; outside values at the nearer end."""
        span = self.high - self.low or 1.0
        share = min(1.0, max(0.0, (value - self.low) / span))
        return round(self.start + share * (self.end - self.start), 1)


def widened(low: float, high: float, least: float) -> tuple[float, float]:
    """The range with a margin on both sides, at least `least` wide."""
    margin = max(0.04 * (high - low), least)
    return low - margin, high + margin


def round_step(rough: float) -> float:
    """The next step up of 1, 2, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough)


def time_step(span_s: float, most: int) -> float:
    """The smallest usual step, in seconds, of which the span has no more than `most`."""
    return next((s for s in _STEPS_S if span_s / s <= most), round_step(span_s / most))


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = ""
) -> Markup:
    """A straight stroke."""
    mark = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}"{}/>')
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return mark.format(x1, round(y1, 1), x2, round(y2, 1), colour, width, dashes)


def text(x: float, y: float, words: str, anchor: str, turned: bool = False) -> Markup:
    """Words at a point; `anchor` is start, middle or end; `turned` reads upward."""
    turn = Markup(' transform="rotate(-90 {} {})"').format(x, y) if turned else ""
    mark = Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>')
    return mark.format(x, round(y, 1), anchor, turn, words)


def date_ticks(axis: Axis, top: float, bottom: float) -> Iterable[Markup]:
    """Upright strokes at round times of an axis of microseconds, with the times under them."""
    span_s = (axis.high - axis.low) / MICROSECONDS_PER_SECOND
    step_s = time_step(span_s, 7)
    step = step_s * MICROSECONDS_PER_SECOND
    tick = math.ceil(axis.low / step) * step
    while tick <= axis.high:
        x = axis.at(tick)
        label = iso_time(int(tick)).replace("T", " ")
        yield line(x, top, x, bottom, FAINT)
        yield text(
            x, bottom + 20, label[:10] if step_s >= SECONDS_PER_DAY else label[5:16], "middle"
        )
        tick += step


def delay_ticks(axis: Axis, top: float, bottom: float, most: int) -> Iterable[Markup]:
    """Upright strokes at round delays of an axis of seconds, with the delays under them."""
    step = time_step(axis.high - axis.low, most)
    unit, length = next(
        (pair for pair in (("d", SECONDS_PER_DAY), ("h", 3600), ("min", 60)) if step >= pair[1]),
        ("s", 1),
    )
    tick = math.ceil(axis.low / step) * step
    while tick <= axis.high:
        x = axis.at(tick)
        yield line(x, top, x, bottom, FAINT)
        yield text(x, bottom + 17, f"{tick / length:g} {unit}", "middle")
        tick += step


def picture(
    width: int, height: float, name: str, title: str, about: str, parts: Iterable[Markup]
) -> Markup:
    """The whole picture; `name` makes its ids unique, `about` tells a reader who cannot see it."""
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {} {}" '
        'aria-labelledby="{}-title {}-about" font-size="12" fill="#1A1A1A" '
    ).format(width, round(height), name, name)
    words = Markup('><title id="{}-title">{}</title><desc id="{}-about">{}</desc>').format(
        name, title, name, about
    )
    font = Markup(FONT)  # noqa: S704 - a constant of this file
    return head + font + words + Markup("").join(parts) + Markup("</svg>")
