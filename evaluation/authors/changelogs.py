"""Texts of another kind with known authors: entries of Debian changelogs, as ads for a workspace.

    python evaluation/authors/changelogs.py /usr/share/doc ads.csv
    inktrace init case && inktrace add ads ads.csv --workspace case
    inktrace run authors --workspace case
    inktrace authors evaluate --labels author_label --workspace case

The shipped model never saw such texts, and the ads carry no contact data, so nothing is fitted.
Of each author one entry a package is kept, at most 20 in all: two entries of one author are then
always about different programs, and what they share is style sooner than subject. Entries bear the
time that their author signed them at (UTC), so that posting hours can be measured too.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

ENTRY = re.compile(
    r"^(?P<package>\S+) \([^)]+\)[^\n]*\n(?P<text>.*?)"
    r"^ -- (?P<author>.*?) <[^>]+>  (?P<signed>[^\n]+)",
    re.DOTALL | re.MULTILINE,
)
MOST_BYTES = 3_000_000
CHARACTERS = (100, 1000)
MOST_PER_AUTHOR = 20
Entry = tuple[str, str, str, int]


def entries(folder: Path) -> Iterator[Entry]:
    """Author, package, text and time (epoch seconds) of every changelog entry under the folder."""
    for path in sorted(folder.glob("*/changelog*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
            whole = lines.read(MOST_BYTES)
        for found in ENTRY.finditer(whole):
            try:
                signed = parsedate_to_datetime(found["signed"].strip())
            except ValueError:
                continue
            if signed.tzinfo is None:
                continue
            time = int(signed.timestamp())
            yield found["author"].strip(), found["package"], found["text"].strip(), time


def chosen(rows: Iterator[Entry]) -> list[Entry]:
    """One entry of each author and package, in an order that no alphabet decides."""
    fitting = {row for row in rows if CHARACTERS[0] <= len(row[2]) <= CHARACTERS[1]}
    kept: dict[tuple[str, str], Entry] = {}
    texts: set[str] = set()
    counts: Counter[str] = Counter()
    for row in sorted(fitting, key=lambda one: hashlib.sha256(repr(one).encode()).digest()):
        author, package, text, _ = row
        full = counts[author] >= MOST_PER_AUTHOR
        if full or (author, package) in kept or text in texts:
            continue
        kept[author, package] = row
        texts.add(text)
        counts[author] += 1
    return list(kept.values())


def main() -> None:
    """Write the ads and say how many there are."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path, help="/usr/share/doc of a Debian machine")
    options.add_argument("out", type=Path)
    words = options.parse_args()
    rows = chosen(entries(words.folder))
    with words.out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ad_id", "site", "posted_at", "text", "category", "author_label"])
        for number, (author, package, text, time) in enumerate(rows):
            table.writerow([f"C{number:05d}", "debian", time, text, package, author])
    several = sum(count > 1 for count in Counter(row[0] for row in rows).values())
    print(f"{len(rows):,} entries, {several} authors with two or more")


if __name__ == "__main__":
    main()
