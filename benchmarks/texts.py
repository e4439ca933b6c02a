"""Processor seconds and memory of stage `texts` on made ads of about 500 characters.

    python benchmarks/texts.py [--ads 100000] [--length 500] [--reposts 0.3] [--groups-only]
    python benchmarks/texts.py --exact ../shared/data/listings/listings.parquet

The ads are benign: phrases of the made worlds, between sentences of invented words that are drawn
as unevenly as words of a language are. A share are reposts of an earlier ad with other names,
numbers and a few other words. `--same` makes all ads one ad with another number; with
`--groups-only` only the search for templates is measured. `--exact` compares the groups of the
texts of a Parquet file with those that comparing every text with every other gives.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import re
import resource
import time
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from inktrace.authors.templates import text_groups
from inktrace.authors.text_stage import read_ads
from inktrace.engine import Engine
from inktrace.params import TextsParams
from inktrace.progress import silent
from inktrace.world.phrases import CITIES, EMOJI, NAMES, SHORTENINGS, SLOTS

DIGIT_WORDS = "zero one two three four five six seven eight nine".split()
SYLLABLES = "ba ka la ma na pa sa ta wa ya ing ber con del en for gan hol it jo ker lum mor".split()


def main() -> None:
    """Print one line: ads, groups, identifiers, processor seconds, clock seconds and memory."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--ads", type=int, default=100_000)
    options.add_argument("--length", type=int, default=500, help="characters of an ad, about")
    options.add_argument("--reposts", type=float, default=0.3, help="share of near-copies")
    options.add_argument("--same", action="store_true", help="all ads near-copies of one")
    options.add_argument("--groups-only", action="store_true", help="only the text groups")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--profile", action="store_true", help="print the slowest functions")
    options.add_argument("--exact", type=Path, help="a Parquet file with a column `text`")
    given = options.parse_args()
    if given.exact:
        compare_with_all_pairs(pq.read_table(given.exact, columns=["text"])["text"].to_pylist())
        return
    ads = made_ads(given.ads, given.length, 1.0 if given.same else given.reposts, given.seed)
    before = peak_mib()
    profile = cProfile.Profile()
    if given.profile:
        profile.enable()
    cpu, clock = time.process_time(), time.perf_counter()
    if given.groups_only:
        groups = text_groups(ads["ad_id"].to_pylist(), ads["text"].to_pylist(), TextsParams())
        told = {"ads": len(groups), "text_groups": len(set(groups))}
    else:
        with Engine.in_memory({"ads": ads}) as engine:
            told = dict(read_ads(engine.relations(["ads"]), TextsParams(), silent).notes)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    if given.profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    print(
        *(f"{name}={value}" for name, value in told.items()),
        f"cpu_s={cpu:.1f} clock_s={clock:.1f} before_mib={before} peak_mib={peak_mib()}",
    )


def compare_with_all_pairs(texts: list[str]) -> None:
    """Print how many texts, pairs and groups there are, and whether both ways agree."""
    params = TextsParams()
    plain = [" ".join(re.findall(r"[^\W\d_]+", text.lower())) for text in texts]
    plain = sorted({text for text in plain if len(text.split()) >= params.template_words})
    names: dict[tuple[str, ...], int] = {}
    columns: list[int] = []
    pointers = [0]
    for text in plain:
        words, size = text.split(), params.shingle_words
        mine = {tuple(words[k : k + size]) for k in range(max(1, len(words) - size + 1))}
        columns.extend(names.setdefault(name, len(names)) for name in mine)
        pointers.append(len(columns))
    sets = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, pointers))
    lengths, links = np.diff(pointers), []
    for start in range(0, len(plain), 1000):
        both = (sets[start : start + 1000] @ sets.T).tocoo()
        row = both.row + start
        alike = both.data >= params.template_overlap * (
            lengths[row] + lengths[both.col] - both.data
        )
        links.append(np.stack([row[alike], both.col[alike]]))
    first, second = np.concatenate(links, axis=1)
    graph = sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=(len(plain),) * 2)
    count, expected = connected_components(graph, directed=False)
    found = text_groups([f"{row:08d}" for row in range(len(plain))], plain, params)
    agreed = len(set(zip(found, expected.tolist(), strict=True))) == len(set(found)) == count
    print(
        f"texts={len(plain)} pairs={int((first < second).sum())} "
        f"groups_of_all_pairs={count} groups={len(set(found))} same={agreed}"
    )


def peak_mib() -> int:
    """The most memory this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def made_ads(count: int, length: int, reposts: float, seed: int) -> pa.Table:
    """A table `ads` of made ads: id, text, place and country; the same seed gives the same."""
    chance = random.Random(seed)
    words = made_words(chance, 40_000)
    heaviness = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    phrases = [phrase for slot in SLOTS.values() for said in slot.values() for phrase in said]
    bases: list[list[str]] = []
    texts, cities = [], []
    for _ in range(count):
        if bases and chance.random() < reposts:
            parts = reposted(bases[int(len(bases) * chance.random() ** 2)], words, chance)
        else:
            parts = fresh(phrases, words, heaviness, length, chance)
            bases.append(parts)
        city = chance.choice(CITIES)
        texts.append(filled(" ".join(parts), city, chance))
        cities.append(city)
    return pa.table(
        {
            "ad_id": pa.array([f"ad{number:07d}" for number in range(count)]),
            "text": pa.array(texts),
            "city": pa.array(cities),
            "country": pa.array(["Philippines"] * count),
        }
    )


def made_words(chance: random.Random, count: int) -> list[str]:
    """Invented words of one to four syllables, common ones shorter."""
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = 2 + chance.randrange(3) if len(made) > 400 else 1 + chance.randrange(2)
        made["".join(chance.choices(SYLLABLES, k=syllables)) + chance.choice(["", "s", "o"])] = None
    return list(made)


def fresh(
    phrases: list[str],
    words: list[str],
    heaviness: list[float],
    length: int,
    chance: random.Random,
) -> list[str]:
    """The words of a new ad, gaps for names and numbers still open."""
    parts: list[str] = []
    size = 0
    while size < length:
        if chance.random() < 0.5:
            piece = chance.choice(phrases).split()
            piece = [chance.choice(SHORTENINGS.get(word, (word,))) for word in piece]
        else:
            piece = chance.choices(words, cum_weights=heaviness, k=chance.randint(4, 12))
        piece[-1] += chance.choice([".", ",", "!", "", "", f" {chance.choice(EMOJI)}"])
        parts.extend(piece)
        size += sum(len(word) + 1 for word in piece)
    return parts


def reposted(parts: list[str], words: list[str], chance: random.Random) -> list[str]:
    """A near-copy: up to three words are others."""
    copy = list(parts)
    for _ in range(chance.randrange(4)):
        copy[chance.randrange(len(copy))] = chance.choice(words)
    return copy


def filled(text: str, city: str, chance: random.Random) -> str:
    """The text with its gaps filled: every ad has another number."""
    phone = f"09{chance.randrange(10**9):09d}"
    shown = chance.choice(
        [
            phone,
            f"{phone[:4]} {phone[4:7]} {phone[7:]}",
            " ".join(DIGIT_WORDS[int(d)] for d in phone),
        ]
    )
    handle = f"@{chance.choice(NAMES).lower()}{chance.randrange(1000)}"
    gaps = {
        "{name}": chance.choice(NAMES),
        "{age}": str(chance.randint(20, 60)),
        "{city}": city,
        "{price}": str(chance.randint(2, 20) * 100),
        "{phone}": shown,
        "{handle}": handle,
    }
    for gap, value in gaps.items():
        text = text.replace(gap, value)
    return text


if __name__ == "__main__":
    main()
