"""`inktrace case replay`: the figures of a package computed again from its exhibits."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.options import JsonOption, print_json, progress_bars, wide_console
from inktrace.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inktrace.casefile.replay import Figure

_MOST_SHOWN = 50


def replay(
    package: Annotated[
        Path, typer.Argument(help="The package: a folder or a zip file.", show_default=False)
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Print every figure, not only sums and differences.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the figures of a package again, from its exhibits alone.

    Needs no workspace. Each figure agrees, differs, or is not recomputed, with the reason.

    Example: inktrace case replay package
    """
    from inktrace.casefile.replay import replay_case

    with progress_bars(as_json) as progress:
        figures = replay_case(package, progress)
    if as_json:
        print_json([dataclasses.asdict(figure) for figure in figures])
    else:
        _tell(figures, every)
    differing = sum(figure.verdict == "differs" for figure in figures)
    if differing:
        raise VerificationError(
            f"{differing:,} of {len(figures):,} figures differ from what the exhibits give",
            where=package,
            do="ask the one who made the package, and do not rely on these figures",
        )


def _tell(figures: Sequence[Figure], every: bool) -> None:
    from rich.table import Table

    console = wide_console()
    sums = Table("topic", "figures", "agree", "to the last digit", "differ", "not recomputed")
    for topic in dict.fromkeys(figure.topic for figure in figures):
        mine = [figure for figure in figures if figure.topic == topic]
        agreeing = [figure for figure in mine if figure.verdict == "agrees"]
        exact = sum(not figure.difference for figure in agreeing)
        counts = (len(mine), len(agreeing), exact, _count(mine, "differs"))
        sums.add_row(topic, *map(str, counts), str(_count(mine, "not recomputed")))
    console.print(sums)
    shown = [figure for figure in figures if every or figure.verdict == "differs"]
    if shown:
        rows = Table("figure", "stated", "recomputed", "verdict")
        for figure in shown if every else shown[:_MOST_SHOWN]:
            rows.add_row(
                _plain(figure.name), _plain(figure.stated), _plain(figure.recomputed), _said(figure)
            )
        console.print(rows)
    reasons = {figure.why: figure.topic for figure in figures if figure.verdict == "not recomputed"}
    for why, topic in reasons.items():
        count = sum(figure.why == why for figure in figures)
        console.print(f"{topic}: {count:,} not recomputed: {_plain(why)}.")


def _count(figures: Sequence[Figure], verdict: str) -> int:
    return sum(figure.verdict == verdict for figure in figures)


def _said(figure: Figure) -> str:
    if figure.verdict == "differs" and figure.difference is not None:
        return f"differs by {figure.difference:.3g}"
    if figure.verdict == "agrees" and figure.difference:
        return f"agrees within {figure.difference:.1g}"
    return f"{figure.verdict} {_plain(figure.why)}".strip()


def _plain(value: object) -> str:
    """A value as one line that no markup or control character of a package can change."""
    from rich.markup import escape

    from inktrace.casefile.words import visible

    text = "" if value is None else str(value)
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return escape(visible(safe[:300]).replace("\n", "␣"))
