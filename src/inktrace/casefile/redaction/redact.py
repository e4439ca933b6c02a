"""The facts of a lead as one profile lets them be seen; everything of a package comes after it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

import pyarrow as pa

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.redaction.columns import ORDERS, VALUES, Class, class_of
from inktrace.casefile.redaction.key import fingerprint
from inktrace.casefile.redaction.kinds import Kind, Mixed
from inktrace.casefile.redaction.known import NOTHING_KNOWN, Known, topic_kind
from inktrace.casefile.redaction.masking import Masker
from inktrace.casefile.redaction.profiles import NOT_REDACTED, Act, Applied, Profile
from inktrace.casefile.redaction.pseudonyms import Pseudonyms
from inktrace.casefile.redaction.spans import moved_spans
from inktrace.casefile.shown_pairs import ShownPair
from inktrace.errors import StageError
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

_DAY_US: Final = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND
_MINUTE_S: Final = 60
_AMOUNT_DIGITS: Final = 2
_ID: Final = re.compile(r"([A-Z]-)(.+)", re.DOTALL)
_TRIP: Final = re.compile(r"(.+) → (.+) → (.+)( in [\d.]+ h)", re.DOTALL)
_EVERY_SITE: Final = "*"  # in the learned laws
_HUBS: Final = {"image": Kind.PHOTO, "text": Kind.GROUP, "wallet": Kind.WALLET}
# How the pseudonyms of a kind begin, where they are names.
_PREFIX: Final[Mapping[Kind, str]] = {
    Kind.PERSON: "person",
    Kind.AGE: "age",
    Kind.PHOTO: "photo",
    Kind.TEXT: "text",
    Kind.QUOTE: "words",
    Kind.CONTACT: "contact",
    Kind.NOTE: "note",
    Kind.SENTENCE: "sentence",
    Kind.REVIEWER: "reviewer",
    Kind.AD: "ad",
    Kind.SITE: "site",
    Kind.CITY: "place",
    Kind.ADDRESS: "address",
    Kind.TXID: "tx",
    Kind.TAG: "tag",
    Kind.OBSERVER: "observer",
    Kind.PATH: "file",
}
# Written in any case, it is the same.
_FOLDED: Final = frozenset((Kind.PERSON, Kind.CITY))

Row = Mapping[str, Any]


def redacted(
    facts: CaseFacts, profile: Profile, key: bytes, known: Known = NOTHING_KNOWN
) -> CaseFacts:
    """The facts with each column kept, pseudonymised, masked, made coarser or dropped.

    `known` is what the original texts tell of people (`gather_known`). Raises StageError for a
    column or field without a class, for whatever profile, and where two values would share a
    pseudonym. The same facts, profile, key and knowledge give the same facts.
    """
    work = _Redaction(profile, Pseudonyms(key), known)
    changed = {
        field.name: work.value(field.name, getattr(facts, field.name))
        for field in dataclasses.fields(facts)
    }
    is_whole = all(act is Act.KEEP for act in profile.acts.values())
    applied = NOT_REDACTED if is_whole else Applied(profile, fingerprint(key))
    return replace(facts, **{**changed, "redaction": applied})


class _Redaction:
    def __init__(self, profile: Profile, pseudonyms: Pseudonyms, known: Known):
        self._profile, self._pseudonyms = profile, pseudonyms
        self._masker = Masker(profile, pseudonyms, known)

    def value(self, path: str, found: Any) -> Any:
        """A field of the facts; a table's rows and a mapping are told by their columns."""
        if path in VALUES:
            return self._plain(VALUES[path], found)
        if isinstance(found, pa.Table):
            return self._table(path, found)
        if isinstance(found, Mapping):
            return self._row(path, found)
        if isinstance(found, ShownPair):
            return self._pair(path, found)
        if dataclasses.is_dataclass(found) and not isinstance(found, type):
            inner = {
                field.name: self.value(f"{path}.{field.name}", getattr(found, field.name))
                for field in dataclasses.fields(found)
            }
            return replace(found, **inner)
        if isinstance(found, tuple):
            return tuple(self.value(path, one) for one in found)
        raise StageError(
            f"{path!r} has no class, so it cannot be redacted",
            do="enter it in casefile/redaction/columns.py",
        )

    def _pair(self, path: str, pair: ShownPair) -> ShownPair:
        """Both ads and what they have in common; its places are moved to where it stands now."""
        ads = tuple(self.value(f"{path}.ads", ad) for ad in pair.ads)
        texts = [
            (before["masked_text"] or "", after["masked_text"] or "")
            for before, after in zip(pair.ads, ads, strict=True)
        ]
        features = dict(self.value(f"{path}.features", pair.features))
        for kind in ("rare_words", "rare_marks"):
            features[kind] = [
                {
                    **one,
                    "spans_a": moved_spans(one["spans_a"], *texts[0]),
                    "spans_b": moved_spans(one["spans_b"], *texts[1]),
                }
                for one in features[kind]
            ]
        scored = self.value(f"{path}.scored", pair.scored)
        return replace(pair, scored=scored, ads=(ads[0], ads[1]), features=features)

    def _table(self, path: str, table: pa.Table) -> pa.Table:
        classes = {name: class_of(path, name) for name in table.schema.names}
        changing = [name for name, kind in classes.items() if not self._kept(kind)]
        if not changing:
            return table
        rows = [self._changed(path, row, changing) for row in table.to_pylist()]
        return pa.Table.from_pylist(_ordered(path, rows), schema=table.schema)

    def _row(self, path: str, row: Row) -> Row:
        changing = [name for name in row if not self._kept(class_of(path, name))]
        return self._changed(path, row, changing)

    def _kept(self, kind: Class) -> bool:
        if isinstance(kind, Kind):
            return self._profile.keeps(kind)
        return all(act is Act.KEEP for act in self._profile.acts.values())

    def _changed(self, path: str, row: Row, columns: list[str]) -> dict[str, Any]:
        return {
            **row,
            **{name: self._cell(class_of(path, name), row[name], row) for name in columns},
        }

    def _plain(self, kind: Class, found: Any) -> Any:
        if kind is Kind.PUBLIC:
            return found
        if isinstance(found, tuple):
            return tuple(sorted(self._cell(kind, one, {}) for one in found))
        return self._cell(kind, found, {})

    def _cell(self, kind: Class, value: Any, row: Row) -> Any:
        if value is None:
            return None
        if isinstance(kind, Mixed):
            return self._mixed(kind, value, row)
        act = self._profile.act(kind)
        if act is Act.DROP:
            return None
        if act is Act.COARSEN:
            coarse = _COARSER[kind](value)
            # Folders and files are named after people too.
            return self._masker.sentence(coarse) if kind is Kind.PATH else coarse
        if act is Act.MASK:
            return self._masked(kind, value, row)
        return value if act is Act.KEEP else self._keyed(kind, value, row)

    def _mixed(self, kind: Mixed, value: Any, row: Row) -> Any:
        if kind is Mixed.EVIDENCE:
            told = topic_kind(str(row["indicator"]))
            trip = _TRIP.fullmatch(value) if told is Kind.CITY else None
            if trip:
                cities = [str(self._cell(told, city, row)) for city in trip.groups()[:3]]
                return " → ".join(cities) + trip.group(4)
            return self._cell(told, value, row)
        if kind is Mixed.HUB:
            return self._cell(_HUBS.get(str(row["kind"]), Kind.CONTACT), value, row)
        if kind is Mixed.LAW:
            return self._law(value)
        return self._features(value)

    def _law(self, text: str) -> str:
        if self._profile.keeps(Kind.WALLET) or '"wallet_id"' not in text:
            return text
        return json.dumps(self._law_value(json.loads(text)), sort_keys=True)

    def _law_value(self, found: Any) -> Any:
        if isinstance(found, dict):
            return {
                name: self._cell(Kind.WALLET, one, {})
                if name == "wallet_id"
                else self._law_value(one)
                for name, one in found.items()
            }
        return [self._law_value(one) for one in found] if isinstance(found, list) else found

    def _features(self, found: Row) -> Row:
        """Sequences of words in common are quoted from texts; counts and habits are figures."""

        def shown(sequences: list[Row]) -> list[Row]:
            cells = [self._cell(Kind.QUOTE, one["sequence"], {}) for one in sequences]
            return [{**one, "sequence": cell} for one, cell in zip(sequences, cells, strict=True)]

        return {
            name: shown(value) if name in ("rare_words", "rare_marks") else value
            for name, value in found.items()
        }

    def _masked(self, kind: Kind, value: str, row: Row) -> str:
        if kind in (Kind.SENTENCE, Kind.PATH):
            return self._masker.sentence(value)
        masked = self._masker.free_text(value, row.get("ad_id"))
        return str(self._keyed(kind, value, row)) if masked is None else masked

    def _keyed(self, kind: Kind, value: Any, row: Row) -> Any:
        if kind in (Kind.TEXT_DIGEST, Kind.FILE_DIGEST):
            return self._pseudonyms.digest(f"{kind.name} {value}")
        if kind is Kind.GROUP:
            return " ".join(sorted(self._id(word) for word in str(value).split()))
        if kind in (Kind.WALLET, Kind.INTERNAL):
            return self._numbers(kind, value)
        if kind is Kind.SITE and value == _EVERY_SITE:
            return value
        prefix = _PREFIX[kind]
        if kind is Kind.CONTACT:
            prefix = "phone" if _is_phone(row) else str(row.get("kind", prefix))
        text = str(value)
        return self._pseudonyms.name(prefix, text.strip().lower() if kind in _FOLDED else text)

    def _id(self, word: str) -> str:
        parts = _ID.fullmatch(word)
        prefix, rest = parts.groups() if parts else ("", word)
        return self._pseudonyms.marked(prefix, rest)

    def _numbers(self, kind: Kind, value: Any) -> Any:
        name = kind.name.lower()
        if isinstance(value, int):
            return self._pseudonyms.number(name, value)
        found = sorted(self._pseudonyms.number(name, int(word)) for word in str(value).split())
        return " ".join(map(str, found))


def _is_phone(row: Row) -> bool:
    return "indicator" in row and topic_kind(str(row["indicator"])) is Kind.CONTACT


def _rounded(value: int) -> int:
    """To two digits that count: with the day alone, an exact amount finds its transaction."""
    return int(round(value, _AMOUNT_DIGITS - len(str(abs(value)))))


_COARSER: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.TIME: lambda us: us - us % _DAY_US,
    Kind.AMOUNT: _rounded,
    Kind.DELAY: lambda seconds: float(round(seconds / _MINUTE_S) * _MINUTE_S),
    Kind.PATH: lambda path: PurePosixPath(path.replace("\\", "/")).name,
}


def _ordered(path: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for key in reversed(ORDERS.get(path, "").split()):
        name = key.removeprefix("-")
        rows.sort(
            key=lambda row: (row[name] is None, 0 if row[name] is None else row[name]),
            reverse=key.startswith("-"),
        )
    return rows
