"""Who else posts: people on tour, agencies, directories, posting software, spam; wording of rings.

A world has them only where its parameters ask for them. They draw from random streams of their
own, so that a world without them stays as it was. What they say was written without looking at
the words that indicators count; some are the same all the same, as they are in life.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from inktrace.world.params import WorldParams
from inktrace.world.people import Author, Person
from inktrace.world.phrases import CITIES, NAMES
from inktrace.world.purchases import habit_random

if TYPE_CHECKING:
    from inktrace.world.make import Ad

Random = np.random.Generator
_DAY: Final = 86_400
_STAY_DAYS: Final = 2.0
_PHRASE_SHARE: Final = 0.6  # of the ads of people on tour and of agencies
_NOISE: Final = 0.04  # of what rings say, others say too

_SAID: Final[dict[str, tuple[str, ...]]] = {
    "touring": (
        "in your city for a few days", "flying out on sunday", "back again in two months",
        "first time here and staying near the terminal", "on the road all month",
        "dadaan lang po ako dito", "ilang araw lang ako rito", "only a short visit this time",
    ),
    "agency": (
        "duly licensed since 2009, permit on request", "this is a company with twelve employees",
        "employment agency, visit the office on weekdays", "we issue receipts for every job",
        "registered with the city hall", "ahensya po kami na may lisensya",
        "may opisina po kami sa bayan", "insured and tax paying business",
    ),
    "ring": (
        "I do the scheduling for everyone here", "send your request to the person in charge",
        "three of them are on duty tonight", "she just joined last week",
        "they stay at our place so no walk ins", "my driver brings them to your door",
        "she does not go anywhere by herself", "we train newcomers and give them a room",
        "join our group, we shoulder the fare", "pick anyone you like from the group",
        "please talk to the manager before booking", "she is new with us and eager to please",
        "the lady you want may be busy, we have others", "kami ang bahala sa oras nila",
        "sa amin sila umuuwi", "sabihin lang sa nakatoka", "may mga bago kaming kasama",
        "hinahatid namin sila", "kailangan pa namin ng dagdag na kasama",
        "our helpers rotate weekly",
    ),
}  # fmt: skip
_SPAM: Final = (
    "Earn from home with your phone, details at http://deal{n}.example/start",
    "Big sale of beds and fans, order at http://shop{n}.example",
    "Fast loans without papers, apply today at http://cash{n}.example/now",
    "Load and data promo for all networks http://promo{n}.example",
)
_LISTED: Final = (
    "What our readers say this week: {rows}",
    "Customer feedback on helpers around town. {rows}",
    "List of who is open today: {rows}",
    "Listahan ng mga tinanong namin: {rows}",
)
_MARKS: Final = ("good", "4 of 5", "3 of 5", "late but polite", "on time", "5 of 5", "okay lang")


def cast(params: WorldParams, authors: list[Author]) -> list[Author]:
    """The authors, some of the independent ones in other roles."""
    shares = (
        ("touring", params.touring_share),
        ("agency", params.agency_share),
        ("directory", params.directory_share),
        ("software", params.software_share),
        ("spam", params.spam_share),
    )
    if not any(share for _, share in shares):
        return authors
    random = habit_random(params, 5)
    ends = np.cumsum([share for _, share in shares])
    made = []
    for author in authors:
        place = int(np.searchsorted(ends, random.random(), side="right"))
        taken = not author.is_ring and place < len(shares)
        made.append(_in_role(params, author, shares[place][0], random) if taken else author)
    return made


def _in_role(params: WorldParams, author: Author, role: str, random: Random) -> Author:
    if role == "software":
        return dataclasses.replace(author, role=role, weight=author.weight * 2)
    few, many, factor = {
        "touring": (3, 6, 2.0),
        "agency": (1, 5, 3.0),
        "directory": (3, 7, 2.0),
        "spam": (6, 11, 4.0),
    }[role]
    cities = random.choice(CITIES, size=int(random.integers(few, many)), replace=False)
    changed = dataclasses.replace(
        author,
        role=role,
        cities=tuple(str(city) for city in cities),
        weight=(author.weight + 0.3) * factor,
    )
    if role == "touring":
        return dataclasses.replace(changed, people=author.people[:1], phones=author.phones[:1])
    if role == "spam":
        return dataclasses.replace(changed, sites=tuple(range(params.sites)))
    if role == "agency":
        names = random.choice(NAMES, size=int(random.integers(4, 12)), replace=False)
        ages = random.integers(19, 52, size=len(names))
        people = tuple(
            Person(str(name), int(age), random.bytes(32).hex())
            for name, age in zip(names, ages, strict=True)
        )
        return dataclasses.replace(changed, people=people, phones=author.phones[:1])
    return changed


def stay_city(params: WorldParams, author: Author, when: float) -> str:
    """Where a person on tour is: a few days in each city, one after another."""
    stays = int((when - params.start) // (_STAY_DAYS * _DAY))
    return author.cities[stays % len(author.cities)]


def say_more(params: WorldParams, ads: Sequence[Ad]) -> None:
    """Let each role say what it says; copies of one text by one author stay copies."""
    if not (params.ring_wording_share or any(ad.author.role for ad in ads)):
        return
    random = habit_random(params, 6)
    habits: dict[int, tuple[str, ...]] = {}
    known: dict[tuple[int, str], str] = {}
    for ad in ads:
        number, role = ad.author.number, "ring" if ad.author.is_ring else ad.author.role
        said = _SAID.get(role, _SAID["ring"])
        mine = habits.setdefault(
            number, tuple(str(one) for one in random.choice(said, size=3, replace=False))
        )
        new = _retold(params, ad, role, mine, random)
        ad.text = known.setdefault((number, ad.text), new)


def _retold(params: WorldParams, ad: Ad, role: str, mine: tuple[str, ...], random: Random) -> str:
    phrase, chance = str(random.choice(mine)), random.random()
    if role == "spam":
        number = ad.author.number
        return _SPAM[number % len(_SPAM)].replace("{n}", str(number))
    if role == "directory":
        people = random.choice(NAMES, size=int(random.integers(3, 7)), replace=False)
        cities, marks = random.choice(CITIES, size=len(people)), random.choice(_MARKS, len(people))
        rows = zip(people, cities, marks, strict=True)
        listed = "; ".join(f"{name} ({city}) {mark}" for name, city, mark in rows)
        return str(random.choice(_LISTED)).replace("{rows}", listed)
    share = _PHRASE_SHARE if role in ("touring", "agency") else params.ring_wording_share
    if role in ("", "software"):
        share *= _NOISE
    return f"{ad.text}{ad.author.habits.separator}{phrase}" if chance < share else ad.text
