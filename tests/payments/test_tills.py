"""Marks of outputs, and tills: wallets that a site is paid through, found and weighed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.payments import fitting, scored_round, teaching
from inktrace.payments.background import measured_background
from inktrace.payments.marks import Marks, marks_of, zeros_shares
from inktrace.payments.rebuilt import Rebuilt, rebuilt, split_candidates, without_till
from inktrace.payments.setting import read_setting
from inktrace.payments.tills import (
    Received,
    frequent_tills,
    known_tills,
    measured_tills,
    no_tills,
)
from inktrace.payments.times import PaidOutputs
from inktrace.stage import StageResult

from .running import FAST
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


@pytest.mark.parametrize("rate", [0.05, 0.5, 2.0, 15.0])
def test_wallets_that_only_chance_pays_are_seldom_known(rate: float):
    rng = np.random.default_rng(0)

    def one_round() -> Received:
        return received({(g, w): float(rng.poisson(rate)) for g in range(2) for w in range(30)})

    found = [len(known_tills(one_round(), [one_round() for _ in range(4)], 30)) for _ in range(40)]
    # Two whole payments where a half was foretold are no wonder, but for four deviations.
    assert sum(found) < 0.02 * 40 * 60


def test_a_till_that_many_more_ads_meet_than_moved_ones_is_found_by_number():
    # Half 0: wallet 1 is met by 14 ads where moved ones meet 1.5; wallet 2, busy, by 60 and 61;
    # wallet 3 by 5 and by no moved ad, which is not yet enough. Half 1: wallet 2 as well.
    moved = [received({(0, 1): n, (0, 2): 61.0, (1, 2): 38.0}) for n in (1.0, 2.0)]
    real = received({(0, 1): 14.0, (0, 2): 60.0, (0, 3): 5.0, (1, 2): 44.0, (1, 4): 9.0})
    assert frequent_tills(real, moved, wallets=5).tolist() == [1, 4]
    assert frequent_tills(received({(0, 3): 6.0}), moved, wallets=5).tolist() == [3]
    # Seventy where 61 were foretold is nine more, but no wonder.
    more = received({(0, 2): 70.0})
    assert frequent_tills(more, moved, wallets=5).tolist() == []
    # Without moved ads nobody knows what is usual.
    assert frequent_tills(real, [], wallets=5).tolist() == []
    assert frequent_tills(received({}), moved, wallets=5).tolist() == []


@pytest.mark.parametrize("rate", [0.5, 5.0, 50.0])
def test_busy_wallets_that_moved_ads_meet_as_often_are_none(rate: float):
    rng = np.random.default_rng(1)
    busy = rate * rng.pareto(1.0, 30).clip(max=10)

    def one_round() -> Received:
        return received({(g, w): float(rng.poisson(busy[w])) for g in range(2) for w in range(30)})

    found = [
        len(frequent_tills(one_round(), [one_round() for _ in range(4)], 30)) for _ in range(20)
    ]
    # One in a million each, but for the noise of four moved rounds.
    assert sum(found) <= 2


def test_of_many_wallets_a_half_keeps_the_sixteen_that_stand_out_most():
    real = received({(0, w): 10.0 + w for w in range(20)})
    found = frequent_tills(real, [received({})], wallets=20)
    assert found.tolist() == list(range(4, 20))


def test_tills_are_found_by_number_before_any_law_and_the_busy_wallet_is_not(
    till_case: Case, till_scored: tuple[Engine, StageResult]
):
    setting, _ = read_setting(till_scored[0].relations(), FAST)
    assert len(setting.tills) == 0
    taught = teaching.taught_candidates(setting, teaching.law_sample(setting))
    setting = fitting.with_frequent_tills(setting, taught)
    assert setting.marks.wallets[setting.tills.codes].tolist() == till_case.tills


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


def test_the_scale_corrects_all_outputs_and_never_a_tills_own_receipts(known: Rebuilt):
    setting = known.setting
    scale = np.array([2.0, 3.0, 0.5, 1.5])
    scaled = replace(setting, scale=setting.scale * scale)
    found = scored_round.candidates_of(
        setting, np.arange(len(setting.asking)), setting.ads.posted_us
    )
    before, after = (one.evidence(found, known.group) for one in (setting, scaled))
    times = scale[setting.ads.site[before.ad]]
    assert after.background == pytest.approx(before.background * times)
    assert after.till_background.tolist() == before.till_background.tolist()
    to_till = before.till < len(setting.tills)
    assert np.isfinite(before.till_background[to_till]).all()
    assert np.isinf(before.till_background[~to_till]).all()
    # Twice the background: half the ratio of what pays no till; the part of a till's receipts,
    # and so between half and all of the ratio, stays.
    left = known.laws.ratio(after) * times / known.laws.ratio(before)
    assert left[~to_till] == pytest.approx(np.ones((~to_till).sum()))
    between = np.clip(left[to_till], np.minimum(times, 1)[to_till], np.maximum(times, 1)[to_till])
    assert left[to_till] == pytest.approx(between)
    assert (np.abs(left[to_till] - 1) > 0.1).mean() > 0.5


def test_a_candidate_to_a_till_is_told_as_the_likelier_of_its_two_ways(known: Rebuilt):
    setting, laws = known.setting, known.laws
    split = split_candidates(known, np.arange(len(setting.ads)))
    seen, wallets = split.marks, np.append(setting.marks.wallets[setting.tills.codes], -1)
    evidence = setting.evidence(split.candidates, known.group)
    group, till = evidence.group, evidence.till
    to_till = laws.till[group, till] / evidence.till_background
    to_any = laws.till[group, -1] / evidence.background
    as_till = to_till >= to_any
    assert seen.till_wallet.tolist() == np.where(as_till, wallets[till], -1).tolist()
    counts = ~as_till & (wallets[till] >= 0)
    assert seen.counts_as_any.tolist() == np.where(counts, wallets[till], -1).tolist()
    # Both happen here: sites have a till each, and customers of one pay others' too.
    assert as_till.sum() > 100
    assert counts.sum() > 10
    # What chance would bring is told of the way that is told, the other's part beside it.
    shares = setting.zeros_shares()[np.where(as_till, till, len(setting.tills)), evidence.zeros]
    rate = np.where(as_till, evidence.till_background, evidence.background) / shares
    sharp = split.candidates.least_delay_s == split.candidates.most_delay_s
    area = (split.expected / rate)[sharp]  # window (s) times tolerance, the same for all
    assert area == pytest.approx(np.full(len(area), np.median(area)), rel=1e-6)
    adds = split.parts["background"] + np.log10(split.expected)
    less, more = np.minimum(to_till, to_any), np.maximum(to_till, to_any)
    assert adds == pytest.approx(np.log10(1 + less / more), abs=1e-9)
    assert (adds <= np.log10(2) + 1e-9).all()


def test_without_rounding_each_way_is_as_round_as_what_it_stands_against(known: Rebuilt):
    # Zeros of payments like those of each way's own background: rounding then says nothing.
    setting = known.setting
    ads = np.arange(len(setting.ads))
    split = split_candidates(known, ads)
    same = np.full((len(setting.tills), len(setting.marks.zeros_share)), 1.0 / 5)
    even = replace(
        setting,
        tills=replace(setting.tills, zeros=same),
        marks=replace(setting.marks, zeros_share=same[0]),
    )
    laws = replace(known.laws, zeros=np.full_like(known.laws.zeros, 1.0 / 5))
    alike = split_candidates(Rebuilt(even, laws), ads)
    place = {pair: i for i, pair in enumerate(zip(alike.ad, alike.candidates.output, strict=True))}
    both = [
        (i, place[pair])
        for i, pair in enumerate(zip(split.ad, split.candidates.output, strict=True))
        if pair in place
        and split.parts["other_prices"][i] < 1e-12
        and alike.parts["other_prices"][place[pair]] < 1e-12
    ]
    one, other = np.array(both).T
    assert len(one) > 1000
    np.testing.assert_allclose(split.without["rounding"][one], alike.ratio[other], rtol=1e-9)


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
