"""Hash lists: every good statement is kept, every bad one told of, whatever form they come in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.errors import InputError, UsageError
from inktrace.params import SourceParams
from inktrace.sources.hash_list_json import BadEntry, json_statements
from inktrace.sources.hash_lists import add_hashes

ONE, TWO = "0123456789abcdef" * 4, "fedcba9876543210" * 4
EMPTY_FILE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SAID = "SELECT lower(hex(hash)), source, label, verdict, reviewers, quality FROM known_hashes"


def add(engine, path: Path, text: str, **options):
    path.write_text(text, encoding="utf-8")
    return add_hashes(engine, path, SourceParams(), **options)


def said(engine):
    return engine.rows(f"{SAID} ORDER BY file_id, row, label")


def test_a_plain_list_names_its_source_by_its_file_or_as_told(engine, tmp_path):
    add(engine, tmp_path / "line.csv", f"hash\n{ONE.upper()}\n")
    add(
        engine,
        tmp_path / "two.csv",
        f"pdq,quality\n{ONE},90\n",
        source="Line",
        verdict="known-abuse",
    )
    assert said(engine) == [
        (ONE, "line.csv", None, "listed", None, None),
        (ONE, "Line", None, "known_abuse", None, 90),
    ]


def test_threatexchange_as_its_page_writes_it(engine, tmp_path):
    added = add(
        engine,
        tmp_path / "te.csv",
        "td_description,td_status,td_indicator_type,td_raw_indicator,td_subjective_tags\n"
        f"a,MALICIOUS,HASH_PDQ,{ONE},pwny;testing\n"
        f"b,NON_MALICIOUS,HASH_PDQ,{TWO},\n"
        "c,MALICIOUS,HASH_MD5,e8b19da37825a3056e84c522f05eb000,\n",
        source="TE",
    )
    assert said(engine) == [
        (ONE, "TE", "pwny;testing", "known_abuse", None, None),
        (TWO, "TE", None, "harmless", None, None),
    ]
    assert added.rows_rejected == 0
    assert added.notes == ("1 entries without a PDQ hash, or withdrawn, were left out",)


def test_threatexchange_as_its_interface_answers(engine, tmp_path):
    answer = {
        "data": [
            {
                "indicator": ONE,
                "type": "HASH_PDQ",
                "status": "MALICIOUS",
                "tags": {"data": [{"text": "b"}, {"text": "a"}]},
                "applications_with_opinions": ["1", "2", "2"],
            },
            {"raw_indicator": TWO, "type": "HASH_PDQ", "owner": {"id": "7", "name": "Hub"}},
            {"indicator": ONE, "type": "HASH_PDQ", "should_delete": True},
            {"indicator": {"indicator": TWO, "type": "HASH_PDQ"}, "owner": {"id": "9"}},
        ],
        "paging": {"next": "x"},
    }
    add(engine, tmp_path / "te.json", json.dumps(answer), source="TE")
    assert said(engine) == [
        (ONE, "TE", "a, b", "known_abuse", 2, None),
        (TWO, "Hub", None, "listed", None, None),
        (TWO, "9", None, "listed", None, None),
    ]


def media(number, category, **more):
    return {"MediaID": number, "MD5": "d4" * 16, "Category": category, **more}


@pytest.mark.parametrize("as_cases", [True, False])
def test_vics_gives_the_pdq_hashes_under_their_category(engine, tmp_path, as_cases):
    entries = [
        media(1, 1, AlternativeHashes=[{"HashName": "PDQ", "HashValue": ONE}], Tags=["t"]),
        media(2, 2, AlternativeHashes=[{"HashName": "PhotoDNA", "HashValue": "AAMA"}]),
        media(3, 4, PDQ=TWO),
    ]
    value = [{"CaseID": "c", "Media": entries, "Agency": "x"}] if as_cases else entries
    document = {"@odata.context": "…/DataModels/2.0.xml/US/$metadata", "value": value}
    path = tmp_path / "vics.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document, indent=2).encode())
    added = add_hashes(engine, path, SourceParams(), source="VICS")
    assert said(engine) == [
        (ONE, "VICS", "category 1, t", "known_abuse", None, None),
        (TWO, "VICS", "category 4", "listed", None, None),
    ]
    assert added.rows_accepted == 2
    assert "1 entries without" in added.notes[0]


def test_bad_hashes_are_rejected_with_row_and_column_and_good_ones_kept(engine, tmp_path, rejects):
    added = add(
        engine,
        tmp_path / "bad.csv",
        "hash,status,reviewers,quality\n"
        f"{ONE[:62]},,,\n{ONE}0,,,\n{'g' * 64},,,\n,,,\n{EMPTY_FILE},,,\n{ONE},GUILTY,,\n"
        f"{ONE},,-1,\n{ONE},,,101\n{TWO},,3,100\n",
    )
    assert (added.rows_accepted, added.rows_rejected) == (1, 8)
    assert said(engine) == [(TWO, "bad.csv", None, "listed", 3, 100)]
    told = rejects()
    assert [(row, column) for row, column, _ in told] == [
        *[(row, "hash") for row in range(1, 6)],
        (6, "status"),
        (7, "reviewers"),
        (8, "quality"),
    ]
    assert told[0][2] == "hash has 62 characters; a PDQ hash has 64 hex digits"
    assert "empty file" in told[4][2]


def test_different_labels_of_one_hash_are_all_kept_and_repeats_counted(engine, tmp_path):
    text = f"hash,label,source\n{ONE},one,A\n{ONE},two,A\n{ONE},one,B\n{ONE},one,A\n"
    added = add(engine, tmp_path / "a.csv", text)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (3, 1, 0)
    assert added.notes == ("1 hashes have several labels or verdicts; all are kept",)
    again = add(engine, tmp_path / "b.csv", text + f"{ONE},three,C\n")
    assert (again.rows_accepted, again.rows_repeated) == (1, 4)
    assert add(engine, tmp_path / "a.csv", text).already_added
    assert [row[1:3] for row in said(engine)] == [
        ("A", "one"),
        ("A", "two"),
        ("B", "one"),
        ("C", "three"),
    ]


def test_lines_of_json_of_which_one_is_broken(engine, tmp_path, rejects):
    added = add(
        engine,
        tmp_path / "te.jsonl",
        f'{{"hash": "{ONE}"}}\n{{"hash": nothing}}\n\n{{"hash": "{TWO}", "label": "x"}}\n',
    )
    assert (added.rows_accepted, added.rows_rejected) == (2, 1)
    [(row, column, reason)] = rejects()
    assert (row, column) == (2, None)
    assert "line 2, column 10" in reason


def test_a_document_that_breaks_off_keeps_what_came_before(engine, tmp_path, rejects):
    text = json.dumps({"value": [media(1, 1, PDQ=ONE), media(2, 1, PDQ=TWO)]}, indent=1)
    added = add(engine, tmp_path / "cut.json", text[:-40], source="VICS")
    assert [row[0] for row in said(engine)] == [ONE]
    assert added.rows_rejected == 1
    assert "not JSON" in rejects()[0][2]


def test_an_entry_nested_too_deeply_or_with_a_huge_number_is_rejected_alone(
    engine, tmp_path, rejects
):
    deep = f'{{"hash": "{ONE}", "label": {"[" * 900}"a"{"]" * 900}}}'
    huge = f'{{"hash": "{ONE}", "quality": {"9" * 5000}}}'
    good = f'{{"hash": "{TWO}", "label": ["b", ["a"]]}}'
    added = add(engine, tmp_path / "odd.json", f'{{"data": [{deep}, {huge}, {good}]}}')
    assert said(engine) == [(TWO, "odd.json", "a, b", "listed", None, None)]
    assert added.rows_rejected == 2
    assert "too deeply" in rejects()[0][2]


@pytest.mark.parametrize("written", ["1", "1.0", '"1 "', '"01"'])
def test_a_vics_category_is_known_abuse_however_its_number_is_written(engine, tmp_path, written):
    hashes = f'{{"HashName": "PDQ", "HashValue": "{ONE}"}}'
    entry = f'{{"MediaID": 1, "Category": {written}, "AlternativeHashes": {hashes}}}'
    add(engine, tmp_path / "v.json", f'{{"value": [{entry}]}}')
    assert said(engine) == [(ONE, "v.json", "category 1", "known_abuse", None, None)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "no json"),
        ("a.json", '"hash"'),
        ("a.json", "[" * 100_000),
        ("a.json", '{"value":' + "[" * 100_000),
        ("a.json", '{"value":[' * 50_000),
        ("a.csv", f"md5\n{ONE}\n"),
    ],
)
def test_what_is_no_hash_list_is_refused(engine, tmp_path, name, text):
    with pytest.raises(InputError):
        add(engine, tmp_path / name, text)
    assert said(engine) == []


def test_an_unknown_verdict_is_refused(engine, tmp_path):
    with pytest.raises(UsageError):
        add(engine, tmp_path / "a.csv", f"hash\n{ONE}\n", verdict="guilty")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ENTRIES = st.lists(
    st.fixed_dictionaries({"hash": st.text(max_size=8), "note": json_values}), max_size=6
)


@settings(deadline=None)
@given(ENTRIES, st.integers(1, 9), st.booleans(), st.sampled_from([None, 1]))
def test_entries_are_read_alike_however_the_file_is_cut_into_blocks(entries, size, lines, indent):
    whole = (
        "\n".join(json.dumps(one) for one in entries)
        if lines
        else json.dumps({"a": 1, "data": entries}, indent=indent)
    ).encode()
    blocks = (whole[i : i + size] for i in range(0, len(whole), size))
    found = list(json_statements(blocks, 10_000))
    assert [number for number, _ in found] == list(range(1, len(entries) + 1))
    assert [one[0]["hash"] for _, one in found] == [entry["hash"] or None for entry in entries]


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:0ae \n', max_size=40).map(str.encode))
def test_any_bytes_at_all_end_well(data):
    for number, found in json_statements(iter([data]), 1_000):
        assert number > 0
        assert isinstance(found, BadEntry | list)
