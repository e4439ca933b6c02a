"""The identifiers that a report's fields give: taken apart, checked, bad ones set apart."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from inktrace.sources.sieve import Sieve

# Column → kind of item.
KINDS: Final = {
    "emails": "email",
    "phones": "phone",
    "screen_names": "screen_name",
    "ips": "ip",
    "urls": "url",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "pdq": "pdq",
}
ITEM_COLUMNS: Final = tuple(KINDS)
_HEX_DIGITS: Final = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
_LONGEST: Final = 2_000
_LIST: Final = re.compile(r'[\s,;"\[\]]+')
# Phones are written with spaces and links with commas: only firmer marks part those.
_FIRM_LIST: Final = re.compile(r'[\n\r;"\[\]]+|,\s|(?<=[^\d\s]),|,(?=\+)')
_URL_LIST: Final = re.compile(r'[\s"\[\]]+')
_HEX: Final = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True)
class Items:
    """Identifiers of a batch: index of the row in the batch (int64), kind and value of each."""

    places: npt.NDArray[np.int64]
    kinds: list[str]
    values: list[str]


def given_items(sieve: Sieve) -> Items:
    """The distinct identifiers of each row that is still good, in order of row and column.

    Those that cannot be what their column says are rejected one by one, and their row stays
    good. A row with more than `max_items` in one field is rejected as a whole.
    """
    places: list[int] = []
    kinds: list[str] = []
    values: list[str] = []
    for column, kind in KINDS.items():
        for place, cell in _filled(sieve, column):
            found = dict.fromkeys(_parts(cell, kind))
            if len(found) > sieve.file.params.max_items:
                mask = np.zeros(len(sieve.good), np.bool_)
                mask[place] = True
                reason = f"{column} gives {len(found)} values, more than the limit"
                sieve.drop(mask, column, reason)
                continue
            for part in found:
                value = _checked(part, kind)
                if value is None:
                    reason = f"this is no {_said(kind)}; the rest of the report is kept"
                    sieve.file.reject(int(sieve.batch.rows[place]), column, reason, part)
                    continue
                places.append(place)
                kinds.append(kind)
                values.append(value)
    order = sorted(range(len(places)), key=places.__getitem__)
    return Items(
        np.array([places[i] for i in order], np.int64),
        [kinds[i] for i in order],
        [values[i] for i in order],
    )


def _filled(sieve: Sieve, column: str) -> Iterator[tuple[int, str]]:
    if column not in sieve.batch.columns:
        return
    for place, cell in enumerate(sieve.text(column).to_pylist()):
        if cell is not None and sieve.good[place]:
            yield place, cell


def _parts(cell: str, kind: str) -> Iterator[str]:
    parting = _FIRM_LIST if kind in ("phone", "screen_name") else _LIST
    for part in (_URL_LIST if kind == "url" else parting).split(cell):
        if word := part.strip().strip(","):
            yield word


def _checked(value: str, kind: str) -> str | None:
    """The value in the form in which it is stored, or nothing where it cannot be one."""
    if len(value) > _LONGEST:
        return None
    if kind == "ip":
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return None
    if kind in _HEX_DIGITS:
        lower = value.lower()
        whole = len(lower) == _HEX_DIGITS[kind] and _HEX.fullmatch(lower)
        return lower if whole else None
    return value


def _said(kind: str) -> str:
    if kind in _HEX_DIGITS:
        return f"{kind} hash, which has {_HEX_DIGITS[kind]} hex digits"
    return "IP address" if kind == "ip" else f"{kind} of at most {_LONGEST} characters"
