"""The change stage: precision measured on revealed change, links between wallets, no joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from inktrace.params import ChangeParams, WalletsParams
from inktrace.progress import silent
from inktrace.wallets import CHANGE_STAGE, STAGE
from inktrace.wallets.change_precision import (
    REGTEST,
    REGTEST_TOGETHER,
    change_log10_lr,
    trusted,
)
from tests.wallets.change_chain import Tx, chain


def run(made: Sequence[Tx], **params: Any) -> tuple[dict[str, list[dict[str, Any]]], Any]:
    with chain(made) as relations:
        wallets = STAGE.function(relations, WalletsParams(), silent).tables
        tables = {name: relations.collect(table) if not hasattr(table, "num_rows") else table
                  for name, table in wallets.items()}  # fmt: skip
    with chain(made, **tables) as relations:
        result = CHANGE_STAGE.function(relations, ChangeParams(**params), silent)
        return {name: table.to_pylist() for name, table in result.tables.items()}, result.notes


def payer(number: int, right: bool = True) -> list[Tx]:
    """A payment of round bitcoin whose change is then spent beside the payer's other coin; or, if
    not `right`, one whose round output is the change."""
    shop, change = (f"w-shop{number}", 250_000), (f"w-change{number}", 649_123)
    if not right:
        shop, change = (shop[0], 649_123), (change[0], 250_000)
    first = 2 * number
    return [
        Tx([(f"w-a{number}", 900_000)], [shop, change]),
        Tx([(first, 1), (f"w-a{number}", 5_555)], [(f"w-end{number}", 600_003)]),
    ]


def test_precision_is_measured_where_change_was_revealed() -> None:
    made = [tx for number in range(40) for tx in payer(number, right=number >= 4)]
    found, notes = run(made)
    assert notes["revealed_payments"] == 40
    measured = notes["precision"]["round_satoshi"]
    assert measured["source"] == "workspace"
    assert measured["value"] == pytest.approx(0.9)
    assert "round_satoshi" in notes["composed_of"]
    assert found["change_outputs"]
    assert {row["measured_on"] for row in found["change_outputs"]} == {"workspace"}


def test_a_heuristic_measured_to_err_is_not_composed() -> None:
    made = [tx for number in range(40) for tx in payer(number, right=number >= 20)]
    found, notes = run(made)
    assert notes["precision"]["round_satoshi"]["value"] == pytest.approx(0.5)
    assert "round_satoshi" not in notes["composed_of"]
    assert found["change_outputs"] == []


# Paid in round bitcoin to another type of address: two heuristics leave the same output.
ALONE = Tx([("w-me", 900_000)], [("p-shop", 250_000), ("w-new", 649_123)])


def test_with_nothing_revealed_regtest_stands_in_and_claims_no_more_than_nine_in_ten() -> None:
    found, _ = run([ALONE])
    [row] = found["change_outputs"]
    assert (row["tx_id"], row["vout"], row["agreeing"]) == (0, 1, 2)
    assert row["heuristics"] == "script_type,round_satoshi"
    assert row["measured_on"] == "regtest"
    assert row["probability_low"] == 0.9
    assert row["change_probability"] == pytest.approx(417 / 418, abs=1e-5)


def test_change_links_wallets_but_joins_none_unless_asked() -> None:
    found, _ = run([ALONE])
    [link] = found["likely_same_payer"]
    assert link["transactions"] == 1
    assert link["log10_lr"] == pytest.approx(0.954, abs=1e-3)
    assert found["wider_wallets"] == []
    joined, _ = run([ALONE], joins_wallets=True, least_join_probability=0.9)
    assert {row["wider_wallet_id"] for row in joined["wider_wallets"]} == {link["wallet_id_a"]}
    unsure, _ = run([ALONE], joins_wallets=True)
    assert unsure["wider_wallets"] == []  # regtest alone joins nobody


def test_conflicts_are_listed_with_those_that_speak() -> None:
    found, _ = run([Tx([("w-me", 900_000)], [("w-shop", 250_000), ("p-new", 649_123)])])
    assert found["change_conflicts"] == [{"tx_id": 0, "heuristics": "script_type,round_satoshi"}]
    assert found["change_outputs"] == []


@pytest.mark.parametrize(("pool", "fee"), [(100_000, 5_000), (50_000_000, 1_750_000)])
def test_a_tx0_is_named_with_its_pool(pool: int, fee: int) -> None:
    cut = [("s-data", 0), ("w-fee", fee), ("w-rest", 67_648)]
    cut += [(f"w-cut{at}", pool + 6_352) for at in range(5)]
    found, _ = run([Tx([("w-me", 6 * pool + fee)], cut)])
    assert found["pool_entries"] == [{"tx_id": 0, "pool_sat": pool, "outputs": 5}]
    without_fee = [one for one in cut if one[0] != "w-fee"]
    assert run([Tx([("w-me", 6 * pool)], without_fee)])[0]["pool_entries"] == []


def test_an_empty_chain_gives_empty_tables() -> None:
    found, _ = run([])
    assert all(rows == [] for rows in found.values())


def test_evidence_is_bounded_and_counts_the_outputs() -> None:
    low, outputs = np.array([0.5, 0.9, 0.5, 1.0, 0.0]), np.array([2, 2, 11, 1000, 2])
    expected = [0.0, 0.954, 1.0, 3.0, -3.0]
    assert change_log10_lr(low, outputs) == pytest.approx(expected, abs=1e-3)


def test_shipped_figures_are_counts_and_what_they_trust_is_trusted() -> None:
    for named, right in [*REGTEST.values(), *REGTEST_TOGETHER.values()]:
        assert 0 <= right <= named
    assert trusted(dict.fromkeys(REGTEST), ChangeParams()) == ()
