"""Reports that are one are one item; priority says why; completeness has no part in it."""

from __future__ import annotations

import dataclasses

import networkx
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors import REFERRAL_TEXTS_STAGE
from inktrace.engine import Engine
from inktrace.errors import UsageError
from inktrace.params import ReferralsParams, TextsParams
from inktrace.progress import silent
from inktrace.referrals import STAGE
from inktrace.referrals.reasons import RULES, sentence
from inktrace.referrals.worklist import explained_report, judged_reasons, work_list
from inktrace.schema import TABLES

DAY = 86_400_000_000
START = 1_790_812_800_000_000  # 2026-10-01
PHONE = "+639175550123"
WORDS = "the same words that somebody wrote and others sent on to us"
ADS = [("ad1", "A-1", 20), ("ad2", "A-1", 21), ("ad3", "A-2", 20)]


def report(name, day=22.0, **values):
    return {
        "referral_id": name,
        "received_us": START + int(day * DAY),
        "reporter": f"reporter of {name}",
        "file_id": 1,
        "row": 1,
        **values,
    }


def item(name, kind, value):
    return {"referral_id": name, "kind": kind, "value": value, "file_id": 1, "row": 1}


def judged(name, verdict, day=30.0):
    when = START + int(day * DAY)
    return {"referral_id": name, "verdict": verdict, "judged_us": when, "file_id": 1, "row": 1}


def lead(author="A-1", under_age=True):
    return {"lead_id": "L-1", "rank": 1, "author_ids": author, "under_age_indicator": under_age}


def _columns(name, rows):
    given = {column for row in rows for column in row}
    return pa.schema([field for field in TABLES[name].arrow_schema() if field.name in given])


OTHER_LEADS = [
    {"lead_id": f"L-{n}", "rank": n, "author_ids": f"A-x{n}", "under_age_indicator": False}
    for n in range(2, 6)
]


class Ran:
    """Both stages over some reports, and a world with authors A-1 and A-2."""

    def __init__(self, reports, items=(), *, phones=None, leads=None, judgements=(), **params):
        phones = {"ad1": PHONE} if phones is None else phones
        ads = {ad: (author, day) for ad, author, day in ADS}
        for ad in phones:
            ads.setdefault(ad, ("A-" + ad, 20))
        given_leads = [lead(), *OTHER_LEADS] if leads is None else leads
        tables = {
            "referrals": list(reports),
            "referral_items": list(items),
            "referral_judgements": list(judgements),
            "ads": [{"ad_id": ad, "posted_us": START + day * DAY} for ad, (_, day) in ads.items()],
            "identities": [
                {"ad_id": ad, "author_id": who, "identity_id": f"I-{who}"}
                for ad, (who, _) in ads.items()
            ],
            "lead_ads": [
                {"ad_id": ad, "lead_id": one["lead_id"], "in_core": True}
                for one in given_leads
                for ad, (who, _) in ads.items()
                if who == one["author_ids"]
            ],
            "identifiers": [
                {"ad_id": ad, "kind": "phone", "value": value} for ad, value in phones.items()
            ],
            "leads": given_leads,
        }
        filled = {
            name: pa.Table.from_pylist(rows, schema=_columns(name, rows))
            for name, rows in tables.items()
            if rows
        }
        self.engine = Engine.in_memory(filled)
        for stage, knobs in (
            (REFERRAL_TEXTS_STAGE, TextsParams()),
            (STAGE, dataclasses.replace(ReferralsParams(), **params)),
        ):
            result = stage.function(self.engine.relations(stage.reads), knobs, silent)
            self.notes = result.notes
            for name, rows in result.tables.items():
                self.engine.append(name, rows, run_id="run")
        self.relations = self.engine.relations()
        rows = self.engine.query("SELECT * FROM referral_priorities").to_pylist()
        self.of = {row["referral_id"]: row for row in rows}

    def reasons(self, name):
        rows = self.engine.rows(
            "SELECT reason, points FROM referral_reasons WHERE referral_id = ?", [name]
        )
        return dict(rows)

    def listed(self, size=10, month="2026-10"):
        return [row["referral_id"] for row in work_list(self.relations, month, size).to_pylist()]


def test_a_bare_phone_that_joins_comes_before_a_complete_report_of_a_known_duplicate():
    hashes = [item(f"v{n}", "md5", "ab" * 16) for n in range(9)]
    full = {
        "incident_type": "enticement",
        "text": WORDS,
        "known_abuse": True,
        "occurred_us": START + 20 * DAY,
    }
    viral = [report(f"v{n}", **full) for n in range(9)]
    ips = [item(f"v{n}", "ip", f"10.0.0.{n}") for n in range(9)]
    ran = Ran(
        [report("bare", reporter=None), *viral], [item("bare", "phone", PHONE), *hashes, *ips]
    )
    assert ran.of["bare"]["completeness"] < 0.2 < 0.8 < ran.of["v0"]["completeness"]
    assert ran.of["bare"]["priority"] > 5 > 0 > ran.of["v0"]["priority"]
    assert ran.listed() == ["bare", "v0"]
    assert set(ran.reasons("bare")) == {
        "joins_identity",
        "live_identity",
        "joins_lead",
        "strong_lead",
        "under_age_lead",
    }
    assert ran.of["v0"]["viral"]
    assert ran.of["v0"]["item_reports"] == 9


def test_points_add_up_and_each_reason_has_a_sentence_of_its_own():
    ran = Ran([report("a", text=f"she is 15, {PHONE}")])
    assert ran.of["a"]["priority"] == pytest.approx(sum(ran.reasons("a").values()))
    assert ran.reasons("a")["under_age_told"] == ReferralsParams().under_age_told
    sentences = [sentence(name) for name in RULES]
    assert all(sentences)
    assert len(set(sentences)) == len(sentences)
    told = explained_report(ran.relations, "a")["reasons"]
    assert any(row["what"] == "It tells of somebody under 18: “she is 15,”." for row in told)


def test_reports_that_refer_to_one_another_in_a_ring_are_one_group():
    ring = [report(f"r{n}", refers_to=f"r{(n + 1) % 50}") for n in range(50)]
    ran = Ran([*ring, report("alone", refers_to="alone nowhere")])
    assert len({ran.of[f"r{n}"]["group_id"] for n in range(50)}) == 1
    assert ran.of["r0"]["grouped_by"] == "refers"
    assert ran.of["alone"]["grouped_by"] == "stands alone"
    assert ran.notes["items"] == 2


def test_one_form_for_many_people_is_not_one_report():
    forms = [report(f"f{n}", text=f"{WORDS} 0917 555 01{n:02d}") for n in range(8)]
    digits = [report(f"d{n}", text=f"{WORDS} 0117 555 01{n:02d}") for n in range(8)]
    ran = Ran([*forms, *digits])
    assert len({row["group_id"] for row in ran.of.values()}) == 16
    assert not any(row["viral"] for row in ran.of.values())


def test_a_forwarded_copy_is_one_with_what_it_copies():
    first = report("a", text=f"{WORDS} 0917 555 0123", reporter="x@mail.example")
    copy = report("b", text=f"> {WORDS} 0917 555 0123 from x@mail.example")
    ran = Ran([first, copy, report("c", text=f"{WORDS} 0917 555 0124")], leads=[], phones={})
    assert ran.of["a"]["group_id"] == ran.of["b"]["group_id"] != ran.of["c"]["group_id"]
    # A copy is no second voice.
    assert "independent_reporters" not in ran.reasons("a")


def test_reporters_who_agree_in_their_own_words_count():
    reports = [report("a", text="look at 0917 555 9999"), report("b", text="odd: 09175559999")]
    ran = Ran(reports)
    assert ran.reasons("a")["independent_reporters"] == ReferralsParams().independent_reporter
    same = Ran([{**one, "reporter": "one man"} for one in reports])
    assert "independent_reporters" not in same.reasons("a")


def test_a_switchboard_says_little_and_is_one_item():
    phones = {f"ad{n}": PHONE for n in range(10, 15)}
    ran = Ran([report("a"), report("b")], [item("a", "phone", PHONE), item("b", "phone", PHONE)],
              phones=phones, leads=[])  # fmt: skip
    assert set(ran.reasons("a")) == {"switchboard", "independent_reporters"}
    assert ran.of["a"]["item_id"] == ran.of["b"]["item_id"]
    assert ran.of["a"]["item_id"].startswith("C-")
    young = Ran([report("a")], [item("a", "phone", PHONE)], phones={**phones, "ad1": PHONE})
    assert "switchboard_under_age" in young.reasons("a")
    assert young.of["a"]["priority"] > ran.of["a"]["priority"]


def test_an_author_who_went_silent_is_not_live():
    ran = Ran([report("a", day=60)], [item("a", "phone", PHONE)])
    assert "live_identity" not in ran.reasons("a")
    assert ran.of["a"]["month"] == "2026-11"


def test_judged_items_leave_the_list_and_news_of_an_author_comes_back():
    reports = [report("a"), report("b", day=23), report("c", day=30.5), report("d", text=WORDS)]
    items = [item(name, "phone", PHONE) for name in "abc"]
    ran = Ran(reports, items, judgements=[judged("a", "useful", 30), judged("d", "useless")])
    assert ran.listed() == ["c"]
    assert ran.of["b"]["verdict"] == "useful"
    taken_back = [judged("d", "useless"), judged("d", "unsure", 31)]
    assert "d" in Ran(reports, items, judgements=taken_back).listed()
    feedback = {row["reason"]: row for row in judged_reasons(ran.relations)}
    assert (feedback["all"]["judged"], feedback["all"]["useful"]) == (2, 1)
    assert (feedback["joins_identity"]["judged"], feedback["joins_identity"]["share"]) == (1, 1.0)
    assert feedback["joins_identity"]["low"] < 0.3 < feedback["joins_identity"]["high"]
    assert ran.of["a"]["priority"] == Ran(reports, items).of["a"]["priority"]


def test_the_order_of_rows_changes_nothing():
    reports = [report(f"r{n}", text=WORDS, refers_to=f"r{n // 2}") for n in range(12)]
    items = [item(f"r{n}", "phone", PHONE) for n in range(0, 12, 3)]
    there, back = Ran(reports, items), Ran(reports[::-1], items[::-1])
    assert there.of == back.of
    assert there.listed() == back.listed()


def test_no_reports_give_an_empty_list_and_a_wrong_month_is_told():
    ran = Ran([])
    assert work_list(ran.relations, None, 5).num_rows == 0
    with pytest.raises(UsageError, match="the month is 'October'"):
        work_list(ran.relations, "October", 5)
    with pytest.raises(UsageError, match="there is no report 'x'"):
        explained_report(ran.relations, "x")


def test_what_hundreds_refer_to_and_nobody_sent_in_joins_nobody():
    reports = [report(f"r{n}", refers_to="news") for n in range(5)]
    assert len({row["group_id"] for row in Ran(reports).of.values()}) == 1
    many = Ran(reports, common_reports=4)
    assert len({row["group_id"] for row in many.of.values()}) == 5


def test_one_report_that_names_all_others_does_not_make_one_of_them():
    reports = [report(f"r{n}") for n in range(40)]
    ran = Ran([*reports, report("list", refers_to=" ".join(f"r{n}" for n in range(40)))])
    assert len({row["group_id"] for row in ran.of.values()}) == 41


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
@settings(max_examples=12, deadline=None)
def test_groups_are_the_connected_components_of_what_refers_to_what(pairs):
    named = {n: " ".join(f"r{b}" for a, b in pairs if a == n) or None for n in range(10)}
    ran = Ran([report(f"r{n}", refers_to=named[n]) for n in range(10)])
    graph = networkx.Graph([(f"r{a}", f"r{b}") for a, b in pairs])
    graph.add_nodes_from(f"r{n}" for n in range(10))
    expected = {frozenset(one) for one in networkx.connected_components(graph)}
    groups = {}
    for name, row in ran.of.items():
        groups.setdefault(row["group_id"], set()).add(name)
    assert {frozenset(one) for one in groups.values()} == expected
