"""A bag as one zip file, the same bytes every time."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.layout import is_safe_path
from inktrace.errors import InputError

# What the library writes without the format's longer form, which would let a hostile file claim
# any size; what cannot be packed grows a little, so some room is left.
MOST_ZIPPED_FILES: Final = 65_000
MOST_ZIP_BYTES: Final = 2**31 - 2**26
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows
_CHUNK_BYTES: Final = 1 << 20


def write_zip(directory: Path, name: str, out: Path) -> None:
    """Write all files of a folder to a new zip file, within one folder `name`.

    Sorted, without times, with plain permissions. Raises OSError where it cannot be written and
    InputError for a package too large for the format.
    """
    files = sorted(
        (path.relative_to(directory).as_posix(), path)
        for path in directory.rglob("*")
        if path.is_file()
    )
    size = sum(path.stat().st_size for _, path in files)
    if len(files) > MOST_ZIPPED_FILES or size > MOST_ZIP_BYTES:
        raise InputError(
            f"the package has {len(files):,} files and {size:,} bytes, too much for a zip file",
            do="build it without --zip",
        )
    folder = name if is_safe_path(name) and "/" not in name else "package"
    with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED, allowZip64=False) as archive:
        for relative, path in files:
            entry = zipfile.ZipInfo(f"{folder}/{relative}", _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose permissions follow
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as content, archive.open(entry, "w") as target:
                shutil.copyfileobj(content, target, _CHUNK_BYTES)
