"""Payments through an exchange or processor: what a legal request to it needs."""

from __future__ import annotations

from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.error_rates import q_values
from inktrace.payments.law_rows import stored_settings
from inktrace.payments.times import PaidOutputs, paid_outputs, price_series
from inktrace.units import MICROSECONDS_PER_SECOND, bitcoin_amount, iso_time

# Given the service, a payment that is less likely the author's than not gives no ground to ask.
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
        ("q_value", pa.float64()),
        ("attribution_log10_lr", pa.float64()),
        ("attribution_q_value", pa.float64()),
        ("wallet_id", pa.int64()),
    ]
)


def service_leads(relations: Relations, most_q: float) -> pa.Table:
    """Payments that services made for ads, q-value at most `most_q`: SCHEMA, the surest first.

    One row per output and author. `q_value` is the payment's own: the likeliest output of a
    service for each ad competes, by its probability, with the likeliest of each decoy ad. A row
    also stands where the attribution of the service to the author has such a q-value and, given
    it, the output is likelier a payment than not. `time_utc` is the first-seen time, or the latest
    that the block allows (with `earliest_utc`). Unknown values are null.

    Notes: one payment at a time, so that it holds for services whose other customers hide any
    pattern; the decoys meet real payments of other ads, which makes q-values too large.
    """
    found = _told(relations, _chosen(relations, most_q))
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in found:
        grouped.setdefault((row["author_id"], row["tx_id"], row["vout"]), []).append(row)
    if not grouped:
        return SCHEMA.empty_table()
    params = stored_settings(relations)
    timed, _ = paid_outputs(relations, params)
    place = _places(timed, list(grouped))
    series = price_series(relations, params)
    made = []
    for at, rows in zip(place, grouped.values(), strict=True):
        early, late = int(timed.early_us[at]), int(timed.late_us[at])
        first = rows[0]
        currency = (first["currency"] or "").strip().upper()
        value = np.array([first["value_sat"]])
        middle = np.array([early + (late - early) // 2])
        log_value = series[currency].log_value(value, middle)[0] if currency in series else np.nan
        fiat = round(float(np.exp(log_value)), 2) if np.isfinite(log_value) else None
        made.append(
            {
                **{name: first[name] for name in SCHEMA.names if name in first},
                "txid": first["txid"].hex(),
                "paid_address": first["address"],
                "bitcoin": bitcoin_amount(first["value_sat"]),
                "fiat_value": fiat,
                "currency": currency or None,
                "time_utc": _second(late),
                "time_known_by": "first_seen" if early == late else "block",
                "earliest_utc": _second(early),
                "block_time_utc": _second(first["block_time_us"]),
                "ad_ids": " ".join(row["ad_id"] for row in rows),
                "sites": " ".join(sorted({row["site"] for row in rows})),
                "first_posted_utc": _second(min(row["posted_us"] for row in rows)),
            }
        )
    return pa.Table.from_pylist(made, schema=SCHEMA)


def _chosen(relations: Relations, most_q: float) -> pa.Table:
    """Outputs of services that are listed: ad, output, wallet, probability, both q-values."""
    candidates = relations["payment_candidates"].select(
        "round", "ad_id", "tx_id", "vout", "value_sat", "posterior_probability"
    )
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    payers = relations["payers"].semi_join(services, "wallet_id").select("tx_id", "wallet_id")
    named = candidates.inner_join(payers, "tx_id")
    authors = relations["authors"].select("ad_id", "author_id")
    links, whole = relations["attribution_links"], relations["attributions"]
    whole = whole.filter((whole.method == "inktrace") & whole.is_service).select(
        "author_id",
        "wallet_id",
        attribution_log10_lr="log10_lr",
        attribution_q_value="q_value",
    )
    links = links.filter(links.method == "inktrace").select(
        "ad_id", "tx_id", "vout", "wallet_id", given="posterior_probability"
    )
    keys = ["ad_id", "tx_id", "vout", "wallet_id"]
    real = (
        named.filter(named["round"] == 0)
        .drop("round")
        .left_join(authors, "ad_id")
        .drop("ad_id_right")
        .left_join(whole, ["author_id", "wallet_id"])
        .drop("author_id_right", "wallet_id_right")
        .left_join(links, keys)
        .drop(*(f"{key}_right" for key in keys))
    )
    order = ["ad_id", ibis.desc("posterior_probability"), "tx_id", "vout"]
    rows = relations.collect(real.order_by(order))
    decoys = relations.collect(
        named.filter(named["round"] > 0)
        .group_by(["round", "ad_id"])
        .agg(best=lambda t: t.posterior_probability.max())
        .select("best")
    )
    probability = np.asarray(rows["posterior_probability"].to_numpy(), dtype=np.float64)
    ads = np.asarray(rows["ad_id"].combine_chunks().dictionary_encode().indices, dtype=np.int64)
    best = np.flatnonzero(np.diff(ads, prepend=-1))
    q_value = np.ones(len(rows))
    q_value[best] = q_values(
        probability[best],
        np.asarray(decoys["best"].to_numpy(), dtype=np.float64),
        stored_settings(relations).decoy_rounds,
    )
    given = np.asarray(rows["given"].fill_null(0.0).to_numpy(), dtype=np.float64)
    of_whole = np.asarray(rows["attribution_q_value"].fill_null(1.0).to_numpy(), dtype=np.float64)
    kept = (q_value <= most_q) | ((of_whole <= most_q) & (given >= _LIKELY))
    rows = rows.append_column("q_value", pa.array(q_value)).filter(pa.array(kept))
    return rows.rename_columns(
        ["payment_probability" if n == "posterior_probability" else n for n in rows.schema.names]
    )


def _told(relations: Relations, chosen: pa.Table) -> list[dict[str, Any]]:
    """The chosen outputs with service, ad, transaction and address, the surest first."""
    if not chosen.num_rows:
        return []
    summary = relations["wallet_summary"].select(
        "wallet_id", "service", "service_category", "service_confidence", "service_reason"
    )
    ads = relations["ads"].select("ad_id", "site", "posted_us", "currency")
    transactions = relations["transactions"].select(
        "tx_id", "txid", "block_height", "block_time_us"
    )
    scripts = relations["scripts"].select("script_id", "address")
    paid = relations["outputs"].left_join(scripts, "script_id").select("tx_id", "vout", "address")
    joined = (
        ibis.memtable(chosen)
        .inner_join(summary, "wallet_id")
        .inner_join(ads, "ad_id")
        .inner_join(transactions, "tx_id")
        .inner_join(paid, ["tx_id", "vout"])
    )
    order = ["q_value", "service", ibis.desc("payment_probability"), "txid", "vout", "posted_us"]
    return list(relations.collect(joined.order_by([*order, "ad_id"])).to_pylist())


def _places(timed: PaidOutputs, keys: list[tuple[Any, ...]]) -> list[int]:
    """Number of each (…, tx_id, vout) among the timed outputs, which every link is one of."""
    most = int(timed.vout.max(initial=0)) + 1
    stored = timed.tx_id * np.int64(most) + timed.vout
    wanted = np.array([key[1] * most + key[2] for key in keys], dtype=np.int64)
    return [int(at) for at in np.searchsorted(stored, wanted)]


def _second(time_us: int | None) -> str | None:
    """A UTC time to the second; unknown stays unknown."""
    if time_us is None:
        return None
    return iso_time(time_us - time_us % MICROSECONDS_PER_SECOND)
