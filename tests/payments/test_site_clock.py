"""Sites whose clock is wrong, and sites that wait for a confirmation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from inktrace.engine import Engine
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.site_clock import clock_of
from inktrace.payments.site_matches import Matches, firsts
from inktrace.stage import StageResult

from .running import FAST, score
from .simulated import Case, simulated_case

_US = 1_000_000
_HOUR_S = 3600


def shifted(case: Case, offset_s: dict[str, int]) -> Case:
    """The case with some sites' clocks ahead by so many seconds."""
    ads = case.tables["ads"]
    by = [offset_s.get(site, 0) * _US for site in ads["site"].to_pylist()]
    at = ads.schema.get_field_index("posted_us")
    moved = ads.set_column(at, "posted_us", pc.add(ads["posted_us"], pa.array(by, pa.int64())))
    return replace(case, tables={**case.tables, "ads": moved})


def waiting(case: Case, after_s: float = 20.0) -> Case:
    """The case with each paid ad posted so long (up to twice) after its payment's block."""
    tables = case.tables
    block = dict(
        zip(
            tables["transactions"]["tx_id"].to_pylist(),
            tables["transactions"]["block_time_us"].to_pylist(),
            strict=True,
        )
    )
    rng = np.random.default_rng(0)
    ads = tables["ads"]
    posted = [
        block[case.paid[ad][0]] + int(after_s * rng.uniform(1, 2) * _US) if ad in case.paid else us
        for ad, us in zip(ads["ad_id"].to_pylist(), ads["posted_us"].to_pylist(), strict=True)
    ]
    at = ads.schema.get_field_index("posted_us")
    moved = ads.set_column(at, "posted_us", pa.array(posted, pa.int64()))
    return replace(case, tables={**tables, "ads": moved})


def setting_of(case: Case) -> Setting:
    with case.engine() as engine:
        return read_setting(engine.relations(), FAST)[0]


def true_links(case: Case, made: StageResult, number: int = 0) -> float:
    """Share of paid ads whose payment is a candidate with at least an even chance."""
    rows = made.tables["payment_candidates"]
    rows = rows.filter(pc.equal(rows["round"], number)).to_pylist()
    found = {
        row["ad_id"]
        for row in rows
        if case.paid.get(row["ad_id"]) == (row["tx_id"], row["vout"])
        and row["posterior_probability"] >= 0.5
    }
    return len(found) / len(case.paid)


def law(made: StageResult, site: str, name: str) -> dict[str, Any]:
    for row in made.tables["payment_laws"].to_pylist():
        if (row["site"], row["name"]) == (site, name):
            return dict(json.loads(row["json"]))
    raise AssertionError(f"no row {name} of {site}")


@pytest.fixture(scope="module")
def plain() -> Case:
    return simulated_case(seed=21, authors=100)


def test_a_whole_sites_time_zone_is_found_told_and_followed(plain: Case):
    case = shifted(plain, {"site1": 8 * _HOUR_S, "site2": -19_800})
    made = score(case.engine())
    assert law(made, "site1", "clock")["offset_s"] == 8 * _HOUR_S
    assert law(made, "site2", "clock")["offset_s"] == -19_800
    assert law(made, "site0", "clock")["offset_s"] == law(made, "site3", "clock")["offset_s"] == 0
    told = [line for line in made.notes["warnings"] if "its clock seems" in line]
    assert [line.split(" (")[0] for line in told] == [
        "site1: its clock seems 8 h ahead",
        "site2: its clock seems 5 h 30 min behind",
    ]
    assert true_links(case, made) > true_links(plain, score(plain.engine())) - 0.05
    assert not any(true_links(case, made, number) for number in range(1, 11))
    left = score(case.engine(), replace(FAST, follow_site_clocks=False))
    assert true_links(case, left) < 0.6 * true_links(case, made)
    assert law(left, "site1", "clock")["followed"] is False
    assert law(left, "site1", "clock")["offset_s"] == 8 * _HOUR_S


@pytest.mark.parametrize("seed", [4, 8, 16])  # where bursts looked most like payments
def test_no_right_clock_is_corrected(seed: int):
    paid = simulated_case(seed=seed, authors=20, loners=20, background=3000, bursts=10)
    nobody = simulated_case(
        seed=seed, authors=20, loners=20, background=3000, bursts=30, payments=False
    )
    for case in (paid, nobody):
        setting = setting_of(case)
        assert [clock.offset_s for clock in setting.clocks] == [0, 0, 0, 0]
        assert not setting.waits.any()


def test_a_clock_minutes_behind_is_set_by_the_minute():
    case = shifted(simulated_case(seed=22, authors=100), {f"site{n}": -1200 for n in range(4)})
    setting = setting_of(case)
    # True delays are 150 to 510 s, so that the payments begin 11 to 18 minutes after the ads.
    assert all(-1260 <= clock.offset_s < -450 for clock in setting.clocks)
    assert true_links(case, score(case.engine())) > 0.5


def test_a_site_that_tells_hours_says_nothing_of_its_clock():
    case = simulated_case(seed=23, authors=10, loners=5, background=1000, resolution_s=3600)
    clocks = setting_of(shifted(case, {"site0": 8 * _HOUR_S})).clocks
    assert all(clock.offset_s == 0 and clock.p_value == 1.0 for clock in clocks)


def test_one_burst_is_no_time_zone():
    rng = np.random.default_rng(1)
    # Sixty outputs of one amount meet ads of one afternoon only; beyond it there is quiet.
    burst = np.sort(rng.uniform(6 * _HOUR_S, 6 * _HOUR_S + 200, 60))
    matches = Matches(400, np.full(60, 40), np.arange(60), burst, np.full(60, 0.001))
    assert clock_of(matches, 90, FAST).offset_s == 0
    spread = replace(matches, ad=np.arange(60) * 400 // 60)
    assert clock_of(spread, 90, FAST).offset_s == 6 * _HOUR_S


def test_an_output_counts_once_a_window():
    output = np.array([1, 1, 1, 2, 2])
    assert firsts(output, np.array([0, 0, 1, 1, 1])).tolist() == [0, 2, 3]
    assert firsts(output[:0], output[:0]).tolist() == []


def test_sites_that_wait_for_a_confirmation_count_from_the_block(plain: Case):
    case = waiting(plain)
    made = score(case.engine())
    left = score(case.engine(), replace(FAST, follow_confirmations=False))
    for number in range(4):
        assert law(made, f"site{number}", "delay_from")["from"] == "block"
        assert law(left, f"site{number}", "delay_from")["from"] == "first_seen"
    assert sum("wait for a confirmation" in line for line in made.notes["warnings"]) == 4
    assert true_links(case, made) > true_links(case, left)
    assert not any(true_links(case, made, number) for number in range(1, 11))
    rows = made.tables["payment_candidates"].to_pylist()
    delays = [
        row["delay_s"]
        for row in rows
        if case.paid.get(row["ad_id"]) == (row["tx_id"], row["vout"]) and not row["round"]
    ]
    assert np.median(delays) < 60


def test_outputs_without_a_block_are_no_candidates_of_a_site_that_waits(plain: Case):
    case = waiting(plain)
    rows = case.tables["transactions"]
    rng = np.random.default_rng(2)
    unknown = pa.array(rng.random(rows.num_rows) < 0.2)
    at = rows.schema.get_field_index("block_time_us")
    blocks = pc.if_else(unknown, pa.scalar(None, pa.int64()), rows["block_time_us"])
    tables = {**case.tables, "transactions": rows.set_column(at, "block_time_us", blocks)}
    engine = Engine.in_memory(tables)
    made = score(engine)
    assert law(made, "site0", "delay_from")["from"] == "block"
    missing = set(rows.filter(unknown)["tx_id"].to_pylist())
    sites = dict(
        zip(
            case.tables["ads"]["ad_id"].to_pylist(),
            case.tables["ads"]["site"].to_pylist(),
            strict=True,
        )
    )
    found = made.tables["payment_candidates"].to_pylist()
    assert found
    assert not [r for r in found if sites[r["ad_id"]] == "site0" and r["tx_id"] in missing]
