"""A world is reproducible, holds together, and its truth is true."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.errors import InputError, UsageError
from inktrace.world import WorldParams, make_world, plant_into, world_digest, write_world
from inktrace.world.ledger import Coin, Transaction

SMALL = WorldParams(seed=5, authors=30, ads=300, transactions=3_000, days=4, background_owners=300)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "small"
    write_world(make_world(SMALL), folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def chain(folder: Path) -> list[dict]:
    with (folder / "chain.jsonl.zst").open("rb") as raw:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), encoding="utf-8")
        return [json.loads(line) for line in text]


def test_the_same_seed_gives_the_same_bytes(small, tmp_path):
    write_world(make_world(SMALL), tmp_path / "again")
    assert world_digest(tmp_path / "again") == world_digest(small)


def test_another_seed_gives_another_world(small, tmp_path):
    other = WorldParams(**{**vars(SMALL), "seed": 6})
    write_world(make_world(other), tmp_path / "other")
    assert world_digest(tmp_path / "other") != world_digest(small)


def test_every_input_spends_an_earlier_output_once_and_values_conserve(small):
    outputs, spent = {}, set()
    for made in chain(small):
        for used in made["inputs"]:
            outpoint = (used["spent_transaction_hash"], used["spent_output_index"])
            assert outputs[outpoint] == (used["value"], used["addresses"])
            assert outpoint not in spent
            spent.add(outpoint)
        paid = sum(out["value"] for out in made["outputs"])
        assert made["is_coinbase"] or paid < sum(used["value"] for used in made["inputs"])
        for out in made["outputs"]:
            assert out["value"] > 0
            outputs[made["hash"], out["index"]] = (out["value"], out["addresses"])


def near_an_asked_price(params: WorldParams) -> float:
    """Share of a world's outputs worth within 1% of a price that one of its sites asks."""
    world = make_world(params)
    asked = np.array(sorted({ad.asked / world.sites[ad.site].per_usd for ad in world.ads}))
    paid = [(made.seen_s, coin.value) for made in world.transactions for coin in made.outputs]
    minute = [int((seen - world.prices_start) // 60) for seen, _ in paid]
    dollars = np.array([value for _, value in paid]) / 1e8 * world.prices[minute]
    return float((np.abs(dollars[:, None] / asked - 1) < 0.01).any(axis=1).mean())


def test_amounts_crowd_at_the_prices_that_sites_ask():
    # What other people pay is where the ads' payments are; else every rule looks good.
    apart = near_an_asked_price(WorldParams(**{**vars(SMALL), "price_point_share": 0.0}))
    assert near_an_asked_price(SMALL) > max(3 * apart, 0.25)


def test_blocks_follow_one_another(small):
    heights = [made["block_number"] for made in chain(small)]
    assert heights == sorted(heights)
    times = {made["block_number"]: made["block_timestamp"] for made in chain(small)}
    assert len(set(times)) > 100


def test_paid_ads_were_paid_what_the_site_asks_before_they_appeared(small):
    prices = {
        int(r["time"]): float(r["price"])
        for r in rows(small / "prices.csv")
        if r["currency"] == "USD"
    }
    values = {(m["hash"], o["index"]): o["value"] for m in chain(small) for o in m["outputs"]}
    seen = {r["txid"]: float(r["first_seen"]) for r in rows(small / "first_seen.csv")}
    ads = {r["ad_id"]: r for r in rows(small / "ads.csv")}
    paid = [r for r in rows(small / "truth" / "ads.csv") if r["txid"]]
    together = Counter(r["txid"] for r in paid)
    right = 0
    for truth in paid:
        ad = ads[truth["ad_id"]]
        rate = 56.0 if ad["currency"] == "PHP" else 1.0
        value = values[truth["txid"], int(truth["vout"])]
        moment = seen.get(truth["txid"])
        if moment is None or together[truth["txid"]] > 1:
            continue
        dollars = value / 1e8 * prices[int(moment) // 60 * 60]
        assert dollars == pytest.approx(float(ad["price"]) / rate, rel=0.08)
        right += 1
    assert right > 50


def test_truth_s_pairs_count_what_own_wallets_paid(small):
    paid = Counter(
        (r["author"], r["payer_owner"])
        for r in rows(small / "truth" / "ads.csv")
        if r["payer_owner"].startswith("payer")
    )
    pairs = {
        (r["author"], r["owner"]): int(r["paid_ads"]) for r in rows(small / "truth" / "pairs.csv")
    }
    assert pairs == dict(paid)
    assert sum(pairs.values()) > 50


def test_no_truth_leaks_into_the_inputs(small):
    names = set(rows(small / "ads.csv")[0])
    assert not names & {"author", "author_label", "txid", "payer_owner", "person"}


def test_texts_are_benign_and_short(small):
    unwanted = re.compile(
        r"\b(sex\w*|escort\w*|massage|nude|naked|erotic\w*|incall|outcall)\b", re.I
    )
    texts = [r["text"] for r in rows(small / "ads.csv")]
    assert not [text for text in texts if unwanted.search(text)]
    assert 60 < np.median([len(text) for text in texts]) < 600
    assert not [text for text in texts if re.search(r"\{\w+\}", text)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        WorldParams,
        seed=st.integers(0, 1000),
        authors=st.integers(1, 5),
        ads=st.integers(0, 30),
        days=st.integers(1, 3),
        transactions=st.integers(0, 60),
        sites=st.integers(1, 3),
        exchanges=st.integers(0, 2),
        coinjoins=st.integers(0, 2),
        background_owners=st.integers(1, 40),
        paying_share=st.sampled_from([0.0, 1.0]),
        minute_resolution=st.booleans(),
    )
)
def test_any_size_of_world_can_be_made(tmp_path_factory, params):
    folder = tmp_path_factory.mktemp("any")
    write_world(make_world(params), folder)
    assert len(rows(folder / "ads.csv")) == min(params.ads, max(params.ads, 0))


def test_values_out_of_range_are_refused():
    for values in (
        {"authors": "0"},
        {"paid_share": "1.5"},
        {"ads": "-1"},
        {"no_such": "1"},
        {"ads": "x"},
    ):
        with pytest.raises(UsageError):
            SMALL.with_values(values)


def test_real_transactions_become_the_background_each_once(tmp_path):
    parent = Transaction(
        "aa" * 32, 0.0, (Coin("cc" * 32, 0, 5_000, "51", "", "nonstandard"),),
        (Coin("aa" * 32, 0, 4_000, "0014" + "11" * 20, "", "witness_v0_keyhash"),), False,
    )  # fmt: skip
    child = Transaction(
        "bb" * 32, 0.0, parent.outputs, (Coin("bb" * 32, 0, 3_000, "51", "", "nonstandard"),), False
    )
    params = WorldParams(seed=3, authors=4, ads=20, days=2)
    world = plant_into(params, [child, parent])
    times = {made.txid: made.seen_s for made in world.background}
    assert times["aa" * 32] < times["bb" * 32]
    write_world(world, tmp_path)
    assert Counter(made["hash"] for made in chain(tmp_path))["bb" * 32] == 1


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        write_world(
            make_world(WorldParams(authors=1, ads=1, days=1, transactions=0)), tmp_path / "file"
        )


def test_worlds_know_nothing_of_the_stages():
    root = Path(__file__).parents[2] / "src" / "inktrace" / "world"
    for path in root.glob("*.py"):
        for name in ("authors", "payments", "wallets", "rings", "sources", "params import Params"):
            assert f"inktrace.{name}" not in path.read_text(encoding="utf-8"), path


HABITS = {
    "timed_bump_share": 0.3,
    "daily_repost_share": 0.2,
    "run_share": 0.3,
    "duplicate_share": 0.1,
    "unpriced_share": 0.4,
    "price_change_share": 1.0,
    "price_rules": True,
}


@pytest.fixture(scope="module")
def habits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "habits"
    write_world(make_world(WorldParams(**{**vars(SMALL), **HABITS})), folder)
    return folder


def test_habits_that_are_not_asked_for_leave_no_trace(small):
    told = json.loads((small / "truth" / "world.json").read_text())
    assert not set(told["parameters"]) & set(HABITS)
    assert not {"price_changes"} & set(told)
    assert not (small / "truth" / "repeats.csv").exists()
    assert not (small / "price_rules.toml").exists()


def test_repeats_stand_on_the_minute_unpaid_and_in_the_truth(habits):
    ads = {r["ad_id"]: r for r in rows(habits / "ads.csv")}
    truth = {r["ad_id"]: r for r in rows(habits / "truth" / "ads.csv")}
    repeats = rows(habits / "truth" / "repeats.csv")
    assert Counter(r["kind"] for r in repeats).keys() == {"bump", "duplicate"}
    for again in repeats:
        ad, of = ads[again["ad_id"]], ads[again["of_ad_id"]]
        assert (ad["text"], ad["site"], ad["city"]) == (of["text"], of["site"], of["city"])
        assert truth[again["ad_id"]]["paid"] == "0"
        late = np.datetime64(ad["posted_at"][:-1]) - np.datetime64(of["posted_at"][:-1])
        minutes = int(late / np.timedelta64(1, "m"))
        assert minutes == 0 if again["kind"] == "duplicate" else minutes % 60 in (0, 1)


def test_runs_of_ads_are_bought_with_one_payment_of_their_sum(habits):
    truth = [r for r in rows(habits / "truth" / "ads.csv") if r["txid"]]
    sizes = Counter(Counter(r["txid"] for r in truth).values())
    assert max(sizes) == 6
    assert sum(sizes[k] for k in range(3, 7)) > 5


def test_prices_change_once_and_some_are_not_told(habits):
    told = json.loads((habits / "truth" / "world.json").read_text())
    assert len(told["price_changes"]) == SMALL.sites
    prices = [r["price"] for r in rows(habits / "ads.csv")]
    assert 0.3 < sum(not price for price in prices) / len(prices) < 0.5


def test_the_file_of_rules_tells_what_the_ads_cost(habits):
    rules = tomllib.loads((habits / "price_rules.toml").read_text())["rule"]
    right = wrong = 0
    for ad in rows(habits / "ads.csv"):
        if not ad["price"]:
            continue
        posted = np.datetime64(ad["posted_at"][:-1])
        fits = [
            r
            for r in rules
            if (r["site"], r["category"]) == (ad["site"], ad["category"])
            and r.get("place", ad["city"]) == ad["city"]
            and ("from" not in r or posted >= np.datetime64(r["from"].replace(tzinfo=None)))
            and ("to" not in r or posted < np.datetime64(r["to"].replace(tzinfo=None)))
        ]
        asked = fits[-1]["price"]
        upsells = fits[-1].get("upsells", {})
        fit = float(ad["price"]) in {asked, *(round(asked + u, 2) for u in upsells.values())}
        right, wrong = right + fit, wrong + (not fit)
    # A price is asked when the author sets about it; ads near a change may appear after it.
    assert wrong < 0.1 * right
