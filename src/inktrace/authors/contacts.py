"""E-mail addresses, links and handles in texts, also where "at" and "dot" are spelt out."""

from __future__ import annotations

import re
from typing import Final

from inktrace.authors.phones import Found

_TLD: Final = (
    "com|net|org|info|biz|co|me|io|ph|us|uk|ie|es|de|fr|ca|au|mx|in|sg|my|xyz|site|online|club|app|"
    "live|link|shop|top|ly|gg|tv|to|cc|eu|nl|it|ru|ch|at|se|no|pl|br"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])([\w+-][\w.+-]{0,63})\s?@\s?((?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12})(?![\w@])"
)
_AT: Final = r"(?:\s?[(\[{<]\s?(?:at|@|arroba|sa)\s?[)\]}>]\s?|\s(?:at|arroba)\s|\s?@\s?)"
_DOT: Final = (
    r"(?:\s?[(\[{<]\s?(?:dot|punto|tuldok|\.)\s?[)\]}>]\s?|\s(?:dot|punto|tuldok)\s|\s?\.\s?)"
)
_SPELT_EMAIL: Final = re.compile(
    rf"(?<![\w.+-])(\w[\w+-]{{0,40}}(?:(?:\.|{_DOT})[\w+-]{{1,40}}){{0,3}}?){_AT}"
    rf"([A-Za-z0-9-]{{2,40}}(?:{_DOT}[A-Za-z0-9-]{{2,40}}){{0,2}}?){_DOT}({_TLD})(?![\w@-])",
    re.IGNORECASE,
)
# Every spelt address ends like this: a cheap look before the search.
_SPELT_HINT: Final = re.compile(
    rf"(?:dot|punto|tuldok|\.)\s?[)\]}}>]?\s?(?:{_TLD})(?![\w@-])", re.IGNORECASE
)
_DOT_RE: Final = re.compile(_DOT, re.IGNORECASE)
_LINK_HINT: Final = re.compile(r"[\w-]\.\w")  # no host is without it
_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'⟦⟧]{3,300}"
    rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_TLD})/[^\s<>\"'⟦⟧]{{1,200}}"
    # "clean.in" is a missing space, not a host: without a path only these endings count.
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|info|biz|ph|uk|ie|xyz)(?![\w-])",
    re.IGNORECASE,
)
# Sites where the path names a person: read as a handle.
_PROFILE_HOSTS: Final = frozenset(
    "t.me telegram.me instagram.com facebook.com fb.com m.me twitter.com x.com tiktok.com "
    "onlyfans.com linktr.ee snapchat.com fb.me".split()
)
_APPS: Final = (
    "telegram|whats ?app|viber|wechat|line|kik|snap ?chat|snap|instagram|insta|ig|facebook|fb|"
    "messenger|twitter|tiktok|signal|skype|discord|tele|tg|wa"
)
_HANDLE: Final = re.compile(
    rf"(?<![\w@])(?:{_APPS})(?:[\s:=\-–>.,|]+(?:app|id|account|name|username|handle|messenger|me|us|"
    r"at|on|po|din|rin|ko|ho|is|ay|sa|page))*[\s:=\-–>|(\[]*([:=@]\s?)?([A-Za-z0-9_](?:[A-Za-z0-9_.]{1,30}[A-Za-z0-9_]))",
    re.IGNORECASE,
)
_BARE_HANDLE: Final = re.compile(
    r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{1,30}[A-Za-z0-9_]))(?![\w@])"
)


def emails(text: str) -> list[Found]:
    """E-mail addresses of a folded text, lower-case, also spelt "name at host dot com"."""
    lowered = text.lower()
    if "@" not in text and not any(word in lowered for word in (" at ", "at)", "at]", "arroba")):
        return []
    found = [
        Found(m.start(), m.end(), "email", f"{m[1]}@{m[2]}".lower()) for m in _EMAIL.finditer(text)
    ]
    marked = any(mark in lowered for mark in ("dot", "punto", "tuldok", " .", ". ", "at)", "at]"))
    if marked and _SPELT_HINT.search(text):
        for match in _SPELT_EMAIL.finditer(text):
            name, host = (_DOT_RE.sub(".", part) for part in (match[1], match[2]))
            value = f"{name}@{host}.{match[3]}".lower()
            found.append(Found(match.start(), match.end(), "email", value))
    return found


def links(text: str) -> list[Found]:
    """Links and bare host names of a folded text; a link to a person's page is a handle."""
    if not (_LINK_HINT.search(text) or "://" in text or "www." in text.lower()):
        return []
    return [_read_link(match) for match in _LINK.finditer(text)]


def _read_link(match: re.Match[str]) -> Found:
    shown = match.group().rstrip(".,;:!?)]}'\"")
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", shown, flags=re.IGNORECASE)
    host, _, path = bare.partition("/")
    host, path = host.lower(), re.split(r"[?#]", path)[0].rstrip("/")
    end = match.start() + len(shown)
    if host in ("wa.me", "api.whatsapp.com") or not host:
        return Found(match.start(), end, "link", path)
    if host in _PROFILE_HOSTS and path and "/" not in path:
        return Found(match.start(), end, "handle", path.lstrip("@").lower())
    return Found(match.start(), end, "url", f"{host}/{path}" if path else host)


def handles(text: str) -> list[Found]:
    """Handles named with an app (telegram, viber, line …), or a bare @name holding a digit.

    A word after an app's name counts only with an @, a colon, a digit or an underscore: "line up"
    names nobody.
    """
    found = []
    for match in _HANDLE.finditer(text):
        name = match[2]
        telling = any(c.isdigit() or c == "_" for c in name) and not name.isdigit()
        if (match[1] or telling) and not name.isdigit():
            found.append(Found(match.start(2), match.end(2), "handle", name.lower()))
    found.extend(
        Found(match.start(), match.end(), "handle", match[1].lower())
        for match in _BARE_HANDLE.finditer(text)
        if any(c.isdigit() or c == "_" for c in match[1]) and not match[1].isdigit()
    )
    return found
