"""Joins into identities: sums of weights, counts of ads step by step, and the ids that result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits
from inktrace.identities.evidence import KINDS
from inktrace.identities.parts import identity_name, part_name
from inktrace.params import IdentitiesParams

__all__ = ["identity_figures"]

_TOPIC: Final = "identities"
_LINKS: Final = "identity_links"
# Joins that a person's judgement made, or refusals that weights do not decide.
_NOT_BY_WEIGHT: Final = frozenset(
    {"judgement", "judged apart", "judgements contradict", "too large", "too many rounds"}
)
_ELSEWHERE: Final = "ads of the identity, or joins with them, are not in the package"


def identity_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Each join's sum, whether it follows from it, ads on both sides, and ids of identities."""
    yield from _sums(exhibits)
    found = _Joined(exhibits)
    yield from found.counted(exhibits)
    yield from found.named(exhibits)


def _sums(exhibits: Exhibits) -> Iterator[Figure]:
    least = IdentitiesParams(**exhibits.parameters.get("identities", {})).least_log10_odds
    stated = exhibits.array(_LINKS, "total")
    total = exhibits.array(_LINKS, "prior")
    for kind in KINDS:
        total = total + exhibits.array(_LINKS, kind)
    rows = zip(
        exhibits.ints(_LINKS, "step").tolist(),
        stated.tolist(),
        np.round(total, 6).tolist(),
        exhibits.flags(_LINKS, "merged"),
        exhibits.texts(_LINKS, "reason"),
        strict=True,
    )
    for step, said, summed, merged, reason in rows:
        yield compared(_TOPIC, f"total of step {step}", said, summed)
        if reason in _NOT_BY_WEIGHT:
            yield left(_TOPIC, f"join of step {step}", merged, f"weights do not decide: {reason}")
        else:
            yield compared(_TOPIC, f"join of step {step}", merged, bool(summed >= least))


class _Joined:
    """The lead's parts, joined again in the order of the steps."""

    def __init__(self, exhibits: Exhibits):
        ads = exhibits.texts("identities", "ad_id")
        self.parts = exhibits.texts("identities", "part_id")
        self.sizes = Counter(self.parts)
        self.group = {part: part for part in self.sizes}
        # By their first ads, as the stage orders parts: the smaller stands for the joined.
        self.first: dict[str | None, str] = {}
        for ad, part in zip(ads, self.parts, strict=True):
            self.first[part] = min(self.first.get(part, str(ad)), str(ad))

    def of(self, part: str | None) -> str | None:
        """The first part of what a part is joined with so far."""
        while part in self.group and self.group[part] != part:
            part = self.group[part]
        return part

    def counted(self, exhibits: Exhibits) -> Iterator[Figure]:
        """Ads of both sides at each step, joining on the way."""
        columns = [exhibits.texts(_LINKS, name) for name in ("part_id_a", "part_id_b")]
        rows = sorted(
            zip(
                exhibits.ints(_LINKS, "step").tolist(),
                *columns,
                exhibits.ints(_LINKS, "ads_a").tolist(),
                exhibits.ints(_LINKS, "ads_b").tolist(),
                exhibits.flags(_LINKS, "merged"),
                strict=True,
            )
        )
        for step, one, other, ads_a, ads_b, merged in rows:
            for name, part, stated in (("ads_a", one, ads_a), ("ads_b", other, ads_b)):
                yield compared(_TOPIC, f"{name} of step {step}", stated, self._size(part))
            if merged and one in self.group and other in self.group:
                into, from_ = self.of(one), self.of(other)
                if into != from_:
                    self.sizes[into] += self.sizes[from_]
                    self.group[from_] = into

    def _size(self, part: str | None) -> int | None:
        return self.sizes[part] if part in self.sizes and self.of(part) == part else None

    def named(self, exhibits: Exhibits) -> Iterator[Figure]:
        """The identity of each part, from the first ad of those that are joined."""
        ads = exhibits.texts("identities", "ad_id")
        stated = exhibits.texts("identities", "identity_id")
        for part in sorted(self.first, key=str):
            yield compared(_TOPIC, f"id of part {part}", part, part_name(self.first[part]))
        # Where the lead's parts of one identity are not all joined, the rest is outside of it.
        joined: dict[str | None, set[str | None]] = {}
        for part, identity in zip(self.parts, stated, strict=True):
            joined.setdefault(identity, set()).add(self.of(part))
        for ad, part, identity in zip(ads, self.parts, stated, strict=True):
            first = self.of(part)
            if len(joined[identity]) > 1:
                yield left(_TOPIC, f"identity of {ad}", identity, _ELSEWHERE)
            else:
                yield compared(
                    _TOPIC, f"identity of {ad}", identity, identity_name(self.first[first])
                )
