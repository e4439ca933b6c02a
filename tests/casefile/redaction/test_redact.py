"""Every column has a class; ids stay joined; free text of reviewers is masked or replaced."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

import pyarrow as pa
import pytest

from inktrace.casefile.gather import CaseFacts, gather_case
from inktrace.casefile.redaction.columns import ORDERS, TABLES, class_of
from inktrace.casefile.redaction.kinds import Kind, Mixed
from inktrace.casefile.redaction.known import TOPICS, Known, gather_known, topic_kind
from inktrace.casefile.redaction.profiles import NAMES, PROFILES, Act, profile_named
from inktrace.casefile.redaction.redact import redacted
from inktrace.casefile.redaction.words import profile_table, redaction_words
from inktrace.errors import StageError, UsageError
from inktrace.progress import silent
from inktrace.rings.registry import REGISTRY

from .planted import ADDRESS, HANDLE, PHONE

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def facts(planted):
    return gather_case(planted, "L-1", silent)


@pytest.fixture(scope="module")
def known(planted, facts):
    return gather_known(planted, facts.ads, facts.indicator_rows)


def seen(facts, profile, known=None):
    return redacted(facts, PROFILES[profile], KEY, known or Known())


def tables(found, above=""):
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        if isinstance(value, pa.Table):
            yield f"{above}{field.name}", value
        elif dataclasses.is_dataclass(value) and field.name != "redaction":
            yield from tables(value, f"{above}{field.name}.")


def test_every_column_of_every_table_has_one_class(facts):
    for path, table in tables(facts):
        for column in table.schema.names:
            assert isinstance(class_of(path, column), Kind | Mixed)
    for path, entry in TABLES.items():
        columns = [name for some in entry.values() for name in some.split()]
        assert len(columns) == len(set(columns)), path


def test_every_profile_has_an_act_for_every_kind():
    for profile in PROFILES.values():
        assert set(profile.acts) == set(Kind)
    assert set(PROFILES["full"].acts.values()) == {Act.KEEP}


@pytest.mark.parametrize("profile", NAMES)
def test_a_column_or_field_without_a_class_stops_the_build(facts, profile):
    more = facts.ads.append_column("secret", pa.array(["x"] * facts.ads.num_rows))
    with pytest.raises(StageError, match="column 'secret' of 'ads' has no class"):
        seen(dataclasses.replace(facts, ads=more), profile)
    lead = dataclasses.replace(facts, lead={**facts.lead, "alias": "x"})
    with pytest.raises(StageError, match="column 'alias' of 'lead'"):
        seen(lead, profile)

    @dataclass(frozen=True)
    class More(CaseFacts):
        alias: str = "x"

    with pytest.raises(StageError, match="'alias' has no class"):
        seen(More(**vars(facts)), profile)


def test_full_gives_back_what_it_was_given(facts, known):
    assert seen(facts, "full", known) == facts


@pytest.mark.parametrize("profile", NAMES)
def test_rows_and_types_stay_and_ids_stay_joined(facts, known, profile):
    there = seen(facts, profile, known)
    for (path, before), (_, after) in zip(tables(facts), tables(there), strict=True):
        assert (path, before.schema, before.num_rows) == (path, after.schema, after.num_rows)
    trail = there.trail
    ads = set(there.ads["ad_id"].to_pylist())
    for table in (there.core, there.identifiers, trail.links, trail.candidates):
        assert set(table["ad_id"].to_pylist()) <= ads
    for column in ("txid", "tx_id"):
        of_transactions = set(trail.transactions[column].to_pylist())
        assert set(trail.links[column].to_pylist()) <= of_transactions
    assert set(trail.links["wallet_id"].to_pylist()) <= set(there.wallet_ids)
    assert set(there.ads["author_id"].to_pylist()) == set(there.author_ids)
    assert there.lead["author_ids"].split() == list(there.author_ids)
    assert sorted(map(int, there.lead["wallet_ids"].split())) == sorted(there.wallet_ids)


@pytest.mark.parametrize("profile", NAMES)
def test_rows_are_in_the_order_of_what_they_show(facts, known, profile):
    """The order of what was replaced would tell of it."""
    for path, table in tables(seen(facts, profile, known)):
        keys = [key for key in ORDERS.get(path, "").split() if not key.startswith("-")]
        if keys and len(keys) == len(ORDERS[path].split()):
            rows = [
                tuple((row[k] is None, "" if row[k] is None else row[k]) for k in keys)
                for row in table.to_pylist()
            ]
            assert rows == sorted(rows), path


def test_research_gets_the_day_two_digits_and_whole_minutes(facts, known):
    there = seen(facts, "research", known)
    day = 86_400_000_000
    assert all(at % day == 0 for at in there.ads["posted_us"].to_pylist())
    assert set(there.trail.links["value_sat"].to_pylist()) <= {40_000, 43_000}
    assert set(there.trail.links["delay_s"].to_pylist()) == {60.0}  # 75 s
    assert there.trail.transactions["block_height"].null_count == 4 - 1
    assert there.laws["site"][0].as_py() == "*"


NOTE = f"Jessa (also rosas_for_you99) told me on 0917-123-4567; she is 17 yo. See {ADDRESS}"


def reviewed(facts, note=NOTE):
    row = {"ad_id": "ad-778899", "verdict": "supports", "reviewer": "J. Reyes",
           "reason": note, "judged_us": 1, "file_id": 1, "row": 1}  # fmt: skip
    of_lead = pa.Table.from_pylist([row], schema=facts.review.of_lead.schema)
    return dataclasses.replace(facts, review=dataclasses.replace(facts.review, of_lead=of_lead))


def note_of(facts, known, profile):
    return seen(reviewed(facts), profile, known).review.of_lead.to_pylist()[0]


def test_a_reviewer_s_words_are_masked_or_replaced(facts, known):
    assert note_of(facts, known, "full")["reason"] == NOTE
    standard = note_of(facts, known, "standard")["reason"]
    assert re.fullmatch(
        r"⟦person-\w{12}⟧ \(also rosas_for_you99\) told me on 0917-123-4567; "
        rf"she is ⟦age-\w{{12}}⟧ yo. See {ADDRESS}",
        standard,
    )
    prosecutor = note_of(facts, known, "prosecutor")["reason"]
    assert re.fullmatch(
        r"⟦person-\w{12}⟧ \(also ⟦handle-\w{12}⟧\) told me on ⟦phone-\w{12}⟧; "
        rf"she is ⟦age-\w{{12}}⟧ yo. See {ADDRESS}",
        prosecutor,
    )
    for profile in ("partner", "research"):
        assert re.fullmatch(r"note-\w{12}", note_of(facts, known, profile)["reason"])


def test_reviewers_are_named_to_a_prosecutor_and_to_nobody_outside(facts, known):
    assert note_of(facts, known, "prosecutor")["reviewer"] == "J. Reyes"
    assert note_of(facts, known, "partner")["reviewer"].startswith("reviewer-")


def test_one_value_has_one_pseudonym_in_cells_and_in_texts(facts, known):
    there = seen(reviewed(facts), "prosecutor", known)
    words = {
        row["words"]
        for row in there.indicator_rows.to_pylist()
        if row["indicator"] in ("phones_used", "people_advertised", "ages_stated")
    }
    note = there.review.of_lead["reason"][0].as_py()
    marks = {mark for mark in re.findall("⟦([^⟧]*)⟧", note) if not mark.startswith("handle")}
    assert len(marks) == 3
    assert marks <= words
    assert PHONE not in note
    assert HANDLE not in note


def test_topics_of_evidence_are_those_that_indicators_have():
    topics = {indicator.topic for indicator in REGISTRY.values()}
    assert set(TOPICS) <= topics
    assert topic_kind("an indicator of later") is Kind.QUOTE


def test_an_unknown_profile_is_told_with_those_there_are():
    with pytest.raises(UsageError, match=r"'press'.*full, standard, prosecutor"):
        profile_named("press")


def test_what_a_profile_does_is_said_of_every_kind(facts):
    rows = profile_table()
    assert [row["content"] for row in rows] == [kind.value for kind in Kind]
    for name in NAMES:
        told = " ".join(redaction_words(seen(facts, name).redaction))
        for kind, act in PROFILES[name].acts.items():
            named = re.search(rf"[:;] {re.escape(kind.value)}[;.]", told)
            assert bool(named) == (act is not Act.KEEP), (name, kind)
