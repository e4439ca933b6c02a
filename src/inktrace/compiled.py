"""Loops compiled to machine code once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

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


@intrinsic
def _word_at(
    context: Any, data: Any, at: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """The eight bytes from data[at] on as a number, the first byte lowest (little-endian only).

    Nothing is checked. Numba would load the bytes one by one.
    """

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_place(target, builder, signature, given), align=1)

    del context, at
    return types.uint64(data, types.int64), emit


@intrinsic
def _put_word(
    context: Any, data: Any, at: Any, word: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """Write a number into the eight bytes from data[at] on, as `word_at` reads it."""

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _place(target, builder, signature, given), align=1)
        return target.get_dummy_value()

    del context, at, word
    return types.void(data, types.int64, types.uint64), emit


@intrinsic
def _ones_in(context: Any, word: Any) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """How many bits of a 64-bit number are set."""

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        del target, signature
        return builder.ctpop(given[0])

    del context, word
    return types.uint64(types.uint64), emit


def _place(target: Any, builder: Any, signature: Any, given: Any) -> Any:
    start = target.make_array(signature.args[0])(target, builder, given[0]).data
    return builder.bitcast(builder.gep(start, [given[1]]), ir.IntType(64).as_pointer())


# For the type checker these take one argument more than a kernel gives them.
word_at: Any = _word_at
put_word: Any = _put_word
ones_in: Any = _ones_in
