"""Opening a zip file that may be hostile: checked before anything of it is unpacked, and bounded.

Unpacking goes to a folder of our own, which is gone afterwards.
"""

from __future__ import annotations

import contextlib
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from inktrace.casefile.bag.findings import Unusable, shown
from inktrace.casefile.bag.layout import is_safe_path
from inktrace.casefile.bag.zip_write import MOST_ZIP_BYTES, MOST_ZIPPED_FILES
from inktrace.errors import WorkspaceError

# The end of a zip file without a comment (APPNOTE.TXT 4.3.16).
_END: Final = struct.Struct("<4sHHHHIIH")
_END_MARK: Final = b"PK\x05\x06"
_MOST_DIRECTORY_BYTES: Final = 64 * 2**20
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_CHUNK_BYTES: Final = 1 << 20


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The package within a zip file, as a folder that lasts as long as the `with` block.

    Raises Unusable for a file that is no zip file or could harm: paths that leave the folder,
    links, names that occur twice, encryption, more data than a package may have. Raises
    WorkspaceError where there is no room to unpack it, or it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="inktrace-") as folder:
        try:
            with path.open("rb") as stream:
                _check_end(stream)
                with zipfile.ZipFile(stream) as archive:
                    root = _checked(archive.infolist())
                    _unpack(archive, Path(folder))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Unusable(f"The zip file is damaged: {shown(str(error))}.") from error
        except (struct.error, ValueError, FileExistsError, NotADirectoryError) as error:
            raise Unusable(f"The zip file is malformed: {shown(str(error))}.") from error
        except OSError as error:
            # A full disk of the reader's is no fault of the package.
            raise WorkspaceError(
                f"the zip file cannot be unpacked here: {error.strerror or error}",
                where=error.filename or tempfile.gettempdir(),
                do="free some space, name a folder with more in TMPDIR, or unzip the package "
                "yourself and name its folder",
            ) from error
        yield Path(folder) / root


def _check_end(stream: IO[bytes]) -> None:
    """The list of files must be of a size that can be read, before the library reads it."""
    size = stream.seek(0, 2)
    if size < _END.size:
        raise Unusable("The file is too short for a zip file.")
    stream.seek(size - _END.size)
    mark, disk, _, here, total, directory_bytes, start, comment = _END.unpack(stream.read())
    if mark != _END_MARK or comment or disk:
        raise Unusable(
            "The file does not end as a zip file of one part and without a comment ends: it may "
            "be cut short."
        )
    if here != total or total > MOST_ZIPPED_FILES or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise Unusable(f"The zip file says that it has more than {MOST_ZIPPED_FILES:,} files.")
    if start + directory_bytes + _END.size != size:
        raise Unusable("The zip file has data before or after what it lists.")


def _checked(entries: list[zipfile.ZipInfo]) -> str:
    """The name of the one folder that holds everything. Raises Unusable for anything unsafe."""
    if sum(entry.file_size for entry in entries) > MOST_ZIP_BYTES:
        raise Unusable(f"The zip file unpacks to more than {MOST_ZIP_BYTES:,} bytes.")
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.removesuffix("/")
        fault = _fault(entry, name)
        if fault is not None:
            raise Unusable(f"The zip file is refused: its entry {shown(name)} {fault}.")
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise Unusable(f"The zip file is refused: it has {shown(name)} twice.")
        seen.add(folded)
    roots = {entry.filename.split("/")[0] for entry in entries}
    if len(roots) != 1 or not any("/" in entry.filename for entry in entries):
        raise Unusable("The zip file does not hold one folder with everything in it.")
    return roots.pop()


def _fault(entry: zipfile.ZipInfo, name: str) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    usual = stat.S_IFDIR if entry.is_dir() else stat.S_IFREG
    if entry.orig_filename != entry.filename or not is_safe_path(name):
        return "has a path that could lead elsewhere"
    if kind not in (0, usual):
        return "is a link or another special file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in _METHODS:
        return "is packed in an unusual way"
    return None


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    made: set[Path] = set()
    for entry in archive.infolist():
        target = folder / entry.filename
        parent = target if entry.is_dir() else target.parent
        if parent not in made:
            parent.mkdir(parents=True, exist_ok=True)
            made.add(parent)
        if not entry.is_dir():
            _unpack_file(archive, entry, target)


def _unpack_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    left = entry.file_size
    # "x": a file that is also another's folder, or the like, is an error and not overwritten.
    with archive.open(entry) as source, target.open("xb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise Unusable(
                    f"The zip file is refused: {shown(target.name)} is larger than it says."
                )
            out.write(chunk)
    if left:
        raise Unusable(f"The zip file is damaged: {shown(target.name)} is shorter than said.")
