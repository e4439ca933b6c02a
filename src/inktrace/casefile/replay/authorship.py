"""Authorship: what follows from the stored model, and what would need the whole corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits
from inktrace.errors import InputError

__all__ = ["authorship_figures"]

_TOPIC: Final = "authorship"
_ORIGINAL: Final = "the package holds no original texts; who holds them compares the digest"


def authorship_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Pairs of ads: shared contacts counted again, probabilities from likelihood ratios."""
    corpus = _corpus_digest(exhibits)
    why = (
        "it needs the background corpus, against which a style is measured"
        f"{f' (digest of its texts: {corpus})' if corpus else ''}"
    )
    prior = _prior(exhibits)
    contacts, groups = (
        _contacts(exhibits),
        dict(
            zip(exhibits.texts("ads", "ad_id"), exhibits.texts("ads", "text_group_id"), strict=True)
        ),
    )
    rows = zip(
        exhibits.texts("author_pairs", "ad_id_a"),
        exhibits.texts("author_pairs", "ad_id_b"),
        exhibits.flags("author_pairs", "same_template"),
        exhibits.whole("author_pairs", "shared_identifiers"),
        exhibits.floats("author_pairs", "log10_lr"),
        exhibits.floats("author_pairs", "same_author_probability"),
        strict=True,
    )
    for one, other, template, shared, lr, probability in rows:
        pair = f"{one} and {other}"
        both = len(contacts.get(one, set()) & contacts.get(other, set()))
        yield compared(_TOPIC, f"contacts shared by {pair}", shared, both)
        same = groups.get(one) is not None and groups.get(one) == groups.get(other)
        yield compared(_TOPIC, f"one template of {pair}", template, same)
        yield left(_TOPIC, f"log10_lr of {pair}", lr, why)
        if prior is None or lr is None:
            yield left(_TOPIC, f"probability of {pair}", probability, "no prevalence is stored")
            continue
        odds = np.log10(prior / (1.0 - prior)) + lr
        found = round(float(1.0 / (1.0 + 10.0**-odds)), 9)
        yield compared(_TOPIC, f"probability of {pair}", probability, found)
    for ad, digest in zip(
        exhibits.texts("ads", "ad_id"), exhibits.texts("ads", "text_sha256"), strict=True
    ):
        yield left(_TOPIC, f"digest of the text of {ad}", digest, _ORIGINAL)


def _contacts(exhibits: Exhibits) -> dict[str | None, set[tuple[str | None, str | None]]]:
    found: dict[str | None, set[tuple[str | None, str | None]]] = {}
    names = ("ad_id", "kind", "number")
    for ad, kind, number in zip(
        *(exhibits.texts("identifiers", name) for name in names), strict=True
    ):
        found.setdefault(ad, set()).add((kind, number))
    return found


def _prior(exhibits: Exhibits) -> float | None:
    """The prevalence of pairs of one author that the run worked with."""
    document = _document(exhibits, "author_model", "name", "calibration", "json")
    prior = document.get("prior_probability")
    return prior if isinstance(prior, float) and 0.0 < prior < 1.0 else None


def _corpus_digest(exhibits: Exhibits) -> str | None:
    digest = _document(exhibits, "runs", "stage", "authors", "inputs").get("texts")
    return None if digest is None else str(digest)[:64]


def _document(exhibits: Exhibits, table: str, key: str, wanted: str, column: str) -> dict[str, Any]:
    rows = zip(exhibits.texts(table, key), exhibits.texts(table, column), strict=True)
    for name, text in rows:
        if name == wanted:
            try:
                found = json.loads(str(text))
            except (ValueError, RecursionError) as error:
                raise InputError(f"{table}.csv holds what is no JSON in {wanted}") from error
            return found if isinstance(found, dict) else {}
    return {}
