"""Who is one identity: contacts, pictures, style, wallets and places weighed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inktrace.identities.stage import STAGE

if TYPE_CHECKING:
    from inktrace.engine import Relations
    from inktrace.params import IdentitiesParams

__all__ = ["STAGE", "explained_identity"]


def explained_identity(relations: Relations, name: str, params: IdentitiesParams) -> dict[str, Any]:
    """Why an identity is one; see `identities.explanation.explained_identity`."""
    from inktrace.identities.explanation import explained_identity as explain

    return explain(relations, name, params)
