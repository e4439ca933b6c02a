"""Pictures of ads by their PDQ hashes → near-equal ones, and those on hash lists."""

from inktrace.images.stage import STAGE

__all__ = ["STAGE"]
