"""Authorship: what follows from the stored model and features, and what needs the whole corpus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from inktrace.casefile.replay.documents import stored_document
from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits
from inktrace.casefile.replay.style import style_log10_lrs
from inktrace.casefile.replay.summary import style_summary

__all__ = ["authorship_figures"]

_TOPIC: Final = "authorship"
_HUBS: Final = "contacts that join strangers do not count, and the package does not tell which"
_Contact = tuple[str | None, str | None]
_ORIGINAL: Final = "the package holds no original texts; who holds them compares the digest"


def authorship_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Pairs of ads: shared contacts counted again, probabilities from likelihood ratios."""
    found_lr, why = style_log10_lrs(exhibits)
    prior, hubs = _prior(exhibits), _hubs(exhibits)
    contacts, groups = (
        _contacts(exhibits, hubs or frozenset()),
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
    said: list[float] = []
    again: list[float] = []
    for one, other, template, shared, lr, probability in rows:
        pair = f"{one} and {other}"
        both = len(contacts.get(one, set()) & contacts.get(other, set()))
        if hubs is None and shared is not None and shared < both:
            yield left(_TOPIC, f"contacts shared by {pair}", shared, _HUBS)
        else:
            yield compared(_TOPIC, f"contacts shared by {pair}", shared, both)
        same = groups.get(one) is not None and groups.get(one) == groups.get(other)
        yield compared(_TOPIC, f"one template of {pair}", template, same)
        if (one, other) in found_lr:
            found = found_lr[one, other]
            yield compared(_TOPIC, f"log10_lr of {pair} from its features", lr, found)
            if not template and lr is not None:
                said.append(lr)
                again.append(found)
        else:
            yield left(_TOPIC, f"log10_lr of {pair}", lr, why)
        if prior is None or lr is None:
            yield left(_TOPIC, f"probability of {pair}", probability, "no prevalence is stored")
            continue
        odds = np.log10(prior / (1.0 - prior)) + lr
        share = round(float(1.0 / (1.0 + 10.0**-odds)), 9)
        yield compared(_TOPIC, f"probability of {pair}", probability, share)
    yield from style_summary(exhibits, said, again, prior)
    if found_lr:
        yield left(_TOPIC, "features of style", len(found_lr), why)
    for ad, digest in zip(
        exhibits.texts("ads", "ad_id"), exhibits.texts("ads", "text_sha256"), strict=True
    ):
        yield left(_TOPIC, f"digest of the text of {ad}", digest, _ORIGINAL)


def _hubs(exhibits: Exhibits) -> frozenset[_Contact] | None:
    """Contacts that join strangers, which the run did not count; None where nobody tells."""
    told = exhibits.about.get("hub_contacts") if exhibits.has("statistics/lead") else None
    if not isinstance(told, list):
        return None
    return frozenset((str(kind), str(number)) for kind, number in told)


def _contacts(exhibits: Exhibits, hubs: frozenset[_Contact]) -> dict[str | None, set[_Contact]]:
    found: dict[str | None, set[_Contact]] = {}
    names = ("ad_id", "kind", "number")
    for ad, kind, number in zip(
        *(exhibits.texts("identifiers", name) for name in names), strict=True
    ):
        if (kind, number) not in hubs:
            found.setdefault(ad, set()).add((kind, number))
    return found


def _prior(exhibits: Exhibits) -> float | None:
    """The prevalence of pairs of one author that the run worked with."""
    prior = stored_document(exhibits, "author_model", "name", "calibration", "json").get(
        "prior_probability"
    )
    return prior if isinstance(prior, float) and 0.0 < prior < 1.0 else None
