"""Posting hours of a workspace's authors: the rows of a run, and what they say of two groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.authors.blocks import Blocks
from inktrace.authors.corpus import Corpus
from inktrace.authors.hour_fit import fitted_hours, shipped_hours
from inktrace.authors.posting_hours import (
    HOURS,
    HourEvidence,
    HourModel,
    PostingTimes,
    Sittings,
    compared_with_rest,
    habit_table,
    hour_model_from_json,
    posting_times,
    site_curves,
    sittings,
)
from inktrace.authors.scoring import stored_documents
from inktrace.engine import Relations
from inktrace.params import AuthorsParams

HOUR_SCHEMA: Final = pa.schema(
    [
        ("ad_id", pa.string()),
        ("author_id", pa.string()),
        ("sittings", pa.float64()),
        ("rest_sittings", pa.float64()),
        ("log10_lr", pa.float64()),
    ]
)


def hours_of_authors(
    relations: Relations,
    corpus: Corpus,
    authors: pa.Table,
    blocks: Blocks,
    component: np.ndarray,
    params: AuthorsParams,
) -> tuple[pa.Table, HourModel]:
    """The rows of author_hours, and the model that they come from.

    `authors`: the run's, in the order of the corpus; `component`: ads of known authors (int64 per
    ad, -1 = unknown), whose halves the model is fitted on.
    """
    names = np.asarray(authors.column("author_id").to_pylist(), dtype=object).astype(str)
    _, author = np.unique(names, return_inverse=True)
    times = read_times(relations, corpus)
    found = sittings(times, author, blocks.block, params.hour_gap_s)
    habits = habit_table(site_curves(found, times.sites()))
    evidence = HourEvidence(habits, shipped_hours(params), params.hour_sittings)
    known = sittings(times.only(component >= 0), component, component, params.hour_gap_s)
    model = fitted_hours(known, evidence, params)
    told = compared_with_rest(found, HourEvidence(habits, model, params.hour_sittings))
    pairs = np.unique(np.stack([author, blocks.block], 1), axis=0)
    several = np.bincount(pairs[:, 0])[author] > 1
    place = np.searchsorted(told.block, blocks.block)
    place = np.minimum(place, max(len(told.block) - 1, 0))
    has = several & _is_at(told.block, place, blocks.block)

    def column(values: np.ndarray) -> pa.Array:
        filled = np.zeros(len(author))
        filled[has] = values[place[has]]
        return pa.array(filled[several], pa.float64())

    return pa.table(
        {
            "ad_id": pa.array(corpus.ad_ids[several], pa.string()),
            "author_id": pa.array(names[several], pa.string()),
            "sittings": column(told.sittings),
            "rest_sittings": column(told.rest_sittings),
            "log10_lr": column(told.log10_lr),
        }
    ), model


def _is_at(values: np.ndarray, place: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return values[place] == wanted if len(values) else np.zeros(len(wanted), bool)


def read_times(relations: Relations, corpus: Corpus) -> PostingTimes:
    """When and where each ad of the corpus was posted, in its order."""
    table = relations.arrow("ads", ["ad_id", "site", "posted_us"])
    return posting_times(table.take(pa.array(_order_of(table, corpus))))


def _order_of(table: pa.Table, corpus: Corpus) -> np.ndarray:
    ids = np.asarray(table.column("ad_id").to_pylist(), dtype=object)
    order = np.argsort(ids, kind="stable")
    return np.asarray(order[np.searchsorted(ids[order], corpus.ad_ids)])


@dataclass(frozen=True)
class StoredHours:
    """Posting hours as the last run saw them: times and authors of the corpus, and the evidence."""

    times: PostingTimes
    author: np.ndarray
    names: np.ndarray
    curves: np.ndarray
    evidence: HourEvidence
    gap_s: int

    def between(self, first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
        """Two groups of ads (row numbers, none in both): sittings of each, and log10 LR."""
        size = len(self.author)
        side = np.zeros(size, np.int64)
        side[second] = 1
        chosen = np.zeros(size, bool)
        chosen[first] = chosen[second] = True
        found = sittings(self.times.only(chosen), np.zeros(size, np.int64), side, self.gap_s)
        told = compared_with_rest(found, self.evidence)
        counts = dict(zip(told.block.tolist(), told.sittings.tolist(), strict=True))
        return {
            "sittings_a": counts.get(0, 0.0),
            "sittings_b": counts.get(1, 0.0),
            "log10_lr": float(told.log10_lr[0]) if len(counts) == 2 else 0.0,
        }

    def ads_of(self, author_id: str) -> np.ndarray:
        """Row numbers of an author's ads."""
        return np.flatnonzero(self.names[self.author] == author_id)

    def profile(self, rows: np.ndarray) -> dict[str, Any]:
        """How many sittings some ads of one author are, and how they lie over the hours, UTC.

        `by_hour`: sittings that began in each hour; `usual_by_hour`: how many would, did the
        author keep to the hours of the sites.
        """
        chosen = np.zeros(len(self.author), bool)
        chosen[rows] = True
        none = np.zeros(len(self.author), np.int64)
        found = sittings(self.times.only(chosen), none, none, self.gap_s)
        usual = self.curves[found.code // HOURS].sum(axis=0)
        by_hour = np.bincount(found.code % HOURS, minlength=HOURS)
        return {
            "ads_with_hour": int((chosen & self.times.told).sum()),
            "sittings": len(found.code),
            "by_hour": by_hour.tolist(),
            "usual_by_hour": np.round(usual, 4).tolist(),
        }

    def known_sittings(self, label: np.ndarray) -> Sittings:
        """Sittings of ads of known author (int64 per ad, -1 = unknown)."""
        return sittings(self.times.only(label >= 0), label, label, self.gap_s)


def stored_hours(relations: Relations, corpus: Corpus, params: AuthorsParams) -> StoredHours:
    """Read what the last run used. Raises StageError if the authors stage has not run."""
    model = hour_model_from_json(stored_documents(relations)["hours"])
    table = relations.arrow("authors", ["ad_id", "author_id"])
    table = table.take(pa.array(_order_of(table, corpus)))
    ids = np.asarray(table.column("author_id").to_pylist(), dtype=object).astype(str)
    names, author = np.unique(ids, return_inverse=True)
    times = read_times(relations, corpus)
    curves = site_curves(sittings(times, author, author, params.hour_gap_s), times.sites())
    evidence = HourEvidence(habit_table(curves), model, params.hour_sittings)
    return StoredHours(times, author, names, curves, evidence, params.hour_gap_s)
