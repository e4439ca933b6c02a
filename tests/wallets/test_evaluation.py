"""Figures against known wallets: by counting every pair, and on a chain small enough to check."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.errors import StageError
from inktrace.params import ChangeParams
from inktrace.progress import silent
from inktrace.wallets import evaluate_wallets
from inktrace.wallets.cluster_figures import cluster_figures
from inktrace.wallets.shares import counted_share
from tests.wallets.change_chain import Tx, chain


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=14))
def test_pairs_are_those_of_counting_every_pair(places: list[tuple[int, int]]) -> None:
    cluster, owner = (np.array([one[at] for one in places], np.int64) for at in (0, 1))
    found = cluster_figures(cluster, owner)
    pairs = list(combinations(range(len(places)), 2))
    together = [(a, b) for a, b in pairs if cluster[a] == cluster[b]]
    wrong = sum(owner[a] != owner[b] for a, b in together)
    assert (found["pairs_together"], found["wrong_pairs"]) == (len(together), wrong)
    assert found["true_pairs"] == sum(owner[a] == owner[b] for a, b in pairs)
    if together:
        assert found["precision"]["value"] == pytest.approx(1 - wrong / len(together), abs=1e-6)
        assert found["precision"]["low"] <= found["precision"]["high"]
    else:
        assert found["precision"] is None


def test_intervals_are_wilsons() -> None:
    share = counted_share(0, 10)
    assert share is not None
    assert (share["low"], share["high"]) == (0.0, pytest.approx(0.27753, abs=1e-4))
    assert counted_share(81, 263)["high"] == pytest.approx(0.36622, abs=1e-4)
    assert counted_share(0, 0) is None


CHAIN = [
    Tx([("w-a1", 900_000), ("w-a2", 50_000)], [("p-b", 250_000), ("w-a3", 699_123)]),
    Tx([("w-a4", 900_000), ("w-b2", 50_000)], [("w-c", 949_000)]),  # two owners spend together
    Tx([("w-c1", 100_000)], [("w-unknown", 50_001), ("w-c2", 49_003)]),
]
OWNERS = {"w-a1": "a", "w-a2": "a", "w-a3": "a", "w-a4": "a", "p-b": "b", "w-b2": "b",
          "w-c": "c", "w-c1": "c", "w-c2": "c", "w-elsewhere": "d"}  # fmt: skip
TRUTH = pa.table({"address": list(OWNERS), "wallet": list(OWNERS.values())})


def tables() -> dict[str, pa.Table]:
    names = ["w-a1", "w-a2", "p-b", "w-a3", "w-a4", "w-b2", "w-c", "w-c1", "w-unknown", "w-c2"]
    number = {name: place for place, name in enumerate(names)}
    wallet = {**number, "w-a2": number["w-a1"], "w-b2": number["w-a4"]}
    return {
        "wallets": pa.table({"script_id": range(10), "wallet_id": [wallet[n] for n in names]}),
        "coinjoins": pa.table({"tx_id": [2], "verdict": ["undecided"], "rule": ["equal_outputs"]}),
        "change_outputs": pa.table(
            {"tx_id": [0], "vout": [1], "agreeing": [2], "probability_low": [0.9],
             "change_probability": [0.95], "measured_on": ["regtest"]}
        ),
        "likely_same_payer": pa.table(
            {"wallet_id_a": [0], "wallet_id_b": [3], "same_payer_probability": [0.97]}
        ),
    }  # fmt: skip


def test_clusters_change_and_coinjoins_are_counted_against_the_truth() -> None:
    with chain(CHAIN, **tables()) as relations:
        found = evaluate_wallets(relations, TRUTH, ChangeParams(), silent)
    assert found["truth"]["addresses_found"] == 9
    assert (found["clusters"]["pairs_together"], found["clusters"]["wrong_pairs"]) == (2, 1)
    wider = found["clusters_joined_by_change"]
    assert (wider["pairs_together"], wider["wrong_pairs"]) == (4, 1)
    change = found["change"]
    # The third transaction is listed as a CoinJoin, and the second has one output.
    assert (change["payments"], change["payments_with_change"]) == (1, 1)
    assert change["heuristics"]["script_type"]["precision"]["count"] == 1
    assert change["together"]["precision"]["value"] == 1.0
    assert change["together"]["by_agreeing"][0]["stated"] == 0.95
    against = found["coinjoins"]["against_truth"]
    assert against["several_owners"] == {"yes": 0, "undecided": 0, "no": 1}
    assert against["one_owner"] == {"yes": 0, "undecided": 1, "no": 1}
    assert found["coinjoins"]["found"]["value"] == 0.0


def test_without_a_file_the_actors_of_tags_are_the_truth() -> None:
    tags = pa.table(
        {"address": ["w-a1", "w-a2", "w-a2"], "label": ["x"] * 3, "actor": ["a", "b", "c"]}
    )
    with chain(CHAIN, tags=tags, **tables()) as relations:
        found = evaluate_wallets(relations, None, ChangeParams(), silent)
    assert found["truth"]["addresses_found"] == 1  # tags disagree on the other
    assert "NOT HELD OUT" in found["truth"]["held_out"]


def test_a_truth_of_other_addresses_is_refused() -> None:
    elsewhere = pa.table({"address": ["nowhere"], "wallet": ["a"]})
    with chain(CHAIN) as relations, pytest.raises(StageError, match="none of the known"):
        evaluate_wallets(relations, elsewhere, ChangeParams(), silent)
