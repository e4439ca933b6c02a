"""The picture of laws: outputs near ads by delay and amount, their background, the fitted law."""

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
    delay_ticks,
    line,
    picture,
    round_step,
    text,
)
from inktrace.casefile.law_words import law_words, quote_law_words, till_law_words
from inktrace.casefile.words import duration, visible

Facts = Mapping[str, Any]
_LEFT, _MIDDLE_LEFT, _MIDDLE_RIGHT, _RIGHT, _WIDTH = 70, 590, 670, 940, 960
_HEAD, _PLOT, _FOOT = 62, 190, 96
_MOST_SITES: Final = 30
_BAR: Final = "#D0D0D0"


def laws_picture(facts: Facts) -> str:
    """The cross-correlogram and the amounts of each site as one SVG: nothing fetched, nothing run.

    Observed counts are grey bars, the measured background a dashed blue line, background and
    fitted law together a solid vermilion one. The upright axes need not begin at nothing.
    """
    sites = facts["sites"][:_MOST_SITES]
    parts: list[Markup] = [*_legend()]
    top = 40
    for law in sites:
        parts += _site(law, top)
        top += _HEAD + _PLOT + _FOOT
    if not sites:
        parts.append(text(_LEFT, 70, "No site has ads and laws here.", "start"))
    more = len(facts["sites"]) - len(sites)
    if more > 0:
        parts.append(text(_LEFT, top + 20, f"{more} more sites are not drawn.", "start"))
    about = " ".join(law_words(law)[0] for law in sites) or "Nothing to draw."
    title = "Payments near ads: delays and amounts against the background"
    return f"{picture(_WIDTH, max(top + 30, 110), 'laws', title, about, parts)}\n"


def _legend() -> Iterable[Markup]:
    yield Markup('<rect x="{}" y="14" width="14" height="12" fill="{}" stroke="{}"/>').format(
        _LEFT, _BAR, GREY
    )
    yield text(_LEFT + 21, 25, "outputs at about the ads' prices, counted", "start")
    yield line(_LEFT + 270, 20, _LEFT + 296, 20, BLUE, 2, "6 3")
    yield text(_LEFT + 303, 25, "background: the same around moved ads", "start")
    yield line(_LEFT + 545, 20, _LEFT + 571, 20, VERMILION, 2)
    yield text(_LEFT + 578, 25, "background and fitted law", "start")


def _site(law: Facts, top: int) -> Iterable[Markup]:
    name = visible(law["site"]).replace("\n", " ")
    short = name if len(name) <= 60 else f"{name[:60]}…"
    middle = law["in_the_middle"]
    weak = " · WEAK: too few payments, mostly the wide law of all sites" if law["weak"] else ""
    if middle["background"] is None or middle["observed"] <= middle["most_in_a_decoy_round"]:
        weak += " · NOT borne out by the counts"
    if law["posting_resolution_s"] >= 3600:
        weak += " · posting times too coarse"
    yield text(
        _LEFT,
        top + 22,
        f"{short} · {law['ads']:,} ads · about {law['payments_learned_from']:,.0f} payments{weak}",
        "start",
    )
    upper, lower = top + _HEAD, top + _HEAD + _PLOT
    yield from _panel(law["delay"], _LEFT, _MIDDLE_LEFT, upper, lower, is_time=True)
    yield from _panel(law["amount"], _MIDDLE_RIGHT, _RIGHT, upper, lower, is_time=False)
    bins = law["delay"]
    width = duration(bins[0]["high"] - bins[0]["low"]) if bins else "bin"
    yield text(_LEFT, upper - 12, f"outputs per {width} of delay{_cut(bins)}", "start")
    yield text(
        _MIDDLE_RIGHT, upper - 12, f"outputs per bin of amount{_cut(law['amount'])}", "start"
    )
    middle = (_LEFT + _MIDDLE_LEFT) / 2
    yield text(middle, lower + 38, "first seen so long before the ad appeared", "middle")
    yield text((_MIDDLE_RIGHT + _RIGHT) / 2, lower + 38, "paid, % of price", "middle")
    yield text(_LEFT, lower + 58, quote_law_words(law["quote"]), "start")
    yield text(_LEFT, lower + 76, till_law_words(law["tills"]), "start")


def _counts(bins: Sequence[Facts]) -> list[float]:
    return [row[name] for row in bins for name in ("observed", "background", "fitted")]


def _floor(counts: Sequence[float]) -> float:
    """Where the upright axis begins: a peak on a high level is seen only from near that level."""
    low, high = min(counts), max(counts)
    return 0.0 if low < 0.6 * high else max(0.0, low - 0.25 * (high - low))


def _cut(bins: Sequence[Facts]) -> str:
    floor = _floor(_counts(bins)) if bins else 0.0
    return f" (the axis begins at {floor:,.0f})" if floor > 0 else ""


def _panel(
    bins: Sequence[Facts], left: int, right: int, top: int, bottom: int, *, is_time: bool
) -> Iterable[Markup]:
    counts = _counts(bins)
    if not counts or not all(math.isfinite(c) for c in counts) or max(counts) <= 0:
        yield text(left, (top + bottom) / 2, "nothing counted", "start")
        return
    floor, high = _floor(counts), max(counts)
    xs = Axis(bins[0]["low"], bins[-1]["high"], left, right)
    ys = Axis(floor, high + 0.05 * (high - floor), bottom, top)
    yield from _counts_ticks(ys, left, right)
    yield from delay_ticks(xs, top, bottom, 8) if is_time else _amount_ticks(xs, top, bottom)
    for row in bins:
        yield _bar(xs, ys, row)
    zero = xs.at(0)
    if xs.low < 0 < xs.high:
        yield line(zero, top, zero, bottom, GREY, 1, "2 3")
    yield _steps(xs, ys, bins, "background", BLUE, "6 3")
    yield _steps(xs, ys, bins, "fitted", VERMILION, "")


def _bar(xs: Axis, ys: Axis, row: Facts) -> Markup:
    x, y = xs.at(row["low"]), ys.at(row["observed"])
    mark = Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="0.5"/>'
    )
    width, height = round(xs.at(row["high"]) - x, 1), round(ys.start - y, 1)
    return mark.format(x, y, width, max(height, 0.0), _BAR, GREY)


def _steps(xs: Axis, ys: Axis, bins: Sequence[Facts], name: str, colour: str, dash: str) -> Markup:
    corners = [f"{xs.at(row[side])},{ys.at(row[name])}" for row in bins for side in ("low", "high")]
    mark = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8"{}/>')
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return mark.format(" ".join(corners), colour, dashes)


def _counts_ticks(ys: Axis, left: int, right: int) -> Iterable[Markup]:
    step = max(round_step((ys.high - ys.low) / 4), 1.0)
    tick = math.ceil(ys.low / step) * step
    while tick <= ys.high:
        y = ys.at(tick)
        yield line(left, y, right, y, FAINT)
        yield text(left - 6, y + 4, f"{tick:,.0f}", "end")
        tick += step


def _amount_ticks(xs: Axis, top: int, bottom: int) -> Iterable[Markup]:
    step = round_step((math.exp(xs.high) - math.exp(xs.low)) / 5)
    tick = math.ceil(math.exp(xs.low) / step) * step
    while tick <= math.exp(xs.high):
        x = xs.at(math.log(tick)) if tick > 0 else xs.start
        yield line(x, top, x, bottom, FAINT)
        yield text(x, bottom + 17, f"{round(100 * tick, 6):g}", "middle")
        tick += step
