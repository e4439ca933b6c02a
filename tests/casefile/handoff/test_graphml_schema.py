"""Our GraphML is valid by the format's own XML Schema, and what that refuses our check refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from inktrace.casefile.handoff.content import content_of
from inktrace.casefile.handoff.flat_validity import check_graphml
from inktrace.casefile.handoff.graphml import graphml_text
from inktrace.casefile.handoff.invalid import Invalid
from inktrace.casefile.redaction.known import Known
from inktrace.casefile.redaction.profiles import NAMES, PROFILES
from inktrace.casefile.redaction.redact import redacted

SCHEMA = Path(__file__).with_name("graphml_schema") / "graphml.xsd"


@pytest.fixture(scope="module")
def complaints():
    """A function from a file's bytes to what the schema says against it."""
    nothing_fetched = etree.XMLParser(no_network=True, resolve_entities=False)
    schema = etree.XMLSchema(etree.parse(SCHEMA, nothing_fetched))

    def validate(raw):
        schema.validate(etree.fromstring(raw, nothing_fetched))
        return [entry.message for entry in schema.error_log]

    return validate


@pytest.mark.parametrize("profile", NAMES)
def test_the_schema_passes_the_graph_of_every_profile(facts, complaints, profile):
    seen = redacted(facts, PROFILES[profile], b"a key that nobody can guess, 32.", Known())
    assert complaints(graphml_text(content_of(seen, "9.9")).encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('<node id="', '<node od="', "attribute 'id' is required"),
        ('<node id="', '<node id="a b ', "NMTOKEN"),
        ('edgedefault="directed"', 'edgedefault="both"', "not an element of the set"),
        ('attr.type="long"', 'attr.type="whole"', "not an element of the set"),
        ('attr.name="kind"', 'attr.name="kind of it"', "key.name.type"),
        ('for="graph"', 'for="lead"', "not an element of the set"),
        ('<edge id="', '<edge weight="1" id="', "attribute 'weight' is not allowed"),
        ('<edge id="', 'a word<edge id="', "Character content"),
        ('target="', 'target="x', "No match found"),
        ('<key id="k1"', '<key id="k0"', "Duplicate key-sequence"),
        ('<data key="g0">', '<data key="g1">', "Duplicate key-sequence"),
        ('<data key="g0">', '<data key="k99">', "No match found"),
        ("</graph>", "<vertex/></graph>", "not expected"),
    ],
)
def test_the_schema_refuses_a_broken_graph_and_so_do_we(made, complaints, old, new, why):
    text = made["network.graphml"].decode()
    assert old in text
    raw = text.replace(old, new, 1).encode()
    assert any(why in complaint for complaint in complaints(raw))
    with pytest.raises(Invalid):
        check_graphml(raw)
