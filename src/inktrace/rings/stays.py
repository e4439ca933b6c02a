"""Stays in cities, and those that one person could not make.

A stay is a row of ads, one after another in time, for one city. Where a stay in another city lies
between two in the same one, whoever made all three went there and back; if the time between them
is too short for that, more than one person was there. One stay elsewhere alone says nothing: ads
are placed for a city before one gets there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.params import RingsParams
from inktrace.rings.cities import CITIES
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

_EARTH_KM: Final = 6371.0088  # mean radius, IUGG
_DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
_HOUR_US: Final = 3_600 * MICROSECONDS_PER_SECOND


@dataclass(frozen=True)
class Stays:
    """Stays in order of group and time; parallel arrays, one row per stay."""

    group: np.ndarray  # int64, number of whoever stays
    city: np.ndarray  # str, small letters
    first_us: np.ndarray  # int64
    last_us: np.ndarray  # int64
    ad: np.ndarray  # int64, row of its first ad
    lat: np.ndarray  # float64, nan = unknown
    lon: np.ndarray  # float64


def stays_of(group: np.ndarray, ads: pa.Table, rows: np.ndarray) -> Stays:
    """The stays of each group. `ads` holds city, posted_us, lat, lon; `rows` are its rows, int64.

    `group` (int64) runs beside `rows`. Ads without a city are left out.
    """
    cities = np.array([(one or "").strip().lower() for one in ads["city"].to_pylist()], object)
    city, posted = cities[rows], ads["posted_us"].to_numpy()[rows]
    known = city != ""
    rows, group, city, posted = rows[known], group[known], city[known], posted[known]
    order = np.lexsort((rows, posted, group))
    rows, group, city, posted = rows[order], group[order], city[order], posted[order]
    new = np.ones(len(rows), bool)
    new[1:] = (group[1:] != group[:-1]) | (city[1:] != city[:-1])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(rows)) - 1 if len(rows) else starts
    lat, lon = _places(ads, rows[starts], city[starts])
    return Stays(group[starts], city[starts], posted[starts], posted[ends], rows[starts], lat, lon)


def _places(ads: pa.Table, rows: np.ndarray, city: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    unknown = (np.nan, np.nan)
    table = np.array([CITIES.get(one, unknown) for one in city.tolist()], float).reshape(-1, 2)
    told = [
        np.array([np.nan if v is None else v for v in ads[name].to_pylist()], float)[rows]
        for name in ("lat", "lon")
    ]
    both = ~np.isnan(told[0]) & ~np.isnan(told[1])
    return np.where(both, told[0], table[:, 0]), np.where(both, told[1], table[:, 1])


def great_circle_km(
    lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray
) -> np.ndarray:
    """Kilometres between points given in degrees; nan where one is unknown.

    References: haversine formula (Sinnott, "Virtues of the haversine", Sky & Telescope 1984).
    """
    a, b = np.radians(lat_a), np.radians(lat_b)
    across = np.sin((b - a) / 2) ** 2
    across = across + np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(across, 0, 1))))


def impossible_returns(stays: Stays, params: RingsParams, same_day: bool) -> np.ndarray:
    """Numbers of the stays (int64) between two others in one city that leave no time to get there.

    Where the distance is not known, none counts; with `same_day`, three stays within one UTC day
    do: for one named person and different cities that is short enough to be looked at.
    """
    if len(stays.group) < 3:
        return np.zeros(0, np.int64)
    before, middle, after = (slice(None, -2), slice(1, -1), slice(2, None))
    returns = (stays.group[before] == stays.group[after]) & (
        stays.group[before] == stays.group[middle]
    )
    returns &= stays.city[before] == stays.city[after]
    gap_us = stays.first_us[after] - stays.last_us[before]
    km = great_circle_km(stays.lat[before], stays.lon[before], stays.lat[middle], stays.lon[middle])
    hours = 2 * (km / params.fastest_km_h + params.trip_overhead_h)
    far = km >= params.far_apart_km
    impossible = far & (gap_us < hours * _HOUR_US)
    if same_day:
        day = stays.last_us[before] // _DAY_US == stays.first_us[after] // _DAY_US
        impossible |= np.isnan(km) & day
    return np.flatnonzero(returns & impossible) + 1


def short_stays(stays: Stays, params: RingsParams) -> np.ndarray:
    """Numbers of the stays (int64) of at most `short_stay_days` that ended in another city."""
    if len(stays.group) < 2:
        return np.zeros(0, np.int64)
    followed = np.append(stays.group[1:] == stays.group[:-1], False)
    length = np.append(stays.first_us[1:], 0) - stays.first_us
    return np.flatnonzero(followed & (length <= params.short_stay_days * _DAY_US))


def trip_words(stays: Stays, places: np.ndarray) -> Sequence[str]:
    """'cebu → davao → cebu in 1.5 h' of each stay that lies between two others."""
    hours: Any = (stays.first_us[places + 1] - stays.last_us[places - 1]) / _HOUR_US
    cities = zip(
        stays.city[places - 1], stays.city[places], stays.city[places + 1], hours, strict=True
    )
    return [f"{a} → {b} → {c} in {took:.1f} h" for a, b, c, took in cities]
