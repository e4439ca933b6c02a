"""Writing an evaluation: its document as JSON and its pictures, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inktrace.casefile.author_figures import evaluation_pictures
from inktrace.errors import WorkspaceError
from inktrace.whole_file import whole_file


def write_evaluation(
    document: Mapping[str, Any], out: Path, pictures: Mapping[str, str] | None = None
) -> list[str]:
    """Write evaluation.json and its SVG files into a folder, and return their names.

    `pictures`: file name → SVG; None draws those of an authors evaluation. The same document
    gives the same bytes. Each file appears only when it is whole. Raises WorkspaceError where
    they cannot be written.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, sort_keys=True)
    drawn = evaluation_pictures(document) if pictures is None else pictures
    files = {"evaluation.json": text + "\n", **drawn}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written: {error.strerror or error}",
            where=out,
            do="check the folder, its permissions and the free space",
        ) from error
    for name, content in files.items():
        write_text(out / name, content)
    return list(files)


def write_text(path: Path, content: str) -> None:
    """Write one text file, which appears only when it is whole."""
    with whole_file(path) as partial:
        partial.write_text(content, encoding="utf-8", errors="replace", newline="\n")
