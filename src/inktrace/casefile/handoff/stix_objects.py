"""What the objects of a STIX bundle share: ids, dates, author, marking, figures."""

from __future__ import annotations

from typing import Any

from inktrace.casefile.handoff.content import Content, confidence, millisecond_time
from inktrace.casefile.handoff.stix_extensions import FIGURES, Extension

StixObject = dict[str, Any]


class Objects:
    """Makes the objects of one lead; ids follow from kind and key."""

    def __init__(self, content: Content):
        """Take the rows to tell of."""
        self.content = content
        self.stamp = millisecond_time(content.stamp_us)
        self.tool = self.id("identity", "tool")
        self.marking = self.id("marking-definition", "not proof")

    def core(self, kind: str, identifier: str) -> StixObject:
        """The properties that every domain object and relationship has."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": identifier,
            **({} if identifier == self.tool else {"created_by_ref": self.tool}),
            "created": self.stamp,
            "modified": self.stamp,
        }

    def observable(
        self, extension: Extension, key: tuple[object, ...], facts: StixObject
    ) -> StixObject:
        """An observable object of our own, with those facts that are known."""
        return {
            "type": extension.object_type,
            "spec_version": "2.1",
            "id": self.id(extension.object_type, *key),
            **known(facts),
            "extensions": {extension.identifier: {"extension_type": "new-sco"}},
        }

    def id(self, kind: str, *key: object) -> str:
        """The id of the object of this type and key."""
        return f"{kind}--{self.content.identifier(f'stix {kind}', *key)}"

    def related(
        self,
        kind: str,
        source: str,
        target: str,
        words: str,
        figures: StixObject,
        probability: float | None,
        *key: object,
    ) -> StixObject:
        """A marked relationship with its exact figures; confidence where there is a probability."""
        told = {
            **self.core("relationship", self.id("relationship", kind, source, target, *key)),
            "relationship_type": "related-to",
            "description": f"{words} A lead, not proof.",
            "source_ref": source,
            "target_ref": target,
            "object_marking_refs": [self.marking],
            "extensions": {
                FIGURES.identifier: {
                    "extension_type": "property-extension",
                    "kind": kind,
                    **known(figures),
                }
            },
        }
        if probability is not None:
            told["confidence"] = confidence(probability)
        return told


def known(facts: StixObject) -> StixObject:
    """The facts that have a value."""
    return {name: value for name, value in facts.items() if value is not None}
