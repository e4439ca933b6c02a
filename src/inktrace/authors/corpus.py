"""A workspace's ads as arrays: text groups, identifiers, the cohort, and everybody's style."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.authors.labels import Identifiers, crowded_identifiers, identifier_components
from inktrace.authors.style import StyleSpace, style_space
from inktrace.engine import Relations
from inktrace.params import AuthorsParams
from inktrace.schema import SHOWN_ONLY


@dataclass(frozen=True)
class Corpus:
    """All ads in order of ad_id, with the text group of each and the identifiers they carry.

    `group` int64 per ad; `first_ad` int64 per group: the ad whose text stands for the group;
    `several_sites` bool per group: whether its ads are on more than one site.
    """

    ad_ids: np.ndarray
    group: np.ndarray
    first_ad: np.ndarray
    texts: list[str]
    found: Identifiers
    crowded: np.ndarray
    several_sites: np.ndarray

    def groups(self) -> int:
        """Number of text groups."""
        return len(self.first_ad)


def read_corpus(relations: Relations, params: AuthorsParams) -> Corpus:
    """Read the masked texts and identifiers; each text group is represented by its first ad."""
    table = relations.arrow("texts", ["ad_id", "masked_text", "text_group_id"])
    ad_ids = np.asarray(table.column("ad_id").to_pylist(), dtype=object)
    masked = table.column("masked_text").to_pylist()
    order = np.argsort(ad_ids, kind="stable")
    names = np.asarray(table.column("text_group_id").to_pylist(), dtype=object)[order]
    ad_ids = ad_ids[order]
    _, first, group = np.unique(names, return_index=True, return_inverse=True)
    # Groups are numbered by their first ad.
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    first = np.sort(first)
    found = _identifiers(relations, ad_ids)
    texts = [masked[order[ad]] for ad in first]
    crowded = crowded_identifiers(found, params.hub_ads, params.hub_contacts)
    number = rank[group].astype(np.int64)
    several = _several_sites(relations, ad_ids, number, len(first))
    return Corpus(ad_ids, number, first, texts, found, crowded, several)


def _several_sites(
    relations: Relations, ad_ids: np.ndarray, group: np.ndarray, groups: int
) -> np.ndarray:
    table = relations.arrow("ads", ["ad_id", "site"]).to_pydict()
    site_of = dict(zip(table["ad_id"], table["site"], strict=True))
    names = np.asarray([site_of.get(ad_id) or "" for ad_id in ad_ids.tolist()], dtype=np.str_)
    _, site = np.unique(names, return_inverse=True)
    pairs = np.unique(np.stack([group, site], 1), axis=0) if len(group) else np.zeros((0, 2), int)
    return np.bincount(pairs[:, 0], minlength=groups) > 1


def group_labels(corpus: Corpus, component: np.ndarray) -> np.ndarray:
    """The identifier component of each text group; -1 where it has none or several."""
    known = component >= 0
    keys = np.unique(np.stack([corpus.group[known], component[known]], 1), axis=0)
    label = np.full(corpus.groups(), -1, np.int64)
    label[keys[:, 0]] = keys[:, 1]
    several = np.bincount(keys[:, 0], minlength=corpus.groups()) > 1
    label[several] = -1
    return label


def corpus_style(corpus: Corpus, params: AuthorsParams) -> StyleSpace:
    """The style of every text group, against a cohort with at most one text per known author.

    Only a text itself is left out of its own cohort: were its author's other texts left out too, a
    shared contact would raise the likeness of texts, which must rest on the texts alone.
    """
    component = identifier_components(corpus.found, len(corpus.ad_ids), corpus.crowded)
    label = group_labels(corpus, component)
    alone = label < 0
    owner = label.copy()
    owner[alone] = len(corpus.ad_ids) + np.arange(int(alone.sum()))
    cohort = _cohort(corpus, owner, params.cohort_texts)
    return style_space(corpus.texts, cohort, params.cohort_top)


def _cohort(corpus: Corpus, owner: np.ndarray, most: int) -> np.ndarray:
    """Texts that stand for other authors: one per owner, those with the smallest hash."""
    hashes = np.fromiter(
        (
            int.from_bytes(hashlib.sha256(str(ad_id).encode()).digest()[:7], "big")
            for ad_id in corpus.ad_ids[corpus.first_ad]
        ),
        np.int64,
        corpus.groups(),
    )
    has_text = np.fromiter((bool(text.strip()) for text in corpus.texts), bool, corpus.groups())
    order = np.lexsort((hashes, owner))
    order = order[has_text[order]]
    chosen = order[np.flatnonzero(np.diff(owner[order], prepend=-2))]
    return np.sort(chosen[np.argsort(hashes[chosen], kind="stable")][:most])


def _identifiers(relations: Relations, ad_ids: np.ndarray) -> Identifiers:
    table = tying_identifiers(relations).to_pydict()
    keys = list(zip(table["kind"], table["value"], strict=True))
    ordered = sorted(set(keys))
    number = {key: place for place, key in enumerate(ordered)}
    ads = np.asarray(table["ad_id"], dtype=object)
    row = np.searchsorted(ad_ids, ads) if len(ads) else np.zeros(0, np.int64)
    identifier = np.fromiter((number[key] for key in keys), np.int64, len(keys))
    order = np.lexsort((identifier, row))
    kinds = np.asarray([kind for kind, _ in ordered], dtype=object)
    return Identifiers(row.astype(np.int64)[order], identifier[order], kinds)


def tying_identifiers(relations: Relations) -> pa.Table:
    """ad_id, kind and value of the identifiers that may tie ads together."""
    table = relations.arrow("identifiers", ["ad_id", "kind", "value"])
    shown_only = pc.is_in(table["kind"], pa.array(SHOWN_ONLY, pa.string()))
    return table.filter(pc.invert(shown_only))


def ad_rows(corpus: Corpus, ad_ids: pa.ChunkedArray) -> tuple[np.ndarray, str | None]:
    """Row numbers of ads by id, and the first id that the workspace does not hold."""
    wanted = np.asarray(ad_ids.to_pylist(), dtype=object)
    if not len(wanted) or not len(corpus.ad_ids):
        return np.zeros(0, np.int64), str(wanted[0]) if len(wanted) else None
    row = np.minimum(np.searchsorted(corpus.ad_ids, wanted), len(corpus.ad_ids) - 1)
    unknown = np.flatnonzero(corpus.ad_ids[row] != wanted)
    return row.astype(np.int64), str(wanted[unknown[0]]) if len(unknown) else None
