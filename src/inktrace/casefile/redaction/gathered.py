"""A lead's facts gathered and redacted in one step: what everything of a package starts from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from inktrace.casefile.gather import CaseFacts, gather_case
from inktrace.casefile.redaction.key import package_key, shared_key
from inktrace.casefile.redaction.known import gather_known
from inktrace.casefile.redaction.profiles import DEFAULT, PROFILES, Profile, profile_named
from inktrace.casefile.redaction.redact import redacted
from inktrace.engine import Relations
from inktrace.progress import Progress


@dataclass(frozen=True)
class Redaction:
    """A profile and the key of its pseudonyms."""

    profile: Profile
    key: bytes = field(repr=False)

    @classmethod
    def of_workspace(
        cls, folder: Path, lead_id: str, profile: str = DEFAULT, key_file: Path | None = None
    ) -> Redaction:
        """By the secret of the workspace in `folder`, or by a key file that leads share.

        Raises UsageError for an unknown profile, InputError for a key file that is none.
        """
        known = profile_named(profile)
        if key_file is not None:
            return cls(known, shared_key(key_file, profile))
        return cls(known, package_key(folder, lead_id, profile))


def gather_redacted(
    relations: Relations, lead_id: str, redaction: Redaction | None, progress: Progress
) -> CaseFacts:
    """The facts of one lead as a receiver may see them.

    Without a redaction: the default profile, with a key that nobody has. Raises StageError if
    there is no such lead, rows of it are gone, or a column has no class.
    """
    facts = gather_case(relations, lead_id, progress)
    if redaction is None:
        redaction = Redaction(PROFILES[DEFAULT], secrets.token_bytes(32))
    known = gather_known(relations, facts.ads, facts.indicator_rows)
    return redacted(facts, redaction.profile, redaction.key, known)
