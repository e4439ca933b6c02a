"""`inktrace case export`: one lead in the format of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inktrace.cli.case_profiles import RedactionKeyOption, RedactOption
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)


def export(
    lead: Annotated[str, typer.Argument(help="The lead, e.g. L-0123456789.", show_default=False)],
    format: Annotated[
        str,
        typer.Option(
            help="case-uco, case-uco-extension, stix, ftm, tagpack, graphml, csv (payments), "
            "csv-entities or csv-relations.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
    redact: RedactOption = "standard",
    redaction_key: RedactionKeyOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write one lead in the format of another program. It stays a lead, not proof.

    A case package holds all of them under exports/.

    Example: inktrace case export L-0123456789 --format stix --out lead.json
    """
    from inktrace import __version__
    from inktrace.casefile.handoff import check_format, write_one
    from inktrace.casefile.redaction.gathered import Redaction, gather_redacted
    from inktrace.schema import TABLES

    check_format(format)
    with opened(workspace) as case, progress_bars(as_json) as progress:
        redaction = Redaction.of_workspace(workspace, lead, redact, redaction_key)
        relations = case.engine.relations(tuple(TABLES))
        facts = gather_redacted(relations, lead, redaction, progress)
        size = write_one(facts, __version__, format, out)
        case.audit.append(
            "export case", {"lead_id": lead, "format": format, "out": str(out), "redaction": redact}
        )
    if as_json:
        print_json({"lead_id": lead, "format": format, "file": str(out), "bytes": size})
    else:
        print(f"{out}: {size:,} bytes of {format}. It is a lead, not proof.")
