"""A report as one HTML page: no scripts, nothing fetched, no time of its making."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

from inktrace.casefile.pages import page_template
from inktrace.casefile.report_pages.model import Document, Run, Words, runs
from inktrace.casefile.words import visible

# What may stand in a string of the style sheet, where no other escape is at work.
_NOT_PLAIN: Final = re.compile(r"[^0-9A-Za-z .,:–-]")
_TAGS: Final = {
    "strong": Markup("<strong>{}</strong>"),
    "code": Markup("<code>{}</code>"),
    "marked": Markup("<mark>{}</mark>"),
    "soft": Markup('<span class="soft">{}</span>'),
}


def html_page(document: Document) -> str:
    """The document as HTML 5; text is escaped and made visible."""
    template = page_template(
        "report.html.j2", words=_words, visible=visible, picture=_picture, css=_css
    )
    return template.render(document=document)


def _words(words: Words) -> Markup:
    return Markup("").join(_run(run) for run in runs(words))


def _run(run: Run) -> Markup:
    shown = visible(run.text)
    tag = _TAGS.get(run.style)
    return tag.format(shown) if tag else Markup.escape(shown)


def _picture(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - drawn by this program, which escapes the text in it


def _css(text: str) -> str:
    return _NOT_PLAIN.sub("", text)
