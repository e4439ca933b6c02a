"""The wallets stage on small ledgers: CoinJoins stay out, services are named, payers known."""

from __future__ import annotations

import pytest

from inktrace.params import WalletsParams
from tests.wallets.chain import run, tag


def wallet_of(found):
    return {row["script_id"]: row["wallet_id"] for row in found["wallets"]}


def test_spending_together_joins_and_every_script_has_a_wallet():
    found, _ = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])})
    assert wallet_of(found) == {0: 0, 1: 0, 2: 2, 3: 0, 4: 4}
    assert {row["tx_id"]: row["wallet_id"] for row in found["payers"]} == {0: 0, 1: 0}
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert (summary[0]["scripts"], summary[0]["transactions_out"]) == (3, 2)
    assert summary[2]["transactions_in"] == 1


def test_unknown_inputs_join_nothing():
    found, _ = run({0: ([None, 0], [(5, 2)]), 1: ([None], [(5, 1)])})
    assert wallet_of(found) == {0: 0, 1: 1, 2: 2}
    assert [row["tx_id"] for row in found["payers"]] == [0]


def test_coinjoins_are_left_out():
    mix = [(70_000, 10 + i) for i in range(3)] + [(i + 1, 30 + i) for i in range(9)]
    found, notes = run({0: (list(range(9)), mix)})
    assert [row["rule"] for row in found["coinjoins"]] == ["equal_outputs"]
    assert len(set(wallet_of(found).values())) == len(found["wallets"])
    assert found["payers"] == []
    assert notes["coinjoins"] == 1


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([0], [(500, 10 + i) for i in range(8)]),  # a payroll: one payer, equal amounts
        ([0, 1, 2], [(500, 10)] * 3),  # three payments to one script
        ([0, 1, 2, 3], [(500, 10), (500, 11), (7, 12)]),  # two equal outputs
    ],
)
def test_ordinary_payments_are_no_coinjoins(inputs, outputs):
    assert run({0: (inputs, outputs)})[0]["coinjoins"] == []


def test_a_tag_makes_a_service_of_the_whole_cluster_and_conflicts_are_shown():
    tags = [tag(0, "Mine"), tag(1, "Mine"), tag(3, "Yours")]
    found, _ = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])}, tags)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert summary[0]["service"] == "Mine"
    assert "2 of its addresses" in summary[0]["service_reason"]
    assert "1 other labels disagree" in summary[0]["service_reason"]
    assert summary[2]["service"] is None


def test_a_tag_of_harm_makes_no_service():
    found, _ = run({0: ([0, 1], [(5, 2)])}, [tag(0, "Locker", category="ransomware")])
    assert {row["service"] for row in found["wallet_summary"]} == {None}


def test_a_merge_of_two_tagged_actors_is_refused_and_listed():
    tags = [tag(0, "Mine", "mine"), tag(3, "Yours", "yours")]
    found, notes = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])}, tags)
    assert wallet_of(found)[0] != wallet_of(found)[3]
    assert [
        (row["tx_id"], row["actor_a"], row["actor_b"], row["reason"])
        for row in found["refused_merges"]
    ] == [(1, "mine", "yours", "actors")]
    assert notes["refused_merges"] == 1
    assert [row["tx_id"] for row in found["payers"]] == [0]


def test_a_wallet_that_pays_very_many_is_a_service_by_behaviour():
    transactions = {tx: ([0], [(tx + 1, 1 + tx), (9, 0)]) for tx in range(30)}
    params = WalletsParams(service_recipients=25, service_transactions=25)
    found, _ = run(transactions, params=params)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert summary[0]["service_confidence"] == "behaviour"
    assert "30 different scripts" in summary[0]["service_reason"]
    assert all(summary[one]["service"] is None for one in range(1, 31))


def test_two_large_clusters_are_not_joined_by_one_transaction():
    transactions = {0: ([0, 1, 2], [(5, 9)]), 1: ([3, 4, 5], [(5, 9)]), 2: ([0, 3], [(5, 9)])}
    found, _ = run(transactions, params=WalletsParams(refused_merge_scripts=3))
    assert {wallet_of(found)[script] for script in range(6)} == {0, 3}
    assert [(row["tx_id"], row["reason"]) for row in found["refused_merges"]] == [(2, "size")]
    assert found["refused_merges"][0]["actor_a"] is None
    assert [row["tx_id"] for row in found["payers"]] == [0, 1]


def test_sudden_growth_is_listed():
    transactions = {0: ([0, 1], [(5, 9)]), 1: ([2, 3], [(5, 9)]), 2: ([1, 2], [(5, 9)])}
    found, notes = run(transactions, params=WalletsParams(growth_alarm_scripts=4))
    assert found["growth_alarms"] == [
        {"tx_id": 2, "wallet_id": 0, "clusters": 2, "largest_before": 2, "scripts_after": 4}
    ]
    assert notes["growth_alarms"] == 1


def test_tags_that_disagree_are_all_shown_with_their_confidence():
    tags = [
        tag(0, "Mine", "mine"),
        tag(0, "Yours", "yours", confidence="web_crawl"),
        tag(2, "Ours"),
        tag(2, "ours by another name"),
        tag(4, "One", "same"),
        tag(4, "Another", "same"),
    ]
    found, notes = run({0: ([0, 1], [(5, 2), (5, 4)])}, tags)
    told = [
        (row["wallet_id"], row["kind"], row["actor"], row["label"], row["confidence"])
        for row in found["tag_conflicts"]
    ]
    assert told == [
        (0, "actors", "mine", "Mine", "service_data"),
        (0, "actors", "yours", "Yours", "web_crawl"),
        (2, "labels", None, "Ours", "service_data"),
        (2, "labels", None, "ours by another name", "service_data"),
    ]
    assert notes["tag_conflicts"] == 2


def test_activity_is_counted_once_per_transaction_and_partner():
    transactions = {
        0: ([0], [(5, 3), (5, 3), (5, 0)]),
        1: ([1], [(5, 3), (5, 4)]),
        2: ([0, 1], [(5, 3)]),
        3: ([2], [(5, 3), (5, 0)]),
    }
    found, _ = run(transactions)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    first, paid = summary[0], summary[3]
    assert (first["transactions_out"], first["transactions_in"]) == (3, 2)
    assert (first["recipients"], first["payers"]) == (2, 1)
    assert (first["outputs_in"], first["addresses_paid"]) == (2, 1)
    assert (paid["transactions_in"], paid["outputs_in"], paid["payers"]) == (4, 5, 2)
    assert first["first_us"] is None


def test_block_times_bound_a_wallets_life():
    times = {0: 5_000_000, 1: 9_000_000, 2: None}
    found, _ = run({0: ([0], [(5, 1)]), 1: ([1], [(5, 0)]), 2: ([0], [(5, 2)])}, times=times)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert (summary[0]["first_us"], summary[0]["last_us"]) == (5_000_000, 9_000_000)
    assert summary[2]["first_us"] is None


def test_very_many_payers_make_a_service_and_other_signs_are_added():
    day = 86_400_000_000
    transactions = {tx: ([tx + 1], [(9, 0)]) for tx in range(30)}
    params = WalletsParams(
        service_payers=25, service_transactions=25, service_outputs_per_address=20.0,
        service_life_days=20,
    )  # fmt: skip
    found, _ = run(transactions, params=params, times={tx: (tx + 1) * day for tx in range(30)})
    first = found["wallet_summary"][0]
    assert first["service_signs"] == "fan_in reuse life_span"
    assert first["service_confidence"] == "behaviour"
    assert first["service_reason"] == (
        "30 different wallets paid it in 30 transactions; its 1 paid addresses received "
        "30 outputs; it was active over 29 days"
    )


def test_reuse_alone_makes_no_service():
    transactions = {tx: ([1], [(9, 0)]) for tx in range(30)}
    params = WalletsParams(service_transactions=25, service_outputs_per_address=20.0)
    found, _ = run(transactions, params=params)
    first = found["wallet_summary"][0]
    assert (first["service"], first["service_signs"]) == (None, "reuse")


def test_an_empty_chain_gives_empty_tables():
    found, notes = run({})
    assert all(rows == [] for rows in found.values())
    assert notes["largest_cluster_scripts"] == 0
