"""Services that a lead's wallets dealt with: what reached the wallet, and what left it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from inktrace.casefile.trail import MoneyTrail

CAME_FROM: Final = "funds came from it"


@dataclass(frozen=True)
class Contact:
    """One transaction between a service and a lead's wallets (or a payment for its ads).

    `amount_sat`: what reached the lead's wallets, where funds came from the service; what the
    service received, where funds went to it. `row` is the row of `legal_requests`.
    """

    row: Mapping[str, Any]
    comes_in: bool
    amount_sat: int


def service_contacts(trail: MoneyTrail) -> list[Contact]:
    """The contacts in the order of `legal_requests`; a service's own change is left out.

    Where a service pays, it also pays itself the rest. That is no second contact, and the sum of
    its inputs is not what it paid.
    """
    requests = trail.requests.to_pylist()
    paying = {(row["service"], row["txid"]) for row in requests if row["direction"] == CAME_FROM}
    reached = _reached(trail)
    found, told = [], set()
    for row in requests:
        key = (row["service"], row["txid"])
        comes_in = row["direction"] == CAME_FROM
        if (comes_in and key in told) or (not comes_in and key in paying):
            continue
        if comes_in:
            told.add(key)
        amount = reached[row["txid"]] if comes_in else int(row["value_sat"] or 0)
        found.append(Contact(row, comes_in, amount))
    return found


def _reached(trail: MoneyTrail) -> Counter[str]:
    """What each transaction pays to addresses of the lead's wallets, in satoshi."""
    own = set(trail.addresses["script_id"].to_pylist())
    found: Counter[str] = Counter()
    for row in trail.outputs.select(["txid", "script_id", "value_sat"]).to_pylist():
        if row["script_id"] in own:
            found[row["txid"]] += int(row["value_sat"])
    return found
