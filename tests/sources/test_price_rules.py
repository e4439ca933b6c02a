"""Price rules: what is stored of them, and how a mistake in them is told."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.price_rules import add_price_rules

RULES = """\
# what two boards ask
[[rule]]
site = "board*.example"
currency = "usd"
price = 10

[[rule]]
site = "board1.example"
category = "rooms"
place = "Manila"
from = 2024-01-01
to = 2024-03-01T12:00:00+08:00
currency = "PHP"
price = 500
bump = 0
repost = 250
several = { 3 = 1350.50 }
upsells = { top = 50, highlighted = 25.25 }
credit = [2500, 5000]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    return path


def test_each_price_of_a_rule_is_a_row(engine: Engine, tmp_path: Path) -> None:
    added = add_price_rules(engine, written(tmp_path, RULES), SourceParams())
    assert (added.source, added.rows_accepted, added.rows_rejected) == ("price-rules", 2, 0)
    assert engine.rows(
        'SELECT "row", kind, name, ads, price_minor, currency FROM price_rules '
        'ORDER BY "row", kind, price_minor'
    ) == [
        (1, "posting", None, 1, 1000, "USD"),
        (2, "bump", None, 1, 0, "PHP"),
        (2, "credit", None, 1, 250_000, "PHP"),
        (2, "credit", None, 1, 500_000, "PHP"),
        (2, "posting", None, 1, 50_000, "PHP"),
        (2, "repost", None, 1, 25_000, "PHP"),
        (2, "several", None, 3, 135_050, "PHP"),
        (2, "upsell", "highlighted", 1, 2_525, "PHP"),
        (2, "upsell", "top", 1, 5_000, "PHP"),
    ]
    assert engine.rows(
        'SELECT DISTINCT site, category, place, from_us, to_us FROM price_rules ORDER BY "row"'
    ) == [
        ("board*.example", None, None, None, None),
        (
            "board1.example",
            "rooms",
            "Manila",
            1_704_067_200_000_000,
            1_709_265_600_000_000,
        ),
    ]
    assert add_price_rules(engine, tmp_path / "rules.toml", SourceParams()).already_added


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("price = 10", "prise = 10", "line 5, rule 1, key 'prise'"),
        ("price = 10", "", "line 2, rule 1, key 'price': it is missing"),
        ("price = 10", 'price = "10"', "line 5, rule 1, key 'price'"),
        ("price = 10", "price = -1", "line 5, rule 1, key 'price'"),
        ("price = 10", "price = nan", "line 5, rule 1, key 'price'"),
        ("price = 10", "price = true", "line 5, rule 1, key 'price'"),
        ("price = 500", "price = 500.001", "line 14, rule 2, key 'price'.*PHP has 2 decimals"),
        ('"usd"', '"dollars"', "line 4, rule 1, key 'currency'"),
        ('"board*.example"', '" "', "line 3, rule 1, key 'site'"),
        ("2024-01-01", "2024-01-01T00:00:00", "line 11, rule 2, key 'from': this time has no"),
        ("2024-01-01", '"2024-01-01"', "line 11, rule 2, key 'from'"),
        ("2024-01-01", "2025-01-01", "line 12, rule 2, key 'to': it is not after"),
        ("3 = 1350.50", "1 = 500", "line 17, rule 2, key 'several.1'"),
        ("3 = 1350.50", "many = 500", "line 17, rule 2, key 'several.many'"),
        ("{ 3 = 1350.50 }", "3", "line 17, rule 2, key 'several'"),
        ("top = 50", "top = 0", "line 18, rule 2, key 'upsells.top': it is 0"),
        ("[2500, 5000]", "2500", "line 19, rule 2, key 'credit'"),
        ("[2500, 5000]", '["x"]', "line 19, rule 2, key 'credit'"),
        ("[[rule]]", "[rule]", "not TOML|no rule"),
        ("# what two", "rules = 1 #", "unknown key 'rules'"),
        (RULES, "# nothing", "no rule"),
        (RULES, "rule = 3", "no rule"),
        (RULES, "rule = [3]", "rule 1: this is no table"),
        (RULES, "a = [", "not TOML"),
        (RULES, "a = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(
    engine: Engine, tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in RULES
    with pytest.raises(InputError, match=told):
        add_price_rules(engine, written(tmp_path, RULES.replace(old, new, 1)), SourceParams())
    assert engine.rows("SELECT count(*) FROM price_rules") == [(0,)]
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


def test_what_is_not_utf_8_or_too_large_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        add_price_rules(engine, path, SourceParams())
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(InputError, match="too large"):
        add_price_rules(engine, path, SourceParams())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=80), where=st.integers(0, len(RULES)))
def test_any_text_is_read_whole_or_refused(
    engine: Engine, tmp_path: Path, text: str, where: int
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES[:where] + text + RULES[where:], "utf-8", "replace")
    with contextlib.suppress(InputError):
        assert add_price_rules(engine, path, SourceParams()).rows_rejected == 0
