"""TagPacks: inheritance, other coins, hostile YAML, archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.tags import add_tags

from .conftest import Rejects

PARAMS = SourceParams()
ADDRESS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
PACK = f"""\
title: Test pack
creator: someone
category: exchange
currency: BTC
label: Shop
source: https://example.org
confidence: forensic
description: {{nested: [1, 2, {{deep: true}}]}}
tags:
- address: {ADDRESS}
- address: BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ
  label: 123
  concepts: [mixing_service, other]
  source: null
- address: {ADDRESS}
  currency: LTC
- {{label: nobody}}
- address: {ADDRESS}
- address: not an address
- just words
- address: {ADDRESS}
  network: BTC
  currency: USDT
"""


def written(tmp_path: Path, text: str, name: str = "pack.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_the_head_holds_unless_the_tag_says_otherwise(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    added = add_tags(engine, written(tmp_path, PACK), PARAMS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (2, 1, 5)
    rows = engine.query('SELECT * EXCLUDE file_id FROM tags ORDER BY "row"').to_pylist()
    shared = {"confidence": "forensic", "tagpack": "Test pack", "actor": None}
    assert rows == [
        {
            **shared,
            "address": ADDRESS,
            "label": "Shop",
            "category": "exchange",
            "tag_source": "https://example.org",
            "row": 1,
        },
        {
            **shared,
            "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "label": "123",
            "category": "mixing_service",
            "tag_source": "https://example.org",
            "row": 2,
        },
    ]
    assert [row for row, _, _ in rejects()] == [3, 4, 6, 7, 8]
    assert rejects()[0][2] == "tag 3: its currency is LTC, not BTC"


def test_the_head_may_follow_the_tags(engine: Engine, tmp_path: Path) -> None:
    add_tags(
        engine, written(tmp_path, f"tags:\n- address: {ADDRESS}\ncurrency: BTC\nlabel: L\n"), PARAMS
    )
    assert engine.rows("SELECT label FROM tags") == [("L",)]


def test_aliases_are_not_followed(engine: Engine, tmp_path: Path, rejects: Rejects) -> None:
    text = (
        "currency: BTC\nlabel: &l [lol, lol]\nbomb: [*l, *l]\ntags:\n"
        f"- &a {{address: {ADDRESS}}}\n- *a\n- {{address: {ADDRESS}, label: *l}}\n"
        f"- {{<<: *a, label: x}}\n- {{*a : x, address: {ADDRESS}}}\n"
    )
    added = add_tags(engine, written(tmp_path, text), PARAMS)
    assert added.rows_accepted == 1
    assert [row for row, _, _ in rejects()] == [0, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- a\n- b\n", "top level is not a mapping"),
        ("title: x\n", "no list of tags"),
        ("# nothing\n", "it is empty"),
        ("a: [\n", "not YAML"),
        ("a: " + "[" * 60 + "]" * 60 + "\n", "nested more than 50"),
        ("tags: " + "x" * 5000, "more than 2048 bytes"),
        ("\x00\x01", "not YAML"),
    ],
)
def test_what_is_no_tagpack_is_refused(
    engine: Engine, tmp_path: Path, text: str, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        add_tags(engine, written(tmp_path, text), SourceParams(max_tagpack_bytes=2048))
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


def test_broken_yaml_keeps_the_tags_before_it(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    added = add_tags(engine, written(tmp_path, PACK + "- address: [oops\n"), PARAMS)
    assert added.rows_accepted == 2
    assert rejects()[0][0] == 0
    assert "not YAML at line" in rejects()[0][2]


def archive(tmp_path: Path, members: dict[str, str], mode: str) -> Path:
    path = tmp_path / "packs.tar"
    with tarfile.open(path, f"w:{mode}") as tar:  # type: ignore[call-overload]
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("link.yaml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


@pytest.mark.parametrize("mode", ["", "gz", "xz", "bz2"])
def test_every_pack_of_an_archive_is_read(
    engine: Engine, tmp_path: Path, rejects: Rejects, mode: str
) -> None:
    members = {"README.md": "hello", "a/one.yaml": PACK, "a/bad.yml": "- x\n", "b/two.yaml": PACK}
    added = add_tags(engine, archive(tmp_path, members, mode), PARAMS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (2, 4, 12)
    whole = [why for row, _, why in rejects() if row == 0]
    assert any(why.startswith("a/bad.yml: this is not a TagPack") for why in whole)
    assert any("link.yaml is not a regular file" in why for why in whole)
    assert [row for row, _, _ in rejects() if row] == [3, 4, 6, 7, 8, 11, 12, 14, 15, 16]


def test_an_archive_cut_off_keeps_whole_packs(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    path = archive(tmp_path, {"one.yaml": PACK, "two.yaml": PACK.replace("Shop", "Other")}, "")
    path.write_bytes(path.read_bytes()[:2500])
    assert add_tags(engine, path, PARAMS).rows_accepted >= 2
    assert rejects()[0][0] == 0


def test_a_long_head_is_not_written_out_for_every_tag(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    text = f"title: {'x' * 10_000}\ncurrency: BTC\nlabel: Shop\ntags:\n- address: {ADDRESS}\n"
    assert add_tags(engine, written(tmp_path, text), PARAMS).rows_accepted == 0
    assert rejects() == [(1, None, "tag 1: its title has 10,000 characters, more than 2,000")]


def test_names_in_an_archive_lead_nowhere(engine: Engine, tmp_path: Path) -> None:
    names = ("../../outside.yaml", str(tmp_path / "absolute.yaml"))
    path = archive(tmp_path, dict.fromkeys(names, PACK), "")
    before = sorted(tmp_path.rglob("*"))
    assert add_tags(engine, path, PARAMS).rows_accepted == 2
    made = set(tmp_path.rglob("*")).difference(before)
    assert {path for path in made if path.name != "case.duckdb.wal"} == set()
