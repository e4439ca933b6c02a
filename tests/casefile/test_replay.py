"""The figures of a package come out again from its exhibits, and no other ones do."""

from __future__ import annotations

import csv
import json
import math
import shutil

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.casefile.bag.zip_write import write_zip
from inktrace.casefile.exhibit_rows import numbers, read_csv
from inktrace.casefile.package import build_case
from inktrace.casefile.replay import replay_case
from inktrace.casefile.replay.figures import compared
from inktrace.casefile.replay.read import microseconds
from inktrace.casefile.tables import write_csv
from inktrace.errors import InputError
from inktrace.params import Params
from inktrace.progress import silent
from inktrace.units import iso_time
from tests.cli.running import inktrace

WORLD = ("authors=16", "ads=240", "transactions=2500", "days=2")
pytestmark = pytest.mark.xdist_group("case_replay")
STEADY = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package of a lead with a wallet, of a small invented world."""
    folder = tmp_path_factory.mktemp("replay")
    changed = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder / "world", "--seed", 5, *changed)
    inktrace("init", folder / "case")
    for source, name in (("ads", "ads.csv"), ("chain", "chain.jsonl.zst"), ("tags", "tags.yaml"),
                         ("first-seen", "first_seen.csv"), ("prices", "prices.csv")):  # fmt: skip
        inktrace("add", source, folder / "world" / name, "-w", folder / "case")
    inktrace("run", "--set", "payments.decoy_rounds=10", "-w", folder / "case")
    leads = json.loads(inktrace("show", "leads", "--json", "-w", folder / "case"))
    # One of several parts, with a contact that joins strangers.
    lead = max((one for one in leads if one["wallet_ids"]), key=lambda one: one["ads"])["lead_id"]
    inktrace("case", "build", lead, "--out", folder / "package", "-w", folder / "case")
    shutil.rmtree(folder / "case")  # nothing but the package is there when it is replayed
    return folder / "package"


@pytest.fixture(scope="module")
def figures(package):
    return replay_case(package)


@pytest.fixture
def copy(package, tmp_path):
    return shutil.copytree(package, tmp_path / "package")


def exhibits(package):
    return next(path.parent for path in package.rglob("parameters.json"))


def altered(package, name, column, change, row=0):
    """Change one cell of an exhibit, by its own rules of writing."""
    path = exhibits(package) / f"{name}.csv"
    table = read_csv(path)
    values = table[column].to_pylist()
    row = next(
        at
        for at in range(row, len(values))
        if values[at] not in (None, "") and (change is str or change(values[at]) != values[at])
    )
    values[row] = change(values[row])
    place = table.schema.get_field_index(column)
    write_csv(table.set_column(place, column, pa.array(values, pa.string())), path)


def differing(package):
    return [figure for figure in replay_case(package) if figure.verdict == "differs"]


def test_every_recomputed_figure_agrees(figures):
    assert [figure for figure in figures if figure.verdict == "differs"] == []
    agreeing = {}
    for figure in figures:
        agreeing[figure.topic] = agreeing.get(figure.topic, 0) + (figure.verdict == "agrees")
    assert set(agreeing) == {
        "payments", "attributions", "summary", "wallets", "lead", "authorship", "identities",
        "legal requests",
    }  # fmt: skip
    assert all(count > 1 for count in agreeing.values()), agreeing
    assert max(figure.difference or 0.0 for figure in figures) < 1e-12
    names = " ".join(figure.name for figure in figures if figure.verdict == "agrees")
    for said in ("posterior_probability of", "q_value of", "error_probability of", "score_low",
                 "none_of_these_probability of", "log10_lr of link", "wallet of", "its features",
                 "total of step", "ads_a of step", "identity of ad", "value_sat of",
                 "measured log10_lr", "wrong after the middle pair"):  # fmt: skip
        assert said in names, said


def test_a_zip_file_gives_what_its_folder_gives(package, figures, tmp_path):
    write_zip(package, "L-1", tmp_path / "package.zip")
    assert replay_case(tmp_path / "package.zip") == figures


def test_a_file_that_is_no_zip_is_named(tmp_path):
    (tmp_path / "package.zip").write_text("no zip file, but long enough to be looked into")
    said = inktrace("case", "replay", tmp_path / "package.zip", expect=3)
    assert "package.zip" in said
    assert "does not end as a zip file" in said


def test_what_is_not_recomputed_says_why(figures):
    reasons = {f.why for f in figures if f.verdict == "not recomputed"}
    assert all(reasons)
    assert any("background corpus" in why for why in reasons)


def more(text):
    return repr(float(text) + 0.001)


@pytest.mark.parametrize(
    ("name", "column", "change", "figure"),
    [
        ("candidates", "log10_lr", more, "log10_lr of"),
        ("candidates", "posterior_probability", more, "posterior_probability of"),
        ("candidates", "delay_s", more, "delay_s of"),
        ("candidates", "amount_log_ratio", more, "amount_log_ratio of"),
        ("candidates", "value_sat", lambda v: str(int(v) + 100), "amount_log_ratio of"),
        ("candidates", "first_seen", lambda _: "2020-01-01T00:00:00Z", "delay_s of"),
        ("ads", "none_of_these_probability", more, "none_of_these_probability of"),
        ("ads", "candidates", lambda v: str(int(v) + 1), "candidates of"),
        ("links", "log10_lr", more, "log10_lr of link"),
        ("links", "posterior_probability", more, "posterior_probability of link"),
        ("links", "candidate_log10_lr", more, "candidate_log10_lr of link"),
        ("wallet_summary", "transactions_out", lambda v: str(int(v) + 1), "transactions_out of"),
        ("wallets", "wallet_id", lambda v: str(int(v) + 1), "wallet"),
        ("indicators", "weight", more, "weight of"),
        ("indicators", "rarity", lambda v: repr(float(v) * 0.99), "rarity of"),
        ("statistics/lead", "score", more, "score"),
        ("statistics/lead", "ads", lambda v: str(int(v) + 1), "ads"),
        ("statistics/hypotheses", "background_per_s", lambda v: repr(2 * float(v)), "log10_lr of"),
        ("statistics/claim_ads", "paid_share", lambda v: repr(float(v) / 2), "posterior_prob"),
        ("author_pairs", "same_author_probability", more, "probability of"),
        ("author_pairs", "log10_lr", more, "log10_lr of"),
        ("statistics/style_features", "letters_normalised", lambda _: "-5.5", "log10_lr of"),
        ("statistics/style_features", "shorter_length", lambda _: "3.5", "log10_lr of"),
        ("identity_links", "total", more, "total of step"),
        ("identity_links", "style", more, "total of step"),
        ("identity_links", "merged", lambda _: "false", "join of step"),
        ("identity_links", "ads_a", lambda v: str(int(v) + 1), "ads_a of step"),
        ("identity_links", "ads_b", lambda v: str(int(v) + 1), "ads_b of step"),
        ("identities", "identity_id", lambda _: "I-0000000000", "identity of ad"),
        ("identities", "part_id", lambda _: "P-0000000000", "id of part"),
        ("legal_requests", "value_sat", lambda v: str(int(v) + 1), "value_sat of"),
        ("legal_requests", "first_seen", lambda _: "2020-01-01T00:00:00Z", "first_seen of"),
        ("legal_requests", "block_time", lambda _: "2020-01-01T00:00:00Z", "block_time of"),
        (
            "runs",
            "notes",
            lambda v: v.replace('"decoy_pairs_per_round": ', '"decoy_pairs_per_round": 1'),
            "decoy_pairs_per_round of",
        ),
        ("author_pairs", "shared_identifiers", lambda v: str(int(v) + 1), "contacts shared by"),
    ],
)
def test_an_altered_figure_or_exhibit_is_found(copy, name, column, change, figure):
    altered(copy, name, column, change)
    found = differing(copy)
    assert any(one.name.startswith(figure) for one in found), [one.name for one in found]


@pytest.mark.parametrize("column", ["log10_lr", "q_value", "error_probability", "ads_matched"])
def test_an_altered_attribution_is_found(copy, column):
    table = read_csv(exhibits(copy) / "attributions.csv")
    row = table["method"].to_pylist().index("inktrace")
    altered(copy, "attributions", column, more if "_m" not in column else lambda _: "99", row)
    found = [one for one in differing(copy) if one.topic == "attributions"]
    assert [one.name.startswith(column) for one in found] == [True]


def test_a_decoy_taken_away_changes_the_error_rates(copy):
    path = exhibits(copy) / "statistics" / "competition.csv"
    table = read_csv(path)
    lr, decoy = numbers(table, "log10_lr"), table["is_decoy"].to_pylist()
    best = max((n for n in range(len(lr)) if decoy[n] == "true"), key=lambda n: lr[n])
    kept = [n for n in range(len(lr)) if n != best]
    write_csv(table.take(kept), path)
    altered(copy, "statistics/competition", "author_ads", str)  # still read without complaint
    found = differing(copy)
    names = {one.name.split(" of ")[0] for one in found if one.topic == "attributions"}
    assert any(one.name.startswith("decoy_pairs_per_round") for one in found)
    assert names <= {"q_value", "error_probability"}


def test_a_missing_exhibit_is_a_difference_of_its_topic(copy):
    (exhibits(copy) / "links.csv").unlink()
    found = {one.topic: one.why for one in differing(copy)}
    assert "links.csv" in found["payments"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("statistics/hypotheses.csv", '"ad_id"\n"x"\n'),
        ("statistics/claims.csv", '"ad","output","ads_bought","likelihood_ratio"\n9,9,1,1\n'),
        ("statistics/half_laws.json", '{"*": 3}'),
        ("statistics/half_laws.json", "["),
        ("statistics/about.json", "[]"),
        ("statistics/competition.csv", "\xff\xfe"),
        ("candidates.csv", ""),
        ("wallets.csv", '"wallet_id","address"\n"x","y"\n'),
        ("parameters.json", "{}"),
    ],
)
def test_hostile_exhibits_are_differences_and_nothing_else(copy, name, text):
    (exhibits(copy) / name).write_text(text, encoding="latin-1")
    assert differing(copy)


def test_a_mark_that_the_laws_do_not_have_is_refused(copy):
    altered(copy, "statistics/hypotheses", "zeros", lambda _: "100000")
    assert "a mark that the laws do not have" in differing(copy)[0].why


def test_the_command_tells_sums_and_differences(copy):
    said = inktrace("case", "replay", copy)
    assert "payments" in said
    assert "not recomputed" in said
    altered(copy, "links", "log10_lr", more)
    assert "1 of" in inktrace("case", "replay", copy, expect=3)


def test_the_command_gives_json(package):
    figures = json.loads(inktrace("case", "replay", package, "--json"))
    assert {figure["verdict"] for figure in figures} == {"agrees", "not recomputed"}
    assert all(figure["why"] for figure in figures if figure["verdict"] == "not recomputed")


def test_a_folder_of_blocks_must_be_one(tmp_path):
    inktrace("init", tmp_path / "case")
    said = inktrace("case", "build", "L-1", "--out", tmp_path / "out", "--blocks",
                    tmp_path / "none", "-w", tmp_path / "case", expect=3)  # fmt: skip
    assert "not a folder" in said


def test_the_command_refuses_what_is_no_package(tmp_path):
    assert "no exhibits" in inktrace("case", "replay", tmp_path, expect=3)


def test_an_altered_author_model_is_a_difference(copy):
    altered(copy, "author_model", "json", lambda v: v.replace('"intercept": ', '"intercept": 1'))
    assert any("was altered" in one.why for one in differing(copy))


def test_a_contact_that_joins_strangers_is_counted_for_nothing(copy):
    about = exhibits(copy) / "statistics" / "about.json"
    document = json.loads(about.read_text())
    assert document["hub_contacts"]
    about.write_text(json.dumps({**document, "hub_contacts": []}))
    assert {one.name.split(" by ")[0] for one in differing(copy)} == {"contacts shared"}
    about.write_text(json.dumps({**document, "hub_contacts": None}))
    assert differing(copy) == []
    assert any("join strangers" in one.why for one in replay_case(copy))


def test_features_are_written_for_the_corpus_of_the_scores_only(copy):
    (exhibits(copy) / "statistics" / "style_features.csv").unlink()
    about = exhibits(copy) / "statistics" / "about.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "style": "texts changed"}))
    whys = {one.why for one in replay_case(copy) if one.topic == "authorship"}
    assert any("texts changed" in why and "background corpus" in why for why in whys)
    assert differing(copy) == []


def test_a_small_package_without_laws_says_so(relations, tmp_path):
    build_case(relations, "L-1", tmp_path / "package", Params(), "9.9", silent)
    figures = replay_case(tmp_path / "package")
    whys = {figure.why for figure in figures if figure.topic == "payments"}
    assert any("laws" in why for why in whys)
    wallets = [one for one in figures if one.topic == "wallets" and "bc1q" in one.name]
    assert [one.verdict for one in wallets] == ["agrees", "agrees"]


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
CELLS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\x00")))


@STEADY
@given(st.lists(st.tuples(FLOATS, CELLS), min_size=1, max_size=5))
def test_a_table_comes_back_as_it_was_written(tmp_path, rows):
    path = tmp_path / "table.csv"
    values, cells = [row[0] for row in rows], [row[1] for row in rows]
    write_csv(pa.table({"v": pa.array(values), "t": pa.array(cells, pa.string())}), path)
    table = read_csv(path)
    assert [v.hex() for v in numbers(table, "v")] == [value.hex() for value in values]
    assert table["t"].to_pylist() == cells


@given(st.text("'=+-@x\t", max_size=6))
def test_no_cell_begins_like_a_formula(tmp_path_factory, cell):
    path = tmp_path_factory.mktemp("cells") / "table.csv"
    write_csv(pa.table({"t": [cell], "u": ["x"]}), path)
    with path.open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert not row["t"].startswith(("=", "+", "-", "@", "\t"))


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_time_comes_back_as_it_was_written(time_us):
    assert microseconds(iso_time(time_us)) == time_us


def test_what_is_no_time_is_refused():
    with pytest.raises(InputError, match="is no time"):
        microseconds("yesterday")


def test_how_near_two_figures_must_be():
    assert compared("t", "n", 1.0, 1.0 + 1e-12).verdict == "agrees"
    assert compared("t", "n", 1.0, 1.0 + 1e-6).verdict == "differs"
    assert compared("t", "n", 3_328_650_993, 3_328_650_994).verdict == "differs"
    assert compared("t", "n", 2**60, 2**60 + 1).verdict == "differs"
    assert compared("t", "n", None, 1.0).verdict == "differs"
    assert compared("t", "n", None, None).verdict == "agrees"
    assert compared("t", "n", "a", "b").verdict == "differs"
    assert compared("t", "n", 1.0, math.nan).verdict == "differs"
    assert compared("t", "n", True, False).verdict == "differs"
