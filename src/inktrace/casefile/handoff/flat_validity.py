"""TagPack, GraphML and CSV: checked here by the rules of their formats, no library needed."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree  # a document type is refused below
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any, Final

import yaml

from inktrace.casefile.handoff.graphml import XMLNS
from inktrace.casefile.handoff.invalid import Invalid
from inktrace.sources.tagpack import NotTagPack, TagColumns, read_tags

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NEEDED: Final = ("label", "source", "currency", "network", "confidence")
_HEAD: Final = ("title", "creator")
# Of the fields that the schema knows, those that our packs have: nobody's abuse or name is alleged.
_TAG_FIELDS: Final = frozenset(
    "label source currency network confidence is_cluster_definer lastmod category address".split()
)
_FIELDS: Final = _TAG_FIELDS | {*_HEAD, "description", "is_public", "tags"}
_TYPES: Final[dict[str, type]] = {
    "is_public": bool, "is_cluster_definer": bool, "lastmod": date, "tags": list,
}  # fmt: skip
_CONFIDENCES: Final = frozenset(
    "override ownership ledger_immanent manual_transaction service_api forensic_investigation "
    "authority_data trusted_provider service_data forensic untrusted_transaction web_crawl "
    "heuristic unknown".split()
)
_VALUES: Final[dict[str, Callable[[str], object]]] = {
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "string": str,
}
# Of GraphML's elements, those that our files have: what may be in each, and its attributes.
_SHAPES: Final = {
    f"{{{XMLNS}}}{name}": ({f"{{{XMLNS}}}{child}" for child in inside.split()}, set(has.split()))
    for name, inside, has in (
        ("graphml", "key graph", ""),
        ("key", "", "id for attr.name attr.type"),
        ("graph", "data node edge", "id edgedefault"),
        ("node", "data", "id"),
        ("edge", "data", "id source target"),
        ("data", "", "key"),
    )
}
_CHOICES: Final = {"for": ("graph", "node", "edge"), "edgedefault": ("directed",)}
_SCHEMA_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_TOKEN: Final = re.compile(r"[\w.:-]+")
_FORMULA: Final = ("=", "+", "@", "\t", "\r")


def check_tagpack(raw: bytes) -> str:
    """What was checked: it is read as `inktrace add tags` reads it, and fits the schema.

    The schema's own program, graphsense-lib, cannot be installed beside us. So its rules on fields,
    types and confidences are kept here, and tests hold them against that program.
    """
    tags = TagColumns(1)
    try:
        read_tags(io.BytesIO(raw), tags)
        complaint = next(tags.complaints(), None)
        if complaint is not None:
            raise Invalid(complaint[1])
        # No alias is in it, or there would be a complaint: it cannot grow on being read.
        pack = _constructed(raw)
    except (yaml.YAMLError, NotTagPack, ValueError) as error:
        raise Invalid(f"it is not a TagPack: {error}") from error
    _check_fields("its head", pack, _FIELDS, _HEAD)
    for number, tag in enumerate(pack["tags"], 1):
        _check_fields(f"tag {number}", tag, _TAG_FIELDS, [n for n in _NEEDED if n not in pack])
    return f"TagPack; all {len(tags):,} tags have the fields that the schema demands"


def _constructed(raw: bytes) -> Any:
    """What the YAML says, by the safe loader; a field that stands twice in one place is refused."""
    loader = _LOADER(raw)
    try:
        document: Any = loader.get_single_node()
        _check_names(document)
        for key, value in document.value:
            for tag in value.value if key.value == "tags" else ():
                _check_names(tag)
        return loader.construct_document(document)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # What PyYAML makes of `!!timestamp x`, `!!int ''` and `!!bool x`.
        raise Invalid("a value in it is not of the kind that it is said to be") from error
    finally:
        loader.dispose()


def _check_names(mapping: Any) -> None:
    names = {key.value for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)}
    if len(names) != len(mapping.value):
        raise Invalid("a field stands in it twice, or its name is no text")


def _check_fields(
    where: str, fields: dict[str, object], allowed: Collection[str], needed: Collection[str]
) -> None:
    for name, value in fields.items():
        if name not in allowed or value is None:
            raise Invalid(f"{where} has the field {name}, which is unknown or empty")
        if not isinstance(value, _TYPES.get(name, str)) or not str(value).strip():
            raise Invalid(f"{where}: {name} is not of the kind that the schema demands")
    missing = [name for name in needed if name not in fields]
    if missing:
        raise Invalid(f"{where} lacks {', '.join(missing)}")
    if fields.get("confidence", "unknown") not in _CONFIDENCES:
        raise Invalid(f"{where} has a confidence that the schema does not know")
    if fields.get("category", "unknown") != "unknown":
        raise Invalid(f"{where} has a category, and our packs say of no address what it is")


def check_graphml(raw: bytes) -> str:
    """What was checked: well-formed, and every key, node and value is as declared."""
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Invalid("it declares a document type, which is refused")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314  # no entity can be declared
    except ElementTree.ParseError as error:
        raise Invalid(f"it is not XML: {error}") from error
    if root.tag != _name("graphml") or [e.tag for e in root][-1:] != [_name("graph")]:
        raise Invalid("its root is not graphml, or does not end with its graph")
    if len(root.findall(_name("graph"))) != 1:
        raise Invalid("it has several graphs")
    for element in root.iter():
        _check_shape(element)
    _check_unique("key", root.iter(_name("key")), "id")
    _check_unique("node", root.iter(_name("node")), "id")
    _check_unique("edge", root.iter(_name("edge")), "id")
    keys = {k.get("id"): (k.get("for"), k.get("attr.type")) for k in root.iter(_name("key"))}
    if any(kind not in _VALUES for _, kind in keys.values()):
        raise Invalid("a key has no type that GraphML knows")
    nodes, edges = {node.get("id") for node in root.iter(_name("node"))}, 0
    for edge in root.iter(_name("edge")):
        edges += 1
        if edge.get("source") not in nodes or edge.get("target") not in nodes:
            raise Invalid(f"edge {edge.get('id')} has an end that is not there")
    for side in ("graph", "node", "edge"):
        for element in root.iter(_name(side)):
            _check_unique(f"value of a {side}", element.findall(_name("data")), "key")
            for data in element.findall(_name("data")):
                _check_value(side, data, keys)
    return f"GraphML; all {len(nodes):,} nodes and {edges:,} edges have values of declared types"


def _check_shape(element: ElementTree.Element) -> None:
    """Refuses what the schema of GraphML refuses, and what our files never have."""
    inside, attributes = _SHAPES.get(element.tag, (set(), None))
    if attributes is None or not inside.issuperset(child.tag for child in element):
        raise Invalid("it has an element that our GraphML does not have, or not there")
    given = {key: value for key, value in element.items() if key != _SCHEMA_LOCATION}
    if given.keys() != attributes:
        raise Invalid("an element lacks an attribute, or has one that does not belong there")
    for key, value in given.items():
        if not _TOKEN.fullmatch(value) or value not in _CHOICES.get(key, (value,)):
            raise Invalid(f"the attribute {key} has a value that it cannot have")
    text = "" if element.tag == _name("data") else element.text or ""
    if text.strip() or (element.tail or "").strip():
        raise Invalid("it has text outside of its values")


def _check_unique(what: str, elements: Iterable[ElementTree.Element], attribute: str) -> None:
    found = [element.get(attribute) for element in elements]
    if len(set(found)) != len(found):
        raise Invalid(f"two have the same {attribute}: {what}")


def check_csv(raw: bytes) -> str:
    """What was checked: equal columns in every row, and no cell that runs as a formula."""
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))
    except (csv.Error, ValueError) as error:
        raise Invalid(f"it is not CSV: {error}") from error
    if not rows or len(set(rows[0])) != len(rows[0]):
        raise Invalid("it has no names of columns, or one twice")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise Invalid(f"row {number} has {len(row)} cells, not {len(rows[0])}")
        if any(_runs(cell) for cell in row):
            raise Invalid(f"row {number} has a cell that a spreadsheet runs as a formula")
    return f"CSV; all {len(rows) - 1:,} rows have {len(rows[0])} cells, none of them a formula"


def _check_value(
    side: str, data: ElementTree.Element, keys: dict[str | None, tuple[str | None, str | None]]
) -> None:
    declared, kind = keys.get(data.get("key"), (None, None))
    if declared != side:
        raise Invalid(f"a {side} has a value with no declared key")
    try:
        _VALUES[str(kind)](data.text or "")
    except (ValueError, KeyError) as error:
        raise Invalid(f"a value of key {data.get('key')} is no {kind}") from error


def _runs(cell: str) -> bool:
    if cell.startswith("-"):
        try:
            float(cell)
        except ValueError:
            return True
    return cell.startswith(_FORMULA)


def _name(tag: str) -> str:
    return f"{{{XMLNS}}}{tag}"
