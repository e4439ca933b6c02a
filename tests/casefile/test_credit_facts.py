"""Packs and refunds of a lead's own wallets stand in its package, and nobody else's."""

from __future__ import annotations

import pytest

from inktrace.casefile.exhibits import write_exhibits
from inktrace.casefile.gather import gather_case
from inktrace.casefile.report import report_html
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent
from tests.casefile import conftest as lead


def pack(wallet=0, author="A-1", first="=ad1", last="ad3", vout=0):
    return {
        "author_id": author, "site": "board.example", "tx_id": 1, "vout": vout,
        "value_sat": 40_000, "paid_us": lead.START - 90 * lead.MINUTE, "wallet_id": wallet,
        "currency": "USD", "pack_minor": 5_000, "ads_covered": 3, "first_ad_id": first,
        "last_ad_id": last, "delay_s": 5_400.0, "log10_lr": 3.25, "score": 2.5,
        "q_value": 0.0123, "error_probability": 0.02,
    }  # fmt: skip


def refund(wallet=0, ad="=ad1", author="A-1"):
    return {
        "author_id": author, "wallet_id": wallet, "ad_id": ad, "tx_id": 1, "vout": 0,
        "value_sat": 40_000, "till_wallet_id": 3, "refund_tx_id": 2, "refund_vout": 0,
        "refund_sat": 12_345, "after_s": 7_200.0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def facts():
    rows = lead._tables() | {
        "credit_purchases": [
            pack(), pack(wallet=3, vout=1), pack(author="A-2", vout=2),
            pack(first="x1", last="x2", vout=3),
        ],
        "refunds": [refund(), refund(wallet=3), refund(ad="x1"), refund(author="A-2")],
    }  # fmt: skip
    tables = {name: lead.table_of(given) for name, given in rows.items() if given}
    with Engine.in_memory(tables) as engine:
        return gather_case(engine.relations(), "L-1", silent)


def test_only_the_lead_s_own_are_gathered(facts):
    (bought,) = facts.credit.purchases.to_pylist()
    assert (bought["vout"], bought["txid"], bought["pack_minor"]) == (0, "02" * 32, 5_000)
    (back,) = facts.credit.refunds.to_pylist()
    assert (back["txid"], back["refund_txid"], back["refund_sat"]) == (
        "02" * 32,
        "03" * 32,
        12_345,
    )


def test_they_are_told_and_exhibited(facts, tmp_path):
    page = report_html(facts, Params(), "9.9")
    for words in ("50.00 USD", "0.0123", "0.00012345", "2.0 h"):
        assert words in page
    write_exhibits(facts, Params(), tmp_path / "exhibits")
    text = (tmp_path / "exhibits" / "credit_purchases.csv").read_text()
    assert "02" * 32 in text
    assert "tx_id" not in text.splitlines()[0].split(",")


def test_a_lead_without_them_says_nothing_of_them(relations):
    page = report_html(gather_case(relations, "L-1", silent), Params(), "9.9")
    assert "Credit bought ahead" not in page
