"""Proofs of transactions come from a real node, and hold against the headers that it gives."""

from __future__ import annotations

import json

import pytest

from inktrace.casefile.chain import check_chain
from inktrace.params import SourceParams
from inktrace.sources.node_blocks import add_node
from tests.casefile.chain_packages import regtest, write_exhibits_of
from tests.node.raw import transaction

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node")]


@pytest.fixture(scope="module")
def node(new_node):
    one = new_node()
    coins = one.mature_coins(3)
    one.made = []
    for coin in coins[:2]:
        made, raw = transaction([coin[:2]], [coin[2] - 10_000])
        one.send(raw)
        one.made.append(made)
    one.mine()
    return one


def test_what_came_from_a_node_is_tied_to_the_headers_of_the_node(engine, node, tmp_path):
    add_node(engine, node.client(), SourceParams())
    source = regtest(node=node.client())
    made = write_exhibits_of(engine, tmp_path / "exhibits", source=source)
    rows = rows_of(made)
    raw = {row["txid"]: row["raw"] for row in rows}
    for txid in node.made:
        assert raw[txid] == node.rpc.call("getrawtransaction", txid, 0, _tip(node))
    headers = tmp_path / "headers.txt"
    hashes = [node.rpc.call("getblockhash", height) for height in range(_height(node) + 1)]
    told = [node.rpc.call("getblockheader", one, False) for one in hashes]
    headers.write_text("\n".join(told) + "\n")
    assert [one.holds for one in check_chain(made, headers)] == [True, True]
    headers.write_text("\n".join(told[:-1]) + "\n")
    wrong = [one.sentence for one in check_chain(made, headers) if one.holds is False]
    assert wrong == [f"Block {hashes[-1]} is not among the headers that you trust."]


def test_without_the_node_the_reason_is_stated(engine, node, tmp_path):
    add_node(engine, node.client(), SourceParams())
    made = write_exhibits_of(engine, tmp_path / "exhibits", source=regtest())
    rows = rows_of(made)
    assert not [row for row in rows if "raw" in row]
    assert {one.holds for one in check_chain(made)} == {None}


def rows_of(folder):
    text = (folder / "chain" / "transactions.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def _height(node):
    return node.rpc.call("getblockcount")


def _tip(node):
    return node.rpc.call("getblockhash", _height(node))
