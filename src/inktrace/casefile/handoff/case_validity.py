"""CASE/UCO: checked by case_validate (SHACL and the names of all concepts) with our extension."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from inktrace.casefile.handoff.case_nodes import CONTEXT
from inktrace.casefile.handoff.case_uco import EXTENSION
from inktrace.casefile.handoff.forms import list_kind, number_kind, one_form_each, text_kind
from inktrace.casefile.handoff.invalid import Invalid, json_document, validator

_Flat = dict[str, dict[str, Any]]
_REFERENCE: Final = {"@id"}
_VALUE: Final = {"@type", "@value"}
# Vocabularies: here a validator looks at the very words.
_WORDS: Final = frozenset({"@type", "types:hashMethod", "investigation:investigationForm"})


def check_case(raw: bytes) -> str:
    """What was checked. Raises Invalid, or NotChecked where case-utils is not installed.

    Only our own context is taken, so that nothing is fetched to read the file.
    """
    document = json_document(raw)
    if not isinstance(document, dict) or set(document) != {"@context", "@graph"}:
        raise Invalid("it is not one context and one graph")
    if document["@context"] != CONTEXT or not isinstance(document["@graph"], list):
        raise Invalid("its context is not that of an Inktrace export")
    nodes = _flat(document["@graph"])
    _check_references(nodes)
    try:
        forms = {name: _form(nodes, node) for name, node in nodes.items()}
        few = one_form_each(nodes, forms.__getitem__)
    except ValueError as many:
        raise Invalid(str(many)) from many
    few = _as_few_as_do(nodes, forms, few)
    _validate({"@context": CONTEXT, "@graph": _sample(nodes, forms, few)})
    return (
        f"CASE/UCO; all {len(nodes):,} nodes are of {len(few)} forms, and case_validate "
        "passed examples of each; every reference has its node"
    )


def validate_whole(path: Path) -> tuple[bool, str]:
    """case_validate on a whole file, which takes some 20 ms a node: whether it conforms, and why.

    Raises NotChecked where case-utils is not installed.
    """
    case_validate = validator("case_utils.case_validate", "CASE/UCO")
    extension = resources.files("inktrace.casefile.handoff") / EXTENSION
    with resources.as_file(extension) as ontology, warnings.catch_warnings():
        # It warns of concepts that are not in the ontology, and then says that it fails.
        warnings.simplefilter("ignore")
        result = case_validate.validate(
            str(path), supplemental_graphs=[str(ontology)], inference="none", allow_infos=True
        )
    unknown = ", ".join(sorted(map(str, result.undefined_concepts)))
    return bool(result.conforms), unknown or str(result.text)


def _validate(document: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="inktrace-") as folder:
        path = Path(folder) / "sample.jsonld"
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            conforms, why = validate_whole(path)
        except (ValueError, TypeError, AssertionError) as error:
            raise Invalid(f"it cannot be read as JSON-LD: {error}") from error
    if not conforms:
        raise Invalid(why)


def _flat(graph: list[Any]) -> _Flat:
    """The nodes of the graph by their ids; facets and the like stay within their node."""
    seen: set[str] = set()
    for node in graph:
        _check_node(node, seen)
    return {node["@id"]: node for node in graph}


def _check_node(node: Any, seen: set[str]) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("@id"), str):
        raise Invalid("a node has no @id")
    name = node["@id"]
    if name in seen:
        raise Invalid(f"{name} is there twice")
    if not name.startswith("kb:"):
        raise Invalid(f"{name} is not a name of its own knowledge base")
    seen.add(name)
    for key, value in node.items():
        prefix, colon, _ = key.partition(":")
        if key == "@type" and not isinstance(value, str):
            raise Invalid(f"{name} has a type that is not a name")
        if not key.startswith("@") and not (colon and prefix in CONTEXT):
            raise Invalid(f"{key} is not a property with a prefix of the context")
        if key.startswith("@") and key not in ("@id", "@type"):
            raise Invalid(f"{key} is not taken here")
        for one in value if isinstance(value, list) else [value]:
            _check_value(key, one, seen)


def _check_value(key: str, value: Any, seen: set[str]) -> None:
    if value is None or isinstance(value, list):
        raise Invalid(f"{key} has a value that is none")
    if not isinstance(value, dict):
        return
    if set(value) in (_REFERENCE, _VALUE):
        if not all(isinstance(part, str) for part in value.values()):
            raise Invalid(f"{key} has a reference or typed value that is not text")
        return
    _check_node(value, seen)


def _check_references(nodes: _Flat) -> None:
    for name, node in nodes.items():
        for target in _targets(node):
            if target not in nodes:
                raise Invalid(f"{name} refers to {target}, which is not there")


def _targets(node: Mapping[str, Any]) -> Iterator[str]:
    for value in node.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and set(one) == _REFERENCE:
                yield one["@id"]
            elif isinstance(one, dict):
                yield from _targets(one)


def _form(nodes: _Flat, node: Mapping[str, Any]) -> Hashable:
    parts = []
    for key, value in sorted(node.items()):
        if key == "@id":
            continue
        given = value if isinstance(value, list) else [value]
        parts.append((key, list_kind(_kind(nodes, key, one) for one in given)))
    return tuple(parts)


def _kind(nodes: _Flat, key: str, value: Any) -> Hashable:
    if isinstance(value, dict):
        if set(value) == _REFERENCE:
            return "node", nodes[value["@id"]].get("@type")
        if set(value) == _VALUE:
            return value["@type"], _lexical(value["@value"])
        return _form(nodes, value)
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return number_kind(value, tops=(1,))
    return value if key in _WORDS else "text"


def _lexical(text: str) -> str:
    try:
        return number_kind(int(text), tops=(1,))
    except ValueError:
        pass
    try:
        return number_kind(float(text), tops=(1,))
    except ValueError:
        return text_kind(text)


def _as_few_as_do(
    nodes: _Flat, forms: Mapping[str, Hashable], few: Mapping[Hashable, list[str]]
) -> dict[Hashable, list[str]]:
    """One node of a form is enough unless a list names two: every node costs some 30 ms."""
    together: set[Hashable] = set()
    for node in nodes.values():
        for value in node.values():
            if isinstance(value, list):
                counted = Counter(forms[target] for target in _targets({"": value}))
                together.update(form for form, count in counted.items() if count > 1)
    return {form: names if form in together else names[:1] for form, names in few.items()}


def _sample(
    nodes: _Flat, forms: Mapping[str, Hashable], few: Mapping[Hashable, list[str]]
) -> list[dict[str, Any]]:
    """Two nodes of each form; what they refer to is replaced by the two of its form."""
    stands_for = {name: few[form] for name, form in forms.items()}
    return [_redirected(nodes[name], stands_for) for names in few.values() for name in names]


def _redirected(node: Mapping[str, Any], stands_for: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        key: _one_each(value, stands_for)
        if isinstance(value, list)
        else _instead(value, stands_for, 0)
        for key, value in node.items()
    }


def _one_each(values: list[Any], stands_for: Mapping[str, list[str]]) -> list[Any]:
    """Values whose references go to as many different nodes of a form as are shown of it."""
    told: dict[str, Any] = {}
    used: dict[str, int] = {}
    for one in values:
        place = 0
        if isinstance(one, dict) and set(one) == _REFERENCE:
            names = stands_for[one["@id"]]
            place = used[names[0]] = used.get(names[0], -1) + 1
            if place >= len(names):
                continue
        other = _instead(one, stands_for, place)
        told[json.dumps(other, sort_keys=True)] = other
    return list(told.values())


def _instead(value: Any, stands_for: Mapping[str, list[str]], place: int) -> Any:
    if not isinstance(value, dict) or set(value) == _VALUE:
        return value
    if set(value) == _REFERENCE:
        return {"@id": stands_for[value["@id"]][place]}
    return _redirected(value, stands_for)
