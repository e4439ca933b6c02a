"""Ads from files: what is good is stored exactly, what is bad is rejected with its reason."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources import ads
from inktrace.sources.ads import AdProfile, add_ads
from inktrace.sources.intake import Added

from .conftest import Rejects

PARAMS = SourceParams()
GOOD: dict[str, Any] = {
    "ad_id": "a1",
    "site": "example.org",
    "posted_at": "2024-03-01T12:00:00.25+08:00",
    "text": 'Sunny room, 5" from the "station"\nkusina, wifi 🙂',
    "category": "rooms",
    "lat": "14.6",
    "lon": "121.0",
    "price": "12.345",
    "currency": "php",
    "phone": "+63 900 000 0000",
    "image_hashes": "AB" * 32 + "  " + "0" * 64,
}
STORED = {
    "ad_id": "a1",
    "site": "example.org",
    "posted_us": 1709265600250000,
    "text": GOOD["text"],
    "category": "rooms",
    "lat": 14.6,
    "lon": 121.0,
    "price_minor": 1234,
    "currency": "PHP",
    "phone": "+63 900 000 0000",
    "image_hashes": "ab" * 32 + " " + "0" * 64,
    "row": 1,
}


def ad(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def csv_bytes(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def jsonl_bytes(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet_bytes(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


FORMATS = {"csv": csv_bytes, "jsonl": jsonl_bytes, "parquet": parquet_bytes}
PACKINGS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


@pytest.fixture
def add(engine: Engine, tmp_path: Path) -> Any:
    """Write bytes to a file of this name and add it."""

    def write_and_add(
        data: bytes | list[dict[str, Any]],
        name: str = "ads.csv",
        profile: AdProfile | None = None,
        params: SourceParams = PARAMS,
    ) -> Added:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else csv_bytes(data))
        return add_ads(engine, path, params, profile=profile)

    return write_and_add


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_stores_the_same(add: Any, engine: Engine, kind: str, packing: str) -> None:
    rows = [GOOD, ad(ad_id="a2", text="tutor", lat=None, lon=None, price=None, image_hashes=None)]
    # The name says nothing of the compression: the first bytes do.
    added = add(PACKINGS[packing](FORMATS[kind](rows)), f"ads.{kind}")
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (2, 0, 0)
    first, second = engine.query('SELECT * FROM ads ORDER BY "row"').to_pylist()
    assert {name: first[name] for name in STORED} == STORED
    assert [second[name] for name in ("lat", "lon", "price_minor", "currency")] == [None] * 4


BAD = {
    "no id": ({"ad_id": " "}, "ad_id", "ad_id is missing"),
    "no site": ({"site": ""}, "site", "site is missing"),
    "no time": ({"posted_at": ""}, "posted_at", "posted_at is missing"),
    "no text": ({"text": "  "}, "text", "text is missing"),
    "no zone": ({"posted_at": "2024-03-01 12:00:00"}, "posted_at", "without zone"),
    "no time of day": ({"posted_at": "2024-03-01"}, "posted_at", "date without"),
    "words": ({"posted_at": "yesterday"}, "posted_at", "is not a time"),
    "30 February": ({"posted_at": "2024-02-30T00:00:00Z"}, "posted_at", "is not a time"),
    "year 0": ({"posted_at": "0000-01-01T00:00:00Z"}, "posted_at", "outside the years"),
    "year 9999": ({"posted_at": "9999-12-31T23:59:59Z"}, "posted_at", "outside the years"),
    "milliseconds": ({"posted_at": "1709265600250"}, "posted_at", "outside the years"),
    "huge": ({"posted_at": "1e300"}, "posted_at", "outside the years"),
    "negative": ({"price": "-1"}, "price", "is negative"),
    "NaN": ({"price": "NaN"}, "price", "not a finite"),
    "infinite": ({"price": "-inf"}, "price", "not a finite"),
    "price in words": ({"price": "12 pesos"}, "price", "not a number"),
    "thousands": ({"price": "1,200"}, "price", "not a number"),
    "huge price": ({"price": "1e25"}, "price", "too large"),
    "no currency": ({"currency": ""}, "price", "without currency"),
    "odd currency": ({"currency": "P$"}, "currency", "three letters"),
    "lat 91": ({"lat": "91"}, "lat", "not within"),
    "lon NaN": ({"lon": "nan"}, "lon", "not a finite"),
    "lat alone": ({"lon": ""}, "lat", "without lon"),
    "short hash": ({"image_hashes": "abc"}, "image_hashes", "64 hex"),
    "long text": ({"text": "x" * 10_000_000}, "text", "10000000 characters"),
}


@pytest.mark.parametrize(("changes", "column", "reason"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_bad_row_is_rejected_alone(
    add: Any, engine: Engine, rejects: Rejects, kind: str, changes: Any, column: str, reason: str
) -> None:
    rows = [ad(ad_id="before"), ad(**changes), ad(ad_id="after")]
    added = add(FORMATS[kind](rows), f"ads.{kind}")
    assert (added.rows_accepted, added.rows_rejected) == (2, 1)
    [(row, where, why)] = rejects()
    assert (row, where) == (2, column)
    assert reason in why
    assert engine.rows('SELECT ad_id, "row" FROM ads ORDER BY "row"') == [
        ("before", 1),
        ("after", 3),
    ]


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("1.005", "USD", 100),
        ("1.015", "USD", 102),
        ("0.5", "JPY", 0),
        ("1.5", "JPY", 2),
        ("1.0005", "KWD", 1000),
        (".29", "EUR", 29),
        ("1e2", "EUR", 10_000),
        ("0.125000000000000000001", "EUR", 13),
        ("999999999999.99", "IDR", 99_999_999_999_999),
    ],
)
def test_prices_become_minor_units_from_their_exact_decimals(
    add: Any, engine: Engine, price: str, currency: str, minor: int
) -> None:
    add([ad(price=price, currency=currency)])
    assert engine.rows("SELECT price_minor FROM ads") == [(minor,)]


@pytest.mark.parametrize(
    ("posted_at", "posted_us"),
    [
        ("1700000000", 1_700_000_000_000_000),
        ("1700000000.123456", 1_700_000_000_123_456),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000),
        ("2023-11-14t22:13:20,5z", 1_700_000_000_500_000),
        ("2023-11-14 22:13:20.1234567+00:00", 1_700_000_000_123_456),
        ("2023-11-15T03:43:20+0530", 1_700_000_000_000_000),
        ("2023-11-14T22:13+00", 1_699_999_980_000_000),
    ],
)
def test_times(add: Any, engine: Engine, posted_at: str, posted_us: int) -> None:
    add([ad(posted_at=posted_at)])
    assert engine.rows("SELECT posted_us FROM ads") == [(posted_us,)]


def test_a_profile_names_columns_zone_and_constants(
    add: Any, engine: Engine, rejects: Rejects
) -> None:
    text = (
        "id;when;what;price\n1;31/12/2023 23:30;Ma\xf1ana caf\xe9;5\n2;2023-12-31;x;5\n"
    ).encode("cp1252")
    profile = AdProfile(
        columns={"ad_id": "id", "posted_at": "when", "text": "what"},
        zone="Asia/Manila",
        time_format="%d/%m/%Y %H:%M",
        constants={"site": "example.org", "currency": "PHP"},
        delimiter=";",
        encoding="cp1252",
    )
    add(text, profile=profile)
    assert engine.rows("SELECT ad_id, site, posted_us, text, price_minor FROM ads") == [
        ("1", "example.org", 1704036600000000, "Mañana café", 500)
    ]
    assert [(row, column) for row, column, _ in rejects()] == [(2, "posted_at")]


def test_local_times_that_a_clock_shows_twice_or_never_are_rejected(
    add: Any, engine: Engine, rejects: Rejects
) -> None:
    times = ["2024-10-27T01:30", "2024-03-31T01:30", "2024-07-01T12:00"]
    rows = [ad(ad_id=str(i), posted_at=t) for i, t in enumerate(times)]
    add(rows, profile=AdProfile(zone="Europe/London"))
    assert engine.rows("SELECT ad_id, posted_us FROM ads") == [("2", 1719831600000000)]
    assert ["twice" in rejects()[0][2], "skips" in rejects()[1][2]] == [True, True]


def test_title_and_body_stand_in_for_text(add: Any, engine: Engine) -> None:
    rows = [
        {"ad_id": "1", "site": "s", "posted_at": "1700000000", "title": "Room", "body": "quiet"},
        {"ad_id": "2", "site": "s", "posted_at": "1700000000", "title": "", "body": "only body"},
    ]
    add(rows)
    assert engine.rows("SELECT text FROM ads ORDER BY ad_id") == [("Room\nquiet",), ("only body",)]


class TestTextFiles:
    """What is wrong with bytes, lines and fields rather than with values."""

    def test_bytes_that_are_not_utf8_cost_their_row_only(self, add: Any, rejects: Rejects) -> None:
        data = csv_bytes([GOOD, ad(ad_id="a2", text="BROKEN"), ad(ad_id="a3")])
        assert add(data.replace(b"BROKEN", b"caf\xe9")).rows_accepted == 2
        assert rejects() == [(2, "text", "bytes that are not UTF-8")]
        data = jsonl_bytes([GOOD, ad(ad_id="b2", text="BROKEN"), ad(ad_id="b3")])
        add(data.replace(b"BROKEN", b"caf\xe9"), "ads.jsonl")
        assert [row for row, _, _ in rejects()] == [2, 2]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_byte_order_mark_decides(self, add: Any, engine: Engine, encoding: str) -> None:
        assert add(csv_bytes([GOOD]).decode().encode(encoding)).rows_accepted == 1
        assert engine.rows("SELECT text FROM ads") == [(GOOD["text"],)]

    def test_utf16_without_mark_is_refused_and_read_when_named(self, add: Any) -> None:
        data = csv_bytes([GOOD]).decode().encode("utf-16-le")
        with pytest.raises(InputError, match="UTF-16"):
            add(data)
        assert add(data, profile=AdProfile(encoding="utf-16-le")).rows_accepted == 1

    def test_wrong_numbers_of_fields(self, add: Any, rejects: Rejects) -> None:
        data = b"ad_id,site,posted_at,text\r\n1,s,1700000000,x\r\n2,s\r\n3,s,1700000000,y,z\r\n"
        assert add(data + b"4,s,1700000000,w\r\n").rows_accepted == 2
        assert [(row, why[:8]) for row, _, why in rejects()] == [(2, "2 fields"), (3, "5 fields")]

    def test_an_unclosed_quote_costs_one_row(self, add: Any, rejects: Rejects) -> None:
        lines = [f"{i},s,1700000000,text {i}" for i in range(200)]
        lines[70] = '70,s,1700000000,"never closed'
        added = add(("ad_id,site,posted_at,text\n" + "\n".join(lines)).encode())
        assert added.rows_accepted == 199
        assert [(row, "never closed" in why) for row, _, why in rejects()] == [(71, True)]

    def test_json_lines_that_are_no_objects(self, add: Any, rejects: Rejects) -> None:
        lines = [
            json.dumps(GOOD),
            "not json",
            "[1, 2]",
            '"text"',
            "",
            json.dumps(ad(text={"en": "room"})),
            json.dumps(ad(site=["a"])),
            '{"ad_id": "cut',
            json.dumps(ad(ad_id="last", image_hashes=["ab" * 32, "0" * 64])),
        ]
        assert add("\r\n".join(lines).encode(), "ads.jsonl").rows_accepted == 2
        assert [(row, column) for row, column, _ in rejects()] == [
            (2, None),
            (3, None),
            (4, None),
            (5, "text"),
            (6, "site"),
            (7, None),
        ]

    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_a_line_longer_than_the_limit_is_passed_over(
        self, add: Any, rejects: Rejects, kind: str
    ) -> None:
        rows = [GOOD, ad(ad_id="long", text="x" * 3_000_000), ad(ad_id="a3")]
        params = SourceParams(max_line_bytes=100_000)
        assert add(FORMATS[kind](rows), f"ads.{kind}", params=params).rows_accepted == 2
        assert rejects() == [(2, None, "line of more than 100000 bytes")]

    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_a_file_cut_off_keeps_its_whole_rows(
        self, add: Any, engine: Engine, rejects: Rejects, kind: str
    ) -> None:
        rows = [ad(ad_id=f"a{i}", text=f"{i * 7919 % 1009} room " * 5) for i in range(500)]
        added = add(gzip.compress(FORMATS[kind](rows))[:-1500], f"ads.{kind}.gz")
        assert 100 < added.rows_accepted < 500
        whole, cut = rejects()
        assert (whole[0], "too early" in whole[2]) == (0, True)
        assert cut == (added.rows_accepted + 1, None, "the file ends in the middle of this row")
        stored = engine.rows("SELECT text FROM ads")
        assert {text for (text,) in stored} <= {row["text"] for row in rows}


class TestRepeats:
    """The same ad again."""

    def test_within_a_file(self, add: Any, engine: Engine, rejects: Rejects) -> None:
        added = add([GOOD, GOOD, ad(text="other"), ad(category="")])
        assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (1, 1, 2)
        assert [(row, column) for row, column, _ in rejects()] == [(3, "text"), (4, "category")]
        assert "in row 1" in rejects()[0][2]
        assert engine.rows('SELECT "row" FROM ads') == [(1,)]

    def test_across_files(self, add: Any, engine: Engine, rejects: Rejects) -> None:
        add([GOOD])
        added = add([ad(ad_id="a0"), GOOD], "more.csv")
        assert (added.rows_accepted, added.rows_repeated) == (1, 1)
        added = add([ad(posted_at="1700000000")], "other.csv")
        assert (added.rows_accepted, added.rows_rejected) == (0, 1)
        assert "row 1 of file 1" in rejects()[0][2]
        assert engine.rows("SELECT count(*) FROM ads") == [(2,)]

    def test_the_same_file_again_does_nothing(self, add: Any, engine: Engine) -> None:
        add([GOOD, ad(ad_id="")])
        again = add([GOOD, ad(ad_id="")])
        assert (again.already_added, again.rows_accepted, again.rows_rejected) == (True, 1, 1)
        assert engine.rows("SELECT count(*) FROM rejects") == [(1,)]

    def test_deep_json_costs_its_row_only(self, add: Any, rejects: Rejects) -> None:
        deep = "[" * 100_000 + "]" * 100_000
        lines = [deep, deep[:100_000], f'{{"text": {deep}}}', json.dumps(GOOD)]
        assert add("\n".join(lines).encode(), "ads.jsonl").rows_accepted == 1
        assert [row for row, _, _ in rejects()] == [1, 2, 3]

    def test_ten_thousand_columns_and_ten_megabytes_of_text(self, add: Any) -> None:
        wide = [ad(**{f"c{i}": "" for i in range(10_000)})]
        long = [ad(ad_id="long", text="x" * 10_000_000), ad(ad_id="a2")]
        assert add(csv_bytes(wide)).rows_accepted == 1
        added = add(csv_bytes(long), "long.csv")
        assert (added.rows_accepted, added.rows_rejected) == (1, 1)

    def test_the_last_line_may_lack_its_end(self, add: Any) -> None:
        assert add(csv_bytes([GOOD, ad(ad_id="a2")]).rstrip()).rows_accepted == 2
        assert add(jsonl_bytes([ad(ad_id="a3")]).rstrip(), "ads.jsonl").rows_accepted == 1


class TestWholeFile:
    """Files that cannot be used at all leave nothing behind."""

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b"a,b,c\n1,2,3\n", "no column ad_id; the columns are a, b, c"),
            (b"ad_id,site,site,posted_at,text\n", "2 columns 'site'"),
            (b'"ad_id\n', "no column|header"),
            (b"PAR1 and no more", "Parquet data is damaged"),
            (b"\n\r\n\n", "only blank lines"),
            (gzip.compress(b"", mtime=0), "only blank lines"),
            (b"ad_id,site,posted_at,text," + b"x" * 2**21 + b"\n1,s,2,t,x\n", "no header line"),
        ],
    )
    def test_refused(self, add: Any, engine: Engine, data: bytes, what: str) -> None:
        with pytest.raises(InputError, match=what):
            add(data)
        assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]

    def test_a_header_alone_is_no_error(self, add: Any) -> None:
        assert add(b"ad_id,site,posted_at,text\n").rows_accepted == 0

    def test_an_exception_midway_leaves_nothing(
        self, add: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            assert engine.rows("SELECT count(*) FROM ads") == [(1,)]
            raise KeyboardInterrupt

        monkeypatch.setattr(ads, "settle_repeats", fail)
        with pytest.raises(KeyboardInterrupt):
            add([GOOD, ad(ad_id="")])
        for table in ("ads", "rejects", "source_files"):
            assert engine.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_parquet_types(engine: Engine, add: Any, rejects: Rejects) -> None:
    table = pa.table(
        {
            "ad_id": pa.array([1, 2, 3]),
            "site": pa.array(["s", "s", "s"]).dictionary_encode(),
            "posted_at": pa.array([1_700_000_000_123_456] * 3, pa.timestamp("us", "UTC")),
            "text": ["room", "tutor", "clean"],
            "price": [10.1, float("nan"), 3.0],
            "currency": ["EUR", "EUR", "EUR"],
            "image_hashes": [["ab" * 32, "0" * 64], None, []],
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    add(out.getvalue(), "ads.parquet")
    assert engine.rows("SELECT ad_id, posted_us, price_minor FROM ads ORDER BY 1") == [
        ("1", 1_700_000_000_123_456, 1010),
        ("3", 1_700_000_000_123_456, 300),
    ]
    assert rejects() == [(2, "price", "price is not a finite number")]


def test_parquet_times_without_zone(engine: Engine, add: Any, rejects: Rejects) -> None:
    for unit, value in (("s", 1_700_000_000), ("ns", 1_700_000_000_000_000_000)):
        table = pa.table(
            {
                "ad_id": [unit],
                "site": ["s"],
                "text": ["room"],
                "posted_at": pa.array([value], pa.timestamp(unit)),
            }
        )
        out = io.BytesIO()
        pq.write_table(table, out)
        add(out.getvalue(), f"{unit}.parquet")
        add(out.getvalue(), f"{unit}.parquet", profile=AdProfile(zone="UTC"))
    assert engine.rows("SELECT DISTINCT posted_us FROM ads") == [(1_700_000_000_000_000,)]
    assert [column for _, column, _ in rejects()] == ["posted_at", "posted_at"]


def test_parquet_page_checksums_are_checked(add: Any) -> None:
    out = io.BytesIO()
    texts = [f"a room number {i}" for i in range(500)]
    table = pa.table({n: [str(i) for i in range(500)] for n in ("ad_id", "site", "posted_at")})
    table = table.append_column("text", pa.array(texts))
    pq.write_table(table, out, compression="none", use_dictionary=False, write_page_checksum=True)
    with pytest.raises(InputError, match="damaged"):
        add(out.getvalue().replace(b"a room number 321", b"a room number 322", 1), "a.parquet")


def test_a_reject_names_the_column_as_the_file_does(add: Any, rejects: Rejects) -> None:
    add([GOOD, ad(posted_at="1700000001")])
    ((row, column, reason),) = rejects()
    assert (row, column) == (2, "posted_at")
    assert "with another posted_at" in reason
