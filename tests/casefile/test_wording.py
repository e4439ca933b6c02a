"""A report says "lead", likelihoods and propositions, and never that anyone did anything."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import pypdfium2
import pytest

from inktrace import casefile
from inktrace.casefile.exhibits import write_exhibits
from inktrace.casefile.gather import gather_case
from inktrace.casefile.report import report_html, report_pdf
from inktrace.params import Params
from inktrace.progress import silent

FOLDER = Path(casefile.__file__).parent
FORBIDDEN = re.compile(
    r"""\b(
        prov(e|es|ed|en|ing|able|ably|es) | disprov(e|es|ed|en|ing) | conclusive(ly)?
      | (certain|undoubted|definite|unquestionabl|indisputabl|undeniabl|unmistakabl)(ly|y)
      | (beyond|without|no)\s+(a\s+|any\s+)?(reasonable\s+)?doubts?
      | (is|are|was|were)\s+(a|the)\s+(human\s+)?(traffickers?|pimps?|killers?)
      | traffickers? | guilt | guilty | guiltily | culprits? | culpab(le|ility)
      | perpetrat(e|es|ed|or|ors|ing) | criminals? | offenders? | convict(s|ed|ion|ions)?
      | (is|are)\s+responsible\s+for | confirms?\s+that | establish(es|ed)\s+that
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.mark.parametrize(
    "words",
    [
        "This proves it.", "It was proven", "Proving that", "he is the trafficker", "guilty",
        "certainly", "beyond reasonable doubt", "without any doubt", "The culprit", "convicted",
    ],
)  # fmt: skip
def test_the_test_knows_what_it_looks_for(words):
    assert FORBIDDEN.search(words)


@pytest.mark.parametrize("words", ["Merkle proofs", "improved", "provenance", "a certain share"])
def test_the_test_leaves_plain_words_alone(words):
    assert not FORBIDDEN.search(words)


def _literals(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda p: p.name)
def test_no_sentence_of_the_program_says_more_than_a_lead(path):
    said = " \n".join(_literals(path))
    assert not [found.group() for found in FORBIDDEN.finditer(said)]


@pytest.mark.parametrize(
    "path", sorted(p for p in FOLDER.glob("templates/*") if p.is_file()), ids=lambda p: p.name
)
def test_no_template_says_more_than_a_lead(path):
    found = FORBIDDEN.finditer(path.read_text(encoding="utf-8"))
    assert not [one.group() for one in found]


def test_no_rendered_report_and_no_exhibit_says_more_than_a_lead(relations, tmp_path):
    facts = gather_case(relations, "L-1", silent)
    write_exhibits(facts, Params(), tmp_path / "exhibits")
    said = {path.name: path.read_text("utf-8") for path in (tmp_path / "exhibits").iterdir()}
    page = report_html(facts, Params(), "9.9")
    said["report.html"] = html.unescape(re.sub(r"<[^>]+>", " ", page))
    document = pypdfium2.PdfDocument(report_pdf(facts, Params(), "9.9"))
    said["report.pdf"] = " ".join(one.get_textpage().get_text_range() for one in document)
    assert len(said["report.pdf"]) > 1000
    for name, text in said.items():
        assert not [found.group() for found in FORBIDDEN.finditer(text)], name
