"""What a check of an export can say beside "it is valid", and JSON read with care."""

from __future__ import annotations

import importlib
import json
from typing import Any, Final

from inktrace.casefile.bag.reading import no_repeats

INSTALL: Final = "install inktrace[validate]"


class Invalid(Exception):
    """The file is not what its standard asks for; the message says why."""


class NotChecked(Exception):
    """The file could not be checked; the message says why and what to do."""


def validator(name: str, standard: str) -> Any:
    """The module of a standard's own validator, or NotChecked where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        raise NotChecked(f"the validator of {standard} is not here: {INSTALL}.") from missing


def json_document(raw: bytes) -> Any:
    """A JSON document with no key repeated and no number that is none. Raises Invalid."""
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=no_repeats, parse_constant=_refuse)
    except ValueError as error:
        raise Invalid(f"it is not JSON: {error}") from error


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a number of JSON")
