"""A labelled workspace's error rates: every figure that is printed, written and drawn."""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

import numpy as np
from scipy import sparse

from inktrace.authors.author_hours import stored_hours
from inktrace.authors.corpus import Corpus, read_corpus
from inktrace.authors.error_figures import (
    ScoredPairs,
    error_curves,
    headline_figures,
    predictive_values,
    reliability,
)
from inktrace.authors.evaluation import evaluate_clusters
from inktrace.authors.hour_figures import hour_figures
from inktrace.authors.known_authors import KnownAuthors, known_authors
from inktrace.authors.merge_figures import merge_figures
from inktrace.authors.pair_evidence import PairEvidence
from inktrace.authors.pair_samples import pairs_within, same_label_pairs
from inktrace.authors.scoring import read_evidence, stored_documents
from inktrace.authors.template_belief import labelled_templates
from inktrace.engine import Relations
from inktrace.params import AuthorsParams
from inktrace.progress import Progress

PAIRS_PER_AUTHOR: Final = 10
FAMILY_OVERLAP: Final = 0.2  # share of word triples in common from which two texts are one family
LENGTH_BANDS: Final = ((0, 100), (100, 300), (300, 1000), (1000, None))
_SEED: Final = 2017
_WORD: Final = re.compile(r"[^\W\d_]+")
_HELD_OUT: Final = {
    "author_label": "The model never reads these labels, but it was fitted on the contacts of the "
    "same ads; authors who give contacts may have taught it.",
    "identifiers": "NOT HELD OUT: the model was fitted on these labels. Only the cross-validated "
    "figures come from authors that the fit never saw; all others flatter it.",
}

_NOT_FITTED: Final = "The shipped model was used; it was not fitted on this workspace."

Pairs = tuple[np.ndarray, np.ndarray]


def evaluate_workspace(
    relations: Relations,
    params: AuthorsParams,
    labels: str,
    most_pairs: int,
    progress: Progress,
) -> dict[str, Any]:
    """Measure scores and clusters of the last run against labels; keys in docs/formats.md.

    `most_pairs`: different-author pairs drawn for each kind of figure. Each text group counts
    once. Raises UsageError and StageError as `known_authors` does.
    """
    documents = stored_documents(relations)
    corpus = read_corpus(relations, params)
    known = known_authors(relations, corpus, labels)
    progress("author style", 0, None)
    evidence = read_evidence(relations, corpus, params)
    progress("error rates", 0, None)
    same = same_label_pairs(known.of_group, PAIRS_PER_AUTHOR, _SEED)
    near = _near_pairs(relations, corpus, known.of_group)
    kinds = _different_pairs(known, near, corpus.texts, most_pairs)
    everything = _scored(evidence, known, same, *kinds["all"])
    probability = evidence.probability(everything.log10_lr)
    prevalence = known.prevalence()
    return {
        "format": "inktrace authors evaluation 1",
        "labels": labels,
        "held_out": held_out_sentence(labels, documents["metrics"]),
        "trained_on": documents["metrics"].get("trained_on"),
        "cross_validated": _cross_validated(documents["metrics"]),
        "corpus": _counts(corpus, known, evidence),
        "headline": headline_figures(everything),
        "by_kind": {
            kind: headline_figures(_scored(evidence, known, same, *pairs))
            for kind, pairs in kinds.items()
            if kind != "all"
        },
        "by_language": _by_language(everything, known, same, kinds["all"][0]),
        "by_length": _by_length(everything, known, same, kinds["all"][0]),
        "reliability": {
            "prevalence": prevalence,
            "bins": reliability(everything, probability, prevalence),
        },
        "predictive_values": {
            "prevalence": evidence.prior_probability,
            "thresholds": predictive_values(everything, probability, evidence.prior_probability),
        },
        "posting_hours": hour_figures(stored_hours(relations, corpus, params), known.of_ad),
        "same_template": _templates(corpus, known, evidence, documents["metrics"]),
        "clusters": _clusters(relations, corpus, known, labels, params.false_merge_target),
        "curves": error_curves(everything),
    }


def held_out_sentence(labels: str, metrics: dict[str, Any]) -> str:
    """Whether the labels could have taught the model that is measured on them.

    `metrics`: the run's document. A model of unknown origin is taken to be fitted here.
    """
    fitted_here = "workspace" in str(metrics.get("trained_on", "workspace"))
    return _HELD_OUT[labels] if fitted_here else _NOT_FITTED


def _scored(
    evidence: PairEvidence, known: KnownAuthors, same: Pairs, other: Pairs, weight: np.ndarray
) -> ScoredPairs:
    first, second = np.append(same[0], other[0]), np.append(same[1], other[1])
    count = len(same[0])
    return ScoredPairs(
        evidence.log10_lr(first, second),
        np.arange(len(first)) < count,
        np.append(np.ones(count), weight),
        known.of_group[first],
        known.of_group[second],
    )


def _near_pairs(relations: Relations, corpus: Corpus, label: np.ndarray) -> Pairs:
    """Candidate pairs of the run that are of different known authors, as text groups."""
    table = relations.arrow("author_pairs", ["ad_id_a", "ad_id_b"])
    rows = [
        np.searchsorted(corpus.ad_ids, np.asarray(table.column(name).to_pylist(), dtype=object))
        if table.num_rows
        else np.zeros(0, np.int64)
        for name in ("ad_id_a", "ad_id_b")
    ]
    first, second = corpus.group[rows[0]], corpus.group[rows[1]]
    low, high = np.minimum(first, second), np.maximum(first, second)
    kept = (label[low] >= 0) & (label[high] >= 0) & (label[low] != label[high])
    size = np.int64(max(len(label), 1))
    codes = np.unique(low[kept] * size + high[kept])
    return codes // size, codes % size


def _different_pairs(
    known: KnownAuthors, near: Pairs, texts: list[str], most: int
) -> dict[str, tuple[Pairs, np.ndarray]]:
    """Pairs of different authors by kind, each with the weight that makes it stand for its kind."""
    label = known.of_group
    size = np.int64(len(label))
    labelled = np.where(label >= 0, 0, -1)
    sizes = np.bincount(label[label >= 0]).astype(np.float64)
    total = (sizes.sum() ** 2 - (sizes**2).sum()) / 2.0
    # All near pairs and a sample of the rest: the tail, where near pairs lie, is known best.
    drawn = np.random.default_rng(_SEED).permutation(len(near[0]))[: most // 2]
    hard = (near[0][np.sort(drawn)], near[1][np.sort(drawn)])
    easy = _unlike(label, pairs_within(labelled, most, _SEED))
    fresh = ~np.isin(easy[0] * size + easy[1], near[0] * size + near[1])
    easy = (easy[0][fresh], easy[1][fresh])
    weight = np.concatenate(
        [
            np.full(len(hard[0]), len(near[0]) / max(len(hard[0]), 1)),
            np.full(len(easy[0]), max(total - len(near[0]), 0.0) / max(len(easy[0]), 1)),
        ]
    )
    both = (np.append(hard[0], easy[0]), np.append(hard[1], easy[1]))
    kinds = {"all": (both, weight)}
    for kind, block in (("same_city", known.city), ("same_category", known.category)):
        mine = _unlike(label, pairs_within(np.where(label >= 0, block, -1), most // 2, _SEED))
        kinds[kind] = (mine, np.ones(len(mine[0])))
    kinds["nearest_in_style"] = (hard, np.ones(len(hard[0])))
    family = shingle_overlap(texts, *hard) >= FAMILY_OVERLAP
    kinds["same_template_family"] = (
        (hard[0][family], hard[1][family]),
        np.ones(int(family.sum())),
    )
    return kinds


def _unlike(label: np.ndarray, pairs: Pairs) -> Pairs:
    kept = label[pairs[0]] != label[pairs[1]]
    return pairs[0][kept], pairs[1][kept]


def shingle_overlap(texts: list[str], first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Jaccard overlap of the sets of word triples of each pair of texts, float64.

    Texts of fewer than three words have no triples and overlap with nothing.
    """
    rows, place = np.unique(np.append(first, second), return_inverse=True)
    pointers, hashes = [0], []
    for row in rows:
        words = _WORD.findall(texts[row].lower())
        mine = {zlib.crc32(" ".join(words[at : at + 3]).encode()) for at in range(len(words) - 2)}
        hashes.append(np.fromiter(mine, np.int64, len(mine)))
        pointers.append(pointers[-1] + len(mine))
    values, columns = np.unique(np.concatenate([np.zeros(0, np.int64), *hashes]),
                                return_inverse=True)  # fmt: skip
    matrix = sparse.csr_matrix(
        (np.ones(len(columns)), columns, pointers), shape=(len(rows), max(len(values), 1))
    )
    a, b = place[: len(first)], place[len(first) :]
    shared = np.zeros(len(first))
    for start in range(0, len(first), 50_000):
        piece = slice(start, start + 50_000)
        shared[piece] = np.asarray(matrix[a[piece]].multiply(matrix[b[piece]]).sum(axis=1)).ravel()
    sizes = np.diff(matrix.indptr)
    return np.asarray(shared / np.maximum(sizes[a] + sizes[b] - shared, 1.0))


def _by_language(
    scored: ScoredPairs, known: KnownAuthors, same: Pairs, other: Pairs
) -> dict[str, Any]:
    a = known.language[np.append(same[0], other[0])]
    b = known.language[np.append(same[1], other[1])]
    found = {
        str(language): headline_figures(scored.chosen((a == language) & (b == language)))
        for language in sorted(set(a) | set(b))
    }
    return {**found, "two different": headline_figures(scored.chosen(a != b))}


def _by_length(
    scored: ScoredPairs, known: KnownAuthors, same: Pairs, other: Pairs
) -> dict[str, Any]:
    """By the length of the shorter text of a pair."""
    shorter = np.minimum(
        known.characters[np.append(same[0], other[0])],
        known.characters[np.append(same[1], other[1])],
    )
    found = {}
    for low, high in LENGTH_BANDS:
        inside = (shorter >= low) & (shorter < (high or np.inf))
        name = f"{low}-{high - 1}" if high else f"{low}+"
        found[name] = headline_figures(scored.chosen(inside))
    return found


def _templates(
    corpus: Corpus, known: KnownAuthors, evidence: PairEvidence, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Ads of one text group, each group once: told apart from style, never mixed with it."""
    found = labelled_templates(corpus.group, known.of_ad, corpus.several_sites)
    rows = found.group
    stated = evidence.probability(evidence.log10_lr(rows, rows)) if len(rows) else np.zeros(0)
    bands = []
    for number, belief in enumerate(evidence.templates):
        mine = found.band == number
        bands.append(
            {
                "band": belief.band,
                "text_groups": int(mine.sum()),
                "same_author_share": _mean(found.agree[mine]),
                "stated_probability": _mean(stated[mine]),
                "believed": belief.probability,
                "believed_low": belief.low,
                "believed_high": belief.high,
                "learned_from": belief.templates,
            }
        )
    return {
        "text_groups": len(rows),
        "same_author_share": _mean(found.agree),
        "stated_probability": _mean(stated),
        "bands": bands,
        "cross_validated": metrics.get("templates_cross_validated", []),
    }


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 5) if len(values) else None


def _clusters(
    relations: Relations, corpus: Corpus, known: KnownAuthors, labels: str, target: float
) -> dict[str, Any]:
    table = relations.arrow("authors", ["ad_id", "author_id"]).to_pydict()
    order = np.argsort(np.asarray(table["ad_id"], dtype=object), kind="stable")
    _, cluster = np.unique(
        np.asarray(table["author_id"], dtype=object)[order].astype(str), return_inverse=True
    )
    mine = np.flatnonzero(known.of_ad >= 0)
    once = corpus.first_ad[known.of_group >= 0]
    once = once[known.of_ad[once] >= 0]
    # What style joined: texts that no chain of contacts had joined before.
    return {
        "ads": {
            **evaluate_clusters(cluster[mine], known.of_ad[mine]),
            **merge_figures(cluster[mine], known.of_ad[mine], target),
        },
        "texts_once": merge_figures(cluster[once], known.of_ad[once], target),
        # Labels made of contacts call all of these wrong, whoever wrote them: no measure.
        "joined_by_style": None
        if labels == "identifiers"
        else merge_figures(cluster[once], known.of_ad[once], target, known.block[once]),
    }


def _counts(corpus: Corpus, known: KnownAuthors, evidence: PairEvidence) -> dict[str, Any]:
    labelled = known.of_group >= 0
    return {
        "ads": len(corpus.ad_ids),
        "labelled_ads": int((known.of_ad >= 0).sum()),
        "text_groups": corpus.groups(),
        "labelled_text_groups": int(labelled.sum()),
        "authors": len(np.unique(known.of_group[labelled])),
        "authors_with_two_texts": known.writers(),
        "prevalence_measured": known.prevalence(),
        "prevalence_estimated": evidence.prior_probability,
    }


def _cross_validated(metrics: dict[str, Any]) -> dict[str, Any] | None:
    """What author-disjoint cross-validation measured when the model was fitted, if it was."""
    if metrics.get("auc") is None:
        return None
    names = ("pairs", "authors", "auc", "tpr_at_fpr", "cllr", "cllr_min")
    return {name: metrics[name] for name in names if name in metrics}
