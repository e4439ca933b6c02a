"""Each standard's own validator passes our exports and refuses broken ones."""

from __future__ import annotations

import importlib
import json
import sys

import pytest

from inktrace.casefile.handoff import export_findings, validity
from inktrace.casefile.handoff.case_validity import check_case, validate_whole
from inktrace.casefile.handoff.flat_validity import check_csv, check_graphml, check_tagpack
from inktrace.casefile.handoff.forms import one_form_each
from inktrace.casefile.handoff.ftm_validity import check_ftm
from inktrace.casefile.handoff.invalid import Invalid
from inktrace.casefile.handoff.stix_validity import check_stix, stix_fault


def changed(raw, *words):
    text = raw.decode()
    for old, new in zip(words[::2], words[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def tags(*lines):
    head = "title: t\ncreator: c\nlabel: l\nsource: s\ncurrency: BTC\nnetwork: BTC\n"
    return (head + "confidence: heuristic\ntags:\n" + "\n".join(lines)).encode()


GOOD = "- address: 1BoatSLRHtKNngkdXEeobR76b53LETtpyT"


def test_every_export_of_a_package_is_valid(folder):
    found = {checked.name: checked for checked in export_findings(folder)}
    assert len(found) == 9
    for checked in found.values():
        assert checked.holds, checked.sentence


def test_large_exports_are_checked_side_by_side_with_the_same_findings(folder, monkeypatch):
    alone = list(export_findings(folder))
    monkeypatch.setattr(validity, "_LARGE_BYTES", 0)
    assert list(export_findings(folder)) == alone


def test_case_validate_passes_the_whole_file(folder):
    conforms, why = validate_whole(folder / "case-uco.jsonld")
    assert conforms, why


def test_stix2_validator_passes_the_whole_bundle(made):
    assert stix_fault(json.loads(made["stix.json"])) is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (('"core:isDirectional":true', '"core:isDirectional":"yes"'), "isDirectional"),
        (('"@type":"core:Relationship"', '"@type":"core:Relationshp"'), "Relationshp"),
        (('"xsd:double","@value":"0.99"', '"xsd:double","@value":"1.99"'), "probability"),
    ],
)
def test_case_validate_refuses_one_wrong_node_among_many(made, words, why):
    with pytest.raises(Invalid, match=why):
        check_case(changed(made["case-uco.jsonld"], *words))


def test_the_last_wrong_node_among_many_like_it_is_found(made):
    graph = json.loads(made["case-uco.jsonld"])
    ads = [node for node in graph["@graph"] if node["@type"] == "observable:Message"]
    ads[-1]["core:hasFacet"][0]["observable:sentTime"]["@value"] = "2024-13-01T00:00:00Z"
    with pytest.raises(Invalid, match="sentTime"):
        check_case(json.dumps(graph).encode())


def test_the_last_wrong_object_among_many_like_it_is_found(made):
    bundle = json.loads(made["stix.json"])
    seen = [item for item in bundle["objects"] if item["type"] == "observed-data"]
    seen[-1]["first_observed"] = "2024-13-01T00:00:00Z"
    with pytest.raises(Invalid):
        check_stix(json.dumps(bundle).encode())


@pytest.mark.parametrize(
    "words",
    [
        ('"action":"https://', '"action":"https://elsewhere.'),
        ('"@graph":[', '"@graph":[{"@id":"kb:x","@context":"https://elsewhere.example/"},'),
        ('"core:source":{"@id":"kb:', '"core:source":{"@id":"kb:nobody-'),
        ('"@context":{', '"@context":["https://elsewhere.example/"],"x":{'),
        ('"@graph":[', '"@graph":[{"@id":"kb:x","@type":"core:UcoObject","core:name":null},'),
        ("{", "["),
    ],
)
def test_a_case_file_that_is_not_ours_is_not_even_parsed(made, words, monkeypatch):
    monkeypatch.setattr(importlib, "import_module", _none)
    with pytest.raises(Invalid):
        check_case(changed(made["case-uco.jsonld"], *words))


@pytest.mark.parametrize(
    "words",
    [
        ('"confidence":9', '"confidence":9999'),
        ('"relationship_type":"related-to",', ""),
        ('"number_observed":1', '"number_observed":"one"'),
        ('"identity_class":"system"', '"identity_class":"sistem"'),
        ('"source_ref":"inktrace-', '"source_ref":"inktrace-nobody-'),
        ('"first_observed":"2024', '"first_observed":"not 2024'),
        ('"type":"note"', '"type":"report"'),
        ('"objects":[', '"objects":[3,'),
        ('"objects":[', '"things":['),
    ],
)
def test_stix2_validator_refuses_a_broken_bundle(made, words):
    with pytest.raises(Invalid):
        check_stix(changed(made["stix.json"], *words))


@pytest.mark.parametrize(
    "words",
    [
        ('"schema":"Article"', '"schema":"Advert"'),
        ('"schema":"Article"', '"schema":"Thing"'),
        ('"publishedAt":["2024', '"publishedAt":["in 2024'),
        ('"publishedAt"', '"publishedWhen"'),
        ('"holder":["', '"holder":["0'),
        ('"properties":{', '"properties":[],"x":{'),
        ('{"id"', '{"name"'),
    ],
)
def test_followthemoney_refuses_what_it_would_drop(made, words):
    assert "kept every value" in check_ftm(made["followthemoney.jsonl"])
    with pytest.raises(Invalid):
        check_ftm(changed(made["followthemoney.jsonl"], *words))


def test_followthemoney_refuses_a_reference_of_the_wrong_kind(made):
    lines = [json.loads(line) for line in made["followthemoney.jsonl"].splitlines()]
    ad = next(line["id"] for line in lines if line["schema"] == "Article")
    wallet = next(line for line in lines if line["schema"] == "CryptoWallet")
    wallet["properties"]["holder"] = [ad]
    with pytest.raises(Invalid, match="holder refers to no LegalEntity"):
        check_ftm("\n".join(map(json.dumps, lines)).encode())


@pytest.mark.parametrize(
    "raw",
    [
        tags(GOOD, "  confidence: certain"),
        tags(GOOD, "  colour: red"),
        tags(GOOD, "  label:"),
        tags("- label: no address"),
        tags("- address: short"),
        tags(GOOD + "\n  label: &a x", GOOD + "\n  label: *a"),
        tags(GOOD, "  is_cluster_definer: perhaps"),
        tags(GOOD, "  address: 1Boat"),
        tags(GOOD, "  [label]: x"),
        tags(GOOD, "  confidence: [heuristic]"),
        tags(GOOD, "  category: perpetrator"),
        tags(GOOD, "  abuse: scam"),
        tags(GOOD, "  lastmod: some day"),
        tags(GOOD, "  label: 7"),
        tags(GOOD, "  lastmod: !!timestamp x"),
        tags(GOOD, "  is_cluster_definer: !!bool x"),
        tags(GOOD, "  label: !!int ''"),
        tags(GOOD, "  ? {a: b}\n  : c"),
        tags(GOOD) + b"\ntags: x",
        tags(GOOD).replace(b"creator: c\n", b""),
        tags(GOOD).replace(b"source: s\n", b""),
        b"- a list",
        b"\x00",
        b"title: [",
    ],
)
def test_a_tagpack_that_the_schema_refuses_is_refused(raw):
    assert check_tagpack(tags(GOOD))
    with pytest.raises(Invalid):
        check_tagpack(raw)


@pytest.mark.parametrize(
    "words",
    [
        ("<graphml ", '<!DOCTYPE x [<!ENTITY a "b">]><graphml '),
        ('target="', 'target="0'),
        ('attr.type="long"', 'attr.type="string "'),
        ("</graph>", ""),
        ("</graph>", "\x01</graph>"),
        ('<node id="', '<node od="'),
        ('<data key="k0">', '<data key="k99">'),
        ("graphml.graphdrawing.org/xmlns", "elsewhere.example"),
    ],
)
def test_a_broken_graph_is_refused(made, words):
    assert check_graphml(made["network.graphml"])
    with pytest.raises(Invalid):
        check_graphml(changed(made["network.graphml"], *words))


@pytest.mark.parametrize("raw", [b"a,b\n=1,2\n", b"a,b\n1\n", b"a,a\n", b"", b"a\n-cmd\n", b"\xff"])
def test_a_broken_table_is_refused(raw):
    assert check_csv(b"a,b\n-1.5,'=2\n")
    with pytest.raises(Invalid):
        check_csv(raw)


def test_without_its_validator_a_file_is_said_to_be_unchecked(folder, monkeypatch):
    monkeypatch.setattr(importlib, "import_module", _none)
    unchecked = [c for c in export_findings(folder) if c.holds is None]
    assert [c.name for c in unchecked] == [
        "exports/case-uco.jsonld",
        "exports/stix.json",
        "exports/followthemoney.jsonl",
    ]
    assert all("inktrace[validate]" in c.sentence for c in unchecked)


def test_another_extension_is_never_run(folder):
    path = folder / "inktrace-extension.ttl"
    path.write_bytes(path.read_bytes() + b"\n# touched")
    for other in set(folder.iterdir()) - {path}:
        other.unlink()
    (found,) = export_findings(folder)
    assert found.holds is None


def test_a_link_a_folder_and_a_giant_are_refused(folder, monkeypatch):
    for path in folder.iterdir():
        path.unlink()
    (folder / "payments.csv").symlink_to("/etc/hostname")
    (folder / "entities.csv").mkdir()
    (folder / "relations.csv").write_bytes(b"a\n" * 100)
    monkeypatch.setattr(validity, "MOST_BYTES", 50)
    found = list(export_findings(folder))
    assert len(found) == 3
    assert not any(checked.holds for checked in found)


def test_a_deep_document_is_refused(folder):
    (folder / "stix.json").write_bytes(b'{"objects":' + b"[" * 100_000)
    (folder / "case-uco.jsonld").write_bytes(b"[" * 100_000)
    found = {c.name: c.holds for c in export_findings(folder)}
    assert not found["exports/stix.json"]
    assert not found["exports/case-uco.jsonld"]


def test_too_many_forms_are_refused():
    with pytest.raises(ValueError, match="different forms"):
        one_form_each(range(10_000), lambda number: number)


def _none(name):
    if name.startswith("inktrace"):
        return sys.modules[name]
    raise ImportError(name)
