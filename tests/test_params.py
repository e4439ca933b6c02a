"""Every knob is documented, in range, and refused when it is not."""

from __future__ import annotations

import pytest

from inktrace.errors import UsageError
from inktrace.params import SECTION_FIELDS, Params, as_values

KNOBS = [
    (section, name, field)
    for section, fields in SECTION_FIELDS.items()
    for name, field in fields.items()
]


@pytest.mark.parametrize(("section", "name", "field"), KNOBS, ids=lambda x: str(x)[:30])
def test_every_knob_says_what_it_is_and_lies_in_its_range(section, name, field):
    meta = field.metadata
    assert meta["help"]
    assert meta["source"]
    # Setting a knob to its own default must pass every check that a user's value meets.
    again = Params().with_values({f"{section}.{name}": field.default})
    assert as_values(getattr(again, section)) == as_values(getattr(Params(), section))


def test_text_values_are_read_as_the_field_s_type():
    changed = Params().with_values({"sources.earliest_year": "1999"})
    assert changed.sources.earliest_year == 1999


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("sources.no_such", 1, "there is no parameter 'sources.no_such'"),
        ("nonsense", 1, "there is no parameter 'nonsense'"),
        ("sources.earliest_year", "soon", "give a int"),
        ("sources.earliest_year", 1234, "must lie between 1970 and 2100"),
        ("sources.earliest_year", 1999.5, "give a int"),
    ],
)
def test_bad_values_are_refused_with_advice(key, value, says):
    with pytest.raises(UsageError, match=says):
        Params().with_values({key: value})
