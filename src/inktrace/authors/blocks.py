"""Blocks: ads that contact data or a template already put together, before style is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from inktrace.authors.corpus import Corpus
from inktrace.authors.judged import Judged


@dataclass(frozen=True)
class Blocks:
    """The block of each ad, and whether contact data, a person or a template put it there."""

    block: np.ndarray
    by_identifier: np.ndarray
    by_judgement: np.ndarray
    by_template: np.ndarray

    def texts(self, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(block, text group) pairs: which distinct texts each block holds."""
        keys = np.unique(np.stack([self.block, group], 1), axis=0)
        return keys[:, 0], keys[:, 1]

    def disagree(
        self,
        carried: sparse.csr_matrix,
        cluster: np.ndarray,
        first: np.ndarray,
        second: np.ndarray,
    ) -> np.ndarray:
        """1.0 for pairs of clusters that both name personal contacts, none of them in common."""
        owner = cluster[self.block]
        size = int(cluster.max(initial=-1)) + 1
        rows = sparse.csr_matrix(
            (np.ones(len(owner), np.int32), (owner, np.arange(len(owner)))),
            shape=(size, len(owner)),
        )
        held = (rows @ carried).sign().tocsr()
        any_held = np.asarray(held.sum(axis=1)).ravel() > 0
        common = np.asarray(held[first].multiply(held[second]).sum(axis=1)).ravel() > 0
        return np.asarray(any_held[first] & any_held[second] & ~common).astype(float)


def ad_blocks(
    corpus: Corpus, component: np.ndarray, templates_join: np.ndarray, judged: Judged
) -> Blocks:
    """Put ads into blocks: by shared identifiers first, then (if they may) by template.

    `component` per ad, -1 = without contact data; `templates_join`: bool per text group. A
    template joins only ads without contact data, to one another and to the one block that uses
    that text with contact data. Where several blocks do, the text is common property and its bare
    ads stay apart. What people judged to be different authors' is never in one block.
    """
    ads = len(component)
    has_contact = component >= 0
    block = component.copy()
    base = int(component.max(initial=-1)) + 1
    bare = np.flatnonzero(~has_contact)
    block[bare] = base + bare
    by_template = np.zeros(ads, bool)
    if templates_join.any():
        users = np.unique(np.stack([corpus.group[has_contact], component[has_contact]], 1), axis=0)
        count = np.bincount(users[:, 0], minlength=corpus.groups())
        only = np.full(corpus.groups(), -1, np.int64)
        only[users[:, 0]] = users[:, 1]
        group = corpus.group[bare]
        target = np.where(count[group] == 1, only[group], base + corpus.first_ad[group])
        free = (count[group] <= 1) & templates_join[group]
        block[bare[free]] = target[free]
        sizes = np.bincount(corpus.group, minlength=corpus.groups())
        by_template[bare[free & (sizes[group] > 1)]] = True
    block = judged.separated(block)
    _, first, inverse = np.unique(block, return_index=True, return_inverse=True)
    dense = np.argsort(np.argsort(first))[inverse]
    together = np.bincount(dense)[dense] > 1
    by_judgement = np.zeros(ads, bool)
    for side in judged.same:
        by_judgement[side] = True
    carries = np.zeros(ads, bool)
    carries[corpus.found.ad] = True
    by_identifier = carries & has_contact & _shares(component) & together
    return Blocks(dense, by_identifier, by_judgement & together, by_template & together)


def _shares(component: np.ndarray) -> np.ndarray:
    known = component >= 0
    sizes = np.bincount(component[known], minlength=int(component.max(initial=-1)) + 1)
    shared = np.zeros(len(component), bool)
    shared[known] = sizes[component[known]] > 1
    return shared
