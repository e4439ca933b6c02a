"""The exhibits of a case package: the rows that the report rests on, as plain CSV files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pyarrow as pa

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.tables import write_csv
from inktrace.params import Params, as_values
from inktrace.units import iso_time

# Numbers that only this workspace knows; outside it they mean nothing.
_INTERNAL: Final = frozenset({"tx_id", "script_id", "joined_by_tx_id", "is_chosen", "payer"})


def write_exhibits(facts: CaseFacts, params: Params, directory: Path) -> None:
    """Write one CSV file per kind of row, and the parameters as JSON.

    Times are ISO 8601 UTC. Texts are masked, with the SHA-256 of the original beside them.
    """
    trail = facts.trail
    tables = {
        "ads": facts.ads,
        "identifiers": facts.identifiers,
        "author_pairs": facts.pairs,
        "attributions": facts.attributions,
        "links": trail.links,
        "candidates": trail.candidates,
        "transactions": trail.transactions,
        "inputs": trail.inputs,
        "outputs": trail.outputs,
        "first_seen": trail.first_seen,
        "wallets": trail.addresses,
        "wallet_summary": trail.wallets,
        "coinjoins": trail.coinjoins,
        "legal_requests": trail.requests,
        "tags": trail.tags,
        "indicators": facts.indicators,
        "indicator_rows": facts.indicator_rows,
        "core": facts.core,
        "credit_purchases": facts.credit.purchases,
        "refunds": facts.credit.refunds,
        "identities": facts.identity.ads,
        "identity_links": facts.identity.links,
        "identity_hubs": facts.identity.hubs,
        "lead_judgements": facts.review.of_lead,
        "judgements": facts.review.of_ads,
        "payment_laws": facts.laws,
        "author_model": facts.models,
        "source_files": facts.source_files,
        "runs": facts.runs,
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(_readable(table), directory / f"{name}.csv")
    values = {name: as_values(section) for name, section in vars(params).items()}
    text = json.dumps(values, indent=1, sort_keys=True) + "\n"
    (directory / "parameters.json").write_text(text, encoding="utf-8")


def _readable(table: pa.Table) -> pa.Table:
    """The table without internal numbers, and with times that a person can read."""
    kept = table.select([name for name in table.schema.names if name not in _INTERNAL])
    for place, name in enumerate(kept.schema.names):
        if name.endswith("_us"):
            times = [None if t is None else iso_time(t) for t in kept[name].to_pylist()]
            kept = kept.set_column(place, name.removesuffix("_us"), pa.array(times, pa.string()))
    return kept
