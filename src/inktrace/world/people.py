"""Authors, the people they advertise, and how each author writes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inktrace.world.exact import exp
from inktrace.world.params import WorldParams
from inktrace.world.phrases import (
    CATEGORIES,
    CITIES,
    EMOJI,
    MISSPELLINGS,
    NAMES,
    SHORTENINGS,
    SLOTS,
    SYNONYMS,
)

Random = np.random.Generator
_BODY_SLOTS = ("who", "quality", "when", "where", "price", "contact", "handle")


@dataclass(frozen=True)
class Person:
    """Someone advertised."""

    name: str
    age: int
    image_hash: str


@dataclass(frozen=True)
class Habits:
    """How one author writes; rates are probabilities per chance."""

    language_weights: tuple[float, float, float]  # en, tl, taglish
    preferences: dict[tuple[str, str], np.ndarray]  # (slot, language) → weight of each phrase
    words: dict[str, str]  # word → the author's word for it
    shortenings: dict[str, tuple[str, float]]
    misspellings: dict[str, tuple[str, float]]
    slot_order: tuple[str, ...]
    slot_rates: dict[str, float]
    emoji: tuple[str, ...]
    emoji_rate: float
    casing: str  # normal, lower, upper, title, first_upper
    end_marks: tuple[str, ...]
    separator: str
    bullet: str
    comma_rate: float
    phone_style: str
    price_style: str


@dataclass(frozen=True)
class Author:
    """One writer of ads."""

    number: int
    is_ring: bool
    people: tuple[Person, ...]
    cities: tuple[str, ...]
    sites: tuple[int, ...]
    category: str
    phones: tuple[str, ...]
    handle: str
    hours: float  # middle of the author's day, UTC
    weight: float  # share of all ads
    habits: Habits
    role: str = ""  # touring, agency, directory, software, spam; nothing: a ring or independent


def make_authors(params: WorldParams, random: Random) -> list[Author]:
    """All authors of a world."""
    agency = _phone(random)
    popular = _popular_styles(random)
    return [_author(number, params, random, agency, popular) for number in range(params.authors)]


def _author(
    number: int, params: WorldParams, random: Random, agency: str, popular: dict[str, np.ndarray]
) -> Author:
    is_ring = bool(random.random() < params.ring_share)
    people = int(random.integers(3, 11)) if is_ring else int(random.choice([1, 1, 1, 1, 2]))
    names = random.choice(NAMES, size=people, replace=False)
    phones = [_phone(random) for _ in range(int(random.integers(1, 5 if is_ring else 3)))]
    if random.random() < params.agency_phone_share:
        phones = [agency]
    ages = [int(age) for age in random.integers(19, 52, size=people)]
    if is_ring and random.random() < params.under_age_share:
        ages[0] = 17
    cities = random.choice(CITIES, size=int(random.integers(2, 6)) if is_ring else 1, replace=False)
    count = min(params.sites, int(random.choice([1, 1, 2, 3] if is_ring else [1, 1, 1, 2])))
    return Author(
        number=number,
        is_ring=is_ring,
        people=tuple(
            Person(str(name), age, random.bytes(32).hex())
            for name, age in zip(names, ages, strict=True)
        ),
        cities=tuple(str(city) for city in cities),
        sites=tuple(int(site) for site in random.choice(params.sites, size=count, replace=False)),
        category=str(random.choice(CATEGORIES)),
        phones=tuple(phones),
        handle=f"@{str(names[0]).lower()}{random.integers(10, 9999)}",
        hours=float(random.normal(8, 4) % 24),
        # Many authors with one to three ads, some with dozens.
        weight=float(random.pareto(1.15) + 0.12) * (2.5 if is_ring else 1.0),
        habits=_habits(params.style_strength, random, popular),
    )


def _popular_styles(random: Random) -> dict[str, np.ndarray]:
    """How often everybody uses each phrase: some phrases are simply common."""
    return {
        f"{slot}/{language}": random.dirichlet(np.full(len(phrases), 1.5))
        for slot, languages in SLOTS.items()
        for language, phrases in languages.items()
    }


def _habits(strength: float, random: Random, popular: dict[str, np.ndarray]) -> Habits:
    # Low concentration: an author keeps to one or two phrases; high: uses what everybody uses.
    concentration = 1.2 * exp(random.normal(0, 0.7)) / max(strength, 1e-3) ** 2
    preferences = {
        (slot, language): random.dirichlet(
            np.maximum(popular[f"{slot}/{language}"] * len(phrases) * concentration * 0.6, 1e-3)
        )
        for slot, languages in SLOTS.items()
        for language, phrases in languages.items()
    }
    order = list(_BODY_SLOTS)
    if random.random() < 0.8:
        random.shuffle(order)
    return Habits(
        language_weights=tuple(random.dirichlet((0.5, 0.4, 0.4))),
        preferences=preferences,
        words={
            word: str(random.choice(choices)) if random.random() < 0.6 * strength else word
            for word, choices in SYNONYMS.items()
        },
        shortenings=_some(SHORTENINGS, random, 0.25 * strength),
        misspellings=_some(MISSPELLINGS, random, 0.35 * strength),
        slot_order=tuple(order),
        slot_rates={
            slot: float(random.beta(2.2, 1.3)) for slot in (*_BODY_SLOTS, "greeting", "closing")
        },
        emoji=tuple(str(mark) for mark in random.choice(EMOJI, size=3, replace=False)),
        emoji_rate=float(random.choice([0.0, 0.0, 0.0, 0.15, 0.4])),
        casing=str(
            random.choice(
                ["normal", "lower", "upper", "title", "first_upper"],
                p=[0.5, 0.25, 0.05, 0.07, 0.13],
            )
        ),
        end_marks=tuple(
            str(mark)
            for mark in random.choice(
                [".", ".", ".", "!", "!!", "...", "..", "", " .", "!!!", " -"], size=2
            )
        ),
        separator=str(random.choice([" ", " ", "\n", "\n\n", " / ", " | ", "\n"])),
        bullet=str(random.choice(["", "", "", "- ", "* ", "• ", "> "])),
        comma_rate=float(random.choice([0.0, 0.1, 0.5, 1.0])),
        phone_style=str(
            random.choice(
                [
                    "plain",
                    "spaced",
                    "dotted",
                    "dashed",
                    "international",
                    "words",
                    "letters",
                    "keycaps",
                ]
            )
        ),
        price_style=str(random.choice(["plain", "comma", "php", "sign", "pesos", "k"])),
    )


def _some(
    table: dict[str, tuple[str, ...]], random: Random, share: float
) -> dict[str, tuple[str, float]]:
    return {
        word: (str(random.choice(ways)), float(random.beta(3, 1.2)))
        for word, ways in table.items()
        if random.random() < share
    }


def _phone(random: Random) -> str:
    """A Philippine mobile number that no one was given: 09 and nine digits."""
    return "09" + "".join(str(digit) for digit in random.integers(0, 10, size=9))
