"""What others say an address is: GraphSense TagPacks, alone or in a tar archive."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final, cast

import yaml

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.intake import Added, Intake, Meter, intake
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.streams import SourceStream, TruncatedStream, open_stream
from inktrace.sources.tagpack import NotTagPack, TagColumns, read_tags

__all__ = ["add_tags"]

_CONTENT: Final = (
    "address",
    "label",
    "actor",
    "category",
    "confidence",
    "tagpack",
    "tag_source",
)
_PACK_NAMES: Final = (".yaml", ".yml")


def add_tags(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store the Bitcoin tags of a TagPack, or of every TagPack in a tar archive.

    What the head of a pack says (label, category, source …) holds for each of its tags unless
    the tag says otherwise; `abuse` stands in where there is no category. Only tags whose
    currency (and network, where given) is BTC are kept; all others are rejected by their
    number in the file, 1 for the first. The same statement twice counts once.

    Raises InputError for a single file that is no TagPack, or is larger than the limit; in an
    archive such a file is rejected alone.

    References
    ----------
    GraphSense TagPack schema, github.com/graphsense/graphsense-tagpack-tool.

    Notes
    -----
    YAML aliases are not followed (a few lines of them can stand for gigabytes); a tag that
    uses one is rejected. A tag is what its source says, not a fact.
    """
    with intake(engine, "tags", path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        meter = Meter(progress, f"reading {path.name}", file.size)
        next_row = 1
        with closing(open_stream(path)) as stream:
            for name, pack in _packs(file, stream):
                next_row = _store(file, name, pack, next_row)
                meter.at(stream.position)
        settle_repeats(file, "tags", _CONTENT)
        return file.added()


def _packs(file: Intake, stream: SourceStream) -> Iterator[tuple[str | None, Any]]:
    """Each TagPack's name within an archive (None outside one) and its bytes."""
    if stream.peek(512)[257:262] != b"ustar":
        yield None, _Limited(cast(IO[bytes], stream), file.params.max_tagpack_bytes)
        return
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # or an archive of millions of names would fill memory
                name = member.name.encode("utf-8", "backslashreplace").decode()
                if not name.lower().endswith(_PACK_NAMES) or Path(name).name.startswith("."):
                    continue
                if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                    file.reject(0, None, f"{name[:200]} is not a regular file", b"")
                    continue
                yield name, _Limited(archive.extractfile(member), file.params.max_tagpack_bytes)
    except TruncatedStream as damage:
        file.reject(0, None, f"{damage.what}; the tags before it are kept", b"")
    except tarfile.TarError as error:
        file.reject(0, None, f"the archive is damaged: {error}; the tags before it are kept", b"")


class _Limited:
    """The bytes of one pack; reading beyond the limit is refused."""

    def __init__(self, stream: IO[bytes] | None, limit: int):
        self._stream, self._limit, self._left = stream, limit, limit

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; raises NotTagPack beyond the limit or where the file is cut off."""
        wanted = size if size >= 0 else self._left + 1
        try:
            data = b"" if self._stream is None else self._stream.read(wanted)
        except (TruncatedStream, tarfile.TarError):
            raise NotTagPack("the file ends in the middle of this pack") from None
        self._left -= len(data)
        if self._left < 0:
            raise NotTagPack(f"it has more than {self._limit} bytes, the most that is read")
        return data


def _store(file: Intake, name: str | None, pack: Any, next_row: int) -> int:
    """Store one pack's tags; returns the number of the tag that would come next."""
    tags = TagColumns(next_row)
    where = "" if name is None else f"{name[:200]}: "
    try:
        read_tags(pack, tags)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f" at line {mark.line + 1}"
        if isinstance(error, yaml.reader.ReaderError):
            line = f" at byte {error.position + 1:,}"
        problem = getattr(error, "problem", None) or getattr(error, "reason", "unreadable text")
        what = f"not YAML{line}: {problem}"
        if name is None and not len(tags):
            raise InputError(what, where=file.path, do="check that it is a TagPack") from error
        file.reject(0, None, f"{where}{what}; the rest of the pack is not read", b"")
    except NotTagPack as error:
        if name is None and not len(tags):
            raise InputError(str(error), where=file.path, do="give a TagPack (YAML)") from error
        file.reject(0, None, f"{where}{error}; the rest of it is not read", b"")
    for row, reason, raw in tags.complaints():
        file.reject(row, None, f"{where}{reason}", raw)
    for table in tags.tables():
        file.store("tags", table)
    return next_row + len(tags)
