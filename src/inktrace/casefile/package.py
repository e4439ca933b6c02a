"""Building a case package: gathered, written beside its place, and moved there when whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inktrace.casefile.bag.layout import CASE, README
from inktrace.casefile.bag.readme import readme_text
from inktrace.casefile.bag.signing import Signing, write_signature
from inktrace.casefile.bag.write import case_json, write_bag
from inktrace.casefile.bag.zip_write import write_zip
from inktrace.casefile.chain import write_chain
from inktrace.casefile.exhibits import write_exhibits
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.handoff import write_handoff
from inktrace.casefile.redaction.gathered import Redaction, gather_redacted
from inktrace.casefile.redaction.words import short_redaction_words
from inktrace.casefile.replay import write_statistics
from inktrace.casefile.report import report_html, report_pdf
from inktrace.engine import Relations
from inktrace.errors import InputError, WorkspaceError
from inktrace.params import Params
from inktrace.progress import Progress
from inktrace.sources.raw_blocks import RawBlocks


@dataclass(frozen=True)
class CaseSummary:
    """What was built: where, of which lead, how much, and the digest that stands for all of it.

    `lead_id` is as the package has it, which may be a pseudonym; `directory` is the folder, or the
    zip file; `manifest_sha256` the SHA-256 of tagmanifest-sha256.txt; `signer` the fingerprint of
    the key that signed, if one did; `redaction` a sentence on what was replaced.
    """

    lead_id: str
    directory: str
    ads: int
    links: int
    files: int
    manifest_sha256: str
    signer: str | None = None
    redaction: str = ""


def build_case(
    relations: Relations,
    lead_id: str,
    out: Path,
    params: Params,
    software_version: str,
    progress: Progress,
    *,
    as_zip: bool = False,
    signing: Signing | None = None,
    raw_blocks: RawBlocks | None = None,
    redaction: Redaction | None = None,
) -> CaseSummary:
    """Write the package of one lead; it appears only when it is whole.

    With `as_zip`, one file `out`.zip is written and no folder. `raw_blocks` is where raw
    transactions are found again. `redaction` says what the receiver may see; without one it is the
    default profile, with a key of this one build.

    Raises StageError for an unknown lead or one whose rows are gone, InputError where there is
    anything already, and WorkspaceError where it cannot be written; nothing half-written is left.
    """
    target = _zip_path(out) if as_zip else out
    _refuse_taken(target, as_zip)
    facts = gather_redacted(relations, lead_id, redaction, progress)
    with _beside(target) as partial:
        bag = partial / "bag"
        bag.mkdir()
        bag.chmod(0o755)
        exhibits = bag / "exhibits"
        # Both are gathered beside the facts: only where nothing of theirs was replaced.
        if facts.redaction.profile.keeps_chain:
            chain = exhibits / "chain"
            write_chain(relations, facts.trail.transactions, chain, raw_blocks, progress)
        if facts.redaction.profile.keeps_derivation:
            write_statistics(relations, facts, params, exhibits / "statistics", progress)
        digest = _write(facts, bag, params, software_version, progress)
        key = None if signing is None else write_signature(bag, signing)
        files = sum(len(names) for _, _, names in os.walk(bag))
        if as_zip:
            write_zip(bag, str(facts.lead["lead_id"]), partial / "zip")
            _refuse_taken(target, as_zip)
            (partial / "zip").rename(target)
        else:
            if target.exists():
                target.rmdir()
            bag.rename(target)
    return CaseSummary(
        str(facts.lead["lead_id"]),
        str(target),
        facts.ads.num_rows,
        facts.trail.links.num_rows,
        files,
        digest,
        None if key is None else key.fingerprint,
        short_redaction_words(facts.redaction),
    )


def _zip_path(out: Path) -> Path:
    return out if out.suffix == ".zip" else out.with_name(f"{out.name}.zip")


def _refuse_taken(target: Path, as_zip: bool) -> None:
    """Raise InputError if anything but an empty folder, that a folder may replace, is there."""
    taken = target.exists() or target.is_symlink()
    if taken and (as_zip or not target.is_dir() or any(target.iterdir())):
        raise InputError("there is something here already", where=target, do="name another place")


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Lend a folder on the same disk as `target`; it is gone at the block's end, come what may."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield partial
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(
    facts: CaseFacts, directory: Path, params: Params, software_version: str, progress: Progress
) -> str:
    """Write what else is handed over into the folder, and make that folder a bag."""
    lead_id = str(facts.lead["lead_id"])
    progress("write the package", 0, 4)
    write_exhibits(facts, params, directory / "exhibits")
    write_handoff(facts, software_version, directory / "exports")
    progress("write the package", 1, 4)
    page = report_html(facts, params, software_version)
    (directory / "report.html").write_text(page, encoding="utf-8", newline="\n")
    progress("write the package", 2, 4)
    (directory / "report.pdf").write_bytes(report_pdf(facts, params, software_version))
    progress("write the package", 3, 4)
    document = case_json(
        lead_id=lead_id,
        reviewed=facts.reviewed,
        redaction=facts.redaction.profile.name,
        redaction_key=facts.redaction.key_fingerprint,
        software_version=software_version,
        run_ids=facts.runs["run_id"].to_pylist(),
    )
    (directory / Path(CASE).name).write_bytes(document)
    (directory / README).write_text(readme_text(lead_id), encoding="utf-8", newline="\n")
    digest = write_bag(directory, lead_id, software_version)
    progress("write the package", 4, 4)
    return digest


def _unwritable(out: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"the package cannot be written: {error.strerror or error}",
        where=out,
        do="check the folder, its permissions and the free space; nothing was left behind",
    )
