"""What is said of an attribution is what the stage did; dropping a part costs what it carried."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import UsageError
from inktrace.payments import explained_pair
from inktrace.payments.drop_one import Competition, bayes_factor_by_share, dropped_one
from inktrace.payments.error_rates import Competitors
from inktrace.payments.evidence import Matches, pair_scores
from inktrace.stage import StageResult

from .running import KNOWN as PARAMS


def _named(engine: Engine, more: str = "") -> list[tuple]:
    return engine.rows(
        "SELECT author_id, wallet_id, log10_lr, q_value, ads_matched, transactions_matched, "
        "error_probability "
        f"FROM attributions WHERE method = 'inktrace' {more} ORDER BY log10_lr DESC"
    )


@pytest.fixture(scope="module")
def explained(attributed_engine: Engine) -> list[tuple[tuple, dict]]:
    """The strongest, the weakest and some other stored attributions, with their explanations."""
    named = _named(attributed_engine)
    chosen = [named[0], named[len(named) // 2], *named[-2:]]
    relations = attributed_engine.relations()
    return [(row, explained_pair(relations, row[0], row[1], PARAMS)) for row in chosen]


def test_scores_and_q_values_are_the_stored_ones(explained: list[tuple[tuple, dict]]):
    for (_, _, log10_lr, q_value, _, transactions, false), facts in explained:
        json.dumps(facts, allow_nan=False)
        assert facts["log10_lr"] == pytest.approx(log10_lr)
        assert facts["q_value"] == pytest.approx(q_value)
        assert facts["transactions_matched"] == transactions
        assert facts["error_probability"] == pytest.approx(false)
        assert facts["stored"]["q_value"] == q_value
        assert facts["stored"]["error_probability"] == false


def test_the_bayes_factor_is_the_mean_over_shares(explained: list[tuple[tuple, dict]]):
    for _, facts in explained:
        by_share = np.array([row["log10_bayes_factor"] for row in facts["by_share"]])
        assert np.log10(np.mean(10.0**by_share)) == pytest.approx(facts["log10_lr"])
        assert sum(row["probability"] for row in facts["by_share"]) == pytest.approx(1.0)


def test_links_are_the_stored_ones_and_their_factors_add_up(
    attributed_engine: Engine, explained: list[tuple[tuple, dict]]
):
    for (author, wallet, *_), facts in explained:
        stored = attributed_engine.rows(
            "SELECT ad_id, lower(hex(txid)), vout, l.log10_lr, posterior_probability "
            "FROM attribution_links l JOIN transactions USING (tx_id) WHERE method = 'inktrace' "
            "AND author_id = ? AND wallet_id = ?",
            [author, wallet],
        )
        expected = {row[:3]: row[3:] for row in stored}
        assert {(r["ad_id"], r["txid"], r["vout"]) for r in facts["links"]} == set(expected)
        for row in facts["links"]:
            told = (row["log10_lr"], row["posterior_probability"])
            assert told == pytest.approx(expected[row["ad_id"], row["txid"], row["vout"]])
            assert sum(row["factors"].values()) == pytest.approx(row["factor_log10"])


def test_every_ad_and_transaction_is_accounted_for(explained: list[tuple[tuple, dict]]):
    for (*_, ads_matched, transactions, _), facts in explained:
        assert len(facts["unmatched_ads"]) == facts["ads"] - ads_matched
        left = facts["unmatched_transactions"]
        assert left["total"] == facts["wallet_transactions"] - transactions == len(left["rows"])


def test_dropping_evidence_weakens_and_a_pair_of_two_ads_falls(
    explained: list[tuple[tuple, dict]], attributed_engine: Engine
):
    for _, facts in explained:
        whole = facts["log10_lr"]
        by_name = {row["without"]: row for row in facts["drop_one"]}
        assert set(by_name) == {"ad", "transaction", "amount", "delay", "rounding"}
        assert by_name["ad"]["log10_lr"] < whole
        assert by_name["transaction"]["log10_lr"] < whole
        assert by_name["ad"]["dropped"] in {row["ad_id"] for row in facts["links"]}
        assert by_name["transaction"]["dropped"] in {row["txid"] for row in facts["links"]}
    strongest = explained[0][1]
    assert all(row["survives"] for row in strongest["drop_one"])
    two = _named(attributed_engine, "AND transactions_matched = 2 AND ads_matched = 2")
    facts = explained_pair(attributed_engine.relations(), two[0][0], two[0][1], PARAMS)
    lost = {row["without"]: row for row in facts["drop_one"]}
    assert not lost["ad"]["survives"]
    assert lost["ad"]["q_value"] is None


def test_without_tills_is_asked_where_tills_are_known(till_scored: tuple[Engine, StageResult]):
    engine = till_scored[0]
    author, wallet, *_ = _named(engine)[0]
    facts = explained_pair(engine.relations(), author, wallet, PARAMS)
    lost = {row["without"]: row["log10_lr"] for row in facts["drop_one"]}
    assert set(lost) == {"ad", "transaction", "amount", "delay", "rounding", "till"}
    ways = ("wallet_id", "counts_as_any_wallet_id")
    to_till = [row["till"] for row in facts["links"] if any(row["till"][way] for way in ways)]
    assert to_till
    # Told as paying it or as paying anybody, never as both.
    assert not [till for till in to_till if all(till[way] is not None for way in ways)]
    for row in facts["links"]:
        assert sum(row["factors"].values()) == pytest.approx(row["factor_log10"])


def test_a_wallet_that_never_paid_this_author_is_told_so(attributed_engine: Engine):
    author = _named(attributed_engine)[0][0]
    lone = attributed_engine.rows(
        "SELECT min(wallet_id) FROM payers WHERE tx_id NOT IN (SELECT tx_id FROM "
        "payment_candidates WHERE round = 0)"
    )[0][0]
    facts = explained_pair(attributed_engine.relations(), author, lone, PARAMS)
    json.dumps(facts, allow_nan=False)
    assert facts["log10_lr"] is None
    assert facts["links"] == facts["drop_one"] == []
    assert len(facts["unmatched_ads"]) == facts["ads"]


def test_an_unknown_author_is_one_clear_line(attributed_engine: Engine):
    with pytest.raises(UsageError, match="there is no author 'A-none'"):
        explained_pair(attributed_engine.relations(), "A-none", 1, PARAMS)


def _pair(rows: list[tuple[int, int, int, float]], transactions: int = 10) -> Matches:
    """Matches of one author and one wallet: (ad, tx, ads bought, factor)."""
    ad, tx, bought, factor = (np.array(column) for column in zip(*rows, strict=True))
    same, ids = np.zeros(len(rows), dtype=np.int64), pa.array(["a", "b", "c", "d"])
    return Matches(
        round=same, is_decoy=same > 0, author=same, wallet=same, ad=ad, tx_id=tx, vout=same,
        ads_bought=bought, factor=factor.astype(float), wallet_transactions=same + transactions,
        is_service=same > 0, author_ids=ids, ad_ids=ids,
    )  # fmt: skip


def _competition(others, decoys, wallets=0) -> Competition:
    """Ten decoy rounds, authors that are known, and no bound on a single pair's error."""
    competitors = Competitors(np.array(decoys), 10, wallets, 1.0)
    return Competition(np.array(others), np.zeros(len(others)), competitors, 9, 1, 0.0, 2)


ALONE = _competition([3.0], [0.5, 1.0])


def _dropped(held: Matches, ads: int = 4) -> dict[str, dict]:
    ones = np.ones(len(held))
    families = {"amount": 0.1 * ones, "delay": 0.5 * ones, "rounding": 0.9 * ones}
    made = dropped_one(held, ads, families, ALONE, 0.1)
    return {row["without"]: row for row in made}


def test_the_best_ad_is_the_one_that_is_missed_most():
    held = _pair([(0, 1, 1, 900.0), (1, 2, 1, 90_000.0), (2, 3, 1, 500.0)])
    lost = _dropped(held)
    assert lost["ad"]["dropped"] == 1
    assert lost["transaction"]["dropped"] == 2
    # One ad of four gone: each other is paid with odds of one in three.
    left = _pair([(0, 1, 1, 900.0 * 4 / 3), (2, 3, 1, 500.0 * 4 / 3)])
    assert lost["ad"]["log10_lr"] == pytest.approx(pair_scores(left).log10_lr[0])
    fewer = _pair([(0, 1, 1, 900.0), (2, 3, 1, 500.0)], transactions=9)
    assert lost["transaction"]["log10_lr"] == pytest.approx(pair_scores(fewer).log10_lr[0])


def test_families_are_weakened_in_every_match():
    held = _pair([(0, 1, 1, 900.0), (1, 2, 1, 800.0)])
    lost = _dropped(held)
    for name, left in (("delay", 0.5), ("amount", 0.1), ("rounding", 0.9)):
        expected = pair_scores(held.kept(np.arange(2), factor=held.factor * left))
        assert lost[name]["log10_lr"] == pytest.approx(expected.log10_lr[0])


def test_half_a_joint_payment_falls_with_the_other_half():
    held = _pair([(0, 1, 2, 900.0), (1, 1, 2, 800.0)])
    lost = _dropped(held)
    assert lost["ad"]["transactions"] == 0
    assert lost["ad"]["log10_lr"] < 0
    assert not lost["ad"]["survives"]


def test_the_only_ad_dropped_leaves_a_wallet_that_matches_nothing():
    held = _pair([(0, 1, 1, 900.0)], transactions=5)
    lost = _dropped(held)["ad"]
    nothing = pair_scores(held.kept(np.arange(1), factor=np.zeros(1))).log10_lr[0]
    assert lost["log10_lr"] == pytest.approx(nothing)
    mean = np.mean(10.0 ** bayes_factor_by_share(held)[0])
    assert np.log10(mean) == pytest.approx(pair_scores(held).log10_lr[0])


def test_each_claim_of_a_joint_payment_counts_for_its_part_at_every_share():
    held = _pair([(0, 1, 2, 900.0), (1, 1, 2, 800.0), (2, 2, 1, 50.0)])
    by_share, shares = bayes_factor_by_share(held)
    gains = 1 - shares + shares * (900.0 + 800.0) / 2, 1 - shares + shares * 50.0
    assert by_share == pytest.approx(np.log10(gains).sum(axis=0) + 8 * np.log10(1 - shares))
    assert np.log10(np.mean(10.0**by_share)) == pytest.approx(pair_scores(held).log10_lr[0])


def test_competition_reads_q_values_as_the_stage_does():
    assert ALONE.q_value(2.0, 2, 2) == pytest.approx(1 / 10 / 2)
    assert ALONE.q_value(4.0, 2, 2) == pytest.approx(1 / 10 / 2)
    assert ALONE.q_value(0.7, 2, 2) == pytest.approx(2 / 10 / 2)
    assert ALONE.q_value(9.0, 1, 2) is None
    assert ALONE.threshold(0.1) == 3.0
    assert ALONE.threshold(0.01) is None


def test_prior_odds_hold_where_all_may_be_chance():
    nothing = _competition([3.0], np.arange(20) / 4, 900)
    assert nothing.held_to_prior_odds(4.0)
    assert nothing.q_value(2.0, 2, 2) == pytest.approx(900 / 1000)
    assert nothing.error_probability(2.0, 2, 2) >= nothing.q_value(2.0, 2, 2)
    assert nothing.error_probability(9.0, 2, 1) is None
    # The same where many pairs stand above all decoys: then decoys alone tell the rate.
    something = _competition(np.full(20, 6.0), np.arange(20) / 4, 900)
    assert not something.held_to_prior_odds(6.0)
    assert something.q_value(6.0, 2, 2) == pytest.approx(1 / 10 / 21)


def test_a_few_ads_of_many_make_a_pair_doubtful():
    known = ALONE.q_value(4.0, 2, 2)
    doubtful = replace(ALONE, author_ads=20, doubt=1.0)
    assert doubtful.q_value(4.0, 2, 2) > known
    assert doubtful.error_probability(4.0, 2, 2) > doubtful.error_probability(4.0, 9, 9)
    changing = replace(doubtful, author_wallets=6)
    assert changing.error_probability(4.0, 2, 2) < doubtful.error_probability(4.0, 2, 2)
    assert replace(ALONE, author_ads=2, doubt=1.0).q_value(4.0, 2, 2) == pytest.approx(known)


@given(
    others=st.lists(st.floats(-5, 50), max_size=8),
    decoys=st.lists(st.floats(-5, 50), max_size=8),
    scores=st.tuples(st.floats(-5, 50), st.floats(-5, 50)),
    wallets=st.integers(0, 1000),
)
def test_weaker_evidence_never_has_a_better_q_value(others, decoys, scores, wallets):
    # The local error is fitted anew for each score, so only the q-value itself is monotone.
    competing = _competition(others, decoys, wallets)
    weak, strong = (competing.q_value(score, 2, 2) for score in sorted(scores))
    assert weak is not None
    assert strong is not None
    assert 0 < strong <= weak <= 1
