"""Which app or wallet service a text names with a phone number or an e-mail address."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Final

from inktrace.authors.apps import MESSENGERS, PAYMENTS, any_of, apps_in
from inktrace.authors.found import Found
from inktrace.authors.words import words_in

PAID: Final = frozenset(PAYMENTS)
_APP: Final = rf"(?:{any_of(MESSENGERS | PAYMENTS)})(?!\w)"
_APPS: Final = rf"(?<!\w){_APP}(?:[\s/,&+|]+(?:(?:and|or|o|at|pati|y)\s+)?{_APP})*"
_FILLER: Final = (
    r"(?:number|no|num|nos|nmbr|acct|account|name|id|me|us|po|ko|ang|sa|is|at|to|on|only|lang|din|"
    r"rin|here|ito|app|or|o|and|al|thru|via|mo|nyo|ay)"
)
_BEFORE: Final = re.compile(
    rf"({_APPS})(?:[\s:=\-–>.,#(/*]+{_FILLER}(?!\w))*[^\w.\x01]{{0,6}}(?:\.\s?)?\Z", re.IGNORECASE
)
# "GCash payment goes to 0917 …": further off, but only money is spoken of between.
_PAID_BEFORE: Final = re.compile(
    rf"(?<!\w)((?:{any_of(PAYMENTS)})(?!\w))[^.\n!?|;\x01]{{0,24}}\Z", re.IGNORECASE
)
_RUNG: Final = re.compile(
    r"(?<!\w)(?:text|txt|call|tawag|contact|cp|cel|cell|viber|whats ?app|tel|msg|message|sms|pm)"
    r"(?!\w)",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"[ \t)]*[\s(\[\-–,=/]{0,4}(?:(?:is|for|thru|via|only|pang|on|my|sa|ang|po|ko)\s+){0,2}"
    rf"({_APPS})"
    rf"(?!(?:\s+{_FILLER}(?!\w)|[\s:=\-–>.,#(/])*[+\d\x01])",
    re.IGNORECASE,
)
# One word of each of those names.
_APP_WORDS: Final = frozenset(
    "telegram tele tg whats whatsapp wasap wsp wa viber wechat weixin 微信 line kik snap snapchat "
    "instagram insta ig g facebook fb messenger msgr twitter tik tiktok signal skype discord "
    "onlyfans fans wickr wickrme threema gcash cash paymaya maya pal paypal cashapp cashtag venmo "
    "zelle coins bizum".split()
)
_FIRST_WORDS: Final = _APP_WORDS | {"pay", "only", "i"}
_BACK, _AHEAD = 48, 32


def with_apps(found: list[Found], text: str) -> list[Found]:
    """The same list; phones and addresses carry the apps that stand right before or after them.

    `text` is the searched text, with the places of `found`. Notes: an app between two numbers is
    the first one's in brackets, the second one's otherwise.
    """
    if not any(item.kind in ("phone", "email") for item in found) or (
        _APP_WORDS.isdisjoint(words_in(text).distinct)
    ):
        return found
    done: list[Found] = []
    names = words_in(text).starts_of(_FIRST_WORDS, text)
    for place, item in enumerate(found):
        if item.kind not in ("phone", "email") or item.app:
            done.append(item)
            continue
        first = found[place - 1].end if place else 0
        last = found[place + 1].start if place + 1 < len(found) else len(text)
        begin = max(first, item.start - _BACK)
        before = text[begin : item.start]
        # Where an app's name may begin; what is cut at the front may look like one.
        near = names[bisect_right(names, begin) : bisect_left(names, item.start)]
        starts = [0, *(start - begin for start in near)]
        after = text[item.end : min(last, item.end + _AHEAD)]
        after += "\x01" if last - item.end <= _AHEAD and last < len(text) else ""
        app = _named(item, before, starts, after)
        done.append(Found(item.start, item.end, item.kind, item.value, app) if app else item)
    return done


def _named(item: Found, before: str, starts: list[int], after: str) -> str:
    match = _first_match(_BEFORE, before, starts)
    if match is None and item.kind == "phone":
        match = _first_match(_PAID_BEFORE, before, starts)
        if match and _RUNG.search(match.group()):
            match = None
    if match is None:
        match = _AFTER.match(after)
    return apps_in(match[1]) if match else ""


def _first_match(pattern: re.Pattern[str], text: str, starts: list[int]) -> re.Match[str] | None:
    return next((found for start in starts if (found := pattern.match(text, start))), None)
