"""What sites ask for a posting: a TOML file of price rules.

    [[rule]]                       # one table for each rule; where several fit an ad, the last
    site = "board*.example"        # * and ? stand for any letters
    category = "rooms"             # optional; without it, every category
    place = "Manila"               # optional; an ad's city, region or country
    from = 2024-01-01              # optional; a day begins at midnight UTC
    to = 2024-03-01T12:00:00+08:00 # optional; from then on the rule no longer holds
    currency = "USD"
    price = 10                     # one posting; 0 = free
    bump = 0                       # optional; moving it up again within the day
    repost = 5                     # optional; posting it again by itself on the next day
    several = { 3 = 27, 5 = 40 }   # optional; so many ads in one payment
    upsells = { top = 5, highlighted = 2.50 }   # optional; each adds to a posting
    credit = [50, 100]             # optional; packs of credit that are sold

Anything else in it is an error, so that a misspelt key is not silently without effect.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.schema import TABLES
from inktrace.sources.intake import Added, intake
from inktrace.sources.streams import checked_size
from inktrace.units import minor_digits

__all__ = ["add_price_rules"]

_LARGEST_BYTES: Final = 2**20
_MOST_CHARACTERS: Final = 200
_LARGEST_AMOUNT: Final = 10**9
_MOST_ADS: Final = 1000
_KEYS: Final = (
    "site",
    "category",
    "place",
    "from",
    "to",
    "currency",
    "price",
    "bump",
    "repost",
    "several",
    "upsells",
    "credit",
)
_REQUIRED: Final = ("site", "currency", "price")
_HEADER: Final = re.compile(r"^\s*\[\[\s*rule\s*\]\]")


@dataclass
class _Fault(Exception):
    """What is wrong, at which key, and what would be right."""

    key: str
    what: str
    do: str


def add_price_rules(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store the price rules of a TOML file (described at the top of this module), all or none.

    A file added later comes after those added before, so its rules prevail where both fit an ad.

    Raises InputError naming line and key for anything that is not as described: half of the
    rules would give wrong prices without a word.
    """
    with intake(engine, "price-rules", path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        text = _text(path)
        rules = _rules(path, text)
        lines = _first_lines(text)
        rows: list[dict[str, Any]] = []
        for number, rule in enumerate(rules, 1):
            try:
                rows.extend({"row": number, **row} for row in _rows(rule))
            except _Fault as fault:
                place = _place(text, lines, number, len(rules), fault.key)
                raise InputError(f"{place}: {fault.what}", where=path, do=fault.do) from None
        schema = TABLES["price_rules"].arrow_schema()
        schema = schema.remove(schema.get_field_index("file_id"))
        file.store("price_rules", pa.Table.from_pylist(rows, schema=schema))
        file.accepted = len(rules)
        return file.added()


def _text(path: Path) -> str:
    if checked_size(path) > _LARGEST_BYTES:
        raise InputError("this is too large for a file of price rules", where=path)
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"this is not UTF-8 text: {error.reason}", where=path, do="save it as UTF-8"
        ) from error


def _rules(path: Path, text: str) -> list[Any]:
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise InputError(f"this is not TOML: {reason}", where=path, do="correct it") from error
    unknown = [key for key in document if key != "rule"]
    if unknown:
        raise InputError(
            f"unknown key {unknown[0]!r} outside a rule", where=path, do="begin rules with [[rule]]"
        )
    rules = document.get("rule")
    if not isinstance(rules, list) or not rules:
        raise InputError("there is no rule in this file", where=path, do="begin one with [[rule]]")
    return rules


def _first_lines(text: str) -> list[int]:
    """Line number of each [[rule]]."""
    return [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]


def _place(text: str, lines: list[int], number: int, rules: int, key: str) -> str:
    """Where a fault stands, in words: the line too, where the file is laid out as usual."""
    named = f"rule {number}, key {key!r}" if key else f"rule {number}"
    if len(lines) != rules:
        return named
    first = lines[number - 1]
    after = lines[number] - 1 if number < rules else None
    written = re.compile(rf"""^\s*["']?{re.escape(key.split(".")[0])}["']?\s*[.=]""")
    body = enumerate(text.splitlines()[first:after], first + 1)
    line = next((n for n, found in body if key and written.match(found)), first)
    return f"line {line}, {named}"


def _rows(rule: Any) -> Iterator[dict[str, Any]]:
    """The rows of one rule, one for each price in it. Raises _Fault."""
    if not isinstance(rule, dict):
        raise _Fault("", "this is no table", "begin each rule with [[rule]]")
    for key in rule:
        if key not in _KEYS:
            raise _Fault(key, "this key is not known", f"it may be one of {', '.join(_KEYS)}")
    for key in _REQUIRED:
        if key not in rule:
            raise _Fault(key, "it is missing", f"every rule has {', '.join(_REQUIRED)}")
    currency = _currency(rule["currency"])
    scope: dict[str, Any] = {
        "site": _pattern("site", rule["site"]),
        "category": _pattern("category", rule["category"]) if "category" in rule else None,
        "place": _pattern("place", rule["place"]) if "place" in rule else None,
        "from_us": _moment("from", rule["from"]) if "from" in rule else None,
        "to_us": _moment("to", rule["to"]) if "to" in rule else None,
        "currency": currency,
    }
    if "from" in rule and "to" in rule and scope["from_us"] >= scope["to_us"]:
        raise _Fault("to", "it is not after 'from'", "'to' is when the rule ends")

    def row(kind: str, key: str, value: Any, name: str | None = None, ads: int = 1) -> Any:
        price = _minor(key, value, currency)
        return {**scope, "kind": kind, "name": name, "ads": ads, "price_minor": price}

    yield row("posting", "price", rule["price"])
    for key in ("bump", "repost"):
        if key in rule:
            yield row(key, key, rule[key])
    for ads, value in _table("several", rule):
        if not re.fullmatch(r"[0-9]{1,4}", ads) or not 2 <= int(ads) <= _MOST_ADS:
            raise _Fault(f"several.{ads}", "this is no number of ads", "write 3 = 27 or the like")
        yield _positive(row("several", f"several.{ads}", value, ads=int(ads)), f"several.{ads}")
    for name, value in _table("upsells", rule):
        yield _positive(
            row("upsell", f"upsells.{name}", value, name=_name(name)), f"upsells.{name}"
        )
    packs = rule.get("credit", [])
    if not isinstance(packs, list):
        raise _Fault("credit", "this is no list", "write [50, 100] or the like")
    for value in packs:
        yield _positive(row("credit", "credit", value), "credit")


def _table(key: str, rule: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    value = rule.get(key, {})
    if not isinstance(value, dict):
        raise _Fault(key, "this is no table", "write { name = amount, … }")
    yield from value.items()


def _positive(row: dict[str, Any], key: str) -> dict[str, Any]:
    if row["price_minor"] == 0:
        raise _Fault(key, "it is 0", "leave out what costs nothing")
    return row


def _name(name: str) -> str:
    return _pattern(f"upsells.{name}", name)


def _pattern(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Fault(key, f"it is {_short(value)}", "give a text in quotes")
    if len(value) > _MOST_CHARACTERS:
        raise _Fault(key, f"it has more than {_MOST_CHARACTERS} characters", "shorten it")
    return value.strip()


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\s*[A-Za-z]{3}\s*", value):
        raise _Fault("currency", f"it is {_short(value)}", 'give three letters such as "USD"')
    return value.strip().upper()


def _moment(key: str, value: Any) -> int:
    """UTC microseconds of a TOML day or of a time with offset."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise _Fault(key, "this time has no offset", "add Z or +08:00 at its end")
        moment = value
    elif isinstance(value, datetime.date):
        moment = datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    else:
        raise _Fault(key, f"it is {_short(value)}", "write 2024-01-31, without quotes")
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since // datetime.timedelta(microseconds=1)


def _minor(key: str, value: Any, currency: str) -> int:
    """An amount in minor units of its currency, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _Fault(key, f"it is {_short(value)}", "give a number, without quotes")
    amount = Decimal(value)
    if not amount.is_finite() or not 0 <= amount <= _LARGEST_AMOUNT:
        raise _Fault(key, f"it is {_short(value)}", f"give 0 to {_LARGEST_AMOUNT:,}")
    minor = amount.scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        digits = minor_digits(currency)
        raise _Fault(key, f"it is {_short(value)}", f"{currency} has {digits} decimals")
    return int(minor)


def _short(value: Any, write: Callable[[Any], str] = repr) -> str:
    text = str(value) if isinstance(value, Decimal) else write(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
