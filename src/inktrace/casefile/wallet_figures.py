"""Pictures of a wallets evaluation: measured shares with their intervals, as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from inktrace.casefile.drawing import BLUE, FAINT, GREY, VERMILION, Axis, line, picture, text

_WIDTH: Final = 640
_LEFT, _RIGHT, _TOP, _ROW = 190, 500, 52, 26

Row = tuple[str, Mapping[str, Any] | None, float | None]  # name, share, what was stated


def wallet_pictures(document: Mapping[str, Any]) -> dict[str, str]:
    """File name → SVG, from the document of `inktrace wallets evaluate`."""
    change, clusters = document["change"], document["clusters"]
    wider, mixes = document["clusters_joined_by_change"], document["coinjoins"]
    heuristics = [(name, row["precision"], None) for name, row in change["heuristics"].items()]
    coverage = [(name, row["coverage"], None) for name, row in change["heuristics"].items()]
    together = change["together"]
    agreeing = [
        (f"{row['agreeing']} agree", row["observed"], row["stated"])
        for row in together["by_agreeing"]
    ]
    pictures = {
        "change_precision.svg": interval_plot(
            "precision",
            "Change: how often the output a heuristic names is the payer's own",
            [*heuristics, ("composed", together["precision"], None), *agreeing],
        ),
        "change_coverage.svg": interval_plot(
            "coverage",
            "Change: how much of all change a heuristic names",
            [*coverage, ("composed", together["coverage"], None)],
        ),
        "clusters.svg": interval_plot(
            "clusters",
            "Pairs of addresses put together",
            [
                ("precision", clusters["precision"], None),
                ("recall", clusters["recall"], None),
                ("precision, by change too", wider["precision"], None),
                ("recall, by change too", wider["recall"], None),
            ],
        ),
        "coinjoins.svg": interval_plot(
            "coinjoins",
            "CoinJoin verdicts: yes or undecided",
            [
                ("of several owners", mixes["found"], None),
                ("of one owner (false)", mixes["false_alarms"], None),
            ],
        ),
    }
    return {name: f"{drawing}\n" for name, drawing in pictures.items()}


def interval_plot(name: str, title: str, rows: Sequence[Row]) -> Markup:
    """One line a share: a dot with its 95% interval, the counts, and ▲ where another was stated."""
    bottom = _TOP + _ROW * len(rows)
    axis = Axis(0.0, 1.0, _LEFT, _RIGHT)
    parts = [Markup('<rect width="{}" height="{}" fill="#FFFFFF"/>').format(_WIDTH, bottom + 50)]
    parts.append(text(_WIDTH / 2, 22, title, "middle"))
    parts += _frame(axis, bottom)
    for place, (label, share, stated) in enumerate(rows):
        parts += _interval(axis, _TOP + _ROW * (place + 0.5), label, share, stated)
    about = "; ".join(_told(label, share, stated) for label, share, stated in rows)
    return picture(_WIDTH, bottom + 50, name, title, f"{about}.", parts)


def _frame(axis: Axis, bottom: float) -> Iterable[Markup]:
    for step in range(6):
        x = axis.at(step / 5.0)
        yield line(x, _TOP, x, bottom, FAINT)
        yield text(x, bottom + 18, f"{20 * step}%", "middle")
    yield line(_LEFT, bottom, _RIGHT, bottom, GREY)
    yield text((_LEFT + _RIGHT) / 2, bottom + 38, "share, with 95% interval; ▲ stated", "middle")


def _interval(
    axis: Axis, y: float, label: str, share: Mapping[str, Any] | None, stated: float | None
) -> Iterable[Markup]:
    yield text(_LEFT - 10, y + 4, label.replace("_", " "), "end")
    if share is None:
        yield text(_RIGHT + 10, y + 4, "nothing to measure", "start")
        return
    yield line(axis.at(share["low"]), y, axis.at(share["high"]), y, BLUE, 2)
    yield Markup('<circle cx="{}" cy="{}" r="4" fill="{}"/>').format(
        axis.at(share["value"]), round(y, 1), BLUE
    )
    if stated is not None:
        x = axis.at(stated)
        points = f"{x - 5},{y + 11} {x + 5},{y + 11} {x},{y + 3}"
        yield Markup('<polygon points="{}" fill="{}"/>').format(points, VERMILION)
    yield text(_RIGHT + 10, y + 4, _counts(share), "start")


def _counts(share: Mapping[str, Any]) -> str:
    if "out_of" not in share:
        return f"{share['value']:.1%}"
    return f"{share['value']:.1%} of {share['out_of']:,}"


def _told(label: str, share: Mapping[str, Any] | None, stated: float | None) -> str:
    if share is None:
        return f"{label}: nothing to measure"
    words = f"{label}: {_counts(share)} ({share['low']:.1%} to {share['high']:.1%})"
    return words if stated is None else f"{words}, stated {stated:.1%}"
