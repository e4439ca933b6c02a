"""From pictures that stay where they are to a lead that is looked at first, by commands alone."""

from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from tests.sources.made_pictures import picture

from .running import inktrace


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(3):
        Image.fromarray(picture(seed)).save(folder / f"{seed}.png")
    Image.fromarray(picture(0)).resize((200, 150)).save(folder / "0-small.jpg", quality=50)
    Image.fromarray(np.ascontiguousarray(picture(1)[:, ::-1])).save(folder / "1-mirrored.webp")
    return folder


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_hashes_travel_and_pictures_do_not(pictures, tmp_path):
    out = tmp_path / "hashes.csv"
    said = inktrace("hash", *sorted(pictures.iterdir()), "--out", out)
    assert "5 pictures" in said
    rows = {row["file"].rpartition("/")[2]: row for row in rows_of(out)}
    assert list(rows["0.png"]) == ["file", "sha256", "pdq", "quality"]
    data = (pictures / "0.png").read_bytes()
    assert rows["0.png"]["sha256"] == hashlib.sha256(data).hexdigest()
    apart = int(rows["0.png"]["pdq"], 16) ^ int(rows["0-small.jpg"]["pdq"], 16)
    assert apart.bit_count() <= 31
    assert out.stat().st_size < 2_000


def test_names_may_be_left_out_and_variants_added(pictures, tmp_path):
    out = tmp_path / "hashes.csv"
    inktrace("hash", pictures / "1.png", pictures / "1-mirrored.webp", "--no-names", "--out", out)
    assert list(rows_of(out)[0]) == ["sha256", "pdq", "quality"]
    assert "png" not in out.read_text()
    inktrace("hash", pictures / "1.png", "--variants", "--out", out)
    [row] = rows_of(out)
    assert len(row) == 4 + 7
    assert len({value for name, value in row.items() if name.startswith("pdq")}) == 8


def test_what_is_no_picture_is_told_of_and_the_others_hashed(pictures, tmp_path):
    bad = {name: tmp_path / name for name in ("text.jpg", "cut.png", "tiny.png", "bomb.png")}
    bad["text.jpg"].write_text("no picture")
    bad["cut.png"].write_bytes((pictures / "0.png").read_bytes()[:3_000])
    Image.new("RGB", (4, 400)).save(bad["tiny.png"])
    Image.new("1", (10_000, 10_000)).save(bad["bomb.png"])
    out = tmp_path / "hashes.csv"
    given = [*bad.values(), tmp_path / "absent.png", tmp_path, pictures / "2.png"]
    told = json.loads(inktrace("hash", *given, "--out", out, "--json", expect=4))
    assert told["hashed"] == 1
    reasons = [one["reason"] for one in told["rejected"]]
    for reason, words in zip(
        reasons,
        (
            "no picture",
            "cannot be unpacked",
            "too few",
            "too many",
            "no such file",
            "folder, not a file (name the files in it)",
        ),
        strict=True,
    ):
        assert words in reason
    assert [row["file"] for row in rows_of(out)] == [str(pictures / "2.png")]


def test_sixteen_bits_of_grey_give_the_hash_of_eight(tmp_path):
    grey = picture(3)[:, :, 0]
    Image.fromarray(grey).save(tmp_path / "8.png")
    for name in ("16.png", "16.tif"):
        Image.fromarray(grey.astype(np.uint16) * 256 + 7).save(tmp_path / name)
    Image.fromarray(grey.astype(np.float32) / 255).save(tmp_path / "part.tif")
    out = tmp_path / "h.csv"
    names = ("8.png", "16.png", "16.tif", "part.tif")
    told = json.loads(
        inktrace("hash", *(tmp_path / n for n in names), "--out", out, "--json", expect=4)
    )
    rows = rows_of(out)
    assert len(rows) == 3
    assert len({(row["pdq"], row["quality"]) for row in rows}) == 1
    assert "no stated white" in told["rejected"][0]["reason"]


def test_hashes_are_never_written_over_a_picture(pictures, tmp_path):
    one = pictures / "0.png"
    before = one.read_bytes()
    for out in (one, pictures / ".." / "pictures" / "0.png"):
        inktrace("hash", pictures / "1.png", one, "--out", out, expect=2)
    assert one.read_bytes() == before


def test_a_picture_without_structure_is_counted_as_such(tmp_path):
    Image.new("RGB", (90, 90), (9, 9, 9)).save(tmp_path / "grey.png")
    said = inktrace("hash", tmp_path / "grey.png", "--out", tmp_path / "h.csv")
    assert "1 of them of low quality" in said
    assert rows_of(tmp_path / "h.csv")[0]["quality"] == "0"


def test_a_listed_picture_puts_its_lead_first_and_merges_nobody(pictures, tmp_path):
    hashes = tmp_path / "hashes.csv"
    inktrace("hash", *sorted(pictures.iterdir()), "--out", hashes)
    pdq = {row["file"].rpartition("/")[2]: row["pdq"] for row in rows_of(hashes)}
    shown = ["0-small.jpg", "1-mirrored.webp", "2.png", "2.png"]
    ads = tmp_path / "ads.csv"
    ads.write_text(
        "ad_id,site,posted_at,text,image_hashes\n"
        + "".join(
            f"a{n},board.example,{1_700_000_000 + 90_000 * n},{text},{pdq[name]}\n"
            for n, (name, text) in enumerate(
                zip(
                    shown,
                    (
                        "Small room near the market for one quiet tenant",
                        "We repair bicycles of any make within the day",
                        "Guitar lessons in the evening by a patient teacher",
                        "Fresh vegetables every morning from our own garden",
                    ),
                    strict=True,
                )
            )
        )
    )
    known = tmp_path / "known.csv"
    known.write_text(f"hash,label\n{pdq['0.png']},one\n{pdq['0.png']},two\n{pdq['1.png'][:60]},x\n")
    case = tmp_path / "case"
    inktrace("init", case)
    inktrace("add", "ads", ads, "-w", case)
    added = inktrace(
        "add", "hashes", known, "--source", "Line", "--verdict", "known-abuse", "-w", case, expect=4
    )
    assert "2 accepted, 1 rejected" in added
    rejects = json.loads(inktrace("show", "rejects", "-w", case, "--json"))
    assert [(row["row"], row["column"]) for row in rejects] == [(3, "hash")]
    inktrace("run", "rings", "-w", case)
    matches = json.loads(inktrace("show", "hash-matches", "-w", case, "--json"))
    assert [(row["ad_id"], row["label"], row["escalated"]) for row in matches] == [
        ("a0", "one", True),
        ("a0", "two", True),
    ]
    leads = json.loads(inktrace("show", "leads", "-w", case, "--json"))
    assert leads[0]["known_abuse_image"]
    assert leads[0]["ads"] == 1
    assert "known-abuse list" in leads[0]["speaking_for"]
    for name in ("hash-matches", "shared-images"):
        inktrace("export", name, "--out", tmp_path / f"{name}.csv", "-w", case)
    listed = rows_of(tmp_path / "hash-matches.csv")
    assert [(row["ad_id"], row["label"]) for row in listed] == [("a0", "one"), ("a0", "two")]
    shared = json.loads(inktrace("show", "shared-images", "-w", case, "--json"))
    assert [row["nearest"] for row in shared] == [0]
    authors = json.loads(inktrace("show", "authors", "-w", case, "--json"))
    assert len(authors) == 4
    assert json.loads(inktrace("show", "quarantined-images", "-w", case, "--json")) == []
