"""Matches are told with all that speaks for and against them; floods are no evidence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.images import STAGE
from inktrace.images.bits import mirrored, random_hashes, to_hex
from inktrace.params import ImagesParams
from inktrace.progress import silent

from .test_search import turned

HASHES = random_hashes(40, np.random.default_rng(3))
HEX = to_hex(HASHES)


def near(number, bits, seed=1):
    """The hex of a hash with so many bits turned."""
    return to_hex(turned(HASHES[number : number + 1], [bits], np.random.default_rng(seed)))[0]


def ad(name, hashes, author=None, site="board.example"):
    return {"ad_id": name, "hashes": hashes, "author": author or f"A-{name}", "site": site}


def listed(value, source="Line", label="x", verdict="known_abuse", **more):
    row = {"reviewers": None, "quality": None, "file_id": 1, "row": 1, **more}
    return {
        "hash": bytes.fromhex(value),
        "source": source,
        "label": label,
        "verdict": verdict,
        **row,
    }


def run(ads, known=(), **params):
    tables = {
        "ads": pa.table(
            {
                "ad_id": [one["ad_id"] for one in ads],
                "site": [one["site"] for one in ads],
                "image_hashes": pa.array([one["hashes"] for one in ads], pa.string()),
            }
        ),
        "authors": pa.table(
            {
                "ad_id": [one["ad_id"] for one in ads],
                "author_id": [one["author"] for one in ads],
            }
        ),
    }
    if known:
        schema = pa.schema(
            [
                *[("hash", pa.binary())],
                *[(name, pa.string()) for name in ("source", "label", "verdict")],
                *[(name, pa.int64()) for name in ("reviewers", "quality", "file_id", "row")],
            ]
        )
        tables["known_hashes"] = pa.Table.from_pylist(list(known), schema=schema)
    with Engine.in_memory(tables) as engine:
        done = STAGE.function(
            engine.relations(STAGE.reads),
            ImagesParams(random_hashes=100, pairs_measured=1_000, **params),
            silent,
        )
    return {name: rows.to_pylist() for name, rows in done.tables.items()}, done.notes


def test_a_match_keeps_source_label_reviewers_and_distance_and_is_escalated():
    tables, notes = run(
        [ad("a1", f"{HEX[0]} {HEX[1]}"), ad("a2", None), ad("a3", near(0, 31))],
        [listed(near(0, 12), reviewers=3), listed(HEX[9])],
    )
    matches = tables["hash_matches"]
    assert [(m["ad_id"], m["known_hash"], m["distance"]) for m in matches] == [
        ("a1", near(0, 12), 12)
    ]
    assert matches[0]["escalated"]
    assert (matches[0]["reviewers"], matches[0]["source"], matches[0]["label"]) == (3, "Line", "x")
    assert matches[0]["log10_chance"] < -40
    assert notes["listed_hashes"] == 2
    assert (notes["random_hashes"], notes["random_hashes_matched"]) == (100, 0)


def test_the_edge_of_the_distance_is_within():
    tables, _ = run([ad("a", HEX[0]), ad("b", HEX[1])], [listed(near(0, 31)), listed(near(1, 32))])
    assert [m["ad_id"] for m in tables["hash_matches"]] == ["a"]


def test_both_labels_of_one_hash_are_told_and_the_latest_of_one_source_counts():
    tables, _ = run(
        [ad("a", HEX[0])],
        [
            listed(HEX[0], label="one", reviewers=1),
            listed(HEX[0], label="one", reviewers=2, file_id=2),
            listed(HEX[0], label="two"),
            listed(HEX[0], source="Hub", label="one"),
            listed(HEX[0], source="Hub", label=None, verdict="listed"),
        ],
    )
    told = [(m["source"], m["label"], m["reviewers"]) for m in tables["hash_matches"]]
    assert told == [
        ("Hub", "", None),
        ("Hub", "one", None),
        ("Line", "one", 2),
        ("Line", "two", None),
    ]


def test_a_dispute_is_told_and_still_escalated():
    tables, _ = run(
        [ad("a", HEX[0])], [listed(HEX[0]), listed(HEX[0], source="Hub", verdict="harmless")]
    )
    told = {m["verdict"]: (m["escalated"], m["disputed"]) for m in tables["hash_matches"]}
    assert told == {"harmless": (False, False), "known_abuse": (True, True)}


def test_the_mirrored_picture_is_found_and_called_so():
    flipped = to_hex(mirrored(HASHES[:1]))[0]
    tables, _ = run([ad("a", HEX[0]), ad("b", flipped)], [listed(HEX[0])])
    told = {m["ad_id"]: (m["mirrored"], m["distance"]) for m in tables["hash_matches"]}
    assert told == {"a": (False, 0), "b": (True, 0)}
    assert [row["mirrored"] for row in tables["shared_images"]] == [True]


def test_authors_who_share_a_picture_are_told_in_pairs_and_by_distance():
    tables, _ = run(
        [
            ad("a1", HEX[0], "A"),
            ad("a2", HEX[0], "A"),
            ad("b", near(0, 5), "B"),
            ad("c", HEX[0], "C"),
            ad("d", HEX[1], "D"),
        ]
    )
    told = {
        (row["author_id_a"], row["author_id_b"]): (row["distance"], row["ads_a"], row["ads_b"])
        for row in tables["shared_images"]
    }
    assert told == {("A", "B"): (5, 2, 1), ("A", "C"): (0, 2, 1), ("B", "C"): (5, 1, 1)}


@pytest.mark.parametrize("by", ["authors", "sites"])
def test_a_flood_is_kept_and_shown_and_is_no_evidence(by):
    ads = [
        ad(
            f"a{n:02d}",
            near(0, n % 3, seed=n) if n else HEX[0],
            f"A{n:02d}" if by == "authors" else f"A{n % 2}",
            f"site{n}.example" if by == "sites" else "board.example",
        )
        for n in range(12)
    ]
    tables, notes = run(ads, [listed(HEX[0])], **{f"flood_{by}": 11})
    assert not tables["shared_images"]
    assert len(tables["hash_matches"]) == 12
    assert not any(m["escalated"] for m in tables["hash_matches"])
    assert all(by in m["quarantine"] for m in tables["hash_matches"])
    assert notes["quarantined"] == len(tables["image_hashes"])
    spared, _ = run(ads, [listed(HEX[0])], **{f"flood_{by}": 12})
    assert all(m["escalated"] for m in spared["hash_matches"])


def test_one_author_with_many_ads_is_no_flood():
    tables, _ = run(
        [ad(f"a{n:03d}", HEX[0], "A") for n in range(100)], [listed(HEX[0])], flood_authors=2
    )
    assert all(m["escalated"] for m in tables["hash_matches"])


@pytest.mark.parametrize("blank", ["0" * 64, "f" * 64, "00ff" * 16, "ff00ff01" * 8])
def test_blank_and_patterned_hashes_match_nothing(blank):
    tables, notes = run([ad("a", blank), ad("b", blank)], [listed(blank), listed(HEX[0])])
    assert not tables["hash_matches"]
    assert not tables["shared_images"]
    assert [row["ads"] for row in tables["image_hashes"]] == [2]
    assert tables["image_hashes"][0]["quarantine"]
    assert (notes["listed_patterns"], notes["listed_hashes"]) == (1, 1)


def test_a_listed_hash_of_low_quality_is_no_evidence():
    tables, _ = run(
        [ad("a", HEX[0]), ad("b", HEX[1])],
        [listed(HEX[0], quality=49), listed(HEX[1], quality=50)],
    )
    told = {m["ad_id"]: (m["escalated"], m["quarantine"]) for m in tables["hash_matches"]}
    assert told["b"] == (True, None)
    assert told["a"][0] is False
    assert "quality 49" in told["a"][1]


def test_a_listed_hash_that_meets_everybody_is_no_evidence():
    # Near to each ad's hash, while those are further than the distance from one another.
    base = turned(np.repeat(HASHES[:1], 8, axis=0), [25] * 8, np.random.default_rng(2))
    ads = [ad(f"a{n}", one) for n, one in enumerate(to_hex(base))]
    tables, _ = run(ads, [listed(HEX[0])], flood_authors=5)
    assert len(tables["hash_matches"]) == 8
    assert all("8 authors" in m["quarantine"] for m in tables["hash_matches"])


def test_no_ads_and_no_lists_make_empty_tables():
    tables, notes = run([ad("a", None)])
    assert tables == {"image_hashes": [], "hash_matches": [], "shared_images": []}
    assert notes["distinct_hashes"] == 0


def test_the_same_again_gives_the_same():
    ads = [ad(f"a{n}", f"{HEX[n]} {near(n, 4)}") for n in range(20)]
    known = [listed(near(n, 9)) for n in range(20)]
    assert run(ads, known) == run(ads, known)
