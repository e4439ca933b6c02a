"""Hashes of picture files, where the pictures lie; nothing else of a picture is kept or shown."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from inktrace.errors import InputError
from inktrace.params import PicturesParams
from inktrace.progress import Progress, silent
from inktrace.sources.intake import shown_path
from inktrace.sources.pdq import LEAST_SIDE, pdq, pdq_variants
from inktrace.sources.streams import checked_size, open_plain

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["HashedPicture", "UnusablePicture", "hashed_pictures"]

# Formats that pictures on the web have; the others of the library are not tried on hostile files.
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
# What decoders raise on damaged data.
_DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
)


@dataclass(frozen=True)
class HashedPicture:
    """What is told of one picture: its file's name and digest, hash and quality."""

    path: str
    sha256: str
    pdq: str
    quality: int
    variants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UnusablePicture:
    """A file that gave no hash, and why."""

    path: str
    reason: str


def hashed_pictures(
    paths: list[Path],
    params: PicturesParams,
    progress: Progress = silent,
    *,
    variants: bool = False,
) -> Iterator[HashedPicture | UnusablePicture]:
    """The PDQ hash of each picture, in the order given; one that cannot be used says why.

    Pictures are read as they are stored: a note in a file that a viewer should turn it is not
    followed, as other tools do not. Of an animation the first frame counts.
    """
    for done, path in enumerate(paths):
        progress("hashing pictures", done, len(paths))
        name = shown_path(path)
        try:
            data = _content(path, params)
            pixels = _pixels(data, params)
        except InputError as error:
            yield UnusablePicture(name, error.what + (f" ({error.do})" if error.do else ""))
            continue
        found = pdq(pixels)
        digest = hashlib.sha256(data).hexdigest()
        turned = pdq_variants(pixels) if variants else {}
        yield HashedPicture(name, digest, found.hex, found.quality, turned)
    progress("hashing pictures", len(paths), len(paths))


def _content(path: Path, params: PicturesParams) -> bytes:
    size = checked_size(path)
    if size > params.max_bytes:
        raise InputError(f"the file has {size:,} bytes, more than {params.max_bytes:,}")
    with io.BufferedReader(cast(io.RawIOBase, open_plain(path))) as file:
        data = file.read(params.max_bytes + 1)  # one more, for a file that has grown
    if len(data) > params.max_bytes:
        raise InputError(f"the file has more than {params.max_bytes:,} bytes")
    return data


def _pixels(data: bytes, params: PicturesParams) -> npt.NDArray[np.uint8]:
    """RGB, shape (rows, columns, 3). Raises InputError for what is no usable picture."""
    # Imported here: other commands do not wait for it.
    from PIL import Image, UnidentifiedImageError

    try:
        # A warning of too many pixels becomes an error, like our own limit.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                return _unpacked(picture, params)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError("the picture has far too many pixels") from None
    except UnidentifiedImageError:
        raise InputError(f"this is no picture of a known kind ({', '.join(_FORMATS)})") from None
    except Warning as warning:
        raise InputError(f"the picture is damaged: {warning}") from None
    except _DAMAGE as error:
        raise InputError(f"the picture cannot be unpacked: {error}") from None


def _unpacked(picture: Any, params: PicturesParams) -> npt.NDArray[np.uint8]:
    width, height = picture.size
    if width * height > params.max_pixels:
        raise InputError(f"the picture has {width:,} by {height:,} pixels, too many to unpack")
    if min(width, height) < LEAST_SIDE:
        raise InputError(f"the picture has {width} by {height} pixels, too few for a hash")
    if picture.mode.startswith("I;16"):
        # The library would cut off all that is brighter than 255 of 65,535.
        order = ">u2" if picture.mode.endswith("B") else "<u2"
        deep = np.frombuffer(picture.tobytes(), order).reshape(height, width) >> 8
        return np.repeat(deep.astype(np.uint8)[:, :, None], 3, axis=2)
    if picture.mode in ("I", "F"):
        raise InputError("the picture's brightness has 32 bits a pixel and no stated white")
    return np.asarray(picture.convert("RGB"), np.uint8)
