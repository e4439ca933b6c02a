"""All figures of a package computed again, topic by topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from inktrace.casefile.replay.attributions import attribution_figures
from inktrace.casefile.replay.authorship import authorship_figures
from inktrace.casefile.replay.figures import Figure
from inktrace.casefile.replay.lead import lead_figures
from inktrace.casefile.replay.payments import payment_figures
from inktrace.casefile.replay.read import Exhibits
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
)


def replay_case(root: Path, progress: Progress = silent) -> list[Figure]:
    """Every figure of the package at `root`, as stated and as computed again.

    Nothing but the exhibits is read. A topic whose exhibits cannot be used is one figure that
    differs, with the reason. Raises InputError where there are no exhibits at all.
    """
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
