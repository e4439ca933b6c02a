"""The picture of a lead's style scores over those of random pairs of the workspace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from inktrace.casefile.drawing import BLUE, FAINT, VERMILION, Axis, line, picture, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 628, 14, 150
_MOST_STROKES: Final = 400


def background_picture(background: Mapping[str, Any], scores: Sequence[float]) -> Markup:
    """Random pairs as bars (logarithmic), the lead's pairs as strokes below, over log10 LR."""
    edges, counts = background["edges"], background["counts"]
    low = math.floor(min(edges[0], *scores, 0.0))
    high = math.ceil(max(edges[-1], *scores, 1.0))
    xs = Axis(low, high, _LEFT, _RIGHT)
    decades = max(1, math.ceil(math.log10(max(counts) + 1)))
    ys = Axis(0.0, decades, _BOTTOM, _TOP)
    parts = []
    for decade in range(decades + 1):
        parts.append(line(_LEFT, ys.at(decade), _RIGHT, ys.at(decade), FAINT))
        parts.append(text(_LEFT - 6, ys.at(decade) + 4, f"{10**decade:,}", "end"))
    bar = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="#CFE3F1" stroke="{}"/>')
    for place, count in enumerate(counts):
        if count:
            left, right = xs.at(edges[place]), xs.at(edges[place + 1])
            # One pair still shows as a stroke above the floor.
            y = min(ys.at(math.log10(count)), _BOTTOM - 2)
            width = round(right - left, 1)
            parts.append(bar.format(left, y, width, round(_BOTTOM - y, 1), BLUE))
    for score in sorted(scores)[:: max(1, len(scores) // _MOST_STROKES)]:
        x = xs.at(score)
        parts.append(line(x, _BOTTOM + 4, x, _BOTTOM + 16, VERMILION, 1.5))
    parts += [text(xs.at(t), _BOTTOM + 32, f"{t}", "middle") for t in range(low, high + 1)]
    parts.append(text((_LEFT + _RIGHT) / 2, _BOTTOM + 50, "log10 likelihood ratio", "middle"))
    parts.append(text(14, (_TOP + _BOTTOM) / 2, "random pairs", "middle", turned=True))
    about = (
        f"{background['pairs']} random pairs lie between {edges[0]:g} and {edges[-1]:g}; the "
        f"lead's {len(scores)} pairs between {min(scores):.2f} and {max(scores):.2f}."
    )
    title = "Style of the lead's pairs over that of random pairs"
    return picture(640, _BOTTOM + 60, "background", title, about, parts)
