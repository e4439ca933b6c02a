"""A month of reports over a planted world: 3,000 of them, 20 of which matter.

What matters is told by the world's truth and not by any stage: an author with an ad of the two
weeks before the report that says 17 of somebody, named by a phone or a handle of his (whether or
not an ad ever gave it); or a first-hand account of a child or of coercion that names nobody known.
Everything is invented.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from inktrace.world import World
from inktrace.world.people import Author

REPORTS = 3_000
MATTERING = {"bare phone": 9, "phone in mail": 4, "handle": 3, "child told": 2, "vague": 2}
DISTRACTING = {
    "viral file": 750,
    "complete, worthless": 900,
    "chain letter": 200,
    "spam": 150,
    "joins an adult's author": 200,
    "switchboard": 60,
    "child told of, no case": 150,
    "bare phone of nobody": 300,
}  # the rest are short complaints
_DAY = 86_400
_PLATFORMS = [f"platform{number}.example" for number in range(12)]
_SAYS_17 = re.compile(r"(?<![\d,.])17(?![\d,.]\d|\d)")
_NOISE_WORDS = (
    "the user posted again in the group after a warning and moderators removed the page for a "
    "breach of rules on selling goods and rooms without a permit in this area of the city"
).split()


@dataclass
class Planted:
    """Reports by kind of file, and the truth: id → (case, kind); case 0 is no case."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    letters: list[tuple[float, str]] = field(default_factory=list)
    truth: dict[str, tuple[int, str]] = field(default_factory=dict)


class _Month:
    def __init__(self, world: World, seed: int):
        self.world, self.made = world, Planted()
        self.random = np.random.Generator(np.random.PCG64([seed, 3_000]))
        self.end = world.params.start + world.params.days * _DAY
        self.number = 0

    # ── what reports are made of ──────────────────────────────────────────────────────────

    def moment(self, first_day: float = 0.0) -> float:
        start = self.world.params.start + first_day * _DAY
        return float(self.random.uniform(start, self.end))

    def phone(self) -> str:
        return f"+63917{self.random.integers(1_000_000, 9_999_999)}"

    def spelt(self, phone: str) -> str:
        """A Philippine number as people write it."""
        local = "0" + phone.removeprefix("+63") if phone.startswith("+63") else phone
        form = int(self.random.integers(4))
        if form == 0:
            return phone
        if form == 1:
            return f"{local[:4]} {local[4:7]} {local[7:]}"
        return f"{local[:4]}-{local[4:7]}-{local[7:]}" if form == 2 else local

    def words(self, count: int) -> str:
        return " ".join(self.random.choice(_NOISE_WORDS, size=count).tolist())

    def hash(self) -> str:
        return self.random.bytes(16).hex()

    def email(self) -> str:
        return f"user{self.random.integers(10**8)}@mail{self.random.integers(40)}.example.com"

    def ip(self) -> str:
        return ".".join(str(part) for part in self.random.integers(1, 250, size=4).tolist())

    # ── the three ways in which a report comes ────────────────────────────────────────────

    def report(self, case: int, kind: str, when: float, **values: Any) -> str:
        self.number += 1
        name = f"R{self.random.integers(10**9):09d}-{self.number}"
        row = {"referral_id": name, "received_at": _iso(when), **values}
        self.made.rows.append({key: value for key, value in row.items() if value})
        self.made.truth[name] = (case, kind)
        return name

    def full_report(self, case: int, kind: str, when: float, **values: Any) -> str:
        """A platform's report with every field filled in."""
        full = {
            "occurred_at": _iso(when - float(self.random.uniform(0, 20)) * _DAY),
            "incident_type": "apparent abuse material",
            "reporter": str(self.random.choice(_PLATFORMS)),
            "text": f"Report on an account: {self.words(18)}",
            "known_abuse": "no",
            "emails": [self.email()],
            "screen_names": [f"user{self.random.integers(10**8)}"],
            "ips": [self.ip()],
            "md5": [self.hash()],
        }
        return self.report(case, kind, when, **{**full, **values})

    def letter(
        self, case: int, kind: str, when: float, subject: str, body: str, refers: str = ""
    ) -> str:
        self.number += 1
        name = f"{self.random.integers(10**12)}.{self.number}@mail.example.net"
        head = [
            f"From: Someone <sender{self.random.integers(10**7)}@mail.example.net>",
            f"Date: {datetime.fromtimestamp(when, UTC).strftime('%a, %d %b %Y %H:%M:%S +0000')}",
            f"Message-ID: <{name}>",
            f"Subject: {subject}",
            *([f"References: <{refers}>"] if refers else []),
        ]
        self.made.letters.append((when, "\n".join([*head, "", body])))
        self.made.truth["mail:" + name] = (case, kind)
        return name

    # ── who is in the world ───────────────────────────────────────────────────────────────

    def advertisers(self, under_age: bool, since: float, until: float) -> list[Author]:
        """Authors with an ad of that time that says 17; or those who never advertise such a one."""
        young = {ad.author.number for ad in self.world.ads if ad.age < 18}
        found: dict[int, Author] = {}
        for ad in self.world.ads:
            says_so = ad.age < 18 and _SAYS_17.search(ad.text) is not None
            fits = says_so if under_age else ad.author.number not in young
            if fits and since <= ad.posted_s <= until:
                found[ad.author.number] = ad.author
        return [found[number] for number in sorted(found)]


def planted_month(world: World, seed: int) -> Planted:
    """The reports of a month; the same world and seed give the same ones."""
    month = _Month(world, seed)
    _plant_cases(month)
    for kind, count in DISTRACTING.items():
        for place in range(count):
            _plant_other(month, kind, place)
    while len(month.made.truth) < REPORTS:
        when = month.moment()
        text = f"I want to complain. {month.words(int(month.random.integers(4, 14)))}"
        month.report(0, "complaint", when, text=text, reporter=f"caller{month.number}")
    return month.made


def _plant_cases(month: _Month) -> None:
    case, taken = 0, set[int]()
    for kind, count in MATTERING.items():
        for _ in range(count):
            case += 1
            when = month.moment(first_day=3)
            authors = month.advertisers(True, when - 14 * _DAY, when)
            # Each case another author, as long as there are any.
            fresh = [one for one in authors if one.number not in taken] or authors
            author = fresh[int(month.random.integers(len(fresh)))]
            taken.add(author.number)
            _plant_case(month, case, kind, when, author)


def _plant_case(month: _Month, case: int, kind: str, when: float, author: Author) -> None:
    random = month.random
    phone = str(random.choice(author.phones))
    if kind == "bare phone":
        in_field = random.random() < 0.5
        values = {"phones": [month.spelt(phone)]} if in_field else {"text": month.spelt(phone)}
        month.report(case, kind, when, **values)
    elif kind == "phone in mail":
        body = f"Please look at this number, I do not like it: {month.spelt(phone)}. Thank you."
        first = month.letter(case, kind, when, "a number", body)
        for _ in range(int(random.integers(3))):
            quoted = "Forwarded message\n\n> " + body
            month.letter(case, kind, when + 3_600, "Fwd: a number", quoted, refers=first)
    elif kind == "handle":
        month.report(case, kind, when, screen_names=[author.handle], reporter="hotline")
    elif kind == "child told":
        age = int(random.integers(12, 17))
        text = f"A girl in my building, she is {age}, is kept inside and men come at night."
        month.report(case, kind, when, text=text, phones=[month.phone()])
    else:
        text = "My cousin cannot leave that house and they took her papers. I am afraid."
        month.report(case, kind, when, text=f"{text} {month.words(4)}", reporter="caller")


def _plant_other(month: _Month, kind: str, place: int) -> None:
    random, when = month.random, month.moment()
    if kind == "viral file":
        which = place % 3
        telling = "of a 14 year old" if which == 0 else "seen before"
        text = f"The file {telling} was sent again by an account. {month.words(6)}"
        digest = [f"{which + 1:032x}"]
        month.full_report(0, kind, when, text=text, known_abuse="yes", md5=digest)
    elif kind == "complete, worthless":
        told = f" The user wrote: I am {random.integers(13, 18)}." if random.random() < 0.1 else ""
        severe = "online enticement" if random.random() < 0.1 else "apparent abuse material"
        text = f"Report on an account: {month.words(18)}.{told}"
        month.full_report(0, kind, when, text=text, incident_type=severe)
    elif kind == "chain letter":
        body = (
            "WARNING to all parents: a white van was seen near the schools of the city and a girl "
            "aged 12 was followed. Send this to everybody you know. Call +63 917 000 1122."
        )
        month.letter(0, kind, when, "Fwd: WARNING", ">" * int(random.integers(1, 4)) + " " + body)
    elif kind == "spam":
        month.letter(0, kind, when, "offer", f"Limited offer {place}: click here. {month.words(9)}")
    elif kind == "joins an adult's author":
        authors = month.advertisers(False, 0, month.end)
        author = authors[int(random.integers(len(authors)))]
        phone = month.spelt(str(random.choice(author.phones)))
        text = f"This number posts too many ads: {phone}. {month.words(5)}"
        month.report(0, kind, when, text=text, reporter=f"caller{place}")
    elif kind == "switchboard":
        phones = [one for author in month.world.authors for one in author.phones]
        shared = max(sorted(set(phones)), key=phones.count)
        text = f"Agency {month.spelt(shared)} sends strangers. {month.words(6)}"
        kinds = "labour trafficking" if place % 3 == 0 else ""
        month.report(0, kind, when, text=text, incident_type=kinds, reporter=f"caller{place}")
    elif kind == "child told of, no case":
        text = f"My son is {random.integers(9, 17)} and got a message from a game. {month.words(8)}"
        month.report(0, kind, when, text=text, screen_names=[f"gamer{random.integers(10**7)}"])
    else:
        month.report(0, kind, when, phones=[month.spelt(month.phone())])


def write_month(made: Planted, folder: Path) -> list[Path]:
    """Forms as JSON Lines, letters as an mbox, the truth apart; the files to be added."""
    folder.mkdir(parents=True, exist_ok=True)
    forms, box = folder / "forms.jsonl", folder / "letters.mbox"
    rows = sorted(made.rows, key=lambda row: (row["received_at"], row["referral_id"]))
    forms.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    letters = [text for _, text in sorted(made.letters)]
    box.write_text("".join(f"From x@y Mon Jan  1 00:00:00 2024\n{one}\n\n" for one in letters))
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("referral_id", "case", "kind"))
        writer.writerows((name, *told) for name, told in sorted(made.truth.items()))
    return [forms, box]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
