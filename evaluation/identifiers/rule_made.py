"""Ads made by rule: benign phrases, identifiers hidden in known ways, and traps between them.

The extractor may be tuned on these; the hand-made ads are kept apart.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Final

import phonenumbers
from Crypto.Hash import keccak
from evaluation.identifiers.ads import Ad, Truth

from inktrace.world.phrases import CATEGORIES, CITIES, NAMES, SLOTS

EN: Final = "zero one two three four five six seven eight nine".split()
TL: Final = "sero isa dalawa tatlo apat lima anim pito walo siyam".split()
ES: Final = "cero uno dos tres cuatro cinco seis siete ocho nueve".split()
TAGALOG_SPANISH: Final = "sero uno dos tres kwatro singko sais syete otso nuwebe".split()
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_TEENS: Final = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
Rule = Callable[[str, random.Random], str]


def _grouped(digits: str) -> list[str]:
    if len(digits) == 10:
        return [digits[:3], digits[3:6], digits[6:]]
    if len(digits) == 9:
        return [digits[:3], digits[3:6], digits[6:]]
    return [digits[:4], digits[4:7], digits[7:]]


def _words(names: list[str]) -> Rule:
    def rule(digits: str, rng: random.Random) -> str:
        parts = [" ".join(names[int(d)] for d in group) for group in _grouped(digits)]
        return rng.choice((" ", ", ", " - ", " / ")).join(parts)

    return rule


def _some_words(digits: str, rng: random.Random) -> str:
    names = rng.choice((EN, TL, ES, TAGALOG_SPANISH))
    return "".join(f" {names[int(d)]} " if rng.random() < 0.4 else d for d in digits).replace(
        "  ", " "
    )


def _glued_words(digits: str, rng: random.Random) -> str:
    return "".join(EN[int(d)] if rng.random() < 0.5 else d for d in digits)


def _letters(digits: str, rng: random.Random) -> str:
    swaps = {"0": "Oo", "1": "Il"}
    groups = ["".join(rng.choice(swaps.get(d, d)) for d in g) for g in _grouped(digits)]
    return rng.choice((" ", "-", "")).join(groups)


def _rare_letters(digits: str, _: random.Random) -> str:
    head, rest = digits[:4], digits[4:]
    inner = rest[1:-1].replace("5", "S", 1).replace("8", "B", 1)
    return head + rest[0] + inner + rest[-1]


def _spoilt_words(digits: str, rng: random.Random) -> str:
    spoilt = {"zero": "zer0", "one": "0ne", "three": "thr33", "five": "f1ve", "nine": "n1ne",
              "seven": "s3ven"}  # fmt: skip
    return " ".join(spoilt.get(EN[int(d)], EN[int(d)]) if rng.random() < 0.5 else d for d in digits)


def _repeats(digits: str, _: random.Random) -> str:
    parts, place = [], 0
    while place < len(digits):
        same = 1
        while same < 3 and digits[place : place + same + 1] == digits[place] * (same + 1):
            same += 1
        word = ("", "double ", "triple ")[same - 1]
        parts.append(word + EN[int(digits[place])])
        place += same
    return " ".join(parts)


def _tens(digits: str, rng: random.Random) -> str:
    head = 4 if digits[0] == "0" else 3
    parts = [" ".join(EN[int(d)] for d in digits[:head])]
    rest = digits[head:]
    while rest:
        pair = rest[:2]
        if len(pair) == 2 and pair[0] == "1":
            parts.append(_TEENS[int(pair[1])])
        elif len(pair) == 2 and pair[0] > "1":
            tens = _TENS[int(pair[0]) - 2]
            parts.append(tens if pair[1] == "0" else f"{tens} {EN[int(pair[1])]}")
        else:
            pair = rest[0]
            # "forty" and "five" would be read as 45.
            parts.append(EN[int(pair)] if not parts[-1].endswith("ty") or pair == "0" else pair)
        rest = rest[len(pair) :]
    return rng.choice((" ", ", ")).join(parts)


def _hundreds(digits: str, _: random.Random) -> str:
    head = digits[:-10] if len(digits) > 10 else ""
    parts = [*head]
    rest = digits[len(head) :]
    if rest[0] == "0":
        return digits
    parts = [EN[int(d)] for d in head] + [f"{EN[int(rest[0])]} hundred"]
    below = int(rest[1:3])
    if 0 < below < 10:
        parts.append(EN[below])
    elif 10 <= below < 20:
        parts.append(_TEENS[below - 10])
    elif below:
        parts.append(_TENS[below // 10 - 2] + (f" {EN[below % 10]}" if below % 10 else ""))
    return " ".join([*parts, rest[3:6], rest[6:]])


def _mapped(letters: str) -> Rule:
    def rule(digits: str, rng: random.Random) -> str:
        gap = rng.choice(("", " "))
        return gap.join("".join(letters[int(d)] for d in g) for g in _grouped(digits))

    return rule


def _keycaps(digits: str, rng: random.Random) -> str:
    gap = rng.choice(("", " "))
    return gap.join(f"{d}\ufe0f\u20e3" for d in digits)


def _invisible(digits: str, rng: random.Random) -> str:
    marks = ("\u200b", "\u200d", "\u2060", "\u200e", "\u200f", "\u202d", "\ufeff", "")
    return "".join(d + rng.choice(marks) for d in digits)


def _turned(digits: str, _: random.Random) -> str:
    return "\u202d" + "\u200f-".join(_grouped(digits)) + "\u202c"


def _joined(*gaps: str) -> Rule:
    return lambda digits, rng: rng.choice(gaps).join(_grouped(digits))


def _singles(digits: str, rng: random.Random) -> str:
    return rng.choice((" ", ".", "-", "_", "*", "~", "  ", "|", ", ")).join(digits)


def _bracketed(digits: str, _: random.Random) -> str:
    first, *rest = _grouped(digits)
    return f"({first}) " + "-".join(rest)


RULES: Final[dict[str, Rule]] = {
    "plain": lambda digits, _: digits,
    "gaps": _joined(" ", "-", ".", " - ", "/", "_", "*", " . ", "--", "~", "•"),
    "brackets": _bracketed,
    "singles": _singles,
    "ornaments": _joined(" ✨ ", "🌸", "🔥", " ♥ ", "☎", " 👉 "),
    "joining words": _joined(" then ", " tapos ", " and ", " dash ", " and then "),
    "English": _words(EN),
    "Tagalog": _words(TL),
    "Spanish": _words(ES),
    "Tagalog Spanish": _words(TAGALOG_SPANISH),
    "some words": _some_words,
    "glued words": _glued_words,
    "letters": _letters,
    "rare letters": _rare_letters,
    "spoilt words": _spoilt_words,
    "repeats": _repeats,
    "tens": _tens,
    "hundreds": _hundreds,
    "full width": _mapped("０１２３４５６７８９"),
    "circled": _mapped("⓪①②③④⑤⑥⑦⑧⑨"),
    "dark circles": _mapped("⓿❶❷❸❹❺❻❼❽❾"),
    "bold": _mapped("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "Arabic": _mapped("٠١٢٣٤٥٦٧٨٩"),
    "keycaps": _keycaps,
    "invisible": _invisible,
    "turned": _turned,
}
_REGIONS: Final = ("PH", "PH", "PH", "US", "US", None, "GB", "ES", "MX", "AU")
_ABROAD: Final = ("GB", "SG", "HK", "AE", "MY", "AU", "ES", "JP", "DE")


def _number(region: str, rng: random.Random) -> str:
    """National digits of a valid mobile number, with the 0 that its people dial first."""
    forms = {"PH": "09#########", "US": "##########", "GB": "07#########", "ES": "6########",
             "MX": "55########", "AU": "04########", "SG": "8#######", "HK": "5#######",
             "AE": "05########", "MY": "012#######", "JP": "090########", "DE": "0151########",
    }  # fmt: skip
    while True:
        digits = "".join(str(rng.randrange(10)) if c == "#" else c for c in forms[region])
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue  # digits such as 011…, which its people dial to reach another country
        if region == "US" and (digits[0] in "01" or digits[:3] == digits[3:6]):
            continue
        if phonenumbers.is_valid_number(number):
            return digits


def _e164(digits: str, region: str) -> str:
    number = phonenumbers.parse(digits, region)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _phone(country: str | None, rng: random.Random) -> tuple[str, str]:
    """A hidden number and its E.164."""
    if rng.random() < 0.15:
        region = rng.choice(_ABROAD)
        value = _e164(_number(region, rng), region)
        code = str(phonenumbers.country_code_for_region(region))
        national = value[1 + len(code) :]
        digits = rng.choice((_joined(" ", "-", "."), _letters, RULES["plain"]))(national, rng)
        return rng.choice((f"+{code} {digits}", f"+{code}{digits}", f"00{code} {digits}")), value
    region = country or rng.choice(("PH", "PH", "US"))
    digits = _number(region, rng)
    while country is None and region == "US" and digits[0] == "9":
        digits = _number(region, rng)  # it may be a Philippine number without its 0
    rule = RULES[rng.choice(list(RULES))]
    return rule(digits, rng), _e164(digits, region)


_LEADS: Final = ("call or text {}", "txt lang po sa {}", "my number {}", "{}", "contact: {}",
                 "llámame al {}", "tawag na sa {} salamat", "cp# {}", "ring me {} anytime",
)  # fmt: skip


def _with_phone(country: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    shown, value = _phone(country, rng)
    return rng.choice(_LEADS).format(shown), {Truth("phone", value)}


def _user(rng: random.Random) -> str:
    name = rng.choice(NAMES).lower()
    return (
        name
        + rng.choice(("_", ""))
        + rng.choice(("rooms", "home", "ph"))
        + str(rng.randrange(10, 9999))
    )


def _with_email(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    user = rng.choice((_user(rng), f"{rng.choice(NAMES)}.{rng.choice(CITIES)}".lower()))
    host = rng.choice(("gmail.com", "yahoo.com", "outlook.es", "proton.me", "yahoo.com.ph"))
    at, dot = rng.choice((("@", "."), (" @ ", " . "), ("(at)", "(dot)"), (" at ", " dot "),
                          ("[at]", "[dot]"), (" AT ", " DOT "), ("_at_", "_dot_"),
                          (" arroba ", " punto "), ("＠", "．"), ("{at}", "{dot}"),
                          ("@\u200b", ".")))  # fmt: skip
    shown = user + at + host.replace(".", dot)
    lead = rng.choice(("email {}", "mail me at: {}", "write {}", "{}", "correo: {}"))
    return lead.format(shown), {Truth("email", f"{user}@{host}")}


_APP_WORDS: Final = {
    "telegram": ("telegram", "Telegram", "TG", "tele"), "instagram": ("IG", "insta", "Instagram"),
    "snapchat": ("snap", "Snapchat", "SC:"), "kik": ("kik", "KIK"), "wechat": ("wechat", "WeChat"),
    "line": ("LINE", "line"), "skype": ("skype",), "discord": ("discord",), "x": ("twitter",),
    "tiktok": ("tiktok",), "onlyfans": ("onlyfans", "OF:"), "wickr": ("wickr", "Wickr me"),
    "facebook": ("fb", "messenger"), "signal": ("Signal",), "viber": ("viber",),
}  # fmt: skip


def _with_handle(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    app = rng.choice(list(_APP_WORDS))
    word, user = rng.choice(_APP_WORDS[app]), _user(rng)
    link = rng.choice((": ", " id ", " - ", " @", ": @", " is @", " 👉 ", " username ", " po "))
    if word.endswith(":"):
        link = " " if not link.strip().startswith("@") else link
    return rng.choice(("add me {}", "{}", "or {} for fast reply")).format(word + link + user), {
        Truth("handle", user, app)
    }


def _with_id(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    seed = hashlib.sha256(str(rng.random()).encode()).hexdigest()
    host, app = rng.choice((("t.me", "telegram"), ("instagram.com", "instagram"),
                            ("onlyfans.com", "onlyfans"), ("x.com", "x"), ("fb.com", "facebook"),
    ))  # fmt: skip
    user = _user(rng)
    return rng.choice((
        (f"Session {'05' + seed}", {Truth("handle", "05" + seed, "session")}),
        (f"threema ID: {seed[:8].upper()}", {Truth("handle", seed[:8], "threema")}),
        (f"https://{host}/{user}", {Truth("handle", user, app)}),
        (f"{host}/{user}?igshid=x", {Truth("handle", user, app)}),
        (f"@{user}", {Truth("handle", user)}),
    ))  # fmt: skip


def _with_url(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    name = rng.choice(("cozy", "tidy", "quick", "happy")) + rng.choice(
        ("rooms", "-homes", "tutors")
    )
    host = f"{name}{rng.randrange(100)}.{rng.choice(('com', 'ph', 'net', 'com.ph', 'org'))}"
    path = rng.choice(("", "", "/rates", "/book?id=7"))
    plain = f"{host}{path}"
    spelt = host.replace(".", rng.choice((" dot ", "[.]", "(dot)")))
    shown, value = rng.choice((
        (f"https://www.{plain}", plain), (f"www.{plain}", plain), (plain, plain),
        (plain.upper() if not path else plain, plain), (f"hxxps://{host}", host), (spelt, host),
        (f"{plain}{'&' if '?' in plain else '?'}utm_source=fb", plain),
    ))  # fmt: skip
    return rng.choice(("see {}", "photos at {}", "{}")).format(shown), {Truth("url", value)}


def _with_payment(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    user = _user(rng).replace("_", "")
    shown, value = _phone("PH", rng)
    app, word = rng.choice((("gcash", "GCash"), ("gcash", "gcash"), ("maya", "Maya"),
                            ("maya", "PayMaya"), ("gcash", "G-cash")))  # fmt: skip
    paid = {Truth("phone", value), Truth("payment_handle", value, app)}
    return rng.choice((
        (f"{word}: {shown}", paid), (f"{word} number {shown}", paid), (f"{shown} ({word})", paid),
        (f"{word} payment to {shown}", paid),
        (f"cashapp ${user}", {Truth("payment_handle", f"${user}", "cashapp")}),
        (f"paypal.me/{user}", {Truth("payment_handle", user, "paypal")}),
        (f"venmo @{user}", {Truth("payment_handle", user, "venmo")}),
        (f"PayPal: {user}@gmail.com", {Truth("email", f"{user}@gmail.com"),
                                       Truth("payment_handle", f"{user}@gmail.com", "paypal")}),
    ))  # fmt: skip


def _with_payee(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    house, word = rng.choice((("westernunion", "Western Union"), ("cebuana", "Cebuana Lhuillier"),
                              ("palawan", "Palawan Express"), ("moneygram", "MoneyGram"),
                              ("mlhuillier", "M Lhuillier")))  # fmt: skip
    name = f"{rng.choice(NAMES)} {rng.choice(('Dela Cruz', 'Santos', 'Reyes', 'B. Ocampo'))}"
    link = rng.choice((" to ", ", receiver: ", " name: ", " kay "))
    return f"send by {word}{link}{name}", {Truth("payee", name.lower(), house)}


def _with_coin(_: str | None, rng: random.Random) -> tuple[str, set[Truth]]:
    body = hashlib.sha256(str(rng.random()).encode()).digest()[:20]
    tron, bitcoin = base58check(b"\x41" + body), base58check(b"\x00" + body)
    ether = checksummed(body.hex())
    return rng.choice((
        (f"USDT TRC20 {tron}", {Truth("tron_address", tron)}),
        (f"btc:{bitcoin}", {Truth("bitcoin_address", bitcoin)}),
        (f"eth {ether}", {Truth("ethereum_address", ether.lower())}),
        (f"erc20: {ether.lower()}", {Truth("ethereum_address", ether.lower())}),
        (f"usdt {tron[:-1]}{'a' if tron[-1] != 'a' else 'b'}", set()),
        (f"eth {ether.swapcase().replace('X', 'x', 1)}", set()),
    ))  # fmt: skip


def base58check(payload: bytes) -> str:
    """Version and hash as base58check."""
    whole = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, letters = int.from_bytes(whole, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = _BASE58[rest] + letters
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + letters


def checksummed(digits: str) -> str:
    """Forty hex digits with 0x and the large letters of EIP-55."""
    marks = keccak.new(digest_bits=256, data=digits.encode()).hexdigest()
    large = (d.upper() if int(m, 16) >= 8 else d for d, m in zip(digits, marks, strict=False))
    return "0x" + "".join(large)


def _trap(rng: random.Random) -> str:
    n = rng.randrange
    return rng.choice((
        f"rate {n(3, 30) * 50} per hour", f"P{n(1, 9)},{n(100, 999)} only", f"{n(1, 9)}500/night",
        f"from 20{n(10, 26)}-{n(1, 13):02d}-{n(1, 29):02d}", f"{n(1, 13)}/{n(1, 29)}/20{n(10, 26)}",
        f"{n(1, 13)}:{n(10, 60)} to {n(1, 13)}:{n(10, 60)}", f"5'{n(1, 12)} {n(95, 160)} lbs",
        f"3{n(2, 8)}-2{n(3, 9)}-3{n(3, 9)}", f"age {n(20, 60)}", f"room {n(100, 2900)}",
        f"order no. {n(1000, 9999)}-{n(10, 99)}", f"unit {n(1, 40)}{rng.choice('ABC')}",
        f"rates {n(5, 9)}00 {n(10, 15)}00 {n(16, 25)}00 {n(26, 40)}00", "open 24/7, 8am-10pm",
        f"lot area {n(50, 300)} sqm", f"model {n(1990, 2026)}, {n(10, 99)},{n(100, 999)} km",
        f"ISBN 978-0-{n(100, 999)}-{n(10000, 99999)}-{n(0, 9)}", "two beds, three fans",
        "line up at gate 4", "signal is good, snap a photo", f"booking {n(10**15, 10**16)}",
        f"${n(1, 9)}50 for one, ${n(4, 9)}00 for two", "telegram or viber ok", "gcash accepted",
        f"{n(5, 20)} to {n(21, 40)} pax", f"size {n(6, 9)} {n(10, 12)} {n(13, 15)} in stock",
        "western union ok", "call once or twice only", "one or two hours, ten at most",
    ))  # fmt: skip


_MAKERS: Final = (
    *([_with_phone] * 12), *([_with_email] * 4), *([_with_handle] * 5), _with_id, _with_id,
    *([_with_url] * 3), *([_with_payment] * 3), _with_payee, *([_with_coin] * 3),
)  # fmt: skip


def rule_made(ads: int = 600, seed: int = 6) -> list[Ad]:
    """Ads of phrases, traps and up to two identifiers; one in eight has none.

    Same seed, same ads.
    """
    rng = random.Random(seed)
    made = []
    for _ in range(ads):
        country = rng.choice(_REGIONS)
        truths: set[Truth] = set()
        parts = [_phrase(rng) for _ in range(rng.randrange(2, 5))]
        parts += [_trap(rng) for _ in range(rng.randrange(0, 3))]
        for _ in range(0 if rng.random() < 0.125 else rng.randrange(1, 3)):
            text, more = rng.choice(_MAKERS)(country, rng)
            parts.append(text)
            truths |= more
        rng.shuffle(parts)
        made.append(
            Ad(rng.choice((". ", "\n", " | ", "! ")).join(parts), country, frozenset(truths))
        )
    return made


def _phrase(rng: random.Random) -> str:
    slot = rng.choice((*CATEGORIES, "greeting", "quality", "when", "where", "closing", "price"))
    said = rng.choice(SLOTS[slot][rng.choice(("en", "tl"))])
    return said.format(
        name=rng.choice(NAMES), city=rng.choice(CITIES), age=rng.randrange(20, 60),
        price=rng.choice((300, 500, 1200, 2500)),
    )  # fmt: skip
