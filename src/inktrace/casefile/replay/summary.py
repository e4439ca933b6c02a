"""The summary's error rates: priors, measured likelihood ratios, and answers for other priors.

The report computes them from the exhibits; here they come from what was computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, Final

from inktrace.casefile.prevalence import OTHER_PRIORS, measured_log10_lr, posterior, share_right
from inktrace.casefile.replay.documents import stored_document
from inktrace.casefile.replay.figures import Figure, Value, compared
from inktrace.casefile.replay.read import Exhibits

__all__ = ["attribution_summary", "style_summary"]

_TOPIC: Final = "summary"
_KINDS: Final = ("private", "service")
_Figures = Mapping[str, float | int | None]
_Pairs = Mapping[tuple[str, int], _Figures]


def attribution_summary(
    exhibits: Exhibits, checks: Mapping[str, Any], stated: _Pairs, found: _Pairs
) -> Iterator[Figure]:
    """What the run noted of the competition, and what the report makes of each attribution.

    `checks`: the notes of the competition computed again; `stated`, `found`: figures by pair.
    """
    notes = stored_document(exhibits, "runs", "stage", "attribution", "notes")
    for kind in _KINDS:
        yield from _noted(f"{kind} wallets", notes.get(kind), checks.get(kind))
    services = dict(zip(_keys(exhibits), exhibits.flags("attributions", "is_service"), strict=True))
    for pair, figures in stated.items():
        kind = _KINDS[services[pair]]
        said = _answers(figures, share_right(_mapping(notes.get(kind))))
        again = _answers(found[pair], share_right(_mapping(checks.get(kind))))
        for name, value in said.items():
            shown = f"{name}, wallet {pair[1]} and {pair[0]}"
            yield compared(_TOPIC, shown, value, again[name])


def style_summary(
    exhibits: Exhibits, stated: list[float], found: list[float], prior: float | None
) -> Iterator[Figure]:
    """The middle one of the pairs of different texts, and how often it is wrong.

    `stated`, `found`: likelihood ratios of these pairs; `prior` is the calibration's prevalence.
    """
    metrics = stored_document(exhibits, "author_model", "name", "metrics", "json")
    said_prior = metrics.get("prior_probability")
    yield compared(_TOPIC, "prevalence of pairs of one author", said_prior, prior)
    if not stated or len(stated) != len(found):
        return
    middles = median(stated), median(found)
    yield compared(_TOPIC, "log10_lr of the middle pair by style", *middles)
    for one in (prior, *OTHER_PRIORS):
        if one is not None:
            name = f"wrong after the middle pair by style, if {one:g} are right"
            yield compared(_TOPIC, name, *(1.0 - posterior(lr, one) for lr in middles))


def _noted(name: str, stated: Any, found: Any) -> Iterator[Figure]:
    if isinstance(stated, Mapping):
        for key, value in stated.items():
            yield from _noted(f"{key} of {name}", value, _mapping(found).get(key))
    elif isinstance(stated, list):
        again = found if isinstance(found, list) else []
        yield compared(_TOPIC, f"length of {name}", len(stated), len(again))
        for place, (one, other) in enumerate(zip(stated, again, strict=False), 1):
            yield from _noted(f"{name}, {place}", one, other)
    else:
        yield compared(_TOPIC, name, stated, found)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _answers(figures: _Figures, prior: float | None) -> dict[str, Value]:
    """The report's figures of one attribution, as `report_pages.error_rates` has them."""
    error, lr = figures.get("error_probability"), figures.get("log10_lr")
    measured = None if prior is None or error is None else measured_log10_lr(error, prior)
    told = lr if measured is None else measured
    said: dict[str, Value] = {"prior": prior, "measured log10_lr": measured}
    for one in OTHER_PRIORS:
        wrong = None if told is None else 1.0 - posterior(told, one)
        said[f"wrong if {one:g} are right"] = wrong
    return said


def _keys(exhibits: Exhibits) -> list[tuple[str, int]]:
    authors = [str(one) for one in exhibits.texts("attributions", "author_id")]
    return list(zip(authors, exhibits.ints("attributions", "wallet_id").tolist(), strict=True))
