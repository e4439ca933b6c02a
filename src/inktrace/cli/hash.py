"""`inktrace hash`: hashes of pictures, made where the pictures lie."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.add import REJECTED_STATUS
from inktrace.cli.options import JsonOption, print_json, progress_bars
from inktrace.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from inktrace.sources.pictures import HashedPicture


def hash_pictures(
    images: Annotated[
        list[Path],
        typer.Argument(help="Picture files.", show_default=False, readable=False),
    ],
    out: Annotated[Path, typer.Option(help="The CSV file to write.", show_default=False)],
    names: Annotated[
        bool, typer.Option(help="Write file names; without, only the files' SHA-256.")
    ] = True,
    variants: Annotated[
        bool, typer.Option(help="Add the hashes of the picture turned and mirrored.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the PDQ hash and quality of each picture, so that only hashes need to travel.

    Needs no case folder, keeps nothing of a picture and shows none. Files that are no usable
    pictures are named with the reason; the exit status is then 4. A picture of quality below 50
    has too little structure to be told from others.

    Example: inktrace hash seized/*.jpg --no-names --out hashes.csv
    """
    from inktrace.casefile.tables import write_csv
    from inktrace.params import Params
    from inktrace.sources.pictures import HashedPicture, hashed_pictures

    _spare_pictures(images, out)
    with progress_bars(as_json) as progress:
        limits = Params().pictures
        found = list(hashed_pictures(images, limits, progress, variants=variants))
    hashed = [one for one in found if isinstance(one, HashedPicture)]
    unusable = [one for one in found if not isinstance(one, HashedPicture)]
    write_csv(_table(hashed, names, variants), out)
    low = sum(one.quality < Params().images.min_quality for one in hashed)
    if as_json:
        facts = {"file": str(out), "hashed": len(hashed), "low_quality": low}
        print_json({**facts, "rejected": [vars(one) for one in unusable]})
    else:
        note = f", {low:,} of them of low quality" if low else ""
        print(f"{out}: {len(hashed):,} pictures{note}")
    for one in unusable:
        typer.echo(f"inktrace: {_one_line(one.path)}: {one.reason}", err=True)
    if unusable:
        raise typer.Exit(REJECTED_STATUS)


def _spare_pictures(images: list[Path], out: Path) -> None:
    """Raises UsageError where the hashes would be written over a picture."""
    for image in images if out.exists() else ():
        with suppress(OSError):  # what is no file is told of later
            if image.samefile(out):
                raise UsageError(
                    f"--out {out} is one of the pictures, which would be written over",
                    do="name another file, such as hashes.csv",
                )


def _one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _table(hashed: list[HashedPicture], names: bool, variants: bool) -> pa.Table:
    import pyarrow as pa

    from inktrace.sources.pdq import VARIANTS

    columns = {"file": pa.array([one.path for one in hashed], pa.string())} if names else {}
    columns["sha256"] = pa.array([one.sha256 for one in hashed], pa.string())
    columns["pdq"] = pa.array([one.pdq for one in hashed], pa.string())
    columns["quality"] = pa.array([one.quality for one in hashed], pa.int64())
    for name in VARIANTS[1:] if variants else ():
        columns[f"pdq_{name}"] = pa.array([one.variants[name] for one in hashed], pa.string())
    return pa.table(columns)
