"""The CSV record splitter against Python's own reader, and on what is not plain CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.sources.csv_records import BadRecord, csv_chunks, fields_of

STEADY = settings(max_examples=200, derandomize=True, deadline=None)
FIELD = st.text(st.sampled_from('ab"\n\r,; é'), max_size=6)
RAW = st.text(st.sampled_from('ab"\n\r,'), max_size=60)


def read(
    data: bytes, expected: int, block: int = 1 << 20, limit: int = 1 << 20
) -> tuple[list[tuple[int, list[str]]], list[BadRecord]]:
    good: list[tuple[int, list[str]]] = []
    bad: list[BadRecord] = []
    blocks = (data[i : i + block] for i in range(0, len(data), block))
    for chunk in csv_chunks(blocks, ",", expected, limit):
        bad += chunk.bad
        records = chunk.records
        if chunk.text:
            rows = csv.reader(io.StringIO(chunk.text.decode(), newline=""))
            records = [[cell.encode() for cell in row] for row in rows]
        assert len(records) == len(chunk.rows)
        good += [
            (int(row), [cell.decode() for cell in fields])
            for row, fields in zip(chunk.rows, records, strict=True)
        ]
    return good, bad


def written(rows: list[list[str]], ending: str, quoting: int) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


@given(
    st.lists(st.lists(FIELD, min_size=3, max_size=3), max_size=12),
    # Before Python 3.13 the writer left a lone CR bare unless the line end holds one.
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]),
    st.integers(1, 40),
)
@STEADY
def test_what_the_standard_writer_wrote_is_read_back(
    rows: list[list[str]], style: tuple[str, int], block: int
) -> None:
    good, bad = read(written(rows, *style), 3, block)
    assert good == [(i + 1, row) for i, row in enumerate(rows)]
    assert bad == []


@given(RAW, st.integers(1, 20), st.integers(4, 200))
@STEADY
def test_the_cut_into_blocks_changes_nothing(text: str, block: int, limit: int) -> None:
    data = text.encode()
    whole, whole_bad = read(data, 2, 1 << 20, limit)
    parts, parts_bad = read(data, 2, block, limit)
    assert parts == whole
    assert [(b.row, b.raw[:1]) for b in parts_bad] == [(b.row, b.raw[:1]) for b in whole_bad]


@given(
    st.lists(st.lists(st.text("ab \n,é", max_size=6), min_size=3, max_size=3), min_size=1),
    st.text('ab",', max_size=9),
    st.data(),
)
@STEADY
def test_one_broken_line_costs_no_other_row(
    rows: list[list[str]], broken: str, data: st.DataObject
) -> None:
    rows = [[f"id{i}", *row[1:]] for i, row in enumerate(rows)]
    place = data.draw(st.integers(0, len(rows)))
    text = (
        written(rows[:place], "\n", csv.QUOTE_MINIMAL)
        + broken.encode()
        + b"\n"
        + written(rows[place:], "\n", csv.QUOTE_ALL)
    )
    good, _ = read(text, 3)
    kept = [fields for _, fields in good]
    assert [row for row in rows if row not in kept] == []


def test_an_unclosed_quote_costs_one_row_and_is_told() -> None:
    data = b"1,a\n" + b'2,"never closed\n' + b"".join(b"%d,x\n" % i for i in range(3, 50))
    good, bad = read(data, 2)
    assert [row for row, _ in good] == [1, *range(3, 50)]
    assert [(b.row, b.raw) for b in bad] == [(2, b'2,"never closed')]
    assert "never closed" in bad[0].reason


def test_an_unclosed_quote_that_a_later_one_closes_costs_one_row() -> None:
    data = b'1,a,b\n2,"open,b\n3,c,d\n4,"fine",e\n5,f,g\n'
    good, bad = read(data, 3)
    assert [fields[0] for _, fields in good] == ["1", "3", "4", "5"]
    assert [b.row for b in bad] == [2]


def test_a_quote_in_a_bare_field_is_kept_as_it_is() -> None:
    good, bad = read(b'1,a 5" pipe\n2,x""y\n', 2)
    assert [fields for _, fields in good] == [["1", 'a 5" pipe'], ["2", 'x""y']]
    assert bad == []


def test_wrong_numbers_of_fields_cost_their_own_rows() -> None:
    good, bad = read(b"1,a\n2\n3,b,c\n\r\n\n4,d", 2)
    assert [(row, fields[0]) for row, fields in good] == [(1, "1"), (4, "4")]
    assert [(b.row, b.reason) for b in bad] == [
        (2, "1 fields where the header has 2"),
        (3, "3 fields where the header has 2"),
    ]


@pytest.mark.parametrize("quoted", [False, True])
def test_a_line_longer_than_the_limit_is_passed_over(quoted: bool) -> None:
    long = b'2,"' + b"x" * 5000 if quoted else b"2," + b"x" * 5000
    good, bad = read(b"1,a\n" + long + b"\n3,b\n", 2, block=64, limit=1000)
    assert [row for row, _ in good] == [1, 3]
    assert [(b.row, b.reason) for b in bad] == [(2, "line of more than 1000 bytes")]
    assert bad[0].raw.startswith(long[:50])
    assert len(bad[0].raw) <= 2048


def test_fields_of_undoes_quotes() -> None:
    assert fields_of(b'a,"b ""c""",,"\nd"\r\n', ",") == [b"a", b'b "c"', b"", b"\nd"]
