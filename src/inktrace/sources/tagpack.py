"""One GraphSense TagPack read as a stream of YAML events: memory grows with its tags only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import yaml

__all__ = ["NotTagPack", "TagColumns", "read_tags"]

# libyaml where it is there (30 times as fast), the same safe rules in Python where not. Only
# its parser is used: no object is ever built from a tag in the file.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST: Final = 50
_LONGEST_VALUE: Final = 2_000  # characters; a head's value is kept with every tag
_TAGS_PER_TABLE: Final = 5_000
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_ALIAS: Final = "\0alias"
_ADDRESS = re.compile(r"[0-9A-Za-z]{20,120}")
_UPPER_BECH32 = re.compile(r"(?:BC|TB|BCRT)1[0-9A-Z]+")
_FIELDS: Final = (
    "address",
    "label",
    "actor",
    "category",
    "concepts",
    "abuse",
    "confidence",
    "source",
    "currency",
    "network",
    "title",
)


class NotTagPack(ValueError):
    """The text is YAML, but not that of a TagPack."""


Fields = dict[str, str | None]


class TagColumns:
    """The tags of one pack with its head, in the order in which they stand."""

    def __init__(self, first_row: int):
        """`first_row` is the number of the pack's first tag within the file."""
        self.first_row = first_row
        self.head: Fields = {}
        self.tags: list[Fields] = []

    def __len__(self) -> int:
        return len(self.tags)

    def complaints(self) -> Iterator[tuple[int, str, str]]:
        """Row, reason and text of each tag that cannot be used."""
        if _ALIAS in self.head or _ALIAS in self.head.values():
            yield 0, "the head of the pack uses a YAML alias, which is not followed", ""
        for i, tag in enumerate(self.tags):
            reason = self._fault(tag)
            if reason is not None:
                shown = ", ".join(f"{k}: {v}" for k, v in tag.items() if _ALIAS not in (k, v))
                yield self.first_row + i, f"tag {i + 1}: {reason}", shown

    def tables(self) -> Iterator[pa.Table]:
        """The good tags as columns of the tags table, some thousands at a time.

        What the head says is written out for each tag, so that a long pack at once would take
        many times the memory of its file.
        """
        good = [(i, tag) for i, tag in enumerate(self.tags) if self._fault(tag) is None]
        for start in range(0, len(good), _TAGS_PER_TABLE):
            yield self._table(good[start : start + _TAGS_PER_TABLE])

    def _table(self, good: list[tuple[int, Fields]]) -> pa.Table:
        tags = [tag for _, tag in good]
        columns = {
            "address": [_plain_address(tag["address"]) for tag in tags],
            "label": [self._value(tag, "label") for tag in tags],
            "actor": [self._value(tag, "actor") for tag in tags],
            "category": [self._value(tag, "category", "concepts", "abuse") for tag in tags],
            "confidence": [self._value(tag, "confidence") for tag in tags],
            "tagpack": [self._value({}, "title")] * len(tags),
            "tag_source": [self._value(tag, "source") for tag in tags],
        }
        made = {name: pa.array(values, pa.string()) for name, values in columns.items()}
        made["row"] = pa.array([self.first_row + i for i, _ in good], pa.int64())
        return pa.table(made)

    def _value(self, tag: Fields, *names: str) -> str | None:
        """The tag's value of the first of these fields that it has, else that of the head."""
        for fields in (tag, self.head):
            for name in names:
                value = fields.get(name)
                if value is not None and value != _ALIAS:
                    return value
        return None

    def _fault(self, tag: Fields) -> str | None:
        if _ALIAS in tag or _ALIAS in tag.values():
            return "it uses a YAML alias, which is not followed"
        address = tag.get("address")
        if address is None:
            return "address is missing"
        coins = [self._value(tag, name) for name in ("currency", "network")]
        given = [coin for coin in coins if coin is not None]
        if not given:
            return "currency is missing"
        for coin in given:
            if coin.upper() != "BTC":
                return f"its currency is {coin[:20]}, not BTC"
        if _ADDRESS.fullmatch(address) is None:
            return "address is not one of Bitcoin"
        for name in _FIELDS:
            value = self._value(tag, name)
            if value is not None and len(value) > _LONGEST_VALUE:
                return f"its {name} has {len(value):,} characters, more than {_LONGEST_VALUE:,}"
        return "label is missing" if self._value(tag, "label") is None else None


def read_tags(pack: Any, into: TagColumns) -> None:
    """Add the head and the tags of a pack to `into`, as far as it can be read.

    `pack` is anything with `read(size)`. Raises yaml.YAMLError where the text is not YAML and
    NotTagPack where it is not a TagPack; what came before stays in `into`.
    """
    events = _Events(pack)
    first = events.take()
    if not isinstance(first, yaml.MappingStartEvent):
        raise NotTagPack("this is not a TagPack: its top level is not a mapping")
    tagged = False
    while not isinstance(key := events.take(), yaml.MappingEndEvent):
        name = events.value(key)
        value = events.take()
        if name == "tags" and isinstance(value, yaml.SequenceStartEvent):
            tagged = True
            while not isinstance(item := events.take(), yaml.SequenceEndEvent):
                into.tags.append(_tag(events, item))
        else:
            _note(into.head, name, events.value(value))
    if not tagged:
        raise NotTagPack("this is not a TagPack: it has no list of tags")


def _tag(events: _Events, start: Any) -> Fields:
    tag: Fields = {}
    if not isinstance(start, yaml.MappingStartEvent):
        found = events.value(start)
        return {"address": _ALIAS} if found == _ALIAS else {}
    while not isinstance(key := events.take(), yaml.MappingEndEvent):
        name = events.value(key)
        _note(tag, name, events.value(events.take()))
    return tag


def _note(fields: Fields, name: str | None, value: str | None) -> None:
    if name in _FIELDS or _ALIAS in (name, value):
        fields[name or ""] = value


class _Events:
    """The events of the first YAML document, with depth bounded."""

    def __init__(self, pack: Any):
        self._events = yaml.parse(pack, Loader=_LOADER)
        self._depth = 0

    def take(self) -> Any:
        """The next event of content. Raises NotTagPack at the end or too deep inside."""
        for event in self._events:
            if isinstance(event, yaml.CollectionStartEvent):
                self._depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                self._depth -= 1
            elif isinstance(event, yaml.DocumentEndEvent):
                break
            elif not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                continue
            if self._depth > _DEEPEST:
                raise NotTagPack(f"this is not a TagPack: nested more than {_DEEPEST} deep")
            return event
        raise NotTagPack("this is not a TagPack: it is empty")

    def value(self, event: Any) -> str | None:
        """The text of a scalar, or of the first scalar of a list; None for null and mappings."""
        if isinstance(event, yaml.AliasEvent):
            return _ALIAS
        if isinstance(event, yaml.ScalarEvent):
            null = event.implicit[0] and event.value in _NULLS
            return None if null or not event.value.strip() else str(event.value)
        first = None
        if isinstance(event, yaml.SequenceStartEvent):
            while not isinstance(item := self.take(), yaml.SequenceEndEvent):
                found = self.value(item)
                first = found if first is None else first
            return first
        self.skip(event)
        return None

    def skip(self, event: Any) -> None:
        """Read past the rest of a collection."""
        if isinstance(event, yaml.CollectionStartEvent):
            outside = self._depth - 1
            while self._depth > outside:
                self.take()


def _plain_address(address: str | None) -> str:
    """The address as it is compared: bech32 may be written in capitals throughout."""
    plain = address or ""
    return plain.lower() if _UPPER_BECH32.fullmatch(plain) else plain
