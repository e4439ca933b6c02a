"""Explanations of payments in words and pictures: readable, and safe whatever names say."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from inktrace.casefile.attribution_words import drop_words, pair_words
from inktrace.casefile.law_drawing import laws_picture
from inktrace.casefile.law_words import law_words
from inktrace.casefile.payment_words import ad_words, factor_words

HOSTILE = "<script>alert(1)</script>‮&\"'\n=cmd()"
SVG = "{http://www.w3.org/2000/svg}"
MINUTE = 60_000_000


def candidate(**other):
    return {
        "txid": "ab" * 32, "vout": 1, "fiat_value": 7.02, "price": 7.0, "currency": "USD",
        "paid_over_price": 1.003, "ads_bought": 1, "background_outputs_expected": 6.2,
        "factors": {"delay": 0.54, "amount": -0.3, "rounding": 1.67, "till": -0.15,
                    "background": -0.79, "prior": -0.02, "other_prices": 0.0},
        "quote_age_s": 360,
        "rounding": {"trailing_zeros": 2, "share_of_payments": 0.93, "share_of_background": 0.02},
        "till": {"wallet_id": None, "share_of_payments": 0.3, "counts_as_any_wallet_id": None,
                 "counts_as_any_share": 0.0},
        "time_known_by": "first_seen", "first_seen_us": MINUTE, "earliest_us": MINUTE,
        "latest_us": MINUTE, "least_delay_s": 95.0, "most_delay_s": 95.0, "log10_lr": -0.57,
        "posterior_probability": 0.66, "competing_claims_log10": 0.0, "rival_ads": [],
        "observers": [], "attributions": [], "payer_wallet_id": 7, "payer_service": None,
        "what_would_change_it": {"probability_without_rival_claims": 0.66,
                                 "probability_if_surely_paid_in_bitcoin": 0.7},
        **other,
    }  # fmt: skip


def ad(*candidates, **other):
    return {
        "ad_id": "ad1", "site": "board.example", "posted_us": 10 * MINUTE, "author_id": "A-1",
        "posting_resolution_s": 60, "price_known": True, "is_free": False,
        "asking_prices": [{"price": 7.0, "currency": "USD", "ads_bought": 1,
                           "prior_probability": 0.95}],
        "window_before_s": 3600.0, "window_after_s": 90.0, "amount_tolerance": 0.04,
        "outputs_stored_for_its_time": True, "paid_share": 0.7, "law_is_weak": False,
        "payments_learned_from": 96.0, "candidates": list(candidates), "weaker_candidates": 2,
        "weaker_probability": 0.001, "none_probability": 0.08, **other,
    }  # fmt: skip


def law(**other):
    bins = [{"low": -60.0 + 60 * i, "high": 60.0 * i, "observed": 5 + i, "background": 5.0,
             "fitted": 6.0} for i in range(6)]  # fmt: skip
    amounts = [{"low": -0.02 + 0.01 * i, "high": -0.01 + 0.01 * i, "observed": 3,
                "background": 2.0, "fitted": 3.5} for i in range(4)]  # fmt: skip
    return {
        "site": "board.example", "ads": 120, "ads_learned_from": 100,
        "payments_learned_from": 60.2, "paid_share": 0.6, "posting_resolution_s": 60,
        "weak": False, "delay_law_s": {"0.05": -30.0, "0.5": 75.0, "0.95": 600.0},
        "amount_law_paid_over_price": {"0.05": 0.99, "0.5": 1.0, "0.95": 1.01},
        "quote": {"ages_s": [0, 180, 360], "age_shares": [0.0, 0.5, 0.5],
                  "zeros_shares": [0.04, 0.03, 0.93, 0.0, 0.0],
                  "zeros_shares_of_all_outputs": [0.89, 0.08, 0.02, 0.005, 0.005]},
        "tills": [],
        "in_the_middle": {"observed": 51, "background": 7.2, "most_in_a_decoy_round": 13.0,
                          "decoy_rounds": 10, "expected_by_the_law": 60.0},
        "delay": bins, "amount": amounts, **other,
    }  # fmt: skip


def everything(said):
    return " ".join(" ".join(v) if isinstance(v, list) else v for v in said.values())


def test_factors_are_told_with_their_parts_and_the_sum():
    said = ad_words(ad(candidate()))
    factors = " ".join(said["factors"])
    assert "95.0 s before the posting. 3.5 times as likely" in factors
    assert "Only one part in 2.0 as likely" in factors
    assert "about 6.2 outputs" in factors
    assert "log10 LR -0.57" in factors
    assert "probability 66.0%; none of these: 8.0%" in said["verdict"]
    assert "not proof" in said["caution"][-1]


def test_rounding_and_recipient_are_told_with_how_common_they_are():
    said = " ".join(factor_words(candidate(), ad()))
    assert (
        "the satoshi amount has two trailing zeros, as 93% of this site's payments have and 2.0% "
        "of all outputs (+1.67)"
    ) in said
    assert "pays none of the wallets that sites are known to be paid through, as 30%" in said
    assert "at the rate of about 6.0 min before it was paid" in said
    row = candidate(till=till(wallet_id=17, share_of_payments=0.7), quote_age_s=0)
    said = " ".join(factor_words(row, ad()))
    assert "pays wallet 17, which receives 70% of this site's payments (-0.15)" in said
    assert "2.0% of what that wallet receives" in said
    assert "outputs of that value to that wallet are to be expected" in said
    assert "at the rate of" not in said
    alone = candidate(till=till(share_of_payments=1.0))
    assert "no wallet is known" in " ".join(factor_words(alone, ad()))


def till(**other):
    return {**candidate()["till"], **other}


@pytest.mark.parametrize(("share", "says"), [(0.0004, "less than 0.1%"), (0.7, "70%")])
def test_a_till_that_counts_as_any_output_is_named_and_weighed_against_all(share, says):
    paid = till(counts_as_any_wallet_id=17, counts_as_any_share=share)
    said = " ".join(factor_words(candidate(till=paid), ad()))
    assert f"pays wallet 17, which receives {says} of this site's payments" in said
    assert "As one of the 30% that go to none of the wallets known" in said
    assert "an output like any other (-0.15)" in said
    assert "of all outputs (+1.67)" in said
    assert "of that value are to be expected" in said
    assert "pays none of the wallets" not in said


def test_what_the_other_way_to_be_paid_adds_is_told():
    # Log10 of 6.2 is 0.79; the background's part is 0.25 more than that.
    factors = {**candidate()["factors"], "background": -0.54}
    own = till(wallet_id=17, share_of_payments=0.7)
    said = " ".join(factor_words(candidate(till=own, factors=factors), ad()))
    assert (
        "may as well be an output like any other is counted with it and adds +0.25 (-0.54)" in said
    )
    any_ = till(counts_as_any_wallet_id=17, counts_as_any_share=0.2)
    said = " ".join(factor_words(candidate(till=any_, factors=factors), ad()))
    assert "may as well be a payment to that wallet is counted with it and adds +0.25" in said
    assert "may as well" not in " ".join(factor_words(candidate(), ad()))


@pytest.mark.parametrize(
    ("count", "says"), [(0, "no trailing zero,"), (1, "one trailing zero,"), (4, "four trailing")]
)
def test_zeros_are_told_in_words(count, says):
    rounding = {"trailing_zeros": count, "share_of_payments": 0.5, "share_of_background": 0.0001}
    said = " ".join(factor_words(candidate(rounding=rounding), ad()))
    assert f"has {says}" in said
    assert "less than 0.1% of all outputs" in said


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (ad(is_free=True, asking_prices=[]), "posting was free"),
        (ad(asking_prices=[], price_known=False), "is not known"),
        (ad(outputs_stored_for_its_time=False), "No transactions are stored for its time"),
        (ad(), "No output near its price and time"),
        (ad(candidate(), law_is_weak=True), "too few, so they are mostly the wide laws"),
        (ad(candidate(), posting_resolution_s=86_400), "too coarsely"),
        (
            ad(candidate(rival_ads=[{"ad_id": HOSTILE, "author_id": None,
                                     "posterior_probability": 0.4}],
                         competing_claims_log10=-0.3)),
            "leaves it 50% of its odds",
        ),
        (
            ad(candidate(attributions=[{"author_id": "A-1", "wallet_id": 7, "q_value": 0.004,
                                        "error_probability": 0.02,
                                        "probability_given_wallet": 0.9996}])),
            "(q = 0.004; probability that this one is false: 2.0%), its probability is more than",
        ),
    ],
)  # fmt: skip
def test_what_is_unsure_is_said(facts, says):
    assert says in everything(ad_words(facts))


def test_times_known_by_the_block_alone_are_intervals():
    row = candidate(time_known_by="block", first_seen_us=None, least_delay_s=-120.0,
                    most_delay_s=900.0)  # fmt: skip
    said = everything(ad_words(ad(row)))
    assert "between 15.0 min before and 2.0 min after (by its block only)" in said
    assert "A first-seen time of this transaction would place it exactly" in said


def test_hostile_names_lose_their_tricks():
    said = everything(ad_words(ad(candidate(payer_service=HOSTILE), ad_id=HOSTILE, site=HOSTILE)))
    assert "\u202e" not in said
    assert "\n" not in said


def pair(**other):
    return {
        "author_id": "A-1", "wallet_id": 7, "service": None, "is_service": False, "ads": 8,
        "wallet_transactions": 11, "log10_lr": 18.0, "q_value": 0.0056, "share": 0.54,
        "transactions_matched": 6, "ads_matched": 6, "least_transactions": 2,
        "private_payers": 940, "error_probability": 0.021, "held_to_prior_odds": False,
        "stray_probability": 0.004,
        "score_at_q": {"0.05": 4.35, "0.10": None}, "named_up_to_q": 0.05,
        "matches_before_competition": 6, "unmatched_transactions": {"total": 5, "rows": []},
        "unmatched_ads": [{"why": "no_candidate"}, {"why": "no_candidate"}],
        "drop_one": [
            {"without": "ad", "dropped": "ad9", "log10_lr": 14.3, "transactions": 5, "ads": 5,
             "q_value": 0.006, "survives": True},
            {"without": "transaction", "dropped": "ab", "log10_lr": 2.3, "transactions": 5,
             "ads": 5, "q_value": 0.2, "survives": False},
            {"without": "delay", "dropped": None, "log10_lr": 1.3, "transactions": 1, "ads": 1,
             "q_value": None, "survives": False},
        ],
        **other,
    }  # fmt: skip


def test_whether_it_survives_is_said_plainly():
    facts = pair()
    said = [drop_words(facts, row) for row in facts["drop_one"]]
    assert said[0] == (
        "Without its best ad (ad9): log10 LR 14.30, q = 0.006, at most 0.05: it survives."
    )
    assert said[1].endswith("q = 0.2, above 0.05: it does not survive.")
    assert "only 1 transaction for 1 ad would match, where 2 are needed" in said[2]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (pair(), "2 ads without a match: no payment of this wallet fits"),
        (pair(held_to_prior_odds=True), "prior odds of one in 940 wallets"),
        (pair(), "Probability that this one is false: 2.1%"),
        (pair(stray_probability=0.123), "in this author's group, with probability 12.3%"),
        (pair(q_value=None), "It is not named: fewer than 2 transactions"),
        (pair(log10_lr=None, drop_one=[], matches_before_competition=0), "Nothing ties the two"),
        (pair(log10_lr=None, drop_one=[]), "explained better by another author"),
        (pair(service=HOSTILE, is_service=True), "only the service can tell"),
    ],
)
def test_attributions_are_told_in_words(facts, says):
    said = everything(pair_words(facts))
    assert says in said
    assert "\u202e" not in said


def test_quotes_and_tills_of_a_site_are_told_and_drawn():
    tills = [{"wallet_id": number, "share": 0.1} for number in range(7)]
    said = law_words(law(tills=tills))
    assert any(
        line.startswith("Quote: the rate is 4.5 min old on average") and "93% of payments" in line
        for line in said
    )
    assert any("wallet 0 (10% of its payments)" in line and "2 more" in line for line in said)
    assert any("no wallet stands out" in line for line in law_words(law()))
    common = law()["quote"]["zeros_shares_of_all_outputs"]
    flat = {**law()["quote"], "age_shares": [1 / 3] * 3, "zeros_shares": common}
    assert any(
        "how old the rate is when it is paid does not show; amounts are about as round" in line
        for line in law_words(law(quote=flat))
    )
    drawn = laws_picture({"sites": [law(tills=tills)]})
    assert "two trailing zeros" in drawn
    assert "paid through wallet 0" in drawn


def test_weak_laws_say_so_in_words_and_in_the_picture():
    assert any("Weak" in line for line in law_words(law(weak=True)))
    assert not any("Weak" in line for line in law_words(law()))
    assert any("by the day" in line for line in law_words(law(posting_resolution_s=86_400)))
    assert "WEAK" in laws_picture({"sites": [law(weak=True)]})
    assert "WEAK" not in laws_picture({"sites": [law()]})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "Borne out: 51 outputs"),
        ({"observed": 13}, "NOT borne out"),
        ({"background": None, "most_in_a_decoy_round": None}, "Nothing tells"),
    ],
)
def test_whether_the_counts_bear_the_law_out_is_said(changed, says):
    told = law(in_the_middle={**law()["in_the_middle"], **changed})
    assert any(line.startswith(says) for line in law_words(told))
    assert ("NOT borne out" in laws_picture({"sites": [told]})) == bool(changed)


def test_the_picture_draws_each_count_over_its_background():
    root = ET.fromstring(laws_picture({"sites": [law()]}))  # noqa: S314 - our own
    bars = [one for one in root.iter(f"{SVG}rect") if "stroke-width" in one.attrib]
    assert len(bars) == 6 + 4
    heights = [float(bar.attrib["height"]) for bar in bars[:6]]
    assert heights == sorted(heights)
    assert len(set(heights)) == 6
    lines = list(root.iter(f"{SVG}polyline"))
    assert [("stroke-dasharray" in one.attrib) for one in lines] == [True, False] * 2
    level, fitted = (float(one.attrib["points"].split(",")[1].split()[0]) for one in lines[:2])
    assert fitted < level  # higher up


def test_an_axis_that_does_not_begin_at_nothing_says_so():
    high = [{**row, "observed": 1000 + row["observed"], "background": 1000.0, "fitted": 1003.0}
            for row in law()["delay"]]  # fmt: skip
    assert "the axis begins at" in laws_picture({"sites": [law(delay=high)]})
    assert "the axis begins at" not in laws_picture({"sites": [law()]})


@pytest.mark.parametrize(
    "laws",
    [
        [],
        [law(site=HOSTILE)],
        [law(delay=[], amount=[])],
        [law(delay=[{**row, "observed": 0, "background": 0.0, "fitted": 0.0}
                    for row in law()["delay"]])],
        [law(delay=[{**row, "fitted": float("nan")} for row in law()["delay"]])],
        [law(site=f"board{i}") for i in range(40)],
    ],
)  # fmt: skip
def test_any_site_and_any_counts_give_sound_svg(laws):
    svg = laws_picture({"sites": laws})
    ET.fromstring(svg)  # noqa: S314 - our own
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert svg == laws_picture({"sites": laws})
