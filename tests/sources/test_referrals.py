"""Reports from forms, JSON and e-mail: what is good is kept, what is bad is told."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources.judgements import add_referral_judgements
from inktrace.sources.referral_mail import OddMail, mail_values
from inktrace.sources.referrals import add_referrals, read_referral_profile

from .conftest import Rejects

PARAMS = SourceParams()
GOOD = {
    "referral_id": "r1",
    "received_at": "2026-10-03T12:00:00+08:00",
    "incident_type": "enticement",
    "reporter": "platform.example",
    "text": "A number: 0917 555 0123",
    "known_abuse": True,
    "emails": ["Ana@Example.org", "b@example.org"],
    "ips": "10.0.0.1, 2001:DB8::1",
    "md5": "AB" * 16,
}
LETTER = b"""Received: from a by b; Tue, 06 Oct 2026 10:00:00 +0000
From: Ana Cruz <Ana@Example.org>
Date: Mon, 05 Oct 2026 10:00:00 +0800
Message-ID: <one@example.org>
References: <zero@example.org>
Subject: =?utf-8?q?a_n=C3=BAmber?=

Look at 0917 555 0123.
"""


def added(engine: Engine, tmp_path: Path, name: str, content: bytes, **options):
    path = tmp_path / name
    path.write_bytes(content)
    return add_referrals(engine, path, PARAMS, **options)


def stored(engine: Engine, columns: str = "referral_id") -> list[tuple]:
    return engine.rows(f"SELECT {columns} FROM referrals ORDER BY file_id, row")


def lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_a_report_and_its_identifiers_are_stored_in_normal_form(engine, tmp_path):
    done = added(engine, tmp_path, "a.jsonl", lines(GOOD))
    assert (done.rows_accepted, done.rows_rejected) == (1, 0)
    assert stored(engine, "received_us, reporter, known_abuse, text") == [
        (1_791_000_000_000_000, "platform.example", True, GOOD["text"])
    ]
    assert engine.rows("SELECT kind, value FROM referral_items ORDER BY kind, value") == [
        ("email", "Ana@Example.org"),
        ("email", "b@example.org"),
        ("ip", "10.0.0.1"),
        ("ip", "2001:db8::1"),
        ("md5", "ab" * 16),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([GOOD], indent=2).encode()),
        ("a.json", json.dumps(GOOD, indent=2).encode()),
        ("a", b"\xef\xbb\xbf" + lines(GOOD)),
        ("a.json", json.dumps({"reports": [GOOD], "total": 1}, indent=2).encode()),
        ("a.json", json.dumps({"meta": {"v": 1}, "reports": [GOOD]}).encode()),
        ("a.csv", b"referral_id,received_at,text\nr1,2026-10-03T12:00:00+08:00,words\n"),
    ],
)
def test_a_list_one_object_lines_and_a_table_are_all_read(engine, tmp_path, name, content):
    added(engine, tmp_path, name, content)
    assert stored(engine, "referral_id, received_us") == [("r1", 1_791_000_000_000_000)]


def test_what_is_no_envelope_is_not_opened(engine, tmp_path, rejects):
    report = {**GOOD, "files": [{"md5": "ab" * 16}]}
    added(engine, tmp_path, "a.json", json.dumps(report).encode())
    assert stored(engine, "referral_id") == [("r1",)]
    two_lists = {"reports": [GOOD], "others": [GOOD]}
    added(engine, tmp_path, "b.json", json.dumps(two_lists).encode())
    assert stored(engine, "referral_id") == [("r1",)]
    assert len(rejects()) == 1


def test_a_profile_goes_through_nested_objects(engine, tmp_path):
    profile = tmp_path / "p.toml"
    profile.write_text(
        '[columns]\nreferral_id = "id"\nphones = "people.phone"\ntext = "note.words"\n'
        '[constants]\nreporter = "hotline"\nreceived_at = "2026-10-03T04:00:00Z"\n'
    )
    row = {"id": 7, "people": [{"phone": 639175550123}, {"phone": ["1", None]}, {}], "note": None}
    added(engine, tmp_path, "a.json", lines(row), profile=read_referral_profile(profile))
    assert stored(engine, "referral_id, reporter, text") == [("7", "hotline", None)]
    assert engine.rows("SELECT value FROM referral_items ORDER BY value") == [
        ("1",),
        ("639175550123",),
    ]
    profile.write_text('[columns]\nad_id = "x"\n')
    with pytest.raises(InputError, match=r"unknown key columns\.ad_id"):
        read_referral_profile(profile)


def test_a_bad_identifier_goes_by_itself_and_a_bad_row_with_its_reason(engine, tmp_path, rejects):
    rows = [
        {**GOOD, "referral_id": "kept", "md5": ["ab", "cd" * 16], "ips": "300.1.1.1"},
        {**GOOD, "referral_id": "late", "received_at": "yesterday"},
        {"referral_id": "bare", "received_at": 1_790_000_000},
        {**GOOD, "referral_id": "nest", "text": {"a": 1}},
        {**GOOD, "referral_id": "odd", "text": "\ud800"},
        {**GOOD, "referral_id": "flag", "known_abuse": "maybe"},
        [1],
    ]
    done = added(engine, tmp_path, "a.jsonl", lines(*rows) + b"\n{broken\n{} {}\n")
    assert stored(engine) == [("kept",)]
    assert done.rows_rejected == 10
    told = {(row, column): reason for row, column, reason in rejects()}
    assert told[1, "md5"].startswith("this is no md5 hash")
    assert told[1, "ips"].startswith("this is no IP address")
    assert told[3, "text"] == "there is neither a text nor an identifier"
    assert told[4, None] == "text holds an object where one value or a list is expected"
    assert told[8, None] == "this is not JSON"
    assert engine.rows("SELECT count(*) FROM referral_items WHERE kind = 'md5'") == [(1,)]


def test_the_same_report_again_is_a_repeat_and_leaves_no_identifiers_twice(engine, tmp_path):
    added(engine, tmp_path, "a.jsonl", lines(GOOD))
    again = added(engine, tmp_path, "b.jsonl", lines(GOOD, {**GOOD, "text": "other"}))
    assert (again.rows_repeated, again.rows_rejected) == (1, 1)
    assert engine.rows("SELECT count(*) FROM referral_items") == [(5,)]


def test_a_list_that_breaks_keeps_what_came_before(engine, tmp_path, rejects):
    added(engine, tmp_path, "a.json", b"[" + lines(GOOD) + b", {brok")
    assert stored(engine) == [("r1",)]
    assert "what follows it could not be read" in rejects()[0][2]


def test_a_first_line_that_is_a_list_does_not_lose_the_lines_after_it(engine, tmp_path, rejects):
    added(engine, tmp_path, "a.jsonl", b"[1]\n" + lines(GOOD))
    assert stored(engine) == [("r1",)]
    assert rejects() == [(1, None, "this is no JSON object")]


def test_deep_json_is_told_and_not_followed(engine, tmp_path, rejects):
    deep = b'{"a":' + b"[" * 100_000 + b"\n"
    added(engine, tmp_path, "a.jsonl", deep + lines(GOOD))
    assert stored(engine) == [("r1",)]
    assert rejects()[0][2] in ("the JSON is nested too deep", "this is not JSON")


def test_files_written_into_a_text_are_cut_out(engine, tmp_path):
    data = base64.b64encode(bytes(range(256)) * 40).decode()
    text = f"see <img src='data:image/png;base64,{data}'> and\n{data}\n0917 555 0123"
    added(engine, tmp_path, "a.jsonl", lines({**GOOD, "text": text}))
    kept = stored(engine, "text")[0][0]
    assert data[:60] not in kept
    assert kept.count("[file left out]") == 2
    assert kept.endswith("0917 555 0123")


# ── e-mail ────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_a_report(engine, tmp_path):
    added(engine, tmp_path, "a.eml", LETTER)
    # The time is that of the server that took it in, not what the sender says.
    assert stored(engine, "referral_id, received_us, reporter, text, refers_to") == [
        (
            "mail:one@example.org",
            1_791_280_800_000_000,
            "ana@example.org",
            "a númber\nLook at 0917 555 0123.\n",
            "mail:zero@example.org",
        )
    ]


def test_an_mbox_is_many_and_a_bad_one_does_not_keep_the_others_out(engine, tmp_path, rejects):
    many = b"".join(b"X-%d: a\n" % number for number in range(10_000)) + b"\nhi\n"
    second = LETTER.replace(b"one@", b"two@").replace(b"Look", b">From here on look")
    box = b"".join(b"From x@y Mon Jan  1 00:00:00 2024\n" + one + b"\n" for one in
                   (LETTER, many, second))  # fmt: skip
    done = added(engine, tmp_path, "a.mbox", box)
    assert (done.rows_accepted, done.rows_rejected) == (2, 1)
    assert rejects() == [(2, None, "the e-mail has 10,000 headers, more than 1,000")]
    assert "\nFrom here on look" in stored(engine, "text")[1][0]


def attached() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Date"] = "a@b.example", "Mon, 05 Oct 2026 10:00:00 +0000"
    message["Message-ID"], message["Subject"] = "<x@b.example>", "files"
    message.set_content("two files")
    message.add_alternative("<p>two files</p>", subtype="html")
    message.add_attachment(
        b"\x00\x01secret-bytes", maintype="image", subtype="png", filename="k.png"
    )
    inner = EmailMessage()
    inner["Message-ID"] = "<inner@b.example>"
    inner.set_content("the forwarded words")
    message.add_attachment(inner)
    return message


def test_attachments_are_counted_and_digested_and_nothing_of_them_is_kept(engine, tmp_path):
    added(engine, tmp_path, "a.eml", attached().as_bytes())
    attachments, text, refers = stored(engine, "attachments, text, refers_to")[0]
    assert (attachments, refers) == (1, "mail:inner@b.example")
    assert "two files" in text
    assert "the forwarded words" in text
    everything = str(
        [engine.rows(f'SELECT * FROM "{name}"') for name in TABLES]  # the name of the file is no
    )
    assert "k.png" not in everything  # more kept than what is in it
    assert "secret-bytes" not in everything
    assert engine.rows("SELECT kind, length(value) FROM referral_items") == [("sha256", 64)]


def test_html_that_no_parser_knows_still_gives_its_words(engine, tmp_path):
    head = LETTER.split(b"\n\n")[0] + b"\nContent-Type: text/html\n\n"
    odd = b"<![bad <p>Look at <b>0917&nbsp;555 0123</b>.</p><!DOCTYPE [ <![CDATA[ x ]]>"
    assert added(engine, tmp_path, "odd.eml", head + odd).rows_rejected == 0
    [(text,)] = stored(engine, "text")
    assert "0917\xa0555 0123" in text
    assert "<p>" not in text


def test_html_gives_its_words_and_links_only(engine, tmp_path):
    head = LETTER.split(b"\n\n")[0] + b"\nContent-Type: text/html\n\n"
    html = (
        b"<style>p{}</style><p>see <a href='https://x.example/ana'>here</a><script>bad()</script>"
    )
    added(engine, tmp_path, "a.eml", head + html)
    text = stored(engine, "text")[0][0]
    assert "https://x.example/ana" in text
    assert "bad()" not in text
    assert "p{}" not in text


def test_parts_within_parts_are_bounded():
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3_000)
    )
    with pytest.raises(OddMail, match="parts"):
        mail_values(nested, PARAMS)


def test_a_text_without_headers_needs_to_be_told_when_it_came(engine, tmp_path, rejects):
    added(engine, tmp_path, "a.txt", b"please look at 0917 555 0123\n")
    assert rejects() == [(1, "received_at", "received_at is missing")]
    profile = tmp_path / "p.toml"
    profile.write_text('[constants]\nreceived_at = "2026-10-03T04:00:00Z"\n')
    added(
        engine, tmp_path, "a.txt", b"please look at 0917 555 0123\n",
        profile=read_referral_profile(profile),
    )  # fmt: skip
    assert stored(engine)[0][0].startswith("text:")


HEADERS = st.sampled_from(
    [
        b"From: =?utf-8?q?=?=", b"From: <<a>@b>", b"Date: 99 Foo -0", b"Subject: =?x?b?%%?=",
        b"Content-Type: multipart/mixed; boundary=", b"Content-Type: text/plain; charset=nul\x00",
        b"Content-Type: multipart/digest; boundary=b", b"Content-Transfer-Encoding: base64",
        b"Content-Type: message/rfc822", b"Content-Disposition: attachment; filename*=x''%ff",
        b"Received: ;;;", b"References: <<>><a b>", b"Message-ID: <\xff\xfe>", b"--b", b"",
    ]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=400), st.lists(HEADERS, max_size=12).map(b"\n".join)))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_letter_or_told_to_be_none(raw):
    try:
        values = mail_values(b"X: y\n" + raw, PARAMS)
    except OddMail:
        return
    assert values["referral_id"].startswith("mail:")
    for value in values.values():
        value.encode()  # text that the database can hold


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["referral_id", "text", "ips", "phones", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(JSON, min_size=1, max_size=4), st.binary(max_size=12))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_json_value_is_stored_or_rejected(tmp_path_factory, values, rest):
    folder = tmp_path_factory.mktemp("json")
    values = [{**GOOD, "referral_id": "first"}, *values]
    with Engine() as engine:
        for table in TABLES.values():
            engine.execute(table.create_sql())
        added(engine, folder, "a.jsonl", lines(*values) + b"\n" + rest.replace(b"\n", b" "))
        rows = {row for (row,) in engine.rows('SELECT "row" FROM referrals')}
        told = {row for (row,) in engine.rows('SELECT "row" FROM rejects')}
        assert {"first"} <= {name for (name,) in stored(engine)}
        repeated = engine.rows("SELECT sum(rows_repeated) FROM source_files")[0][0]
        assert len(set(range(1, len(values) + 1)) - rows - told) <= repeated


def test_judgements_of_reports_are_checked(engine, tmp_path, rejects: Rejects):
    path = tmp_path / "j.csv"
    path.write_text(
        "referral_id,verdict,reviewer,reason,judged_at\n"
        "r1,Useful,ana,called back,2026-10-09T00:00:00Z\n"
        "r2,same,ana,why,2026-10-09T00:00:00Z\n"
        "r3,useless,ana,,2026-10-09T00:00:00Z\n"
    )
    done = add_referral_judgements(engine, path, PARAMS)
    assert (done.rows_accepted, done.rows_rejected) == (1, 2)
    assert engine.rows("SELECT referral_id, verdict FROM referral_judgements") == [("r1", "useful")]
    assert rejects()[0][2] == "verdict is not one of useful, useless, unsure"
