"""How many old pairs change when ads are added: a stage run on nine tenths, then on all ads.

    inktrace world make --out world --seed 1 && python evaluation/authors/churn.py world

Which ads come late is decided by a hash of the ad's id. Prints JSON: of the pairs of early ads that
were together, the share that no longer is; of those together at the end, the share that was not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy import sparse
from train_default import world_ads

from inktrace.authors import STAGES
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

LATE_SHARE = 0.1


def authors_of(ads: pa.Table) -> dict[str, str]:
    """The author of each ad after both stages."""
    with Engine.in_memory({"ads": ads}) as engine:
        for stage in STAGES:
            section = getattr(Params(), stage.section)
            found = stage.function(engine.relations(stage.reads), section, silent).tables
            for name, table in found.items():
                engine.append(name, table)
        rows = found["authors"].to_pydict()
    return dict(zip(rows["ad_id"], rows["author_id"], strict=True))


def pairs_in_common(first: np.ndarray, second: np.ndarray) -> tuple[int, int, int]:
    """Pairs together in the first grouping, in the second, and in both."""
    both = sparse.csr_matrix((np.ones(len(first), np.int64), (first, second)))

    def pairs(sizes: np.ndarray) -> int:
        return int((sizes * (sizes - 1) // 2).sum())

    return pairs(np.bincount(first)), pairs(np.bincount(second)), pairs(both.tocsr().data)


def main(folder: Path) -> None:
    """Print the churn of one world."""
    ads = world_ads(folder)
    ids = ads["ad_id"].to_pylist()
    late = [
        int.from_bytes(hashlib.sha256(one.encode()).digest()[:4], "big") < LATE_SHARE * 2**32
        for one in ids
    ]
    early = ads.filter(pa.array([not one for one in late]))
    before, after = authors_of(early), authors_of(ads)
    kept = sorted(before)
    numbers = [
        np.unique([names[one] for one in kept], return_inverse=True)[1] for names in (before, after)
    ]
    old, new, common = pairs_in_common(*numbers)
    told = {"early_ads": len(kept), "late_ads": sum(late), "pairs_before": old, "pairs_after": new}
    told |= {"lost_share": round(1 - common / old, 5), "new_share": round(1 - common / new, 5)}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
