"""Write docs/tables.md and docs/parameters.md from the code that defines them.

Usage: python tools/write_docs.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from inktrace.params import SECTION_FIELDS
from inktrace.schema import TABLES

DOCS = Path(__file__).resolve().parents[1] / "docs"


def tables_page() -> str:
    """Every table of a workspace, column by column."""
    lines = ["# Tables of a workspace", "", "Made from `src/inktrace/schema.py`; do not edit."]
    for table in TABLES.values():
        key = ", ".join(table.key) or "none"
        lines += ["", f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}."]
        lines += [f"Kind: {table.kind}. Key: {key}.", "", "| column | type | meaning |"]
        lines += ["|---|---|---|"]
        for column in table.columns:
            unknown = ", may be unknown" if column.nullable else ""
            meaning = column.meaning.replace("|", "\\|")
            lines.append(f"| {column.name} | {column.dtype}{unknown} | {meaning} |")
    return "\n".join(lines) + "\n"


def parameters_page() -> str:
    """Every parameter: default, range, meaning, source."""
    lines = ["# Parameters", "", "Made from `src/inktrace/params.py`; do not edit.", ""]
    lines += ["Set one with `inktrace run --set SECTION.NAME=VALUE`.", ""]
    lines += ["| parameter | default | range | meaning | source |", "|---|---|---|---|---|"]
    for section, fields in SECTION_FIELDS.items():
        for name, field in fields.items():
            low, high = field.metadata["low"], field.metadata["high"]
            allowed = " / ".join(low) if isinstance(low, tuple) else f"{low} … {high}"
            help_text, source = field.metadata["help"], field.metadata["source"]
            lines.append(
                f"| {section}.{name} | {field.default} | {allowed} | {help_text} | {source} |"
            )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write both pages, or with --check say which are out of date."""
    stale = []
    for name, text in (("tables.md", tables_page()), ("parameters.md", parameters_page())):
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"out of date: {', '.join(stale)}; run: make docs")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
