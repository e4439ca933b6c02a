"""Fetch a real Bitcoin node for the tests: Debian unstable's bitcoin-knots with its libraries.

Usage: python tools/fetch_node.py [DIRECTORY] [--timeout SECONDS]

The packages are downloaded with private apt directories (nothing is installed, root is not
needed), checked by apt against Debian's archive key, and unpacked side by side, so that the
node runs with its own loader and libraries on an older Debian. The last line printed is the
folder. Exit status 1, with the reason, where that cannot be done here.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "node"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
LOADER = f"{LIBRARIES}/ld-linux-x86-64.so.2"
PACKAGES = (
    "bitcoin-knots libc6 libstdc++6 libgcc-s1 libevent-core-2.1-7t64 libevent-extra-2.1-7t64 "
    "libevent-pthreads-2.1-7t64 libzmq5 libsqlite3-0 libsodium26 libpgm-5.3-0t64 libnorm1t64 "
    "libbsd0 libmd0 libkrb5-3 libgssapi-krb5-2 libcom-err2 libk5crypto3 libkrb5support0 "
    "libkeyutils1 libssl3t64"
).split()


class CannotFetch(Exception):
    """Why there can be no node here."""


def node_command(folder: Path = FOLDER) -> list[str] | None:
    """The words that start the node of this folder; none where it was not fetched whole."""
    tree = folder / "tree"
    if not (folder / "versions.txt").is_file():
        return None
    return [
        str(tree / LOADER),
        "--library-path",
        str(tree / LIBRARIES),
        str(tree / "usr/bin/bitcoind"),
    ]


def fetch(folder: Path = FOLDER, timeout_s: float = 300) -> None:
    """Download and unpack, once. Raises CannotFetch with the reason where that fails."""
    if node_command(folder) is not None:
        return
    _refuse_other_machines()
    deadline = time.monotonic() + timeout_s
    apt, tree = folder / "apt", folder / "tree"
    shutil.rmtree(folder, ignore_errors=True)
    options = _private_apt(apt)
    _run(["apt-get", *options, "-qq", "update"], deadline, apt)
    _run(["apt-get", *options, "-qq", "download", *PACKAGES], deadline, apt)
    archives = sorted(apt.glob("*.deb"))
    if len(archives) != len(PACKAGES):
        raise CannotFetch(f"{len(archives)} of {len(PACKAGES)} packages came")
    for archive in archives:
        _run(["dpkg-deb", "-x", str(archive), str(tree)], deadline, apt)
    if not (tree / LOADER).exists():
        raise CannotFetch(f"the packages hold no {LOADER}")
    names = "".join(f"{archive.name}\n" for archive in archives)
    shutil.rmtree(apt)
    (folder / "versions.txt").write_text(names, encoding="utf-8")


def _refuse_other_machines() -> None:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise CannotFetch(f"the packages are for Linux on x86_64, this is {platform.machine()}")
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CannotFetch(f"there is no {program} here")
    if not KEYRING.is_file():
        raise CannotFetch(f"{KEYRING} is missing, so no package could be checked")


def _private_apt(apt: Path) -> list[str]:
    for part in ("state/lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(
        f"deb [arch=amd64 signed-by={KEYRING}] http://deb.debian.org/debian unstable main\n",
        encoding="utf-8",
    )
    values = {
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "15",
    }
    return [word for name, value in values.items() for word in ("-o", f"{name}={value}")]


def _run(words: list[str], deadline: float, folder: Path) -> None:
    try:
        # The words are ours; nothing of them comes from outside.
        done = subprocess.run(  # noqa: S603
            words,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=max(1.0, deadline - time.monotonic()),
        )
    except subprocess.TimeoutExpired:
        raise CannotFetch(f"{words[0]} took too long") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotFetch(f"{words[0]} failed: {said[-1] if said else 'without a word'}")


def main() -> int:
    """Fetch the node into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--timeout", type=float, default=300, help="seconds (default 300)")
    options = parser.parse_args()
    try:
        fetch(options.directory.resolve(), options.timeout)
    except CannotFetch as reason:
        print(f"no node: {reason}", file=sys.stderr)
        return 1
    print(options.directory.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
