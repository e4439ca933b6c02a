"""First-seen times and prices: small tables, strictly read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.first_seen import add_first_seen
from inktrace.sources.prices import add_prices

from .conftest import Rejects

PARAMS = SourceParams()
TXID = "0f" * 31 + "aB"


def test_first_seen_times_are_stored_and_settled(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    path = tmp_path / "seen.csv"
    path.write_text(
        "txid,first_seen,source\n"
        f"{TXID},1700000000.123456,node1\n"
        f"{TXID.lower()},1700000000.123456,node1\n"
        f"{TXID},1700000000.5,node2\n"
        f"{TXID},2023-11-14T22:13:20Z,\n"
        f"{TXID},2023-11-14T22:13:20+00:00,\n"
        "abc,1700000000,node1\n"
        f"{TXID},2023-11-14T22:13:20,\n"
        f"{TXID},nan,\n"
        f"{TXID},-5,\n"
        f"{TXID},,\n"
    )
    added = add_first_seen(engine, path, PARAMS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (3, 2, 5)
    assert engine.rows("SELECT txid, first_seen_us, observer FROM first_seen ORDER BY 2") == [
        (bytes.fromhex(TXID), 1_700_000_000_000_000, None),
        (bytes.fromhex(TXID), 1_700_000_000_123_456, "node1"),
        (bytes.fromhex(TXID), 1_700_000_000_500_000, "node2"),
    ]
    assert [(row, column) for row, column, _ in rejects()] == [
        (6, "txid"),
        *((row, "first_seen") for row in range(7, 11)),
    ]


def test_first_seen_from_json_and_parquet_says_the_same(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "seen.jsonl").write_text(f'{{"txid": "{TXID}", "first_seen": 1700000000.123456}}\n')
    table = pa.table({"txid": [TXID], "first_seen": [1700000000.123456]})
    pq.write_table(table, tmp_path / "seen.parquet")
    assert add_first_seen(engine, tmp_path / "seen.jsonl", PARAMS).rows_accepted == 1
    assert add_first_seen(engine, tmp_path / "seen.parquet", PARAMS).rows_repeated == 1


def test_prices_are_strict(engine: Engine, tmp_path: Path, rejects: Rejects) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "time,currency,price\n"
        "1700000000,usd,36000.5\n"
        "1700000000,USD,36000.50\n"
        "2023-11-14T22:13:20Z,USD,36001\n"
        "1700000000,EUR,33000\n"
        "1700000060,USD,0\n"
        "1700000060,USD,-1\n"
        "1700000060,USD,NaN\n"
        "1700000060,USD,inf\n"
        "1700000060,USD,\n"
        "1700000060,,1\n"
        "1700000060,DOLLAR,1\n"
        "1700000060000,USD,1\n"
        "2023-11-14,USD,1\n"
    )
    added = add_prices(engine, path, PARAMS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (2, 1, 10)
    assert engine.rows("SELECT currency, time_us, price FROM prices ORDER BY 1") == [
        ("EUR", 1_700_000_000_000_000, 33000.0),
        ("USD", 1_700_000_000_000_000, 36000.5),
    ]
    assert [row for row, _, _ in rejects()] == [3, *range(5, 14)]
    assert "another price, in row 1" in rejects()[0][2]


def test_plain_dates_need_a_zone(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "daily.csv"
    path.write_text("date,open,close\n2023-11-14,36000,37000\n")
    assert add_prices(engine, path, PARAMS, currency="USD").rows_rejected == 1
    added = add_prices(engine, path, PARAMS, currency="USD", zone="America/New_York")
    assert added.rows_accepted == 1
    assert engine.rows("SELECT time_us, price FROM prices") == [(1_699_938_000_000_000, 36000.0)]


def test_a_currency_must_come_from_somewhere(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("time,price\n1700000000,36000\n")
    with pytest.raises(InputError, match="no column currency"):
        add_prices(engine, path, PARAMS)
    with pytest.raises(InputError, match="three letters"):
        add_prices(engine, path, PARAMS, currency="dollars")
    with pytest.raises(InputError, match="time zone"):
        add_prices(engine, path, PARAMS, currency="USD", zone="Nowhere/Land")


def test_real_daily_prices_are_read(engine: Engine, shared_data: Path) -> None:
    path = shared_data / "prices/btcusd_1d_2011_2025.csv"
    added = add_prices(engine, path, PARAMS, currency="USD")
    assert (added.rows_accepted, added.rows_rejected) == (5152, 0)
