"""Apps, wallet services and remittance houses by the names that ads give them."""

from __future__ import annotations

import functools
import re
from typing import Final

# What reaches a person. Each alternative is a regular expression.
MESSENGERS: Final = {
    "telegram": r"telegram|tele|tg",
    "whatsapp": r"whats ?app|wasap|wsp|wa",
    "viber": r"viber",
    "wechat": r"wechat|weixin|微信",
    "line": r"line",
    "kik": r"kik",
    "snapchat": r"snap ?chat|snap",
    "instagram": r"instagram|insta|ig|i\.g\.",
    "facebook": r"facebook|fb|messenger|msgr",
    "x": r"twitter",
    "tiktok": r"tik ?tok",
    "signal": r"signal",
    "skype": r"skype",
    "discord": r"discord",
    "onlyfans": r"onlyfans|only fans",
    "wickr": r"wickr(?: me)?|wickrme",
    "threema": r"threema",
}
# What money goes to. A number or name after these is paid, not only rung.
PAYMENTS: Final = {
    "gcash": r"g[- ]?cash",
    "maya": r"pay ?maya|maya",
    "paypal": r"pay ?pal",
    "cashapp": r"cash ?app|cashtag",
    "venmo": r"venmo",
    "zelle": r"zelle",
    "coinsph": r"coins\.ph",
    "bizum": r"bizum",
}
HOUSES: Final = {
    "westernunion": r"western ?union",
    "moneygram": r"money ?gram",
    "cebuana": r"cebuana(?: lhuill?ier)?",
    "palawan": r"palawan(?: (?:express|pawnshop|padala))*",
    "mlhuillier": r"m\.? ?lhuill?ier|ml kwarta padala",
    "remitly": r"remitly",
    "lbc": r"lbc",
}
# Hosts where the path names a person.
PROFILE_HOSTS: Final = {
    "t.me": "telegram", "telegram.me": "telegram", "instagram.com": "instagram",
    "facebook.com": "facebook", "fb.com": "facebook", "m.me": "facebook", "fb.me": "facebook",
    "twitter.com": "x", "x.com": "x", "tiktok.com": "tiktok", "onlyfans.com": "onlyfans",
    "linktr.ee": "linktree", "snapchat.com": "snapchat",
    "paypal.me": "paypal", "cash.app": "cashapp", "venmo.com": "venmo",
}  # fmt: skip


def any_of(names: dict[str, str]) -> str:
    """One alternative of a regular expression for all of them; what follows must end the word."""
    return "|".join(names.values())


_EACH: Final = {
    app: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)
    for app, words in (MESSENGERS | PAYMENTS | HOUSES).items()
}


@functools.lru_cache(maxsize=4096)
def apps_in(words: str) -> str:
    """The apps that some words name, in alphabetical order, apart by spaces."""
    return " ".join(sorted(app for app, pattern in _EACH.items() if pattern.search(words)))
