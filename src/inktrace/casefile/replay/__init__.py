"""The figures of a case package, computed again from its exhibits alone."""

from inktrace.casefile.replay.figures import Figure
from inktrace.casefile.replay.replayed import replay_case
from inktrace.casefile.replay.statistics import write_statistics

__all__ = ["Figure", "replay_case", "write_statistics"]
