"""What README.txt tells the receiver to type works, with stock tools alone."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from inktrace.casefile.bag.readme import readme_text
from inktrace.casefile.bag.timestamp import attach_token

TOOLS = ("bash", "sha256sum", "ssh-keygen", "openssl")


def commands():
    """The indented commands of README.txt, with continued lines joined."""
    text = readme_text("L-1").replace("\\\n", "")
    return re.findall(r"^    ((?:sha256sum|ssh-keygen|openssl) .*)$", text, re.MULTILINE)


@pytest.fixture
def stamped(bag, authority, tmp_path):
    statement = bag / "signature/statement.json"
    attach_token(bag, authority.stamped(statement, tmp_path / "answer"), [])
    shutil.copy(authority.roots, tmp_path / "ROOTS.pem")
    return bag


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_every_command_works_and_most_see_a_touch(stamped):
    assert len(commands()) == 8
    assert [_status(words, stamped) for words in commands()] == [0] * 8
    for path in ("data/report.html", "bag-info.txt", "signature/statement.json"):
        with (stamped / path).open("ab") as stream:
            stream.write(b" ")
    # Three lists of digests, the signature and the time-stamp fail; what only prints does not.
    holds = [_status(words, stamped) == 0 for words in commands()]
    assert holds == [False, False, False, False, True, True, False, True]


def _status(words, folder):
    line = words.replace("ROOTS.pem", "../ROOTS.pem")
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=False)
    return done.returncode
