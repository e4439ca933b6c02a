"""What the wallets say of the authors: two of them paid by one wallet, one by several wallets."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.schema import TABLES

# One name in twenty at most is false; the pair of names then at most about one in ten.
_MOST_ERROR: Final = 0.05
_NAMED: Final = pa.schema(
    {"author_id": pa.string(), "wallet_id": pa.int64(), "error_probability": pa.float64()}
)


def shared_payers(relations: Relations, attributions: pa.Table) -> pa.Table:
    """Pairs of authors whose ads one private wallet pays for, as rows of `shared_payers`.

    Only names of error probability ≤ 0.05 count. `error_probability` is that at least one of the
    two names is false (1 − (1−a)(1−b)). `pairs_compared` ads of the two were close enough in
    style to be compared; `mean_log10_lr` is the mean of what they say of one author, and
    `shared_identifiers` how many of those pairs share a contact. `reading` says what follows:
    `one_author` where the text agrees (the mean is above nought, or a contact is shared),
    `two_authors` where it disagrees, `open` where no ads were compared.

    Notes: a wallet may be lent, and two people may share one; nothing is merged here. Somebody
    who agrees says so with `inktrace add judgements`, and the authors stage then joins them.
    """
    schema = TABLES["shared_payers"].written_schema()
    sure = pc.and_(
        pc.and_(
            pc.equal(attributions["method"], "inktrace"), pc.invert(attributions["is_service"])
        ),
        pc.less_equal(attributions["error_probability"], _MOST_ERROR),
    )
    kept = attributions.filter(sure).select(["author_id", "wallet_id", "error_probability"])
    named = ibis.memtable(kept.cast(_NAMED))
    one = named.rename(author_id_a="author_id", error_a="error_probability")
    other = named.rename(author_id_b="author_id", error_b="error_probability")
    pairs = one.join(other, "wallet_id").filter(lambda t: t.author_id_a < t.author_id_b)
    said = _said_of(relations)
    joined = pairs.left_join(said, ["author_id_a", "author_id_b"]).select(
        "author_id_a",
        "author_id_b",
        "wallet_id",
        error_probability=lambda t: 1.0 - (1.0 - t.error_a) * (1.0 - t.error_b),
        pairs_compared=lambda t: t.pairs_compared.fill_null(0),
        mean_log10_lr=lambda t: t.mean_log10_lr,
        shared_identifiers=lambda t: t.shared_identifiers.fill_null(0),
    )
    agrees = (joined.mean_log10_lr > 0) | (joined.shared_identifiers > 0)
    told = joined.mutate(
        reading=ibis.cases(
            (joined.pairs_compared == 0, "open"), (agrees, "one_author"), else_="two_authors"
        )
    )
    rows = relations.collect(told.order_by("wallet_id", "author_id_a", "author_id_b"))
    return rows.select(schema.names).cast(schema)


def _said_of(relations: Relations) -> ir.Table:
    """What compared ads of two authors say of them, each pair of authors once (a < b)."""
    authors = relations["authors"].select("ad_id", "author_id")
    compared = relations["author_pairs"].select(
        "ad_id_a", "ad_id_b", "log10_lr", "shared_identifiers"
    )
    first = authors.rename(ad_id_a="ad_id", first="author_id")
    second = authors.rename(ad_id_b="ad_id", second="author_id")
    both = compared.join(first, "ad_id_a").join(second, "ad_id_b")
    both = both.filter(both.first != both.second).mutate(
        author_id_a=ibis.least(both.first, both.second),
        author_id_b=ibis.greatest(both.first, both.second),
    )
    return both.group_by("author_id_a", "author_id_b").agg(
        pairs_compared=both.count(),
        mean_log10_lr=both.log10_lr.mean().round(9),
        shared_identifiers=(both.shared_identifiers > 0).sum(),
    )
