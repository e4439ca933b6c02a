"""Raw transactions are proven by their headers, and no touch of them goes unseen."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.casefile.chain import check_chain
from inktrace.casefile.chain.branches import OddBranch, branches, root_of
from inktrace.errors import InputError, NodeError
from tests.sources.bitcoin_reference import REGTEST_MAGIC, Tx, merkle_root, sha256d
from tests.sources.chain_of_blocks import small_chain, write_core_files

from .chain_packages import regtest, workspace_of, write_exhibits_of

STEADY = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
KEY = bytes(range(1, 9))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blocks")
    path = write_core_files(folder, small_chain(), KEY)
    return folder, workspace_of(path)


@pytest.fixture(scope="module")
def exhibits(stored, tmp_path_factory):
    return write_exhibits_of(stored[1], tmp_path_factory.mktemp("package") / "exhibits")


@pytest.fixture
def copy(exhibits, tmp_path):
    return shutil.copytree(exhibits, tmp_path / "exhibits")


def lines(folder, name="transactions.jsonl"):
    return [json.loads(line) for line in (folder / "chain" / name).read_text().splitlines()]


def rewrite(folder, rows, name="transactions.jsonl"):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "chain" / name).write_text(text)


def wrong(folder, headers=None):
    return [one.sentence for one in check_chain(folder, headers) if one.holds is False]


def test_every_transaction_is_proven_from_obfuscated_blocks(exhibits):
    findings = list(check_chain(exhibits))
    assert [one.holds for one in findings] == [True]
    assert findings[0].sentence.startswith("21 raw transactions hash to their txids")
    assert "3 headers" in findings[0].sentence
    assert any("witness_branch" in row for row in lines(exhibits))


def test_the_raw_bytes_are_those_of_the_block(exhibits):
    txs: dict[str, Tx] = {tx.shown: tx for block in small_chain().txs for tx in block}
    for row in lines(exhibits):
        tx = txs[row["txid"]]
        raw = tx.whole() if row["position"] else tx.stripped()
        assert row["raw"] == raw.hex()


def _blocks_elsewhere(folder, chain, how):
    folder.mkdir()
    if how == "moved":
        write_core_files(folder, chain)
    elif how == "damaged":  # a frame that leads astray stands before the first block
        path = write_core_files(folder, chain)
        path.write_bytes(REGTEST_MAGIC + b"\xff\x02\x00\x00" + bytes(90) + path.read_bytes())
    elif how == "compressed":
        path = write_core_files(folder, chain)
        (folder / "blk00000.dat.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    elif how == "hex":
        text = "\n".join(data.hex() for data in chain.data)
        (folder / "blk00000.dat").write_text(text)


@pytest.mark.parametrize("how", ["moved", "damaged", "compressed", "hex"])
def test_blocks_that_were_moved_are_found_in_the_folder_named(stored, tmp_path, how):
    engine, was = stored[1], tmp_path / "was"
    was.mkdir()
    _blocks_elsewhere(tmp_path / "now", small_chain(), how)
    engine.execute("UPDATE source_files SET path = '/gone/blk00000.dat'")
    source = regtest(folder=tmp_path / "now")
    made = write_exhibits_of(engine, tmp_path / "exhibits", source=source)
    assert wrong(made) == []
    assert all("raw" in row for row in lines(made))
    engine.execute("UPDATE source_files SET path = ?", [str(stored[0] / "blk00000.dat")])


def test_where_no_block_is_at_hand_the_reason_is_stated(stored, tmp_path):
    engine = stored[1]
    engine.execute("UPDATE source_files SET path = '/gone/blk00000.dat'")
    made = write_exhibits_of(engine, tmp_path / "exhibits")
    engine.execute("UPDATE source_files SET path = ?", [str(stored[0] / "blk00000.dat")])
    rows = lines(made)
    assert {row["why_not"] for row in rows} == {
        "blk00000.dat cannot be used: there is no such file"
    }
    findings = list(check_chain(made))
    assert {one.holds for one in findings} == {None}
    assert findings[0].sentence == "No transaction is tied to a block header."


class FakeNode:
    """A node that knows the blocks of a chain by height and hash, and no others."""

    by_rest = False

    def __init__(self, blocks):
        self.blocks = {sha256d(data[:80])[::-1].hex(): data for data in blocks}

    def call(self, method, *arguments):
        if method == "getblockhash":
            return list(self.blocks)[arguments[0] - 1]
        if arguments[0] not in self.blocks:
            raise NodeError("Block not found")
        return self.blocks[arguments[0]].hex()


@pytest.mark.parametrize("has_hash", [True, False])
def test_a_node_gives_blocks_that_no_file_holds(stored, tmp_path, has_hash):
    engine = workspace_of(write_core_files(tmp_path, small_chain()))
    engine.execute("UPDATE source_files SET path = '/gone/blk00000.dat'")
    if not has_hash:  # as if rows had come from a table of transactions with their heights
        engine.execute("DELETE FROM blocks")
    source = regtest(node=FakeNode(small_chain().data))
    made = write_exhibits_of(engine, tmp_path / "exhibits", source=source)
    assert wrong(made) == []
    assert all("raw" in row for row in lines(made))


def test_a_node_that_gives_something_else_is_not_believed(stored, tmp_path):
    engine = workspace_of(write_core_files(tmp_path, small_chain()))
    engine.execute("UPDATE source_files SET path = '/gone/blk00000.dat'")
    node = FakeNode(small_chain().data)
    first, *others = node.blocks
    node.blocks[first] = node.blocks[others[0]]
    del node.blocks[others[0]]
    made = write_exhibits_of(engine, tmp_path / "exhibits", source=regtest(node=node))
    whys = {row["why_not"] for row in lines(made) if "why_not" in row}
    assert "the node gave another block than the one asked for" in whys
    assert any("Block not found" in why for why in whys)
    assert sum("raw" in row for row in lines(made)) > 0
    assert wrong(made) == []


def test_rows_without_blocks_say_so(tmp_path):
    engine = workspace_of()
    engine.execute(
        "INSERT INTO transactions VALUES "
        "(0, unhex(repeat('ab', 32)), 5, 1000000, false, 2, 0, 1, 1)"
    )
    made = write_exhibits_of(engine, tmp_path / "exhibits")
    assert "a source of rows, not of blocks" in lines(made)[0]["why_not"]
    assert wrong(made) == []


@STEADY
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_found(copy, exhibits, data):
    name, fields = data.draw(
        st.sampled_from(
            [
                ("transactions.jsonl", ["raw", "branch", "witness_branch", "txid", "block_hash"]),
                ("blocks.jsonl", ["header", "coinbase", "coinbase_branch", "block_hash"]),
            ]
        )
    )
    rows = lines(exhibits, name)
    row = data.draw(st.sampled_from([one for one in rows if any(one.get(f) for f in fields)]))
    place = data.draw(st.sampled_from([one for one in fields if row.get(one)]))
    is_list = isinstance(row[place], list)
    step = data.draw(st.integers(0, len(row[place]) - 1)) if is_list else 0
    text = row[place][step] if is_list else row[place]
    bit = data.draw(st.integers(0, 4 * len(text) - 1))
    number = int(text, 16) ^ (1 << bit)
    changed = f"{number:0{len(text)}x}"
    if is_list:
        row[place][step] = changed
    else:
        row[place] = changed
    rewrite(copy, rows, name)
    assert wrong(copy)
    shutil.copy(exhibits / "chain" / name, copy / "chain" / name)


@STEADY
@given(st.integers(0, 20), st.integers(-1, 40))
def test_a_wrong_position_is_found(copy, exhibits, number, position):
    rows = lines(exhibits)
    if rows[number]["position"] == position:
        return
    rows[number]["position"] = position
    rewrite(copy, rows)
    assert wrong(copy)


@pytest.mark.parametrize(
    ("name", "column", "old", "new"),
    [
        ("outputs", "value_sat", ",1000,", ",1001,"),
        ("outputs", "address", "bcrt1", "bcrt9"),
        ("inputs", "value_sat", ",1000,", ",1001,"),
        ("transactions", "block_time", "2020-09-13T12:26:40Z", "2020-09-13T12:26:41Z"),
    ],
)
def test_a_csv_that_says_something_else_than_the_bytes_is_found(copy, name, column, old, new):
    path = copy / f"{name}.csv"
    text = path.read_text()
    assert old in text, column
    path.write_text(text.replace(old, new, 1))
    assert len(wrong(copy)) == 2  # the row, and the summary
    assert f"{name}.csv" in wrong(copy)[0]


@pytest.mark.parametrize("name", ["outputs", "inputs"])
def test_a_row_left_out_or_given_twice_is_found(copy, name):
    path = copy / f"{name}.csv"
    head, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([head, *rest[1:]]))
    assert "leaves out" in wrong(copy)[0]
    path.write_text("".join([head, *rest, rest[0]]))
    assert wrong(copy)


def test_a_transaction_without_a_word_is_found(copy):
    rows = lines(copy)
    rewrite(copy, rows[1:])
    assert rows[0]["txid"] in wrong(copy)[0]


def test_headers_that_are_not_trusted_are_named(exhibits, tmp_path):
    mine = tmp_path / "headers.txt"
    headers = (exhibits / "chain" / "headers.txt").read_text().splitlines()
    mine.write_text("\n".join(headers[:2]) + "\n")
    assert len(wrong(exhibits, mine)) == 1
    mine.write_text("\n".join(headers) + "\n")
    assert wrong(exhibits, mine) == []
    mine.write_text("00" * 79 + "\n")
    with pytest.raises(InputError, match="line 1 is no block header"):
        list(check_chain(exhibits, mine))


@pytest.mark.parametrize(
    "row",
    [
        "3",
        "[]",
        '{"txid": 5}',
        '{"txid": "aa"}',
        '{"txid": "TXID", "raw": "zz"}',
        '{"txid": "TXID", "raw": ""}',
        '{"txid": "TXID", "raw": "01000000ffffffffffffffffffff"}',
        "[" * 100_000,
        "not json",
    ],
)
def test_hostile_rows_are_faults_and_nothing_else(copy, row):
    text = row.replace("TXID", "aa" * 32)
    (copy / "chain" / "transactions.jsonl").write_text(text + "\n")
    assert wrong(copy)


@pytest.mark.parametrize("name", ["about.json", "blocks.jsonl", "headers.txt"])
def test_a_missing_file_is_a_finding(copy, name):
    (copy / "chain" / name).unlink()
    assert len(wrong(copy)) == 1


def test_an_easier_target_than_the_network_allows_is_refused(copy):
    path = copy / "chain" / "about.json"
    path.write_text(path.read_text().replace("regtest", "mainnet"))
    assert "easier than mainnet allows" in wrong(copy)[0]


def test_a_transaction_of_64_bytes_is_refused(copy):
    raw = bytes.fromhex("01000000" + "01" + "aa" * 32 + "00000000" + "00" + "ffffffff")
    raw += bytes.fromhex("01" + "00" * 8 + "04" + "51515151" + "00000000")
    assert len(raw) == 64
    rows = lines(copy)
    rows[0] |= {"raw": raw.hex(), "txid": sha256d(raw)[::-1].hex()}
    rewrite(copy, rows)
    assert "64 bytes" in wrong(copy)[0]


@STEADY
@given(st.integers(1, 40), st.data())
def test_a_branch_leads_to_the_root_from_its_own_place_only(count, data):
    leaves = [sha256d(bytes([n])) for n in range(count)]
    root = merkle_root(leaves)
    for position, branch in enumerate(branches(leaves, range(count))):
        assert root_of(leaves[position], position, branch, count) == root
    place, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, 2 * count))
    branch = branches(leaves, [place])[0]
    if other != place:
        for stated in range(1, 2 * count + 2):
            try:
                assert root_of(leaves[place], other, branch, stated) != root
            except OddBranch:
                continue


def test_a_repeated_end_is_refused():
    """CVE-2012-2459: [a, b, c] and [a, b, c, c] have one root."""
    a, b, c = (sha256d(bytes([n])) for n in range(3))
    branch = branches([a, b, c, c], [3])[0]
    with pytest.raises(OddBranch, match="repeats a hash"):
        root_of(c, 3, branch, 4)


def test_real_blocks_prove_their_transactions(shared_data, tmp_path):
    folder = shared_data / "blocks"
    paths = [folder / "bcoin_300025.blk", folder / "btcd_21868c2c.blk", folder / "btcd_277647.dat"]
    if not all(path.is_file() for path in paths):
        pytest.skip("real blocks are absent from ../shared/data/blocks")
    made = write_exhibits_of(workspace_of(*paths), tmp_path / "exhibits", every=7)
    findings = list(check_chain(made))
    assert [one.holds for one in findings] == [True]
    assert findings[0].sentence.startswith("130 raw transactions")
    assert sum("witness_branch" in row for row in lines(made)) > 5
