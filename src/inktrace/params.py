"""Every knob on one page: default, unit, range, help and source.

Each stage has one frozen dataclass. A field made with `knob` carries its range, the sentence
that explains it, and where its default comes from. The TOML key, the command-line option, the
run record and the sentence in the case package are all made from that field; there is no
second default anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from inktrace.errors import UsageError


def knob(default: Any, *, low: Any = None, high: Any = None, help: str, source: str) -> Any:
    """A parameter field: its default, allowed range (inclusive), explanation and origin."""
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "help": help, "source": source}
    )


@dataclass(frozen=True)
class SourceParams:
    """Limits on what is read from outside."""

    max_text_characters: int = knob(
        100_000,
        low=100,
        high=10_000_000,
        help="longest ad text; a longer one is rejected",
        source="ours: 100 times a long classified ad",
    )
    max_line_bytes: int = knob(
        64 * 2**20,
        low=1024,
        high=2**31,
        help="longest line of a text file; a longer one is rejected without being read whole",
        source="ours: memory bound; the largest real transactions are below 10 MB as JSON",
    )
    earliest_year: int = knob(
        1995, low=1970, high=2100, help="posting times before it are rejected", source="ours"
    )
    latest_year: int = knob(
        2100, low=1995, high=2200, help="posting times after it are rejected", source="ours"
    )


@dataclass(frozen=True)
class TextsParams:
    """Repairing, masking and grouping texts."""


@dataclass(frozen=True)
class AuthorsParams:
    """Same-author scores and author clusters."""


@dataclass(frozen=True)
class WalletsParams:
    """CoinJoins, address clusters and services."""


@dataclass(frozen=True)
class PaymentsParams:
    """Which payment bought which ad."""


@dataclass(frozen=True)
class AttributionParams:
    """Which wallet pays for which author's ads."""


@dataclass(frozen=True)
class RingsParams:
    """Indicators and ranking of leads."""


@dataclass(frozen=True)
class Params:
    """All parameters of a workspace, one section per stage."""

    sources: SourceParams = SourceParams()
    texts: TextsParams = TextsParams()
    authors: AuthorsParams = AuthorsParams()
    wallets: WalletsParams = WalletsParams()
    payments: PaymentsParams = PaymentsParams()
    attribution: AttributionParams = AttributionParams()
    rings: RingsParams = RingsParams()

    def with_values(self, values: Mapping[str, Any]) -> Params:
        """A copy with `section.name` keys replaced; strings are read as the field's type.

        Raises UsageError for an unknown key, a value of the wrong type, or one out of range.
        """
        sections: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            section_name, _, field_name = key.partition(".")
            fields = SECTION_FIELDS.get(section_name, {})
            if field_name not in fields:
                known = ", ".join(f"{s}.{f}" for s, fs in SECTION_FIELDS.items() for f in fs)
                raise UsageError(f"there is no parameter {key!r}", do=f"the parameters are {known}")
            sections.setdefault(section_name, {})[field_name] = _checked(
                key, value, fields[field_name]
            )
        changed = {
            name: dataclasses.replace(getattr(self, name), **fields)
            for name, fields in sections.items()
        }
        return dataclasses.replace(self, **changed)


def as_values(section: Any) -> dict[str, Any]:
    """A parameter section as a plain dictionary, for the run record."""
    return dataclasses.asdict(section)


def _checked(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    kind = type(field.default)
    try:
        converted = _converted(value, kind)
    except ValueError:
        raise UsageError(f"{key} is {value!r}", do=f"give a {kind.__name__}") from None
    low, high = field.metadata["low"], field.metadata["high"]
    if kind is str and low is not None and converted not in low:
        raise UsageError(f"{key} is {value!r}", do=f"give one of {', '.join(low)}")
    if kind in (int, float) and not (
        (low is None or converted >= low) and (high is None or converted <= high)
    ):
        raise UsageError(f"{key} is {value}", do=f"it must lie between {low} and {high}")
    return converted


def _converted(value: Any, kind: type) -> Any:
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return words[str(value).lower()] if str(value).lower() in words else _refuse(value)
    if kind is int and isinstance(value, float) and not value.is_integer():
        return _refuse(value)
    return kind(value)


def _refuse(value: Any) -> Any:
    raise ValueError(value)


SECTION_FIELDS: Final[dict[str, dict[str, dataclasses.Field[Any]]]] = {
    section.name: {f.name: f for f in dataclasses.fields(section.default)}  # type: ignore[arg-type]
    for section in dataclasses.fields(Params)
}
