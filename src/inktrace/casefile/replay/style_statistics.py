"""What the likelihood ratios of a lead's pairs of ads are computed from: features of style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.authors.pair_origins import PairOrigins, pair_origins
from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.params import AuthorsParams

__all__ = ["MOST_TEXTS", "style_statistics"]

# Features are measured against all texts, which takes seconds for each few thousand.
MOST_TEXTS: Final = 20_000


def style_statistics(
    relations: Relations, pairs: pa.Table, ad_ids: Sequence[str], params: AuthorsParams
) -> PairOrigins:
    """Origins of `pairs`, a lead's author_pairs, and which contacts of its ads are hubs.

    Raises StageError where the corpus is too large, or no longer the one that the pairs were
    scored with: then its features would not give the likelihood ratios that are stated.
    """
    table = relations["texts"]
    count = relations.collect(table.aggregate(n=table.text_group_id.nunique()))["n"][0].as_py()
    if count > MOST_TEXTS:
        raise StageError(
            f"the workspace has {count:,} different texts; features of pairs are measured anew "
            f"for up to {MOST_TEXTS:,}"
        )
    found = pair_origins(relations, pairs, ad_ids, params)
    if not pc.all(pc.equal(found.style["log10_lr"], pairs["log10_lr"])).as_py():
        raise StageError(
            "texts, parameters or program are not those with which the pairs were scored",
            do="run authors again",
        )
    return PairOrigins(found.style.drop_columns(["log10_lr"]), found.hubs)
