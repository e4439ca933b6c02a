"""Pictures and pages of author figures: well-formed, the same every time, nothing hostile alive."""

from __future__ import annotations

import copy
import json
from xml.etree import ElementTree

import numpy as np
import pytest

from inktrace.authors.error_figures import (
    ScoredPairs,
    error_curves,
    headline_figures,
    reliability,
)
from inktrace.casefile.author_figures import evaluation_pictures
from inktrace.casefile.author_words import member_words, pair_words
from inktrace.casefile.evaluation_files import write_evaluation
from inktrace.casefile.explanation_page import explanation_html, marked_pieces
from inktrace.casefile.hour_words import author_hour_words, member_hour_words
from inktrace.errors import WorkspaceError

EVIL = "<script>alert('x')</script>\u202eevil"


@pytest.fixture(scope="module")
def document():
    random = np.random.default_rng(3)
    same = np.arange(4000) < 300
    lr = np.round(random.normal(np.where(same, 1.5, -1.5), 1.0), 3)
    authors = random.integers(0, 60, 4000)
    pairs = ScoredPairs(lr, same, np.ones(4000), authors, np.where(same, authors, authors + 1))
    probability = 1.0 / (1.0 + 10.0 ** (2.0 - lr))
    return {
        "headline": headline_figures(pairs, rounds=20),
        "reliability": {
            "prevalence": 0.01,
            "bins": reliability(pairs, probability, 0.01, rounds=20),
        },
        "curves": error_curves(pairs),
    }


def test_pictures_are_well_formed_and_tell_what_their_axes_are(document):
    pictures = evaluation_pictures(document)
    assert set(pictures) == {"roc.svg", "det.svg", "tippett.svg", "reliability.svg"}
    for name, drawing in pictures.items():
        root = ElementTree.fromstring(drawing)  # noqa: S314 - our own
        space = "{http://www.w3.org/2000/svg}"
        words = [text.text for text in root.iter(f"{space}text")]
        assert root.find(f"{space}title") is not None
        assert root.find(f"{space}desc").text
        assert any("pairs" in word or "author" in word for word in words), name
        assert "nan" not in drawing


def test_the_same_document_gives_the_same_bytes(document, tmp_path):
    for folder in ("a", "b"):
        names = write_evaluation(copy.deepcopy(document), tmp_path / folder)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "evaluation.json").read_text()) == document
    assert {path.name for path in (tmp_path / "a").iterdir()} == set(names)


def test_a_folder_that_cannot_be_made_is_told_in_one_line(document, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_evaluation(document, tmp_path / "file")


def test_a_curve_without_a_single_error_is_drawn_too():
    same = np.arange(40) < 20
    pairs = ScoredPairs(
        np.where(same, 3.0, -3.0), same, np.ones(40), np.arange(40), np.arange(40) + ~same
    )
    drawn = evaluation_pictures(
        {
            "headline": headline_figures(pairs, rounds=5),
            "reliability": {"prevalence": 0.5, "bins": []},
            "curves": error_curves(pairs),
        }
    )
    for drawing in drawn.values():
        ElementTree.fromstring(drawing)  # noqa: S314 - our own


def pair_facts(text):
    ad = {"ad_id": EVIL, "author_id": "A-1", "characters": len(text), "language": "en",
          "masked_text": text}  # fmt: skip
    return {
        "kind": "pair",
        "ads": [ad, {**ad, "ad_id": "other"}],
        "log10_lr": 2.5,
        "same_author_probability": 0.7,
        "prior_probability": 0.01,
        "same_template": False,
        "put_together": True,
        "identifiers": {
            "shared": [{"kind": "handle", "value": EVIL, "ads": 3, "crowded": False}],
            "only_a": 0,
            "only_b": 1,
        },
        "posting_hours": {
            "ads": {"sittings_a": 1.0, "sittings_b": 1.0, "log10_lr": 0.04},
            "authors": {"sittings_a": 9.0, "sittings_b": 12.0, "log10_lr": -0.8},
            "fitted_on_authors": 40,
            "most_log10_lr": 1.1,
        },
        "corpus_texts": 1000,
        "most_texts": 10,
        "rare_words": [
            {"sequence": text[:8], "texts": 2, "spans_a": [[0, 8]], "spans_b": [[0, 8]]}
        ],
        "rare_marks": [],
        "habits": {"background_texts": 1000, "in_common": [], "apart": []},
    }


def test_hostile_text_is_shown_and_never_lives():
    page = explanation_html(pair_facts(EVIL), "0")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "␣RLO␣" in page
    assert "default-src 'none'" in page
    assert '<mark class="words" title="in 2 texts">&lt;script&gt;</mark>' in page


def test_a_page_of_a_cluster_escapes_too():
    member = {"ad_id": EVIL, "reason": "identifier", "log10_lr": 4.0, "template_mates": 0,
              "shares": [{"kind": "handle", "value": EVIL, "members": 2}],
              "posting_hours": {"sittings": 2.0, "rest_sittings": 3.0,
                                "log10_lr": 0.12}}  # fmt: skip
    hours = {
        "ads_with_hour": 9,
        "sittings": 9,
        "by_hour": [0] * 3 + [9] + [0] * 20,
        "usual_by_hour": [9 / 24] * 24,
        "fitted_on_authors": 0,
        "most_log10_lr": 0.5,
    }
    pair = {"ad_id_a": EVIL, "ad_id_b": "b", "log10_lr": -1.0, "same_author_probability": 0.1}
    page = explanation_html(
        {"kind": "author", "author_id": "A-1", "members": [member], "texts": 2, "pairs_scored": 1,
         "mean_log10_lr": -1.0, "strongest": [pair], "weakest": [], "posting_hours": hours}, "0",
    )  # fmt: skip
    assert "More often than is usual on these sites: 03–04 UTC" in page
    assert "+0.12 (2 against 3 sittings)" in page
    assert "<script" not in page
    assert "moderate support for the alternative" in page
    assert "2 other members" in member_words(member)


def test_sentences_tell_contacts_apart_from_style():
    said = pair_words(pair_facts("a plain text of a room"))
    assert "in 2 of 1,000 texts" in " ".join(said["speaks_for"])
    assert all("handle" not in line for line in said["speaks_for"])
    assert any("handle" in line for line in said["apart_from_style"])
    assert "moderately strong support" in said["summary"]
    assert any("short" in line for line in said["caution"])


def test_marks_that_overlap_cut_the_text_without_loss():
    text = "abcdefghij"
    pieces = marked_pieces(text, [(2, 6, "words", 3), (4, 8, "marks", 2), (5, 6, "marks", 2)])
    assert "".join(piece for piece, _, _ in pieces) == text
    assert pieces[1] == ("cdef", "words", 3)
    assert pieces[2] == ("gh", "marks", 2)


def test_hours_stand_apart_from_style_and_say_what_they_do_not_know():
    facts = pair_facts("a plain text of a room")
    apart = " ".join(pair_words(facts)["apart_from_style"])
    assert "two groups of ads: weak support for the alternative" in apart
    assert "never added to it (fitted on 40 authors known here; at most ±1.10)" in apart
    assert "Posting hours" not in " ".join(pair_words(facts)["speaks_against"])
    dates = {"sittings_a": 0.0, "sittings_b": 1.0, "log10_lr": 0.0}
    facts["posting_hours"] |= {"ads": dates, "authors": None, "fitted_on_authors": 0}
    apart = " ".join(pair_words(facts)["apart_from_style"])
    assert "Posting hours of the two ads: not known; they say nothing." in apart
    assert "two groups" not in apart
    assert "not fitted here" in apart
    assert member_hour_words(None) == "–"
    assert author_hour_words({"sittings": 0}).startswith("Posting hours: not known")
