"""Whether the exports of a package are what their standards ask for.

Every file is read with bounds and checked by the validator of its standard where that is
installed; where not, the finding says so. Nothing that a file names is fetched or followed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.findings import Finding, why
from inktrace.casefile.bag.reading import opened
from inktrace.casefile.handoff.case_uco import EXTENSION, extension_text
from inktrace.casefile.handoff.case_validity import check_case
from inktrace.casefile.handoff.flat_validity import check_csv, check_graphml, check_tagpack
from inktrace.casefile.handoff.ftm_validity import check_ftm
from inktrace.casefile.handoff.invalid import Invalid, NotChecked
from inktrace.casefile.handoff.stix_validity import check_stix
from inktrace.casefile.words import visible

# Ten times the exports of a wallet with 50,000 addresses.
MOST_BYTES: Final = 256 * 2**20
_WORDS: Final = 400
_LARGE_BYTES: Final = 2**18  # of all exports: less is checked before other processes start
EXPORTS_FOLDER: Final = Path("data", "exports")


def check_exports(package: Path) -> Iterator[Finding]:
    """Whether the exports are what their standards ask for."""
    return export_findings(package / EXPORTS_FOLDER)


def export_findings(directory: Path) -> Iterator[Finding]:
    """One finding per export in a folder, in a fixed order.

    Not checked where its validator is not installed. A file that is missing is not named here: the
    manifest does that.
    """
    there = [name for name in _CHECKS if (directory / name).is_symlink() or
             (directory / name).exists()]  # fmt: skip
    size = sum((directory / name).lstat().st_size for name in there)
    if size < _LARGE_BYTES:
        yield from (_checked(directory, name) for name in there)
        return
    # The validators are slow, and each runs on one core only.
    with ProcessPoolExecutor(max_workers=min(len(there), os.cpu_count() or 1)) as pool:
        yield from pool.map(partial(_checked, directory), there)


def _checked(directory: Path, name: str) -> Finding:
    shown = f"exports/{name}"
    try:
        told = _CHECKS[name](_bounded(directory / name))
    except NotChecked as missing:
        return Finding(shown, None, f"{shown} was not checked: {missing}", "exports")
    except Invalid as invalid:
        sentence = f"{shown} is not valid: {_short(str(invalid))}."
        return Finding(shown, False, sentence, "exports")
    except OSError as error:
        return Finding(shown, False, f"{shown} cannot be read: {why(error)}.", "exports")
    except RecursionError:
        return Finding(shown, False, f"{shown} is not valid: it is nested too deep.", "exports")
    return Finding(shown, True, f"{shown} is valid: {told}.", "exports")


def _bounded(path: Path) -> bytes:
    with opened(path) as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Invalid(f"it has more than {MOST_BYTES:,} bytes")
    return raw


def _check_extension(raw: bytes) -> str:
    # A foreign ontology could carry rules that fetch things, so it is compared and never run.
    if raw != extension_text().encode("utf-8"):
        raise NotChecked(
            "it is not the extension of this version of the program, so it is not run."
        )
    return "it is the extension that this program checks CASE/UCO with"


def _short(text: str) -> str:
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= _WORDS else f"{shown[:_WORDS]}…"


_CHECKS: Final[dict[str, Callable[[bytes], str]]] = {
    "case-uco.jsonld": check_case,
    EXTENSION: _check_extension,
    "stix.json": check_stix,
    "followthemoney.jsonl": check_ftm,
    "tagpack.yaml": check_tagpack,
    "network.graphml": check_graphml,
    "payments.csv": check_csv,
    "entities.csv": check_csv,
    "relations.csv": check_csv,
}
