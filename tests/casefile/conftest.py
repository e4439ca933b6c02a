"""A small but full lead in memory: three ads, two payments, one wallet, hostile text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.engine import Engine

MINUTE = 60_000_000
START = 1_704_067_200_000_000
HOSTILE = '<script>alert(1)</script> ‮evil‬ \x07 =cmd()|"x" Room in Cebu, ask for ⟦name⟧'


def _ads():
    return [
        {
            "ad_id": ad_id,
            "site": "board.example",
            "posted_us": START + n * 600 * MINUTE,
            "text": HOSTILE + str(n),
            "city": "Cebu",
            "price_minor": 1700,
            "currency": "USD",
            "file_id": 1,
            "row": n + 1,
        }
        for n, ad_id in enumerate(("=ad1", "ad2", "ad3"))
    ]


def _transaction(number):
    return {
        "tx_id": number,
        "txid": bytes([number + 1]) * 32,
        "block_height": 800_000 + number,
        "block_time_us": START + number * 600 * MINUTE,
        "is_coinbase": False,
        "version": 2,
        "lock_time": 0,
        "file_id": 2,
        "row": number + 1,
    }


def _candidate(ad_id, tx, probability, round=0):
    return {
        "round": round,
        "ad_id": ad_id,
        "tx_id": tx,
        "vout": 0,
        "value_sat": 40_000,
        "delay_s": 75.0,
        "amount_log_ratio": 0.002,
        "log10_lr": 2.0,
        "posterior_probability": probability,
        "ads_bought": 1,
    }


def _tables():
    link = {"method": "inktrace", "author_id": "A-1", "wallet_id": 0}
    figures = {
        "ads_matched": 2,
        "transactions_matched": 2,
        "log10_lr": 6.5,
        "q_value": 0.004,
        "error_probability": 0.0312,
        "is_service": False,
    }
    return {
        "ads": _ads(),
        "texts": [
            {
                "ad_id": ad["ad_id"],
                "masked_text": ad["text"],
                "language": "en",
                "text_group_id": f"T-{ad['ad_id']}",
                "characters": 10,
            }
            for ad in _ads()
        ],
        "identifiers": [
            {"ad_id": "ad2", "kind": "phone", "value": "+639170000000", "found_in": "text"}
        ],
        "authors": [
            {"ad_id": ad["ad_id"], "author_id": "A-1", "log10_lr": 2.5, "reason": "style"}
            for ad in _ads()
        ],
        "lead_ads": [{"lead_id": "L-1", "ad_id": ad["ad_id"], "in_core": True} for ad in _ads()],
        "author_pairs": [
            {
                "ad_id_a": "=ad1",
                "ad_id_b": "ad2",
                "same_template": False,
                "shared_identifiers": 1,
                "log10_lr": 2.5,
                "same_author_probability": 0.9,
            }
        ],
        "author_model": [{"name": "metrics", "json": '{"cllr": 0.41, "curve": [1, 2]}'}],
        "transactions": [_transaction(n) for n in range(4)],
        "scripts": [
            {
                "script_id": n,
                "script": bytes([n]),
                "script_type": "p2wpkh",
                "address": f"bc1q{str(n) * 38}",
            }
            for n in range(4)
        ],
        "inputs": [
            {
                "tx_id": 1,
                "vin": vin,
                "spent_txid": bytes([1]) * 32,
                "spent_vout": vin,
                "value_sat": 90_000,
                "script_id": vin,
                "sequence": 0,
            }
            for vin in range(2)
        ],
        "outputs": [
            {"tx_id": n, "vout": 0, "value_sat": 40_000, "script_id": 2 + n % 2} for n in range(4)
        ],
        "first_seen": [
            {
                "txid": bytes([n + 1]) * 32,
                "first_seen_us": START + n * 600 * MINUTE - MINUTE,
                "observer": "node1",
                "file_id": 3,
                "row": n + 1,
            }
            for n in range(3)
        ],
        "tags": [],
        "wallets": [
            {"script_id": 0, "wallet_id": 0, "joined_by_tx_id": None, "rule": "co_spend"},
            {"script_id": 1, "wallet_id": 0, "joined_by_tx_id": 1, "rule": "co_spend"},
            {"script_id": 2, "wallet_id": 2, "joined_by_tx_id": None, "rule": "alone"},
            {"script_id": 3, "wallet_id": 3, "joined_by_tx_id": None, "rule": "alone"},
        ],
        "wallet_summary": [
            {"wallet_id": 0, "scripts": 2, "transactions_out": 2, "transactions_in": 0},
            {
                "wallet_id": 3,
                "scripts": 1,
                "transactions_out": 0,
                "transactions_in": 2,
                "service": "Processor <b>",
                "service_category": "payment_processor",
                "service_confidence": "service_data",
                "service_reason": "1 of its addresses tagged",
            },
        ],
        "payers": [{"tx_id": 1, "wallet_id": 0}, {"tx_id": 2, "wallet_id": 0}],
        "payment_candidates": [
            _candidate("=ad1", 1, 0.97),
            _candidate("=ad1", 3, 0.01),
            _candidate("ad2", 2, 0.8),
            _candidate("ad3", 3, 0.2, round=4),
        ],
        "payment_laws": [
            {
                "site": "board.example",
                "name": "delay",
                "json": '{"edges_s": [0, 60, 120], "density_per_s": [0.01, 0.005]}',
            }
        ],
        "attributions": [
            {**link, **figures},
            {**link, **figures, "method": "kdd2017", "q_value": None, "error_probability": None},
        ],
        "attribution_links": [
            {
                **link,
                "ad_id": ad,
                "tx_id": tx,
                "vout": 0,
                "log10_lr": 3.1,
                "posterior_probability": 0.99,
            }
            for ad, tx in (("=ad1", 1), ("ad2", 2))
        ],
        "leads": [
            {
                "lead_id": "L-1",
                "rank": 1,
                "score": 2.0,
                "author_ids": "A-1",
                "wallet_ids": "0",
                "ads": 3,
                "people_estimate": 2,
                "places": 1,
                "ads_per_day": 2.0,
                "first_posted_us": START,
                "last_posted_us": START + 1200 * MINUTE,
                "under_age_indicator": False,
                "reasons": "The ads name about 2 different people.",
            }
        ],
        "lead_indicators": [
            {
                "lead_id": "L-1",
                "indicator": "people_advertised",
                "direction": "for",
                "value": 2.0,
                "rarity": 0.1,
                "weight": 1.0,
                "reason": "The ads name about 2 different people.",
                "reference": "Ibanez 2014",
            },
            {
                "lead_id": "L-1",
                "indicator": "one_person_travelling",
                "direction": "against",
                "value": 1.0,
                "rarity": 0.3,
                "weight": -0.4,
                "reason": "One person may travel.",
                "reference": "ours",
            },
        ],
        "source_files": [
            {
                "file_id": n,
                "source": source,
                "path": f"{source}.csv",
                "sha256": f"{n}" * 64,
                "bytes": 10,
                "parameters": "{}",
                "rows_accepted": 3,
                "rows_repeated": 0,
                "rows_rejected": 0,
                "software_version": "0",
                "added_us": 1,
            }
            for n, source in ((1, "ads"), (2, "chain"), (3, "first-seen"))
        ],
        "runs": [
            {
                "run_id": "0123456789abcdef",
                "stage": "rings",
                "stage_version": 1,
                "inputs": "{}",
                "parameters": "{}",
                "rows": "{}",
                "notes": "{}",
                "seconds": 1.0,
                "software_version": "0",
                "finished_us": 1,
            }
        ],
    }


def table_of(rows):
    """The rows with the columns of all of them: Arrow alone takes those of the first."""
    columns = {name: None for row in rows for name in row}
    return pa.Table.from_pylist([{**columns, **row} for row in rows])


@pytest.fixture(scope="module")
def relations():
    tables = {name: table_of(rows) for name, rows in _tables().items() if rows}
    with Engine.in_memory(tables) as engine:
        yield engine.relations()
