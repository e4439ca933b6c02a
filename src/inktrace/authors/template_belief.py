"""How often two ads of one template are by one author: learned here, with an interval.

Told by whether a template is seen on one site or on several: who posts on several sites is often
copied, or copies. How many ads a template has told nothing more (training hosts and worlds).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import beta

from inktrace.authors.corpus import Corpus
from inktrace.params import AuthorsParams

BANDS: Final = ("one site", "several sites")
FOLDS: Final = 3
_LEAST_TEMPLATES: Final = 30  # with two ads of personal contact, before only those are learned from
_MOST_PER_AUTHOR: Final = 10.0  # templates that one author weighs at most
_INTERVAL: Final = (0.025, 0.975)
# Where the text is so short, a template carries half its evidence: anybody may have typed it.
_HALF_CHARACTERS: Final = 20.0


@dataclass(frozen=True)
class TemplateBelief:
    """Probability that two ads of a template of this band are by one author, with 95% interval.

    `templates` is how many labelled templates it was learned from, no author counting more than
    ten (0 = as shipped).
    """

    band: str
    probability: float
    low: float
    high: float
    templates: float


@dataclass(frozen=True)
class LabelledTemplates:
    """Templates with two ads or more of known author: one row each.

    `agree`: share of their pairs of labelled ads that are one author's; `band` 0 or 1 (see BANDS);
    `author`: the author with most ads; `authors_in`: (template row, author) of all labelled ads.
    """

    group: np.ndarray
    agree: np.ndarray
    band: np.ndarray
    author: np.ndarray
    authors_in: np.ndarray


def template_labels(corpus: Corpus, component: np.ndarray) -> np.ndarray:
    """Authors of ads by contacts that tell persons apart, where enough ads have such contacts.

    Two telephone numbers do not make two authors of one template: people change numbers and keep
    their text.
    """
    personal = np.isin(corpus.found.kind, ("handle", "email"))[corpus.found.identifier]
    named = np.unique(component[corpus.found.ad[personal]])
    kept = np.where(np.isin(component, named), component, -1)
    several = np.bincount(corpus.group[kept >= 0], minlength=corpus.groups()) >= 2
    return kept if int(several.sum()) >= _LEAST_TEMPLATES else component


def labelled_templates(
    group: np.ndarray, label: np.ndarray, several_sites: np.ndarray
) -> LabelledTemplates:
    """Templates from the text group and the author (-1 = unknown) of each ad.

    `several_sites`: bool per text group.
    """
    known = label >= 0
    keys, counts = np.unique(np.stack([group[known], label[known]], 1), axis=0, return_counts=True)
    groups = len(several_sites)
    total = np.bincount(keys[:, 0], counts, minlength=groups)
    alike = np.bincount(keys[:, 0], counts * (counts - 1.0), minlength=groups)
    chosen = np.flatnonzero(total >= 2)
    row = np.full(groups, -1, np.int64)
    row[chosen] = np.arange(len(chosen))
    inside = row[keys[:, 0]] >= 0
    keys, counts = keys[inside], counts[inside]
    order = np.lexsort((keys[:, 1], -counts, keys[:, 0]))
    main = order[np.flatnonzero(np.diff(keys[order, 0], prepend=-1))]
    return LabelledTemplates(
        chosen,
        alike[chosen] / (total[chosen] * (total[chosen] - 1.0)),
        several_sites[chosen].astype(np.int64),
        keys[main, 1],
        np.stack([row[keys[:, 0]], keys[:, 1]], 1),
    )


def learned_beliefs(
    found: LabelledTemplates, params: AuthorsParams, sample: np.ndarray | None = None
) -> tuple[TemplateBelief, ...]:
    """The belief of each band: a Beta posterior whose prior is the shipped share.

    The prior weighs as many templates as a prior is worth authors (`authors.prior_authors`).
    `sample`: how many templates each row stands for (float64; 0 = not to be learned from). Each
    template counts once, however many ads it has, and no author more than ten templates.
    """
    stands = np.ones(len(found.group)) if sample is None else sample
    _, place = np.unique(found.author, return_inverse=True)
    count = np.bincount(place, stands > 0)[place] if len(place) else np.ones(0)
    weight = stands * np.minimum(1.0, _MOST_PER_AUTHOR / np.maximum(count, 1.0))
    band, agree = found.band, found.agree
    pull = max(params.prior_authors, 1.0)
    beliefs = []
    for number, (name, start) in enumerate(zip(BANDS, _shipped(params), strict=True)):
        mine = weight * (band == number)
        right = start * pull + float((mine * agree).sum())
        wrong = (1.0 - start) * pull + float((mine * (1.0 - agree)).sum())
        low, high = beta.ppf(_INTERVAL, right, wrong)
        beliefs.append(
            TemplateBelief(
                name,
                round(right / (right + wrong), 6),
                round(float(low), 6),
                round(float(high), 6),
                round(float(mine.sum()), 3),
            )
        )
    return tuple(beliefs)


def _shipped(params: AuthorsParams) -> tuple[float, float]:
    return params.template_one_site_probability, params.template_several_sites_probability


def cross_validated(found: LabelledTemplates, params: AuthorsParams) -> list[dict[str, Any]]:
    """Stated against observed share of one author, stated by what other authors' templates taught.

    One row a band with templates. No author of a fold teaches that fold: a template is left out if
    any of its authors is in it. One of k authors stays in with (2/3)^k, so it then stands for
    (3/2)^(k-1), or the agreeing ones would be learned from more often.
    """
    fold = found.author % FOLDS
    authors = np.bincount(found.authors_in[:, 0], minlength=len(found.group))
    stands = (FOLDS / (FOLDS - 1.0)) ** (authors - 1.0)
    stated = np.zeros(len(found.group))
    for number in range(FOLDS):
        mixed = np.zeros(len(found.group), bool)
        mixed[found.authors_in[found.authors_in[:, 1] % FOLDS == number, 0]] = True
        beliefs = learned_beliefs(found, params, np.where(mixed, 0.0, stands))
        here = fold == number
        stated[here] = np.array([one.probability for one in beliefs])[found.band[here]]
    return [
        {
            "band": name,
            "templates": int((found.band == number).sum()),
            "stated": round(float(stated[found.band == number].mean()), 5),
            "observed": round(float(found.agree[found.band == number].mean()), 5),
        }
        for number, name in enumerate(BANDS)
        if (found.band == number).any()
    ]


def template_log10_lr(
    beliefs: tuple[TemplateBelief, ...],
    several_sites: np.ndarray,
    characters: np.ndarray,
    prior_log10_odds: float,
    most_log10_lr: float,
) -> np.ndarray:
    """Evidence of a shared template, float64 per text group: what makes the belief of the prior.

    The share was counted among templates as they are, at whatever prevalence; so it is the
    probability that is carried over, and the likelihood ratio follows from it. Never beyond
    `most_log10_lr`, and less for texts of few words.
    """
    share = np.clip([one.probability for one in beliefs], 1e-6, 1.0 - 1e-6)
    lr = np.clip(np.log10(share / (1.0 - share)) - prior_log10_odds, 0.0, most_log10_lr)
    told = lr[several_sites.astype(np.int64)]
    return np.asarray(told * (1.0 - 0.5 ** (characters / _HALF_CHARACTERS)))


def belief_documents(beliefs: tuple[TemplateBelief, ...]) -> list[dict[str, Any]]:
    """The beliefs as a run stores them."""
    return [dataclasses.asdict(one) for one in beliefs]


def beliefs_from_json(documents: list[Mapping[str, Any]]) -> tuple[TemplateBelief, ...]:
    """Read beliefs back."""
    return tuple(TemplateBelief(**document) for document in documents)
