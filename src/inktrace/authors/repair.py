"""Texts made readable: broken encodings repaired, look-alike letters read as Latin ones."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import ftfy
import numpy as np

# Curly quotes, wide letters and ligatures are somebody's habits: only real damage is repaired.
_CONFIG: Final = ftfy.TextFixerConfig(
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    normalization=None,
    explain=False,
)
_LINE_TAG: Final = re.compile(r"<\s*(?:br\s*/?|/p|/div|/li|/tr|/h[1-6])\s*>", re.IGNORECASE)
_LINK_TAG: Final = re.compile(
    r"<a\s[^<>]{0,300}?href\s*=\s*[\"']?([^\s\"'<>]{1,300})[^<>]{0,300}>", re.IGNORECASE
)
# Only elements that HTML knows: "<call 0917 …>" and "<ana@site.com>" are what somebody typed.
_ELEMENTS: Final = (
    "a|abbr|acronym|address|article|aside|b|big|blockquote|body|br|button|center|cite|code|dd|del|"
    "details|div|dl|dt|em|embed|figure|figcaption|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|ins|label|li|link|main|marquee|meta|nav|object|ol|option|p|path|pre|q|s|"
    "script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|"
    "textarea|tfoot|th|thead|title|tr|tt|u|ul|video"
)
_TAG: Final = re.compile(
    rf"</?(?:{_ELEMENTS})(?:[\s/][^<>]{{0,300}})?>|<!(?:--|doctype)[^<>]{{0,300}}>", re.IGNORECASE
)
_SKIPPED: Final = "\x00"

# Cyrillic, Greek and other letters used for Latin ones (after Unicode TS 39, confusables).
_LOOK_ALIKES: Final = dict(
    zip(
        "аеорсухіјѕԁһӏкмтвнԛԝзАВЕКМНОРСТХІЈЅԚԜοραντκιυγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıℓ∣⭕🅾〇",
        "aeopcyxijsdhlkmtbhqw3ABEKMHOPCTXIJSQWoparvkiuywABEZHIKMNOPTYXagillOOO",
        strict=False,
    )
)


def repaired(text: str) -> str:
    """The text with mojibake, entities and markup undone, and everything else as it was typed."""
    text = _without_markup(text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and "&" not in text and "\x1b" not in text:
        return text
    # Escaped markup (&lt;br&gt;) is markup only now.
    return _without_markup(ftfy.fix_text(text, _CONFIG))


def _without_markup(text: str) -> str:
    if "<" not in text:
        return text
    return _TAG.sub("", _LINK_TAG.sub(r" \1 ", _LINE_TAG.sub("\n", text)))


class _FoldedLetters(dict[int, str]):
    """Character → what it is read as; filled on first sight of each character."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = folded = _folded_letter(letter)
        return folded


def _folded_letter(letter: str) -> str:
    if letter in _LOOK_ALIKES:
        return _LOOK_ALIKES[letter]
    kind = unicodedata.category(letter)
    # Dashes of every width, the minus sign, and the long-vowel mark that stands for a dash.
    if kind == "Pd" or letter in "\u2212\u30fc\uff70":
        return "-"
    # Invisible marks, joiners, accents put on afterwards, and the box of an emoji keycap.
    if kind in ("Cf", "Mn", "Me") and letter not in "\n\t":
        return _SKIPPED
    if kind in ("Nd", "No") and (digit := unicodedata.digit(letter, -1)) >= 0:
        return str(digit)
    plain = unicodedata.normalize("NFKC", letter)
    if len(plain) == 1 and plain != letter:
        return _LOOK_ALIKES.get(plain, plain)
    # Regional letters in boxes and circles: 🅰 🄰 🅐.
    name = unicodedata.name(letter, "")
    if name.startswith(("NEGATIVE SQUARED LATIN", "NEGATIVE CIRCLED LATIN")):
        return name[-1]
    return " " if kind == "Zs" else letter


_FOLDED: Final = _FoldedLetters()


def folded(text: str) -> tuple[str, np.ndarray | None]:
    """The text as a search reads it, and where each of its characters stood in the original.

    NFKC and look-alike letters are folded, invisible characters dropped. The second value is
    int64 positions with one entry more than characters, or None where nothing moved.
    Notes: folding is for finding identifiers only; stylometry sees the text as it was typed.
    """
    if text.isascii() and _SKIPPED not in text:
        return text, None
    mapped = text.translate(_FOLDED)
    if _SKIPPED not in mapped:
        return mapped, None
    kept = [position for position, letter in enumerate(mapped) if letter != _SKIPPED]
    return mapped.replace(_SKIPPED, ""), np.asarray([*kept, len(text)], np.int64)
