"""How a site's or an agency's files name their columns: the TOML profile of `add ads`.

A profile is a TOML file with up to four sections, all optional:

    [columns]                # our name = the file's name; a name not given stays as it is
    ad_id = "id"
    text = "description"

    [time]
    zone = "Asia/Manila"     # for times without offset; without it they are rejected
    format = "%d/%m/%Y %H:%M"   # strptime; without it ISO 8601 or epoch seconds

    [constants]              # where the file gives no value
    site = "example.org"
    currency = "PHP"

    [file]
    delimiter = ";"          # one character; found from the header where not given
    encoding = "cp1252"      # utf-8 where not given

Anything else in it is an error, so that a misspelt key is not silently without effect.
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from inktrace.errors import InputError
from inktrace.sources.cell_times import zone_named
from inktrace.sources.streams import checked_size

__all__ = ["AD_COLUMNS", "AdProfile", "read_profile"]

AD_COLUMNS: Final = (
    "ad_id",
    "site",
    "posted_at",
    "text",
    "title",
    "body",
    "category",
    "city",
    "region",
    "country",
    "lat",
    "lon",
    "price",
    "currency",
    "author_label",
    "phone",
    "email",
    "image_hashes",
    "url",
)
_CONSTANT_COLUMNS: Final = ("site", "category", "city", "region", "country", "currency")
_LARGEST_BYTES: Final = 2**20


@dataclass(frozen=True)
class AdProfile:
    """How one kind of ad file is read: names of its columns, zone, constants, encoding."""

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    time_format: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None

    def as_values(self) -> dict[str, Any]:
        """The profile as JSON values, for the record of how a file was read."""
        return asdict(self)


def read_profile(
    path: Path,
    columns: Sequence[str] = AD_COLUMNS,
    constants: Sequence[str] = _CONSTANT_COLUMNS,
) -> AdProfile:
    """Read a TOML profile (described at the top of this module).

    `columns` and `constants` are the names that [columns] and [constants] may hold.

    Raises InputError naming the key for an unknown section or key and for a value that
    cannot be: an unknown time zone or encoding, a delimiter of more than one character.
    """
    sections = _sections(path)
    known: dict[str, Sequence[str]] = {
        "columns": columns,
        "time": ("zone", "format"),
        "constants": constants,
        "file": ("delimiter", "encoding"),
    }
    for section, values in sections.items():
        if section not in known:
            raise _wrong(path, f"unknown section [{section}]", known)
        if not isinstance(values, dict):
            raise _wrong(path, f"{section!r} stands outside a section", known)
        for key, value in values.items():
            _check(path, section, key, value, known[section])
    time, form = sections.get("time", {}), sections.get("file", {})
    return AdProfile(
        columns=dict(sections.get("columns", {})),
        zone=time.get("zone"),
        time_format=time.get("format"),
        constants=dict(sections.get("constants", {})),
        delimiter=form.get("delimiter"),
        encoding=form.get("encoding"),
    )


def _sections(path: Path) -> dict[str, Any]:
    if checked_size(path) > _LARGEST_BYTES:
        raise InputError("this is too large for a profile", where=path)
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except PermissionError:
        raise InputError(
            "no permission to read this file", where=path, do="ask its owner for read access"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise InputError(
            f"this is not a TOML profile: {reason}", where=path, do="correct it, or save it as TOML"
        ) from error


def _check(path: Path, section: str, key: str, value: object, known: Sequence[str]) -> None:
    name = f"{section}.{key}"
    if key not in known:
        raise _wrong(path, f"unknown key {name}", known)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} is {value!r}", where=path, do="give a text in quotes")
    if key == "delimiter" and (len(value) != 1 or not value.isascii() or value in '"\r\n'):
        raise InputError(f"{name} is {value!r}", where=path, do="give one character such as ;")
    try:
        if key == "zone":
            zone_named(value)
        if key == "encoding":
            "".encode(codecs.lookup(value).name)  # refuses codecs that do not make text
    except (InputError, LookupError, ValueError):
        raise InputError(
            f"{name} is {value!r}, which is not known", where=path, do="check its spelling"
        ) from None


def _wrong(path: Path, what: str, known: Any) -> InputError:
    return InputError(what, where=path, do=f"it may be one of {', '.join(known)}")
