"""Likelihood ratios of style, from the features of each pair and the stored model."""

from __future__ import annotations

from typing import Final

import numpy as np

from inktrace.authors.pair_evidence import style_log10_lr
from inktrace.authors.pair_model import model_from_json
from inktrace.authors.style import FEATURES
from inktrace.authors.template_belief import beliefs_from_json, template_log10_lr
from inktrace.casefile.replay.documents import stored_document
from inktrace.casefile.replay.read import Exhibits
from inktrace.errors import InputError, StageError
from inktrace.params import AuthorsParams

__all__ = ["style_log10_lrs"]

_STYLE: Final = "statistics/style_features"
_Pair = tuple[str | None, str | None]


def style_log10_lrs(exhibits: Exhibits) -> tuple[dict[_Pair, float], str]:
    """The likelihood ratio of each pair whose features are there, and what needs the corpus.

    Raises InputError where the model was altered.
    """
    corpus = stored_document(exhibits, "runs", "stage", "authors", "inputs").get("texts")
    digest = f" (digest of its texts: {str(corpus)[:64]})" if corpus else ""
    if not exhibits.has(_STYLE):
        why = exhibits.about.get("style") if exhibits.has("statistics/lead") else None
        needs = f"it needs the background corpus, against which a style is measured{digest}"
        return {}, f"{needs}; {str(why)[:200]}" if why else needs
    why = (
        "features of style are measured against the background corpus, which the package does "
        f"not hold{digest}; likelihood ratios are computed again from these features"
    )
    pairs = list(
        zip(exhibits.texts(_STYLE, "ad_id_a"), exhibits.texts(_STYLE, "ad_id_b"), strict=True)
    )
    return dict(zip(pairs, _found(exhibits).tolist(), strict=True)), why


def _found(exhibits: Exhibits) -> np.ndarray:
    calibration = stored_document(exhibits, "author_model", "name", "calibration", "json")
    document = stored_document(exhibits, "author_model", "name", "model", "json")
    try:
        model = model_from_json(document)
    except StageError as error:
        raise InputError(error.what) from error
    prior = float(calibration["prior_probability"])
    characters = exhibits.whole(_STYLE, "characters")
    template = np.array([one is not None for one in characters], bool)
    # What does not apply to a row is empty, and whatever stands for it is not used.
    features = np.column_stack([exhibits.array(_STYLE, name, unknown=0.0) for name in FEATURES])
    lr = style_log10_lr(features, model, int(calibration["cohort_size"]))
    several = np.array([one == "true" for one in exhibits.texts(_STYLE, "several_sites")], bool)
    told = template_log10_lr(
        beliefs_from_json(calibration["templates"]),
        several,
        np.array([one or 0 for one in characters], np.float64),
        float(np.log10(prior / (1.0 - prior))),
        AuthorsParams(**exhibits.parameters.get("authors", {})).most_log10_lr,
    )
    return np.where(template, np.round(told, 6), lr)
