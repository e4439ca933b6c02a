"""The pairs of ads that a report sets side by side, and which features of theirs speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from inktrace.authors.pair_features import pair_features
from inktrace.engine import Relations

_STRONGEST: Final = 3
_WEAKEST: Final = 1


@dataclass(frozen=True)
class ShownPair:
    """Two ads of one lead with different texts: the scored pair, both ads, and their features.

    `features` is what `authors.pair_features` tells of the two masked texts.
    """

    scored: Mapping[str, Any]
    ads: tuple[Mapping[str, Any], Mapping[str, Any]]
    features: Mapping[str, Any]
    is_weakest: bool


def gather_shown_pairs(
    relations: Relations, pairs: Sequence[Mapping[str, Any]], ads: Sequence[Mapping[str, Any]]
) -> tuple[ShownPair, ...]:
    """The strongest pairs of different texts, and the weakest, so that both sides are seen.

    `pairs`, `ads`: rows of the lead's `author_pairs` (strongest first) and ads.
    """
    by_id = {ad["ad_id"]: ad for ad in ads}
    different = [pair for pair in pairs if not pair["same_template"]]
    strongest = different[:_STRONGEST]
    weakest = different[_STRONGEST:][-_WEAKEST:]
    chosen = [*strongest, *weakest]
    sides = [(by_id[pair["ad_id_a"]], by_id[pair["ad_id_b"]]) for pair in chosen]
    features = pair_features(
        relations, [(a["masked_text"] or "", b["masked_text"] or "") for a, b in sides]
    )
    return tuple(
        ShownPair(pair, both, found, place >= len(strongest))
        for place, (pair, both, found) in enumerate(zip(chosen, sides, features, strict=True))
    )
