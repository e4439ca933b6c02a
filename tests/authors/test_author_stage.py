"""Stages `texts` and `authors` together: what any honest model of style must do.

No figure here is a target: scores are compared with one another, never with a stored value.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from inktrace.authors import STAGES, evaluate_authors, score_pairs
from inktrace.engine import Engine
from inktrace.errors import StageError
from inktrace.params import Params
from inktrace.progress import silent
from inktrace.world import WorldParams, make_world

from .strategies import BAD_TEXTS

# The fixtures below are costly: one worker makes them once.
pytestmark = pytest.mark.xdist_group("author_stage")
PARAMS = Params()
DAY_US = 86_400_000_000
LONG = (
    "Bright and quiet room near the park, with a desk, fast internet and a shared kitchen. "
    "Fresh linen every week, the bus stops at the door, and the garden is calm in the evening."
)
Ads = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A workspace after both stages."""

    engine: Engine
    tables: dict[str, list[dict[str, Any]]]
    notes: dict[str, Any]

    def scores(self, pairs: list[tuple[str, str]]) -> np.ndarray:
        return self.scored(pairs)["log10_lr"].to_numpy()

    def scored(self, pairs: list[tuple[str, str]]) -> pa.Table:
        a, b = (pa.array([pair[k] for pair in pairs], pa.string()) for k in (0, 1))
        table = pa.table({"ad_id_a": a, "ad_id_b": b})
        return score_pairs(self.engine.relations(), table, PARAMS.authors)

    def clusters(self) -> set[frozenset[str]]:
        parts = defaultdict(set)
        for row in self.tables["authors"]:
            parts[row["author_id"]].add(row["ad_id"])
        return {frozenset(part) for part in parts.values()}

    def surest(self) -> float:
        return max((abs(row["log10_lr"]) for row in self.tables["author_pairs"]), default=0.0)


def run(ads: Ads) -> Case:
    engine = Engine.in_memory({"ads": pa.Table.from_pylist(ads)} if ads else {})
    tables: dict[str, list[dict[str, Any]]] = {}
    notes: dict[str, Any] = {}
    for stage in STAGES:
        params = getattr(PARAMS, stage.section)
        result = stage.function(engine.relations(stage.reads), params, silent)
        for name, table in result.tables.items():
            engine.append(name, table)
            tables[name] = table.to_pylist()
        notes |= result.notes
    return Case(engine, tables, notes)


def ads_of(*texts: str) -> Ads:
    return [{"ad_id": f"ad{n:04d}", "text": text, "country": "PH"} for n, text in enumerate(texts)]


def check_sane(case: Case, ads: Ads) -> None:
    """What holds in every workspace."""
    assert sorted(row["ad_id"] for row in case.tables["authors"]) == sorted(
        ad["ad_id"] for ad in ads
    )
    seen = set()
    for row in case.tables["author_pairs"]:
        assert row["ad_id_a"] != row["ad_id_b"]
        seen.add(frozenset((row["ad_id_a"], row["ad_id_b"])))
        assert np.isfinite(row["log10_lr"])
        assert abs(row["log10_lr"]) <= 10
        assert 0 <= row["same_author_probability"] <= 1
    assert len(seen) == len(case.tables["author_pairs"])
    assert {row["reason"] for row in case.tables["authors"]} <= {
        "identifier", "template", "style", "alone",
    }  # fmt: skip
    for part in case.clusters():
        reasons = {r["reason"] for r in case.tables["authors"] if r["ad_id"] in part}
        assert (reasons == {"alone"}) == (len(part) == 1)

    author_of = {row["ad_id"]: row["author_id"] for row in case.tables["authors"]}
    for row in case.tables["author_hours"]:
        assert author_of[row["ad_id"]] == row["author_id"]
        assert abs(row["log10_lr"]) <= PARAMS.authors.most_hour_log10_lr
        if not row["sittings"] or not row["rest_sittings"]:
            assert row["log10_lr"] == 0.0


# ── a workspace with many authors ─────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def world_ads() -> tuple[Ads, dict[str, int]]:
    world = make_world(WorldParams(seed=5, authors=40, ads=260, transactions=100, days=4))
    ads = [{"ad_id": ad.ad_id, "text": ad.text, "city": ad.city, "country": "PH",
            "author_label": str(ad.author.number), "site": f"board{ad.site}",
            "posted_us": int(ad.posted_s * 1e6)} for ad in world.ads]  # fmt: skip
    return ads, {ad.ad_id: ad.author.number for ad in world.ads}


@pytest.fixture(scope="module")
def case(world_ads: tuple[Ads, dict[str, int]]) -> Case:
    return run(world_ads[0])


def some_pairs(case: Case, author: dict[str, int]) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Pairs of ads of different templates: every same-author pair, and as many others."""
    group = {row["ad_id"]: row["text_group_id"] for row in case.tables["texts"]}
    ids = sorted(author)
    pairs = [(a, b) for n, a in enumerate(ids) for b in ids[:n] if group[a] != group[b]]
    same = [pair for pair in pairs if author[pair[0]] == author[pair[1]]]
    apart = [pair for pair in pairs if author[pair[0]] != author[pair[1]]]
    chosen = random.Random(1).sample(apart, len(same))
    return same + chosen, np.arange(2 * len(same)) < len(same)


def test_a_full_workspace_is_sane(case: Case, world_ads: tuple[Ads, dict[str, int]]) -> None:
    check_sane(case, world_ads[0])


def test_same_hands_score_higher_than_different_ones(
    case: Case, world_ads: tuple[Ads, dict[str, int]]
) -> None:
    pairs, same = some_pairs(case, world_ads[1])
    score = case.scores(pairs)
    figures = evaluate_authors(score, same)
    assert figures["auc"] > 0.75
    assert figures["cllr"] < 1.0  # better than saying nothing
    assert score[same].mean() > 0 > score[~same].mean()


def test_joined_ads_are_mostly_of_one_author(
    case: Case, world_ads: tuple[Ads, dict[str, int]]
) -> None:
    author = world_ads[1]
    joined = [
        author[a] == author[b]
        for part in case.clusters()
        for n, a in enumerate(sorted(part))
        for b in sorted(part)[:n]
    ]
    assert joined
    assert np.mean(joined) > 0.7


def test_scores_are_symmetric_and_those_of_the_candidates(case: Case) -> None:
    rows = case.tables["author_pairs"][::7]
    pairs = [(row["ad_id_a"], row["ad_id_b"]) for row in rows]
    told = case.scored(pairs)
    assert told["log10_lr"].to_pylist() == [row["log10_lr"] for row in rows]
    probability = [row["same_author_probability"] for row in rows]
    assert told["same_author_probability"].to_pylist() == probability
    back = case.scored([(b, a) for a, b in pairs])
    assert back["log10_lr"].to_pylist() == told["log10_lr"].to_pylist()
    assert told["ad_id_a"].to_pylist() == [a for a, _ in pairs]


def test_pairs_are_scored_one_by_one_as_together(case: Case) -> None:
    pairs = [(r["ad_id_a"], r["ad_id_b"]) for r in case.tables["author_pairs"][:3]]
    together = case.scores(pairs).tolist()
    assert together == [case.scores([pair])[0] for pair in pairs]
    assert case.scored([]).num_rows == 0


def test_unknown_ads_and_missing_models_are_said(case: Case) -> None:
    known = case.tables["texts"][0]["ad_id"]
    with pytest.raises(StageError, match="nobody"):
        case.scored([(known, "nobody")])
    empty = Engine.in_memory({"ads": pa.Table.from_pylist(ads_of(LONG))})
    with pytest.raises(StageError, match="no author model"):
        Case(empty, {}, {}).scored([("ad0000", "ad0000")])


def test_neither_the_order_of_ads_nor_author_labels_matter(
    case: Case, world_ads: tuple[Ads, dict[str, int]]
) -> None:
    shuffled = [{**ad, "author_label": "one and the same"} for ad in world_ads[0]]
    random.Random(3).shuffle(shuffled)
    other = run(shuffled)
    assert other.clusters() == case.clusters()
    for name in ("author_pairs", "authors", "author_hours", "author_model"):
        assert sorted(map(str, other.tables[name])) == sorted(map(str, case.tables[name]))


def test_posting_hours_are_in_no_other_score(
    case: Case, world_ads: tuple[Ads, dict[str, int]]
) -> None:
    assert any(row["log10_lr"] for row in case.tables["author_hours"])
    dates = [{**ad, "posted_us": ad["posted_us"] // DAY_US * DAY_US} for ad in world_ads[0]]
    other = run(dates)
    assert other.tables["author_pairs"] == case.tables["author_pairs"]
    assert other.tables["authors"] == case.tables["authors"]
    assert len(other.tables["author_hours"]) == len(case.tables["author_hours"])
    assert not any(row["log10_lr"] for row in other.tables["author_hours"])


def test_one_phone_number_in_two_ads_does_not_raise_their_style_score(
    case: Case, world_ads: tuple[Ads, dict[str, int]]
) -> None:
    """A shared number may make two ads one author's, but not their styles alike."""
    pairs, same = some_pairs(case, world_ads[1])
    with_contact = {row["ad_id"] for row in case.tables["identifiers"]}
    first, second = next(
        pair
        for pair, is_same in zip(pairs, same, strict=True)
        if not is_same and not with_contact & set(pair)
    )
    scores = []
    for number in (" 0917 555 1280", " 0917 555 1230"):
        given = {first: number, second: " 0917 555 1230"}
        case_with = run(
            [{**ad, "text": ad["text"] + given.get(ad["ad_id"], "")} for ad in world_ads[0]]
        )
        scores.append(case_with.scores([(first, second)])[0])
    # The model learns from one more label, so a little may move, either way.
    assert scores[1] - scores[0] < 0.1


# ── odd workspaces ────────────────────────────────────────────────────────────────────────


def test_no_ads() -> None:
    case = run([])
    assert case.tables["authors"] == case.tables["author_pairs"] == []


def test_one_ad_stands_alone() -> None:
    case = run(ads_of(LONG))
    check_sane(case, ads_of(LONG))
    assert case.tables["authors"][0]["reason"] == "alone"
    assert case.tables["author_pairs"] == []


def test_two_ads_without_contact_are_no_certain_match() -> None:
    ads = ads_of(LONG, "Maths tutoring at home in the evening, patient teacher, all levels.")
    case = run(ads)
    check_sane(case, ads)
    assert case.surest() < 1.0
    assert len(case.clusters()) == 2


def test_one_phone_joins_two_ads_but_not_their_style() -> None:
    texts = [f"{LONG} 0917 555 1234", "Maths tutoring at home in the evening. +63 917 555 1234"]
    case = run(ads_of(*texts))
    check_sane(case, ads_of(*texts))
    assert len(case.clusters()) == 1
    assert {row["reason"] for row in case.tables["authors"]} == {"identifier"}
    assert abs(case.scores([("ad0000", "ad0001")])[0]) < 1.0


def test_all_ads_identical_are_one_template_not_many_proofs() -> None:
    few, many = run(ads_of(*[LONG] * 2)), run(ads_of(*[LONG] * 120))
    check_sane(many, ads_of(*[LONG] * 120))
    assert len({row["text_group_id"] for row in many.tables["texts"]}) == 1
    assert all(row["same_template"] for row in many.tables["author_pairs"])
    # A text that 120 ads share is no better proof than one that two share.
    assert many.surest() <= few.surest() + 0.5
    assert max(r["same_author_probability"] for r in many.tables["author_pairs"]) < 0.9


def test_the_shorter_the_text_the_less_is_claimed() -> None:
    words = LONG.split()
    surest = []
    for count in (7, 14, len(words)):
        text = " ".join(words[:count])
        surest.append(run(ads_of(text, text)).surest())
    assert surest == sorted(surest)
    assert surest[0] < surest[-1]


@pytest.mark.parametrize("text", ["", "😀", "ok", "12345", "\u200b"])
def test_empty_and_tiny_texts_say_nothing(text: str) -> None:
    ads = ads_of(*[text] * 20)
    case = run(ads)
    check_sane(case, ads)
    assert case.surest() < 0.5
    assert len(case.clusters()) == 20


def test_all_ads_share_one_switchboard(world_ads: tuple[Ads, dict[str, int]]) -> None:
    """A number that stands beside many people's handles says nothing about who writes."""
    ads, _ = world_ads
    with_number = [{**ad, "text": ad["text"] + "\nOffice: (02) 8123 4567"} for ad in ads[:120]]
    case = run(with_number)
    check_sane(case, with_number)
    assert len(case.clusters()) > 20


def test_one_author_with_many_ads_is_one_author_by_contact(
    world_ads: tuple[Ads, dict[str, int]],
) -> None:
    ads, author = world_ads
    busiest = max(set(author.values()), key=list(author.values()).count)
    mine = [ad for ad in ads if author[ad["ad_id"]] == busiest]
    texts = [{**ad, "text": ad["text"] + "\n0917 555 1234"} for ad in mine]
    case = run(texts)
    check_sane(case, texts)
    assert len(case.clusters()) == 1


def odd_texts() -> list[str]:
    odd = [text for name, text in BAD_TEXTS.items() if name != "lone surrogate"]
    return [*odd, *(f"{LONG} {n} {'x' * n} 0917 555 12{n}" for n in range(10, 50)), LONG]


def test_odd_texts_among_others_do_not_stop_the_stage() -> None:
    ads = ads_of(*odd_texts())
    check_sane(run(ads), ads)


def test_many_ads_without_any_contact(case: Case) -> None:
    texts = [re.sub("⟦[a-z]+⟧", "", row["masked_text"]) for row in case.tables["texts"]]
    bare = run(ads_of(*texts))
    check_sane(bare, ads_of(*texts))
    assert bare.tables["identifiers"] == []
    assert {row["reason"] for row in bare.tables["authors"]} <= {"alone", "style", "template"}
