"""How many ads an author must have for the payer to be found, as the chain gets denser.

    python -m evaluation.payments.how_many_ads --seeds 1-2 --out docs/how_many_ads.svg

Planted worlds (`planted.py`) in which all busy authors have about as many ads, at several
densities. Draws recall at q ≤ 0.05 of the payers of three ads or more, and prints the figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from evaluation.payments.measure import measured
from evaluation.payments.planted import PlantedParams, planted, with_values

ADS: Final = ((3, 4), (5, 7), (8, 11), (12, 16), (20, 28))
DENSITIES: Final = (120_000, 1_000_000, 4_500_000)
# Told apart without colour too: by dash and by mark.
_STYLE: Final = (
    ("#0072b2", "", "circle"),
    ("#d55e00", "7 4", "square"),
    ("#111111", "2 3", "cross"),
)
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 680, 380, 62, 46, 190, 52


def recall_at(transactions: int, ads: tuple[int, int], seeds: range) -> tuple[float, float]:
    """Mean over seeds of recall and of the false share at q ≤ 0.05."""
    found = []
    for seed in seeds:
        values = {"transactions": transactions, "least_ads": ads[0], "most_ads": ads[1]}
        found.append(measured(planted(with_values(PlantedParams(seed=seed), values))))
    rows = [one["levels"]["0.05"] for one in found]
    return tuple(sum(row[name] for row in rows) / len(rows) for name in ("recall", "fdp"))  # type: ignore[return-value]


def drawing(recall: dict[int, list[float]]) -> str:
    """The figure as SVG: recall against ads of an author, one line a density."""
    ads = [(low + high) / 2 for low, high in ADS]
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + wide * x / max(ads), _TOP + high * (1 - y)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#111111">',
        "<title>Payers found, by ads of the author and density of the chain</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">'
        "Payers found at q ≤ 0.05, by ads of the author</text>",
    ]
    for step in range(0, 101, 25):
        _, y = at(0, step / 100)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{step}%</text>'
        )
    for tick in range(0, int(max(ads)) + 1, 4):
        x, y = at(tick, 0)
        parts.append(f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{tick}</text>')
    x, y = at(max(ads) / 2, 0)
    parts.append(f'<text x="{x:.1f}" y="{y + 42:.1f}" text-anchor="middle">ads of an author</text>')
    for row, ((transactions, values), (colour, dash, mark)) in enumerate(
        zip(recall.items(), _STYLE, strict=False)
    ):
        points = [at(x, y) for x, y in zip(ads, values, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        key = (_LEFT + wide + 18.0, _TOP + 14.0 + 40 * row)
        parts += [_mark(mark, x, y, colour) for x, y in [*points, key]]
        parts.append(
            f'<text x="{key[0] + 12:.1f}" y="{key[1] + 4:.1f}">{transactions:,} transactions</text>'
            f'<text x="{key[0] + 12:.1f}" y="{key[1] + 20:.1f}" font-size="11">in ten days</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _mark(kind: str, x: float, y: float, colour: str) -> str:
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    if kind == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>'
    return (
        f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2" '
        'fill="none"/>'
    )


def main() -> None:
    """Run the worlds, print a table in Markdown and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-2", help="first-last")
    parser.add_argument("--densities", default=",".join(map(str, DENSITIES)))
    parser.add_argument("--out", type=Path, required=True)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    print("| transactions in ten days | " + " | ".join(f"{a} to {b} ads" for a, b in ADS) + " |")
    print("|---:|" + "---|" * len(ADS))
    recall: dict[int, list[float]] = {}
    for transactions in map(int, words.densities.split(",")):
        rows = [recall_at(transactions, ads, seeds) for ads in ADS]
        recall[transactions] = [row[0] for row in rows]
        cells = " | ".join(f"{100 * found:.0f} ({100 * false:.1f})" for found, false in rows)
        print(f"| {transactions:,} | {cells} |", flush=True)
    words.out.write_text(drawing(recall), encoding="utf-8")


if __name__ == "__main__":
    main()
