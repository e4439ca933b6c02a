"""E-mail addresses and links in texts, also where "at" and "dot" are spelt out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from inktrace.authors.apps import PROFILE_HOSTS
from inktrace.authors.found import Found
from inktrace.authors.words import words_in

_TLD: Final = (
    "com|net|org|info|biz|co|me|io|ph|us|uk|ie|es|de|fr|ca|au|mx|in|sg|my|xyz|site|online|club|app|"
    "live|link|shop|top|ly|gg|tv|to|cc|eu|nl|it|ru|ch|at|se|no|pl|br"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])([\w+-][\w.+-]{0,63}+)\s?@"
    r"\s?((?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12})(?![\w@])"
)
_LONGEST_NAME: Final = 66  # characters before the @, with a space and the one before that
_AT: Final = (
    r"(?:\s?[(\[{<]\s?(?:at|@|arroba|sa)\s?[)\]}>]\s?|\s(?:at|arroba)\s|\s?@\s?"
    r"|[*_|~-](?:at|arroba)[*_|~-])"
)
_DOT: Final = (
    r"(?:\s?[(\[{<]\s?(?:dot|punto|tuldok|\.)\s?[)\]}>]\s?|\s(?:dot|punto|tuldok)\s|\s?\.\s?"
    r"|[*_|~-](?:dot|punto|tuldok)[*_|~-])"
)
# Within a name a full stop stands alone: "come by. ana at …" has no name with a dot.
_NAME_DOT: Final = (
    r"(?:\.|\s\.\s|\s?[(\[{<]\s?(?:dot|punto|tuldok|\.)\s?[)\]}>]\s?|\s(?:dot|punto|tuldok)\s"
    r"|[*_|~-](?:dot|punto|tuldok)[*_|~-])"
)
# "photos at rooms.com" is a place on the web.
_NO_NAME: Final = (
    "photos?|pics?|pictures?|videos?|rates|prices|site|website|page|online|us|me|see|look|visit|"
    "find|more|details|book|booking|here|list|listed|available|live|now|check|found|order|apply"
)
# What stands after a name, or is cut out of it: most words are passed over by this look.
_SPELT_WORD: Final = r"(?:at|arroba|dot|punto|tuldok)"
_AFTER_NAME: Final = (
    rf"(?:[\w+-]*+(?:\s?[.(\[{{<@*|~]|\s{_SPELT_WORD}\s)|[\w+-]*?[_-]{_SPELT_WORD}[*_|~-])"
)
_SPELT_EMAIL: Final = re.compile(
    rf"(?<![\w.+-])(?=\w{_AFTER_NAME})(?!(?:{_NO_NAME})\s)(\w[\w+-]{{0,40}}(?:{_NAME_DOT}[\w+-]{{1,40}}){{0,3}}?){_AT}"
    rf"([A-Za-z0-9-]{{2,40}}(?:{_DOT}[A-Za-z0-9-]{{2,40}}){{0,2}}?){_DOT}({_TLD})(?![\w@-])"
    # "yahoo [.] com [.] ph" goes on.
    rf"(?!{_DOT}(?:ph|uk|au|sg|mx|br)(?!\w))",
    re.IGNORECASE,
)
_SPELT_MARKS: Final = (
    " at ",
    "at)",
    "at]",
    "at}",
    "at>",
    "arroba",
    "_at_",
    "*at*",
    "-at-",
    "~at~",
    "|at|",
)
# An "at" with a host after it: only around these is a spelt address looked for.
_AT_WORDS: Final = frozenset(("at", "arroba", "sa"))
_AT_HOST: Final = re.compile(
    r"(?:@\s?[)\]}>]?\s?|(?<=[\s(\[{<*_|~-])(?:at|arroba|sa)(?:\s?[)\]}>]\s?|\s|[*_|~-]))"
    rf"(?=[A-Za-z0-9-]{{2,40}}(?:{_DOT}[A-Za-z0-9-]{{2,40}}){{0,2}}?{_DOT}(?:{_TLD}))",
    re.IGNORECASE,
)
_SIGN: Final = re.compile("@")
# Only with these has a name a space in it.
_SPACES: Final = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"  # that a folded text may hold
_NAME_SPACES: Final = ("dot", "punto", "tuldok", *"([{<", *(f"{space}." for space in _SPACES))
_BEFORE_AT, _AFTER_AT = 200, 250  # characters that an address may reach either side
# Every address whose dots are not spelt ends like this: a cheap look before the search.
_SPELT_HINT: Final = re.compile(rf"\.\s?[)\]}}>]?\s?(?:{_TLD})(?![\w@-])")
_DOT_RE: Final = re.compile(_DOT, re.IGNORECASE)
_HOST_HINT: Final = re.compile(r"\.\w|://")  # no link is without one, or is "www." and signs
_LINK_HINT: Final = re.compile(r"\.(?:(?=\w)|(?<=[wW][wW][wW]\.))|:(?=//)")
_LINK_END: Final = re.compile(r"[\s<>\"'⟦⟧]")
_LINK: Final = re.compile(
    r"(?:h(?:tt|xx)ps?://|www\.)[^\s<>\"'⟦⟧]{3,}"
    rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_TLD})/[^\s<>\"'⟦⟧]+"
    # "clean.in" is a missing space, not a host: without a path only these endings count.
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|info|biz|ph|uk|ie|xyz)(?![\w-])",
    re.IGNORECASE,
)
# Links made unlike links: "rooms dot com slash book", "rooms[.]ph", "www . rooms . ph", hxxp.
_SPELT_DOT: Final = (
    r"(?:\s?[(\[{<]\s?(?:dot|punto|tuldok|\.)\s?[)\]}>]\s?|\s(?:dot|punto|tuldok)\s)"
)
_ENDINGS: Final = "com|net|org|ph|info|biz|xyz|site|shop|online"
_SPELT_LINK: Final = re.compile(
    rf"(?<![\w@.-])(?:h(?:tt|xx)ps?://)?(?:www(?:\s?\.\s?|{_SPELT_DOT}))?(?:"
    rf"([a-z0-9-]{{2,63}}(?:{_SPELT_DOT}(?:com|co|org|net))?){_SPELT_DOT}({_ENDINGS})(?![\w@-])"
    rf"(?!{_SPELT_DOT}(?:ph|uk|au|sg|mx|br)(?!\w))(?:\s?(?:/|\sslash\s)\s?([\w.@/-]{{1,60}}))?"
    rf"|([a-z0-9-]{{1,63}}){_SPELT_DOT}(me|ee|ly|co|app)\s?(?:/|\sslash\s)\s?([\w.@/$-]{{1,60}}))"
    rf"|(?<!\w)www\s\.\s?([a-z0-9-]{{1,63}}(?:\s?\.\s?[a-z0-9-]{{2,40}}){{1,3}})"
    r"(/[\w./?=&-]{1,200})?",
    re.IGNORECASE,
)
# Every link made unlike one has one of these.
_SPELT_LINK_MARKS: Final = (
    " dot ",
    "dot)",
    "dot]",
    "dot}",
    "punto",
    "tuldok",
    "[.]",
    "(.)",
    "www .",
)
_SCHEME: Final = re.compile(r"^(?:h(?:tt|xx)ps?://)?(?:www\.)?", re.IGNORECASE)
# First words of paths there that are the site's own pages.
_SITE_PAGES: Final = frozenset(
    "marketplace watch groups pages events share sharer.php login home explore search hashtag "
    "story.php people profile.php intent reel reels p messages help about settings".split()
)
# Named without a path, these are where half the world is: they tie nobody to anybody.
_EVERYBODYS_HOSTS: Final = frozenset(PROFILE_HOSTS) | frozenset(
    "google.com maps.google.com gmail.com yahoo.com hotmail.com outlook.com icloud.com mail.com "
    "protonmail.com "
    "youtube.com whatsapp.com telegram.org viber.com skype.com paypal.com airbnb.com "
    "craigslist.org".split()
)
_PAID_PAGE: Final = re.compile(
    r"(paypal\.me|paypal\.com/paypalme|cash\.app|venmo\.com/u|venmo\.com)/(\$?[\w.-]{2,60})(?:/|\Z)",
    re.IGNORECASE,
)
_PAID_HOSTS: Final = {
    "paypal.me": "paypal.me", "paypal.com/paypalme": "paypal.me", "cash.app": "cash.app",
    "venmo.com/u": "venmo.com", "venmo.com": "venmo.com",
}  # fmt: skip
# Countries' endings that are words too.
_LITTLE_WORDS: Final = frozenset("no in it me to at us my so be is se es de".split())
_TRACKING: Final = re.compile(r"(?:utm_\w*|fbclid|gclid|igsh|igshid|si|ref|mibextid)(?:=.*)?\Z")


def emails(text: str) -> list[Found]:
    """E-mail addresses of a folded text, lower-case, also spelt "name at host dot com"."""
    lowered = text.lower()
    if "@" not in text and not _holds_any(lowered, _SPELT_MARKS):
        return []
    found = []
    if "@" in text:
        for match in _EMAIL.finditer(text, max(0, text.find("@") - _LONGEST_NAME)):
            value = f"{match[1]}@{match[2]}".lower()
            found.append(Found(match.start(), match.end(), "email", value))
    spelt = "dot" in lowered or "punto" in lowered or "tuldok" in lowered
    if spelt or _SPELT_HINT.search(lowered):
        for match in _spelt_emails(text):
            name, host = (_DOT_RE.sub(".", part) for part in (match[1], match[2]))
            value = f"{name}@{host}.{match[3]}".lower()
            found.append(Found(match.start(), match.end(), "email", value))
    return found


def _holds_any(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - a generator costs as much as the looks themselves
        if mark in text:
            return True
    return False


def _spelt_emails(text: str) -> Iterator[re.Match[str]]:
    """Spelt addresses, looked for only around an "at" with a host after it, from the left."""
    signs = [sign.start() for sign in _SIGN.finditer(text)]
    last = 0
    for place in sorted(signs + words_in(text).starts_of(_AT_WORDS, text)):
        if place < last or not _AT_HOST.match(text, place):
            continue
        first = _name_start(text, max(last, place - _BEFORE_AT), place)
        match = _SPELT_EMAIL.search(text, first, place + _AFTER_AT)
        if match and match.start() <= place:
            last = match.end()
            if not _is_prose(match):
                yield match


def _name_start(text: str, first: int, place: int) -> int:
    """Where the name before an "at" begins at the earliest."""
    before = text[first:place]
    if _holds_any(before.lower(), _NAME_SPACES):
        return first
    name = before.rsplit(None, 1)[-1:]  # nothing in it may hold a space
    return place - len(before) + before.rindex(name[0]) if name else first


def _is_prose(match: re.Match[str]) -> bool:
    """Whether "quiet at night. No pets" was read: nothing but "at" and a full stop say address."""
    at = match.string[match.end(1) : match.start(2)].strip().lower()
    dot = match.string[match.end(2) : match.start(3)]
    if at not in ("at", "@") or dot.strip() != ".":
        return False
    is_end = len(dot) == 2 and dot[0] == "."  # a full stop, then a space or a new line
    is_word = match[3].lower() in _LITTLE_WORDS
    return (is_end or is_word) if at == "at" else (is_end and is_word)


def links(text: str) -> list[Found]:
    """Links and bare host names of a folded text; a link to a person's page is a handle.

    Kind "site" is a host that everybody uses (gmail.com): masked, but no evidence.
    """
    found: list[Found] = []
    for match in _plain_links(text):
        shown = match.group().rstrip(".,;:!?)]}'\"")
        found.append(_read_link(shown, match.start(), match.start() + len(shown)))
    lowered = text.lower()
    if _holds_any(lowered, _SPELT_LINK_MARKS):
        found.extend(map(_read_spelt_link, _SPELT_LINK.finditer(text)))
    return found


def _plain_links(text: str) -> Iterator[re.Match[str]]:
    """Links that are written as such, looked for only where a dot or "://" is."""
    last = 0
    for hint in _LINK_HINT.finditer(text) if _HOST_HINT.search(text) else ():
        first = hint.start()
        if first < last:
            continue
        while first > last and not (text[first - 1].isspace() or text[first - 1] in "<>\"'⟦⟧"):
            first -= 1
        end = _LINK_END.search(text, hint.end())
        last = end.start() if end else len(text)
        yield from _LINK.finditer(text, first, last)


def _read_spelt_link(match: re.Match[str]) -> Found:
    host, ending, path, short, short_ending, short_path, whole, rest = match.groups()
    if whole:
        shown = re.sub(r"\s", "", whole) + (rest or "")
    elif host:
        host = re.sub(_SPELT_DOT, ".", host, flags=re.IGNORECASE)
        shown = f"{host}.{ending}" + (f"/{path}" if path else "")
    else:
        shown = f"{short}.{short_ending}/{short_path}"
    trimmed = shown.rstrip(".,;:!?)]}'\"")
    return _read_link(trimmed, match.start(), match.end() - (len(shown) - len(trimmed)))


def _read_link(shown: str, start: int, end: int) -> Found:
    if shown.lower().startswith("hxxp") or "[.]" in shown:
        shown = re.sub(r"[\[({](?:\.|dot)[\])}]", ".", shown, flags=re.IGNORECASE)
    bare = _SCHEME.sub("", shown)
    place, _, query = bare.partition("#")[0].partition("?")
    host, _, path = place.partition("/")
    host, path = host.lower(), path.rstrip("/")
    asked = "&".join(part for part in query.split("&") if not _TRACKING.match(part))
    if host in ("wa.me", "api.whatsapp.com"):
        number = re.search(r"(?:^|&)phone=(?:\+|%2B)?(\d+)", query)
        return Found(start, end, "link", number[1] if number else path, "whatsapp")
    paid = _PAID_PAGE.match(f"{host}/{path}")
    if paid:
        app = PROFILE_HOSTS[_PAID_HOSTS[paid[1].lower()]]
        return Found(start, end, "payment_handle", paid[2].lower(), app)
    is_profile = path and "/" not in path and path.lower() not in _SITE_PAGES
    if host in PROFILE_HOSTS and is_profile and not path.startswith("+"):
        return Found(start, end, "handle", path.lstrip("@").lower(), PROFILE_HOSTS[host])
    if not path and not asked and (not host or host in _EVERYBODYS_HOSTS):
        return Found(start, end, "site", host)
    # What is asked for tells pages apart (profile.php?id=…); tracking marks do not.
    page = f"{host}/{path}" if path else host
    return Found(start, end, "url", f"{page}?{asked}" if asked else page)


def domain_of(url: str) -> str | None:
    """The host of a link in normal form, or nothing where half the world is there."""
    host = re.split(r"[/?]", url, maxsplit=1)[0]
    return host if "." in host and host not in _EVERYBODYS_HOSTS else None
