"""Write the list of letters that the fonts of the PDF have: the typesetter's own and ours.

Run it when the version of typst in uv.lock changes, or a font: python tools/write_pdf_letters.py
It takes some minutes. A test compares the list with the installed version.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import typst

from inktrace.casefile.report_pages.letters import FACES, FONTS

OUT = Path(__file__).parent.parent / "src/inktrace/casefile/templates/pdf_letters.txt"
SOURCE = (
    b'#set document(title: "t", date: none)\n'
    b'#set text(lang: "en", font: json(bytes(sys.inputs.faces)))\n'
    b"#for one in json(bytes(sys.inputs.letters)) [#text(one)#parbreak()]"
)
LEFT_OUT = {"Cn", "Cs", "Co", "Cc", "Cf", "Zl", "Zp"}  # nothing to be seen
# Written as code points whatever a font has: asking for each would take hours.
HAN_AND_HANGUL = ((0x3400, 0xA4D0), (0xAC00, 0xD800), (0xF900, 0xFB00), (0x12000, 0x1D000))
# Noto Emoji takes a colour of skin and draws none: it must be seen.
SKIN = (0x1F3FB, 0x1F400)
BATCH, SPANS_PER_LINE = 64, 10


def letters() -> list[str]:
    """All letters that could stand in a text."""
    return [
        chr(code)
        for code in range(0xA0, 0x20000)
        if unicodedata.category(chr(code)) not in LEFT_OUT
        and not any(low <= code < high for low, high in (*HAN_AND_HANGUL, SKIN))
    ]


def shown(some: list[str]) -> list[str]:
    """Those that can be set; halves are asked until it is clear which."""
    if not some:
        return []
    try:
        typst.compile(
            SOURCE,
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards="ua-1",
            font_paths=[FONTS],
            sys_inputs={"letters": json.dumps(some), "faces": json.dumps(FACES)},
        )
    except typst.TypstError:
        half = len(some) // 2
        return [*shown(some[:half]), *shown(some[half:])] if half else []
    return some


def spans(found: Iterable[str]) -> list[str]:
    """Runs of neighbours, in hex: a0-ac ae."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, found)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return [f"{low:x}" if low == high else f"{low:x}-{high:x}" for low, high in runs]


def main() -> None:
    """Ask for every letter, and write the list."""
    every = letters()
    found = [
        letter
        for start in range(0, len(every), BATCH)
        for letter in shown(every[start : start + BATCH])
    ]
    words = spans(found)
    lines = [
        " ".join(words[start : start + SPANS_PER_LINE])
        for start in range(0, len(words), SPANS_PER_LINE)
    ]
    OUT.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
