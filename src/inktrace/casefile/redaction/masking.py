"""Free text with what tells of a person replaced where it stands, and looked through once more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from inktrace.authors.masking import read_text
from inktrace.casefile.redaction.kinds import Kind
from inktrace.casefile.redaction.known import Known
from inktrace.casefile.redaction.profiles import Profile
from inktrace.casefile.redaction.pseudonyms import Pseudonyms
from inktrace.rings.lexicon import AGE_WORDS
from inktrace.rings.people import people_to_hide
from inktrace.rings.registry import REGISTRY

_REGIONS: Final = ("PH", "US")
_PHONE_CHECKS: Final = 400
# A text that still tells of somebody after so many rounds is not to be masked: it is replaced.
_MOST_ROUNDS: Final = 3
_LONG: Final = 8
_ADDRESSES: Final = frozenset(("bitcoin_address", "tron_address", "ethereum_address"))
_NO_CONTACTS: Final = frozenset(("name", "place"))
_MARK: Final = re.compile("⟦[^⟦⟧]*⟧")
_ANYBODY: Final = "somebody"  # stands for a mark where text is searched for people
_TXID: Final = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{64}(?![0-9a-zA-Z])")
# A number of one or two digits, also in keycaps, full width or circled.
_NUMBER: Final = re.compile(
    "(?<![\\d\u2460-\u24ff])(?:[\\d\u2460-\u24ff][\ufe0f\u20e3]*){1,2}(?![\\d\u2460-\u24ff])"
)
# A number that may be an age soon after a name, whatever words stand between: it errs on hiding.
_BESIDE_NAME: Final = re.compile(
    r"(⟦(?:name|person-[^⟦⟧\n]{1,40})⟧[^\d\n⟦⟧]{0,20})(?<![\w.,:/₱$€])([1-6]\d)(?![\w]|[.,:/]\d)"
)
_KEYCAP: Final = re.compile("[\ufe0f\u20e3]")
_OWN_WORDS: Final = frozenset(
    word
    for indicator in REGISTRY.values()
    for word in re.findall(r"[^\W\d_]+", indicator.sentence.lower())
)


class Masker:
    """Replaces persons, ages and, where a profile does not keep them, contacts inside text."""

    def __init__(self, profile: Profile, pseudonyms: Pseudonyms, known: Known):
        """`known`: what the original texts told of people."""
        self._pseudonyms, self._known = pseudonyms, known
        self._hides_contacts = not profile.keeps(Kind.CONTACT)
        self._hides_addresses = not profile.keeps(Kind.ADDRESS)
        self._hides_txids = not profile.keeps(Kind.TXID)
        self._every_age = frozenset().union(*known.ages.values())
        self._done: dict[tuple[str, frozenset[int]], str | None] = {}
        self._sentences: dict[str, str] = {}

    def free_text(self, text: str, ad_id: str | None = None) -> str | None:
        """A text or note of a person's, masked; None if it still tells of somebody."""
        # What names no ad, as wording that two ads share, may quote the age told in any of them.
        ages = self._every_age if ad_id is None else self._known.ages.get(ad_id, frozenset())
        key = (text, ages)
        if key not in self._done:
            self._done[key] = self._searched(text, ages)
        return self._done[key]

    def sentence(self, text: str) -> str:
        """A sentence that this program made; its own words and figures stay as they are."""
        if text not in self._sentences:
            names = self._known.names - _OWN_WORDS
            self._sentences[text] = self._without_names(self._without_contacts(text), names)
        return self._sentences[text]

    def _searched(self, text: str, ages: Iterable[int]) -> str | None:
        masked = self._without_contacts(text)
        names, numbers = set(self._known.names), set(ages)
        for _ in range(_MOST_ROUNDS):
            # In what it was too: a mark may hide the word by which a name or age was known.
            for plain in (text, masked, _MARK.sub(_ANYBODY, masked)):
                told, written = people_to_hide(plain)
                names |= told - {_ANYBODY}
                numbers |= written
            masked = self._without_ages(self._without_names(masked, names), numbers)
            masked = _BESIDE_NAME.sub(self._beside_name, masked)
            left, written = people_to_hide(_MARK.sub(_ANYBODY, masked))
            if not (left - {_ANYBODY}) and not written:
                return masked
        return None

    def _without_contacts(self, text: str) -> str:
        if self._hides_txids:
            text = _TXID.sub(lambda m: self._mark("tx", m.group().lower()), text)
        if not (self._hides_contacts or self._hides_addresses):
            return text
        read = read_text(text, _REGIONS, _PHONE_CHECKS)
        parts, last = [], 0
        for item in read.found:
            hidden = self._hides_addresses if item.kind in _ADDRESSES else self._hides_contacts
            if not hidden or item.kind in _NO_CONTACTS or item.end <= last:
                continue
            kind = "address" if item.kind in _ADDRESSES else item.kind.removeprefix("likely_")
            parts += [read.text[last : item.start], self._mark(kind, item.value)]
            last = item.end
        masked = "".join([*parts, read.text[last:]])
        return self._without_known_contacts(masked) if self._hides_contacts else masked

    def _without_known_contacts(self, text: str) -> str:
        """Contacts of the ads, in the form in which they are stored, wherever they stand."""
        for kind, value in sorted(self._known.contacts, key=lambda c: (-len(c[1]), c)):
            if value and value.lower() in text.lower():
                # A long one is nothing else, even where a letter was glued to it.
                edges = ("", "") if len(value) >= _LONG else (r"(?<!\w)", r"(?!\w)")
                pattern = re.compile(re.escape(value).join(edges), re.IGNORECASE)
                # A mark holds no backslash, so it is a replacement as it stands.
                text = _outside_marks(pattern, self._mark(kind, value), text)
        return text

    def _without_names(self, text: str, names: Iterable[str]) -> str:
        found = [re.escape(name) for name in sorted(names, key=lambda n: (-len(n), n))]
        if not found:
            return text
        pattern = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(found)})(?![^\W\d_])", re.IGNORECASE)
        return _outside_marks(pattern, lambda m: self._mark("person", m.group().lower()), text)

    def _without_ages(self, text: str, ages: set[int]) -> str:
        if not ages:
            return text
        words = {
            word: age for said in AGE_WORDS.values() for word, age in said.items() if age in ages
        }
        if words:
            told = "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))
            pattern = re.compile(rf"(?<![\w-])({told})(?:ng)?(?![\w-])", re.IGNORECASE)
            text = _outside_marks(
                pattern, lambda m: self._mark("age", str(words[m.group(1).lower()])), text
            )

        def number(match: re.Match[str]) -> str:
            digits = unicodedata.normalize("NFKC", _KEYCAP.sub("", match.group()))
            is_age = digits.isdecimal() and int(digits) in ages
            return self._mark("age", str(int(digits))) if is_age else match.group()

        return _outside_marks(_NUMBER, number, text)

    def _beside_name(self, match: re.Match[str]) -> str:
        return match.group(1) + self._mark("age", match.group(2))

    def _mark(self, kind: str, value: str) -> str:
        return f"⟦{self._pseudonyms.name(kind, value)}⟧"


def _outside_marks(
    pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], text: str
) -> str:
    """The text with a pattern replaced, but not within ⟦…⟧: what stands there is masked."""
    parts, last = [], 0
    for mark in _MARK.finditer(text):
        parts += [pattern.sub(replacement, text[last : mark.start()]), mark.group()]
        last = mark.end()
    return "".join([*parts, pattern.sub(replacement, text[last:])])
