"""Loops compiled to machine code once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

BYTES = "Array(uint8, 1, 'C', readonly=True)"  # how a signature names a buffer it only reads
OFFSETS = "Array(int64, 1, 'C', readonly=True)"


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature; the machine code is cached beside its module.

    A kernel may call only kernels of its own file: the cache notices no other changes. Where
    no folder can be written, it is compiled anew in every process. It runs without the
    interpreter's lock, so that threads may share the work.
    """

    def compile_one(function: Function) -> Function:
        try:
            return cast(Function, numba.njit(signature, cache=True, nogil=True)(function))
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            return cast(Function, numba.njit(signature, nogil=True)(function))

    return compile_one
