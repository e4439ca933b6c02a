"""Texts and identifiers that the tests of this room draw from."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

STEADY = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
REGIONS = ("PH", "US")

# One number in the ways people write it.
ONE_NUMBER = "+639175551234"
SPELLINGS = (
    "09175551234",
    "0917 555 1234",
    "0917-555-1234",
    "0917.555.1234",
    "(0917) 555-1234",
    "0917_555_1234",
    "0917 / 555 / 1234",
    "0917\u00a0555\u20111234",
    "0917\u2013555\u20141234",
    "0917\u2212555\u22121234",
    "+63 917 555 1234",
    "+63(0)917 555 1234",
    "639175551234",
    "00639175551234",
    "O9I7 555 l234",
    "О917 555 1234",
    "0.9.1.7.5.5.5.1.2.3.4",
    "0 9 1 7 5 5 5 1 2 3 4",
    "０９１７５５５１２３４",
    "０９１７ー５５５ー１２３４",
    "٠٩١٧٥٥٥١٢٣٤",
    "०९१७५५५१२३४",
    "𝟎𝟗𝟏𝟕𝟓𝟓𝟓𝟏𝟐𝟑𝟒",
    "0\ufe0f\u20e39\ufe0f\u20e31\ufe0f\u20e37\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e3"
    "1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e3",
    "0\u200b9\u200b1\u200b7\u200b5551234",
    "\u202e0917\u202c5551234",
    "🅾917 555 1234",
    "zero nine one seven five five five one two three four",
    "zeronineoneseven 555 1234",
    "sero siyam isa pito lima lima lima isa dalawa tatlo apat",
    "cero nueve uno siete cinco cinco cinco uno dos tres cuatro",
    "0917five55one234",
    "wa.me/639175551234",
    "https://wa.me/+639175551234",
    "https://api.whatsapp.com/send?phone=639175551234&text=hi",
    "tel:+639175551234",
    "viber: O9I75551234",
    "viber: zeronineonesevenfivefivefiveonetwothreefour",
)

BITCOIN = (
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
    "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
    # BIP 173 and BIP 350.
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
)

PLAIN_WORDS = (
    "bright room near the park with a desk and shared kitchen quiet house clean sheets every week "
    "maluwag na kwarto malapit sa palengke salamat po tutoring maths english evenings weekends"
).split()

IDENTIFIERS = st.sampled_from(
    (
        *SPELLINGS,
        *BITCOIN,
        "ana.cruz@example.com",
        "ana.cruz (at) example (dot) com",
        "ana at example dot org",
        "ana＠example．com",
        "<ana@example.com>",
        "https://www.rooms.example.com/list?id=7&utm_source=x",
        "cleanandtidy.com",
        "t.me/tidy_ana",
        "facebook.com/profile.php?id=1000123",
        "telegram @tidy_ana9",
        "viber id: tidyana77",
        "telegram: tidyana",
        "@tidyana",
        "12345678901",
    )
)
_GLUE = st.sampled_from((" ", "\n", ", ", " | ", ". ", " 😀 ", "\u200b ", " & ", "<br>", " <3 "))
ADS = st.lists(
    st.one_of(st.sampled_from(PLAIN_WORDS), IDENTIFIERS, st.text(max_size=8)), max_size=14
).flatmap(
    lambda parts: st.lists(_GLUE, min_size=len(parts), max_size=len(parts)).map(
        lambda glue: "".join(a + b for a, b in zip(parts, glue, strict=True))
    )
)
ANY_TEXT = st.one_of(
    st.text(max_size=200),
    ADS,
    st.text(alphabet="0O1Il9 .-+()@<>&;#x/:_\u200b\u202e⟦⟧atdotcom", max_size=120),
)

BAD_TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "one emoji": "😀",
    "family": "👨‍👩‍👧‍👦" * 50,
    "one letter": "a" * 100_000,
    "only digits": "0123456789" * 1_000,
    "digits apart": "1 - " * 20_000,
    "number words": "one two " * 10_000,
    "mixed scripts": "Kwарto комната お部屋 غرفة 房间 ห้อง 09175551234",
    "zero width": "\u200b\u200d\ufeff" * 5_000,
    "bidi": "\u202ecba\u202c \u2066x\u2069" * 1_000,
    "accents": "a" + "\u0301" * 10_000,
    "null": "a\x00b\x01c" * 1_000,
    "html": "<div><p>Room <b>free</b></p><a href='tel:09175551234'>call</a><br></div>" * 100,
    "broken html": "<a href=" * 10_000,
    "open tags": "<" * 50_000,
    "entities": "&amp;lt;" * 5_000,
    "at signs": "a@a." * 10_000,
    "links": "www." * 10_000,
    "mojibake": "Ã©" * 5_000,
    "lone surrogate": "\ud800 room \udfff",
}
