"""Which reports are one: the same words, the same files, or one that refers to the other."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.params import ReferralsParams

_HASHES: Final = ("md5", "sha1", "sha256", "pdq")
_LEAST_WORDS: Final = 6  # shorter texts are alike by chance


def report_groups(relations: Relations, params: ReferralsParams) -> pa.Table:
    """Columns referral_id, group_id, grouped_by and reporters (int64: of the whole group).

    Two reports are one where their texts are near-equal and their identifiers the same, where
    they come with the same set of files, or where one refers to the other (or both to a third);
    groups are the connected components, so that reports which refer to one another in a ring are
    one group. group_id is 'G-' + 10 hex of SHA-256 of the smallest referral_id.

    Notes: near-equal words alone are not enough: a platform's own form gives every report the
    same words. Addresses of those who report are left out of the comparison, as a forwarded
    letter adds its forwarder's.
    """
    ties = relations.collect(_ties(relations, params).order_by("key", "referral_id", "ground"))
    ids = relations.arrow("referrals", ("referral_id",))["referral_id"].combine_chunks()
    rows = pc.index_in(ties["referral_id"], ids).to_numpy().astype(np.int64)
    keys = ties["key"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    size = len(ids) + (int(keys.max()) + 1 if len(keys) else 0)
    edges = (np.ones(len(rows), np.int8), (rows, keys.astype(np.int64) + len(ids)))
    _, label = csgraph.connected_components(
        sparse.coo_array(edges, shape=(size, size)), directed=False
    )
    labels = pa.table({"referral_id": ids, "label": pa.array(label[: len(ids)], pa.int64())})
    return relations.collect(_told(relations, ibis.memtable(labels), ibis.memtable(ties)))


def _ties(relations: Relations, params: ReferralsParams) -> ir.Table:
    """(referral_id, key, ground): what has the same key is one."""
    referrals, found = relations["referrals"], relations["referral_identifiers"]
    senders = referrals.filter(referrals.reporter.notnull()).select(value=referrals.reporter)
    named = found.anti_join(senders.distinct(), "value")
    whole = _sets(named)
    texts = relations["referral_texts"].left_join(whole, "referral_id").drop("referral_id_right")
    long = texts.filter(texts.words >= _LEAST_WORDS)
    files = _sets(found.filter(found.kind.isin(_HASHES)))
    told = referrals.filter(referrals.refers_to.notnull())
    refers = told.select("referral_id", named=told.refers_to.split(" ").unnest()).distinct()
    counts = refers.mutate(names=refers.count().over(ibis.window(group_by="referral_id")))
    refers = counts.filter(counts.names <= params.most_references).drop("names")
    own = referrals.select("referral_id", named=referrals.referral_id)
    spread = refers.group_by("named").aggregate(times=refers.count())
    known = own.select("named").mutate(known=True)
    judged = refers.left_join(spread, "named").drop("named_right")
    judged = judged.left_join(known, "named").drop("named_right")
    # What hundreds refer to and nobody has sent in is a newsletter, not a report.
    kept = judged.filter(judged.known.notnull() | (judged.times < params.common_reports))
    return ibis.union(
        _tied(long, "same text", long.text_group_id + ":" + long.held.fill_null("")),
        _tied(files, "same files", files.held),
        _tied(kept, "refers", kept.named),
        _tied(own, "refers", own.named),
        distinct=True,
    )


def _tied(rows: ir.Table, ground: str, key: ir.StringValue) -> ir.Table:
    return rows.select(
        referral_id=rows.referral_id.cast("string"),
        key=(ibis.literal(f"{ground}:") + key).cast("string"),
        ground=ibis.literal(ground),
    )


def _sets(found: ir.Table) -> ir.Table:
    """(referral_id, held): all identifiers of each report as one text."""
    whole = (found.kind + "=" + found.value).group_concat(
        "\n", order_by=[found.kind.asc(), found.value.asc()]
    )
    return found.group_by("referral_id").aggregate(held=whole)


def _told(relations: Relations, labels: ir.Table, ties: ir.Table) -> ir.Table:
    reporters = relations["referrals"].select("referral_id", "reporter")
    members = labels.join(reporters, "referral_id")
    groups = members.group_by("label").aggregate(
        first=members.referral_id.min(), reporters=members.reporter.nunique()
    )
    sized = ties.mutate(holders=ties.count().over(ibis.window(group_by="key")))
    shared = sized.filter(sized.holders > 1).select("referral_id", "ground").distinct()
    grounds = shared.group_by("referral_id").aggregate(
        grouped_by=shared.ground.group_concat(", ", order_by=shared.ground.asc())
    )
    whole = labels.join(groups, "label").left_join(grounds, "referral_id")
    return whole.select(
        "referral_id",
        group_id=ibis.literal("G-") + whole.first.hexdigest("sha256")[:10],
        grouped_by=whole.grouped_by.fill_null("stands alone"),
        reporters=whole.reporters,
    ).order_by("referral_id")
