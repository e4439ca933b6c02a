"""Building a case package: gathered, written beside its place, and moved there when whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from inktrace.casefile.chain import write_chain
from inktrace.casefile.exhibits import write_exhibits
from inktrace.casefile.gather import CaseFacts, gather_case
from inktrace.casefile.manifest import write_manifest
from inktrace.casefile.replay import write_statistics
from inktrace.casefile.report import report_html
from inktrace.engine import Relations
from inktrace.errors import InputError, WorkspaceError
from inktrace.params import Params
from inktrace.progress import Progress
from inktrace.sources.raw_blocks import RawBlocks


@dataclass(frozen=True)
class CaseSummary:
    """What was built: where, of which lead, how much, and the manifest's own digest."""

    lead_id: str
    directory: str
    ads: int
    links: int
    files: int
    manifest_sha256: str


def build_case(
    relations: Relations,
    lead_id: str,
    out: Path,
    params: Params,
    software_version: str,
    progress: Progress,
    raw_blocks: RawBlocks | None = None,
) -> CaseSummary:
    """Write the package of one lead; the folder appears only when it is whole.

    Raises StageError for an unknown lead, InputError where `out` holds anything already, and
    WorkspaceError where it cannot be written; nothing half-written is left.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("there is something here already", where=out, do="name another folder")
    facts = gather_case(relations, lead_id, progress)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        chain = partial / "exhibits" / "chain"
        write_chain(relations, facts.trail.transactions, chain, raw_blocks, progress)
        statistics = partial / "exhibits" / "statistics"
        write_statistics(relations, facts, params, statistics, progress)
        digest = _write(facts, partial, params, software_version, progress)
        partial.chmod(0o755)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    files = sum(len(names) for _, _, names in os.walk(out))
    return CaseSummary(
        lead_id, str(out), facts.ads.num_rows, facts.trail.links.num_rows, files, digest
    )


def _write(
    facts: CaseFacts, directory: Path, params: Params, software_version: str, progress: Progress
) -> str:
    progress("write the package", 0, 3)
    write_exhibits(facts, params, directory / "exhibits")
    progress("write the package", 1, 3)
    page = report_html(facts, params, software_version)
    (directory / "report.html").write_text(page, encoding="utf-8", newline="\n")
    progress("write the package", 2, 3)
    digest = write_manifest(
        directory,
        lead_id=str(facts.lead["lead_id"]),
        software_version=software_version,
        run_ids=facts.runs["run_id"].to_pylist(),
    )
    progress("write the package", 3, 3)
    return digest


def _unwritable(out: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"the package cannot be written: {error.strerror or error}",
        where=out,
        do="check the folder, its permissions and the free space; nothing was left behind",
    )
