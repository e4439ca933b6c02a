"""What the attributions of a lead were held against: the scores of all pairs, named by nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.params import AttributionParams

# The parts of the stage, not its front door: what is replayed must be what was done.
from inktrace.payments.attribution import _enough, _private_payers, ads_of_authors
from inktrace.payments.evidence import match_rows, read_matches
from inktrace.payments.exhaustion import exhausted_rounds
from inktrace.payments.law_rows import stored_settings

__all__ = ["AttributionStatistics", "attribution_statistics"]


@dataclass(frozen=True)
class AttributionStatistics:
    """competition: per pair of an author and a wallet (decoys too) that could be named: its score,
    with author_id and wallet_id only where they are the lead's. matches: per link of the lead's
    attributions, in the order in which they were added up. decoy_rounds and private_payers: how
    many there are.
    """

    competition: pa.Table
    matches: pa.Table
    decoy_rounds: int
    private_payers: int


def attribution_statistics(
    relations: Relations, named: pa.Table, links: pa.Table, params: AttributionParams
) -> AttributionStatistics:
    """Gather the statistics; `named` and `links` are the lead's attributions and links."""
    ours = {
        (row["author_id"], row["wallet_id"])
        for row in named.select(["author_id", "wallet_id", "method"]).to_pylist()
        if row["method"] == "inktrace"
    }
    rows = match_rows(relations)
    held, matches = _matches(rows, links, ours), read_matches(relations, rows=rows)
    del rows  # of millions of ads and payments, which what follows need not hold twice
    _, pairs = exhausted_rounds(matches, params.exhaustion_rounds)
    author_ads = ads_of_authors(relations, matches.author_ids)
    kept = np.flatnonzero(_enough(pairs, params))
    names = matches.author_ids.to_pylist()
    keys = [
        (names[author], wallet) if not decoy and (names[author], wallet) in ours else (None, None)
        for author, wallet, decoy in zip(
            pairs.author[kept].tolist(),
            pairs.wallet[kept].tolist(),
            (pairs.is_decoy[kept] | (pairs.round[kept] > 0)).tolist(),
            strict=True,
        )
    ]
    authors, author = np.unique(pairs.author[kept], return_inverse=True)
    competition = pa.table(
        {
            "round": pairs.round[kept],
            "is_decoy": pairs.is_decoy[kept],
            "is_service": pairs.is_service[kept],
            "author": author.astype(np.int64),
            "author_ads": author_ads[authors][author] if len(authors) else author,
            "transactions": pairs.transactions[kept],
            "ads": pairs.ads[kept],
            "log10_lr": pairs.log10_lr[kept],
            "author_id": pa.array([one for one, _ in keys], pa.string()),
            "wallet_id": pa.array([one for _, one in keys], pa.int64()),
        }
    )
    return AttributionStatistics(
        competition,
        held,
        stored_settings(relations).decoy_rounds,
        _private_payers(relations, params),
    )


def _matches(rows: pa.Table, links: pa.Table, ours: set[tuple[str, int]]) -> pa.Table:
    authors = pa.array(sorted({author for author, _ in ours}), pa.string())
    wallets = pa.array(sorted({wallet for _, wallet in ours}), pa.int64())
    found = rows.filter(
        (pc.field("round") == 0)
        & pc.field("author_id").isin(authors)
        & pc.field("wallet_id").isin(wallets)
    )
    txids = {
        (row["author_id"], row["wallet_id"], row["ad_id"], row["tx_id"], row["vout"]): row["txid"]
        for row in links.to_pylist()
    }
    key = ("author_id", "wallet_id", "ad_id", "tx_id", "vout")
    kept = [
        {**row, "txid": txids[tuple(row[name] for name in key)]}
        for row in found.to_pylist()
        if tuple(row[name] for name in key) in txids
    ]
    # In the order of `Matches` within a pair: by transaction, then ad, then output.
    kept.sort(key=lambda r: (r["author_id"], r["wallet_id"], r["tx_id"], r["ad_id"], r["vout"]))
    kinds = {
        "author_id": pa.string(),
        "wallet_id": pa.int64(),
        "ad_id": pa.string(),
        "txid": pa.string(),
        "vout": pa.int64(),
        "author_ads": pa.int64(),
        "wallet_transactions": pa.int64(),
    }
    return pa.table(
        {name: pa.array([row[name] for row in kept], kind) for name, kind in kinds.items()}
    )
