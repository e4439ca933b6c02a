"""Marks of outputs, and tills: wallets that a site is paid through, found and weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.payments.background import measured_background
from inktrace.payments.marks import Marks, marks_of, zeros_shares
from inktrace.payments.rebuilt import Rebuilt, rebuilt, split_candidates, without_till
from inktrace.payments.tills import Received, known_tills, measured_tills, no_tills
from inktrace.payments.times import PaidOutputs
from inktrace.stage import StageResult

from .simulated import Case

DAY_US = 86_400_000_000


def outputs(value_sat, recipient, time_us=None) -> PaidOutputs:
    number = np.arange(len(value_sat), dtype=np.int64)
    time = number if time_us is None else np.asarray(time_us, dtype=np.int64)
    to = np.asarray(recipient, dtype=np.int64)
    return PaidOutputs(number, number * 0, np.asarray(value_sat, dtype=np.int64), time, time, to)


@given(st.lists(st.integers(1, 2_100_000_000_000_000), min_size=1, max_size=30))
def test_zeros_are_those_that_the_number_ends_in(values: list[int]):
    marks = marks_of(outputs(values, [-1] * len(values)))
    expected = [min(len(str(v)) - len(str(v).rstrip("0")), 4) for v in values]
    assert marks.zeros.tolist() == expected
    assert marks.zeros_share.sum() == pytest.approx(1)
    assert (marks.zeros_share > 0).all()


@given(st.lists(st.integers(-1, 6), max_size=80))
def test_recipients_are_wallets_that_receive_five_outputs_or_more(recipient: list[int]):
    marks = marks_of(outputs([1001] * len(recipient), recipient))
    often = sorted(w for w in set(recipient) if w >= 0 and recipient.count(w) >= 5)
    assert marks.wallets.tolist() == often
    told = [int(marks.wallets[code]) if code >= 0 else None for code in marks.recipient]
    assert told == [w if w in often else None for w in recipient]
    assert marks.recipient_share.tolist() == pytest.approx(
        [recipient.count(w) / len(recipient) for w in often]
    )


def received(counts: dict[tuple[int, int], float]) -> Received:
    """Probabilities (one row for each whole part and the rest) by (half of a site, code)."""
    rows = [
        (group, code, min(left, 1.0))
        for (group, code), total in counts.items()
        for left in np.arange(total, 0, -1)
    ]
    group, code, probability = zip(*rows, strict=True) if rows else ((), (), ())
    return Received(
        np.array(group, dtype=np.int64), np.array(code, dtype=np.int64), np.array(probability)
    )


def test_a_planted_till_is_found_and_a_busy_wallet_is_not():
    # Wallet 1 gets 12 likely payments of half 0 where moved ads meet 1; wallet 2 gets 40 in both.
    moved = [received({(0, 1): 1.0, (0, 2): 41.0, (1, 2): 38.0}) for _ in range(4)]
    real = received({(0, 1): 12.0, (0, 2): 40.0, (1, 2): 44.0, (1, 3): 1.5})
    assert known_tills(real, moved, wallets=5).tolist() == [1]
    assert known_tills(real, [], wallets=5).tolist() == []
    assert known_tills(received({}), moved, wallets=5).tolist() == []
    assert known_tills(real, [received({})], wallets=5).tolist() == [1, 2]


@given(st.integers(0, 10_000), st.integers(1, 30), st.floats(0.1, 30))
@settings(max_examples=60, deadline=None)
def test_wallets_that_only_chance_pays_are_seldom_known(seed: int, wallets: int, rate: float):
    rng = np.random.default_rng(seed)

    def one_round() -> Received:
        return received(
            {(g, w): float(rng.poisson(rate)) for g in range(2) for w in range(wallets)}
        )

    found = known_tills(one_round(), [one_round() for _ in range(4)], wallets)
    assert len(found) <= 2  # of at most sixty halves × wallets, beyond four deviations


def test_a_till_has_a_background_of_its_own():
    rng = np.random.default_rng(1)
    time = np.sort(rng.integers(0, 10 * DAY_US, 20_000))
    recipient = np.where(rng.random(20_000) < 0.05, 7, -1)
    value = np.where(recipient == 7, rng.integers(1, 10**5, 20_000) * 100, 10**7 + 3)
    paid = outputs(value, recipient, time)
    log_value = np.where(recipient == 7, np.log(10.0), rng.normal(3, 1, 20_000))
    marks = marks_of(paid)
    tills = measured_tills(np.array([0]), paid, [log_value], marks)
    mine = recipient == 7
    assert tills.share.tolist() == [pytest.approx(mine.mean())]
    assert tills.zeros[0].tolist() == zeros_shares(marks.zeros[mine]).tolist()
    assert tills.zeros[0, 2] > 0.8
    assert tills.of(np.array([0, -1, 0])).tolist() == [0, 1, 0]
    at, price = np.arange(1, 9) * DAY_US, np.full(8, np.log(10.0))
    alone = measured_background(time[mine], [log_value[mine]])
    own = tills.backgrounds[0].per_second(at, price, 0)
    assert own.tolist() == alone.per_second(at, price, 0).tolist()
    # At other prices it receives next to nothing, where other wallets do.
    other = tills.backgrounds[0].per_second(at, price + 1.0, 0)
    assert (other < own / 50).all()
    assert (other < measured_background(time, [log_value]).per_second(at, price + 1.0, 0)).all()


def test_without_tills_every_recipient_is_none():
    marks: Marks = marks_of(outputs([100] * 6, [3] * 6))
    assert len(no_tills(marks)) == 0
    assert no_tills(marks).of(marks.recipient).tolist() == [0] * 6
    none = measured_tills(np.empty(0, np.int64), outputs([100] * 6, [3] * 6), [], marks)
    assert none.zeros.shape == no_tills(marks).zeros.shape


@pytest.fixture(scope="module")
def known(till_scored: tuple[Engine, StageResult]) -> Rebuilt:
    """What the stage knew of a case whose sites are paid through tills."""
    return rebuilt(till_scored[0].relations())


def test_the_stage_finds_the_tills_and_not_the_busy_wallet(till_case: Case, known: Rebuilt):
    setting = known.setting
    found = setting.marks.wallets[setting.tills.codes].tolist()
    assert found == till_case.tills
    # The wallet that everybody pays receives hundreds of outputs and is none.
    (busy,) = set(setting.marks.wallets.tolist()) - set(found)
    at = setting.marks.wallets.tolist().index(busy)
    assert setting.marks.recipient_share[at] * len(setting.outputs) > 200


def test_only_what_pays_no_till_is_corrected_by_the_scale(known: Rebuilt):
    ads = np.arange(len(known.setting.ads))
    doubled = Rebuilt(_scaled(known, 2.0), known.laws)
    before, after = split_candidates(known, ads), split_candidates(doubled, ads)
    pays = {
        (int(a), int(o)): (w, b)
        for a, o, w, b in zip(
            before.ad,
            before.candidates.output,
            before.marks.till_wallet,
            before.parts["background"],
            strict=True,
        )
    }
    for a, o, b in zip(after.ad, after.candidates.output, after.parts["background"], strict=True):
        wallet, unscaled = pays[int(a), int(o)]
        expected = unscaled if wallet >= 0 else unscaled - np.log10(2)
        assert b == pytest.approx(expected)


def _scaled(known: Rebuilt, times: float):
    from dataclasses import replace

    return replace(known.setting, scale=known.setting.scale * times)


def test_laws_without_tills_weigh_all_alike(known: Rebuilt):
    alone = without_till(known)
    assert alone.laws.till.tolist() == [[1.0]] * len(known.laws.share)
    assert len(alone.setting.tills) == 0


def test_notes_and_laws_name_the_tills(till_case: Case, till_scored: tuple[Engine, StageResult]):
    import json

    rows = till_scored[1].tables["payment_laws"].to_pylist()
    told = {(row["site"], row["name"]): json.loads(row["json"]) for row in rows}
    lines = till_scored[1].notes["tills"]
    assert lines
    for line in lines:
        site = line.split(":")[0]
        own = told[site, "tills"]["tills"][0]
        assert own["wallet_id"] == till_case.tills[int(site.removeprefix("site"))]
        assert own["share"] > 0.5
        assert f"{own['wallet_id']} ({own['share']:.0%})" in line
        # Those payments are as round as the processor quotes them, and other outputs are not.
        quote = told[site, "quote"]
        assert quote["zeros_shares"][2] > 0.5 > 4 * quote["zeros_shares_of_all_outputs"][2]
        total = sum(till["share"] for till in told[site, "tills"]["tills"])
        assert total + told[site, "tills"]["share_elsewhere"] == pytest.approx(1, abs=1e-4)
