"""Who is one identity: contacts, pictures, style, wallets and places weighed together."""

from inktrace.identities.stage import STAGE

__all__ = ["STAGE"]
