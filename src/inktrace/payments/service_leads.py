"""Payments through an exchange or processor: what a legal request to it needs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.rebuilt import stored_settings
from inktrace.payments.times import PaidOutputs, paid_outputs, price_series
from inktrace.units import MICROSECONDS_PER_SECOND, bitcoin_amount, iso_time

# A payment that is less likely one of the author's than not gives no ground to ask for it.
_LIKELY: Final = 0.5
SCHEMA: Final = pa.schema(
    [
        ("service", pa.string()),
        ("service_category", pa.string()),
        ("service_confidence", pa.string()),
        ("service_reason", pa.string()),
        ("txid", pa.string()),
        ("vout", pa.int64()),
        ("paid_address", pa.string()),
        ("value_sat", pa.int64()),
        ("bitcoin", pa.string()),
        ("fiat_value", pa.float64()),
        ("currency", pa.string()),
        ("time_utc", pa.string()),
        ("time_known_by", pa.string()),
        ("earliest_utc", pa.string()),
        ("block_height", pa.int64()),
        ("block_time_utc", pa.string()),
        ("author_id", pa.string()),
        ("ad_ids", pa.string()),
        ("sites", pa.string()),
        ("first_posted_utc", pa.string()),
        ("payment_probability", pa.float64()),
        ("attribution_log10_lr", pa.float64()),
        ("q_value", pa.float64()),
        ("wallet_id", pa.int64()),
    ]
)


def service_leads(relations: Relations, most_q: float) -> pa.Table:
    """Payments that services made for an author's ads, q-value at most `most_q`: SCHEMA.

    One row per (service wallet, author, output), the surest first. `q_value` is that of the
    attribution among services alone. `payment_probability` is that the output paid for any of the
    ads named, given that the service pays for this author at all; rows below one half are left
    out. `time_utc` is the first-seen time, or the latest that the block allows (with
    `earliest_utc`). Unknown values are null.
    """
    rows = relations.collect(_links(relations, most_q)).to_pylist()
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["wallet_id"], row["author_id"], row["tx_id"], row["vout"])
        grouped.setdefault(key, []).append(row)
    likely = {
        key: links
        for key, links in grouped.items()
        if sum(link["posterior_probability"] for link in links) >= _LIKELY
    }
    if not likely:
        return SCHEMA.empty_table()
    params = stored_settings(relations)
    timed, _ = paid_outputs(relations, params)
    place = _places(timed, list(likely))
    series = price_series(relations, params)
    made = []
    for at, links in zip(place, likely.values(), strict=True):
        early, late = int(timed.early_us[at]), int(timed.late_us[at])
        first = links[0]
        currency = (first["currency"] or "").strip().upper()
        value = np.array([first["value_sat"]])
        log_value = (
            series[currency].log_value(value, np.array([early + (late - early) // 2]))[0]
            if currency in series
            else np.nan
        )
        made.append(
            {
                **{name: first[name] for name in SCHEMA.names if name in first},
                "txid": first["txid"].hex(),
                "paid_address": first["address"],
                "bitcoin": bitcoin_amount(first["value_sat"]),
                "fiat_value": round(float(np.exp(log_value)), 2)
                if np.isfinite(log_value)
                else None,
                "currency": currency or None,
                "time_utc": _second(late),
                "time_known_by": "first_seen" if early == late else "block",
                "earliest_utc": _second(early),
                "block_time_utc": _second(first["block_time_us"]),
                "ad_ids": " ".join(link["ad_id"] for link in links),
                "sites": " ".join(sorted({link["site"] for link in links})),
                "first_posted_utc": _second(min(link["posted_us"] for link in links)),
                "payment_probability": min(
                    1.0, sum(link["posterior_probability"] for link in links)
                ),
            }
        )
    return pa.Table.from_pylist(made, schema=SCHEMA)


def _links(relations: Relations, most_q: float) -> Any:
    named, links = relations["attributions"], relations["attribution_links"]
    named = named.filter((named.method == "inktrace") & named.is_service)
    named = named.filter(named.q_value <= most_q).select(
        "author_id", "wallet_id", "q_value", attribution_log10_lr="log10_lr"
    )
    links = links.filter(links.method == "inktrace").drop("method", "log10_lr", "run_id")
    summary = relations["wallet_summary"].select(
        "wallet_id", "service", "service_category", "service_confidence", "service_reason"
    )
    ads = relations["ads"].select("ad_id", "site", "posted_us", "currency")
    transactions = relations["transactions"].select(
        "tx_id", "txid", "block_height", "block_time_us"
    )
    scripts = relations["scripts"].select("script_id", "address")
    paid = relations["outputs"].left_join(scripts, "script_id")
    paid = paid.select("tx_id", "vout", "value_sat", "address")
    joined = (
        links.inner_join(named, ["author_id", "wallet_id"])
        .inner_join(summary, "wallet_id")
        .inner_join(ads, "ad_id")
        .inner_join(transactions, "tx_id")
        .inner_join(paid, ["tx_id", "vout"])
    )
    # In the order of the answer: groups keep the place of their first row.
    return joined.order_by(
        "q_value", "service", "author_id", "block_time_us", "txid", "vout", "posted_us", "ad_id"
    )


def _places(timed: PaidOutputs, keys: list[tuple[Any, ...]]) -> list[int]:
    """Number of each (…, tx_id, vout) among the timed outputs, which every link is one of."""
    most = int(timed.vout.max(initial=0)) + 1
    stored = timed.tx_id * np.int64(most) + timed.vout
    wanted = np.array([key[2] * most + key[3] for key in keys], dtype=np.int64)
    return [int(at) for at in np.searchsorted(stored, wanted)]


def _second(time_us: int | None) -> str | None:
    """A UTC time to the second; unknown stays unknown."""
    if time_us is None:
        return None
    return iso_time(time_us - time_us % MICROSECONDS_PER_SECOND)
