"""Authors → leads, ranked by indicators and counter-indicators with their reasons."""

from inktrace.rings.stage import STAGE

__all__ = ["STAGE"]
