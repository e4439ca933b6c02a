"""Stage `texts`: every ad is read, whatever its text, and rows agree with one another."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors import STAGES
from inktrace.engine import Engine
from inktrace.params import TextsParams
from inktrace.progress import silent
from inktrace.schema import TABLES

from .strategies import ADS, BAD_TEXTS, ONE_NUMBER, SPELLINGS, STEADY

STAGE = STAGES[0]


def run(ads: list[dict[str, Any]]) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    tables = {"ads": pa.Table.from_pylist(ads)} if ads else {}
    with Engine.in_memory(tables) as engine:
        result = STAGE.function(engine.relations(STAGE.reads), TextsParams(), silent)
    assert set(result.tables) == set(STAGE.writes)
    for name, table in result.tables.items():
        columns = {column.name for column in TABLES[name].columns} - {"run_id"}
        assert set(table.column_names) == columns
    return {name: t.to_pylist() for name, t in result.tables.items()}, dict(result.notes)


def ads_of(*texts: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"ad_id": f"ad{n:03d}", "text": text, **fields} for n, text in enumerate(texts)]


def identifiers(found: dict[str, list[dict[str, Any]]], ad_id: str = "ad000") -> set[Any]:
    return {
        (row["kind"], row["value"], row["found_in"])
        for row in found["identifiers"]
        if row["ad_id"] == ad_id
    }


def test_texts_fields_and_places_are_read() -> None:
    ad = {
        "ad_id": "ad000",
        "text": "Ask for Marisol in CEBU, call 0917 555 1234",
        "city": "Cebu",
        "country": "Philippines",
        "phone": "0918\u2011555\u20111234",
        "email": "Ana@Example.com",
    }
    found, notes = run([ad])
    (row,) = found["texts"]
    assert row["masked_text"] == "Ask for ⟦name⟧ in ⟦place⟧, call ⟦phone⟧"
    assert row["characters"] == len(row["masked_text"])
    assert identifiers(found) == {
        ("phone", ONE_NUMBER, "text"),
        ("phone", "+639185551234", "phone"),
        ("email", "ana@example.com", "email"),
    }
    assert (notes["ads"], notes["identifiers"], notes["ads_with_identifiers"]) == (1, 3, 1)


def test_what_stands_in_text_and_field_is_told_once() -> None:
    found, _ = run(ads_of("call 0917 555 1234", phone="+639175551234"))
    assert identifiers(found) == {("phone", ONE_NUMBER, "text")}


def test_the_country_says_which_plan_is_read() -> None:
    found, _ = run(ads_of("call 020 7946 0958", country="UK"))
    assert identifiers(found) == {("phone", "+442079460958", "text")}
    found, _ = run(ads_of("call 020 7946 0958", country="Nowhere"))
    assert ("phone", "+442079460958", "text") not in identifiers(found)


@pytest.mark.parametrize("field", ["call me", "", "12", None])
def test_fields_without_contact_give_none(field: str | None) -> None:
    found, _ = run(ads_of("a room", phone=field, email=field))
    assert found["identifiers"] == []


def test_two_spellings_of_one_number_make_one_identifier_and_equal_texts() -> None:
    found, _ = run(ads_of(*(f"Bright room, {spelling} ok" for spelling in SPELLINGS)))
    assert {row["value"] for row in found["identifiers"]} == {ONE_NUMBER}
    assert len(found["identifiers"]) == len(SPELLINGS)


def test_bad_texts_are_read_with_the_good_ones() -> None:
    # The store holds Unicode text: lone surrogates are refused at its door.
    texts = [text for name, text in BAD_TEXTS.items() if name != "lone surrogate"]
    good = "Bright room near the park, call 0917 555 1234"
    found, notes = run(ads_of(*texts, good))
    assert notes["ads"] == len(texts) + 1
    assert [row["ad_id"] for row in found["texts"]] == [f"ad{n:03d}" for n in range(len(texts) + 1)]
    assert found["texts"][-1]["masked_text"] == "Bright room near the park, call ⟦phone⟧"


def test_no_ads_give_empty_tables() -> None:
    found, notes = run([])
    assert found == {"texts": [], "identifiers": []}
    assert notes["ads"] == 0


STORED = ADS.map(lambda text: text.encode("utf-8", "ignore").decode())


@STEADY
@given(st.lists(STORED, min_size=1, max_size=5), st.randoms())
def test_the_order_of_ads_does_not_matter(texts: list[str], random: Any) -> None:
    ads = ads_of(*texts)
    shuffled = list(ads)
    random.shuffle(shuffled)
    straight, other = run(ads)[0], run(shuffled)[0]
    for name in straight:
        assert sorted(straight[name], key=str) == sorted(other[name], key=str)
