"""A stay that leaves no time to get there and back takes two people; touring takes one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.params import RingsParams
from inktrace.rings.stays import great_circle_km, impossible_returns, short_stays, stays_of

HOUR = 3_600_000_000


def stays(rows):
    """Stays of one group; rows are (hour, city) or (hour, city, lat, lon)."""
    rows = [(*row, None, None)[:4] for row in rows]
    table = pa.table(
        {
            "city": pa.array([row[1] for row in rows], pa.string()),
            "posted_us": pa.array([row[0] * HOUR for row in rows], pa.int64()),
            "lat": pa.array([row[2] for row in rows], pa.float64()),
            "lon": pa.array([row[3] for row in rows], pa.float64()),
        }
    )
    return stays_of(np.zeros(len(rows), np.int64), table, np.arange(len(rows)))


def test_distance_between_manila_and_cebu():
    km = great_circle_km(np.array([14.6]), np.array([120.98]), np.array([10.32]), np.array([123.9]))
    assert km[0] == pytest.approx(572, abs=5)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([(0, "Manila"), (1, "Davao"), (2, "Manila")], 1),
        ([(0, "Manila"), (12, "Davao"), (24, "Manila")], 0),  # time enough for one
        ([(0, "Manila"), (1, "Davao"), (2, "Cebu")], 0),  # placed ahead of a journey
        ([(0, "Manila"), (1, "Quezon"), (2, "Manila")], 0),  # one metropolis
        ([(0, "Nowhere"), (1, "Davao"), (2, "Nowhere")], 0),  # distance not known
        ([(0, "X", 14.6, 121.0), (1, "Y", 7.1, 125.6), (2, "X", 14.6, 121.0)], 1),
        ([(0, "Manila"), (1, None), (2, "Manila")], 0),
        ([(0, "Manila")], 0),
        ([], 0),
    ],
)
def test_impossible_returns_of_a_group(rows, count):
    assert len(impossible_returns(stays(rows), RingsParams(), False)) == count


def test_unknown_distances_count_for_one_name_within_a_day():
    there = [(1, "Nowhere"), (2, "Elsewhere"), (3, "Nowhere")]
    overnight = [(22, "Nowhere"), (24, "Elsewhere"), (26, "Nowhere")]
    assert len(impossible_returns(stays(there), RingsParams(), True)) == 1
    assert len(impossible_returns(stays(overnight), RingsParams(), True)) == 0


def test_a_stay_is_short_only_where_it_ends_in_another_city():
    found = stays([(0, "Manila"), (5, "Manila"), (24, "Cebu"), (24 * 9, "Davao")])
    assert found.city[short_stays(found, RingsParams())].tolist() == ["manila"]


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["Manila", "Cebu", "Davao"]))))
def test_a_group_that_never_leaves_and_returns_makes_nothing_impossible(rows):
    seen = []
    for _, city in sorted(rows, key=lambda row: row[0]):
        if not seen or seen[-1] != city:
            seen.append(city)
    once = len(set(seen)) == len(seen)
    found = impossible_returns(stays(sorted(rows, key=lambda row: row[0])), RingsParams(), False)
    assert not once or len(found) == 0
