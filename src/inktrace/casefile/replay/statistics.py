"""The exhibits that a replay needs beside a lead's own rows: statistics of the background."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.replay.attribution_statistics import attribution_statistics
from inktrace.casefile.replay.payment_statistics import payment_statistics
from inktrace.casefile.replay.style_statistics import style_statistics
from inktrace.casefile.tables import write_csv
from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.params import Params
from inktrace.progress import Progress, silent

__all__ = ["ABOUT", "FOLDER", "write_statistics"]

FOLDER: Final = "statistics"
ABOUT: Final = "about.json"
FORMAT: Final = {"format": "inktrace background statistics", "format_version": 1}


def write_statistics(
    relations: Relations,
    facts: CaseFacts,
    params: Params,
    directory: Path,
    progress: Progress = silent,
) -> None:
    """Write the folder of statistics, and `lead.csv` beside it.

    Where the workspace does not hold what is needed, `about.json` says why.
    """
    progress("gather the background", 0, 4)
    directory.mkdir(parents=True)
    about: dict[str, Any] = dict(FORMAT)
    lead = pa.Table.from_pylist([{k: v for k, v in facts.lead.items() if k != "run_id"}])
    write_csv(lead, directory / "lead.csv")
    if facts.trail.candidates.num_rows:
        try:
            payments = payment_statistics(relations, facts.ads["ad_id"].to_pylist())
        except StageError as error:
            about["payments"] = error.what
        else:
            write_csv(payments.hypotheses, directory / "hypotheses.csv")
            write_csv(payments.claims, directory / "claims.csv")
            write_csv(payments.claim_ads, directory / "claim_ads.csv")
            _write_json(payments.laws, directory / "half_laws.json")
    progress("gather the background", 1, 4)
    if facts.trail.links.num_rows:
        found = attribution_statistics(
            relations, facts.attributions, facts.trail.links, params.attribution
        )
        write_csv(found.competition, directory / "competition.csv")
        write_csv(found.matches, directory / "matches.csv")
        about["decoy_rounds"] = found.decoy_rounds
        about["private_payers"] = found.private_payers
    progress("gather the background", 2, 4)
    if facts.pairs.num_rows:
        try:
            origins = style_statistics(
                relations, facts.pairs, facts.ads["ad_id"].to_pylist(), params.authors
            )
        except StageError as error:
            about["style"] = error.what
        else:
            about["hub_contacts"] = [list(one) for one in origins.hubs]
            write_csv(origins.style, directory / "style_features.csv")
    progress("gather the background", 3, 4)
    about["refused_merges"] = _refused(relations, facts)
    _write_json(about, directory / ABOUT)
    progress("gather the background", 4, 4)


def _refused(relations: Relations, facts: CaseFacts) -> list[str]:
    """Transactions of the exhibits that were refused as a sign of one party."""
    table, ours = relations["refused_merges"], facts.trail.transactions
    rows = relations.collect(table.select("tx_id").order_by("tx_id"))
    refused = set(rows["tx_id"].to_pylist())
    pairs = zip(ours["tx_id"].to_pylist(), ours["txid"].to_pylist(), strict=True)
    return sorted(txid for tx_id, txid in pairs if tx_id in refused)


def _write_json(document: dict[str, Any], path: Path) -> None:
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
