"""Recall and false share of purchases of credit over planted worlds.

    python -m evaluation.payments.credit --seeds 1-3 --out credit.json

Prints a table in Markdown: per setting, over all seeds together, packs bought by wallets that are
no services, how many of those wallets are named for their author by other ads, recall and false
share at q ≤ 0.05, and the ads that right purchases are said to have paid beside those they did pay.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from evaluation.payments.measure import LEVELS, measured
from evaluation.payments.planted import PlantedParams, planted, with_values

_Q: Final = "0.05"
_SOLD: Final[dict[str, Any]] = {"packs_sold": 2, "pack_share": 0.5}
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "as_it_is": {},
    "few_buy_credit": {"pack_share": 0.1},
    "soon": {"pack_lead_s": 1800.0},
    "days_before": {"pack_lead_s": 86_400.0},
    "four_packs": {"packs_sold": 4},
    "density": {"transactions": 400_000},
    "no_tills": {"swept_share": 0.0},
    "wrong_authors": {"merged_author_share": 0.05, "split_author_share": 0.1},
    "no_credit": {"pack_share": 0.0},
    "no_credit_but_sums": {"pack_share": 0.0, "pair_share": 0.3},
    "no_credit_but_paid_early": {"pack_share": 0.0, "credit_share": 0.5, "pair_share": 0.3},
    "no_credit_round_amounts": {"pack_share": 0.0, "point_share": 0.7},
    "nobody_pays": {"paying_share": 0.0},
}


def row(name: str, runs: list[dict[str, Any]]) -> str:
    """One line of the table; counts are summed over the seeds."""
    parts = [run["credit"][_Q] for run in runs]
    total = {key: sum(part[key] for part in parts) for key in parts[0]}
    right = total["told"] - total["false"]
    recall = f"{100 * right / total['made']:.1f}" if total["made"] else "–"
    named = f"{100 * right / total['made_by_named']:.1f}" if total["made_by_named"] else "–"
    false = f"{total['false']} of {total['told']}"
    worst = f"{100 * max(part['fdp'] for part in parts):.1f}"
    ads = f"{total['told_ads']} / {total['true_ads']}"
    cells = [name, total["made"], total["made_by_named"], recall, named, false, worst, ads]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    """Run the settings named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1-3", help="first-last")
    parser.add_argument("--only", help=f"comma-separated: {', '.join(SETTINGS)}")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    print("| setting | packs | of named | recall | of those named | false | worst | ads |")
    print("|---|---|---|---|---|---|---|---|")
    found = {}
    for name in words.only.split(",") if words.only else SETTINGS:
        runs = []
        for seed in range(int(first), int(last or first) + 1):
            params = with_values(PlantedParams(seed=seed), {**_SOLD, **SETTINGS[name]})
            runs.append(measured(planted(params)))
        found[name] = [
            {"credit": run["credit"], "levels": run["levels"], "seconds": run["seconds"]}
            for run in runs
        ]
        print(row(name, runs), flush=True)
    if words.out:
        words.out.write_text(json.dumps({"levels": LEVELS, "settings": found}, indent=1))


if __name__ == "__main__":
    main()
