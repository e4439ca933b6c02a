"""Bytes of a source file, decompressed on the way, with memory that stays bounded.

Compression is recognised by the first bytes of the file, never by its name alone.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

import zstandard

from inktrace.errors import InputError

__all__ = ["SourceStream", "TruncatedStream", "checked_size", "open_plain", "open_stream"]

_BUFFER_BYTES: Final = 2**20
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_XZ_MAGIC: Final = b"\xfd7zXZ\x00"
_BZIP2_MAGIC: Final = b"BZh"
_XZ_MEMORY_BYTES: Final = 2**28
# A zstd block of four bytes can stand for 128 KiB, so the decoder is fed in small pieces:
# 1 KiB of hostile input makes at most 32 MiB.
_ZSTD_FEED_BYTES: Final = 1024
_ZSTD_LARGEST_WINDOW_BYTES: Final = 2**27


class TruncatedStream(InputError):
    """The file ends in the middle of its compressed data; what came before it is sound."""


class _RawBytes(Protocol):
    """What every raw reader below offers beside `readinto`: how far into the file it is."""

    @property
    def position(self) -> int: ...


class SourceStream(io.BufferedReader):
    """A source file's decompressed bytes, and how much of the file on disk is used up."""

    def __init__(self, raw: io.RawIOBase, size: int):
        """Read from `raw`; `size` is the size of the file on disk in bytes."""
        super().__init__(raw, _BUFFER_BYTES)
        self.size = size

    @property
    def position(self) -> int:
        """Bytes of the file on disk that were read, compressed ones included."""
        return cast(_RawBytes, self.raw).position


def open_stream(path: Path) -> SourceStream:
    """The bytes of a file, decompressed if it is gzip, zstd, xz or bzip2 (members joined).

    Raises InputError when the file cannot be read or its compressed data is damaged, and
    TruncatedStream, on reading, when its compressed data ends too early.
    """
    size = checked_size(path)
    file = open_plain(path)
    start = file.read(6)
    file.seek(0)
    if start.startswith(_GZIP_MAGIC):
        return SourceStream(_Members(file, path, "gzip", _GzipDecoder), size)
    if start.startswith(_ZSTD_MAGIC):
        return SourceStream(_Zstd(file, path), size)
    if start == _XZ_MAGIC:
        return SourceStream(_Members(file, path, "xz", _xz_decoder), size)
    if start.startswith(_BZIP2_MAGIC):
        return SourceStream(_Members(file, path, "bzip2", bz2.BZ2Decompressor), size)
    return SourceStream(_Plain(file), size)


def checked_size(path: Path) -> int:
    """The size of a file in bytes, after making sure that it is one and holds something.

    Raises InputError for a missing file, a folder, a pipe or device, and an empty file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError("this is a folder, not a file", where=path, do="name the files in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            "this is not a regular file", where=path, do="store its content in a file first"
        )
    if status.st_size == 0:
        raise InputError("the file is empty", where=path, do="check where it came from")
    return status.st_size


def open_plain(path: Path) -> BinaryIO:
    """The file's own bytes. Raises InputError with one clear line where it cannot be opened."""
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", where=path, do="check the path")
    if isinstance(error, PermissionError):
        return InputError(
            "no permission to read this file", where=path, do="ask its owner for read access"
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    return InputError(f"the file cannot be read: {reason}", where=path)


class _Plain(io.RawIOBase):
    def __init__(self, file: BinaryIO):
        self._file = file

    @property
    def position(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        return cast(io.RawIOBase, self._file).readinto(buffer) or 0

    def close(self) -> None:
        self._file.close()
        super().close()


class _Decoded(io.RawIOBase):
    """A one-way reader of decoded bytes that turns the decoder's errors into ours."""

    def __init__(self, file: BinaryIO, path: Path, kind: str):
        self._file, self._path, self._kind = file, path, kind

    @property
    def position(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def _fill(self, buffer: Any, read: Callable[[Any], int]) -> int:
        try:
            return read(buffer)
        except EOFError:
            raise TruncatedStream(
                f"the {self._kind} data ends too early, after {self._file.tell()} bytes",
                where=self._path,
                do="get the whole file again",
            ) from None
        except (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, MemoryError) as error:
            raise InputError(
                f"the {self._kind} data is damaged: {error}",
                where=self._path,
                do="get the file again; nothing of it was stored",
            ) from error


def _xz_decoder() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


class _GzipDecoder:
    """zlib's decoder with the manners of those of xz and bzip2."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._decoder.unconsumed_tail

    def decompress(self, coded: bytes, most: int) -> bytes:
        return self._decoder.decompress(self._decoder.unconsumed_tail + coded, most)


class _Members(_Decoded):
    """gzip, xz or bzip2: decoders that hold back what the caller has not asked for.

    The standard library's file classes would do, but drop what they had decoded when the
    file turns out to be cut off.
    """

    def __init__(self, file: BinaryIO, path: Path, kind: str, make: Callable[[], Any]):
        super().__init__(file, path, kind)
        self._make, self._decoder = make, make()
        self._begun = False  # whether the decoder is inside a member
        self._coded = b""

    def readinto(self, buffer: Any) -> int:
        return self._fill(buffer, self._read)

    def _read(self, buffer: Any) -> int:
        piece = b""
        while not piece:
            if self._decoder.eof:
                self._coded = self._decoder.unused_data
                self._decoder, self._begun = self._make(), False
            ended = False
            if not self._coded and self._decoder.needs_input:
                self._coded = self._file.read(_BUFFER_BYTES) or b""
                ended = not self._coded
            if not self._begun:
                self._coded = self._coded.lstrip(b"\0")  # members may be padded
                if not self._coded and ended:
                    return 0
                self._begun = bool(self._coded)
            piece, self._coded = self._decoder.decompress(self._coded, len(buffer)), b""
            if ended and not piece and not self._decoder.eof:
                raise EOFError
        buffer[: len(piece)] = piece
        return len(piece)


class _Zstd(_Decoded):
    def __init__(self, file: BinaryIO, path: Path):
        super().__init__(file, path, "zstd")
        self._maker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_LARGEST_WINDOW_BYTES)
        self._frame: Any = None  # the frame being decoded; none between frames
        self._coded = b""  # read from the file, not yet given to the decoder
        self._ready = memoryview(b"")  # decoded, not yet given to the caller

    def readinto(self, buffer: Any) -> int:
        return self._fill(buffer, self._read)

    def _read(self, buffer: Any) -> int:
        while not self._ready and self._decode_some():
            pass
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _decode_some(self) -> bool:
        """Decode one small piece; False at the end of the file."""
        if not self._coded:
            self._coded = self._file.read(_BUFFER_BYTES) or b""
        if not self._coded:
            if self._frame is not None:
                raise EOFError
            return False
        piece, self._coded = self._coded[:_ZSTD_FEED_BYTES], self._coded[_ZSTD_FEED_BYTES:]
        if self._frame is None:
            self._frame = self._maker.decompressobj()
        self._ready = memoryview(self._frame.decompress(piece))
        if self._frame.eof:
            self._coded = self._frame.unused_data + self._coded
            self._frame = None
        return True
