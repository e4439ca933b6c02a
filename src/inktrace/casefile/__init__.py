"""From a lead to a package that a third party can check."""

from inktrace.casefile.bag.findings import Finding
from inktrace.casefile.bag.signing import Signing
from inktrace.casefile.chain import check_chain
from inktrace.casefile.package import CaseSummary, build_case
from inktrace.casefile.redaction.gathered import Redaction
from inktrace.casefile.verify import verify_case

__all__ = [
    "CaseSummary",
    "Finding",
    "Redaction",
    "Signing",
    "build_case",
    "check_chain",
    "verify_case",
]
