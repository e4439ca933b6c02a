"""Which letters the fonts of the PDF have; those that they lack are written as code points."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from inktrace.casefile.words import visible

# In this order each letter is looked for: the typesetter's own two, then those in `fonts/`.
FACES: Final = (
    *("Libertinus Serif", "Noto Sans Arabic", "Noto Sans Thai", "DejaVu Sans Mono"),
    *("Noto Emoji", "Noto Sans Symbols"),
)
FONTS: Final = str(files("inktrace.casefile").joinpath("fonts"))

_PLAIN: Final = "\n\t\x20-\x7e"
# Joins emoji into one; elsewhere `visible` has shown it.
_JOINER: Final = "\u200d"
# Without these the program's own sentences could not be written.
_OWN: Final = "\xa0-\xac\xae-\xff–—…⟦⟧␣◆●▲■→←−≥≤√•“”‘’‹›"


def written(text: str, few: bool = False) -> str:
    """The text with what a reader could not see made visible, and with no letter but known ones.

    Letters that the fonts lack become ‹U+4F60 U+597D›. With `few`, only Western letters are held
    to be known: for a version of the typesetter whose fonts hold less than the list says.
    """
    composed = unicodedata.normalize("NFC", visible(text))
    return _unknown(few).sub(_named, composed)


def _named(found: re.Match[str]) -> str:
    return f"‹{' '.join(f'U+{ord(letter):04X}' for letter in found.group())}›"


@cache
def _unknown(few: bool) -> re.Pattern[str]:
    if few:
        return re.compile(f"[^{_PLAIN}{_OWN}]+")
    # Written by tools/write_pdf_letters.py.
    listed = files("inktrace.casefile").joinpath("templates/pdf_letters.txt").read_text("ascii")
    spans = [span.partition("-") for span in listed.split()]
    known = "".join(f"{_letter(low)}-{_letter(high or low)}" for low, _, high in spans)
    return re.compile(f"[^{_PLAIN}{_OWN}{_JOINER}{known}]+")


def _letter(code: str) -> str:
    return chr(int(code, 16))
