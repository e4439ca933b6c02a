"""The profiles of redaction: for each kind of content what a receiver gets of it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from inktrace.casefile.redaction.kinds import Kind
from inktrace.errors import UsageError


class Act(Enum):
    """What is done to a kind of content; its value is said of it to a reader."""

    KEEP = "as it is"
    KEY = "keyed hash"
    MASK = "masked inside"  # names and ages, and contacts where the profile does not keep them
    COARSEN = "coarser"
    DROP = "left out"


@dataclass(frozen=True)
class Profile:
    """A named set of acts. `receiver`: for whom it is, in a few words."""

    name: str
    receiver: str
    acts: Mapping[Kind, Act]

    def act(self, kind: Kind) -> Act:
        """What is done to a kind."""
        return self.acts[kind]

    def keeps(self, *kinds: Kind) -> bool:
        """Whether all of these kinds are handed over as they are."""
        return all(self.acts[kind] is Act.KEEP for kind in kinds)

    @property
    def keeps_chain(self) -> bool:
        """Whether raw transactions and their proofs may be in a package: they name everything."""
        return self.keeps(Kind.TXID, Kind.ADDRESS, Kind.AMOUNT, Kind.TIME, Kind.BLOCK)

    @property
    def keeps_derivation(self) -> bool:
        """Whether figures can be recomputed from the package: ids, times and amounts as they are.

        Only then may tables be written that are gathered beside the redacted facts.
        """
        return self.keeps_chain and self.keeps(Kind.AD, Kind.GROUP, Kind.WALLET, Kind.SITE)


@dataclass(frozen=True)
class Applied:
    """What was done to the facts of a package; this may be written into it, the key never.

    `key_fingerprint`: 16 hex digits, alike in two packages if and only if their keys are.
    """

    profile: Profile
    key_fingerprint: str


DEFAULT: Final = "standard"
NAMES: Final = ("full", "standard", "prosecutor", "partner", "research")

_K, _H, _M, _C, _D = Act.KEEP, Act.KEY, Act.MASK, Act.COARSEN, Act.DROP
_ACTS: Final[Mapping[Kind, tuple[Act, Act, Act, Act, Act]]] = {
    #             full, standard, prosecutor, partner, research
    Kind.PUBLIC: (_K, _K, _K, _K, _K),
    Kind.PERSON: (_K, _H, _H, _H, _H),
    Kind.AGE: (_K, _H, _H, _H, _H),
    Kind.PHOTO: (_K, _H, _H, _H, _H),
    Kind.TEXT: (_K, _M, _H, _H, _H),
    Kind.QUOTE: (_K, _M, _M, _H, _H),
    # Beside a masked text its digest would give the masked word away: try them all.
    Kind.TEXT_DIGEST: (_K, _H, _H, _H, _H),
    Kind.CONTACT: (_K, _K, _H, _H, _H),
    Kind.NOTE: (_K, _M, _M, _H, _H),
    Kind.SENTENCE: (_K, _M, _M, _M, _M),
    Kind.REVIEWER: (_K, _K, _K, _H, _H),
    Kind.AD: (_K, _K, _K, _H, _H),
    Kind.GROUP: (_K, _K, _K, _H, _H),
    Kind.SITE: (_K, _K, _K, _K, _H),
    Kind.CITY: (_K, _K, _K, _K, _H),
    Kind.POINT: (_K, _K, _K, _K, _D),
    Kind.REGION: (_K, _K, _K, _K, _K),
    Kind.TIME: (_K, _K, _K, _K, _C),
    Kind.AMOUNT: (_K, _K, _K, _K, _C),
    Kind.DELAY: (_K, _K, _K, _K, _C),
    Kind.ADDRESS: (_K, _K, _K, _K, _H),
    Kind.TXID: (_K, _K, _K, _K, _H),
    Kind.BLOCK: (_K, _K, _K, _K, _D),
    Kind.WALLET: (_K, _K, _K, _K, _H),
    Kind.INTERNAL: (_K, _K, _K, _K, _H),
    Kind.SERVICE: (_K, _K, _K, _K, _K),
    Kind.TAG: (_K, _K, _K, _K, _H),
    Kind.OBSERVER: (_K, _K, _K, _K, _H),
    Kind.PATH: (_K, _M, _C, _H, _H),
    Kind.FILE_DIGEST: (_K, _K, _K, _K, _H),
    Kind.SOURCE_ROW: (_K, _K, _K, _K, _D),
    Kind.SETTINGS: (_K, _K, _K, _D, _D),
}
_RECEIVERS: Final = {
    "full": "nobody is spared; ask for it by name, for the team that works the case",
    "standard": "the default: personal data of people advertised is replaced, the rest is as it is",
    "prosecutor": "a prosecutor: hard identifiers and texts replaced, payments and review whole",
    "partner": "another agency: what may be matched with its own data under one key, and payments",
    "research": "research: what method and figures need, nothing that leads to the chain or a site",
}
PROFILES: Final[Mapping[str, Profile]] = {
    name: Profile(name, _RECEIVERS[name], {kind: acts[place] for kind, acts in _ACTS.items()})
    for place, name in enumerate(NAMES)
}
NOT_REDACTED: Final = Applied(PROFILES["full"], "")


def profile_named(name: str) -> Profile:
    """The profile of that name. Raises UsageError, with those there are, if there is none."""
    if name not in PROFILES:
        raise UsageError(
            f"there is no redaction profile {name!r}", do=f"choose from {', '.join(NAMES)}"
        )
    return PROFILES[name]
