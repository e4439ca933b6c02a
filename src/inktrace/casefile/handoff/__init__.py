"""A lead for other programs: CASE/UCO, STIX, FollowTheMoney, TagPack, GraphML and CSV."""

from inktrace.casefile.handoff.validity import check_exports, export_findings
from inktrace.casefile.handoff.writing import EXPORTS, check_format, write_handoff, write_one

__all__ = [
    "EXPORTS",
    "check_exports",
    "check_format",
    "export_findings",
    "write_handoff",
    "write_one",
]
