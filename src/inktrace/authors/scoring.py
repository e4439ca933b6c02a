"""Any pairs of ads scored with the model that the last run stored."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from inktrace.authors.corpus import Corpus, ad_rows, corpus_style, read_corpus
from inktrace.authors.pair_evidence import PairEvidence, stored_evidence
from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.params import AuthorsParams


def stored_documents(relations: Relations) -> dict[str, Any]:
    """The model, its calibration and its metrics as the last run stored them.

    Raises StageError if the authors stage has not run, or had no ads to run on.
    """
    documents = {
        row["name"]: json.loads(row["json"])
        for row in relations.arrow("author_model", ["name", "json"]).to_pylist()
    }
    if "model" not in documents:
        raise StageError("there is no author model yet", do="add ads, then run the authors stage")
    return documents


def stored_gain(relations: Relations) -> float:
    """How much evidence grew with each doubling of pairs in the last run."""
    return float(stored_documents(relations)["metrics"]["gain_per_doubling"])


def read_evidence(relations: Relations, corpus: Corpus, params: AuthorsParams) -> PairEvidence:
    """What scores pairs of the corpus's text groups exactly as the last run did."""
    documents = stored_documents(relations)
    style = corpus_style(corpus, params)
    return stored_evidence(
        style,
        corpus.several_sites,
        documents["model"],
        documents["calibration"],
        params.most_log10_lr,
    )


def score_pairs(relations: Relations, pairs: pa.Table, params: AuthorsParams) -> pa.Table:
    """Same-author evidence, from text alone, for any pairs of ads of the workspace.

    `pairs`: columns ad_id_a, ad_id_b (string). Returns them in the same order with log10_lr and
    same_author_probability. A pair that is among the candidates has exactly author_pairs' values.
    Raises StageError if the authors stage has not run, or an ad is unknown (names the first).
    """
    stored_documents(relations)  # before the long work of reading all texts
    corpus = read_corpus(relations, params)
    first, second = groups_of_pairs(corpus, pairs)
    evidence = read_evidence(relations, corpus, params)
    lr = evidence.log10_lr(first, second)
    return pa.table(
        {
            "ad_id_a": pairs.column("ad_id_a"),
            "ad_id_b": pairs.column("ad_id_b"),
            "log10_lr": pa.array(lr, pa.float64()),
            "same_author_probability": pa.array(
                np.round(evidence.probability(lr), 9), pa.float64()
            ),
        }
    )


def groups_of_pairs(corpus: Corpus, pairs: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Text groups of both ads of each pair. Raises StageError for an ad that is not there."""
    columns = []
    for name in ("ad_id_a", "ad_id_b"):
        rows, unknown = ad_rows(corpus, pairs.column(name))
        if unknown is not None:
            raise StageError(f"there is no ad {unknown!r}", do="check the column " + name)
        columns.append(corpus.group[rows])
    return columns[0], columns[1]
