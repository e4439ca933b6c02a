"""What a watched mempool holds is stored before its block comes, and completed by the block."""

from __future__ import annotations

import json

import pytest

from inktrace.params import SourceParams
from inktrace.sources.chain import add_chain
from inktrace.sources.spool import Event, Spool
from inktrace.sources.unconfirmed import add_unconfirmed
from inktrace.sources.watched import add_spool
from tests.node.raw import SCRIPT, transaction

LIMITS = SourceParams()
COIN = ("ab" * 32, 0)


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / "spool") as made:
        made.add(facts={"network": "regtest"})
        made.flush()
        yield made


def see(spool, txid, raw, event="added"):
    raws = [] if raw is None else [(bytes.fromhex(txid), raw)]
    spool.add([Event(bytes.fromhex(txid), event, 1_700_000_000_000_000, "http://a")], (), raws)
    spool.flush()


def fold(engine, spool):
    """As an update does it: beside the watch that goes on writing."""
    with Spool(spool.path, beside=True) as beside:
        add_spool(engine, beside, LIMITS)
        return add_unconfirmed(engine, beside, LIMITS)


def stored(engine):
    return engine.rows(
        "SELECT lower(hex(txid)), block_height, count(o.vout), sum(o.value_sat) "
        "FROM transactions LEFT JOIN outputs AS o USING (tx_id) GROUP BY ALL ORDER BY ALL"
    )


def test_held_transactions_are_stored_once_with_what_they_spend(engine, spool):
    parent, raw_parent = transaction([COIN], [9000, 500])
    child, raw_child = transaction([(parent, 0)], [8000])
    see(spool, parent, raw_parent)
    see(spool, child, raw_child)
    assert fold(engine, spool) == 2
    assert stored(engine) == sorted([(parent, None, 2, 9500), (child, None, 1, 8000)])
    spent = "SELECT value_sat FROM inputs JOIN transactions USING (tx_id) WHERE txid = from_hex(?)"
    assert engine.rows(spent, [child]) == [(9000,)]
    assert engine.rows("SELECT count(*) FROM first_seen") == [(2,)]
    assert fold(engine, spool) == 0
    assert len(stored(engine)) == 2


def test_bytes_that_come_late_are_taken_later(engine, spool):
    txid, raw = transaction([COIN], [9000])
    see(spool, txid, None)
    assert fold(engine, spool) == 0
    spool.add(raws=[(bytes.fromhex(txid), raw)])
    spool.flush()
    assert fold(engine, spool) == 1


def test_what_left_the_mempool_is_not_stored(engine, spool):
    txid, raw = transaction([COIN], [9000])
    see(spool, txid, raw)
    see(spool, txid, None, "confirmed")
    assert fold(engine, spool) == 0
    assert stored(engine) == []


def test_bytes_that_are_no_transaction_are_rejected_and_cost_no_other(engine, spool, rejects):
    txid, raw = transaction([COIN], [9000])
    see(spool, "cd" * 32, raw[:-1])
    see(spool, txid, raw)
    assert fold(engine, spool) == 1
    assert [row[2] for row in rejects()] == ["the transaction ends too early"]


def test_the_block_that_brings_it_completes_it(engine, spool, tmp_path):
    txid, raw = transaction([COIN], [9000])
    see(spool, txid, raw)
    fold(engine, spool)
    row = {
        "hash": txid, "block_number": 7, "block_timestamp": 1_700_000_600, "version": 2,
        "lock_time": 0, "is_coinbase": False,
        "inputs": [{"index": 0, "spent_transaction_hash": COIN[0], "spent_output_index": 0,
                    "value": 9500, "sequence": 0xFFFFFFFD}],
        "outputs": [{"index": 0, "value": 9000, "script_hex": SCRIPT.hex()}],
    }  # fmt: skip
    (tmp_path / "block.jsonl").write_text(json.dumps(row) + "\n")
    added = add_chain(engine, tmp_path / "block.jsonl", LIMITS)
    assert (added.rows_repeated, added.rows_rejected) == (1, 0), added
    assert stored(engine) == [(txid, 7, 1, 9000)]
    assert engine.rows("SELECT value_sat FROM inputs") == [(9500,)]
