"""E-mail addresses, links and handles in texts, also where "at" and "dot" are spelt out."""

from __future__ import annotations

import re
from typing import Final

from inktrace.authors.phones import Found, is_written_number

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
# First words of paths there that are the site's own pages.
_SITE_PAGES: Final = frozenset(
    "marketplace watch groups pages events share sharer.php login home explore search hashtag "
    "story.php people profile.php intent reel reels p messages help about settings".split()
)
# Named without a path, these are where half the world is: they tie nobody to anybody.
_EVERYBODYS_HOSTS: Final = _PROFILE_HOSTS | frozenset(
    "google.com maps.google.com gmail.com yahoo.com hotmail.com outlook.com icloud.com "
    "youtube.com whatsapp.com telegram.org viber.com skype.com paypal.com airbnb.com "
    "craigslist.org".split()
)
_TRACKING: Final = re.compile(r"(?:utm_\w*|fbclid|gclid|igsh|igshid|si|ref|mibextid)(?:=.*)?\Z")
_APPS: Final = (
    "telegram|whats ?app|viber|wechat|line|kik|snap ?chat|snap|instagram|insta|ig|facebook|fb|"
    "messenger|twitter|tiktok|signal|skype|discord|tele|tg|wa"
)
_HANDLE: Final = re.compile(
    rf"(?<![\w@])(?:{_APPS})(?:[\s:=\-–>.,|]+(?:app|id|account|name|username|handle|messenger|me|us|"
    r"at|on|po|din|rin|ko|ho|is|ay|sa|page))*[\s:=\-–>|(\[]*(@\s?)?([A-Za-z0-9_](?:[A-Za-z0-9_.]{1,30}[A-Za-z0-9_]))",
    re.IGNORECASE,
)
# After a colon and before the line's end a word is likely a name, but it may be "yes" or "Maria".
_LIKELY_HANDLE: Final = re.compile(
    rf"(?<![\w@])(?:{_APPS})(?:\s+(?:id|account|name|username|handle))?\s?[:=]\s?"
    r"([A-Za-z][A-Za-z0-9_.]{2,30}[A-Za-z0-9_])(?=[ \t]*(?:[,;|!)\n/]|\.(?:\s|\Z)|\Z))",
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
    """Links and bare host names of a folded text; a link to a person's page is a handle.

    Kind "site" is a host that everybody uses (gmail.com): masked, but no evidence.
    """
    if not (_LINK_HINT.search(text) or "://" in text or "www." in text.lower()):
        return []
    return [_read_link(match) for match in _LINK.finditer(text)]


def _read_link(match: re.Match[str]) -> Found:
    shown = match.group().rstrip(".,;:!?)]}'\"")
    start, end = match.start(), match.start() + len(shown)
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", shown, flags=re.IGNORECASE)
    place, _, query = bare.partition("#")[0].partition("?")
    host, _, path = place.partition("/")
    host, path = host.lower(), path.rstrip("/")
    asked = "&".join(part for part in query.split("&") if not _TRACKING.match(part))
    if host in ("wa.me", "api.whatsapp.com"):
        number = re.search(r"(?:^|&)phone=(?:\+|%2B)?(\d+)", query)
        return Found(start, end, "link", number[1] if number else path)
    if host in _PROFILE_HOSTS and path and "/" not in path and path.lower() not in _SITE_PAGES:
        return Found(start, end, "handle", path.lstrip("@").lower())
    if not path and not asked and (not host or host in _EVERYBODYS_HOSTS):
        return Found(start, end, "site", host)
    # What is asked for tells pages apart (profile.php?id=…); tracking marks do not.
    page = f"{host}/{path}" if path else host
    return Found(start, end, "url", f"{page}?{asked}" if asked else page)


def handles(text: str) -> list[Found]:
    """Handles named with an app (telegram, viber, line …), or a bare @name.

    A word after an app's name is a handle with an @, a digit or an underscore: "line up" names
    nobody. Kind "likely_handle" (masked, but no evidence: it may be anybody's first name) is a
    plain word after an app's name, a colon, and at the line's end, or after a bare @.
    """
    found = []
    for match in _HANDLE.finditer(text):
        if (match[1] or _is_telling(match[2])) and not is_written_number(match[2]):
            start = match.start(1) if match[1] else match.start(2)
            found.append(Found(start, match.end(2), "handle", match[2].lower()))
    taken = {item.end for item in found}
    found.extend(
        Found(match.start(1), match.end(1), "likely_handle", match[1].lower())
        for match in _LIKELY_HANDLE.finditer(text)
        if match.end(1) not in taken and not is_written_number(match[1])
    )
    for match in _BARE_HANDLE.finditer(text):
        if match.end(1) not in taken and not is_written_number(match[1]):
            kind = "handle" if _is_telling(match[1]) else "likely_handle"
            found.append(Found(match.start(), match.end(), kind, match[1].lower()))
    return found


def _is_telling(name: str) -> bool:
    return any(letter.isdigit() or letter == "_" for letter in name)
