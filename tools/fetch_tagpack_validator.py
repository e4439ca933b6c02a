"""Fetch GraphSense's own TagPack validator for the tests, into a folder of its own.

Usage: python tools/fetch_tagpack_validator.py [DIRECTORY] [--timeout SECONDS]

graphsense-lib cannot be installed beside Inktrace: it asks for libraries that ours exclude. So it
lies in a folder under build/, with just those of its libraries that its command `tagpack validate`
imports, at the versions and with the hashes of tools/tagpack_validator.lock. The command runs with
this Python but without its packages, and needs no network: the taxonomies that it checks against
are in the library. The last line printed is the folder. Exit status 1, with the reason, where it
cannot be had here.

The lock is made anew, after a change of tools/tagpack_validator.in, by:
cd tools && uv pip compile --no-deps --generate-hashes --only-binary :all: --python-version 3.11 \
    --no-header tagpack_validator.in -o tagpack_validator.lock
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "tagpack-validator"
LOCK = ROOT / "tools" / "tagpack_validator.lock"
WHOLE = "installed.txt"

# Its whole command line would import a node's, a database's and a web service's libraries too.
_START = """
import logging, os, sys
sys.path.insert(0, sys.argv.pop(1))
os.environ["GIT_PYTHON_REFRESH"] = "quiet"  # it imports GitPython, which would look for git
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
from graphsenselib.tagpack.cli import tagpacktool_cli
tagpacktool_cli()
"""


class CannotFetch(Exception):
    """Why there can be no validator here."""


def validator_command(folder: Path = FOLDER) -> list[str] | None:
    """The words that validate the packs named after them; none where it was not fetched whole.

    The list of actors, which it would fetch, is left out: our packs name no actor. With two jobs
    it gives a verdict on every pack; with one it would stop at the first that it refuses.
    """
    marker = folder / WHOLE
    if not marker.is_file() or marker.read_text(encoding="utf-8") != _state():
        return None
    words = "tagpack-tool tagpack validate --no-strict-actor-references --jobs 2".split()
    return [sys.executable, "-I", "-S", "-c", _START, str(folder), *words]


def fetch(folder: Path = FOLDER, timeout_s: float = 120) -> None:
    """Install it, once for each lock. Raises CannotFetch with the reason where that fails."""
    if validator_command(folder) is not None:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="tagpack-") as partial:
        whole = Path(partial) / "whole"
        options = "--quiet --no-deps --require-hashes --only-binary :all:".split()
        places = ["--python", sys.executable, "--target", str(whole), "-r", str(LOCK)]
        _run([_uv(), "pip", "install", *options, *places], timeout_s)
        (whole / WHOLE).write_text(_state(), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        whole.rename(folder)


def _state() -> str:
    """What an installation is of: compiled libraries fit one version of Python only."""
    python = ".".join(map(str, sys.version_info[:2]))
    return f"# Python {python}\n{LOCK.read_text(encoding='utf-8')}"


def _uv() -> str:
    """The uv that runs us, else the one beside our environment, else the machine's."""
    beside = Path(sys.prefix).parent / ".venv-uv" / "bin" / "uv"
    found = os.environ.get("UV") or (str(beside) if beside.is_file() else shutil.which("uv"))
    if found is None:
        raise CannotFetch("there is no uv here")
    return found


def _run(words: list[str], timeout_s: float) -> None:
    try:
        # The words are ours; nothing of them comes from outside.
        done = subprocess.run(  # noqa: S603
            words, capture_output=True, text=True, check=False, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        raise CannotFetch(f"{words[0]} took too long") from None
    except OSError as error:
        raise CannotFetch(f"{words[0]} cannot be run: {error}") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise CannotFetch(f"uv failed: {said[:300] or 'without a word'}")


def main() -> int:
    """Fetch the validator into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--timeout", type=float, default=120, help="seconds (default 120)")
    options = parser.parse_args()
    try:
        fetch(options.directory.resolve(), options.timeout)
    except CannotFetch as reason:
        print(f"no TagPack validator: {reason}", file=sys.stderr)
        return 1
    print(options.directory.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
