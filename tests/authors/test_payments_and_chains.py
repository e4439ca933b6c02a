"""Wallets, payment handles, payees, apps and domains: what is shown, and what ties ads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.chain_addresses import (
    chain_addresses,
    is_ethereum_address,
    is_tron_address,
)
from inktrace.authors.found import bounded
from inktrace.authors.masking import masked, read_text
from inktrace.schema import SHOWN_ONLY

from .strategies import ANY_TEXT, BITCOIN, REGIONS, STEADY

TRON = ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TExiFtF2M1JqHdknDuAXcUyvTZtHBZY6c9")
# EIP-55's own examples.
ETHEREUM = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


def listed(text: str) -> dict[tuple[str, str], str]:
    return read_text(text, REGIONS, 400).listed()


@pytest.mark.parametrize("address", TRON)
def test_tron_addresses_are_found_by_their_checksum(address: str) -> None:
    assert listed(f"usdt trc20: {address}, thanks") == {("tron_address", address): ""}
    assert is_tron_address(address)


@STEADY
@given(st.sampled_from(TRON), st.integers(1, 33), st.sampled_from("123456789ABCxyz"))
def test_a_changed_letter_of_a_tron_address_is_noticed(
    address: str, place: int, letter: str
) -> None:
    changed = address[:place] + letter + address[place + 1 :]
    assert changed == address or not is_tron_address(changed)


def test_bitcoin_is_not_tron_and_tron_is_not_bitcoin() -> None:
    assert not any(is_tron_address(address) for address in BITCOIN)
    assert {kind for kind, _ in listed(TRON[0])} == {"tron_address"}


@pytest.mark.parametrize("address", ETHEREUM)
def test_ethereum_addresses_and_their_case(address: str) -> None:
    for shown in (address, address.lower(), "0x" + address[2:].upper()):
        assert listed(f"eth {shown} ok") == {("ethereum_address", address.lower()): ""}
    swapped = "0x" + address[2:].swapcase()
    assert not is_ethereum_address(swapped)
    assert listed(f"eth {swapped} ok") == {}


@pytest.mark.parametrize(
    "word", ["", "0x", "0x" + "a" * 39, "0x" + "a" * 64, "T" * 34, "T" + "1" * 33]
)
def test_words_that_only_look_like_addresses(word: str) -> None:
    assert chain_addresses(f"pay {word} now") == []


@pytest.mark.parametrize(
    ("text", "kind", "value", "app"),
    [
        ("telegram @tidy_ana", "handle", "tidy_ana", "telegram"),
        ("TG 👉 tidyana21", "handle", "tidyana21", "telegram"),
        ("t.me/tidy_ana", "handle", "tidy_ana", "telegram"),
        ("onlyfans.com/tidyana", "handle", "tidyana", "onlyfans"),
        ("OF: @tidy_ana", "handle", "tidy_ana", "onlyfans"),
        ("X: @tidy_ana", "handle", "tidy_ana", "x"),
        ("Wickr me: tidyana7", "handle", "tidyana7", "wickr"),
        ("skype live:tidy_ana", "handle", "live:tidy_ana", "skype"),
        ("discord tidyana#0042", "handle", "tidyana#0042", "discord"),
        ("threema ID: 7RMX2P9K", "handle", "7rmx2p9k", "threema"),
        ("session 05" + "ab" * 32, "handle", "05" + "ab" * 32, "session"),
        ("snap username tidyana", "likely_handle", "tidyana", "snapchat"),
        ("@tidy_ana", "handle", "tidy_ana", ""),
        ("viber 0917 555 1234", "phone", "+639175551234", "viber"),
        ("0917 555 1234 (whatsapp/viber)", "phone", "+639175551234", "viber whatsapp"),
        ("GCash: 0917 555 1234", "payment_handle", "+639175551234", "gcash"),
        ("0917 555 1234 gcash or maya", "payment_handle", "+639175551234", "gcash maya"),
        ("cash app $TidyAna", "payment_handle", "$tidyana", "cashapp"),
        ("paypal.me/tidyana/20", "payment_handle", "tidyana", "paypal"),
        ("PayPal: ana@example.com", "payment_handle", "ana@example.com", "paypal"),
        ("venmo @tidy-ana", "payment_handle", "tidy-ana", "venmo"),
        ("Western Union to Ana Dela Cruz", "payee", "ana dela cruz", "westernunion"),
        ("Palawan Express, receiver: ANA B. CRUZ", "payee", "ana b. cruz", "palawan"),
    ],
)
def test_what_is_named_with_its_app(text: str, kind: str, value: str, app: str) -> None:
    assert listed(text)[kind, value] == app


@pytest.mark.parametrize(
    "text",
    [
        "gcash accepted, text 0917 555 1234",
        "gcash ok. 0917 555 1234",
        "text 0917 555 1234. gcash is 0918 555 1234",
    ],
)
def test_a_number_that_is_rung_is_not_paid(text: str) -> None:
    assert ("payment_handle", "+639175551234") not in listed(text)
    assert ("phone", "+639175551234") in listed(text)


@pytest.mark.parametrize(
    "text",
    ["$ale today", "only $500", "western union ok", "western union accepted, ask for Ana",
     "room at a choice of: Cereal", "the comfort of: home_2", "session 2_hours", "$special rates",
     "near line 5mins", "quiet at night. no pets", "completely at home. It is",
     "vocal at times.no"],
)  # fmt: skip
def test_what_names_no_account(text: str) -> None:
    assert listed(text) == {}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("rooms dot com", "rooms.com"),
        ("cozyrooms dot com slash book", "cozyrooms.com/book"),
        ("hxxps://cozyrooms[.]ph/book", "cozyrooms.ph/book"),
        ("www . cozyrooms . ph", "cozyrooms.ph"),
        ("cozyrooms(dot)com(dot)ph", "cozyrooms.com.ph"),
    ],
)
def test_links_made_unlike_links(text: str, url: str) -> None:
    domain = url.partition("/")[0]
    assert listed(f"see {text} today".replace("see rooms", "rooms")) == {
        ("url", url): "",
        ("domain", domain): "",
    }


def test_photos_at_a_place_on_the_web_are_no_address() -> None:
    assert listed("photos at cozyrooms.com") == {
        ("url", "cozyrooms.com"): "",
        ("domain", "cozyrooms.com"): "",
    }
    text = "telegram po @oscar1368.\nno extra charge"
    assert listed(text) == {("handle", "oscar1368"): "telegram"}
    assert ("email", "ana.cruz@example.com") in listed("come by. ana.cruz at example dot com")


def test_what_strangers_share_is_shown_but_ties_no_ads() -> None:
    read = read_text(
        "cozyrooms.com/a telegram: tidyana\nWestern Union to Ana Dela Cruz", REGIONS, 400
    )
    shown = {kind for kind, _ in read.listed()}
    assert set(SHOWN_ONLY) <= shown
    assert {kind for kind, _ in read.identifiers()} == {"url"}
    assert shown - {kind for kind, _ in read.identifiers()} == set(SHOWN_ONLY)


def test_payment_accounts_and_payees_are_masked() -> None:
    text = f"Maya 0917 555 1234, cashapp $tidyana, {TRON[0]}, Western Union to Ana Cruz"
    assert masked(read_text(text, REGIONS, 400), frozenset(), ()) == (
        "Maya ⟦phone⟧, cashapp ⟦handle⟧, ⟦bitcoin⟧, Western Union to ⟦name⟧"
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://rooms.example.com/" + "a" * 10_000,
        "ana" * 3_400 + "@example.com",
        "telegram @" + "ana_1" * 2_000,
        "cash app $" + "a" * 10_000,
        "T" * 10_000,
        "0x" + "ab" * 5_000,
        "05" + "ab" * 5_000,
        "zero nine " * 1_000,
        "double " * 1_500,
        "one hundred " * 900,
        "Western Union to " + "Ana " * 2_500,
        "gcash " * 1_700 + "0917 555 1234",
    ],
)
def test_identifiers_of_ten_thousand_letters_are_bounded_and_lose_nothing(text: str) -> None:
    read = read_text(text, REGIONS, 400)
    assert read.text == text
    assert all(len(value) <= 320 for _, value in read.listed())
    after = read_text(text + "\ncall 0918 555 1234 now", REGIONS, 400)
    assert ("phone", "+639185551234") in after.identifiers()


def test_long_values_stay_apart() -> None:
    first, second = ("a" * 10_000 + end for end in "xy")
    assert bounded(first) != bounded(second)
    assert bounded("a" * 300) == "a" * 300


@STEADY
@given(ANY_TEXT)
def test_no_text_breaks_the_list(text: str) -> None:
    read = read_text(text, REGIONS, 400)
    shown = read.listed()
    assert read.identifiers() <= set(shown)
    assert all(value and len(value) <= 320 for _, value in shown)
    last = 0
    for item in read.found:
        assert last <= item.start < item.end <= len(read.text)
        last = item.end
