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
_ENTITY: Final = re.compile(r"&#?[0-9A-Za-z]{1,24};")
_SKIPPED: Final = "\x00"
_BYTE_ORDER_MARK: Final = "\ufeff"
# Signs, emoji, styled letters and digits, and invisible marks that broken encodings never leave.
_HARMLESS: Final = (
    "\\t\\n\\x20-\\x7e’–—…₱"
    "\\u0660-\\u0669\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u20e3\\u2460-\\u24ff"
    "\\u2600-\\u27bf\\u3040-\\u30ff\\u4e00-\\u9fff\\ufe0f\\uff01-\\uff5e"
    "\\U0001d400-\\U0001d7ff\\U0001f100-\\U0001faff"
)
# Mojibake needs a letter and a sign beside: texts with quotes and no such letter hold none, nor do
# those with letters of other alphabets and no quotes.
_UNDAMAGED: Final = re.compile(
    f"[{_HARMLESS}‘“”•]*|[{_HARMLESS}\\u00e0-\\u00f6\\u00f8-\\u00fc\\u03b1-\\u03c9\\u0410-\\u044f]*"
)

# Cyrillic, Greek and other letters used for Latin ones (after Unicode TS 39, confusables).
_LOOK_ALIKES: Final = dict(
    zip(
        "аеорсухіјѕԁһӏкмтвнԛԝзАВЕКМНОРСТХІЈЅԚԜοραντκιυγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıℓ∣⭕🅾〇➕",
        "aeopcyxijsdhlkmtbhqw3ABEKMHOPCTXIJSQWoparvkiuywABEZHIKMNOPTYXagillOOO+",
        strict=False,
    )
)


def repaired(text: str) -> str:
    """The text with mojibake, entities and markup undone, and everything else as it was typed."""
    text = _without_markup(text.replace("\r\n", "\n").replace("\r", "\n"))
    has_entity = "&" in text and _ENTITY.search(text) is not None
    if text.isascii() and not has_entity and "\x1b" not in text:
        return text
    if not has_entity:
        unmarked = text.replace(_BYTE_ORDER_MARK, "")  # the one mark that is nobody's
        if _UNDAMAGED.fullmatch(unmarked):
            return _without_markup(unmarked)
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
_FOREIGN: Final = re.compile("[^\x01-\x7f]+")


def folded(text: str) -> tuple[str, np.ndarray | None]:
    """The text as a search reads it, and where each of its characters stood in the original.

    NFKC and look-alike letters are folded, invisible characters dropped. The second value is
    int64 positions with one entry more than characters, or None where nothing moved.
    Notes: folding is for finding identifiers only; stylometry sees the text as it was typed.
    """
    if text.isascii() and _SKIPPED not in text:
        return text, None
    # Most ads are ASCII with a few signs: only those are looked up.
    mapped = _FOREIGN.sub(lambda run: run.group().translate(_FOLDED), text)
    if _SKIPPED not in mapped:
        return mapped, None
    codes = np.frombuffer(mapped.encode("utf-32-le", "surrogatepass"), np.uint32)
    kept = np.flatnonzero(codes != ord(_SKIPPED))
    return mapped.replace(_SKIPPED, ""), np.append(kept, len(text)).astype(np.int64)


_ZERO_WIDTH: Final = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]+")
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_KEYCAP: Final = re.compile("[0-9#*]\ufe0f?\u20e3")
_FULLWIDTH: Final = re.compile("[０-９Ａ-Ｚａ-ｚ]")
# Letters of mathematics, in circles and in boxes: 𝐚 ⓐ 🄰 🅰.
_STYLED: Final = re.compile("[\u24b6-\u24e9\U0001d400-\U0001d7ff\U0001f130-\U0001f189]")
_WORD: Final = re.compile(r"[^\W\d_]+")
# The dotless i is Turkish far more often than a disguise.
_DISGUISES: Final = frozenset(letter for letter in _LOOK_ALIKES if letter.isalpha()) - {"ı"}
TRICKS: Final = ("homoglyphs", "zero_width", "bidi", "keycaps", "fullwidth", "styled")


def tricks(text: str) -> dict[str, int]:
    """How often a text (as typed) uses each trick that hides it from plain search.

    "homoglyphs": letters of other alphabets within words of Latin letters, or words made of such
    letters alone in a text that has no other letter of those alphabets; "zero_width": invisible
    characters, but for joiners between foreign letters or emoji; "bidi": marks that turn the
    reading direction; "keycaps": 1️⃣; "fullwidth": Ａ, １; "styled": 𝐚, ⓐ, 🅰.
    References: Unicode Technical Reports 36 and 39.
    """
    counts = dict.fromkeys(TRICKS, 0)
    if text.isascii():
        return counts
    counts["homoglyphs"] = _homoglyphs(text)
    counts["zero_width"] = sum(
        len(run.group()) for run in _ZERO_WIDTH.finditer(text) if not _is_joiner(run)
    )
    for name, pattern in (
        ("bidi", _BIDI),
        ("keycaps", _KEYCAP),
        ("fullwidth", _FULLWIDTH),
        ("styled", _STYLED),
    ):
        counts[name] = sum(1 for _ in pattern.finditer(text))
    return counts


def _homoglyphs(text: str) -> int:
    mixed = disguised = 0
    foreign = False
    for word in _WORD.findall(_ZERO_WIDTH.sub("", text)):
        if word.isascii():
            continue
        alike = sum(letter in _DISGUISES for letter in word)
        if any(letter.isascii() for letter in word):
            mixed += alike
        elif alike == len(word):
            disguised += alike
        else:
            foreign = foreign or any("\u0370" <= letter <= "\u052f" for letter in word)
    return mixed + (0 if foreign else disguised)


def _is_joiner(run: re.Match[str]) -> bool:
    """Whether a joiner does its own work: in an emoji, or between letters of other scripts."""
    if run.group() not in ("\u200c", "\u200d"):
        return False
    before, after = (
        run.string[max(0, run.start() - 1) : run.start()],
        run.string[run.end() : run.end() + 1],
    )
    return bool(before and after) and not (before.isascii() or after.isascii())
