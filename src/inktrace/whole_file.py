"""Files that appear only when they are whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from inktrace.errors import WorkspaceError


@contextlib.contextmanager
def whole_file(
    path: Path,
    what: str = "the file",
    do: str = "check the folder, its permissions and the free space",
) -> Iterator[Path]:
    """Lend a path beside `path` to write to; it takes the name `path` at the block's end.

    Whatever goes wrong, what stood at `path` stays and the half-written file is taken away. An
    OSError becomes a WorkspaceError that says that `what` cannot be written, and what to `do`.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{what} cannot be written: {error.strerror or error}", where=path, do=do
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
