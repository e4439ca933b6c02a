"""From tables to identities: parts, evidence, joins, and the rows that tell of them."""

from __future__ import annotations

from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from scipy import sparse

from inktrace.engine import Relations
from inktrace.identities.clusters import Constraints, Identities, joined_parts
from inktrace.identities.evidence import KINDS, Evidence, StylePairs
from inktrace.identities.judged import latest_verdicts
from inktrace.identities.parts import Parts, author_parts, identity_name
from inktrace.identities.profiles import Field, fitted_weights
from inktrace.identities.uses import (
    PLACE,
    ad_uses,
    author_part_pairs,
    hubs,
    part_uses,
    spread,
    style_pairs,
    ties,
    value_pairs,
)
from inktrace.params import IdentitiesParams
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult

# Two people may both have one of each; that one has an address and the other a wallet says nothing.
_CONTRADICTING: Final = ("phone", "handle", "email", "image", PLACE)
# Rows that speak beforehand for each degree of change, so that a small case leaves all possible.
_PRIOR_ROWS: Final = 1.0
_HUB_REASON: Final = "{authors:,} authors use it, as if {strangers} strangers; a hub from {least}"


def linked_identities(
    relations: Relations, params: IdentitiesParams, progress: Progress
) -> StageResult:
    """Join parts of authors into identities, each join a sum of log10 weights."""
    progress("identities", 0, None)
    authors = relations["authors"].select("ad_id", "author_id")
    uses = ibis.memtable(relations.collect(ad_uses(relations, params.link_q_value)))
    spreads = ibis.memtable(relations.collect(spread(uses, authors, params.splinter_share)))
    hub_values = ibis.memtable(
        relations.collect(hubs(spreads, params.hub_authors).order_by("kind", "value"))
    )
    author_rows = relations.collect(authors.order_by("ad_id"))
    known = set(author_rows["ad_id"].to_pylist())
    judged = latest_verdicts(relations.arrow("judgements"), known)
    tied = relations.collect(ties(uses, hub_values).order_by("ad_id", "tie"))
    parts = author_parts(author_rows, tied, set(judged["different"]))
    part_rows = pa.table(
        {"ad_id": pa.array(parts.ad_ids, pa.string()), "part": pa.array(parts.part, pa.int64())}
    )
    of_ads = ibis.memtable(part_rows)
    used = relations.collect(
        part_uses(uses, hub_values, of_ads, relations["ads"]).order_by("kind", "value", "part")
    )
    style = _style(relations.collect(style_pairs(_scored(relations), of_ads)))
    evidence = _evidence(parts, used, relations.collect(spreads), style, params)
    pairs = _pairs(relations, parts, used, style, judged)
    constraints = Constraints(
        _part_pairs(parts, judged["same"]), _part_pairs(parts, judged["different"])
    )
    found = joined_parts(evidence, pairs, constraints, params, progress)
    rows = _identity_rows(parts, found)
    tables = {
        "identities": rows,
        "identity_links": _link_rows(parts, found, evidence.prior_log10_odds),
        "identity_hubs": _hub_rows(relations, uses, hub_values, rows, params),
    }
    notes: dict[str, Any] = {
        "parts": len(parts),
        "authors": len(parts.author_ids),
        "identities": len(set(rows["identity_id"].to_pylist())),
        "pairs_weighed": len(pairs[0]),
        "joins": int(sum(len(one.first) for one in found.links[:-1])),
        "rounds": found.rounds,
        "prior_log10_odds": round(evidence.prior_log10_odds, 6),
        "hubs": tables["identity_hubs"].num_rows,
    }
    return StageResult(tables, notes)


def _scored(relations: Relations) -> Any:
    return relations["author_pairs"].select("ad_id_a", "ad_id_b", "same_template", "log10_lr")


def _evidence(
    parts: Parts, used: pa.Table, spreads: pa.Table, style: StylePairs, params: IdentitiesParams
) -> Evidence:
    population = max(len(parts.author_ids), 2)
    strangers_of = {
        (kind, value): count
        for kind, value, count in zip(
            spreads["kind"].to_pylist(), spreads["value"].to_pylist(),
            spreads["strangers"].to_pylist(), strict=True,
        )
    }  # fmt: skip
    kinds = np.asarray(used["kind"].to_pylist(), np.str_)
    values = np.asarray(used["value"].to_pylist(), np.str_)
    part, count = used["part"].to_numpy(), used["uses"].to_numpy().astype(np.float64)
    size = len(parts)
    fields = {}
    for kind in sorted(set(kinds.tolist()) - {"text"}):
        mine = kinds == kind
        names, column = np.unique(values[mine], return_inverse=True)
        counts = sparse.csr_matrix((count[mine], (part[mine], column)), shape=(size, len(names)))
        accident = params.copied_image_authors if kind == "image" else params.accident_authors
        carriers = np.array([strangers_of[kind, str(name)] for name in names], np.float64)
        # The two at hand are not counted among the strangers who use it.
        share = (np.maximum(carriers - 2.0, 0.0) + accident) / population
        by_author = _rows_of(parts.author, len(parts.author_ids)) @ counts
        fields[kind] = Field(
            counts, np.log(np.minimum(share, 1.0)), fitted_weights(by_author.tocsr(), _PRIOR_ROWS),
            float(np.log10(params.foreign_share)),
            kind in _CONTRADICTING,
        )  # fmt: skip
    ads = np.bincount(parts.part, minlength=size).astype(np.float64)
    authors = sparse.csr_matrix(
        (ads, (np.arange(size), parts.author)), shape=(size, len(parts.author_ids))
    )
    return Evidence(fields, authors, style, np.arange(size), -float(np.log10(population)))


def _rows_of(group: np.ndarray, groups: int) -> sparse.csr_matrix:
    return sparse.csr_matrix(
        (np.ones(len(group)), (group, np.arange(len(group)))), shape=(groups, len(group))
    )


def _style(rows: pa.Table) -> StylePairs:
    return StylePairs(
        rows["part_a"].to_numpy(), rows["part_b"].to_numpy(),
        np.asarray(rows["same_template"].to_pylist(), bool),
        rows["pairs"].to_numpy().astype(np.float64), rows["lr_millionths"].to_numpy() / 1e6,
    )  # fmt: skip


def _pairs(
    relations: Relations,
    parts: Parts,
    used: pa.Table,
    style: StylePairs,
    judged: dict[str, list[tuple[str, str]]],
) -> tuple[np.ndarray, np.ndarray]:
    """Parts worth weighing: one value, one author, compared texts, or judged."""
    sizes = np.bincount(parts.part, minlength=len(parts))
    by_author = pa.table(
        {"part": np.arange(len(parts)), "author": parts.author, "ads": sizes.astype(np.int64)}
    )
    found = [
        relations.collect(value_pairs(ibis.memtable(used))),
        relations.collect(author_part_pairs(ibis.memtable(by_author))),
    ]
    near = style.lr_sum > 0
    judged_apart = _part_pairs(parts, judged["different"])
    first = [one["part_a"].to_numpy() for one in found] + [style.first[near], judged_apart[0]]
    second = [one["part_b"].to_numpy() for one in found] + [style.second[near], judged_apart[1]]
    codes = np.unique(np.concatenate(first) * np.int64(len(parts) + 1) + np.concatenate(second))
    return codes // (len(parts) + 1), codes % (len(parts) + 1)


def _part_pairs(parts: Parts, pairs: list[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    text = pa.string()
    one = parts.of_ads(pa.chunked_array([pa.array([a for a, _ in pairs], text)]))
    other = parts.of_ads(pa.chunked_array([pa.array([b for _, b in pairs], text)]))
    apart = one != other
    return np.minimum(one, other)[apart], np.maximum(one, other)[apart]


def _identity_rows(parts: Parts, found: Identities) -> pa.Table:
    first = np.full(len(parts), len(parts.ad_ids), np.int64)
    np.minimum.at(first, parts.part, np.arange(len(parts.part)))
    # Parts are numbered by their first ads, so the smallest part holds the identity's first ad.
    names = [identity_name(str(parts.ad_ids[first[one]])) for one in found.cluster.tolist()]
    part = parts.part.tolist()
    return pa.table(
        {
            "ad_id": pa.array(parts.ad_ids, pa.string()),
            "author_id": pa.array([parts.author_ids[parts.author[p]] for p in part], pa.string()),
            "part_id": pa.array([parts.names[p] for p in part], pa.string()),
            "identity_id": pa.array([names[p] for p in part], pa.string()),
        }
    )


def _link_rows(parts: Parts, found: Identities, prior: float) -> pa.Table:
    schema = TABLES["identity_links"].written_schema()
    ads = np.bincount(parts.part, minlength=len(parts))
    rows: list[dict[str, Any]] = []
    for number, links in enumerate(found.links):
        merged = number < len(found.links) - 1
        sizes = links.first, links.second
        counted = [ads[side].tolist() for side in sizes]
        for place in range(len(links.first)):
            weights = {kind: float(getattr(links.weights, kind)[place]) for kind in KINDS}
            rows.append(
                {
                    "step": len(rows) + 1,
                    "part_id_a": parts.names[links.first[place]],
                    "part_id_b": parts.names[links.second[place]],
                    "ads_a": counted[0][place],
                    "ads_b": counted[1][place],
                    "prior": round(prior, 6),
                    **weights,
                    "total": round(float(links.weights.total[place]), 6),
                    "merged": merged,
                    "reason": links.outcome[place],
                }
            )
        if merged:
            np.add.at(ads, links.first, ads[links.second])
    return pa.Table.from_pylist(rows, schema=schema)


def _hub_rows(
    relations: Relations, uses: Any, hub_values: Any, identities: pa.Table, params: IdentitiesParams
) -> pa.Table:
    told = uses.join(ibis.memtable(identities.select(["ad_id", "identity_id"])), "ad_id")
    counted = told.group_by("kind", "value").aggregate(identities=told.identity_id.nunique())
    rows = relations.collect(
        hub_values.join(counted, ["kind", "value"]).order_by("kind", "value")
    ).to_pylist()
    for row in rows:
        many = row["strangers"] >= 1_000  # in words, not as 1e+05
        told = {**row, "strangers": f"{row['strangers']:{',.0f' if many else '.3g'}}"}
        row["reason"] = _HUB_REASON.format(**told, least=params.hub_authors)
    return pa.Table.from_pylist(rows, schema=TABLES["identity_hubs"].written_schema())
