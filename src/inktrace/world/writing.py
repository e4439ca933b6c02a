"""Texts of ads: phrases an author prefers, bent by the author's habits."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from inktrace.world.people import Author, Habits, Person
from inktrace.world.phrases import SLOTS

Random = np.random.Generator

_WORD: Final = re.compile(r"\{\w+\}|[^\W\d_]+")
_DIGIT_WORDS: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
]
_GAP: Final = re.compile(r"\{(\w+)\}")
_LANGUAGES: Final = ("en", "tl", "taglish")


def written_ad(
    author: Author, person: Person, city: str, gives_phone: bool, random: Random
) -> tuple[str, str]:
    """One fresh text and its language (en, tl or taglish)."""
    habits = author.habits
    language = str(random.choice(_LANGUAGES, p=habits.language_weights))
    facts = {
        "name": person.name,
        "age": str(person.age),
        "city": city,
        "price": _price(
            habits.price_style, int(random.choice([2, 3, 4, 5, 6, 8, 10, 12, 15])) * 100
        ),
        "phone": _shown_phone(habits.phone_style, str(random.choice(author.phones))),
        "handle": author.handle,
    }
    slots = [slot for slot in habits.slot_order if random.random() < habits.slot_rates[slot]]
    if not gives_phone:
        slots = [slot for slot in slots if slot not in ("contact", "handle")]
    elif "contact" not in slots:
        slots.append("contact")
    slots.insert(min(len(slots), int(random.integers(0, 2))), author.category)
    if random.random() < habits.slot_rates["greeting"]:
        slots.insert(0, "greeting")
    if random.random() < habits.slot_rates["closing"]:
        slots.append("closing")
    parts = [_part(habits, slot, language, facts, random) for slot in slots]
    return habits.separator.join(parts), language


def retold_ad(text: str, author: Author, person: Person, random: Random) -> str:
    """The same text for another person or price: what a reposted template looks like."""
    names = "|".join(re.escape(other.name) for other in author.people)
    changed = re.sub(names, person.name, text)
    return re.sub(r"\b[2-9]00\b", str(int(random.integers(2, 10)) * 100), changed)


def own_contact(text: str, source: Author, author: Author) -> str:
    """A copied text with the copier's phone and handle where the source's stood."""
    for phone in source.phones:
        style = source.habits.phone_style
        text = text.replace(_shown_phone(style, phone), _shown_phone(style, author.phones[0]))
    return re.sub(re.escape(source.handle), lambda _: author.handle, text, flags=re.IGNORECASE)


def _part(habits: Habits, slot: str, language: str, facts: dict[str, str], random: Random) -> str:
    spoken = language if language != "taglish" else str(random.choice(["en", "tl"]))
    phrases = SLOTS[slot][spoken]
    phrase = phrases[int(random.choice(len(phrases), p=habits.preferences[slot, spoken]))]
    words = _WORD.sub(lambda found: _bent(found.group(), habits, random), phrase)
    if random.random() >= habits.comma_rate:
        words = words.replace(",", "")
    text = _cased(words, habits.casing)
    # Filled in last, so that no habit of words touches a name or a number.
    text = _GAP.sub(lambda gap: facts[gap.group(1).lower()], text)
    mark = str(random.choice(habits.end_marks))
    emoji = f" {random.choice(habits.emoji)}" if random.random() < habits.emoji_rate else ""
    return f"{habits.bullet}{text}{mark}{emoji}"


def _bent(word: str, habits: Habits, random: Random) -> str:
    if word.startswith("{"):
        return word
    lower = word.lower()
    mine = habits.words.get(lower, word)
    for table in (habits.misspellings, habits.shortenings):
        if mine.lower() in table:
            way, rate = table[mine.lower()]
            if random.random() < rate:
                return way
    return mine


def _cased(text: str, casing: str) -> str:
    if casing == "lower":
        return text.lower()
    if casing == "upper":
        return text.upper()
    if casing == "title":
        return text.title()
    if casing == "first_upper" or (casing == "normal" and text[:1].islower()):
        return text[:1].upper() + text[1:]
    return text


def _price(style: str, amount: int) -> str:
    return {
        "plain": f"{amount}",
        "comma": f"{amount:,}",
        "php": f"PHP{amount}",
        "sign": f"₱{amount}",
        "pesos": f"{amount} pesos",
        "k": f"{amount / 1000:g}k",
    }[style]


def _shown_phone(style: str, phone: str) -> str:
    if style == "spaced":
        return f"{phone[:4]} {phone[4:7]} {phone[7:]}"
    if style == "dotted":
        return f"{phone[:4]}.{phone[4:7]}.{phone[7:]}"
    if style == "dashed":
        return f"{phone[:4]}-{phone[4:7]}-{phone[7:]}"
    if style == "international":
        return f"+63 {phone[1:4]} {phone[4:7]} {phone[7:]}"
    if style == "words":
        return " ".join(_DIGIT_WORDS[int(digit)] for digit in phone)
    if style == "letters":
        return phone.replace("0", "O").replace("1", "l")
    if style == "keycaps":
        return "".join(f"{digit}\ufe0f\u20e3" for digit in phone)
    return phone
