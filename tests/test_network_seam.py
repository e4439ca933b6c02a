"""Only sources/node*.py touches the network."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "inktrace"
NETWORK = {"asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib3"}
NETWORK |= {"urllib.request", "xmlrpc", "zmq"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_no_other_module_imports_what_reaches_the_network():
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(
            name == one or name.startswith(one + ".") for name in imported(path) for one in NETWORK
        )
    }
    assert users
    assert all(user.startswith("sources/node") for user in users), users
