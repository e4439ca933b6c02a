"""A report as PDF: tagged (PDF/UA-1), the same bytes every time, set by Typst.

The layout is `templates/report.typ`. It takes the document as JSON: text from outside is a string
value there and cannot become markup. Only the fonts inside the typesetter and in
`fonts/` are used.

References: ISO 14289-1 (PDF/UA-1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

import typst

from inktrace.casefile.drawing import FONT
from inktrace.casefile.report_pages.letters import FACES, FONTS, written
from inktrace.casefile.report_pages.model import (
    Bullets,
    Definitions,
    Document,
    Figure,
    Heading,
    Note,
    Paragraph,
    Run,
    Side,
    Table,
    Texts,
    Together,
    Words,
    runs,
)
from inktrace.errors import StageError

# What stays together must fit on a page: rows of a table, and letters of texts side by side.
_MOST_ROWS: Final = 12
_MOST_LETTERS: Final = 2500
_SVG_FONT: Final = "font-family='DejaVu Sans Mono' letter-spacing='-0.4'"

_LONG: Final = re.compile(r"\S{24,}")
_BREAK: Final = "\u200b"  # takes no room; a line may end there

Write = Callable[[str], str]


def pdf_bytes(document: Document) -> bytes:
    """The document as a PDF. Raises StageError where the typesetter refuses it."""
    try:
        return _set(_page_data(document, written))
    except typst.TypstError:
        # A newer version may hold fewer letters than the list says: then all but Western letters
        # are written as code points.
        try:
            return _set(_page_data(document, partial(written, few=True)))
        except typst.TypstError as error:
            raise StageError(
                f"the report cannot be set as a PDF: {error}",
                do="report this; report.html is whole",
            ) from error


def _set(data: dict[str, Any]) -> bytes:
    layout = files("inktrace.casefile").joinpath("templates/report.typ").read_bytes()
    return typst.compile(
        layout,
        format="pdf",
        ignore_system_fonts=True,
        font_paths=_fonts(),
        pdf_standards="ua-1",
        timestamp=0,
        sys_inputs={"document": json.dumps(data), "faces": json.dumps(FACES)},
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def _page_data(document: Document, write: Write) -> dict[str, Any]:
    return {
        "title": write(document.title),
        "mark": write(document.mark),
        "reviewed": document.reviewed,
        "under_title": write(document.under_title),
        "sections": [
            {
                "title": f"{place}. {write(section.title)}",
                "blocks": _blocks(section.blocks, write),
            }
            for place, section in enumerate(document.sections, start=1)
        ],
    }


def _blocks(blocks: Sequence[Any], write: Write) -> list[dict[str, Any]]:
    return [{"kind": block.kind, **_block(block, write)} for block in blocks]


def _block(block: Any, write: Write) -> dict[str, Any]:
    say = partial(_words, write=write)
    match block:
        case Heading(words):
            return {"words": say(words)}
        case Paragraph(words, small):
            return {"words": say(words), "small": small}
        case Note(lines, urgent):
            return {"lines": [say(line) for line in lines], "urgent": urgent}
        case Bullets(items):
            return {"items": [say(item) for item in items]}
        case Table():
            return _table(block, write)
        case Figure(svg, caption):
            return {
                "svg": _drawing(svg, write),
                "about": write(block.about),
                "wide": block.is_wide,
                "caption": say(caption) if caption else [],
            }
        case Definitions(entries):
            return {
                "entries": [
                    {"word": write(word), "meaning": say(meaning)} for word, meaning in entries
                ]
            }
        case Texts(sides):
            return {"sides": [_side(side, write) for side in sides]}
        case Together(blocks):
            return {"blocks": _blocks(blocks, write), "long": any(map(_is_long, blocks))}
    raise TypeError(f"no such block: {block!r}")


def _table(table: Table, write: Write) -> dict[str, Any]:
    return {
        "caption": write(table.caption),
        "columns": [
            {"name": write(one.name), "kind": one.kind, "share": one.share} for one in table.columns
        ],
        "rows": [[{"runs": _words(cell, write)} for cell in row] for row in table.rows],
        "empty": write(table.empty),
    }


def _side(side: Side, write: Write) -> dict[str, Any]:
    return {"above": _words(side.above, write), "text": _words(side.text, write)}


def _words(words: Words, write: Write) -> list[dict[str, str]]:
    return [_run(run, write) for run in runs(words)]


def _run(run: Run, write: Write) -> dict[str, str]:
    return {"text": _LONG.sub(_breakable, write(run.text)), "style": run.style}


def _breakable(found: re.Match[str]) -> str:
    """A word too long for a line, with places where it may be broken: between two eights."""
    word = found.group()
    return _BREAK.join(word[start : start + 8] for start in range(0, len(word), 8))


def _drawing(svg: str, write: Write) -> str:
    """A picture in a font that the typesetter has; its markup is ASCII and stays as it is."""
    return write(str(svg).replace(FONT, _SVG_FONT))


def _is_long(block: Any) -> bool:
    if isinstance(block, Table):
        return len(block.rows) > _MOST_ROWS
    if isinstance(block, Texts):
        return any(sum(len(run.text) for run in side.text) > _MOST_LETTERS for side in block.sides)
    return isinstance(block, Together)
