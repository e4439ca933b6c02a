"""Numbering plans: whether a row of digits is a telephone number, in a region or abroad.

The plans are those of `phonenumbers`, read from its metadata with each pattern compiled once.
Its own `parse` and `is_valid_number` take any text and cost some fifty times as much; tests hold
both to the same answers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import phonenumbers

# What a number may be, in the order in which the library asks; a landline may be a mobile too.
_SPECIAL: Final = (
    "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
_UNKNOWN, _LANDLINE, _OTHER = "", "landline", "other"
_SHORTEST, _LONGEST = 2, 17  # digits of a number without its country code
_CODE_DIGITS: Final = 3
_ABROAD: Final = ("00", "011")  # how a call to another country begins, where people write it


@functools.lru_cache(maxsize=65_536)
def valid_number(digits: str, plus: bool, regions: tuple[str, ...]) -> str | None:
    """The digits as E.164 if they are a valid number abroad (`plus`) or in one of the regions.

    `digits`: ASCII. Notes: a number that is another country's only by a prefix such as Mexico's
    former 09 is none, nor is a landline without the 0 that people of its country write first.
    """
    if plus:
        return _international(digits)
    for region in regions:
        plan = _plan_of(region)
        number = _national(digits, plan) if plan else None
        if number:
            return number
    return _international(digits[2:]) if digits.startswith("00") else None


def _international(digits: str) -> str | None:
    """Digits that begin with a country code, as E.164 if they are a valid number there."""
    code, rest = _country_code(digits)
    plan = _main_plan(code) if code else None
    if plan is None or len(digits) <= _SHORTEST:
        return None
    number = _without_trunk(rest, plan)
    return f"+{code}{number}" if _kind(code, number) else None


def _national(digits: str, plan: _Plan) -> str | None:
    """Digits as they are dialled in a region, as E.164 if they are a valid number."""
    code, rest, reader = _dialled(digits, plan)
    if code != plan.code and not digits.startswith(_ABROAD):
        return None
    number = _without_trunk(rest, reader)
    kind = _kind(code, number)
    if not kind:
        return None
    if kind == _LANDLINE and plan.trunk == "0" and not digits.startswith(("0", str(code))):
        return None
    return f"+{code}{number}"


def _dialled(digits: str, plan: _Plan) -> tuple[int, str, _Plan]:
    """Country code, the digits after it, and by whose plan these are read on."""
    abroad = plan.abroad.match(digits) if plan.abroad else None
    if abroad and digits[abroad.end() : abroad.end() + 1] != "0":
        code, rest = _country_code(digits[abroad.end() :])
        main = _main_plan(code) if code else None
        return (code, rest, main) if main else (0, "", plan)
    own = str(plan.code)
    if digits.startswith(own):
        rest = _trunk_stripped(digits[len(own) :], plan)
        if plan.is_too_long(digits) or (not plan.allows(digits) and plan.allows(rest)):
            return plan.code, rest, _main_plan(plan.code) or plan
    return plan.code, digits, plan


def _country_code(digits: str) -> tuple[int, str]:
    """The country code that the digits begin with and the rest, or 0 where there is none."""
    if digits[:1] != "0":
        for size in range(1, min(len(digits), _CODE_DIGITS) + 1):
            if int(digits[:size]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                return int(digits[:size]), digits[size:]
    return 0, digits


def _without_trunk(digits: str, plan: _Plan) -> str:
    """The digits without the 0 or 1 dialled within a country, if what is left may be a number."""
    stripped = _trunk_stripped(digits, plan)
    return stripped if plan.has_length(stripped) or plan.is_too_long(stripped) else digits


def _trunk_stripped(digits: str, plan: _Plan) -> str:
    match = plan.prefix.match(digits) if plan.prefix and digits else None
    if match is None:
        return digits
    if plan.rule and match.groups()[-1] is not None:
        stripped = match.expand(plan.rule) + digits[match.end() :]
    else:
        stripped = digits[match.end() :]
    return digits if plan.allows(digits) and not plan.allows(stripped) else stripped


def _kind(code: int, number: str) -> str:
    """What a number without its country code is in that country; unknown where it is not valid."""
    if not _SHORTEST <= len(number) <= _LONGEST or len(number) not in _lengths_of(code):
        return _UNKNOWN
    plans = _plans_of(code)
    for plan in plans:
        if plan.leading and len(plans) > 1:
            if plan.leading.match(number):
                return plan.kind(number)
        elif kind := plan.kind(number):
            return kind
    return _UNKNOWN


def _nothing(number: str) -> None:
    """No number fits a pattern that is not there."""


class _Range:
    """Numbers of one kind in a plan: their lengths, and the pattern that they all fit."""

    def __init__(self, described: phonenumbers.PhoneNumberDesc | None) -> None:
        pattern = described.national_number_pattern if described else None
        self._lengths = frozenset(described.possible_length) if described else frozenset()
        self.pattern = pattern

    def has(self, number: str) -> bool:
        """Whether a number is one of them."""
        if self._lengths and len(number) not in self._lengths:
            return False
        return self.fits(number) is not None

    @functools.cached_property
    def fits(self) -> Callable[[str], re.Match[str] | None]:
        """Looks whether a number fits the pattern, of whatever length it is."""
        return re.compile(self.pattern).fullmatch if self.pattern else _nothing


@dataclass(frozen=True)
class _Plan:
    """One region's numbering plan."""

    code: int
    abroad: re.Pattern[str] | None
    prefix: re.Pattern[str] | None
    rule: str | None
    trunk: str | None
    leading: re.Pattern[str] | None
    lengths: frozenset[int]
    local_lengths: frozenset[int]
    every: _Range
    special: tuple[_Range, ...]
    fixed: _Range
    mobile: _Range
    is_mobile_as_fixed: bool

    def allows(self, number: str) -> bool:
        """Whether the digits fit what is common to all numbers of the plan, but for the length."""
        return self.every.fits(number) is not None

    def has_length(self, number: str) -> bool:
        """Whether a number may have so many digits."""
        return len(number) in self.lengths and len(number) not in self.local_lengths

    def is_too_long(self, number: str) -> bool:
        """Whether no number has so many digits."""
        return len(number) > max(self.lengths) and len(number) not in self.local_lengths

    def kind(self, number: str) -> str:
        """What a number is, in this plan alone."""
        if not self.every.has(number):
            return _UNKNOWN
        if any(special.has(number) for special in self.special):
            return _OTHER
        if self.fixed.has(number):
            is_both = self.is_mobile_as_fixed or self.mobile.has(number)
            return _OTHER if is_both else _LANDLINE
        is_mobile = not self.is_mobile_as_fixed and self.mobile.has(number)
        return _OTHER if is_mobile else _UNKNOWN


@functools.cache
def _plan_of(region: str) -> _Plan | None:
    if region not in phonenumbers.SUPPORTED_REGIONS:
        return None
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    return _read(plan) if plan else None


@functools.cache
def _plans_of(code: int) -> tuple[_Plan, ...]:
    """The plans of the regions that share a country code, its main region's first."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    found = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code
    return tuple(_read(plan) for region in regions if (plan := found(code, region)))


@functools.cache
def _lengths_of(code: int) -> frozenset[int]:
    return frozenset(length for plan in _plans_of(code) for length in plan.lengths)


def _main_plan(code: int) -> _Plan | None:
    return next(iter(_plans_of(code)), None)


def _read(plan: phonenumbers.PhoneMetadata) -> _Plan:
    def compiled(pattern: str | None) -> re.Pattern[str] | None:
        return re.compile(pattern) if pattern else None

    every = plan.general_desc or phonenumbers.PhoneNumberDesc()
    ranges = (_Range(getattr(plan, name)) for name in _SPECIAL)
    return _Plan(
        code=plan.country_code or 0,
        abroad=compiled(plan.international_prefix),
        prefix=compiled(plan.national_prefix_for_parsing),
        rule=plan.national_prefix_transform_rule,
        trunk=(plan.national_prefix or "").replace("~", "") or None,
        leading=compiled(plan.leading_digits),
        lengths=frozenset(every.possible_length),
        local_lengths=frozenset(every.possible_length_local_only),
        every=_Range(every),
        special=tuple(made for made in ranges if made.pattern),
        fixed=_Range(plan.fixed_line),
        mobile=_Range(plan.mobile),
        is_mobile_as_fixed=plan.same_mobile_and_fixed_line_pattern,
    )
