"""Planted-truth worlds for the demo, the tests and the evaluations.

Shares no code and no constant with the stages that are judged on it.
"""

from inktrace.world.make import World, make_world
from inktrace.world.output import world_digest, write_world
from inktrace.world.params import WorldParams
from inktrace.world.real import plant_into, read_esplora

__all__ = [
    "World",
    "WorldParams",
    "make_world",
    "plant_into",
    "read_esplora",
    "world_digest",
    "write_world",
]
