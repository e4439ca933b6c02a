"""Whose text is whose, for measuring: labels of text groups from ads' labels or identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.authors.corpus import Corpus
from inktrace.authors.labels import identifier_components
from inktrace.engine import Relations
from inktrace.errors import StageError, UsageError

LABELS: Final = ("author_label", "identifiers")
LEAST_AUTHORS: Final = 5  # with fewer, an interval over authors says nothing


@dataclass(frozen=True)
class KnownAuthors:
    """Labels of ads and of text groups (int64, -1 = unknown), and facts about each text group.

    `city`, `category`: int64 per group, -1 = not given; `language`: str; `characters`: int64.
    `block`: int64 per ad, what identifiers alone join (a number of its own where they join none).
    """

    of_ad: np.ndarray
    of_group: np.ndarray
    block: np.ndarray
    city: np.ndarray
    category: np.ndarray
    language: np.ndarray
    characters: np.ndarray

    def prevalence(self) -> float:
        """Share of same-author pairs among all pairs of labelled text groups."""
        sizes = np.bincount(self.of_group[self.of_group >= 0]).astype(np.float64)
        total = sizes.sum()
        return float((sizes * (sizes - 1.0)).sum() / (total * (total - 1.0)))

    def writers(self) -> int:
        """Authors with two text groups or more."""
        return int((np.bincount(self.of_group[self.of_group >= 0]) >= 2).sum())


def known_authors(relations: Relations, corpus: Corpus, labels: str) -> KnownAuthors:
    """Read the labels and check that they suffice to measure anything.

    `labels`: author_label (of the ads) or identifiers (ads joined by contacts that are not
    crowded). A text group with several labels has none. Raises UsageError for other words and
    StageError where fewer than five authors have two different texts, or there is one author.
    """
    if labels not in LABELS:
        raise UsageError(f"there are no labels {labels!r}", do="choose author_label or identifiers")
    size = len(corpus.ad_ids)
    component = identifier_components(corpus.found, size, corpus.crowded)
    columns = ["ad_id", "author_label", "city", "category"]
    ads = relations.arrow("ads", columns).to_pydict()
    texts = relations.arrow("texts", ["ad_id", "language", "characters"]).to_pydict()
    order = np.argsort(np.asarray(ads["ad_id"], dtype=object), kind="stable")
    place = np.argsort(np.asarray(texts["ad_id"], dtype=object), kind="stable")
    of_ad = component if labels == "identifiers" else _numbered(ads["author_label"], order)
    block = np.where(component >= 0, component, size + np.arange(size))
    first = corpus.first_ad
    known = KnownAuthors(
        of_ad=of_ad,
        of_group=_unanimous(corpus.group, of_ad, corpus.groups()),
        block=block,
        city=_numbered(ads["city"], order)[first],
        category=_numbered(ads["category"], order)[first],
        language=np.asarray(texts["language"], dtype=object)[place][first],
        characters=np.asarray(texts["characters"], np.int64)[place][first],
    )
    _check(known, labels)
    return known


def _numbered(values: list[str | None], order: np.ndarray) -> np.ndarray:
    """A number for each distinct value, in the given order of rows; -1 where there is none."""
    names = sorted({value for value in values if value and value.strip()})
    number = {name: place for place, name in enumerate(names)}
    return np.asarray(np.array([number.get(value or "", -1) for value in values], np.int64)[order])


def _unanimous(group: np.ndarray, label: np.ndarray, groups: int) -> np.ndarray:
    known = label >= 0
    low = np.full(groups, np.iinfo(np.int64).max)
    high = np.full(groups, -1, np.int64)
    np.minimum.at(low, group[known], label[known])
    np.maximum.at(high, group[known], label[known])
    return np.asarray(np.where(low == high, high, -1))


def _check(known: KnownAuthors, labels: str) -> None:
    advice = (
        "give the ads known authors in the column author_label"
        if labels == "author_label"
        else "add ads that share contacts, or use --labels author_label"
    )
    if not (known.of_ad >= 0).any():
        raise StageError(f"no ad has a known author by {labels}", do=advice)
    authors = len(np.unique(known.of_group[known.of_group >= 0]))
    if authors < 2:
        raise StageError(
            f"all labelled texts have one author by {labels}: there is nothing to tell apart",
            do=advice,
        )
    if known.writers() < LEAST_AUTHORS:
        raise StageError(
            f"only {known.writers()} authors by {labels} have two different texts; "
            f"{LEAST_AUTHORS} are the least that error rates can be told of",
            do=advice,
        )
