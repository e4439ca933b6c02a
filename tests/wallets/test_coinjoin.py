"""CoinJoin rules one by one, on made transactions; and what must hold of every verdict."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin import RULES, coinjoin_verdicts
from tests.wallets.chain_tables import Side, chain_tables


def verdict(spent: Side, paid: Side, **params: float) -> tuple[str, str]:
    with Engine.in_memory(chain_tables([(spent, paid)])) as engine:
        found = coinjoin_verdicts(engine.relations(), WalletsParams(**params)).to_pylist()
    return (found[0]["verdict"], found[0]["rule"]) if found else ("no", "")


def fresh(values: list[int | None], name: str) -> Side:
    """Each value at a script of its own."""
    return [(value, f"{name}{at}") for at, value in zip(count(), values)]


def spent(*values: int | None) -> Side:
    return fresh(list(values), "in")


def paid(*values: int) -> Side:
    return fresh(list(values), "out")


POOL = 1_000_000


def test_whirlpool_mixes_coins_of_its_pool_and_coins_made_for_it() -> None:
    mixed = spent(POOL, POOL, POOL, POOL + 5_000, POOL + 5_000), paid(*[POOL] * 5)
    assert verdict(*mixed) == ("yes", "whirlpool")
    unknown = spent(*[None] * 5), paid(*[POOL] * 5)
    assert verdict(*unknown) == ("yes", "whirlpool")


def test_equal_outputs_of_a_pools_size_are_no_whirlpool_mix_with_other_inputs() -> None:
    rich = spent(POOL, POOL, POOL, POOL, 9 * POOL), paid(*[POOL] * 5)
    assert verdict(*rich) == ("undecided", "equal_outputs")


def test_a_tx0_is_one_owners_and_no_coinjoin() -> None:
    coins = spent(400_000, 300_000, 200_000, 100_000, 90_000)
    cut = paid(0, 5_000, 67_648, *[106_352] * 5)
    assert verdict(coins, cut) == ("no", "")
    without_data = paid(5_000, 67_648, *[106_352] * 5)
    assert verdict(coins, without_data)[0] == "undecided"


def test_wasabi_1_mixes_near_a_tenth_of_a_bitcoin() -> None:
    many = spent(*[12_000_000] * 12), paid(*[10_000_000] * 12, 5)
    assert verdict(*many) == ("yes", "wasabi1")


@pytest.mark.parametrize("side", ["in", "out"])
def test_what_deals_in_old_addresses_is_no_coordinators_mix(side: str) -> None:
    sides = {
        "in": fresh([12_000_000] * 12, "p2pkh in" if side == "in" else "in"),
        "out": fresh([10_000_000] * 12, "p2pkh out" if side == "out" else "out"),
    }
    assert verdict(sides["in"], sides["out"])[0] == "undecided"


STANDARD = (65_536, 65_536, 59_049, 59_049, 100_000, 200_000, 118_098)


def test_wasabi_2_pays_standard_amounts_from_many_inputs() -> None:
    assert verdict(spent(*[90_000] * 9), paid(*STANDARD, 77_777)) == ("yes", "wasabi2")


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([90_000] * 7, [*STANDARD, 77_777]),  # too few inputs
        ([90_000] * 9, [100_000, 100_000, 200_000, 50_000, 20_000]),  # round payments
        ([900_000] * 9, [*STANDARD[:4], *range(500_001, 500_009)]),  # mostly other amounts
    ],
)
def test_what_is_no_wasabi_2(inputs: list[int], outputs: list[int]) -> None:
    assert verdict(spent(*inputs), paid(*outputs))[1] != "wasabi2"


# Three makers and a taker mix 200,000 satoshi. Maker two brings two coins; fees are 40 each.
BROUGHT = (3_000_000, 400_000, 100_010, 900_000, 5_000_000)
TAKEN = (200_000, 200_000, 200_000, 200_000, 2_800_040, 300_050, 700_040, 4_799_000)


def test_joinmarket_lets_each_participant_take_what_it_brought() -> None:
    assert verdict(spent(*BROUGHT), paid(*TAKEN)) == ("yes", "joinmarket")


def test_a_sweeping_taker_has_no_change() -> None:
    brought, taken = (*BROUGHT[:4], 200_500), TAKEN[:-1]
    assert verdict(spent(*brought), paid(*taken)) == ("yes", "joinmarket")


def test_inputs_that_cannot_be_shared_out_are_no_joinmarket() -> None:
    changed = (*TAKEN[:4], 2_500_040, 600_050, *TAKEN[6:])
    assert verdict(spent(*BROUGHT), paid(*changed)) == ("undecided", "equal_outputs")


def test_coins_of_one_script_have_one_owner() -> None:
    # The same sums, but two makers would share a script.
    shared = [(value, f"in{at % 4}") for at, value in enumerate(BROUGHT)]
    assert verdict(shared, paid(*TAKEN))[0] != "yes"


def test_joinmarket_with_unknown_inputs_is_undecided() -> None:
    unknown = spent(*BROUGHT[:4], None)
    assert verdict(unknown, paid(*TAKEN)) == ("undecided", "joinmarket")


def test_very_many_inputs_prove_nothing_about_few_participants() -> None:
    crowd = [int(1_000_003 * (1 + at / 7)) for at in range(60)]
    taken = [5_000_000] * 4 + [sum(crowd) // 4 - 5_000_000 - at for at in range(4)]
    assert verdict(spent(*crowd), paid(*taken)) == ("undecided", "joinmarket")


def test_a_search_that_takes_too_long_is_given_up() -> None:
    crowd = [40_000_000 + 7_919 * at * at for at in range(24)]
    # Each participant brings two coins that no bound tells apart from others.
    pairs = list(zip(crowd[:12], crowd[12:], strict=True))
    taken = [1_000_000] * 12 + [one + other - 1_000_000 - 90 for one, other in pairs]
    asked = spent(*crowd), paid(*taken)
    assert verdict(*asked, joinmarket_search_steps=1000)[0] == "undecided"
    assert verdict(*asked)[0] in ("yes", "undecided")


def test_thousands_of_participants_cost_no_more_than_the_search_may() -> None:
    many = 4_000  # would take hours if every pair of participants were compared at every step
    brought = [1_000_000 + 13 * at for at in range(many)]
    taken = [500_000] * many + [500_000 + 13 * at - 40 for at in range(1, many + 1)]
    assert verdict(spent(*brought), paid(*taken))[0] == "undecided"


def test_equal_outputs_from_as_many_scripts_are_undecided() -> None:
    mixed = spent(*[90_000] * 9), paid(*[70_000] * 3, *range(1, 10))
    assert verdict(*mixed) == ("undecided", "equal_outputs")


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([(90_000, "a")] * 9, fresh([70_000] * 3, "out")),  # one script pays
        (fresh([90_000] * 2, "in"), fresh([70_000] * 3, "out")),  # two scripts pay three
        (fresh([90_000] * 9, "in"), [(70_000, "b")] * 3),  # one script is paid thrice
        (fresh([700] * 9, "in"), fresh([546] * 9, "out")),  # postage of inscriptions
        (fresh([90_000] * 9, "in"), fresh([70_000, 70_000, 5], "out")),
    ],
)
def test_ordinary_payments_are_no_coinjoins(inputs: Side, outputs: Side) -> None:
    assert verdict(inputs, outputs) == ("no", "")


values = st.integers(1, 10**8) | st.sampled_from([0, 546, 5_000, 100_000, 65_536, 59_049])


@settings(deadline=None, max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(values | st.none(), st.integers(0, 9) | st.none()), max_size=9),
            st.lists(st.tuples(values, st.integers(0, 30)), max_size=9),
        ),
        max_size=4,
    )
)
def test_verdicts_depend_on_nothing_but_the_transaction(chain: list[tuple[Side, Side]]) -> None:
    def told(made: list[tuple[Side, Side]]) -> list[tuple[int, str, str]]:
        with Engine.in_memory(chain_tables(made)) as engine:
            rows = coinjoin_verdicts(engine.relations(), WalletsParams()).to_pylist()
        return [(row["tx_id"], row["verdict"], row["rule"]) for row in rows]

    together = told(chain)
    turned = told([(spent_[::-1], paid_[::-1]) for spent_, paid_ in chain])
    assert together == turned
    alone = [(at, *rest) for at, one in enumerate(chain) for _, *rest in told([one])]
    assert together == alone


def test_each_rule_says_in_a_sentence_what_it_looks_at() -> None:
    said = [rule.__doc__ for _, _, rule in RULES]
    assert all(said)
    assert len(set(said)) == len(said)
