"""Recall and observed false discoveries of the payment stages over a grid of planted worlds.

    python -m evaluation.payments.grid --seeds 1-3 --out grid.json
    python -m evaluation.payments.grid --only density,wrong_authors --seeds 1-10

One thing is varied at a time, everything else stays as it is in `PlantedParams`. Prints a table
in Markdown: per setting the mean over seeds of recall at q ≤ 0.05, of the proportion of false
names at q ≤ 0.01, 0.05 and 0.10 (and the worst seed's at 0.05), and both published rules beside.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from evaluation.payments.measure import LEVELS, measured
from evaluation.payments.planted import PlantedParams, planted, with_values

GRID: Final[dict[str, list[dict[str, Any]]]] = {
    "as_it_is": [{}],
    "nobody_pays": [{"paying_share": 0.0}],
    "density": [{"transactions": n} for n in (30_000, 400_000, 1_000_000)],
    "ads_per_author": [
        {"least_ads": low, "most_ads": high} for low, high in ((3, 4), (5, 7), (10, 14), (20, 30))
    ],
    "paying_share": [{"paying_share": share} for share in (0.1, 0.3)],
    "paid_share": [{"paid_share": share} for share in (0.3, 0.6)],
    "point_share": [{"point_share": share} for share in (0.1, 0.7)],
    "delay": [{"delay_median_s": seconds} for seconds in (20, 300, 900)],
    "observer_clock": [{"clock_error_s": seconds} for seconds in (5, 30)],
    "site_clock": [{"site_clock_s": seconds} for seconds in (30, 120)],
    "resolution": [{"resolution_s": seconds} for seconds in (1, 3600, 86_400)],
    "missing_first_seen": [{"missing_first_seen": share} for share in (0.2, 0.5, 1.0)],
    "joint_purchases": [{"pair_share": share} for share in (0.0, 0.3)],
    "credit": [{"credit_share": share} for share in (0.2, 0.5)],
    "unknown_payers": [{"unknown_payer_share": share} for share in (0.1, 0.3)],
    "exchange_share": [{"exchange_share": share} for share in (0.5, 0.8)],
    "processors": [{"swept_share": share} for share in (0.0, 0.3, 1.0)],
    "own_payments": [{"payer_other_share": share} for share in (0.0, 0.9)],
    "split_wallets": [{"split_wallet_share": share} for share in (0.3, 0.6)],
    "wrong_authors": [
        {"merged_author_share": merged, "split_author_share": split}
        for merged, split in ((0.05, 0.1), (0.15, 0.3))
    ],
    "confirmed_sites": [{"confirmed_share": 0.4}],
    "site_zone": [{"site_zone_s": 8 * 3600.0}],
    "unpriced": [{"unpriced_share": share} for share in (0.3, 0.8)],
    "volatility": [{"daily_volatility": 0.08}],
}


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds of what one setting gave."""
    count = len(runs)
    made: dict[str, Any] = {"seeds": count}
    for q in LEVELS:
        rows = [run["levels"][str(q)] for run in runs]
        made[f"recall_{q}"] = sum(row["recall"] for row in rows) / count
        made[f"fdp_{q}"] = sum(row["fdp"] for row in rows) / count
        made[f"worst_fdp_{q}"] = max(row["fdp"] for row in rows)
        made[f"named_{q}"] = sum(row["named"] for row in rows) / count
    for rule in ("kdd2017", "chen2021"):
        made[f"{rule}_fdp"] = sum(run[rule]["fdp"] for run in runs) / count
        made[f"{rule}_recall"] = sum(run[rule]["recall"] for run in runs) / count
    made["sought"] = sum(run["levels"]["0.05"]["sought"] for run in runs) / count
    return made


def row(name: str, made: dict[str, Any]) -> str:
    """One line of the table, in per cent."""
    cells = [
        name,
        f"{made['sought']:.0f}",
        f"{100 * made['recall_0.05']:.1f}",
        " / ".join(f"{100 * made[f'fdp_{q}']:.1f}" for q in LEVELS),
        f"{100 * made['worst_fdp_0.05']:.1f}",
        f"{100 * made['kdd2017_recall']:.0f} ({100 * made['kdd2017_fdp']:.0f})",
        f"{100 * made['chen2021_recall']:.0f} ({100 * made['chen2021_fdp']:.0f})",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run the settings named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-3", help="first-last")
    parser.add_argument("--only", help=f"comma-separated: {', '.join(GRID)}")
    parser.add_argument("--least-paid-ads", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    base = dict(text.split("=", 1) for text in words.set)
    print("| setting | sought | recall | false at 0.01 / 0.05 / 0.10 | worst | KDD'17 | Chen'21 |")
    print("|---|---|---|---|---|---|---|")
    found = {}
    for name in words.only.split(",") if words.only else GRID:
        for values in GRID[name]:
            runs = []
            for seed in range(int(first), int(last or first) + 1):
                params = with_values(PlantedParams(seed=seed), {**base, **values})
                runs.append(measured(planted(params), least_paid_ads=words.least_paid_ads))
            label = ", ".join(f"{key} {value:g}" for key, value in values.items()) or name
            found[label] = {**summary(runs), "posterior": [run["posterior"] for run in runs]}
            print(row(label, found[label]), flush=True)
    if words.out:
        words.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
