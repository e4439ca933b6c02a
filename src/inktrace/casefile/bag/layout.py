"""Where what lies in a case package, and the bounds within which one is read.

bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt   the bag (RFC 8493)
data/        what is handed over; data/case.json says what it is
signature/   who vouches for the bag; outside the tag manifest, so that it can come later
"""

from __future__ import annotations

from typing import Final

DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
TAG_FILES: Final = (INFO, DECLARATION, MANIFEST)
DECLARATION_TEXT: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

PAYLOAD: Final = "data"
CASE: Final = "data/case.json"
REPORT: Final = "data/report.html"
README: Final = "README.txt"
CASE_FORMAT: Final = "inktrace case package"
CASE_FORMAT_VERSION: Final = 2

SIGNATURE: Final = "signature"
STATEMENT: Final = "signature/statement.json"
STATEMENT_SIGNATURE: Final = "signature/statement.json.sig"
PUBLIC_KEY: Final = "signature/public-key.pub"
TIMESTAMP: Final = "signature/timestamp.tsr"
SIGNATURE_SUMS: Final = "signature/files-sha256.txt"
SIGNED_FILES: Final = (PUBLIC_KEY, STATEMENT, STATEMENT_SIGNATURE)

# A manifest of 100,000 files has some 15 MB; a larger one is not ours.
MOST_MANIFEST_BYTES: Final = 16 * 2**20
MOST_FILES: Final = 100_000
# Some 200 times the largest package the report's caps allow; bounds the time to hash a hostile one.
MOST_BYTES: Final = 20 * 2**30
# case.json, statements, keys and tokens are a few kilobytes each.
MOST_SMALL_BYTES: Final = 2**20
MOST_PATH: Final = 1000


def is_safe_path(path: str) -> bool:
    """Whether a relative path stays inside its folder on every system, and reads as it looks.

    Percent signs are refused as well: RFC 8493 gives them a meaning in manifests.
    """
    parts = path.split("/")
    return (
        0 < len(path) <= MOST_PATH
        and path.isprintable()
        and not any(character in path for character in '\\:*?"<>|%')
        and all(part not in ("", ".", "..") for part in parts)
        and all(part == part.strip() and not part.endswith(".") for part in parts)
    )
