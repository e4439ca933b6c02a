"""What is known of people does not survive in free text, however it is written or surrounded."""

from __future__ import annotations

import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.redaction.key import fingerprint, package_key, shared_key
from inktrace.casefile.redaction.known import Known
from inktrace.casefile.redaction.masking import Masker
from inktrace.casefile.redaction.profiles import PROFILES
from inktrace.casefile.redaction.pseudonyms import Pseudonyms
from inktrace.errors import InputError, StageError, WorkspaceError
from inktrace.rings.people import people_to_hide

KEY = bytes(range(32))
KNOWN = Known(
    frozenset(("jessa", "ana", "may", "person")),
    {"ad1": frozenset((17, 23))},
    frozenset((("handle", "rosas_for_you99"),)),
)


def masker(profile="standard", known=KNOWN):
    return Masker(PROFILES[profile], Pseudonyms(KEY), known)


@pytest.mark.parametrize(
    "text",
    [
        "Jessa", "JESSA!", "¡jessa", "Jessa1999", "_jessa_", "jessa’s", "si jessa 17", "(17)",
        "1️⃣7️⃣ years", "１７", "⑰", "seventeen", "Labimpito", "labimpitong taon", "ask for Rosa (31)",
        "Vangie here, 44", "turning 18", "I am 29", "almost 18, ask for Lia",
    ],
)  # fmt: skip
def test_names_and_ages_are_replaced(text):
    told = masker().free_text(f"Room free, {text}, call", "ad1")
    bare = re.sub("⟦[^⟧]*⟧", "", told or "").lower()
    assert not re.search("jessa|vangie|rosa|lia|17|１７|⑰|1️⃣7️⃣|seventeen|labimpito|31|44|29", bare)
    assert told is None or "⟦" in told


def test_wording_that_names_no_ad_may_quote_the_age_of_any():
    assert "17" not in re.sub("⟦[^⟧]*⟧", "", masker().free_text(" (17)!!") or "")


@pytest.mark.parametrize("text", ["si ⟦name⟧ poh ito 30!!", "⟦name⟧ 21", "⟦name⟧, now only 45 ok"])
def test_a_number_soon_after_a_masked_name_may_be_an_age(text):
    assert not re.search(r"30|21|45", re.sub("⟦[^⟧]*⟧", "", masker().free_text(text, "ad1") or ""))


def test_other_words_and_numbers_stay():
    text = "Massage 1700 per hour, 24 hours, anacondas, maybe banana, room 117, ⟦name⟧ ⟦phone⟧"
    assert masker().free_text(text, "ad1") == text


def test_own_sentences_lose_contacts_and_names_but_no_word_or_figure_of_theirs():
    text = "17 ads may speak of a person: ask Jessa at +63 917 123 4567."
    told = masker("prosecutor").sentence(text)
    assert re.fullmatch(r"17 ads may speak of a person: ask ⟦person-\w+⟧ at ⟦phone-\w+⟧\.", told)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["Jessa", "ANA", "jessa 17"]))
def test_no_surroundings_save_a_name(before, after, name):
    told = masker().free_text(f"{before} {name} {after}", "ad1")
    if told is not None:
        bare = re.sub("⟦[^⟦⟧]*⟧", "", told)
        assert not re.search(r"(?<![^\W\d_])(jessa|ana)(?![^\W\d_])", bare, re.IGNORECASE)
        names, ages = people_to_hide(told)
        assert not names
        assert not ages


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_surroundings_save_a_known_handle(before, after):
    told = masker("prosecutor").free_text(f"{before} rosas_for_you99 {after}")
    assert told is None or "rosas_for_you99" not in re.sub("⟦[^⟦⟧]*⟧", "", told)


@given(st.sets(st.text(max_size=20), max_size=50))
def test_pseudonyms_are_one_to_one_and_the_same_in_every_order(values):
    one, two = Pseudonyms(KEY), Pseudonyms(KEY)
    names = {value: one.name("phone", value) for value in sorted(values)}
    assert len(set(names.values())) == len(values)
    assert {value: two.name("phone", value) for value in sorted(values, reverse=True)} == names
    assert all(one.name("handle", value)[7:] != name[6:] for value, name in names.items())


def test_ids_of_one_origin_keep_their_digits_in_common():
    made = Pseudonyms(KEY)
    a, t = made.marked("A-", "cc86283a36"), made.marked("T-", "cc86283a36")
    assert re.fullmatch(r"A-[0-9a-f]{12}", a)
    assert a[2:] == t[2:] != "cc86283a36"


def test_a_shared_pseudonym_is_told(monkeypatch):
    made = Pseudonyms(KEY)
    monkeypatch.setattr(made, "_hex", lambda *_: "0" * 12)
    made.name("phone", "1")
    with pytest.raises(StageError, match="share the pseudonym phone-000000000000"):
        made.name("phone", "2")


def test_a_short_key_is_no_key():
    with pytest.raises(ValueError, match="too short"):
        Pseudonyms(b"short")


def test_the_secret_of_a_workspace_is_made_once_and_read_by_its_owner_only(tmp_path):
    first = package_key(tmp_path, "L-1", "standard")
    [path] = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert package_key(tmp_path, "L-1", "standard") == first
    others = {
        package_key(tmp_path, "L-2", "standard"),
        package_key(tmp_path, "L-1", "research"),
    }
    path.unlink()
    others.add(package_key(tmp_path, "L-1", "standard"))
    assert len({first, *others}) == 4
    assert len({fingerprint(key) for key in (first, *others)}) == 4


@pytest.mark.parametrize("content", [b"", b"xyz", b"00" * 31, b"\xff" * 64])
def test_a_damaged_secret_is_told_and_left_alone(tmp_path, content):
    path = tmp_path / "redaction.secret"
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match="not the secret that was made"):
        package_key(tmp_path, "L-1", "standard")
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be read or made"):
        package_key(tmp_path / "nowhere", "L-1", "standard")


def test_a_shared_key_is_one_for_all_leads_and_long_enough(tmp_path):
    path = tmp_path / "partner.key"
    path.write_text("only a few letters\n")
    with pytest.raises(InputError, match="at least 32 bytes"):
        shared_key(path, "partner")
    path.write_text("a sentence that is long enough to be a key\n")
    assert shared_key(path, "partner") != shared_key(path, "research")
    with pytest.raises(InputError, match="no such file"):
        shared_key(tmp_path / "missing", "partner")


def test_a_partner_can_compute_a_pseudonym_as_documented(tmp_path):
    path = tmp_path / "partner.key"
    path.write_text("a sentence that is long enough to be a key\n")
    secret = path.read_bytes().strip()
    key = hmac.digest(secret, b"inktrace redaction 1\0\0partner", "sha256")
    digits = hmac.digest(key, b"phone\0+639171234567", "sha256").hex()[:12]
    assert Pseudonyms(shared_key(path, "partner")).name("phone", "+639171234567") == (
        f"phone-{digits}"
    )
