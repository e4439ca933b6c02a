"""Raw transactions with what ties each to a block header, and the check of them."""

from inktrace.casefile.chain.check import check_chain
from inktrace.casefile.chain.proofs import write_chain
from inktrace.casefile.chain.reading import headers_of

__all__ = ["check_chain", "headers_of", "write_chain"]
