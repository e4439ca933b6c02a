"""How good posting hours are as evidence: each known author's early sittings against late ones."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.authors.author_hours import StoredHours
from inktrace.authors.error_figures import ScoredPairs, headline_figures
from inktrace.authors.hour_fit import all_against_all, halves
from inktrace.authors.known_authors import LEAST_AUTHORS

SITTING_BANDS: Final = ((2, 4), (4, 8), (8, 16), (16, None))


def hour_figures(hours: StoredHours, label: np.ndarray) -> dict[str, Any]:
    """Error rates of one habit against two, over halves of the authors of `label` (int64 per ad).

    An author's sittings are cut in two by time, so that no burst lies in both halves and a habit
    that drifts is met as it is; each early half is compared with every late one. `by_sittings`:
    the same among authors with so many sittings in the smaller half. Rates are None where fewer
    than five authors have two sittings in each half.
    """
    found = hours.known_sittings(label)
    early, late, names = halves(found, hours.evidence)
    author, size = np.unique(found.author[found.first_rows()], return_counts=True)
    smaller = size[np.searchsorted(author, names)] // 2
    model = hours.evidence.model
    figures: dict[str, Any] = {
        "ads": int((label >= 0).sum()),
        "ads_with_hour": int((hours.times.told & (label >= 0)).sum()),
        "sittings": int(size.sum()),
        "authors": len(names),
        "fitted_on_authors": model.authors,
        "scale": model.scale,
        "most_log10_lr": model.most_log10_lr,
        "rates": None,
        "by_sittings": {},
    }
    if len(names) < LEAST_AUTHORS:
        return figures
    lr = all_against_all(hours.evidence, early, late)
    figures["rates"] = _rates(lr, np.arange(len(names)))
    for low, high in SITTING_BANDS:
        inside = np.flatnonzero((smaller >= low) & (smaller < (high or np.inf)))
        name = f"{low}-{high - 1}" if high else f"{low}+"
        enough = len(inside) >= LEAST_AUTHORS
        figures["by_sittings"][name] = (
            _rates(lr[np.ix_(inside, inside)], inside) if enough else None
        )
    return figures


def _rates(lr: np.ndarray, author: np.ndarray) -> dict[str, Any] | None:
    first, second = np.divmod(np.arange(lr.size), max(len(lr), 1))
    same = first == second
    pairs = ScoredPairs(
        np.round(lr.ravel(), 6), same, np.ones(lr.size), author[first], author[second]
    )
    return headline_figures(pairs)
