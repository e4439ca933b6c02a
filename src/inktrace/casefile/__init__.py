"""From a lead to a package that a third party can check."""

from inktrace.casefile.package import CaseSummary, build_case
from inktrace.casefile.verify import Finding, verify_case

__all__ = ["CaseSummary", "Finding", "build_case", "verify_case"]
