"""What the rows of `author_pairs` are computed from, measured once more from all texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from inktrace.authors.author_stage import hub_identifiers
from inktrace.authors.corpus import Corpus, read_corpus
from inktrace.authors.judged import read_judged
from inktrace.authors.pair_evidence import PairEvidence
from inktrace.authors.pair_model import default_model
from inktrace.authors.random_pairs import random_pairs
from inktrace.authors.scoring import groups_of_pairs, read_evidence, stored_documents
from inktrace.authors.style import FEATURES
from inktrace.engine import Relations
from inktrace.params import AuthorsParams


@dataclass(frozen=True)
class PairOrigins:
    """`style`: per pair ad_id_a, ad_id_b, log10_lr; a column per feature of the style model for
    pairs of different texts; for those of one text `characters` and whether it is on
    `several_sites`. What does not apply is null.

    `hubs`: contacts of the ads that join strangers and so count for nothing, as (kind, number);
    the number counts the values of one kind, in order, among those that the ads carry.
    """

    style: pa.Table
    hubs: list[tuple[str, int]]


def pair_origins(
    relations: Relations, pairs: pa.Table, ad_ids: Sequence[str], params: AuthorsParams
) -> PairOrigins:
    """The origins of `pairs` (columns ad_id_a, ad_id_b) and of the contacts of `ad_ids`.

    Raises StageError if the authors stage has not run, or an ad of a pair is unknown.
    """
    stored_documents(relations)  # before the long work of reading all texts
    corpus = read_corpus(relations, params)
    first, second = groups_of_pairs(corpus, pairs)
    evidence = read_evidence(relations, corpus, params)
    style = _style(corpus, evidence, pairs, first, second)
    return PairOrigins(style, _hubs(relations, corpus, evidence, ad_ids, params))


def _style(
    corpus: Corpus, evidence: PairEvidence, pairs: pa.Table, first: np.ndarray, second: np.ndarray
) -> pa.Table:
    features, template = evidence.space.features(first, second), first == second
    characters = evidence.space.length[first].astype(np.int64)
    columns = {name: pairs.column(name) for name in ("ad_id_a", "ad_id_b")}
    columns["log10_lr"] = pa.array(evidence.log10_lr(first, second), pa.float64())
    for column, name in enumerate(FEATURES):
        columns[name] = pa.array(features[:, column], pa.float64(), mask=template)
    columns["characters"] = pa.array(characters, pa.int64(), mask=~template)
    columns["several_sites"] = pa.array(corpus.several_sites[first], pa.bool_(), mask=~template)
    return pa.table(columns)


def _hubs(
    relations: Relations,
    corpus: Corpus,
    evidence: PairEvidence,
    ad_ids: Sequence[str],
    params: AuthorsParams,
) -> list[tuple[str, int]]:
    space = evidence.space
    shipped = default_model().settled(space.features(*random_pairs(corpus.groups())))
    hubs = hub_identifiers(corpus, space, shipped, params)
    hubs |= read_judged(relations, corpus.ad_ids).hubs(corpus.found, len(corpus.ad_ids))
    ours = np.isin(corpus.ad_ids[corpus.found.ad], list(ad_ids))
    numbers: dict[str, int] = {}
    found = []
    # Identifiers are numbered in order of kind and value.
    for identifier in np.unique(corpus.found.identifier[ours]).tolist():
        kind = str(corpus.found.kind[identifier])
        numbers[kind] = numbers.get(kind, 0) + 1
        if hubs[identifier]:
            found.append((kind, numbers[kind]))
    return found
