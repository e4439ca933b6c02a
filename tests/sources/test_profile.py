"""Profiles: what is known is read, what is not is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from inktrace.errors import InputError
from inktrace.sources.ads import AdProfile, read_profile


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return path


def test_every_section_is_read(tmp_path: Path) -> None:
    text = """
        [columns]
        ad_id = "id"
        [time]
        zone = "Asia/Manila"
        format = "%d/%m/%Y"
        [constants]
        currency = "PHP"
        [file]
        delimiter = ";"
        encoding = "cp1252"
    """
    assert read_profile(written(tmp_path, text)) == AdProfile(
        {"ad_id": "id"}, "Asia/Manila", "%d/%m/%Y", {"currency": "PHP"}, ";", "cp1252"
    )


def test_an_empty_profile_is_the_default(tmp_path: Path) -> None:
    assert read_profile(written(tmp_path, "# nothing\n")) == AdProfile()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[columns]\nadid = 'x'", r"unknown key columns\.adid"),
        ("[colums]\nad_id = 'x'", r"unknown section \[colums\]"),
        ("zone = 'UTC'", "unknown section"),
        ("columns = 'x'", "outside a section"),
        ("[time]\nzone = 'Manila'", "time.zone is 'Manila'"),
        ("[time]\nzone = '../../etc/passwd'", "time.zone is"),
        ("[file]\nencoding = 'utf-99'", "file.encoding is 'utf-99'"),
        ("[file]\ndelimiter = ';;'", "file.delimiter is ';;'"),
        ("[constants]\nsite = 3", "constants.site is 3"),
        ("[constants]\nad_id = 'x'", "unknown key constants.ad_id"),
        ("[columns", "not a TOML profile"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_profile(written(tmp_path, text))
