"""What every export says: the facts of one lead as plain rows, hostile text made visible.

Only the lead's own ads, payments, wallets and the services they touch are exported. Outputs that
were merely considered belong to uninvolved people: they stay in the exhibits.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa

from inktrace.casefile.gather import METHOD, CaseFacts
from inktrace.casefile.redaction.kinds import Kind
from inktrace.casefile.words import visible
from inktrace.units import MICROSECONDS_PER_SECOND, iso_time

Row = Mapping[str, Any]

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "inktrace.example")
"""The namespace of every name-based id (RFC 9562, version 5) in the exports."""

NOT_PROOF: Final = (
    "This is a lead for a person to look at, not proof of anything. The figures are likelihoods "
    "with measured error rates; no person is named or accused. Read it with the report and the "
    "exhibits of the case package."
)
CONFIDENCE_RULE: Final = (
    "Confidence is 100 times the probability, rounded down, and never more than 99: a lead is "
    "never certain. Of a payment, the probability is its posterior probability, which holds only "
    "if the wallet pays for this author at all, times 1 less the error probability of that "
    "attribution. Where no error was measured there is no confidence. The exact figures stand "
    "beside it."
)
MOST_CONFIDENCE: Final = 99


@dataclass(frozen=True)
class Content:
    """The rows that every export is written from, in the order of the exhibits.

    stamp_us is when the last run was finished, or the last ad's time where no run is recorded:
    the date that some standards demand of a document. Never the clock of whoever exports.
    """

    lead_id: str
    software_version: str
    stamp_us: int
    lead: Row
    ads: Sequence[Row]
    identifiers: Sequence[Row]
    attributions: Sequence[Row]
    links: Sequence[Row]
    transactions: Sequence[Row]
    addresses: Sequence[Row]
    wallets: Sequence[Row]
    services: Sequence[Row]
    source_files: Sequence[Row]
    runs: Sequence[Row]

    def identifier(self, kind: str, *key: object) -> str:
        """The name-based UUID of one row: the same lead and key give the same id for ever."""
        # As ASCII JSON, so that no two keys read alike and any text can be a key.
        name = json.dumps([self.lead_id, kind, *map(str, key)], ensure_ascii=True)
        return str(uuid.uuid5(NAMESPACE, name))

    @cached_property
    def authors(self) -> Sequence[str]:
        """The lead's author ids, sorted."""
        return sorted({str(ad["author_id"]) for ad in self.ads})

    @cached_property
    def outputs(self) -> Sequence[Row]:
        """Each linked output once, by txid and output number."""
        found = {(row["txid"], row["vout"]): row for row in self.links}
        return [found[key] for key in sorted(found)]

    @cached_property
    def identifiers_of(self) -> Mapping[str, Sequence[str]]:
        """Per ad, its hard identifiers as "phone no. 3", sorted."""
        found: dict[str, set[str]] = {}
        for row in self.identifiers:
            found.setdefault(row["ad_id"], set()).add(f"{row['kind']} no. {row['number']}")
        return {ad_id: sorted(names) for ad_id, names in found.items()}

    @cached_property
    def addresses_of(self) -> Mapping[int, Sequence[str]]:
        """Per wallet, its addresses in the order of the exhibits."""
        found: dict[int, list[str]] = {}
        for row in self.addresses:
            found.setdefault(row["wallet_id"], []).append(str(row["address"]))
        return found

    @cached_property
    def every_address(self) -> Sequence[str]:
        """Addresses of the lead's wallets, of linked outputs and of services, sorted."""
        rows = (*self.addresses, *self.outputs, *self.services)
        return sorted({str(row["address"]) for row in rows if row["address"] is not None})


def content_of(facts: CaseFacts, software_version: str) -> Content:
    """The rows to export. Wallets and addresses are those of the lead, never of bystanders."""
    times = {row["run_id"]: row for row in facts.run_times.to_pylist()}
    runs = [{**row, **times.get(row["run_id"], {})} for row in _rows(facts.runs)]
    trail = facts.trail
    transactions = [r for r in _rows(trail.transactions) if r["role"] in ("linked", "wallet")]
    told = {row["txid"] for row in transactions}
    return Content(
        lead_id=str(facts.lead["lead_id"]),
        software_version=software_version,
        stamp_us=_stamp(facts),
        lead={name: _shown(value) for name, value in facts.lead.items()},
        ads=_with_plain(facts, Kind.TEXT_DIGEST, "text_sha256", _rows(facts.ads)),
        identifiers=_rows(facts.identifiers),
        attributions=[row for row in _rows(facts.attributions) if row["method"] == METHOD],
        links=_with_doubt(_rows(trail.links), facts),
        transactions=transactions,
        addresses=[row for row in _rows(trail.addresses) if row["address"] is not None],
        wallets=_rows(trail.wallets),
        services=[row for row in _rows(trail.requests) if row["txid"] in told],
        source_files=_with_plain(facts, Kind.FILE_DIGEST, "sha256", _rows(facts.source_files)),
        runs=runs,
    )


def payment_probability(link: Row) -> float | None:
    """That the wallet pays for the author and this output for this ad; None where not measured.

    A link's own posterior probability takes the wallet for granted, so it alone says too much.
    """
    given, wrong = link["posterior_probability"], link["error_probability"]
    return None if given is None or wrong is None else float(given) * (1.0 - float(wrong))


def confidence(probability: float) -> int:
    """A probability as the whole number from 0 to 99 that STIX and CASE ask for."""
    if not math.isfinite(probability):
        return 0
    return max(0, min(MOST_CONFIDENCE, math.floor(100 * probability)))


def time_of(row: Row) -> str | None:
    """When a transaction was paid: first seen, or else its block's time, which is later."""
    at = row["first_seen_us"] if row["first_seen_us"] is not None else row["block_time_us"]
    return None if at is None else iso_time(at)


def millisecond_time(microseconds: int) -> str:
    """A UTC time with three decimals, as STIX wants it; the rest is cut off, never rounded up."""
    whole = microseconds - microseconds % MICROSECONDS_PER_SECOND
    part = microseconds % MICROSECONDS_PER_SECOND // 1000
    return f"{iso_time(whole).removesuffix('Z')}.{part:03d}Z"


def json_line(value: Any) -> str:
    """One JSON value on one line, in ASCII so that no reader can garble it."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _stamp(facts: CaseFacts) -> int:
    finished = [at for at in facts.run_times["finished_us"].to_pylist() if at is not None]
    return int(max(finished, default=facts.lead["last_posted_us"]))


def _rows(table: pa.Table) -> list[Row]:
    return [
        {name: _named(value) if name == "ad_id" else _shown(value) for name, value in row.items()}
        for row in table.to_pylist()
    ]


def _with_doubt(links: list[Row], facts: CaseFacts) -> list[Row]:
    """The links with the error probability of the attribution that each rests on."""
    wrong = {
        (row["author_id"], row["wallet_id"]): row["error_probability"]
        for row in _rows(facts.attributions)
        if row["method"] == METHOD
    }
    return [
        {**row, "error_probability": wrong.get((row["author_id"], row["wallet_id"]))}
        for row in links
    ]


def _with_plain(facts: CaseFacts, kind: Kind, column: str, rows: list[Row]) -> list[Row]:
    """The rows with their digests only if these are what formats call them: a plain SHA-256."""
    if facts.redaction.profile.keeps(kind):
        return rows
    return [{**row, column: None} for row in rows]


def _named(ad_id: str) -> str:
    """An ad's id made visible; ids that differ only in what nobody can see stay apart."""
    shown = visible(ad_id)
    if shown == ad_id:
        return shown
    digest = hashlib.sha256(ad_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{shown} ({digest[:8]})"


def _shown(value: Any) -> Any:
    """Text made visible; a number that is none (NaN, infinity) becomes unknown."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
