"""The report as HTML and as PDF: the same words, readable by anybody, hostile text and all."""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pyarrow as pa
import pypdfium2
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.casefile import drawing
from inktrace.casefile.exhibits import write_exhibits
from inktrace.casefile.gather import gather_case
from inktrace.casefile.plots import Point, candidate_plot
from inktrace.casefile.report import report_html, report_pdf
from inktrace.casefile.report_pages import letters
from inktrace.casefile.report_pages.html import html_page
from inktrace.casefile.report_pages.letters import FACES, FONTS, _unknown, written
from inktrace.casefile.report_pages.model import (
    Bullets,
    Column,
    Document,
    Figure,
    Heading,
    Note,
    Paragraph,
    Run,
    Section,
    Side,
    Texts,
    Together,
    code,
    table,
)
from inktrace.casefile.report_pages.pdf import pdf_bytes
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent
from tests.casefile.conftest import START, _tables

HOSTILE = (
    '<script>alert(1)</script> #panic("x") *a* _b_ $c$ \\ @d <e> `f` = g\n- h\n\x00\x07\x1b[0m '
    "‮reversed‬ zero\u200bwidth \ufeff 你好 مرحبا שלום नमस्ते สวัสดี 한국어 🎉 👩‍👩‍👧 e\u0301 \ud800 "
    "⟦name⟧ ﷽ \U000e0041 \u2028 &amp; ]] ]] #] " + "x" * 300
)


def built(**more):
    tables = {**_tables(), **more}
    loaded = {name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows}
    with Engine.in_memory(loaded) as engine:
        return gather_case(engine.relations(), "L-1", silent)


def judgement(verdict, hours, reviewer="Officer A", reason="Called the number."):
    return {
        "ad_id": "ad2",
        "verdict": verdict,
        "reviewer": reviewer,
        "reason": reason,
        "judged_us": START + hours * 3_600_000_000,
        "file_id": 1,
        "row": hours,
    }


def document(text):
    columns = (Column("a"), Column(text, "code"), Column("c", "number"))
    blocks = (
        Heading(text), Paragraph((text, code(text), Run(text, "soft"))), Note((text,), urgent=True),
        Bullets((text, "b")), table(text, columns, [(text, code(text), "1")], text),
        table("none", columns, [], text), Texts((Side(text, (Run(text, "marked"),)),) * 2),
        Together((Heading("x"), Paragraph(text))),
    )  # fmt: skip
    return Document(text, text, False, text, (Section("one", text, blocks),))


def pages(pdf):
    found = pypdfium2.PdfDocument(pdf)
    return [found[place].get_textpage().get_text_range() for place in range(len(found))]


@pytest.fixture(scope="module")
def facts():
    return built()


@pytest.fixture(scope="module")
def page(facts):
    return report_html(facts, Params(), "9.9")


@pytest.fixture(scope="module")
def pdf(facts):
    return report_pdf(facts, Params(), "9.9")


class Outline(HTMLParser):
    """Tags in order, with their attributes; void elements as well."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_can_be_read_without_eyes_or_mouse(page):
    outline = Outline(page)
    assert outline.named("html") == [{"lang": "en"}]
    for landmark in ("main", "nav", "header", "footer"):
        assert len(outline.named(landmark)) == 1, landmark
    assert outline.named("a")[0]["href"] == "#content"
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert len(outline.named("table")) == len(outline.named("caption"))
    assert all(attributes["scope"] == "col" for attributes in outline.named("th"))
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in outline.named("div")
               if a.get("class") == "scroll")  # fmt: skip
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for picture in outline.named("svg"):
        assert picture["role"] == "img"
        assert set(picture["aria-labelledby"].split()) <= set(ids)
    for link in outline.named("a"):
        assert link["href"].removeprefix("#") in ids


def test_both_forms_say_the_same(page, pdf):
    shown = html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    for words in (
        "What supports and what contradicts each proposition",
        "The error rate at this case's prevalence",
        "Where a legal request goes",
        "The transaction behind each join",
        "Comparison with the background population",
        "Every parameter and its value in this run",
        "Nothing here says who held the keys",
        "No person has judged this lead",
    ):
        # Lines end elsewhere in each form.
        wanted = re.sub(r"\W+", "", words)
        assert wanted in re.sub(r"\W+", "", shown), words
        assert wanted in re.sub(r"\W+", "", "".join(pages(pdf))), words


def test_the_pdf_is_tagged_and_the_same_every_time(facts, pdf):
    assert pdf == report_pdf(facts, Params(), "9.9")
    assert b"/MarkInfo" in pdf
    assert b"pdfuaid" in pdf
    assert b"CreationDate" not in pdf


def test_a_lead_that_nobody_judged_says_so_on_every_page(facts, page, pdf):
    assert not facts.reviewed
    assert "NOT REVIEWED" in page.split("@page")[1].split("}")[0]
    assert 'class="stamp"' in page
    assert all("NOT REVIEWED" in one for one in pages(pdf))


def test_a_judged_lead_says_who_when_how_and_why():
    judged = built(
        lead_judgements=[
            judgement("unsure", 1, reason="Too little to say."),
            judgement("supports", 5, "Officer <b>B"),
        ],
        judgements=[
            {"ad_id_a": "=ad1", "ad_id_b": "ad2", "verdict": "same", "reviewer": "Officer C",
             "reason": "Same number.", "judged_us": START, "file_id": 1, "row": 1},
        ],
    )  # fmt: skip
    assert judged.reviewed
    assert judged.review.verdict == "supports"
    text = report_html(judged, Params(), "9.9")
    printed = pages(report_pdf(judged, Params(), "9.9"))
    assert "NOT REVIEWED" not in text
    assert 'class="stamp"' not in text
    assert not any("NOT REVIEWED" in one for one in printed)
    assert all("REVIEWED: a person found support" in one for one in printed)
    for words in ("Officer &lt;b&gt;B, 2024-01-01 05:00:00 UTC: Called the number.",
                  "the latest of 2 judgements", "Too little to say.", "Officer C"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("verdict", ["contradicts", "unsure"])
def test_a_person_who_does_not_agree_is_a_reviewer_too(verdict):
    judged = built(lead_judgements=[judgement(verdict, 1)])
    assert judged.reviewed
    assert f"REVIEWED: a person {'was' if verdict == 'unsure' else 'found'}" in report_html(
        judged, Params(), "9.9"
    )


def test_judgements_are_exhibits(tmp_path):
    judged = built(lead_judgements=[judgement("supports", 5)])
    write_exhibits(judged, Params(), tmp_path / "exhibits")
    rows = (tmp_path / "exhibits" / "lead_judgements.csv").read_text().splitlines()
    assert len(rows) == 2
    assert "2024-01-01T05:00:00Z" in rows[1]
    assert (tmp_path / "exhibits" / "judgements.csv").read_text().count("\n") == 1


def test_hostile_text_stays_text_in_html():
    text = html_page(document(HOSTILE))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not set(text) & {"\u202e", "\x07", "\x00", "\u200b", "\ud800"}
    style = text.split("<style>")[1].split("</style>")[0]
    assert "<" not in style
    assert style.count("{") == style.count("}")
    assert style.count('"') % 2 == 0


def test_hostile_text_stays_text_in_the_pdf():
    text = " ".join(pages(pdf_bytes(document(HOSTILE))))
    # Markup of the typesetter is shown as letters and does nothing.
    assert '#panic("x") *a* _b_ $c$' in text
    assert "‹U+4F60 U+597D›" in text
    assert all(letter in text for letter in "🎉👩👧")
    assert "␣RLO␣reversed" in text


def test_a_picture_with_letters_that_no_font_has_is_set():
    drawn = candidate_plot([Point(3.0, 1.0, 0.5, True)], "p", HOSTILE)
    figure = Figure(drawn, HOSTILE)
    assert "&lt;" not in figure.about
    made = Document("t", "m", True, "u", (Section("s", "s", (figure,)),))
    assert pdf_bytes(made).startswith(b"%PDF")
    assert "<script" not in html_page(made)


def test_a_typesetter_with_fewer_letters_still_sets_the_report(monkeypatch):
    real = letters._unknown
    # The list says that the fonts have what they lack.
    monkeypatch.setattr(letters, "_unknown", lambda few: real(True) if few else re.compile("(?!)"))
    assert pdf_bytes(document("你好 🎉")).startswith(b"%PDF")


def test_emoji_and_thai_are_drawn_and_the_colour_of_skin_is_told():
    assert written("🍒 🅰 สวัสดี مرحبا 𝓫 🇵🇭 👩‍👧 1️⃣") == "🍒 🅰 สวัสดี مرحبا 𝓫 🇵🇭 👩‍👧 1️⃣"
    assert written("👍🏽") == "👍‹U+1F3FD›"
    assert written("👍", few=True) == "‹U+1F44D›"


@given(st.text())
def test_no_unknown_letter_reaches_the_typesetter(text):
    assert not _unknown(False).search(written(text))
    assert written(written(text)) == written(text)


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_any_text_can_be_set(text):
    made = Document("t", "m", False, "u", (Section("s", "s", (Paragraph((text, code(text))),)),))
    assert pdf_bytes(made).startswith(b"%PDF")


def test_the_listed_letters_are_those_of_the_typesetter():
    source = (
        b'#set document(title: "t", date: none)\n'
        b'#set text(lang: "en", font: json(bytes(sys.inputs.faces)))\n'
        b"#for x in json(bytes(sys.inputs.l)) [#text(x)#parbreak()]"
    )
    listed = [chr(c) for c in range(0xA0, 0x20000) if not _unknown(False).search(chr(c))]
    assert len(listed) > 5000
    plain = [letter for letter in listed if not 0xD800 <= ord(letter) < 0xE000]
    typst.compile(
        source, format="pdf", ignore_system_fonts=True, pdf_standards="ua-1",
        font_paths=[FONTS], sys_inputs={"l": json.dumps(plain), "faces": json.dumps(FACES)},
    )  # fmt: skip


def _luminance(colour):
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(one * 2 for one in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    """WCAG 2.2, relative luminance and contrast ratio."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_right():
    assert contrast("#000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("reviewed", [True, False])
def test_text_contrasts_enough(facts, reviewed):
    shown = dataclasses.replace(document("x"), reviewed=reviewed)
    named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", html_page(shown)))
    # The watermark lies under text, so it is a paper of its own.
    papers = ("paper", "shade", "stamp", "found")
    pairs = [(ink, paper) for ink in ("ink", "soft") for paper in papers]
    pairs += [("on-mark", "mark"), ("mark", "paper")]
    for ink, paper in pairs:
        assert contrast(named[ink], named[paper]) >= 4.5, (ink, paper)
    for colour in (drawing.BLUE, drawing.VERMILION, drawing.GREY):
        assert contrast(colour, "#ffffff") >= 4.5
        assert contrast(colour, named["stamp"]) >= 3.0  # marks, WCAG 1.4.11


def test_the_two_layouts_use_the_same_colours():
    layout = files("inktrace.casefile").joinpath("templates/report.typ").read_text()
    named = set(re.findall(r"--(?:ink|soft|shade|line): (#[0-9a-f]+)", html_page(document("x"))))
    assert named <= set(re.findall(r"#[0-9a-f]{6}", layout))
