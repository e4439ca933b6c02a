"""Pictures of error rates: ROC, DET, Tippett and reliability, each one SVG with named axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Final

from markupsafe import Markup

from inktrace.casefile.drawing import BLUE, FAINT, GREY, VERMILION, Axis, line, picture, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 570, 44, 420
_WIDTH, _HEIGHT = 600, 470
_LEAST_RATE: Final = 1e-5
_PROBITS: Final = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)


@dataclass(frozen=True)
class _Scale:
    """How values become places on an axis, and which values are written beside it."""

    axis: Axis
    shape: Callable[[float], float]
    ticks: Sequence[tuple[float, str]]

    def at(self, value: float) -> float:
        return self.axis.at(self.shape(value))


def evaluation_pictures(document: Mapping[str, Any]) -> dict[str, str]:
    """File name → SVG, from the document of `inktrace authors evaluate`."""
    roc, tippett = document["curves"]["roc"], document["curves"]["tippett"]
    figures = document["headline"]
    pictures = {
        "roc.svg": roc_plot(roc["fpr"], roc["tpr"], figures["tpr_at_fpr"]),
        "det.svg": det_plot(roc["fpr"], roc["tpr"]),
        "tippett.svg": tippett_plot(tippett["log10_lr"], tippett["same"], tippett["different"]),
        "reliability.svg": reliability_plot(
            document["reliability"]["bins"], document["reliability"]["prevalence"]
        ),
    }
    return {name: f"{drawing}\n" for name, drawing in pictures.items()}


def roc_plot(
    fpr: Sequence[float], tpr: Sequence[float], rates: Mapping[str, Mapping[str, float]]
) -> Markup:
    """ROC on a logarithmic axis, with the interval of each named rate as an upright stroke."""
    powers = range(round(math.log10(_LEAST_RATE)), 1)
    ticks = [(10.0**power, f"{100 * 10.0**power:g}%") for power in powers]
    xs = _Scale(Axis(powers[0], 0.0, _LEFT, _RIGHT), _log, ticks)
    ys = _shares(0.0, 1.0)
    parts = [*_frame(xs, ys, "different-author pairs called one author (logarithmic)",
                     "same-author pairs called one author")]  # fmt: skip
    parts.append(_curve(xs, ys, fpr, tpr, BLUE, steps=True))
    for rate, figure in rates.items():
        x = xs.at(float(rate))
        parts.append(line(x, ys.at(figure["low"]), x, ys.at(figure["high"]), VERMILION, 2))
        parts.append(_dot(x, ys.at(figure["value"]), VERMILION))
    parts.append(text(_RIGHT, _TOP - 5, "● with 95% interval over authors", "end"))
    about = "; ".join(
        f"at {100 * float(rate):g}% false, {figure['value']:.1%} true "
        f"({figure['low']:.1%} to {figure['high']:.1%})"
        for rate, figure in rates.items()
    )
    return _titled("roc", "ROC: what is found at each false-positive rate", about, parts)


def det_plot(fpr: Sequence[float], tpr: Sequence[float]) -> Markup:
    """Both error rates on normal-deviate axes: a straight line if scores were normal.

    References: Martin et al. 1997.
    """
    ticks = [(p, f"{100 * p:g}%") for p in _PROBITS]
    low, high = _probit(_LEAST_RATE), _probit(0.995)
    xs = _Scale(Axis(low, high, _LEFT, _RIGHT), _probit, ticks)
    ys = _Scale(Axis(low, high, _BOTTOM, _TOP), _probit, ticks)
    parts = [*_frame(xs, ys, "different-author pairs called one author",
                     "same-author pairs missed")]  # fmt: skip
    parts.append(line(xs.at(_LEAST_RATE), ys.at(_LEAST_RATE), xs.at(0.995), ys.at(0.995), GREY,
                      dash="5 3"))  # fmt: skip
    # Ends of 0 and 1 lie at infinity.
    kept = [(f, 1.0 - t) for f, t in zip(fpr, tpr, strict=True) if f < 1.0 and t < 1.0]
    parts.append(_curve(xs, ys, [f for f, _ in kept], [m for _, m in kept], BLUE, steps=True))
    equal = min(zip(fpr, tpr, strict=True), key=lambda rates: abs(rates[0] + rates[1] - 1.0))
    about = f"Both errors are alike at about {(equal[0] + 1.0 - equal[1]) / 2.0:.2%}."
    return _titled("det", "DET: false and missed pairs", about, parts)


def tippett_plot(
    log10_lr: Sequence[float], same: Sequence[float], different: Sequence[float]
) -> Markup:
    """Share of pairs whose log10 LR is greater than each value, for both kinds of pair.

    References: Meuwly & Drygajlo 2001.
    """
    low, high = math.floor(log10_lr[0]), math.ceil(log10_lr[-1])
    ticks = [(float(value), f"{value}") for value in range(low, high + 1)]
    xs = _Scale(Axis(low, high, _LEFT, _RIGHT), float, ticks)
    ys = _shares(0.0, 1.0)
    parts = [*_frame(xs, ys, "log10 likelihood ratio", "share of pairs with a greater one")]
    parts.append(line(xs.at(0.0), _TOP, xs.at(0.0), _BOTTOM, GREY, dash="2 3"))
    parts.append(_curve(xs, ys, log10_lr, same, BLUE))
    parts.append(_curve(xs, ys, log10_lr, different, VERMILION, dash="7 4"))
    parts += _legend([("one author", BLUE, ""), ("two authors", VERMILION, "7 4")])
    at_zero = min(range(len(log10_lr)), key=lambda place: abs(log10_lr[place]))
    about = (
        f"Greater than 0: {same[at_zero]:.1%} of same-author pairs, "
        f"{different[at_zero]:.2%} of different-author pairs."
    )
    return _titled("tippett", "Tippett: how strong the evidence is", about, parts)


def reliability_plot(bins: Sequence[Mapping[str, Any]], prevalence: float) -> Markup:
    """Stated probability against the observed share, with intervals and numbers of pairs."""
    ticks = [(place / 5.0, f"{20 * place}%") for place in range(6)]
    xs = _Scale(Axis(0.0, 1.0, _LEFT, _RIGHT), float, ticks)
    ys = _shares(0.0, 1.0)
    parts = [*_frame(xs, ys, "stated probability of one author", "observed share of one author")]
    parts.append(line(xs.at(0.0), ys.at(0.0), xs.at(1.0), ys.at(1.0), GREY, dash="5 3"))
    for row in bins:
        x, colour = xs.at(row["stated"]), VERMILION if row["flagged"] else BLUE
        figure = row["observed"]
        parts.append(line(x, ys.at(figure["low"]), x, ys.at(figure["high"]), colour, 1.5))
        mark = _square if row["flagged"] else _dot
        parts.append(mark(x, ys.at(figure["value"]), colour))
        # Counts of the crowded lowest bins would lie on one another.
        if row["stated"] >= 0.03:
            y = _BOTTOM - 8 if figure["low"] > 0.25 else ys.at(figure["high"]) - 8
            parts.append(text(x + 4, y, f"{row['pairs']:,}", "start", turned=True))
    parts.append(text(_RIGHT, _TOP - 5, "numbers of pairs; ■ more than 3 points off", "end"))
    flagged = sum(1 for row in bins if row["flagged"])
    about = (
        f"Where {prevalence:.3%} of pairs have one author. {len(bins)} bins with numbers of "
        f"pairs; {flagged} with at least 200 pairs are more than 3 points off."
    )
    return _titled("reliability", "Reliability: stated against observed", about, parts)


def _titled(name: str, title: str, about: str, parts: Iterable[Markup]) -> Markup:
    heading = text((_LEFT + _RIGHT) / 2, 20, title, "middle")
    paper = Markup('<rect width="{}" height="{}" fill="#FFFFFF"/>').format(_WIDTH, _HEIGHT)
    return picture(_WIDTH, _HEIGHT, name, title, about, [paper, heading, *parts])


def _frame(xs: _Scale, ys: _Scale, below: str, beside: str) -> Iterable[Markup]:
    for value, label in xs.ticks:
        yield line(xs.at(value), _TOP, xs.at(value), _BOTTOM, FAINT)
        yield text(xs.at(value), _BOTTOM + 18, label, "middle")
    for value, label in ys.ticks:
        yield line(_LEFT, ys.at(value), _RIGHT, ys.at(value), FAINT)
        yield text(_LEFT - 8, ys.at(value) + 4, label, "end")
    yield line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, GREY)
    yield line(_LEFT, _TOP, _LEFT, _BOTTOM, GREY)
    yield text((_LEFT + _RIGHT) / 2, _BOTTOM + 40, below, "middle")
    yield text(18, (_TOP + _BOTTOM) / 2, beside, "middle", turned=True)


def _curve(
    xs: _Scale,
    ys: _Scale,
    x: Sequence[float],
    y: Sequence[float],
    colour: str,
    dash: str = "",
    steps: bool = False,
) -> Markup:
    """A line through points; with `steps`, level until the next point, as counted rates are."""
    places = [(xs.at(a), ys.at(b)) for a, b in zip(x, y, strict=True)]
    corners = places[:1]
    for before, after in pairwise(places):
        if steps and after[0] != before[0]:
            corners.append((after[0], before[1]))
        if after != before:
            corners.append(after)
    mark = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8"{}/>')
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return mark.format(" ".join(f"{a},{b}" for a, b in corners), colour, dashes)


def _legend(entries: Sequence[tuple[str, str, str]]) -> Iterable[Markup]:
    for place, (words, colour, dash) in enumerate(entries):
        y = _TOP + 16 + 18 * place
        yield line(_RIGHT - 130, y, _RIGHT - 100, y, colour, 1.8, dash)
        yield text(_RIGHT - 94, y + 4, words, "start")


def _dot(x: float, y: float, colour: str) -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="4" fill="{}"/>').format(x, y, colour)


def _square(x: float, y: float, colour: str) -> Markup:
    mark = Markup('<rect x="{}" y="{}" width="9" height="9" fill="{}"/>')
    return mark.format(round(x - 4.5, 1), round(y - 4.5, 1), colour)


def _shares(low: float, high: float) -> _Scale:
    ticks = [(place / 5.0, f"{20 * place}%") for place in range(6)]
    return _Scale(Axis(low, high, _BOTTOM, _TOP), float, ticks)


def _log(rate: float) -> float:
    return math.log10(max(rate, _LEAST_RATE))


def _probit(rate: float) -> float:
    return NormalDist().inv_cdf(min(max(rate, _LEAST_RATE), 1.0 - _LEAST_RATE))
