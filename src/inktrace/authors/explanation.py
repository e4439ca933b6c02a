"""What speaks for and against one author: the facts behind a pair's score or a cluster."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.authors.author_hours import StoredHours, stored_hours
from inktrace.authors.corpus import Corpus, ad_rows, read_corpus, tying_identifiers
from inktrace.authors.habit_words import compared_habits
from inktrace.authors.member_support import member_support
from inktrace.authors.pair_evidence import PairEvidence
from inktrace.authors.pair_samples import pairs_within
from inktrace.authors.rarity import most_texts, rare_marks, rare_words
from inktrace.authors.scoring import read_evidence, stored_documents, stored_gain
from inktrace.engine import Relations
from inktrace.errors import StageError, UsageError
from inktrace.params import AuthorsParams

_MOST_PAIRS: Final = 20_000
_LISTED_PAIRS: Final = 5
_SEED: Final = 2017


def explained_pair(
    relations: Relations, ad_id_a: str, ad_id_b: str, params: AuthorsParams
) -> dict[str, Any]:
    """All that two ads say of one author, style apart from contacts and templates.

    Keys in docs/formats.md. Raises UsageError where both are the same ad, StageError where an ad
    is unknown or the authors stage has not run.
    """
    if ad_id_a == ad_id_b:
        raise UsageError("both ads are the same one", do="name two different ads")
    stored_documents(relations)
    corpus = read_corpus(relations, params)
    rows, unknown = ad_rows(corpus, pa.chunked_array([[ad_id_a, ad_id_b]]))
    if unknown is not None:
        raise StageError(f"there is no ad {unknown!r}", do="check the ad's id")
    evidence = read_evidence(relations, corpus, params)
    group = corpus.group[rows]
    lr = evidence.log10_lr(group[:1], group[1:])
    texts = _own_texts(relations, corpus, rows)
    same_template = bool(group[0] == group[1])
    author = _authors_of(relations, {ad_id_a, ad_id_b})
    return {
        "format": "inktrace authors explanation 1",
        "kind": "pair",
        "ads": [
            {
                "ad_id": ad_id,
                "author_id": author[ad_id]["author_id"],
                "characters": len(text),
                "language": language,
                "masked_text": text,
            }
            for ad_id, (text, language) in zip((ad_id_a, ad_id_b), texts, strict=True)
        ],
        "log10_lr": float(lr[0]),
        "same_author_probability": round(float(evidence.probability(lr)[0]), 9),
        "prior_probability": evidence.prior_probability,
        "same_template": same_template,
        "template": _template(corpus, evidence, int(group[0])) if same_template else None,
        "put_together": author[ad_id_a]["author_id"] == author[ad_id_b]["author_id"],
        "identifiers": _identifiers(relations, corpus, ad_id_a, ad_id_b),
        "posting_hours": _pair_hours(stored_hours(relations, corpus, params), rows),
        "corpus_texts": corpus.groups(),
        "most_texts": most_texts(corpus.groups()),
        "rare_words": [dataclasses.asdict(s) for s in _rare(rare_words, texts, corpus)],
        "rare_marks": [dataclasses.asdict(s) for s in _rare(rare_marks, texts, corpus)],
        "habits": compared_habits(texts[0][0], texts[1][0], corpus.texts),
    }


def explained_author(relations: Relations, author_id: str, params: AuthorsParams) -> dict[str, Any]:
    """Why each ad is in a cluster, and which of its pairs hold it together most and least.

    Raises StageError where there is no such author or the authors stage has not run.
    """
    stored_documents(relations)
    table = relations.arrow("authors", ["ad_id", "author_id", "log10_lr", "reason"]).to_pylist()
    members = sorted(
        (row for row in table if row["author_id"] == author_id), key=lambda row: str(row["ad_id"])
    )
    if not members:
        raise StageError(f"there is no author {author_id!r}", do="see inktrace show authors")
    corpus = read_corpus(relations, params)
    rows, _ = ad_rows(corpus, pa.chunked_array([[row["ad_id"] for row in members]]))
    evidence = read_evidence(relations, corpus, params)
    hours = stored_hours(relations, corpus, params)
    return {
        "format": "inktrace authors explanation 1",
        "kind": "author",
        "author_id": author_id,
        "prior_probability": evidence.prior_probability,
        "posting_hours": _hour_document(hours, hours.profile(rows)),
        "members": [
            {
                "ad_id": row["ad_id"],
                "reason": row["reason"],
                "log10_lr": row["log10_lr"],
                **because,
                "style": style,
                "posting_hours": clock,
            }
            for row, because, style, clock in zip(
                members,
                _becauses(relations, corpus, rows),
                member_support(corpus, evidence, rows, stored_gain(relations), params),
                _member_hours(relations, members),
                strict=True,
            )
        ],
        **_inner_pairs(corpus, evidence, rows),
    }


def _template(corpus: Corpus, evidence: PairEvidence, group: int) -> dict[str, Any]:
    """How often ads of such a template are one author's, and what that was learned from."""
    belief = evidence.templates[int(corpus.several_sites[group])]
    return {"ads": int((corpus.group == group).sum()), **dataclasses.asdict(belief)}


def _pair_hours(hours: StoredHours, rows: np.ndarray) -> dict[str, Any]:
    """The two ads by their hours, and their authors (None where they are one author's)."""
    first, second = hours.author[rows].tolist()
    authors = None
    if first != second:
        authors = hours.between(*(np.flatnonzero(hours.author == one) for one in (first, second)))
    return _hour_document(hours, {"ads": hours.between(rows[:1], rows[1:]), "authors": authors})


def _hour_document(hours: StoredHours, facts: dict[str, Any]) -> dict[str, Any]:
    model = hours.evidence.model
    return {**facts, "fitted_on_authors": model.authors, "most_log10_lr": model.most_log10_lr}


def _member_hours(
    relations: Relations, members: list[dict[str, Any]]
) -> list[dict[str, Any] | None]:
    """The row of author_hours of each member; None where all came in together."""
    table = relations["author_hours"]
    kept = table.filter(table.author_id == members[0]["author_id"])
    columns = ["sittings", "rest_sittings", "log10_lr"]
    found = {
        row["ad_id"]: {name: row[name] for name in columns}
        for row in relations.collect(kept.select("ad_id", *columns)).to_pylist()
    }
    return [found.get(row["ad_id"]) for row in members]


def _own_texts(relations: Relations, corpus: Corpus, rows: np.ndarray) -> list[tuple[str, str]]:
    """Masked text and language of the ads themselves, not of those that stand for their group."""
    wanted = set(corpus.ad_ids[rows].tolist())
    table = relations["texts"]
    kept = table.filter(table.ad_id.isin(sorted(wanted)))
    found = {
        row["ad_id"]: (row["masked_text"], row["language"])
        for row in relations.collect(kept.select("ad_id", "masked_text", "language")).to_pylist()
    }
    return [found[ad_id] for ad_id in corpus.ad_ids[rows].tolist()]


def _authors_of(relations: Relations, ads: set[str]) -> dict[str, dict[str, Any]]:
    table = relations["authors"]
    kept = table.filter(table.ad_id.isin(sorted(ads))).select("ad_id", "author_id", "reason")
    return {row["ad_id"]: row for row in relations.collect(kept).to_pylist()}


def _rare(find: Any, texts: list[tuple[str, str]], corpus: Corpus) -> Any:
    return find(texts[0][0], texts[1][0], corpus.texts)


def _identifiers(relations: Relations, corpus: Corpus, a: str, b: str) -> dict[str, Any]:
    """Contacts of both ads and of each alone; how many ads carry each shared one."""
    names, crowded = _identifier_names(relations, corpus)
    carried = corpus.found.incidence(len(corpus.ad_ids))
    rows, _ = ad_rows(corpus, pa.chunked_array([[a, b]]))
    first, second = (set(carried[row].indices.tolist()) for row in rows.tolist())
    ads = np.asarray(carried.sum(axis=0)).ravel()
    return {
        "shared": [
            {
                "kind": names[one][0],
                "value": names[one][1],
                "ads": int(ads[one]),
                "crowded": bool(crowded[one]),
            }
            for one in sorted(first & second)
        ],
        "only_a": len(first - second),
        "only_b": len(second - first),
    }


def _identifier_names(
    relations: Relations, corpus: Corpus
) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Kind and value of each identifier, in the order in which the corpus numbers them."""
    table = tying_identifiers(relations).to_pydict()
    return sorted(set(zip(table["kind"], table["value"], strict=True))), corpus.crowded


def _becauses(relations: Relations, corpus: Corpus, rows: np.ndarray) -> list[dict[str, Any]]:
    """Of each member: the contacts it shares with other members, and its template mates."""
    names, crowded = _identifier_names(relations, corpus)
    carried = corpus.found.incidence(len(corpus.ad_ids), ~crowded)[rows]
    carriers = np.asarray(carried.sum(axis=0)).ravel()
    groups, mates = np.unique(corpus.group[rows], return_counts=True)
    of_group = dict(zip(groups.tolist(), mates.tolist(), strict=True))
    return [
        {
            "shares": [
                {"kind": names[one][0], "value": names[one][1], "members": int(carriers[one]) - 1}
                for one in sorted(carried[place].indices.tolist())
                if carriers[one] > 1
            ],
            "template_mates": of_group[int(corpus.group[row])] - 1,
        }
        for place, row in enumerate(rows.tolist())
    ]


def _inner_pairs(corpus: Corpus, evidence: PairEvidence, rows: np.ndarray) -> dict[str, Any]:
    """Pairs of different texts of the cluster: a seeded sample of a large one."""
    groups, first = np.unique(corpus.group[rows], return_index=True)
    a, b = pairs_within(np.zeros(len(groups), np.int64), _MOST_PAIRS, _SEED)
    lr = evidence.log10_lr(groups[a], groups[b])
    order = np.lexsort((b, a, -lr))
    ads = corpus.ad_ids[rows[first]]

    def told(place: int) -> dict[str, Any]:
        return {
            "ad_id_a": str(min(ads[a[place]], ads[b[place]])),
            "ad_id_b": str(max(ads[a[place]], ads[b[place]])),
            "log10_lr": float(lr[place]),
            "same_author_probability": round(
                float(evidence.probability(lr[place : place + 1])[0]), 9
            ),
        }

    count = min(_LISTED_PAIRS, len(order))
    return {
        "texts": len(groups),
        "pairs_scored": len(order),
        "mean_log10_lr": round(float(lr.mean()), 6) if len(lr) else None,
        "strongest": [told(place) for place in order[:count].tolist()],
        "weakest": [told(place) for place in order[::-1][:count].tolist()],
    }
