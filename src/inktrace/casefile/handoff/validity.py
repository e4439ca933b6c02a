"""Whether the exports of a package are what their standards ask for.

Every file is read with bounds and checked by the validator of its standard where that is
installed; where not, the finding says so. Nothing that a file names is fetched or followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

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


class Checked(NamedTuple):
    """One export: its name, whether it holds, and a sentence that says what was checked."""

    name: str
    holds: bool
    sentence: str


def check_exports(directory: Path) -> Iterator[Checked]:
    """One result per export in the folder `exports` of a package, in a fixed order.

    A file that could not be checked for want of its validator holds, and its sentence begins
    with "not checked". A file that is missing is not named here: the manifest does that.
    """
    for name, check in _CHECKS.items():
        path = directory / name
        if path.is_symlink() or path.exists():
            yield _checked(name, path, check)


def _checked(name: str, path: Path, check: Callable[[bytes], str]) -> Checked:
    shown = f"exports/{name}"
    try:
        told = check(_bounded(path))
    except NotChecked as missing:
        return Checked(shown, True, f"not checked: {shown}: {missing}")
    except Invalid as invalid:
        return Checked(shown, False, f"{shown} is not valid: {_short(str(invalid))}.")
    except OSError as error:
        return Checked(shown, False, f"{shown} cannot be read: {error.strerror or error}.")
    except RecursionError:
        return Checked(shown, False, f"{shown} is not valid: it is nested too deep.")
    return Checked(shown, True, f"{shown} is valid: {told}.")


def _bounded(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Invalid("it is not a regular file")
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
