"""Stage `authors`: scored pairs of ads, the model behind the scores, and author clusters."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.authors.author_hours import HOUR_SCHEMA, hours_of_authors
from inktrace.authors.blocks import Blocks, ad_blocks
from inktrace.authors.candidates import near_pairs, unique_pairs
from inktrace.authors.cluster_evidence import fitted_gain, gained_evidence
from inktrace.authors.clusters import Joined, joined_blocks
from inktrace.authors.corpus import Corpus, corpus_style, group_labels, read_corpus
from inktrace.authors.judged import Judged, read_judged
from inktrace.authors.labels import (
    identifier_components,
    identifier_pairs,
    sampled_within,
)
from inktrace.authors.pair_evidence import LEAST_COHORT, PairEvidence, pair_evidence
from inktrace.authors.pair_model import PairModel, default_model
from inktrace.authors.posting_hours import HourModel
from inktrace.authors.random_pairs import random_pairs
from inktrace.authors.score_background import background_document
from inktrace.authors.style import StyleSpace
from inktrace.authors.template_belief import (
    belief_documents,
    cross_validated,
    labelled_templates,
    learned_beliefs,
    template_labels,
)
from inktrace.authors.training import fitted_model, training_pairs
from inktrace.engine import Relations
from inktrace.params import AuthorsParams
from inktrace.progress import Progress
from inktrace.stage import StageResult

_HUB_SAMPLE: Final = 16
_LEAST_HUB_PAIRS: Final = 6


def find_authors(relations: Relations, params: AuthorsParams, progress: Progress) -> StageResult:
    """Score pairs of ads for one author and join them, errors held to the named target.

    Labels are the workspace's own contact data, masked from the text; `ads.author_label` is
    never read.
    """
    corpus = read_corpus(relations, params)
    if not len(corpus.ad_ids):
        return _empty_result()
    progress("author style", 0, None)
    space = corpus_style(corpus, params)
    progress("author candidates", 0, None)
    near = near_pairs(space, params.neighbours)
    shipped = default_model().settled(space.features(*random_pairs(corpus.groups())))
    hubs = hub_identifiers(corpus, space, shipped, params)
    judged = read_judged(relations, corpus.ad_ids)
    hubs |= judged.hubs(corpus.found, len(corpus.ad_ids))
    component = judged.joined(identifier_components(corpus.found, len(corpus.ad_ids), hubs))
    progress("author model", 0, None)
    evidence, metrics = _fitted_evidence(corpus, space, near, component, shipped, params)
    near_lr = evidence.log10_lr(*near)
    pairs = _scored_pairs(corpus, near, near_lr, hubs, evidence)
    progress("author clusters", 0, None)
    blocks = ad_blocks(corpus, component, _template_joins(corpus, evidence, params), judged)
    gain = fitted_gain(
        group_labels(corpus, component), evidence.log10_lr, params.prior_authors,
        params.most_log10_lr,
    )  # fmt: skip
    joined = _joined(corpus, blocks, near, near_lr, evidence, hubs, gain, judged, params)
    authors = _author_rows(corpus, blocks, joined, params, evidence)
    metrics |= {
        "identifiers": corpus.found.count(),
        "hub_identifiers": int(hubs.sum()),
        "judged_same": len(judged.same[0]),
        "judged_different": len(judged.apart[0]),
        "clusters": len(set(authors.column("author_id").to_pylist())),
        "gain_per_doubling": gain,
        "joins_rounds": joined.rounds,
        "expected_false_pairs": round(joined.expected_false, 3),
        "pairs_joined_by_style": joined.pairs,
        "false_merge_target": params.false_merge_target,
    }
    hours, hour_model = hours_of_authors(relations, corpus, authors, blocks, component, params)
    background = background_document(evidence, corpus.groups())
    model = _model_rows(evidence, metrics, hour_model, background)
    return StageResult(
        {"author_pairs": pairs, "authors": authors, "author_hours": hours, "author_model": model},
        metrics,
    )


def hub_identifiers(
    corpus: Corpus, space: StyleSpace, shipped: PairModel, params: AuthorsParams
) -> np.ndarray:
    """Identifiers that join strangers: crowded ones, and those whose texts are of many styles."""
    hubs = corpus.crowded.copy()
    if space.cohort_size < LEAST_COHORT or not corpus.found.count():
        return hubs
    who, first, second = sampled_within(corpus.found, corpus.group, _HUB_SAMPLE)
    if not len(who):
        return hubs
    texts = np.bincount(who, minlength=len(hubs)) > 0
    lr = shipped.log10_lr(space.features(first, second))
    mean = np.bincount(who, lr, minlength=len(hubs)) / np.maximum(
        np.bincount(who, minlength=len(hubs)), 1
    )
    distinct = np.unique(np.stack([who, first], 1), axis=0)
    enough = np.bincount(distinct[:, 0], minlength=len(hubs)) >= _LEAST_HUB_PAIRS
    return np.asarray(hubs | (texts & enough & (mean < params.hub_log10_lr)))


def _fitted_evidence(
    corpus: Corpus,
    space: StyleSpace,
    near: tuple[np.ndarray, np.ndarray],
    component: np.ndarray,
    shipped: PairModel,
    params: AuthorsParams,
) -> tuple[PairEvidence, dict[str, Any]]:
    label = group_labels(corpus, component)
    model, authors = shipped, 0
    metrics: dict[str, Any] = {"trained_on": model.trained_on, "ads": len(corpus.ad_ids)}
    if space.cohort_size >= LEAST_COHORT:
        sure = _surely_apart(corpus, component, label, params)
        pairs = training_pairs(label, *near, params.training_negatives, sure=sure)
        authors = pairs.authors()
        if authors >= params.least_authors and (~pairs.same).sum() >= 10 * authors:
            features = space.features(pairs.first, pairs.second)
            fit = fitted_model(features, pairs, model, params.prior_authors, params.most_log10_lr)
            model = dataclasses.replace(fit.model, trained_on="this workspace's identifiers")
            metrics |= {**fit.metrics, "trained_on": model.trained_on}
    prior = _prevalence(label, authors, params)
    labelled = labelled_templates(
        corpus.group, template_labels(corpus, component), corpus.several_sites
    )
    beliefs = learned_beliefs(labelled, params)
    evidence = pair_evidence(
        space, model, corpus.several_sites, beliefs, prior, params.most_log10_lr
    )
    metrics |= {"labelled_texts": int((label >= 0).sum()), "text_groups": corpus.groups()}
    metrics |= {"prior_probability": prior, "templates": belief_documents(beliefs)}
    metrics |= {"templates_cross_validated": cross_validated(labelled, params)}
    return evidence, metrics


def _surely_apart(
    corpus: Corpus, component: np.ndarray, label: np.ndarray, params: AuthorsParams
) -> np.ndarray | None:
    """Texts whose author is known by a handle or e-mail address, where enough authors are.

    Many people use several telephone numbers, so two numbers do not make two authors; two
    handles nearly do. A false "different" in training would hide true pairs.
    """
    personal = np.isin(corpus.found.kind, ("handle", "email"))[corpus.found.identifier]
    named = np.zeros(int(component.max(initial=-1)) + 2, bool)
    named[component[corpus.found.ad[personal]]] = True
    named[-1] = False  # where component is -1
    if int(named.sum()) < 2 * params.least_authors:
        return None
    return np.asarray(named[label])


def _prevalence(label: np.ndarray, authors: int, params: AuthorsParams) -> float:
    """Share of text pairs with one author, from labelled texts, leaning on the knob.

    Notes: without labels it was also counted from pairs with strong evidence; that came out five
    times too low on real listings, where few busy hosts have most of the pairs.
    """
    sizes = np.bincount(label[label >= 0]).astype(float)
    total = sizes.sum()
    seen = (sizes * (sizes - 1)).sum() / (total * (total - 1)) if total > 1 else 0.0
    share = authors / (authors + params.prior_authors)
    mixed = share * np.log(max(seen, 1e-6)) + (1 - share) * np.log(params.prior_probability)
    return float(round(np.clip(np.exp(mixed), 1e-6, 0.5), 9))


def _template_joins(corpus: Corpus, evidence: PairEvidence, params: AuthorsParams) -> np.ndarray:
    """Text groups of a band whose templates are one author's, even at the interval's lower end."""
    sure = np.array([one.low >= 1.0 - params.false_merge_target for one in evidence.templates])
    return np.asarray(sure[corpus.several_sites.astype(np.int64)])


def _joined(
    corpus: Corpus,
    blocks: Blocks,
    near: tuple[np.ndarray, np.ndarray],
    near_lr: np.ndarray,
    evidence: PairEvidence,
    hubs: np.ndarray,
    gain: float,
    judged: Judged,
    params: AuthorsParams,
) -> Joined:
    # More pairs add to the evidence, so the best single pair need not reach the target alone.
    least = np.log10(1.0 / params.most_join_error - 1.0)
    most = gained_evidence(near_lr, np.array([params.sampled_pairs]), gain, params.most_log10_lr)
    strong = most + evidence.prior_log10_odds() >= least
    personal = np.isin(corpus.found.kind, ("handle", "email")) & ~hubs
    carried = corpus.found.incidence(len(corpus.ad_ids), personal)

    def conflict(cluster: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        contacts = blocks.disagree(carried, cluster, first, second)
        by_people = judged.conflict(blocks.block, cluster, first, second)
        return np.asarray(params.different_contacts_log10_lr * contacts + by_people)

    return joined_blocks(
        blocks.texts(corpus.group),
        (near[0][strong], near[1][strong]),
        evidence.log10_lr,
        lambda mean, pairs: gained_evidence(mean, pairs, gain, params.most_log10_lr),
        conflict=conflict,
        prior_log10_odds=evidence.prior_log10_odds(),
        most_join_error=params.most_join_error,
        false_merge_target=params.false_merge_target,
        sampled_pairs=params.sampled_pairs,
        most_rounds=params.most_rounds,
    )


def _scored_pairs(
    corpus: Corpus,
    near: tuple[np.ndarray, np.ndarray],
    near_lr: np.ndarray,
    hubs: np.ndarray,
    evidence: PairEvidence,
) -> pa.Table:
    """Candidates as pairs of ads: style neighbours, template mates, sharers of an identifier."""
    rows = np.arange(len(corpus.ad_ids))
    leader = corpus.first_ad[corpus.group]
    by_contact = identifier_pairs(corpus.found, hubs)
    first = np.concatenate([corpus.first_ad[near[0]], leader, by_contact[0]])
    second = np.concatenate([corpus.first_ad[near[1]], rows, by_contact[1]])
    first, second = unique_pairs(first, second, len(rows))
    carried = corpus.found.incidence(len(rows), ~hubs)
    shared = np.asarray(carried[first].multiply(carried[second]).sum(axis=1)).ravel()
    lr = _known_or_scored(
        near, near_lr, evidence, corpus.group[first], corpus.group[second], corpus.groups()
    )
    return pa.table(
        {
            "ad_id_a": pa.array(corpus.ad_ids[first], pa.string()),
            "ad_id_b": pa.array(corpus.ad_ids[second], pa.string()),
            "same_template": pa.array(corpus.group[first] == corpus.group[second]),
            "shared_identifiers": pa.array(shared.astype(np.int64), pa.int64()),
            "log10_lr": pa.array(lr, pa.float64()),
            "same_author_probability": pa.array(
                np.round(evidence.probability(lr), 9), pa.float64()
            ),
        }
    )


def _known_or_scored(
    near: tuple[np.ndarray, np.ndarray],
    near_lr: np.ndarray,
    evidence: PairEvidence,
    first: np.ndarray,
    second: np.ndarray,
    size: int,
) -> np.ndarray:
    """Evidence of pairs of text groups; what the sorted near pairs tell is not reckoned again."""
    codes = near[0] * np.int64(size) + near[1]
    wanted = np.minimum(first, second) * np.int64(size) + np.maximum(first, second)
    place = np.minimum(np.searchsorted(codes, wanted), max(len(codes) - 1, 0))
    known = codes[place] == wanted if len(codes) else np.zeros(len(wanted), bool)
    lr = np.zeros(len(wanted))
    lr[known] = near_lr[place[known]]
    lr[~known] = evidence.log10_lr(first[~known], second[~known])
    return lr


def _author_rows(
    corpus: Corpus, blocks: Blocks, joined: Joined, params: AuthorsParams, evidence: PairEvidence
) -> pa.Table:
    cluster = joined.cluster[blocks.block]
    first = np.full(len(joined.cluster), len(cluster), np.int64)
    np.minimum.at(first, cluster, np.arange(len(cluster)))
    names = {
        c: "A-" + hashlib.sha256(str(corpus.ad_ids[first[c]]).encode()).hexdigest()[:10]
        for c in np.unique(cluster).tolist()
    }
    style = joined.log10_lr[blocks.block]
    by_style = np.bincount(cluster, minlength=len(first))[cluster] > 1
    choices = [blocks.by_identifier, blocks.by_judgement, blocks.by_template, by_style]
    reason = np.select(choices, ["identifier", "judgement", "template", "style"], "alone")
    lr = np.select(
        choices,
        [
            params.identifier_log10_lr,
            params.most_log10_lr,
            evidence.template_log10_lr[corpus.group],
            style,
        ],
        0.0,
    )
    return pa.table(
        {
            "ad_id": pa.array(corpus.ad_ids, pa.string()),
            "author_id": pa.array([names[c] for c in cluster.tolist()], pa.string()),
            "log10_lr": pa.array(lr.astype(np.float64), pa.float64()),
            "reason": pa.array(reason.tolist(), pa.string()),
        }
    )


def _model_rows(
    evidence: PairEvidence, metrics: dict[str, Any], hours: HourModel, background: dict[str, Any]
) -> pa.Table:
    documents = {
        "model": evidence.model.to_json(),
        "calibration": evidence.calibration_document(),
        "metrics": metrics,
        "hours": hours.to_json(),
        "background": background,
    }
    return pa.table(
        {
            "name": pa.array(list(documents), pa.string()),
            "json": pa.array(
                [json.dumps(d, sort_keys=True) for d in documents.values()], pa.string()
            ),
        }
    )


def _empty_result() -> StageResult:
    text, number = pa.string(), pa.float64()
    pairs = pa.schema(
        [("ad_id_a", text), ("ad_id_b", text), ("same_template", pa.bool_()),
         ("shared_identifiers", pa.int64()), ("log10_lr", number),
         ("same_author_probability", number)]
    )  # fmt: skip
    authors = pa.schema(
        [("ad_id", text), ("author_id", text), ("log10_lr", number), ("reason", text)]
    )
    model = pa.schema([("name", text), ("json", text)])
    tables = {
        "author_pairs": pairs,
        "authors": authors,
        "author_hours": HOUR_SCHEMA,
        "author_model": model,
    }
    return StageResult({name: schema.empty_table() for name, schema in tables.items()}, {"ads": 0})
