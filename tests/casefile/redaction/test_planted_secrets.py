"""Packages of every profile are searched, byte by byte, for secrets that were planted."""

from __future__ import annotations

import csv
import hashlib
import html
import re

import pypdfium2
import pytest

from inktrace.casefile.handoff import export_findings
from inktrace.casefile.package import build_case
from inktrace.casefile.redaction.gathered import Redaction
from inktrace.casefile.redaction.profiles import NAMES, PROFILES
from inktrace.casefile.replay import replay_case
from inktrace.casefile.verify import verify_case
from inktrace.errors import InputError
from inktrace.params import Params
from inktrace.progress import silent

from .planted import ADDRESS, AMOUNT, EMAIL, HANDLE, PHONE, PHOTO, TEXT, TXID, URL

KEY = b"a key that nobody can guess, 32."

# What is looked for, in all its spellings, and the profiles whose packages may and must hold it.
_ALL = set(NAMES)
_CONTACT = {"full", "standard"}
_OURS = {"full", "standard", "prosecutor"}
_NOT_RESEARCH = _ALL - {"research"}
SECRETS = {
    "phone": ((PHONE, PHONE[1:], "0917 123 4567", "09171234567", "9171234567"), _CONTACT),
    "e-mail": ((EMAIL,), _CONTACT),
    "handle": ((HANDLE,), _CONTACT),
    "url": ((URL, "rooms.example"), _CONTACT),
    "text": (("zebrafish",), _CONTACT),
    "quoted wording": (("walrus",), _OURS),
    "name": (("jessa,", "jessa and", "jessa is", "jessa can", "ask for jessa"), {"full"}),
    "other name": (("mylene",), {"full"}),
    "age": (("seventeen", "1️⃣7️⃣", "19 yo", "jessa 17"), {"full"}),
    "photo": ((PHOTO,), {"full"}),
    "text digest": ((hashlib.sha256(TEXT.encode()).hexdigest(),), {"full"}),
    "ad": (("ad-778899", "778900"), _OURS),
    "author": (("cc86283a36",), _OURS),
    "lead": (('"lead_id": "L-1"', "external-identifier: L-1", "lead L-1"), _OURS),
    "path": (("reviewer.seven",), {"full", "standard"}),
    "file name": (("seized.csv",), _OURS),
    "place": (("dumaguete",), _NOT_RESEARCH),
    "place on a trip": (("bacolod",), _NOT_RESEARCH),
    "point": (("9.3071", "123.3054"), _NOT_RESEARCH),
    "site": (("secretboard",), _NOT_RESEARCH),
    "address": ((ADDRESS,), _NOT_RESEARCH),
    "txid": ((TXID, bytes.fromhex(TXID)[::-1].hex()), _NOT_RESEARCH),
    "amount": ((str(AMOUNT), "0.00043217"), _NOT_RESEARCH),
    "time": (("2024-01-01t00:07:00", "2024-01-01 00:07:00"), _NOT_RESEARCH),
    "block": (("800001", "800,001"), _NOT_RESEARCH),
    "observer": (("node-in-manila",), _NOT_RESEARCH),
    "tag": (("gifts of a neighbour",), _NOT_RESEARCH),
    "wallet of a law": (("28373",), _NOT_RESEARCH),
    "file digest": (("1" * 64,), _NOT_RESEARCH),
    "region": (("visayas province",), _ALL),
    "service": (("processor",), _ALL),
}


@pytest.fixture(scope="module")
def packages(planted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    for name in NAMES:
        made(planted, folder / name, name)
    return folder


def made(relations, out, profile, key=KEY):
    redaction = Redaction(PROFILES[profile], key)
    return build_case(relations, "L-1", out, Params(), "9.9", silent, redaction=redaction)


def said(package):
    """Everything a package holds, file names too, as one text in small letters."""
    parts = []
    for path in sorted(package.rglob("*")):
        parts.append(path.relative_to(package).as_posix())
        if path.is_file():
            content = path.read_bytes().decode("utf-8", "replace")
            parts += [content, html.unescape(content)]
            # Without mark-up and escapes as well, so that no tag parts a word.
            parts.append(re.sub(r"<[^>]*>", "", html.unescape(content)))
            if path.suffix == ".pdf":
                parts += pdf_text(path)
            if "\\u" in content:
                parts.append(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), content))
    return "\n".join(parts).lower()


def pdf_text(path):
    document = pypdfium2.PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    # As it stands, and without the breaks of lines that part long words and numbers.
    return [text, re.sub(r"[\s\u00ad\ufffe]", "", text)]


@pytest.mark.parametrize("profile", NAMES)
def test_a_planted_secret_is_found_where_it_may_be_and_nowhere_else(packages, profile):
    text = said(packages / profile)
    for name, (spellings, may) in SECRETS.items():
        spelt = {*spellings, *(re.sub(r"\s", "", one) for one in spellings)}
        found = [one for one in spelt if one.lower() in text]
        assert bool(found) == (profile in may), (name, found)


@pytest.mark.parametrize("profile", sorted(_ALL - {"full"}))
def test_no_name_and_no_age_of_a_person_stands_in_a_cell(packages, profile):
    """The handle and the address, where they are kept, have a name in them: cells are looked at."""
    text = (packages / profile / "data" / "exhibits" / "indicator_rows.csv").read_text()
    assert not re.search(r'"(17|19|jessa|mylene)"', text)
    assert len(set(re.findall(r'"(age-[0-9a-f]{12})"', text))) == 2
    assert len(set(re.findall(r'"(person-[0-9a-f]{12})"', text))) == 2


@pytest.mark.parametrize("profile", NAMES)
def test_the_report_on_paper_is_read_too(packages, profile):
    [text, squeezed] = pdf_text(packages / profile / "data" / "report.pdf")
    assert "Redaction profile" in text
    assert (PHONE in squeezed) == (profile in _CONTACT)


@pytest.mark.parametrize("profile", NAMES)
def test_neither_the_key_nor_an_unkeyed_hash_is_in_a_package(packages, profile):
    text = said(packages / profile)
    for secret in (KEY.decode(), KEY.hex()):
        assert secret.lower() not in text
    for value in (PHONE, EMAIL, "jessa", "17", "age17", ADDRESS):
        for algorithm in ("md5", "sha1", "sha256"):
            assert hashlib.new(algorithm, value.encode()).hexdigest()[:12] not in text


@pytest.mark.parametrize("profile", NAMES)
def test_a_redacted_package_is_the_same_every_time_and_holds(planted, packages, profile, tmp_path):
    made(planted, tmp_path / "again", profile)
    first, again = packages / profile, tmp_path / "again"
    assert {p.relative_to(first): p.read_bytes() for p in first.rglob("*.*")} == {
        p.relative_to(again): p.read_bytes() for p in again.rglob("*.*")
    }
    assert not [finding for finding in verify_case(again) if finding.holds is False]


def test_another_key_gives_other_pseudonyms_and_the_same_figures(planted, packages, tmp_path):
    made(planted, tmp_path / "other", "research", b"another key that nobody guesses.")
    pattern = r"(?<![0-9a-f])(?:ad|person|place|site|text|address|tx)-[0-9a-f]{12}"
    ours = set(re.findall(pattern, said(packages / "research")))
    others = set(re.findall(pattern, said(tmp_path / "other")))
    assert len(ours) == len(others) > 10
    assert not ours & others


@pytest.mark.parametrize("profile", NAMES)
def test_the_report_and_case_json_say_what_was_replaced(packages, profile):
    page = html.unescape((packages / profile / "data" / "report.html").read_text())
    case = (packages / profile / "data" / "case.json").read_text()
    assert f'"redaction": "{profile}"' in case
    assert f"profile “{profile}”" in page
    assert ("nothing was replaced" in page) == (profile == "full")
    assert ("Raw transactions and their proofs are left out" in page) == (profile == "research")
    assert ('"redaction_key": null' in case) == (profile == "full")


def test_without_a_redaction_people_are_spared_and_no_key_is_kept(planted, tmp_path):
    for name in ("one", "two"):
        build_case(planted, "L-1", tmp_path / name, Params(), "9.9", silent)
    texts = [said(tmp_path / name) for name in ("one", "two")]
    assert all("mylene" not in text and PHONE in text for text in texts)
    keys = [re.findall('"redaction_key": "([0-9a-f]{16})"', text)[0] for text in texts]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("profile", NAMES)
def test_exports_stay_valid_and_call_no_keyed_digest_a_plain_one(packages, profile):
    findings = list(export_findings(packages / profile / "data" / "exports"))
    assert len(findings) >= 8
    assert not [finding.sentence for finding in findings if finding.holds is False]
    exports = packages / profile / "data" / "exports"
    assert (exports / "tagpack.yaml").exists() == (profile != "research")
    digests = {row["text_sha256"] for row in rows_of(packages / profile, "ads")}
    text = "".join(path.read_text() for path in exports.iterdir())
    assert any(digest in text for digest in digests) == (profile == "full")


@pytest.mark.parametrize("profile", NAMES)
def test_what_is_gathered_beside_the_facts_is_left_out_where_it_would_tell(packages, profile):
    exhibits = packages / profile / "data" / "exhibits"
    assert (exhibits / "chain").exists() == (profile != "research")
    assert (exhibits / "statistics").exists() == (profile in _OURS)
    if profile in _OURS:
        assert replay_case(packages / profile)
    else:
        with pytest.raises(InputError, match=f"redacted by profile {profile}"):
            replay_case(packages / profile)


def test_replaced_names_and_texts_change_no_figure(packages):
    replays = {profile: replay_case(packages / profile) for profile in _OURS}
    figures = {
        profile: [figure for figure in found if not figure.name.startswith("digest of the text")]
        for profile, found in replays.items()
    }
    assert len(figures["full"]) > 10
    assert figures["standard"] == figures["prosecutor"] == figures["full"]


def rows_of(package, name):
    with (package / "data" / "exhibits" / f"{name}.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))
