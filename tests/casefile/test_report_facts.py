"""What the report's sections rest on: rates, graphs, services, identities, features."""

from __future__ import annotations

import dataclasses
import json
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors import pair_features as pair_features_module
from inktrace.authors.pair_features import pair_features
from inktrace.casefile.background_drawing import background_picture
from inktrace.casefile.cluster_drawing import cluster_picture
from inktrace.casefile.gather import gather_case
from inktrace.casefile.identity_facts import gather_identities
from inktrace.casefile.legal_requests import service_contacts
from inktrace.casefile.prevalence import measured_log10_lr, posterior
from inktrace.casefile.report_pages.authorship import _share_above
from inktrace.casefile.report_pages.error_rates import (
    attribution_answers,
    prevalence_table,
    prior_table,
    support_words,
)
from inktrace.casefile.report_pages.indicators import indicators
from inktrace.casefile.report_pages.linked_ads import linked_ads
from inktrace.casefile.report_pages.model import Paragraph, Table, Together
from inktrace.casefile.report_pages.propositions import balance_table
from inktrace.casefile.report_pages.summary import summary
from inktrace.casefile.report_pages.wallets import wallets
from inktrace.casefile.wallet_graph import wallet_graphs
from inktrace.casefile.words import own_error, percent, short_rate
from inktrace.engine import Engine
from inktrace.progress import silent
from tests.casefile.conftest import _tables

probabilities = st.floats(1e-6, 1 - 1e-6)


def relations_of(**more):
    tables = {**_tables(), **more}
    return Engine.in_memory({n: pa.Table.from_pylist(r) for n, r in tables.items() if r})


def facts_of(**more):
    with relations_of(**more) as engine:
        return gather_case(engine.relations(), "L-1", silent)


@given(probabilities, probabilities)
def test_a_measured_lr_takes_the_prior_to_the_measured_error(error, prior):
    assert posterior(measured_log10_lr(error, prior), prior) == pytest.approx(1 - error)


@given(st.floats(-400, 400), probabilities)
def test_a_posterior_is_a_probability_and_grows_with_the_prior(lr, prior):
    here = posterior(lr, prior)
    assert 0.0 <= here <= 1.0
    assert posterior(lr, prior / 2) <= here
    assert posterior(0.0, prior) == pytest.approx(prior)


def test_a_share_is_never_rounded_to_what_it_is_not():
    assert percent(0.99999) == "above 99.99%"
    assert percent(0.00001) == "below 0.01%"
    assert percent(0.0) == "0%"
    assert percent(0.541) == "54.1%"
    assert percent(0.0056) == "0.56%"
    assert percent(0.9996) == "99.96%"
    assert own_error(0.9997) == "above 99.9%"
    assert short_rate(0.0, 5) == "q = 0: below what the decoys can measure, not nil"


def noted(pairs, decoys):
    runs = _tables()["runs"]
    notes = {"private": {"pairs": pairs, "decoy_pairs_per_round": decoys}}
    return facts_of(runs=[{**runs[0], "stage": "attribution", "notes": json.dumps(notes)}])


def test_words_of_support_follow_what_decoys_measured():
    # 400 of 1,000 compared pairs are more than decoys explain; the error is 3.12%.
    [answer] = attribution_answers(noted(1000, 600.0))
    odds = (1 - 0.0312) / 0.0312 / (0.4 / 0.6)
    assert answer.prior == pytest.approx(0.4)
    assert answer.lr == pytest.approx(math.log10(odds))
    assert support_words(answer).startswith("moderate support (LR about 47;")
    assert answer.computed == 6.5


def test_without_a_measurement_the_computed_support_says_so():
    [answer] = attribution_answers(facts_of())
    assert support_words(answer).endswith("as computed, not measured")
    assert prevalence_table(facts_of()).rows[0][1] == "not measured"


def test_the_first_page_tells_the_posterior_for_several_priors():
    table = prevalence_table(noted(1000, 600.0))
    assert table.rows[0][1:] == ("40%", "more than 1,000,000", "about 47", "3.1%")


def large(count, fan=7):
    rows = [
        {"script_id": n, "wallet_id": 0, "rule": "co_spend", "address": f"bc1q{n}",
         "script_type": "p2wpkh", "joined_by_tx_id": n or None,
         "joined_with_script_id": n // 2 if n else None,
         "joined_by_txid": f"{n // fan:064x}" if n else None}
        for n in range(count)
    ]  # fmt: skip
    facts = facts_of()
    return dataclasses.replace(facts.trail, addresses=pa.Table.from_pylist(rows))


@pytest.mark.parametrize("count", [2, 30, 5000])
def test_each_address_hangs_on_one_before_it_by_a_numbered_union(count):
    [graph] = wallet_graphs(large(count))
    seen = set()
    for address, above, union in graph.tree:
        assert (above is None) == (union is None) == (not seen)
        assert above is None or above in seen
        seen.add(address)
    assert len(seen) == count
    assert sum(len(union.addresses) for union in graph.unions) == count - 1
    numbers = [union.number for union in graph.unions]
    assert numbers == list(range(1, len(numbers) + 1))
    sizes = [len(union.addresses) for union in graph.unions]
    assert sizes == sorted(sizes, reverse=True)


def test_a_wallet_of_thousands_of_addresses_is_drawn_small():
    [graph] = wallet_graphs(large(5000))
    drawn = str(cluster_picture(graph))
    assert len(drawn) < 20_000
    assert "and 691 transactions more" in drawn
    small = str(cluster_picture(wallet_graphs(large(10))[0]))
    assert small.count("<circle") == 10
    assert small.count('width="8"') == 9  # a square for each join


def test_unions_are_numbered_through_all_wallets_of_the_lead():
    rows = [
        {"script_id": n, "wallet_id": n // 2 * 2, "rule": "co_spend", "address": f"bc1q{n}",
         "script_type": "p2wpkh", "joined_by_tx_id": 1, "joined_with_script_id": n - 1,
         "joined_by_txid": f"{n:064x}" if n % 2 else None}
        for n in range(4)
    ]  # fmt: skip
    trail = dataclasses.replace(facts_of().trail, addresses=pa.Table.from_pylist(rows))
    assert [[u.number for u in graph.unions] for graph in wallet_graphs(trail)] == [[1], [2]]


def request(direction, txid, address, value):
    return {"service": "Exchange", "category": "exchange", "confidence": "service_data",
            "service_reason": "tagged", "direction": direction, "txid": txid, "address": address,
            "value_sat": value, "first_seen_us": 1, "block_time_us": 2}  # fmt: skip


def test_a_service_s_own_change_is_no_second_contact():
    trail = facts_of().trail
    paid = "02" * 32  # pays 40,000 sat to script 3, which is made the lead's own here
    requests = pa.Table.from_pylist(
        [
            request("funds came from it", paid, "a", 9_000_000),
            request("funds came from it", paid, "b", 9_000_000),
            request("funds went to it", paid, "c", 17_000_000),
            request("funds went to it", "03" * 32, "d", 5_000),
        ]
    )
    own = trail.addresses.to_pylist()[0]
    addresses = pa.Table.from_pylist([{**own, "script_id": 3}])
    contacts = service_contacts(dataclasses.replace(trail, requests=requests, addresses=addresses))
    assert [(c.comes_in, c.amount_sat) for c in contacts] == [(True, 40_000), (False, 5_000)]


def test_hubs_are_named_without_telling_a_contact():
    hub = {"authors": 9, "ads": 90, "strangers": 9.0, "identities": 8, "reason": "9 use it"}
    hubs = [
        {"kind": "phone", "value": "+639170000000", **hub},
        {"kind": "image", "value": "ff" * 32, **hub},
        {"kind": "image", "value": "aa" * 32, **hub},
    ]
    ads = [{**ad, "image_hashes": "ff" * 32} for ad in _tables()["ads"]]
    parts = [
        {"ad_id": ad, "author_id": "A-1", "part_id": f"P-{ad}", "identity_id": "I-1"}
        for ad in ("=ad1", "ad2", "stranger")
    ]
    with relations_of(identity_hubs=hubs, ads=ads, identities=parts) as engine:
        found = gather_identities(engine.relations(), ["=ad1", "ad2", "ad3"])
    assert [(r["kind"], r["value"], r["ads_of_lead"]) for r in found.hubs.to_pylist()] == [
        ("image", "ff" * 32, 3),
        ("phone", None, 1),
    ]
    assert found.ads["ad_id"].to_pylist() == ["=ad1", "ad2"]


BACKGROUND = {"pairs": 100, "prior_probability": 0.01, "edges": [-1.0, -0.9, -0.8, -0.7],
              "counts": [90, 0, 10]}  # fmt: skip


@pytest.mark.parametrize(
    ("score", "share"), [(-3.0, 1.0), (-1.0, 1.0), (-0.9, 0.1), (-0.75, 0.1), (2.0, 0.0)]
)
def test_the_place_among_random_pairs(score, share):
    assert _share_above(score, BACKGROUND) == pytest.approx(share)


def test_the_background_is_drawn_with_every_filled_bin():
    drawn = str(background_picture(BACKGROUND, [1.0, 2.0]))
    assert drawn.count("<rect") == 2
    assert "100 random pairs lie between -1 and -0.7" in drawn


def test_features_of_pairs_are_those_of_an_explanation():
    texts = [f"plain text number {n} about laundry" for n in range(250)]
    texts[0] = texts[1] = "call me anytime dear customer ~~ ok"
    rows = [
        {"ad_id": f"x{n:03}", "masked_text": text, "language": "en", "text_group_id": f"T{n}",
         "characters": 9}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    with Engine.in_memory({"texts": pa.Table.from_pylist(rows)}) as engine:
        [found] = pair_features(engine.relations(), [(texts[0], texts[1])])
        assert pair_features(engine.relations(), []) == []
        # Many pairs share one reading of the corpus; each is told as if it were alone.
        both = pair_features(engine.relations(), [(texts[7], texts[8]), (texts[0], texts[1])])
    assert both[1] == found != both[0]
    assert found["corpus_texts"] == 250
    assert [one["texts"] for one in found["rare_words"]] == [2]
    assert found["rare_words"][0]["sequence"] == "call me anytime dear customer ok"


def test_another_prior_gives_another_rate_of_error():
    row, _style = prior_table(noted(1000, 600.0)).rows
    rates = [float(cell.rstrip("%")) for cell in row[1:]]
    assert rates == sorted(rates, reverse=True)
    # At even odds the error is 1 / (1 + LR).
    odds = (1 - 0.0312) / 0.0312 / (0.4 / 0.6)
    assert row[-1] == percent(1 / (1 + odds))


def test_in_a_large_corpus_every_second_text_is_looked_at(monkeypatch):
    monkeypatch.setattr(pair_features_module, "MOST_TEXTS", 100)
    rows = [
        {"ad_id": f"x{n:03}", "masked_text": f"text {n}", "language": "en",
         "text_group_id": f"T{n}", "characters": 9}
        for n in range(150)
    ]  # fmt: skip
    with Engine.in_memory({"texts": pa.Table.from_pylist(rows)}) as engine:
        [found] = pair_features(engine.relations(), [("a", "b")])
    assert found["corpus_texts"] == 75


def said_by(blocks):
    """The words of the tables and paragraphs among some blocks, as one text."""
    found = []
    for block in blocks:
        if isinstance(block, Together):
            found.append(said_by(block.blocks))
        elif isinstance(block, Table):
            found += [block.caption, *(cell for row in block.rows for cell in map(str, row))]
        elif isinstance(block, Paragraph):
            found.append(str(block.words))
    return "\n".join(found)


def test_an_ad_whose_payment_is_a_weak_fit_is_not_counted_as_paid():
    links = [dict(row) for row in _tables()["attribution_links"]]
    links[1]["posterior_probability"] = 0.02
    said = said_by([balance_table(facts_of(attribution_links=links))])
    assert (
        "1 of 3 ads are likelier paid than not by the attributed wallet, if that pays for them at "
        "all. 1 more fit a payment, but weakly."
    ) in said
    assert "Ads: those of the author, in this lead or not" in str(summary(facts_of()))


@pytest.mark.parametrize(("verdict", "side"), [("supports", 1), ("contradicts", 2)])
def test_a_person_s_judgement_stands_on_its_side_of_the_balance(verdict, side):
    judged = {"ad_id": "ad2", "verdict": verdict, "reviewer": "A", "reason": "Seen.",
              "judged_us": 1, "file_id": 1, "row": 1}  # fmt: skip
    worth = balance_table(facts_of(lead_judgements=[judged])).rows[-1]
    assert "A person found the lead" in worth[side]
    assert "A person found" not in worth[3 - side]


def test_no_other_ads_are_told_of_where_all_are_tied():
    assert "The others" not in str(indicators(facts_of()))
    members = [{**row, "in_core": row["ad_id"] == "ad2"} for row in _tables()["lead_ads"]]
    assert "The others" in str(indicators(facts_of(lead_ads=members)))


def test_a_lead_without_wallets_does_not_tell_where_its_wallets_come_from():
    notes = {"private": {"pairs": 10, "decoy_pairs_per_round": 5.0}}
    runs = [{**_tables()["runs"][0], "stage": "attribution", "notes": json.dumps(notes)}]
    assert "its wallets come from 10 compared pairs" in str(summary(facts_of(runs=runs)))
    without = facts_of(runs=runs, attributions=[], attribution_links=[])
    assert "its wallets come from" not in str(summary(without))


def test_a_payment_that_no_clock_saw_is_told_by_its_block():
    seen = [row for row in _tables()["first_seen"] if row["row"] != 2]  # transaction 1 paid =ad1
    facts = facts_of(first_seen=seen)
    said = said_by(linked_ads(facts, facts.trail.links.to_pylist()))
    assert "First seen unknown" not in said
    assert "No clock saw it before its block of 20" in said
    assert " (block)" in said


def test_a_request_tells_a_block_s_time_as_such_and_is_in_order_of_time():
    trail = facts_of().trail
    late = {**request("funds went to it", "0a" * 32, "a", 1), "first_seen_us": 9_000_000}
    unseen = {**request("funds went to it", "0b" * 32, "b", 1), "first_seen_us": None}
    requests = pa.Table.from_pylist([late, unseen])
    facts = dataclasses.replace(facts_of(), trail=dataclasses.replace(trail, requests=requests))
    [table] = [
        block
        for block in wallets(facts).blocks
        if isinstance(block, Table) and block.caption.startswith("What to ask")
    ]
    assert [row[-1] for row in table.rows] == [
        "1970-01-01 00:00:00 UTC (block)",
        "1970-01-01 00:00:09 UTC",
    ]
    assert "upper bound" in table.caption
