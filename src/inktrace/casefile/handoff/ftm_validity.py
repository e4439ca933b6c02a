"""FollowTheMoney: every line read by its own model, and compared with what the model kept."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from inktrace.casefile.handoff.invalid import Invalid, json_document, validator


def check_ftm(raw: bytes) -> str:
    """What was checked. Raises Invalid, or NotChecked where followthemoney is not installed.

    The model drops values that it does not like without a word; here that is a fault.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = validator("followthemoney", "FollowTheMoney")
    entities = [json_document(line) for line in raw.splitlines() if line.strip()]
    if not entities:
        raise Invalid("it has no entities")
    kinds: dict[str, Any] = {}
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("id"), str):
            raise Invalid("a line is not an entity with an id")
        if entity["id"] in kinds:
            raise Invalid(f"entity {entity['id']} is there twice")
        kinds[entity["id"]] = _schema(library.model, entity)
    for entity in entities:
        _check(library, entity, kinds)
    return f"FollowTheMoney; its model kept every value of all {len(entities):,} entities"


def _schema(model: Any, entity: Mapping[str, Any]) -> Any:
    schema = model.get(entity.get("schema"))
    if schema is None or schema.abstract:
        raise Invalid(f"there is no schema {entity.get('schema')!r}")
    return schema


def _check(library: Any, entity: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    name, schema, given = entity["id"], kinds[entity["id"]], entity.get("properties")
    if not isinstance(given, dict) or not all(isinstance(v, list) for v in given.values()):
        raise Invalid(f"entity {name} has no properties with lists of values")
    try:
        schema.validate(entity)
        kept = library.model.get_proxy(entity, cleaned=False).to_dict()["properties"]
    except (library.exc.FollowTheMoneyException, TypeError, ValueError) as error:
        raise Invalid(f"entity {name}: {error}") from error
    for prop, values in given.items():
        if sorted(map(str, values)) != sorted(kept.get(prop, [])):
            raise Invalid(f"entity {name} loses or changes a value of {prop}")
        described = schema.get(prop)
        if described.range is None:
            continue
        for target in values:
            other = kinds.get(target)
            if other is None or not other.is_a(described.range):
                raise Invalid(f"entity {name}: {prop} refers to no {described.range.name}")
