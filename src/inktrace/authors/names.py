"""Names of people advertised and of places: masked, because they are topic, not style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

_CALLS: Final = (
    "my name is|name'?s|this is|i am|i'm|im|ask for|look for|contact|call me|text me|done by|"
    "hanapin si|kontakin si|ako po si|ako si|me po si|si|kay|ni|soy|me llamo|hi its|it's|its|"
    r"ms\.?|mr\.?|mrs\.?|miss|ate|kuya"
)
_NAME: Final = r"([A-ZÀ-Þ][a-zß-ÿ]{1,14}|[A-Z]{3,12})(?![\w@])"
_NAME_AND_THEN: Final = (
    r"(?<!\w)([A-ZÀ-Þ][a-zß-ÿ]{1,14})\s+(?i:po|ho)?\s?(?i:ang pangalan|here|will serve|will do)"
)
_CALLED: Final = re.compile(rf"(?:(?i:{_CALLS}))\s+{_NAME}|{_NAME_AND_THEN}")
# Ads hold many capitals and few calls: the name is looked for first, and the call before it.
_CALLED_BEFORE: Final = re.compile(rf"(?<!\s)\s+{_NAME}")
_NAMED_FIRST: Final = re.compile(_NAME_AND_THEN)
_CALL_ENDINGS: Final = tuple(
    "is 's es me am 'm im or ct by si ay ni oy mo ts ms ms. mr mr. mrs mrs. ss te ya".split()
)
_CAPITAL: Final = re.compile(r"(?<![\w@])[A-ZÀ-Þ](?:[a-zß-ÿ]{1,14}|[A-Z]{1,11})(?![\w@])")
_LOWER: Final = re.compile(r"(?<![\w@])[a-zß-ÿ]{2,15}(?![\w@])")


def called_names(texts: Iterable[str]) -> frozenset[str]:
    """Lower-case words that the texts introduce as somebody's name ("ask for …", "si …").

    A word is taken if it is introduced at least twice, or once and never seen in lower case,
    and is written small in fewer than a third of its uses: "Available" after "I am" is no name.
    """
    introduced: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for text in texts:
        if _may_call(text):
            found = _CALLED.findall(text)
            introduced.update({(first or second).lower() for first, second in found})
        capital.update({word.lower() for word in _CAPITAL.findall(text)})
        lower.update(set(_LOWER.findall(text)))
    return frozenset(
        word
        for word, times in introduced.items()
        if lower[word] * 2 < capital[word] and (times >= 2 or lower[word] == 0)
    )


def _may_call(text: str) -> bool:
    """Whether anybody may be introduced: looks at the two letters before each capital."""
    return _NAMED_FIRST.search(text) is not None or any(
        text[max(0, match.start() - 4) : match.start()].lower().endswith(_CALL_ENDINGS)
        for match in _CALLED_BEFORE.finditer(text)
    )


def name_spans(text: str, names: frozenset[str]) -> list[tuple[int, int]]:
    """Where a text names one of the known people (capitalised uses only)."""
    return [m.span() for m in _CAPITAL.finditer(text) if m.group().lower() in names]


def place_spans(text: str, places: Sequence[str | None]) -> list[tuple[int, int]]:
    """Where a text names the ad's own city or region, in any case."""
    words = {place.strip().lower() for place in places if place and 3 <= len(place.strip()) <= 60}
    lowered = text.lower()
    spans: list[tuple[int, int]] = []
    for word in sorted(words, key=len, reverse=True):
        if word in lowered:
            pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
            # Searched as typed: some letters change their length in lower case.
            spans.extend(match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
    return spans
