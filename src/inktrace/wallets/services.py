"""Which wallets are services: places to send a legal request to, not suspects."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.params import WalletsParams
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY
from inktrace.wallets.activity import Activity

Mask = npt.NDArray[np.bool_]

SIGNS: Final = ("fan_out", "fan_in", "reuse", "life_span")


def wallet_summaries(activity: Activity, names: pa.Table, params: WalletsParams) -> pa.Table:
    """Table `wallet_summary`: each wallet's size and activity, whether and why it is a service.

    A tag speaks before behaviour. By behaviour a wallet is a service if it paid very many others,
    or was paid by still more; reuse of addresses and a long life only add to the signs. That is
    wrong for a person with as many partners, so the reason says what was counted.
    """
    signs = service_signs(activity, params)
    is_busy = np.flatnonzero(signs["fan_out"] | signs["fan_in"])
    count = activity.wallet_id.size
    tagged = np.searchsorted(activity.wallet_id, np.asarray(names["wallet_id"], np.int64))
    known = np.zeros(count, np.bool_)
    known[tagged] = True
    unnamed = is_busy[~known[is_busy]]
    rows = np.r_[tagged, unnamed]
    told = {
        "service": [*names["label"].to_pylist(), *["busy service, name unknown"] * unnamed.size],
        "service_category": [*names["category"].to_pylist(), *["unknown"] * unnamed.size],
        "service_confidence": [*names["confidence"].to_pylist(), *["behaviour"] * unnamed.size],
        "service_reason": [
            *names["reason"].to_pylist(),
            *(_reason(activity, signs, int(row)) for row in unnamed),
        ],
    }
    counts = {
        name: getattr(activity, name)
        for name in Activity.__annotations__
        if not name.endswith("_us")
    }
    times = {
        name: pa.array(getattr(activity, name), mask=getattr(activity, name) == 0)
        for name in ("first_us", "last_us")
    }
    services = {name: _spread(values, rows, count) for name, values in told.items()}
    return pa.table({**counts, **times, **services, "service_signs": _written(signs, count)})


def service_signs(activity: Activity, params: WalletsParams) -> dict[str, Mask]:
    """For each sign of a service, the wallets whose behaviour shows it.

    fan_out: it paid very many scripts of others; fan_in: very many other wallets paid it (both
    in many transactions); reuse: the addresses that it was paid at were paid many times each;
    life_span: years rather than weeks lie between its first and last transaction.
    """
    enough = activity.transactions_out + activity.transactions_in >= params.service_transactions
    day_us = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
    life = activity.last_us - activity.first_us
    reuse = activity.outputs_in >= params.service_outputs_per_address * activity.addresses_paid
    return {
        "fan_out": enough & (activity.recipients >= params.service_recipients),
        "fan_in": enough & (activity.payers >= params.service_payers),
        "reuse": enough & reuse,
        "life_span": enough & (life >= params.service_life_days * day_us),
    }


def _reason(activity: Activity, signs: dict[str, Mask], row: int) -> str:
    parts = []
    if signs["fan_out"][row]:
        parts.append(
            f"it paid {activity.recipients[row]} different scripts "
            f"in {activity.transactions_out[row]} transactions"
        )
    if signs["fan_in"][row]:
        parts.append(
            f"{activity.payers[row]} different wallets paid it "
            f"in {activity.transactions_in[row]} transactions"
        )
    if signs["reuse"][row]:
        parts.append(
            f"its {activity.addresses_paid[row]} paid addresses received "
            f"{activity.outputs_in[row]} outputs"
        )
    if signs["life_span"][row]:
        life_us = int(activity.last_us[row] - activity.first_us[row])
        days = life_us // (SECONDS_PER_DAY * MICROSECONDS_PER_SECOND)
        parts.append(f"it was active over {days} days")
    return "; ".join(parts)


def _written(signs: dict[str, Mask], count: int) -> pa.Array:
    """The names of each wallet's signs with spaces between; null = none."""
    code = sum((signs[name] << place for place, name in enumerate(SIGNS)), np.zeros(count, np.int8))
    words = [" ".join(n for p, n in enumerate(SIGNS) if code >> p & 1) for code in range(16)]
    return pa.array(words).take(pa.array(code, mask=code == 0))


def _spread(values: list[str | None], rows: npt.NDArray[np.int64], count: int) -> pa.Array:
    """A string column that is null but for the given rows."""
    if not values:
        return pa.nulls(count, pa.string())
    place = np.full(count, -1, np.int64)
    place[rows] = np.arange(rows.size)
    return pa.array(values, pa.string()).take(pa.array(np.maximum(place, 0), mask=place < 0))
