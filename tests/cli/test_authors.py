"""`inktrace authors` on a small world whose authors are known."""

from __future__ import annotations

import csv
import json

import pytest

from inktrace.cli.authors_tables import print_author, print_evaluation, print_pair

from .running import inktrace

WORLD = ("authors=30", "ads=300", "transactions=300", "days=3")
# What a stage warns of is for that stage's own tests.
pytestmark = [
    pytest.mark.xdist_group("cli_authors"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authors") / "world"
    settings = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder, "--seed", 5, *settings)
    return folder


def _truth(world):
    with (world / "truth" / "ads.csv").open(newline="") as lines:
        return {row["ad_id"]: row["author"] for row in csv.DictReader(lines)}


def _filled(world, folder, ads, label):
    with (world / "ads.csv").open(newline="") as lines:
        rows = [{**row, "author_label": label(row["ad_id"])} for row in csv.DictReader(lines)][:ads]
    labelled = folder.with_suffix(".csv")
    with labelled.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    inktrace("init", folder)
    inktrace("add", "ads", labelled, "-w", folder)
    return folder


@pytest.fixture(scope="module")
def case(world):
    return _filled(world, world.parent / "case", None, _truth(world).get)


def test_evaluate_prints_and_writes_the_same_figures(case, tmp_path, capsys):
    out = tmp_path / "figures"
    words = ("authors", "evaluate", "-w", case, "--pairs", 4000, "--out", out, "--json")
    printed = json.loads(inktrace(*words))
    written = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert printed == written
    assert {path.name for path in out.iterdir()} == {
        "evaluation.json", "roc.svg", "det.svg", "tippett.svg", "reliability.svg"
    }  # fmt: skip
    assert written["labels"] == "author_label"
    assert written["corpus"]["authors"] <= 30
    headline = written["headline"]
    assert headline["auc"]["low"] <= headline["auc"]["value"] <= headline["auc"]["high"]
    assert headline["auc"]["value"] > 0.8
    assert set(headline["tpr_at_fpr"]) == {"0.01", "0.001", "0.0001"}
    assert set(written["by_kind"]) == {
        "same_city", "same_category", "nearest_in_style", "same_template_family"
    }  # fmt: skip
    # Pairs like each other in style are harder to tell apart than any pairs.
    assert written["by_kind"]["nearest_in_style"]["auc"]["value"] < headline["auc"]["value"]
    assert written["clusters"]["ads"]["false_merge_rate"]["target"] == 0.05
    hours = written["posting_hours"]
    assert 0 < hours["sittings"] <= hours["ads_with_hour"] <= hours["ads"]
    print_evaluation(written)
    shown = capsys.readouterr().out
    assert f"{headline['auc']['value']:.3f}" in shown
    assert "Same template, told apart" in shown


def test_with_contacts_as_labels_what_they_taught_is_said(case):
    words = ("--labels", "identifiers", "--pairs", 1000, "--json")
    shown = json.loads(inktrace("authors", "evaluate", "-w", case, *words))
    fitted = "workspace" in shown["trained_on"]
    assert shown["held_out"].startswith("NOT HELD OUT" if fitted else "The shipped model")
    assert shown["clusters"]["joined_by_style"] is None


@pytest.mark.parametrize(
    ("label", "ads", "says"),
    [
        (lambda _: "", 60, "no ad has a known author"),
        (lambda _: "one", 60, "all labelled texts have one author"),
        (lambda ad_id: ad_id, 60, "only 0 authors"),
    ],
    ids=["none", "one", "all different"],
)
def test_too_few_labels_are_one_clear_line(world, tmp_path, label, ads, says):
    folder = _filled(world, tmp_path / "case", ads, label)
    assert says in inktrace("authors", "evaluate", "-w", folder, expect=3)


def test_other_labels_are_bad_usage(case):
    words = ("authors", "evaluate", "-w", case, "--labels", "magic")
    assert "author_label or identifiers" in inktrace(*words, expect=2)


def test_a_pair_is_explained_with_the_score_that_score_gives(case, world, tmp_path, capsys):
    truth = _truth(world)
    first = min(truth)
    second = next(ad for ad in sorted(truth) if ad > first and truth[ad] == truth[first])
    page = tmp_path / "pair.html"
    words = ("authors", "explain", first, second, "-w", case, "--html", page, "--json")
    told = json.loads(inktrace(*words))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"ad_id_a,ad_id_b\n{first},{second}\n")
    inktrace("score", pairs, "--out", tmp_path / "scores.csv", "-w", case)
    with (tmp_path / "scores.csv").open(newline="") as lines:
        score = next(csv.DictReader(lines))
    assert told["log10_lr"] == float(score["log10_lr"])
    assert told["same_author_probability"] == float(score["same_author_probability"])
    most = told["most_texts"]
    assert all(one["texts"] <= most for one in told["rare_words"] + told["rare_marks"])
    html = page.read_text(encoding="utf-8")
    assert first in html
    assert second in html
    print_pair(told)
    shown = capsys.readouterr().out
    assert "Speaks for one author:" in shown
    assert "Apart from style:" in shown
    hours = told["posting_hours"]
    # Half a sitting each, were both posted in one burst.
    assert hours["ads"]["sittings_a"] in (0.5, 1.0)
    assert (hours["authors"] is None) == told["put_together"]
    assert "Posting hours of the two ads" in shown


def test_a_cluster_is_explained_member_by_member(case, tmp_path, capsys):
    inktrace("export", "authors", "--out", tmp_path / "authors.csv", "-w", case)
    with (tmp_path / "authors.csv").open(newline="") as lines:
        author = {row["ad_id"]: row["author_id"] for row in csv.DictReader(lines)}
    largest = max(author.values(), key=list(author.values()).count)
    told = json.loads(inktrace("authors", "explain", largest, "-w", case, "--json"))
    members = {ad for ad, name in author.items() if name == largest}
    assert {one["ad_id"] for one in told["members"]} == members
    assert all(one["in_words"] for one in told["members"])
    assert told["strongest"][0]["log10_lr"] >= told["weakest"][0]["log10_lr"]
    print_author(told)
    assert all(ad in capsys.readouterr().out for ad in [min(members)])


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["nobody", "nothing"], 3, "there is no ad 'nobody'"),
        (["A-0000000000"], 3, "there is no author"),
        (["ad000001", "ad000001"], 2, "the same one"),
    ],
)
def test_mistakes_are_one_clear_line(case, words, status, says):
    assert says in inktrace("authors", "explain", *words, "-w", case, expect=status)
