"""The payments stage on simulated cases: what it finds, and what bad input does to it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from inktrace.engine import Engine
from inktrace.payments import STAGES, teaching
from inktrace.payments.rebuilt import rebuilt
from inktrace.payments.setting import read_setting
from inktrace.schema import TABLES
from inktrace.stage import StageResult

from .running import FAST, score
from .simulated import START_US, Case, simulated_case


def real_links(made: StageResult) -> pa.Table:
    rows = made.tables["payment_candidates"]
    return rows.filter(pc.equal(rows["round"], 0))


def test_stages_are_declared_over_known_tables():
    assert [stage.name for stage in STAGES] == ["payments", "attribution", "credit"]
    for stage in STAGES:
        assert set(stage.reads) | set(stage.writes) <= set(TABLES)


def test_results_have_the_columns_of_the_schema(scored: tuple[Engine, StageResult]):
    for name, rows in scored[1].tables.items():
        expected = [c.name for c in TABLES[name].columns if c.name != "run_id"]
        assert rows.schema.names == expected
        for column in TABLES[name].columns:
            if column.name != "run_id" and not column.nullable:
                assert rows[column.name].null_count == 0
        keys = list(TABLES[name].key)
        assert rows.group_by(keys).aggregate([]).num_rows == rows.num_rows


def test_notes_are_json(scored: tuple[Engine, StageResult]):
    json.dumps(scored[1].notes, allow_nan=False)


def test_true_payments_are_candidates_and_likely(case: Case, scored: tuple[Engine, StageResult]):
    links = real_links(scored[1]).to_pylist()
    found = {(r["ad_id"], r["tx_id"], r["vout"]): r["posterior_probability"] for r in links}
    true = [found.get((ad, *output), 0.0) for ad, output in case.paid.items()]
    false = [p for (ad, tx, vout), p in found.items() if case.paid.get(ad) != (tx, vout)]
    assert np.mean([p > 0 for p in true]) > 0.95
    assert np.mean(true) > 5 * np.mean(false)


def test_posteriors_are_calibrated(case: Case, scored: tuple[Engine, StageResult]):
    links = real_links(scored[1]).to_pylist()
    p = np.array([row["posterior_probability"] for row in links])
    true = np.array([case.paid.get(r["ad_id"]) == (r["tx_id"], r["vout"]) for r in links])
    for low, high in ((0.05, 0.4), (0.4, 0.8), (0.8, 1.01)):
        band = (p >= low) & (p < high)
        error = 3 * np.sqrt(0.25 / band.sum()) + 0.05
        assert abs(true[band].mean() - p[band].mean()) < error


def test_posteriors_of_an_ad_sum_to_at_most_one(scored: tuple[Engine, StageResult]):
    sums = (
        scored[1]
        .tables["payment_candidates"]
        .group_by(["round", "ad_id"])
        .aggregate([("posterior_probability", "sum")])
    )
    assert pc.max(sums["posterior_probability_sum"]).as_py() <= 1 + 1e-9


def test_no_decoy_meets_its_own_payment(case: Case, scored: tuple[Engine, StageResult]):
    rows = scored[1].tables["payment_candidates"]
    decoys = rows.filter(pc.greater(rows["round"], 0)).to_pylist()
    assert decoys
    assert not any(case.paid.get(r["ad_id"]) == (r["tx_id"], r["vout"]) for r in decoys)


def test_delay_law_is_learned(scored: tuple[Engine, StageResult]):
    rows = scored[1].tables["payment_laws"].to_pylist()
    medians = []
    for row in rows:
        if row["name"] == "delay":
            law = json.loads(row["json"])
            mass = np.array(law["density_per_s"]) * np.diff(law["edges_s"])
            assert mass.sum() == pytest.approx(1, abs=1e-3)
            medians.append(float(np.interp(0.5, np.cumsum(mass), law["edges_s"][1:])))
    # True medians are 150, 270, 390 and 510 s, less half a minute of rounding; each site has
    # but about fifty payments.
    assert medians == sorted(medians)
    assert 80 < medians[0] < 260
    assert 300 < medians[3] < 660


def test_row_order_does_not_matter(case: Case, scored: tuple[Engine, StageResult]):
    rng = np.random.default_rng(0)
    shuffled = {
        name: rows.take(rng.permutation(rows.num_rows)) for name, rows in case.tables.items()
    }
    again = score(replace(case, tables=shuffled).engine())
    for name, rows in again.tables.items():
        assert rows.equals(scored[1].tables[name])
    assert again.notes == scored[1].notes


def test_missing_first_seen_uses_the_block_interval():
    case = simulated_case(seed=5, authors=10, loners=5, background=1500, missing=1.0)
    made = score(case.engine())
    assert made.notes["transactions_first_seen"] == 0
    found = {(r["ad_id"], r["tx_id"], r["vout"]) for r in real_links(made).to_pylist()}
    true = {(ad, *output) for ad, output in case.paid.items()}
    assert len(found & true) > 0.8 * len(true)


def test_first_seen_long_after_the_block_is_not_trusted():
    case = simulated_case(seed=6, authors=5, loners=0, background=300, missing=0.0)
    late = case.tables["first_seen"].set_column(
        1,
        "first_seen_us",
        pc.add(case.tables["first_seen"]["first_seen_us"], 5 * 3_600_000_000),
    )
    made = score(replace(case, tables={**case.tables, "first_seen": late}).engine())
    assert made.notes["first_seen_after_block"] == made.notes["transactions_timed_by_block"] > 0


def test_transactions_without_any_time_are_counted_and_left_out():
    case = simulated_case(seed=6, authors=5, loners=0, background=300, missing=0.5)
    timeless = case.tables["transactions"].drop_columns(["block_time_us"])
    made = score(replace(case, tables={**case.tables, "transactions": timeless}).engine())
    assert made.notes["transactions_timed_by_block"] == 0
    assert made.notes["transactions_without_time"] > 0


def test_price_gaps_and_bad_prices_leave_outputs_without_value():
    case = simulated_case(seed=7, authors=8, loners=0, background=500)
    prices = case.tables["prices"]
    hours = pc.divide(pc.subtract(prices["time_us"], START_US), 3_600_000_000)
    holed = prices.filter(pc.or_(pc.less(hours, 24), pc.greater(hours, 72)))
    bad = pa.table(
        {
            "time_us": [START_US + h * 3_600_000_000 for h in (30, 40, 50)],
            "currency": ["USD"] * 3,
            "price": [0.0, -5.0, float("nan")],
        }
    )
    made = score(
        replace(case, tables={**case.tables, "prices": pa.concat_tables([holed, bad])}).engine()
    )
    assert made.notes["outputs_without_fiat_value"]["USD"] > 50
    gap = (START_US + 26 * 3_600_000_000, START_US + 71 * 3_600_000_000)
    tx = case.tables["transactions"].to_pydict()
    blocks = dict(zip(tx["tx_id"], tx["block_time_us"], strict=True))
    times = [blocks[row["tx_id"]] for row in real_links(made).to_pylist()]
    assert times
    assert not [t for t in times if gap[0] + 3_600_000_000 * 3 < t < gap[1]]


def test_ads_without_price_use_their_sites_price_points():
    case = simulated_case(seed=8, authors=10, loners=0, background=500)
    ads = case.tables["ads"]
    price = [p if i % 3 else None for i, p in enumerate(ads["price_minor"].to_pylist())]
    at = ads.schema.get_field_index("price_minor")
    changed = ads.set_column(at, "price_minor", pa.array(price, pa.int64()))
    made = score(replace(case, tables={**case.tables, "ads": changed}).engine())
    assert made.notes["ads_without_price"] == price.count(None)
    assert made.notes["ads_without_any_asking_price"] == 0
    unpriced = {a for a, p in zip(ads["ad_id"].to_pylist(), price, strict=True) if p is None}
    assert unpriced & set(real_links(made)["ad_id"].to_pylist())
    none = ads.set_column(at, "price_minor", pa.nulls(ads.num_rows, pa.int64()))
    made = score(replace(case, tables={**case.tables, "ads": none}).engine())
    assert made.notes["ads_without_any_asking_price"] == ads.num_rows
    assert made.tables["payment_candidates"].num_rows == 0


def test_date_only_feed_widens_the_window_and_says_weak():
    case = simulated_case(
        seed=9, authors=10, loners=5, background=1500, resolution_s=86_400, days=20
    )
    made = score(case.engine())
    assert any("told only by the day; weak" in line for line in made.notes["warnings"])
    found = {(r["ad_id"], r["tx_id"], r["vout"]) for r in real_links(made).to_pylist()}
    true = {(ad, *output) for ad, output in case.paid.items()}
    assert len(found & true) > 0.7 * len(true)
    decoys = made.tables["payment_candidates"].filter(
        pc.greater(made.tables["payment_candidates"]["round"], 0)
    )
    assert not {(r["ad_id"], r["tx_id"], r["vout"]) for r in decoys.to_pylist()} & true


def test_ads_outside_the_covered_time_have_no_candidates():
    case = simulated_case(seed=10, authors=10, loners=0, background=500)
    ads = case.tables["ads"]
    at = ads.schema.get_field_index("posted_us")
    early = ads.set_column(at, "posted_us", pc.subtract(ads["posted_us"], 40 * 86_400_000_000))
    made = score(replace(case, tables={**case.tables, "ads": early}).engine())
    assert made.tables["payment_candidates"].num_rows == 0


def test_ads_before_the_first_transaction_have_no_candidates_and_harm_nobody():
    case = simulated_case(seed=10, authors=10, loners=0, background=500)
    ads = case.tables["ads"]
    at = ads.schema.get_field_index("posted_us")
    first = pc.min(case.tables["first_seen"]["first_seen_us"]).as_py()
    times = ads["posted_us"].to_pylist()
    times[0] = first - 3_600_000_000
    early = ads.set_column(at, "posted_us", pa.array(times, pa.int64()))
    made = score(replace(case, tables={**case.tables, "ads": early}).engine())
    found = set(made.tables["payment_candidates"]["ad_id"].to_pylist())
    assert ads["ad_id"][0].as_py() not in found
    assert found


def test_negative_delays_inside_the_clock_slack_are_found():
    case = simulated_case(seed=11, authors=10, loners=0, background=500, resolution_s=1)
    outputs = case.tables["transactions"]
    seen = case.tables["first_seen"]
    tx_of = dict(zip(outputs["txid"].to_pylist(), outputs["tx_id"].to_pylist(), strict=True))
    posted = dict(
        zip(
            case.tables["ads"]["ad_id"].to_pylist(),
            case.tables["ads"]["posted_us"].to_pylist(),
            strict=True,
        )
    )
    after = {tx: posted[ad] + 10_000_000 for ad, (tx, _) in case.paid.items()}
    times = [
        after.get(tx_of[txid], us)
        for txid, us in zip(
            seen["txid"].to_pylist(), seen["first_seen_us"].to_pylist(), strict=True
        )
    ]
    moved = seen.set_column(1, "first_seen_us", pa.array(times, pa.int64()))
    made = score(replace(case, tables={**case.tables, "first_seen": moved}).engine())
    found = [r for r in real_links(made).to_pylist() if r["delay_s"] < -5]
    true = [r for r in found if case.paid.get(r["ad_id"]) == (r["tx_id"], r["vout"])]
    # Those whose first-seen time is missing keep their block's interval; pairs wait a minute.
    assert len(true) > 0.6 * len(case.paid)


@pytest.mark.parametrize("empty", ["ads", "outputs", "prices", "first_seen", "transactions", "all"])
def test_empty_tables_give_empty_results_not_errors(empty: str):
    case = simulated_case(seed=12, authors=3, loners=2, background=100)
    tables = {k: v for k, v in case.tables.items() if empty not in (k, "all")}
    made = score(Engine.in_memory(tables), FAST)
    if empty not in ("first_seen",):
        assert made.tables["payment_candidates"].num_rows == 0
    json.dumps(made.notes, allow_nan=False)


def test_ads_given_twice_do_not_compete_for_their_payment():
    case = simulated_case(seed=8, authors=8, loners=0, background=800)
    ads = case.tables["ads"]
    texts = [f"a room with a view of the harbour and the hills, number {i}" for i in ads["ad_id"]]
    ads = ads.set_column(ads.schema.get_field_index("text"), "text", pa.array(texts))
    ids = pa.array([f"{ad_id}-again" for ad_id in ads["ad_id"].to_pylist()])
    again = ads.set_column(ads.schema.get_field_index("ad_id"), "ad_id", ids)
    once = score(replace(case, tables={**case.tables, "ads": ads}).engine())
    both = pa.concat_tables([ads, again])
    twice = score(replace(case, tables={**case.tables, "ads": both}).engine())
    assert twice.notes["ads_by_action"]["duplicate"] == ads.num_rows

    def likely(made: StageResult) -> float:
        links = real_links(made).to_pylist()
        return sum(
            r["posterior_probability"]
            for r in links
            if case.paid.get(r["ad_id"]) == (r["tx_id"], r["vout"])
        )

    assert not [r for r in real_links(twice).to_pylist() if r["ad_id"].endswith("-again")]
    assert likely(twice) > 0.95 * likely(once)
    # Rows given twice are in neither half of those that learn: the same ads teach each half.
    laws = [
        [json.loads(row["json"]) for row in made.tables["payment_laws"].to_pylist()
         if row["name"] == "half_laws" and row["site"] != "*"]
        for made in (once, twice)
    ]  # fmt: skip
    taught = [[[half["ads"] for half in site["halves"]] for site in told] for told in laws]
    assert taught[0] == taught[1]


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_both_halves_of_a_site_teach_alike_however_few_may_teach(case: Case, times: int):
    sites = case.tables["ads"]["site"].value_counts().to_pylist()
    most = max(row["counts"] for row in sites) // times
    setting, _ = read_setting(case.engine().relations(), replace(FAST, law_ads=most))
    ads, sample = setting.ads, teaching.law_sample(setting)
    for site in range(len(ads.sites)):
        halves = np.bincount(ads.fold[sample][ads.site[sample] == site], minlength=2)
        assert abs(halves[0] - halves[1]) <= 1
        assert min(most, (ads.site == site).sum()) - 3 <= halves.sum() <= most


def test_a_bound_on_candidates_raises_the_bar_and_the_explanation_knows_it(case: Case):
    free, engine = score(case.engine()), case.engine()
    rows = free.tables["payment_candidates"].num_rows
    bound = score(engine, replace(FAST, most_candidates=rows // 3)).tables
    kept = bound["payment_candidates"]
    assert rows // 6 < kept.num_rows < rows // 2
    bar = rebuilt(engine.relations()).setting.least_log10_lr
    assert kept["log10_lr"].to_numpy().min() >= bar > FAST.least_log10_lr

    # The same ones at the same scores, without the weakest; those still count as "none of these".
    def scores(table: pa.Table) -> dict[tuple, tuple[float, float]]:
        key = ("round", "ad_id", "tx_id", "vout")
        return {
            tuple(row[name] for name in key): (row["log10_lr"], row["posterior_probability"])
            for row in table.to_pylist()
            if row["ads_bought"] == 1 and row["log10_lr"] >= bar + 0.5
        }

    before, after = scores(free.tables["payment_candidates"]), scores(kept)
    assert before.keys() == after.keys()
    for key, (log10_lr, posterior) in after.items():
        assert log10_lr == pytest.approx(before[key][0], abs=0.1)
        assert posterior == pytest.approx(before[key][1], abs=0.1)
