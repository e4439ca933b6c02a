"""The document model: what a report is made of, whoever shows it.

Text in it is as it was found, hostile or not: those who show it make it visible and harmless.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, TypeAlias

Style: TypeAlias = Literal["plain", "strong", "code", "soft", "marked"]
ColumnKind: TypeAlias = Literal["text", "number", "label", "time", "code"]

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_ABOUT: Final = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


@dataclass(frozen=True)
class Run:
    """A piece of a sentence in one style."""

    text: str
    style: Style = "plain"


Piece: TypeAlias = "str | Run"
Words: TypeAlias = "str | Run | tuple[Piece, ...]"


def runs(words: Words) -> tuple[Run, ...]:
    """Words of any form as runs."""
    pieces = words if isinstance(words, tuple) else (words,)
    return tuple(piece if isinstance(piece, Run) else Run(piece) for piece in pieces)


def strong(text: str) -> Run:
    """Words that must not be overlooked."""
    return Run(text, "strong")


def code(text: str) -> Run:
    """Digests, ids and addresses, which may be broken anywhere."""
    return Run(text, "code")


@dataclass(frozen=True)
class Heading:
    """The heading of a part of a section."""

    kind: ClassVar[str] = "heading"
    words: Words


@dataclass(frozen=True)
class Paragraph:
    """Sentences; `small` ones are remarks."""

    kind: ClassVar[str] = "paragraph"
    words: Words
    small: bool = False


@dataclass(frozen=True)
class Note:
    """Sentences set apart: propositions, or (`urgent`) what must be looked at first."""

    kind: ClassVar[str] = "note"
    lines: tuple[Words, ...]
    urgent: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Column:
    """A column: its name, what it holds, and its share of the width where cells are long."""

    name: str
    kind: ColumnKind = "text"
    share: float = 1.0


@dataclass(frozen=True)
class Table:
    """Rows under named columns; `empty` is said where there are none."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    empty: str = "None."

    @property
    def widths(self) -> tuple[int | None, ...]:
        """Of each column of long cells its percentage of the width; None: as wide as it needs."""
        shares = [one.share if one.kind in ("text", "code") else None for one in self.columns]
        total = sum(share or 0.0 for share in shares)
        room = max(20.0, 95.0 - 7.0 * shares.count(None))
        return tuple(None if share is None else round(room * share / total) for share in shares)


@dataclass(frozen=True)
class Figure:
    """A picture (SVG with a title and a description) with its caption."""

    kind: ClassVar[str] = "figure"
    svg: str
    caption: Words = ""

    @property
    def about(self) -> str:
        """What the picture shows, for a reader who cannot see it."""
        found = (pattern.search(self.svg) for pattern in (_TITLE, _ABOUT))
        return ". ".join(html.unescape(one[1]) for one in found if one)

    @property
    def is_wide(self) -> bool:
        """Whether it is drawn to the full width of the page."""
        width = re.search(r'viewBox="0 0 (\d+)', self.svg)
        return width is not None and int(width[1]) > 700


@dataclass(frozen=True)
class Definitions:
    """Words and what they mean."""

    kind: ClassVar[str] = "definitions"
    entries: tuple[tuple[str, Words], ...]


@dataclass(frozen=True)
class Side:
    """One of several texts set side by side: what is above it, and the text itself."""

    above: Words
    text: tuple[Run, ...]


@dataclass(frozen=True)
class Texts:
    """Texts side by side, lines as they are."""

    kind: ClassVar[str] = "texts"
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Together:
    """Blocks that belong on one page where they fit on one."""

    kind: ClassVar[str] = "together"
    blocks: tuple[Block, ...]


Block: TypeAlias = (
    Heading | Paragraph | Note | Bullets | Table | Figure | Definitions | Texts | Together
)


@dataclass(frozen=True)
class Section:
    """A numbered part of the report; `name` is what links lead to."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report. `mark` stands on every page; `reviewed` says whether a person judged it."""

    title: str
    mark: str
    reviewed: bool
    under_title: str
    sections: tuple[Section, ...] = field(default=())


def table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Words]], empty: str = "None."
) -> Table:
    """A table from sequences of any kind."""
    return Table(caption, tuple(columns), tuple(tuple(row) for row in rows), empty)
