"""The parts of a CASE/UCO graph: its prefixes, nodes, facets, digests and typed values."""

from __future__ import annotations

from typing import Any, Final

from inktrace.casefile.handoff.content import Content
from inktrace.units import iso_time

Node = dict[str, Any]

_UCO: Final = "https://ontology.unifiedcyberontology.org/uco"
CONTEXT: Final = {
    "action": f"{_UCO}/action/",
    "configuration": f"{_UCO}/configuration/",
    "core": f"{_UCO}/core/",
    "identity": f"{_UCO}/identity/",
    "inktrace": "https://inktrace.example/ontology/",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "kb": "https://inktrace.example/kb/",
    "observable": f"{_UCO}/observable/",
    "tool": f"{_UCO}/tool/",
    "types": f"{_UCO}/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The only context of a CASE export; nothing is looked up elsewhere."""


class Nodes:
    """Makes the nodes of one lead; ids follow from kind and key."""

    def __init__(self, content: Content):
        self.content = content

    def ref(self, kind: str, *key: object) -> Node:
        """A reference to the node of this kind and key."""
        return {"@id": f"kb:{kind}-{self.content.identifier(f'case {kind}', *key)}"}

    def node(
        self, kind: str, key: tuple[object, ...], rdf_type: str, name: str | None, **facts: Any
    ) -> Node:
        """A node with its name and those facts that are known."""
        return {
            **self.ref(kind, *key),
            "@type": rdf_type,
            **known({"core:name": name}),
            **known(facts),
        }

    def facet(self, kind: str, key: tuple[object, ...], rdf_type: str, **facts: Any) -> Node:
        """A facet of the node of this kind and key."""
        plain = rdf_type.rpartition(":")[2]
        return {**self.ref(plain, kind, *key), "@type": rdf_type, **known(facts)}

    def digest(self, kind: str, key: tuple[object, ...], sha256: str, **facts: Any) -> Node:
        """A content facet with the SHA-256 of the bytes (of a text: of its UTF-8)."""
        value = {
            **self.ref("hash", kind, *key),
            "@type": "types:Hash",
            "types:hashMethod": "SHA256",
            "types:hashValue": {"@type": "xsd:hexBinary", "@value": sha256},
        }
        told = {"observable:hash": value, **facts}
        return self.facet(kind, key, "observable:ContentDataFacet", **told)

    def time(self, microseconds: int | None) -> Node | None:
        """A typed UTC time, or None where there is none."""
        if microseconds is None:
            return None
        return {"@type": "xsd:dateTime", "@value": iso_time(microseconds)}

    def real(self, number: float | None) -> Node | None:
        """A typed double whose text reads back as the very same number."""
        return None if number is None else {"@type": "xsd:double", "@value": repr(number)}


def known(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that have a value; an empty list is none."""
    return {name: value for name, value in facts.items() if value is not None and value != []}
