"""All figures of a package computed again, topic by topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from inktrace.casefile.bag.findings import Unusable
from inktrace.casefile.bag.layout import CASE, MOST_SMALL_BYTES
from inktrace.casefile.bag.reading import bounded_bytes, json_object
from inktrace.casefile.bag.zip_read import unpacked
from inktrace.casefile.redaction.profiles import PROFILES
from inktrace.casefile.replay.attributions import attribution_figures
from inktrace.casefile.replay.authorship import authorship_figures
from inktrace.casefile.replay.figures import Figure
from inktrace.casefile.replay.identities import identity_figures
from inktrace.casefile.replay.lead import lead_figures
from inktrace.casefile.replay.payments import payment_figures
from inktrace.casefile.replay.read import Exhibits
from inktrace.casefile.replay.requests import request_figures
from inktrace.casefile.replay.wallets import wallet_figures
from inktrace.errors import InputError
from inktrace.progress import Progress, silent

__all__ = ["replay_case"]

# What altered exhibits can drive the stages' functions to, which were made for sound tables.
_UNFIT: Final = (ArithmeticError, LookupError, TypeError, ValueError, pa.ArrowException)
_NOT_TOGETHER: Final = "the exhibits do not fit together"

_TOPICS: Final[tuple[tuple[str, Callable[[Exhibits], Iterator[Figure]]], ...]] = (
    ("payments", payment_figures),
    ("attributions", attribution_figures),
    ("wallets", wallet_figures),
    ("lead", lead_figures),
    ("authorship", authorship_figures),
    ("identities", identity_figures),
    ("legal requests", request_figures),
)


def replay_case(package: Path, progress: Progress = silent) -> list[Figure]:
    """Every figure of a package, a folder or a zip file, as stated and as computed again.

    Nothing but the exhibits is read. A topic whose exhibits cannot be used is one figure that
    differs, with the reason. Raises InputError where there are no exhibits at all, for a zip
    file that cannot be unpacked safely, and for a package that was redacted so that its figures
    do not follow from it.
    """
    if not package.is_file():
        return _replayed(package, package, progress)
    try:
        with unpacked(package) as folder:
            return _replayed(folder, package, progress)
    except Unusable as unusable:
        raise InputError(
            str(unusable), where=package, do="ask its maker for the package again"
        ) from unusable


def _replayed(root: Path, package: Path, progress: Progress) -> list[Figure]:
    _refuse_redacted(root, package)
    exhibits, found = Exhibits(root), []
    for done, (topic, figures) in enumerate(_TOPICS):
        progress("replay", done, len(_TOPICS))
        try:
            found += list(figures(exhibits))
        except _UNFIT:
            found.append(Figure(topic, "exhibits", None, None, "differs", None, _NOT_TOGETHER))
        except InputError as error:
            where = f" ({Path(str(error.where)).name})" if error.where else ""
            found.append(
                Figure(topic, "exhibits", None, None, "differs", None, f"{error.what}{where}")
            )
    progress("replay", len(_TOPICS), len(_TOPICS))
    return found


def _refuse_redacted(root: Path, package: Path) -> None:
    try:
        case = json_object(bounded_bytes(root / CASE, CASE, MOST_SMALL_BYTES), CASE)
    except Unusable:
        return  # exhibits alone can be replayed; what is wrong with a package, verify says
    profile = PROFILES.get(str(case.get("redaction")))
    if profile is not None and not profile.keeps_derivation:
        raise InputError(
            f"this package was redacted by profile {profile.name}: ids, times or amounts are not "
            "as they were, and its figures do not follow from them",
            where=package,
            do="ask its maker for a package of another profile",
        )
