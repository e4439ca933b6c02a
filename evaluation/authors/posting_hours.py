"""Learn and measure posting hours on people who signed Debian changelogs: one half, then the other.

    python evaluation/authors/posting_hours.py /usr/share/doc

Authors are cut in two by a hash of the name. On the even half: Cllr of early against late sittings
at several values of `authors.hour_sittings`, the shares of the habits, and the best scale. On the
odd half: the figures of the shipped model (no cap), and those of the model fitted on the even half.
Prints JSON. Packagers are not sellers: how regular authors of ads are must be measured on ads.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from changelogs import entries

from inktrace.authors.evaluation import evaluate_authors
from inktrace.authors.hour_fit import (
    DEFAULT_SCALE,
    all_against_all,
    fitted_hours,
    halves,
)
from inktrace.authors.posting_hours import (
    DEFAULT_SHARES,
    HourEvidence,
    HourModel,
    PostingTimes,
    Sittings,
    habit_table,
    site_curves,
    sittings,
)
from inktrace.params import AuthorsParams, Params


def signed(folder: Path, half: int) -> Sittings:
    """Sittings of the authors of one half (0 = even, 1 = odd), all on one site."""
    rows = sorted({(author, time) for author, _, _, time in entries(folder)})
    kept = [row for row in rows if hashlib.sha256(row[0].encode()).digest()[0] % 2 == half]
    _, author = np.unique([name for name, _ in kept], return_inverse=True)
    us = np.array([time for _, time in kept], np.int64) * 1_000_000
    none = np.zeros(len(us), np.int64)
    times = PostingTimes(us, none, np.ones(len(us), bool))
    return sittings(times, author, author, Params().authors.hour_gap_s)


def evidence_of(found: Sittings, model: HourModel, params: AuthorsParams) -> HourEvidence:
    """Evidence against the hours of these authors."""
    return HourEvidence(habit_table(site_curves(found, 1)), model, params.hour_sittings)


def figures(found: Sittings, model: HourModel, params: AuthorsParams) -> dict[str, Any]:
    """Rates of early against late halves."""
    evidence = evidence_of(found, model, params)
    early, late, names = halves(found, evidence)
    lr = all_against_all(evidence, early, late)
    told = evaluate_authors(lr.ravel(), np.eye(len(lr), dtype=bool).ravel())
    return {"authors": len(names), **told}


def main(folder: Path) -> None:
    """Print what was learned and measured."""
    params = Params().authors
    even, odd = signed(folder, 0), signed(folder, 1)
    plain = HourModel(DEFAULT_SHARES, 1.0, np.inf, 0)
    told: dict[str, Any] = {"even": {}}
    for count in (5.0, 10.0, 20.0, 40.0, 80.0, 1e9):
        trial = dataclasses.replace(params, hour_sittings=count)
        told["even"][f"{count:g}"] = figures(even, plain, trial)["cllr"]
    free = dataclasses.replace(params, prior_authors=0.0)
    fitted = fitted_hours(even, evidence_of(even, plain, params), free)
    told["fitted"] = dataclasses.asdict(fitted)
    shipped = HourModel(DEFAULT_SHARES, DEFAULT_SCALE, params.most_hour_log10_lr, 0)
    told["odd, shipped, not capped low"] = figures(odd, shipped, params)
    capped = dataclasses.replace(shipped, most_log10_lr=params.unfitted_hour_log10_lr)
    told["odd, shipped"] = figures(odd, capped, params)
    told["odd, fitted on even"] = figures(odd, fitted, params)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
