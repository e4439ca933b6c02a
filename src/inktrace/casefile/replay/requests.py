"""Where a legal request goes: what a service paid or got, from inputs, outputs and times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inktrace.casefile.legal_requests import CAME_FROM
from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits, microseconds

__all__ = ["request_figures"]

_TOPIC: Final = "legal requests"
_REQUESTS: Final = "legal_requests"
_WENT_TO: Final = "funds went to it"
_NO_ADDRESS: Final = "it has no address, by which the exhibits name inputs and outputs"
_NO_OTHER: Final = "no direction that a request can have"


def request_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """The amount and the times of each row of `legal_requests`."""
    sums = {CAME_FROM: _sums(exhibits, "inputs"), _WENT_TO: _sums(exhibits, "outputs")}
    seen: dict[str | None, int | None] = {}
    for txid, text in _pairs(exhibits, "first_seen", "txid", "first_seen"):
        time = microseconds(text)
        if time is not None:
            seen[txid] = min(time, seen.get(txid) or time)
    mined = {
        txid: microseconds(text)
        for txid, text in _pairs(exhibits, "transactions", "txid", "block_time")
    }
    rows = zip(
        exhibits.texts(_REQUESTS, "direction"),
        exhibits.texts(_REQUESTS, "txid"),
        exhibits.texts(_REQUESTS, "address"),
        exhibits.whole(_REQUESTS, "value_sat"),
        exhibits.texts(_REQUESTS, "first_seen"),
        exhibits.texts(_REQUESTS, "block_time"),
        strict=True,
    )
    for direction, txid, address, value, first, block in rows:
        name = f"of {txid}, {direction}, {address}"
        if direction not in sums:
            yield Figure(_TOPIC, f"value_sat {name}", value, None, "differs", None, _NO_OTHER)
        elif address is None:
            yield left(_TOPIC, f"value_sat {name}", value, _NO_ADDRESS)
        else:
            found = sums[direction].get((txid, address))
            yield compared(_TOPIC, f"value_sat {name}", value, found)
        yield compared(_TOPIC, f"first_seen {name}", microseconds(first), seen.get(txid))
        yield compared(_TOPIC, f"block_time {name}", microseconds(block), mined.get(txid))


def _sums(exhibits: Exhibits, side: str) -> dict[tuple[str | None, str | None], int | None]:
    """What each address gives or gets in each transaction; None where no value is known."""
    found: dict[tuple[str | None, str | None], int | None] = {}
    for txid, address, value in zip(
        exhibits.texts(side, "txid"),
        exhibits.texts(side, "address"),
        exhibits.whole(side, "value_sat"),
        strict=True,
    ):
        before = found.get((txid, address))
        known = value if before is None else before if value is None else before + value
        found[txid, address] = known
    return found


def _pairs(
    exhibits: Exhibits, table: str, key: str, column: str
) -> Iterator[tuple[str | None, str | None]]:
    yield from zip(exhibits.texts(table, key), exhibits.texts(table, column), strict=True)
