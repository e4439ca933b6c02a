"""Handles in texts: names after an app's name, bare @names, and ids that show their app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inktrace.authors.apps import MESSENGERS, PAYMENTS, any_of, apps_in
from inktrace.authors.found import Found
from inktrace.authors.number_words import is_written_number
from inktrace.authors.words import words_in

_PAID: Final = frozenset(("paypal", "cashapp", "venmo", "zelle", "gcash", "maya"))
_NAMED: Final = any_of(MESSENGERS | {app: PAYMENTS[app] for app in ("paypal", "venmo", "cashapp")})
# Short for an app only in capitals and with a mark after it: "OF @name", "SC: name", "X: @name".
_SHORT: Final = r"(?-i:OF|SC)(?=\s?[:=\-@])|(?-i:X)(?=\s?:?\s?@)"
_SHORT_APPS: Final = {"of": "onlyfans", "sc": "snapchat", "x": "x"}
_NAME: Final = r"(?:live:\.?)?[A-Za-z0-9_](?:[A-Za-z0-9_.]{1,30}[A-Za-z0-9_])(?:#\d{4}(?!\d))?"
# One word of each of those names: texts without any are not searched for them.
_NAMED_WORDS: Final = frozenset(
    "telegram tele tg whats whatsapp wasap wsp wa viber wechat weixin 微信 line kik snap snapchat "
    "instagram insta ig facebook fb messenger msgr twitter tik tiktok signal skype discord "
    "onlyfans fans wickr wickrme threema pal paypal venmo cash cashapp cashtag".split()
)
_FIRST_WORDS: Final = (_NAMED_WORDS - {"fans", "pal"}) | {"only", "pay", "of", "sc", "x", "i"}
_SHORT_WORDS: Final = frozenset(("of", "sc", "x", "g"))
_SHORT_HINT: Final = re.compile(r"(?:OF|SC|X)\s?[:=\-@]|[iI]\.[gG]\.")
_MEASURE: Final = re.compile(r"\d{1,4}[A-Za-z]{1,5}")
_SIGNS: Final = r"\s:=\-–>|(\[*•~\u2190-\u21ff\u2700-\u27bf\U0001f300-\U0001faff"
_HANDLE: Final = re.compile(
    rf"(?<![\w@])({_NAMED}|{_SHORT})(?!\w)(?:[\s:=\-–>.,|]+(?:app|id|account|acct|user|name|username|"
    r"handle|messenger|me|us|at|on|po|din|rin|ko|ho|is|ay|sa|page|under|add)(?!\w))*"
    rf"[{_SIGNS}]*(@\s?)?({_NAME})(?![A-Za-z0-9_])",  # a longer word is nobody's name, cut
    re.IGNORECASE,
)
# After a colon and before the line's end a word is likely a name, but it may be "yes" or "Maria".
_LIKELY_HANDLE: Final = re.compile(
    rf"(?<![\w@])({_NAMED})(?:(?:\s+(?:id|account|name|username|handle))?\s?[:=]\s?"
    r"|\s+(?:user ?name|id)(?:\s+is)?\s+)"
    r"([A-Za-z][A-Za-z0-9_.]{2,30}[A-Za-z0-9_])(?=[ \t]*(?:[,;|!)\n/]|\.(?:\s|\Z)|\Z))",
    re.IGNORECASE,
)
_BARE_HANDLE: Final = re.compile(
    r"@(?<![\w@.]@)([A-Za-z0-9_](?:[A-Za-z0-9_.]{1,30}[A-Za-z0-9_]))(?![\w@])"
)
_SESSION: Final = re.compile(r"(?<![0-9A-Za-z])05[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
_SESSION_LETTERS: Final = 66
_THREEMA: Final = re.compile(
    r"threema[^\w\n]{0,4}(?:id|i\.d\.)?[^\w\n]{0,4}([A-Z0-9]{8})(?!\w)", re.I
)
_VENMO: Final = re.compile(
    r"(?<!\w)venmo[\s:=\-–>]{1,4}(@\s?)?(?=[\w-]{5,30}(?![\w-]))([A-Za-z0-9][\w-]*[A-Za-z0-9])",
    re.IGNORECASE,
)
_CASHTAG: Final = re.compile(r"\$(?<![\w$]\$)(?=[\w-]{0,20}[A-Za-z])([A-Za-z][\w-]{0,19})(?![\w$])")
_CASHTAG_NAMED: Final = re.compile(r"cash ?app|cash ?tag", re.IGNORECASE)


def handles(text: str) -> list[Found]:
    """Handles named with an app (telegram, viber, line …), or a bare @name.

    A word after an app's name is a handle with an @, a digit or an underscore: "line up" names
    nobody. Kind "likely_handle" (masked, but no evidence: it may be anybody's first name) is a
    plain word after an app's name, a colon, and at the line's end, or after a bare @. Kind
    "payment_handle" is a name at a service that moves money.
    References: Session ids are 05 and an X25519 key in hex; Threema ids are eight characters.
    """
    found: list[Found] = []
    words = words_in(text)
    named = not _NAMED_WORDS.isdisjoint(words.distinct)
    if not named and not _SHORT_WORDS.isdisjoint(words.distinct):
        named = _SHORT_HINT.search(text) is not None
    taken: set[int] = set()
    for finder in (_ids, _cashtags, *((_venmo, _named, _likely) if named else ()), _bare):
        new = [item for item in finder(text) if item.end not in taken]
        found += new
        taken.update([item.end for item in new])
    return found


def _ids(text: str) -> Iterator[Found]:
    words = words_in(text)
    for match in words.matches(_SESSION, text, _SESSION_LETTERS):
        yield Found(match.start(), match.end(), "handle", match.group().lower(), "session")
    if "threema" in words.distinct:
        for match in _THREEMA.finditer(text):
            if match[1].isupper() or match[1].isdigit():
                yield Found(match.start(1), match.end(1), "handle", match[1].lower(), "threema")


def _cashtags(text: str) -> Iterator[Found]:
    if "$" not in text or not _CASHTAG_NAMED.search(text):
        return
    for match in _CASHTAG.finditer(text):
        yield Found(match.start(), match.end(), "payment_handle", match.group().lower(), "cashapp")


def _venmo(text: str) -> Iterator[Found]:
    """Names at Venmo, which may have hyphens."""
    if "venmo" in words_in(text).distinct:
        for match in _VENMO.finditer(text):
            if match[1] or not match[2].isalpha():
                start = match.start(1) if match[1] else match.start(2)
                yield Found(start, match.end(2), "payment_handle", match[2].lower(), "venmo")


def _named(text: str) -> Iterator[Found]:
    for match in words_in(text).matches_from(_FIRST_WORDS, _HANDLE, text):
        name = match[3]
        if (match[2] or _is_named(name)) and not is_written_number(name):
            start = match.start(2) if match[2] else match.start(3)
            yield _of_app(start, match.end(3), name, match[1])


def _likely(text: str) -> Iterator[Found]:
    for match in words_in(text).matches_from(_FIRST_WORDS, _LIKELY_HANDLE, text):
        if not is_written_number(match[2]):
            item = _of_app(match.start(2), match.end(2), match[2], match[1])
            yield Found(item.start, item.end, "likely_handle", item.value, item.app)


def _bare(text: str) -> Iterator[Found]:
    for match in _BARE_HANDLE.finditer(text) if "@" in text else ():
        if not is_written_number(match[1]):
            kind = "handle" if is_telling(match[1]) else "likely_handle"
            yield Found(match.start(), match.end(), kind, match[1].lower())


def _of_app(start: int, end: int, name: str, word: str) -> Found:
    app = _SHORT_APPS.get(word.lower()) or apps_in(word)
    kind = "payment_handle" if app in _PAID else "handle"
    return Found(start, end, kind, name.lower(), app)


def _is_named(name: str) -> bool:
    """Whether a word after an app's name is a handle: "line 5mins" and "line 41c" are none."""
    return is_telling(name) and _MEASURE.fullmatch(name) is None


def is_telling(name: str) -> bool:
    """Whether a name has a digit or an underscore, as words do not."""
    return any(letter.isdigit() or letter == "_" for letter in name)
