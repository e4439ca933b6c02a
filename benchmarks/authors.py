"""Seconds and memory from raw texts to author clusters, on made ads of about 500 characters.

    python benchmarks/authors.py [--ads 100000] [--length 500] [--reposts 0.3]

The ads are those of benchmarks/texts.py. Clock seconds, processor seconds and peak memory are
printed after stage `texts` and after stage `authors`.
"""

from __future__ import annotations

import argparse
import time

from inktrace.authors.author_stage import find_authors
from inktrace.authors.text_stage import read_ads
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent
from texts import made_ads, peak_mib


def main() -> None:
    """Print a line a stage."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--ads", type=int, default=100_000)
    options.add_argument("--length", type=int, default=500, help="characters of an ad, about")
    options.add_argument("--reposts", type=float, default=0.3, help="share of near-copies")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    engine = Engine.in_memory({"ads": made_ads(given.ads, given.length, given.reposts, given.seed)})
    params, started, busy = Params(), time.monotonic(), time.process_time()

    def told(stage: str) -> None:
        print(
            f"{stage}: {time.monotonic() - started:.1f} s on the clock, "
            f"{time.process_time() - busy:.1f} s of processors, peak {peak_mib():,.0f} MiB",
            flush=True,
        )

    for name, table in read_ads(engine.relations(), params.texts, silent).tables.items():
        engine.append(name, table)
    told("texts")
    found = find_authors(engine.relations(), params.authors, silent)
    told("authors")
    print(f"{found.tables['author_pairs'].num_rows:,} pairs, {found.notes['clusters']:,} authors")


if __name__ == "__main__":
    main()
