"""Make a virtual environment with pip, installing Debian's part of it where it is missing.

Usage: python3 tools/make_venv.py DIRECTORY
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import venv

NEEDED = (3, 11)


def main() -> int:
    """Make the environment named on the command line; say what to do where that fails."""
    if sys.version_info < NEEDED:
        print(f"Python {NEEDED[0]}.{NEEDED[1]} or newer is needed; this is {sys.version}")
        return 1
    if importlib.util.find_spec("ensurepip") is None and not install_ensurepip():
        return 1
    venv.create(sys.argv[1], with_pip=True, clear=True)
    return 0


def install_ensurepip() -> bool:
    """Install the Debian package that lets Python make environments; false where it cannot be."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not as_root or shutil.which("sudo")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-qy", "--no-install-recommends", package]):
            # The words are ours; nothing of them comes from outside.
            done = subprocess.run(  # noqa: S603
                [*as_root, "apt-get", *words], env=environment, check=False
            )
        if done.returncode == 0:
            return True
    print(f"Python cannot make virtual environments here; install it with: apt install {package}")
    return False


if __name__ == "__main__":
    sys.exit(main())
