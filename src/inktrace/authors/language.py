"""Which language an ad is in, by its little words."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?!\w*⟧)")  # the marks of masking are no words
# Little words that the other languages here do not share ("at", "may" and "so" would mislead).
_ENGLISH: Final = frozenset(
    "the and for with you your is are am be was have has will can we our us my me it this that of "
    "to from or not no all please call text available in on by an more than only new good here "
    "who what when where need want help any best very just out get if do looking".split()
)
_TAGALOG: Final = frozenset(
    "ang mga po ho ako ikaw kayo kami tayo sila siya ko mo niya namin natin nila inyo nyo ninyo ng "
    "nang sa si ni kay ay na din rin lang naman kung hindi wala walang mayroon meron dito diyan "
    "doon ito iyan iyon para pwede pwedeng salamat maraming kahit lahat isa gusto bago araw "
    "taong anyos kung ba pa nga daw raw tawag bawat kada ating aming".split()
)
_OTHERS: Final = frozenset(
    "el la los las una uno del que por con para como pero más muy está estoy soy tengo hola aquí "
    "og ug kini kana nga dili naa ako nimo kanimo asa unsa karon maayong palihug "
    "der die das und ist nicht mit für ein eine le les des est pas pour avec une dans".split()
) - {"nga", "ako", "para"}


def language_of(text: str) -> str:
    """The language of a text: en, tl, taglish (both), other, or none where no word was seen.

    Notes: a guess by function words; wrong on a few words, and on languages it does not know
    it says "other" only if no English or Tagalog word is there.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return "none"
    english = sum(word in _ENGLISH for word in words)
    tagalog = sum(word in _TAGALOG for word in words)
    others = sum(word in _OTHERS for word in words)
    if others > english + tagalog or english + tagalog == 0:
        return "other" if len(words) >= 3 or others else "en"
    share = tagalog / (english + tagalog)
    if share < 0.2:
        return "en"
    return "taglish" if share < 0.8 else "tl"
