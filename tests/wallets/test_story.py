"""What is told of a wallet adds up, and names each transaction that it rests on."""

from __future__ import annotations

from inktrace.params import WalletsParams
from inktrace.wallets import wallet_story
from tests.wallets.chain import HOUR, mix, stored, tag

DAY = 24 * HOUR
CHAIN = {
    0: ([9], [(70, 0), (5, 9)]),  # 9 pays the wallet, and itself change
    1: ([0, 1], [(30, 8), (20, 2)]),  # the wallet pays 8, and itself change
    2: ([1, 2], [(10, 8)]),
    3: mix([0, *range(21, 29)], first=3),
    4: ([3, 2], [(1, 9)]),
}


def test_flows_joins_coinjoins_and_services():
    times = {tx: DAY + tx * HOUR for tx in CHAIN}
    tags = [tag(8, "Exchange"), tag(8, "Another"), tag(1, "Me", category="user")]
    with stored(CHAIN, tags=tags, times=times) as engine:
        story = wallet_story(engine.relations(), 0)
    assert (story["scripts"], story["period"]) == (4, "hour")
    told = [(row["from_us"], row["in_sat"], row["out_sat"], row["mixed_in_sat"],
             row["mixed_out_sat"]) for row in story["flows"]]  # fmt: skip
    assert told == [
        (times[0], 70, 0, 0, 0),
        (times[1], 0, 30, 0, 0),
        (times[2], 0, 10, 0, 0),
        (times[3], 0, 0, 70_000, 1),
        (times[4], 0, 1, 0, 0),
    ]
    joined = [(row["address"], row["joined_with"], row["tx_id"]) for row in story["joins"]]
    assert joined == [
        ("address1", "address0", 1), ("address2", "address1", 2), ("address3", "address2", 4)
    ]  # fmt: skip
    assert story["joins"][0]["txid"] == (b"\x01" * 32).hex()
    assert [row["addresses"] for row in story["joined"]] == [1, 1, 1]
    assert [(row["rule"], row["put_in_sat"], row["got_out_sat"]) for row in story["coinjoins"]] == [
        ("equal_outputs", 1, 70_000)
    ]
    services = [(row["service"], row["direction"], row["transactions"], row["value_sat"])
                for row in story["services"]]  # fmt: skip
    assert services == [("Another", "is paid", 2, 40)]
    assert [row["label"] for row in story["tags"]] == ["Me"]
    assert story["tag_conflicts"] == []


def test_conflicts_alarms_and_refusals_of_the_wallet_are_told():
    chain = {0: ([0, 1], [(5, 9)]), 1: ([2, 3], [(5, 9)]), 2: ([1, 3], [(5, 9)]),
             3: ([4, 5], [(5, 9)]), 4: ([0, 4], [(5, 9)])}  # fmt: skip
    tags = [tag(0, "Mine", "mine"), tag(5, "Yours", "yours"), tag(1, "Theirs", "theirs"),
            tag(1, "Whose", "whose")]  # fmt: skip
    with stored(chain, WalletsParams(growth_alarm_scripts=4), tags=tags) as engine:
        story = wallet_story(engine.relations(), 0)
    assert [row["actor"] for row in story["tag_conflicts"]] == ["mine", "theirs", "whose"]
    assert [(row["tx_id"], row["scripts_after"]) for row in story["growth_alarms"]] == [(2, 4)]
    assert [(row["tx_id"], row["wallet_id_b"]) for row in story["refused_merges"]] == [(4, 4)]
    # Both wallets put something into the refused transaction.
    assert story["flows"][0]["mixed_out_sat"] == 1


def test_a_long_life_is_told_by_the_month_and_unknown_times_last():
    chain = {0: ([9], [(1, 0)]), 1: ([9], [(2, 0)]), 2: ([9], [(4, 0)]), 3: ([9], [(8, 0)])}
    times = {0: 31 * DAY, 1: 58 * DAY, 2: 400 * DAY}  # 1 and 28 February 1970, 5 February 1971
    with stored(chain, times=times) as engine:
        story = wallet_story(engine.relations(), 0)
    assert story["period"] == "month"
    assert [(row["from_us"], row["in_sat"]) for row in story["flows"]] == [
        (31 * DAY, 3), (396 * DAY, 4), (None, 8)
    ]  # fmt: skip
