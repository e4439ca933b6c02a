"""CoinJoin rules on labelled real transactions. Skipped where the real data is absent.

The sets' labels are noisy, so only what cannot be noise is asked for: every Whirlpool and every
Wasabi 1 mix is seen, and ordinary transactions are practically never taken for one.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin import coinjoin_verdicts
from inktrace.world import read_esplora
from tests.wallets.chain_tables import chain_tables

Parts = list[tuple[int, str]]  # value and script
WHIRLPOOL = "dumplings__sw_202403.zip"
WASABI = "dumplings__ww1_202405.zip"


def labelled(shared_data: Path, archive: str, member: str) -> list[tuple[Parts, Parts]]:
    """Inputs and outputs of each line `txid:::blockhash:::index:::time:::in:::out`."""
    with zipfile.ZipFile(shared_data / "coinjoin" / archive) as files:
        text = files.read(f"Scanner/{member}").decode("utf-8-sig")
    made = []
    for line in filter(lambda line: ":::" in line, text.splitlines()):
        fields = line.split(":::")
        parts = [
            [part for part in field.replace("{", "}").split("}") if part] for field in fields[4:6]
        ]
        made.append(
            ([part(one.split("-", 2)[2]) for one in parts[0]], [part(one) for one in parts[1]])
        )
    return made


def part(text: str) -> tuple[int, str]:
    value, script = text.split("+")[:2]
    return int(value), script


def verdicts(transactions: list[tuple[Parts, Parts]]) -> list[str]:
    """The rule that spoke for each transaction; empty where none did."""
    tables = chain_tables(transactions)
    with Engine.in_memory(tables) as engine:
        found = coinjoin_verdicts(engine.relations(), WalletsParams()).to_pylist()
    told = {row["tx_id"]: row["rule"] for row in found}
    return [told.get(tx, "") for tx in range(len(transactions))]


@pytest.mark.parametrize(
    ("archive", "member", "count", "rule"),
    [
        (WHIRLPOOL, "SamouraiCoinJoins.txt", 1403, "whirlpool"),
        (WASABI, "WasabiCoinJoins.txt", 196, "wasabi1"),
    ],
)
def test_every_labelled_mix_is_seen_by_its_own_rule(
    shared_data: Path, archive: str, member: str, count: int, rule: str
) -> None:
    mixes = labelled(shared_data, archive, member)
    assert verdicts(mixes) == [rule] * count


@pytest.mark.parametrize(
    ("archive", "member", "most"),
    [(WHIRLPOOL, "SamouraiPostMixTxs.txt", 0.12), (WASABI, "WasabiPostMixTxs.txt", 0.06)],
)
def test_payments_after_a_mix_are_seldom_taken_for_one(
    shared_data: Path, archive: str, member: str, most: float
) -> None:
    told = verdicts(labelled(shared_data, archive, member))
    assert sum(map(bool, told)) <= most * len(told)


def test_ordinary_transactions_are_practically_never_taken_for_one(shared_data: Path) -> None:
    path = shared_data / "transactions" / "sob2024_mempool_8131_json.tar.xz"
    ordinary = [
        ([(c.value, c.script) for c in made.inputs], [(c.value, c.script) for c in made.outputs])
        for made in read_esplora(path)
    ]
    told = verdicts(ordinary)
    assert sum(map(bool, told)) <= 0.003 * len(told)
