"""STIX 2.1: checked by the OASIS stix2-validator, strictly but for random ids."""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from inktrace.casefile.handoff.forms import list_kind, number_kind, one_form_each, text_kind
from inktrace.casefile.handoff.invalid import Invalid, json_document, validator

# The standard recommends random ids for most objects; ours follow from the content, so that the
# same lead gives the same bytes.
DISABLED: Final = "uuid-check"
_ID: Final = re.compile(
    r"([a-z0-9-]{3,250})--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"
)
# Here a validator looks at the very words.
_WORDS: Final = frozenset(
    "type spec_version identity_class relationship_type extension_type extension_types "
    "report_types definition_type".split()
)


def check_stix(raw: bytes) -> str:
    """What was checked. Raises Invalid, or NotChecked where stix2-validator is not installed."""
    bundle = json_document(raw)
    if not isinstance(bundle, dict) or not isinstance(bundle.get("objects"), list):
        raise Invalid("it is not a bundle of objects")
    objects = bundle["objects"]
    _check_ids(objects)
    try:
        few = one_form_each(objects, lambda item: _form("", item))
    except ValueError as many:
        raise Invalid(str(many)) from many
    sample = [_shortened(item) for items in few.values() for item in items]
    fault = stix_fault({**bundle, "objects": sample})
    if fault is not None:
        raise Invalid(fault)
    return (
        f"STIX 2.1; all {len(objects):,} objects are of {len(few)} forms, and stix2-validator "
        "passed examples of each; every reference has its object"
    )


def stix_fault(bundle: Mapping[str, Any]) -> str | None:
    """The first thing that stix2-validator finds wrong with a whole bundle, some 5 ms an object.

    Raises NotChecked where stix2-validator is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stix = validator("stix2validator", "STIX 2.1")
        options = stix.ValidationOptions(version="2.1", strict=True, disabled=DISABLED, silent=True)
        try:
            result = stix.validate_instance(bundle, options)
        except Exception as error:  # noqa: BLE001  # whatever it raises, the bundle is not valid
            return f"{type(error).__name__}: {error}"
    if result.is_valid:
        return None
    return "; ".join(str(error) for error in result.errors[:3]) or "stix2-validator refuses it"


def _check_ids(objects: list[Any]) -> None:
    known: set[str] = set()
    for item in objects:
        name = item.get("id") if isinstance(item, dict) else None
        found = _ID.match(name) if isinstance(name, str) else None
        if found is None or found[1] != item.get("type"):
            raise Invalid(f"an object has no proper id: {name!r}")
        if name in known:
            raise Invalid(f"{name} is there twice")
        known.add(str(name))
    for item in objects:
        for target in _targets(item):
            if target not in known:
                raise Invalid(f"{item['id']} refers to {target}, which is not there")


def _targets(item: Mapping[str, Any]) -> Iterator[Any]:
    for name, value in item.items():
        if name.endswith("_ref"):
            yield value
        elif name.endswith("_refs") and isinstance(value, list):
            yield from (one if isinstance(one, str) else repr(one) for one in value)
    extensions = item.get("extensions")
    if isinstance(extensions, dict):
        yield from extensions


def _shortened(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object with the first references of each type; all of them were looked up before."""
    told = dict(item)
    for name, value in item.items():
        if name.endswith("_refs") and isinstance(value, list):
            kinds = one_form_each(value, lambda one: _form("", one))
            told[name] = [one for some in kinds.values() for one in some]
    return told


def _form(key: str, value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple((name, _form(name, value[name])) for name in sorted(value))
    if isinstance(value, list):
        return list_kind(_form(key, one) for one in value)
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int | float):
        return number_kind(value, tops=(1, 100))
    if key in _WORDS:
        return str(value)
    found = _ID.match(value)
    return f"id of {found[1]}" if found else text_kind(value)
