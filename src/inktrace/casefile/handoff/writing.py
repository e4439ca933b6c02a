"""The exports of a lead by name: what each is called, and how its bytes are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.handoff.case_uco import EXTENSION, case_text, extension_text
from inktrace.casefile.handoff.charts import entities_csv, payments_csv, relations_csv
from inktrace.casefile.handoff.content import Content, content_of
from inktrace.casefile.handoff.ftm import ftm_lines
from inktrace.casefile.handoff.graphml import graphml_text
from inktrace.casefile.handoff.stix import stix_text
from inktrace.casefile.handoff.tagpack import tagpack_text
from inktrace.casefile.redaction.kinds import Kind
from inktrace.errors import UsageError
from inktrace.whole_file import whole_file


@dataclass(frozen=True)
class Export:
    """One format: the file it is in a package, and a pure function from content to bytes."""

    file_name: str
    made: Callable[[Content], bytes]


def _text(made: Callable[[Content], str]) -> Callable[[Content], bytes]:
    return lambda content: made(content).encode("utf-8")


EXPORTS: Final = {
    "case-uco": Export("case-uco.jsonld", _text(case_text)),
    "case-uco-extension": Export(EXTENSION, lambda _: extension_text().encode("utf-8")),
    "stix": Export("stix.json", _text(stix_text)),
    "ftm": Export("followthemoney.jsonl", _text(ftm_lines)),
    "tagpack": Export("tagpack.yaml", _text(tagpack_text)),
    "graphml": Export("network.graphml", _text(graphml_text)),
    "csv": Export("payments.csv", payments_csv),
    "csv-entities": Export("entities.csv", entities_csv),
    "csv-relations": Export("relations.csv", relations_csv),
}


def write_handoff(facts: CaseFacts, software_version: str, directory: Path) -> None:
    """Write every export of a lead into a folder, which is made where it is not there.

    Raises OSError where it cannot be written.
    """
    content = content_of(facts, software_version)
    directory.mkdir(parents=True, exist_ok=True)
    for name, export in EXPORTS.items():
        if not _is_empty(facts, name):
            (directory / export.file_name).write_bytes(export.made(content))


def write_one(facts: CaseFacts, software_version: str, format: str, out: Path) -> int:
    """Write one export; the file appears only when it is whole. Returns its size in bytes.

    Raises UsageError for an unknown format and WorkspaceError where it cannot be written.
    """
    check_format(format)
    if _is_empty(facts, format):
        raise UsageError(
            f"profile {facts.redaction.profile.name} replaces addresses, and a TagPack is of them",
            do="choose another format or another profile",
        )
    raw = EXPORTS[format].made(content_of(facts, software_version))
    with whole_file(out) as partial:
        partial.write_bytes(raw)
    return len(raw)


def _is_empty(facts: CaseFacts, format: str) -> bool:
    """Whether a format would tell nothing: a TagPack of addresses that were replaced."""
    return format == "tagpack" and not facts.redaction.profile.keeps(Kind.ADDRESS)


def check_format(format: str) -> None:
    """Raises UsageError for a format that there is not, and names those that there are."""
    if format not in EXPORTS:
        raise UsageError(f"there is no format {format!r}", do=f"choose from {', '.join(EXPORTS)}")
