"""Time-stamps from files: of this package, by an authority that the reader trusts, or refused."""

from __future__ import annotations

import shutil

import pytest
import rfc3161_client
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.bag.timestamp import (
    attach_token,
    read_roots,
    token_findings,
    write_request,
)
from inktrace.casefile.bag.token_der import as_response, with_sorted_certificates
from inktrace.casefile.verify import verify_case
from inktrace.errors import InputError, WorkspaceError

from .authority import Authority


def held(findings):
    return {finding.name: finding.holds for finding in findings}


@pytest.fixture
def answered(bag, authority, tmp_path):
    """A signed bag and an answer to the request that it gives."""
    write_request(bag, tmp_path / "request.tsq")
    return bag, authority.answer(tmp_path / "request.tsq", tmp_path / "answer.tsr")


def test_a_request_is_the_same_every_time(bag, tmp_path):
    for name in ("one", "two"):
        write_request(bag, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_answer_is_attached_and_checked_to_its_root(answered, authority):
    bag, answer = answered
    roots = read_roots(authority.roots)
    assert held(attach_token(bag, answer, roots)) == {
        "signature/timestamp.tsr": True,
        "time-stamp authority": True,
    }
    assert not [f for f in verify_case(bag, roots=roots) if f.holds is False]
    assert held(verify_case(bag))["time-stamp authority"] is None
    assert authority.verifies(bag / "signature/statement.json", bag / "signature/timestamp.tsr")


def test_without_roots_only_what_it_is_of_is_checked(answered):
    found = attach_token(*answered, [])
    assert held(found) == {"signature/timestamp.tsr": True, "time-stamp authority": None}
    assert "NOT checked" in found[-1].sentence


def test_a_bare_token_is_attached_too(bag, authority, tmp_path):
    token = authority.stamped(
        bag / "signature/statement.json", tmp_path / "token.der", "-token_out"
    )
    attach_token(bag, token, read_roots(authority.roots))
    assert authority.verifies(bag / "signature/statement.json", bag / "signature/timestamp.tsr")


def test_certificates_in_any_order_are_read(bag, authority, tmp_path):
    """OpenSSL as an authority does not sort them, and does so neither in one order always."""
    statement, root = bag / "signature/statement.json", ("-section", "authority with its root")
    answer = authority.stamped(statement, tmp_path / "answer", *root)
    content = with_sorted_certificates(answer.read_bytes())
    certificates = sorted(
        rfc3161_client.decode_timestamp_response(content).signed_data.certificates
    )
    assert len(certificates) == 2
    reverse = content.replace(b"".join(certificates), b"".join(reversed(certificates)))
    with pytest.raises(ValueError, match="SetOrdering"):
        rfc3161_client.decode_timestamp_response(reverse)
    assert with_sorted_certificates(reverse) == content
    answer.write_bytes(reverse)
    assert attach_token(bag, answer, read_roots(authority.roots))[-1].holds
    assert authority.verifies(statement, bag / "signature/timestamp.tsr")


@given(st.binary(max_size=200))
def test_any_bytes_pass_through_the_reading_of_tokens(content):
    assert len(with_sorted_certificates(content)) == len(content)
    assert as_response(content).endswith(content)


def test_an_authority_that_nobody_knows_is_refused(answered, tmp_path):
    (tmp_path / "other").mkdir()
    roots = read_roots(Authority(tmp_path / "other").roots)
    bag, answer = answered
    with pytest.raises(InputError, match="own signature does not hold"):
        attach_token(bag, answer, roots)
    assert not (bag / "signature/timestamp.tsr").exists()
    attach_token(bag, answer, [])
    assert held(token_findings(bag, roots))["time-stamp authority"] is False


def test_a_time_stamp_of_something_else_is_refused(bag, authority, tmp_path):
    answer = authority.stamped(bag / "data/report.html", tmp_path / "answer")
    with pytest.raises(InputError, match="something else"):
        attach_token(bag, answer, [])
    shutil.copy(answer, bag / "signature/timestamp.tsr")
    assert held(token_findings(bag, [])) == {"signature/timestamp.tsr": False}


def test_a_full_disk_leaves_the_signature_as_it_was(answered, monkeypatch):
    def full(*_):
        raise WorkspaceError("No space left on device")

    bag, answer = answered
    before = {path: path.read_bytes() for path in (bag / "signature").iterdir()}
    monkeypatch.setattr("inktrace.casefile.bag.timestamp.signature_sums", full)
    with pytest.raises(WorkspaceError):
        attach_token(bag, answer, [])
    assert {path: path.read_bytes() for path in (bag / "signature").iterdir()} == before


def test_a_second_time_stamp_is_refused(answered):
    attach_token(*answered, [])
    with pytest.raises(InputError, match="a time-stamp already"):
        attach_token(*answered, [])


@pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x06\x06", b"text", b"0" * 2**20 * 2])
def test_what_is_no_time_stamp_is_refused(bag, tmp_path, content):
    (tmp_path / "answer").write_bytes(content)
    with pytest.raises(InputError):
        attach_token(bag, tmp_path / "answer", [])
    assert not (bag / "signature/timestamp.tsr").exists()


def test_an_unsigned_package_has_nothing_to_stamp(unsigned, tmp_path):
    with pytest.raises(InputError, match="not signed"):
        write_request(unsigned, tmp_path / "request")
    assert not (tmp_path / "request").exists()


def test_roots_must_be_certificates(tmp_path):
    (tmp_path / "roots").write_text("none")
    with pytest.raises(InputError, match="PEM"):
        read_roots(tmp_path / "roots")
