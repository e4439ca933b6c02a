"""Entries of a hash list in JSON, read one after the other however long the file is.

VICS (one document: cases with media, or media alone), ThreatExchange (an answer with `data`), a
plain list, or one object a line. What an entry says is brought to the columns of a CSV list.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

__all__ = ["BadEntry", "json_statements"]

Statement = dict[str, str | None]

# Members whose lists hold entries rather than being part of one.
_CONTAINERS: Final = ("value", "data", "media", "cases")
_DEEPEST: Final = 8
_SPACE: Final = " \t\r\n\ufeff"
_ABUSE_CATEGORIES: Final = ("1", "2")
_HASH_KEYS: Final = ("hash", "pdq", "pdq_hash", "raw_indicator", "td_raw_indicator", "indicator")
_TYPE_KEYS: Final = ("type", "indicator_type", "td_indicator_type", "signal_type", "hash_type")
_STATUS_KEYS: Final = ("verdict", "status", "td_status")
_SOURCE_KEYS: Final = ("source", "owner", "owner_name", "td_owner_name", "td_owner_id")
_LABEL_KEYS: Final = ("label", "category", "tags", "td_subjective_tags")


@dataclass(frozen=True)
class BadEntry:
    """Where the JSON is at fault, and why."""

    line: int
    column: int
    reason: str
    raw: str
    alone: bool = False  # what comes after it is whole


def json_statements(
    blocks: Iterator[bytes], limit: int
) -> Iterator[tuple[int, list[Statement] | BadEntry]]:
    """(number of the entry, what it says): a statement per PDQ hash in it, none where it has none.

    Statements have the columns hash, type, label, source, status, reviewers, quality and deleted.
    No single value longer than `limit` characters is read. What cannot be read comes as a
    BadEntry: the last, unless each line is an object of its own or only one entry is too deep.
    """
    text = _Text(blocks, limit)
    number = 0
    while text.peek():
        walk = _Walk(text)
        try:
            for entry in walk.entries():
                number += 1
                yield number, _told(entry, text)
        except _Malformed as fault:
            number += 1
            yield number, fault.entry
            if walk.streamed or not text.skip_line():
                return


class _Malformed(Exception):
    def __init__(self, entry: BadEntry):
        super().__init__(entry.reason)
        self.entry = entry


class _TooDeep(Exception):
    pass


class _Text:
    """The text of a file with a place in it; holds only what is still needed."""

    def __init__(self, blocks: Iterator[bytes], limit: int):
        self._blocks, self._limit = blocks, limit
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        # Numbers keep their digits: one of thousands is no number, and no reason to fail.
        self._json = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
        self._held, self._at, self._ended = "", 0, False
        self._line, self._dropped = 1, 0  # of what is held no more: lines, and the last one's part

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> None:
        """Go past one of the wanted characters."""
        found = self.peek()
        if not found or found not in wanted:
            expected = " or ".join(wanted)
            raise self.fault(f"{expected} was expected" + ("" if found else " before the end"))
        self._at += 1

    def value(self) -> Any:
        """The next value, read whole."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if self._may_grow() and self._more():
                    continue
                raise self.fault(f"this is not JSON: {error.msg}") from None
            except RecursionError:
                raise self.fault("lists or objects are nested too deeply") from None
            # A number may go on in the next block.
            if end == len(self._held) and self._may_grow() and self._more():
                continue
            self._at = end
            return value

    def skip_line(self) -> bool:
        """Go on after the next line end; false where there is none."""
        while (end := self._held.find("\n", self._at)) < 0:
            self._at = len(self._held)
            if not self._more():
                return False
        self._at = end + 1
        return True

    def fault(self, reason: str) -> _Malformed:
        """What to raise for a fault at the present place."""
        before = self._held[: self._at]
        line = self._line + before.count("\n")
        column = self._at - before.rfind("\n") + (0 if "\n" in before else self._dropped)
        raw = self._held[self._at : self._at + 200].partition("\n")[0]
        where = f"{reason} (line {line}, column {column})"
        return _Malformed(BadEntry(line, column, where, raw))

    def _may_grow(self) -> bool:
        return len(self._held) - self._at <= self._limit

    def _more(self) -> bool:
        """Drop what was passed and read another block."""
        if self._ended:
            return False
        passed, rest = self._held[: self._at], self._held[self._at :]
        self._line += passed.count("\n")
        self._dropped = len(passed.rpartition("\n")[2]) + (0 if "\n" in passed else self._dropped)
        block = next(self._blocks, None)
        self._ended = block is None
        self._held, self._at = rest + self._decode(block or b"", self._ended), 0
        return True


class _Walk:
    """One value at the top of a file, and whether entries within it were given one by one."""

    def __init__(self, text: _Text):
        self._text = text
        self.streamed = False

    def entries(self) -> Iterator[dict[str, Any]]:
        """The objects that are entries: the value itself, or those in its lists."""
        mark = self._text.peek()
        if mark == "{":
            yield from self._object(0)
        elif mark == "[":
            yield from self._list(1)
        else:
            self._text.value()
            raise self._text.fault("an object was expected before this place")

    def _list(self, depth: int) -> Iterator[dict[str, Any]]:
        self.streamed = True
        text = self._text
        text.take("[")
        while text.peek() != "]":
            if text.peek() == "{":
                yield from self._object(depth)
            else:
                text.value()
                raise text.fault("an object was expected before this place")
            if text.peek() != "]":
                text.take(",]")
        text.take("]")

    def _object(self, depth: int) -> Iterator[dict[str, Any]]:
        text, found, held_entries = self._text, {}, False
        text.take("{")
        while text.peek() != "}":
            name = text.value()
            if not isinstance(name, str):
                raise text.fault("the name of a member was expected before this place")
            text.take(":")
            if name.lower() in _CONTAINERS and text.peek() == "[":
                if depth >= _DEEPEST:
                    raise text.fault("lists of entries are nested too deeply")
                held_entries = True
                yield from self._list(depth + 1)
            else:
                found[name] = text.value()
            if text.peek() != "}":
                text.take(",}")
        text.take("}")
        if not held_entries:
            yield found


def _told(entry: dict[str, Any], text: _Text) -> list[Statement] | BadEntry:
    try:
        return _statements(entry)
    except _TooDeep:
        fault = text.fault("the entry that ends here nests its values too deeply").entry
        return replace(fault, raw="", alone=True)


def _statements(entry: dict[str, Any]) -> list[Statement]:
    """What an entry says, once for each PDQ hash in it."""
    known = {name.lower(): value for name, value in entry.items()}
    if any(name in known for name in ("mediaid", "md5", "alternativehashes")):
        return _of_media(known)
    value = _first(known, _HASH_KEYS)
    if isinstance(value, dict):
        known = {**{name.lower(): one for name, one in value.items()}, **known}
        value = value.get("indicator")
    return [
        _statement(value, known, _words(_first(known, _LABEL_KEYS)), _first(known, _STATUS_KEYS))
    ]


def _of_media(known: dict[str, Any]) -> list[Statement]:
    """The PDQ hashes of a VICS media entry, under its category and tags."""
    hashes = [known[name] for name in ("pdq", "pdq_hash") if known.get(name)]
    others = known.get("alternativehashes")
    others = others if isinstance(others, list) else [others]
    named = [one for one in others if isinstance(one, dict)]
    hashes += [one.get("HashValue") for one in named if "pdq" in str(one.get("HashName")).lower()]
    category = _category(known.get("category"))
    told = (category and f"category {category}", _words(known.get("tags")))
    label = ", ".join(part for part in told if part) or None
    status = "known_abuse" if category in _ABUSE_CATEGORIES else None
    return [_statement(one, {**known, "type": "pdq"}, label, status) for one in hashes]


def _category(value: Any) -> str | None:
    """A category by its number, however a tool wrote it: 1, "1 ", 01 and 1.0 are one."""
    return re.sub(r"^\s*0*([0-9]{1,3})(?:\.0*)?\s*$", r"\1", _words(value) or "") or None


def _statement(value: Any, known: dict[str, Any], label: str | None, status: Any) -> Statement:
    return {
        "hash": _words(value),
        "type": _words(_first(known, _TYPE_KEYS)),
        "label": label,
        "source": _words(_first(known, _SOURCE_KEYS)),
        "status": _words(status),
        "reviewers": _reviewers(known),
        "quality": _words(known.get("quality")),
        "deleted": "yes" if known.get("should_delete") is True else None,
    }


def _reviewers(known: dict[str, Any]) -> str | None:
    """How many looked at it: told as a number, or those who gave an opinion."""
    for name in ("reviewers", "reviewer_count"):
        if known.get(name) is not None:
            return _words(known[name])
    opinions = known.get("applications_with_opinions")
    if isinstance(opinions, list):
        return str(len({_words(one) for one in opinions}))
    descriptors = known.get("descriptors")
    descriptors = descriptors.get("data") if isinstance(descriptors, dict) else descriptors
    if isinstance(descriptors, list):
        owners = {_words(one.get("owner")) for one in descriptors if isinstance(one, dict)}
        return str(len(owners - {None}))
    return None


def _first(known: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((known[name] for name in names if known.get(name) not in (None, "")), None)


def _words(value: Any, depth: int = 0) -> str | None:
    """A value as one line of text: names of objects, lists with commas, None where empty."""
    if depth > _DEEPEST:
        raise _TooDeep
    if isinstance(value, dict):
        inner = _first(value, ("data", "text", "name", "Name", "Title", "id"))
        return _words(inner, depth + 1)
    if isinstance(value, list):
        parts = {part for one in value if (part := _words(one, depth + 1))}
        return ", ".join(sorted(parts)) or None
    if value is None or value == "":
        return None
    return str(value).encode("utf-8", "replace").decode()
