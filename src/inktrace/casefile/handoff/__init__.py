"""A lead for other programs: CASE/UCO, STIX, FollowTheMoney, TagPack, GraphML and CSV."""

from inktrace.casefile.handoff.validity import Checked, check_exports
from inktrace.casefile.handoff.writing import EXPORTS, check_format, write_handoff, write_one

__all__ = ["EXPORTS", "Checked", "check_exports", "check_format", "write_handoff", "write_one"]
