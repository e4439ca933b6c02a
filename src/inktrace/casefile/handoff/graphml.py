"""The lead as GraphML, for yEd, Gephi, Cytoscape and networkx.

References
----------
Brandes et al., GraphML Progress Report, 2002; schema http://graphml.graphdrawing.org/xmlns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from inktrace.casefile.handoff.content import NOT_PROOF, Content
from inktrace.casefile.handoff.network import Network, network_of

XMLNS: Final = "http://graphml.graphdrawing.org/xmlns"
_TYPES: Final = {bool: "boolean", int: "long", float: "double", str: "string"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<graphml xmlns="{XMLNS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    f'xsi:schemaLocation="{XMLNS} {XMLNS}/1.0/graphml.xsd">\n'
)


def graphml_text(content: Content) -> str:
    """A directed graph; every figure is an attribute of its node or edge, unknown ones absent."""
    network = network_of(content)
    keys = _keys(network)
    lines = [_HEAD, *_declarations(keys), '<key id="g0" for="graph" attr.name="lead" ']
    lines.append('attr.type="string"/>\n<key id="g1" for="graph" attr.name="notice" ')
    lines.append('attr.type="string"/>\n<graph id="lead" edgedefault="directed">\n')
    lines.append(f'<data key="g0">{escape(content.lead_id)}</data>\n')
    lines.append(f'<data key="g1">{escape(NOT_PROOF)}</data>\n')
    for entity in network.entities:
        facts = {"kind": entity.kind, "label": entity.label, **entity.facts}
        lines.append(f"<node id={quoteattr(entity.key)}>{_data('node', facts, keys)}</node>\n")
    for relation in network.relations:
        facts = {"kind": relation.kind, **relation.facts}
        lines.append(
            f"<edge id={quoteattr(relation.key)} source={quoteattr(relation.source)} "
            f"target={quoteattr(relation.target)}>{_data('edge', facts, keys)}</edge>\n"
        )
    lines.append("</graph>\n</graphml>\n")
    return "".join(lines)


_Keys = Mapping[tuple[str, str], tuple[str, str]]


def _keys(network: Network) -> _Keys:
    """Per (node or edge, name of a fact): the id of its key and its type."""
    found: dict[tuple[str, str], str] = {("node", "kind"): "string", ("node", "label"): "string"}
    found["edge", "kind"] = "string"
    sides: tuple[tuple[str, Any], ...] = (("node", network.entities), ("edge", network.relations))
    for side, items in sides:
        for item in items:
            for name, value in item.facts.items():
                if value is not None:
                    found[side, name] = _TYPES[type(value)]
    return {key: (f"k{n}", found[key]) for n, key in enumerate(sorted(found))}


def _declarations(keys: _Keys) -> Iterator[str]:
    for (side, name), (identifier, kind) in keys.items():
        yield (
            f'<key id="{identifier}" for="{side}" attr.name={quoteattr(name)} '
            f'attr.type="{kind}"/>\n'
        )


def _data(side: str, facts: Mapping[str, Any], keys: _Keys) -> str:
    return "".join(
        f'<data key="{keys[side, name][0]}">{escape(_text(value))}</data>'
        for name, value in facts.items()
        if value is not None
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # The shortest text that reads back as the very same number.
    return repr(value) if isinstance(value, float) else str(value)
