"""TagPack, GraphML and CSV: checked here by the rules of their formats, no library needed."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree  # a document type is refused below
from collections.abc import Callable, Collection
from typing import Final

import yaml

from inktrace.casefile.handoff.graphml import XMLNS
from inktrace.casefile.handoff.invalid import Invalid
from inktrace.sources.tagpack import NotTagPack, TagColumns, read_tags

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NEEDED: Final = ("label", "source", "currency", "network", "confidence")
_HEAD: Final = ("title", "creator")
_TAG_FIELDS: Final = frozenset(
    "label source currency network context confidence is_cluster_definer lastmod category abuse "
    "address tx_hash actor concepts tag_type".split()
)
_FIELDS: Final = _TAG_FIELDS | {*_HEAD, "description", "owner", "is_public", "tags"}
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
_FORMULA: Final = ("=", "+", "@", "\t", "\r")


def check_tagpack(raw: bytes) -> str:
    """What was checked: it is read as `inktrace add tags` reads it, and fits the schema.

    The schema's own program, graphsense-lib, fetches a list of actors whenever it validates; so
    its rules on fields, types and confidences are kept here.
    """
    tags = TagColumns(1)
    try:
        read_tags(io.BytesIO(raw), tags)
        complaint = next(tags.complaints(), None)
        if complaint is not None:
            raise Invalid(complaint[1])
        # No alias is in it, or there would be a complaint: it cannot grow on being read.
        pack = yaml.load(raw, Loader=_LOADER)  # noqa: S506  # the safe loader, in C or in Python
    except (yaml.YAMLError, NotTagPack, ValueError) as error:
        raise Invalid(f"it is not a TagPack: {error}") from error
    _check_fields("its head", pack, _FIELDS, _HEAD)
    for number, tag in enumerate(pack["tags"], 1):
        _check_fields(f"tag {number}", tag, _TAG_FIELDS, [n for n in _NEEDED if n not in pack])
    return f"TagPack; all {len(tags):,} tags have the fields that the schema demands"


def _check_fields(
    where: str, fields: dict[str, object], allowed: Collection[str], needed: Collection[str]
) -> None:
    for name, value in fields.items():
        if name not in allowed or value is None:
            raise Invalid(f"{where} has the field {name}, which is unknown or empty")
    missing = [name for name in needed if name not in fields]
    if missing:
        raise Invalid(f"{where} lacks {', '.join(missing)}")
    if fields.get("confidence", "unknown") not in _CONFIDENCES:
        raise Invalid(f"{where} has a confidence that the schema does not know")
    for name in ("is_public", "is_cluster_definer"):
        if not isinstance(fields.get(name, False), bool):
            raise Invalid(f"{where}: {name} is neither true nor false")


def check_graphml(raw: bytes) -> str:
    """What was checked: well-formed, and every key, node and value is as declared."""
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Invalid("it declares a document type, which is refused")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314  # no entity can be declared
    except ElementTree.ParseError as error:
        raise Invalid(f"it is not XML: {error}") from error
    if root.tag != _name("graphml"):
        raise Invalid("its root is not graphml")
    keys = {k.get("id"): (k.get("for"), k.get("attr.type")) for k in root.iter(_name("key"))}
    if any(kind not in _VALUES for _, kind in keys.values()):
        raise Invalid("a key has no type that GraphML knows")
    nodes = [node.get("id") for node in root.iter(_name("node"))]
    if len(set(nodes)) != len(nodes) or None in nodes:
        raise Invalid("a node has no id of its own")
    known, edges = set(nodes), 0
    for edge in root.iter(_name("edge")):
        edges += 1
        if edge.get("source") not in known or edge.get("target") not in known:
            raise Invalid(f"edge {edge.get('id')} has an end that is not there")
    for side in ("graph", "node", "edge"):
        for element in root.iter(_name(side)):
            for data in element.findall(_name("data")):
                _check_value(side, data, keys)
    return f"GraphML; all {len(nodes):,} nodes and {edges:,} edges have values of declared types"


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
    if declared not in (side, "all"):
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
