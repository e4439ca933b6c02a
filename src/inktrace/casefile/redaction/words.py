"""What was replaced in a package, in words for its reader."""

from __future__ import annotations

from typing import Any, Final

from inktrace.casefile.redaction.kinds import Kind
from inktrace.casefile.redaction.profiles import NAMES, PROFILES, Act, Applied, Profile

_SAID: Final = {
    Act.KEY: "Replaced by keyed hashes: {}.",
    Act.MASK: "Names and ages{contacts} replaced inside: {}.",
    Act.COARSEN: "Made coarser (times to the day, delays to the minute, amounts to two digits, "
    "paths to the file's name): {}.",
    Act.DROP: "Left out: {}.",
}


def redaction_words(applied: Applied) -> list[str]:
    """Sentences that say what a package does not show as it is, and what follows from that."""
    profile = applied.profile
    if all(act is Act.KEEP for act in profile.acts.values()):
        return [
            f"Redaction profile “{profile.name}”: nothing was replaced. This package holds "
            "personal data of third parties; it was asked for by name."
        ]
    contacts = "" if profile.keeps(Kind.CONTACT) else ", and contact data,"
    found = [f"Redaction profile “{profile.name}”. Everything not named here is as it is."]
    for act, sentence in _SAID.items():
        kinds = [kind.value for kind, mine in profile.acts.items() if mine is act]
        if kinds:
            found.append(sentence.format("; ".join(kinds), contacts=contacts))
    found.append(
        "Within this package one value has one keyed hash (HMAC-SHA-256, key "
        f"{applied.key_fingerprint}; the key is not in the package)."
    )
    found.append(
        "Names and ages in free text are found by program: one written in a way that it does not "
        "know may have stayed. Who holds other data on the case may still recognise somebody, so "
        "this package holds personal data."
    )
    return found + _what_follows(profile)


def short_redaction_words(applied: Applied) -> str:
    """One line, for a summary."""
    if applied.profile.name == "full":
        return (
            "Redaction: none (profile “full”). This package holds personal data of third parties."
        )
    return (
        f"Redaction: profile “{applied.profile.name}”, key {applied.key_fingerprint}. What was "
        "replaced is said under Limits."
    )


def redaction_mark(applied: Applied) -> str:
    """A few words, for under a title."""
    if applied.profile.name == "full":
        return "NOT REDACTED: holds personal data of third parties"
    return f"redacted for {applied.profile.name}: see Limits"


def profile_table() -> list[dict[str, Any]]:
    """One row per kind of content: the kind, and what each profile makes of it."""
    return [
        {"content": kind.value, **{name: PROFILES[name].act(kind).value for name in NAMES}}
        for kind in Kind
    ]


def _what_follows(profile: Profile) -> list[str]:
    found = []
    if not profile.keeps(Kind.TEXT_DIGEST):
        found.append(
            "Digests of original texts are keyed as well (not plain SHA-256): beside a masked text "
            "a plain digest would tell the masked words to whoever tries them all."
        )
    if not profile.keeps_chain:
        found.append(
            "Raw transactions and their proofs are left out: they would name the transactions and "
            "addresses that are replaced."
        )
    if not profile.keeps_derivation:
        found.append("The figures cannot be recomputed from this package alone.")
    return found
