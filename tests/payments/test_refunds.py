"""What a site's wallet paid back to who paid for an ad."""

from __future__ import annotations

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.params import CreditParams
from inktrace.payments.refunds import refunds

_HOUR_US = 3_600_000_000
_PAYER, _TILL, _OTHER = 7, 70, 71


def _engine(posterior: float = 0.9, method: str = "inktrace") -> Engine:
    """One payment of 1000 satoshi (tx 0), then outputs of the till and others to whomever."""
    # tx, hours after, payer, value, recipient
    later = (
        (1, 2.0, _TILL, 400, _PAYER),  # the refund
        (2, 2.0, _TILL, 400, _OTHER),  # to somebody else
        (3, 2.0, _OTHER, 400, _PAYER),  # from somebody else
        (4, 2.0, _TILL, 1000, _PAYER),  # not less
        (5, 30.0, _TILL, 400, _PAYER),  # too late
        (6, -2.0, _TILL, 400, _PAYER),  # before the payment
    )
    count = len(later) + 1
    txid = pa.array([bytes([n]) * 32 for n in range(count)], pa.binary(32))
    times = [0, *(int(row[1] * _HOUR_US) for row in later)]
    recipients = [_TILL, *(row[4] for row in later)]
    return Engine.in_memory(
        {
            "attribution_links": pa.table(
                {
                    "method": [method],
                    "author_id": ["A"],
                    "wallet_id": [_PAYER],
                    "ad_id": ["a1"],
                    "tx_id": [0],
                    "vout": [0],
                    "log10_lr": [3.0],
                    "posterior_probability": [posterior],
                }
            ),
            "transactions": pa.table(
                {
                    "tx_id": range(count),
                    "txid": txid,
                    "block_height": pa.array([1] * count, pa.int64()),
                    "block_time_us": pa.array([10**15 + time for time in times], pa.int64()),
                    "is_coinbase": [False] * count,
                }
            ),
            "first_seen": pa.table(
                {"txid": txid.slice(1, 1), "first_seen_us": [10**15 + times[1] - 60_000_000]}
            ),
            "outputs": pa.table(
                {
                    "tx_id": range(count),
                    "vout": [0] * count,
                    "value_sat": [1000, *(row[3] for row in later)],
                    "script_id": range(count),
                }
            ),
            "wallets": pa.table({"script_id": range(count), "wallet_id": recipients}),
            "payers": pa.table(
                {"tx_id": range(count), "wallet_id": [_PAYER, *(row[2] for row in later)]}
            ),
        }
    )


def test_only_a_smaller_output_of_the_till_to_the_payer_soon_after_is_a_refund():
    found = refunds(_engine().relations(), CreditParams()).to_pylist()
    assert found == [
        {
            "author_id": "A",
            "wallet_id": _PAYER,
            "ad_id": "a1",
            "tx_id": 0,
            "vout": 0,
            "value_sat": 1000,
            "till_wallet_id": _TILL,
            "refund_tx_id": 1,
            "refund_vout": 0,
            "refund_sat": 400,
            "after_s": 2 * 3600 - 60,
        }
    ]


def test_the_window_is_the_one_asked_for():
    longer = CreditParams(refund_window_s=40 * 3600)
    assert refunds(_engine().relations(), longer)["refund_tx_id"].to_pylist() == [1, 5]


def test_unlikely_payments_and_other_methods_are_not_looked_at():
    for engine in (_engine(posterior=0.4), _engine(method="kdd2017")):
        assert refunds(engine.relations(), CreditParams()).num_rows == 0
