"""`inktrace show templates`: what is fixed, what is filled in, and how many contacts use it."""

from __future__ import annotations

import pyarrow as pa

from inktrace.casefile.listings import listing
from inktrace.engine import Engine


def ad(number: int, group: str, text: str, site: str = "s") -> tuple[dict[str, str], ...]:
    ad_id = f"ad{number}"
    return (
        {"ad_id": ad_id, "site": site, "city": "Cebu"},
        {"ad_id": ad_id, "text_group_id": group, "masked_text": text},
    )


def test_templates_are_listed_largest_first_with_their_slots() -> None:
    made = [
        ad(1, "T-b", "Room for two near ⟦place⟧ , 500 a week"),
        ad(2, "T-b", "Room for two near ⟦place⟧ , 700 a week", "t"),
        ad(3, "T-b", "Room for one near ⟦place⟧ , 700 a week"),
        ad(4, "T-a", "Clean house, clean [windows]"),
        ad(5, "T-a", "Clean house, clean [windows]"),
        ad(6, "T-c", "alone"),
    ]
    held = [("ad1", "phone", "+1"), ("ad2", "phone", "+1"), ("ad2", "email", "a@b.c")]
    tables = {
        "ads": pa.Table.from_pylist([one for one, _ in made]),
        "texts": pa.Table.from_pylist([two for _, two in made]),
        "identifiers": pa.table(
            dict(zip(("ad_id", "kind", "value"), zip(*held, strict=True), strict=True))
        ),
    }
    with Engine.in_memory(tables) as engine:
        found = listing(engine, "templates", 10)
        assert listing(engine, "templates", 1)["rows"] == found["rows"][:1]
    assert found["total"] == 2
    assert found["columns"] == list(found["rows"][0])
    first, second = found["rows"]
    assert (first["text_group_id"], first["ads"], first["texts"]) == ("T-b", 3, 3)
    assert (first["sites"], first["cities"], first["contacts"]) == (2, 1, 2)
    assert first["template"] == "Room for [two|one] near ⟦place⟧ , [700|500] a week"
    assert (second["ads"], second["texts"], second["contacts"]) == (2, 1, 0)
    assert second["template"] == "Clean house , clean [ windows ]"


def test_no_ads_no_templates() -> None:
    with Engine.in_memory({}) as engine:
        assert listing(engine, "templates", 10)["rows"] == []
