"""A growing file cut anywhere gives the rows of the whole; other files wait until left alone."""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import LiveParams, SourceParams
from inktrace.schema import TABLES
from inktrace.sources.ads import add_ads
from inktrace.sources.ads_feed import AdsFeed
from inktrace.sources.file_parts import FilePart, whole_lines_end
from inktrace.sources.profile import AdProfile

LIMITS = SourceParams()


def line(number, **more):
    row = {"ad_id": f"ad{number}", "site": "s.example", "posted_at": 1_700_000_000 + number}
    return json.dumps({**row, "text": f"piano lessons {number}", **more}) + "\n"


def feed_of(place, **params):
    return AdsFeed(place, AdProfile(), LiveParams(**{"settle_s": 0.0, **params}), LIMITS)


def stored(engine):
    """Ads and rejects; that an earlier row stands in another part of the file is left out."""
    ads = engine.rows('SELECT ad_id, text, "row" FROM ads ORDER BY "row"')
    return ads, engine.rows(
        "SELECT \"row\", \"column\", regexp_replace(reason, ' of file \\d+$', ''), raw "
        'FROM rejects ORDER BY "row"'
    )


def empty_engine():
    made = Engine()
    for table in TABLES.values():
        made.execute(table.create_sql())
    return made


LINES = st.one_of(
    st.integers(0, 9).map(line),
    st.sampled_from(["\n", "\r\n", "not json\n", "[]\n", '{"ad_id": "x"}\n', "{\n", "}\n"]),
    st.text(max_size=20).map(lambda text: line(77, text=f"é{text}")),
)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(LINES, max_size=12), data=st.data())
def test_a_file_cut_anywhere_gives_the_rows_of_the_whole(tmp_path_factory, lines, data):
    whole = (line(100) + "".join(lines)).encode()
    cuts = data.draw(st.lists(st.integers(1, len(whole)), max_size=5).map(sorted))
    folder = tmp_path_factory.mktemp("feed")
    path = folder / "grows.jsonl"
    feed = feed_of(folder)
    with empty_engine() as by_parts, empty_engine() as at_once:
        for cut in (*cuts, len(whole)):
            path.write_bytes(whole[:cut])
            assert not feed.take_in(by_parts).errors
            if data.draw(st.booleans()):
                feed = feed_of(folder)  # a restart
        add_ads(at_once, path, LIMITS)
        assert stored(by_parts) == stored(at_once)


def test_a_half_line_waits_and_is_not_due(engine, tmp_path):
    path, feed = tmp_path / "a.jsonl", feed_of(tmp_path)
    path.write_text(line(1) + line(2)[:30])
    assert feed.waiting() == [path]
    (added,) = feed.take_in(engine).added
    assert added.rows_accepted == 1
    assert feed.waiting() == []
    path.write_text(line(1) + line(2)[:40])
    assert feed.waiting() == []
    path.write_text(line(1) + line(2)[:-1])  # whole, though without a line end
    assert feed.waiting() == [path]
    (added,) = feed.take_in(engine).added
    assert added.rows_accepted == 1
    path.write_text(line(1) + line(2) + line(3))
    assert feed.take_in(engine).added[0].rows_accepted == 1
    assert stored(engine)[0][-1][2] == 3


@pytest.mark.parametrize("shorter", [True, False])
def test_a_file_that_was_replaced_is_read_from_its_start(engine, tmp_path, shorter):
    path, feed = tmp_path / "a.jsonl", feed_of(tmp_path)
    path.write_text(line(1) + line(2))
    feed.take_in(engine)
    path.write_text(line(2) + (line(3)[:-1] if shorter else line(3) + line(4)))
    os.utime(path, ns=(1, 1))
    (added,) = feed.take_in(engine).added
    assert added.rows_repeated == 1
    assert added.rows_accepted == (1 if shorter else 2)


def test_a_line_that_is_too_long_is_rejected_once_and_passed_over(engine, tmp_path):
    limits = SourceParams(max_line_bytes=1024)
    feed = AdsFeed(tmp_path, AdProfile(), LiveParams(), limits)
    path = tmp_path / "a.jsonl"
    path.write_text(line(1) + line(2, text="x" * 3000)[:2000])
    feed.take_in(engine)
    assert feed.waiting() == []
    path.write_text(line(1) + line(2, text="x" * 3000) + line(3))
    feed.take_in(engine)
    ads, rejected = stored(engine)
    assert [ad[0] for ad in ads] == ["ad1", "ad3"]
    assert [row[0] for row in rejected] == [2]


def test_a_file_waits_until_it_is_left_alone(engine, tmp_path):
    path, feed = tmp_path / "a.csv", feed_of(tmp_path, settle_s=100.0)
    path.write_text("ad_id,site,posted_at,text\n1,s,1700000000,piano\n")
    assert feed.waiting() == []
    old = time.time() - 200
    os.utime(path, (old, old))
    assert feed.waiting() == [path]
    (added,) = feed.take_in(engine).added
    assert added.rows_accepted == 1
    assert feed.waiting() == []
    assert feed_of(tmp_path).take_in(engine).added[0].already_added


def test_only_finished_files_of_ads_are_looked_at(tmp_path):
    for name in ("a.csv.part", ".b.jsonl", "notes.md", "profile.toml", "c.jsonl~", "d.tmp"):
        (tmp_path / name).write_text("x")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    for name in ("e.tsv", "f.CSV.gz", "g.parquet", "h.ndjson"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in feed_of(tmp_path).waiting()] == [
        "e.tsv", "f.CSV.gz", "g.parquet", "h.ndjson",
    ]  # fmt: skip


def test_one_file_may_be_the_feed_whatever_its_name(engine, tmp_path):
    path = tmp_path / "ads"
    path.write_text(line(1))
    assert feed_of(path).take_in(engine).added[0].rows_accepted == 1


def test_bytes_that_change_while_they_are_read_are_refused(engine, tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_text(line(1))
    from inktrace.sources import ads

    def settle(*_):
        path.write_text(line(1).replace("piano", "organ"))

    monkeypatch.setattr(ads, "settle_repeats", settle)
    with pytest.raises(InputError, match="changed while"):
        add_ads(engine, path, LIMITS, part=FilePart(0, path.stat().st_size))
    assert stored(engine) == ([], [])
    assert engine.rows("SELECT count(*) FROM feed_files") == [(0,)]


@given(st.text(alphabet='{}"\\:,a\n é', max_size=30), st.integers(0, 60))
def test_what_is_whole_stays_whole(tmp_path_factory, text, cut):
    """What was taken of a beginning ends where a line of the whole ends."""
    whole = ('{"a": "' + text.replace('"', "'").replace("\\", "") + '"}\n').encode()
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(whole[:cut])
    end = whole_lines_end(path, 0, 1000)
    assert whole[end:].strip(b" \n") == b"" or end == 0 or whole[end - 1 : end] == b"\n"
