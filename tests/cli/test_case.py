"""Case packages on the command line: built, signed, stamped, verified; and every clear refusal."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from inktrace.schema import TABLES
from inktrace.workspace import create_workspace, open_workspace
from tests.casefile.bag.authority import Authority
from tests.casefile.conftest import _tables

from .running import inktrace

SECRET = "a secret nobody should read"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A workspace whose tables hold one lead, as if all stages had run."""
    folder = tmp_path_factory.mktemp("case") / "case"
    with create_workspace(folder) as workspace:
        for name, rows in _tables().items():
            # These rows leave out much that a stage would have written.
            workspace.engine.execute(f"DROP TABLE {name}")
            workspace.engine.execute(TABLES[name].create_sql().replace(" NOT NULL", ""))
            if rows:
                workspace.engine.append(name, pa.Table.from_pylist(rows))
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    (folder / "passphrase").write_text(f"{SECRET}\n")
    inktrace("keys", "new", "--out", folder / "key", "--passphrase-file", folder / "passphrase")
    return folder / "key"


@pytest.fixture(scope="module")
def signing(key):
    return ("--passphrase-file", key.with_name("passphrase"))


@pytest.fixture(scope="module")
def built(case, key, signing, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "package"
    inktrace("case", "build", "L-1", "--out", out, "--workspace", case, "--sign", key, *signing)
    return out


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def test_a_signed_package_holds_and_says_what_was_not_checked(built, key):
    told = inktrace("case", "verify", built)
    assert "FAILS" not in told
    assert "not checked  Whose key" in told
    assert "NOT REVIEWED" in told
    for known in (f"{key}.pub", inktrace("keys", "show", f"{key}.pub").strip()):
        assert "The key is the one that you expected" in inktrace(
            "case", "verify", built, "--key", known
        )


def test_two_builds_differ_only_in_the_signature(case, built, key, signing, tmp_path):
    inktrace("case", "build", "L-1", "--out", tmp_path / "p", "--workspace", case)
    unsigned = content(tmp_path / "p")
    signed = content(built)
    assert {p: c for p, c in signed.items() if not p.startswith("signature/")} == unsigned
    inktrace("case", "sign", tmp_path / "p", "--key", key, *signing, "--signer-name", "J. Reyes")
    assert "J. Reyes" in inktrace("case", "verify", tmp_path / "p")


def test_a_zip_is_all_that_is_made(case, key, signing, tmp_path):
    words = ("--out", tmp_path / "p", "--zip", "--workspace", case)
    made = json.loads(inktrace("case", "build", "L-1", *words, "--sign", key, *signing, "--json"))
    assert [path.name for path in tmp_path.iterdir()] == ["p.zip"]
    assert made["directory"] == str(tmp_path / "p.zip")
    found = json.loads(inktrace("case", "verify", tmp_path / "p.zip", "--json"))
    assert {finding["holds"] for finding in found} == {True, None}


def test_what_was_touched_is_named(built, tmp_path):
    shutil.copytree(built, tmp_path / "p")
    (tmp_path / "p" / "data" / "report.html").write_text("x")
    (tmp_path / "p" / "signature" / "more").mkdir()
    words = [sys.executable, "-m", "inktrace", "case", "verify", tmp_path / "p"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "FAILS        data/report.html was altered" in done.stdout
    assert "FAILS        signature/more was added" in done.stdout
    assert "do not rely on it" in done.stderr


def test_a_damaged_package_is_not_signed(case, key, signing, tmp_path):
    inktrace("case", "build", "L-1", "--out", tmp_path / "p", "--workspace", case)
    (tmp_path / "p" / "data" / "case.json").write_text("x")
    told = inktrace("case", "sign", tmp_path / "p", "--key", key, *signing, expect=3)
    assert "is not intact" in told
    assert not (tmp_path / "p" / "signature").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_a_time_stamp_goes_out_as_a_request_and_comes_back_as_an_answer(built, tmp_path):
    package = tmp_path / "p"
    shutil.copytree(built, package)
    (tmp_path / "authority").mkdir()
    authority = Authority(tmp_path / "authority")
    inktrace("case", "timestamp", package, "--request", tmp_path / "p.tsq")
    authority.answer(tmp_path / "p.tsq", tmp_path / "p.tsr")
    roots = ("--roots", authority.roots)
    told = inktrace("case", "timestamp", package, "--token", tmp_path / "p.tsr", *roots)
    assert "leads to one of the roots" in told
    assert "leads to one of the roots" in inktrace("case", "verify", package, *roots)
    assert "was NOT checked" in inktrace("case", "verify", package)


def test_a_lead_or_place_that_will_not_do_is_told(case, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    build = ("case", "build", "--workspace", case, "--out")
    assert "the leads are L-1" in inktrace(*build, tmp_path / "p", "L-2", expect=3)
    assert "something here already" in inktrace(*build, tmp_path / "full", "L-1", expect=3)
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine"]


def test_a_lead_whose_source_rows_were_removed_is_told(case, tmp_path):
    shutil.copytree(case, tmp_path / "case")
    with open_workspace(tmp_path / "case") as workspace:
        workspace.engine.execute("DELETE FROM ads WHERE ad_id = 'ad2'")
    words = ("--out", tmp_path / "p", "--workspace", tmp_path / "case")
    told = inktrace("case", "build", "L-1", *words, expect=3)
    assert "1 of the 3 ads of lead L-1 are not in this workspace any more" in told
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("another\n", "the passphrase does not open this key"),
        ("\n", "the passphrase does not open this key"),
        ("x" * 5000, "longer than"),
    ],
)
def test_a_wrong_passphrase_costs_no_work_and_is_not_repeated(case, key, tmp_path, text, words):
    (tmp_path / "passphrase").write_text(text)
    options = ("--sign", key, "--passphrase-file", tmp_path / "passphrase")
    out = ("--out", tmp_path / "p", "--workspace", case)
    told = inktrace("case", "build", "L-1", *out, *options, expect=3)
    assert words in told
    assert "another" not in told
    assert not (tmp_path / "p").exists()


def test_a_passphrase_that_is_no_text_is_not_repeated(case, key, tmp_path):
    (tmp_path / "passphrase").write_bytes(b"secret\xff")
    words = [sys.executable, "-m", "inktrace", "case", "sign", tmp_path, "--key", key]
    done = subprocess.run(
        [*words, "--passphrase-file", tmp_path / "passphrase"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "secret" not in done.stderr


def test_other_keys_are_refused(case, tmp_path):
    rsa = generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    build = ("case", "build", "L-1", "--out", tmp_path / "p", "--workspace", case, "--sign")
    for name, text, words in (
        ("rsa", rsa, "of another kind"),
        ("garbage", b"\x00", "is not a private Ed25519 key"),
        ("huge", b"x" * 10**6, "larger than"),
    ):
        (tmp_path / name).write_bytes(text)
        assert words in inktrace(*build, tmp_path / name, expect=3)
    assert "no such file" in inktrace(*build, tmp_path / "missing", expect=3)


def test_a_passphrase_is_wanted_of_somebody(key, tmp_path):
    assert "nobody is at the keyboard" in inktrace("keys", "new", "--out", tmp_path / "k", expect=2)
    (tmp_path / "empty").write_text("\n")
    options = ("--passphrase-file", tmp_path / "empty")
    told = inktrace("keys", "new", "--out", tmp_path / "k", *options, expect=2)
    assert "--no-passphrase" in told
    assert not (tmp_path / "k").exists()
    inktrace("keys", "new", "--out", tmp_path / "k", "--no-passphrase")
    assert "here already" in inktrace(
        "keys", "new", "--out", tmp_path / "k", "--no-passphrase", expect=3
    )


@pytest.mark.parametrize(("second", "status"), [("typed secret", 0), ("mistyped", 2)])
def test_a_typed_passphrase_is_asked_for_twice_and_not_shown(tmp_path, second, status):
    process, screen = pty.fork()
    if process == 0:
        words = [sys.executable, "-m", "inktrace", "keys", "new", "--out", str(tmp_path / "key")]
        os.execv(sys.executable, words)  # noqa: S606
    shown = b""
    for question, answer in ((b"new key: ", "typed secret"), (b"again: ", second)):
        while question not in shown:
            shown += os.read(screen, 1000)
        os.write(screen, answer.encode() + b"\n")
    try:
        while more := os.read(screen, 1000):
            shown += more
    except OSError:
        pass  # the other end has closed
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == status
    os.close(screen)
    assert b"typed secret" not in shown
    assert (tmp_path / "key").exists() is (status == 0)


def test_the_passphrase_is_in_no_log_and_no_package(case, built):
    for path in (*built.rglob("*"), *case.glob("*.jsonl"), *case.glob("*.toml")):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


PROFILES = ("full", "standard", "prosecutor", "partner", "research")


def test_profiles_are_listed_with_what_they_replace():
    told = inktrace("case", "profiles")
    document = json.loads(inktrace("case", "profiles", "--json"))
    assert tuple(document["profiles"]) == PROFILES
    for name in PROFILES:
        assert f"{name}: {document['profiles'][name]}" in told
    rows = {row["content"]: row for row in document["content"]}
    assert rows["names of people advertised"]["full"] == "as it is"
    assert rows["names of people advertised"]["standard"] == "keyed hash"


def test_people_are_spared_unless_it_is_asked_for_otherwise(case, tmp_path):
    build = ("case", "build", "L-1", "--workspace", case, "--out")
    assert "profile “standard”" in inktrace(*build, tmp_path / "p")
    assert json.loads(content(tmp_path / "p")["data/case.json"])["redaction"] == "standard"
    assert "none (profile “full”)" in inktrace(*build, tmp_path / "f", "--redact", "full")
    told = inktrace(*build, tmp_path / "n", "--redact", "press", expect=2)
    assert "choose from full, standard, prosecutor, partner, research" in told
    assert not (tmp_path / "n").exists()


def test_a_key_file_makes_the_packages_of_two_workspaces_agree(case, tmp_path):
    """Without one, another workspace has other pseudonyms."""
    shutil.copytree(case, tmp_path / "case", ignore=shutil.ignore_patterns("*.secret"))
    (tmp_path / "key").write_text("a sentence that is long enough to be a key\n")
    made = {}
    for place, workspace in (("a", case), ("b", tmp_path / "case")):
        for name, options in (("own", ()), ("shared", ("--redaction-key", tmp_path / "key"))):
            out = tmp_path / place / name
            words = ("--out", out, "--workspace", workspace, "--redact", "partner")
            told = inktrace("case", "build", "L-1", *words, *options)
            assert "In the package this lead is called L-" in told
            made[place, name] = content(out)
    assert made["a", "shared"] == made["b", "shared"]
    assert made["a", "own"] != made["b", "own"]
    assert made["a", "own"] != made["a", "shared"]
    secret = (case / "redaction.secret").read_bytes().strip()
    assert not [path for path, found in made["a", "own"].items() if secret in found]
    (tmp_path / "key").write_text("short\n")
    options = ("--redaction-key", tmp_path / "key", "--out", tmp_path / "n", "--workspace", case)
    assert "at least 32 bytes" in inktrace("case", "build", "L-1", *options, expect=3)


def test_an_export_alone_is_redacted_as_a_package_is(case, tmp_path):
    words = ("--workspace", case, "--out", tmp_path / "lead.json", "--format")
    inktrace("case", "export", "L-1", *words, "stix")
    assert b"Cebu" in (tmp_path / "lead.json").read_bytes()
    inktrace("case", "export", "L-1", *words, "stix", "--redact", "research")
    content = (tmp_path / "lead.json").read_bytes()
    assert not [one for one in (b"Cebu", b'"ad2"', b"bc1q0") if one in content]
    told = inktrace("case", "export", "L-1", *words, "tagpack", "--redact", "research", expect=2)
    assert "replaces addresses" in told
