"""Blocks of a real node come in checked, once, with what their inputs spent."""

from __future__ import annotations

import pytest

from inktrace.errors import InputError, NodeError, UsageError
from inktrace.params import NodeParams, SourceParams
from inktrace.sources import node_blocks
from inktrace.sources.node import Credentials, open_node
from inktrace.sources.node_blocks import add_node
from tests.node.raw import transaction

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node")]
LIMITS = SourceParams()


@pytest.fixture(scope="module")
def node(new_node):
    one = new_node()
    coins = one.mature_coins(3)
    first, raw = transaction([coins[0][:2]], [1_000_000, coins[0][2] - 1_010_000])
    one.send(raw)
    second, raw = transaction([(first, 0), coins[1][:2]], [coins[1][2]])
    one.send(raw)
    one.mine()
    one.made = [first, second]
    return one


def test_blocks_come_with_value_and_script_of_every_input(engine, node):
    done = add_node(engine, node.client(), LIMITS)
    tip = node.rpc.call("getblockcount")
    assert (done.blocks_stored, done.blocks_known, done.off_chain) == (tip + 1, 0, [])
    assert engine.rows("SELECT count(*), min(block_height), max(block_height) FROM blocks") == [
        (tip + 1, 0, tip)
    ]
    rows = engine.rows(
        "SELECT lower(hex(t.txid)), i.vin, i.value_sat, s.script_type FROM inputs AS i "
        "JOIN transactions AS t USING (tx_id) JOIN scripts AS s USING (script_id) "
        "ORDER BY t.tx_id, vin"
    )
    first, second = node.made
    assert rows == [
        (first, 0, node.coins[0][2], "p2wsh"),
        (second, 0, 1_000_000, "p2wsh"),
        (second, 1, node.coins[1][2], "p2wsh"),
    ]
    assert engine.rows("SELECT count(*) FROM inputs WHERE value_sat IS NULL") == [(0,)]
    assert engine.rows("SELECT value FROM workspace WHERE name = 'network'") == [("regtest",)]


def test_rest_gives_the_same_as_rpc_and_needs_no_cookie(engine, node, tmp_path):
    with open_node(node.url, Credentials(), NodeParams(), by_rest=True) as by_rest:
        done = add_node(engine, by_rest, LIMITS, 100, None)
    tip = node.rpc.call("getblockcount")
    assert done.blocks_stored == tip - 99
    by_rpc = add_node(engine, node.client(), LIMITS, 99, None)
    assert (by_rpc.blocks_stored, by_rpc.blocks_known) == (1, tip - 99)
    assert engine.rows("SELECT count(*) FROM inputs WHERE value_sat IS NULL") == [(0,)]


def test_a_stopped_fetch_goes_on_where_it_was(engine, node, monkeypatch):
    fetch, asked = node_blocks._fetched_block, []

    def failing(*words):
        asked.append(words[1])
        if len(asked) == 25:
            raise KeyboardInterrupt
        return fetch(*words)

    monkeypatch.setattr(node_blocks, "_fetched_block", failing)
    small = node.client()
    small.params = NodeParams(batch_blocks=10)
    with pytest.raises(KeyboardInterrupt):
        add_node(engine, small, LIMITS, 0, 104)
    assert engine.rows("SELECT count(*), count(DISTINCT block_hash) FROM blocks") == [(20, 20)]
    done = add_node(engine, small, LIMITS, 0, 104)
    assert (done.blocks_stored, done.blocks_known) == (85, 20)
    assert asked[25:] == list(range(20, 105))
    assert engine.rows("SELECT count(*), count(DISTINCT txid) FROM transactions")[0][0] >= 105
    assert not engine.rows("SELECT 1 FROM workspace WHERE name LIKE 'node_inputs%'")


def test_every_record_names_the_node_and_no_secret(engine, node):
    add_node(engine, node.client(), LIMITS, 0, 3)
    ((path, manner, size),) = engine.rows("SELECT path, parameters, bytes FROM source_files")
    assert path == node.url
    assert '"heights": [0, 3]' in manner
    assert size > 300
    secret = node.cookie.read_text().partition(":")[2]
    assert secret
    assert secret not in manner


def test_a_losing_branch_is_kept_and_told_of(engine, new_node):
    node = new_node()
    node.mine(3)
    add_node(engine, node.client(), LIMITS)
    lost = node.rpc.call("getblockhash", 3)
    node.rpc.call("invalidateblock", lost)
    node.rpc.call("setmocktime", 2_000_000_000)  # the same block again would not be another one
    node.mine(2)
    done = add_node(engine, node.client(), LIMITS)
    assert done.blocks_stored == 2
    assert done.off_chain == [(3, lost)]
    assert engine.rows("SELECT count(*) FROM blocks") == [(6,)]


def test_a_wrong_cookie_is_named_and_not_shown(node, tmp_path):
    wrong = tmp_path / "cookie"
    wrong.write_text("__cookie__:0123456789abcdef")
    with pytest.raises(NodeError, match="refuses the cookie") as told:
        open_node(node.url, Credentials(wrong), NodeParams())
    assert "0123456789abcdef" not in str(told.value)


def test_a_cookie_file_that_is_none_is_refused(node, tmp_path):
    (tmp_path / "cookie").write_text("hello")
    with pytest.raises(UsageError, match="not a node's cookie"):
        open_node(node.url, Credentials(tmp_path / "cookie"), NodeParams())
    with pytest.raises(UsageError, match="cannot be read"):
        open_node(node.url, Credentials(tmp_path / "none"), NodeParams())


def test_a_node_of_another_network_is_refused(engine, node):
    engine.execute("INSERT INTO workspace VALUES ('network', 'mainnet')")
    with pytest.raises(InputError, match="regtest records; the workspace holds mainnet"):
        add_node(engine, node.client(), LIMITS, 0, 1)
    assert engine.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_heights_beyond_the_chain_or_turned_about_are_refused(engine, node):
    with pytest.raises(NodeError, match="chain ends at height"):
        add_node(engine, node.client(), LIMITS, 0, 10_000)
    with pytest.raises(UsageError, match="no heights from 5 to 4"):
        add_node(engine, node.client(), LIMITS, 5, 4)
