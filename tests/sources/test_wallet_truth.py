"""Files of known wallets: read, or refused in one line that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from inktrace.errors import InputError
from inktrace.sources.wallet_truth import read_wallet_truth


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("owner", ["wallet", "owner"])
def test_addresses_and_wallets_are_read_once_each(tmp_path: Path, owner: str) -> None:
    text = f"kind,address,{owner}\nx,b2,7\nx,a1,7\nx,b2,7\n"
    found = read_wallet_truth(written(tmp_path / "known.csv", text))
    assert found.to_pydict() == {"address": ["a1", "b2"], "wallet": ["7", "7"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("address,name\na,b\n", "no column owner"),
        ("wallet\nb\n", "no column address"),
        ("address,wallet\na,\n", "column wallet is empty"),
        ("address,wallet\na,1\na,2\n", "address a is given to two wallets"),
        ("address,wallet\na,1,2\n", "is not a CSV file"),
        ("", "is not a CSV file"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_wallet_truth(written(tmp_path / "known.csv", text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_wallet_truth(tmp_path / "none.csv")
