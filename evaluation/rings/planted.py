"""Worlds with rings, independent workers, people on tour, agencies, directories, software, spam.

All stages are truly run: the leads rest on the authors and payments that were found, not on those
that were planted.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from inktrace.cli.demo import add_inputs
from inktrace.engine import Engine
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.rings import STAGE
from inktrace.workspace import create_workspace, open_workspace
from inktrace.world import WorldParams, make_world, write_world

SETTINGS = {
    "days": "7",
    "authors": "300",
    "ads": "2000",
    "transactions": "20000",
    "background_owners": "3000",
    "touring_share": "0.08",
    "agency_share": "0.03",
    "directory_share": "0.02",
    "software_share": "0.03",
    "spam_share": "0.02",
    "ring_wording_share": "0.4",
}
ROLES = ("ring", "independent", "touring", "agency", "directory", "software", "spam")


def case_of(seed: int, folder: Path, settings: dict[str, str]) -> Path:
    """A workspace with all stages run on the world of a seed; made once, then found again."""
    root = folder / str(seed)
    if not (root / "done").exists():
        root.mkdir(parents=True)
        params = WorldParams(seed=seed).with_values({**SETTINGS, **settings})
        write_world(make_world(params, silent), root / "world", silent)
        with create_workspace(root / "case") as case:
            add_inputs(case, root / "world", silent)
            run_stages(case, [], silent)
        (root / "done").touch()
    return root


class RingWorld:
    """The leads of one world beside its truth."""

    def __init__(self, root: Path, photos: bool = True):
        with (root / "world" / "truth" / "roles.csv").open(encoding="utf-8") as rows:
            self.role = {row["author"]: row["role"] for row in csv.DictReader(rows)}
        with (root / "world" / "truth" / "ads.csv").open(encoding="utf-8") as rows:
            self.author = {row["ad_id"]: row["author"] for row in csv.DictReader(rows)}
        with tempfile.TemporaryDirectory() as copy:
            # Worked on in a copy, so that photos can be taken away and nothing is stored.
            shutil.copytree(root / "case", Path(copy) / "case")
            with open_workspace(Path(copy) / "case") as case:
                engine: Engine = case.engine
                if not photos:
                    engine.execute("UPDATE ads SET image_hashes = NULL")
                found = STAGE.function(engine.relations(STAGE.reads), case.params.rings, silent)
        self.notes = found.notes
        self.leads = found.tables["leads"].to_pylist()
        self.indicators = found.tables["lead_indicators"].to_pylist()
        rows = found.tables["lead_ads"].to_pylist()
        lead_of = {row["ad_id"]: row["lead_id"] for row in rows}
        self.core = {row["ad_id"] for row in rows if row["in_core"]}
        self.lead_of = lead_of
        self.ads: dict[str, Counter[str]] = {row["lead_id"]: Counter() for row in self.leads}
        for ad, author in self.author.items():
            if ad in lead_of:
                self.ads[lead_of[ad]][self.role[author]] += 1

    def lead_role(self, lead_id: str) -> str:
        """The role behind most of a lead's ads (of equals, the first in ROLES from the end)."""
        counts = self.ads[lead_id]
        return max(reversed(ROLES), key=lambda role: counts[role])

    def is_ring(self) -> np.ndarray:
        """Whether each lead, in order of rank, is a ring's (bool)."""
        return np.array([self.lead_role(row["lead_id"]) == "ring" for row in self.leads], bool)

    def flag_rates(self) -> dict[str, dict[str, int]]:
        """By role: authors; those with most (or any) of their ads flagged; and more widely.

        An ad is flagged where it lies in the core of a flagged lead. `in_flagged_leads` counts
        authors with most of their ads anywhere in flagged leads, `listed` in any lead.
        """
        flagged = {row["lead_id"] for row in self.leads if row["flagged"]}
        counts = {role: Counter[str]() for role in ROLES}
        by_author: dict[str, list[str]] = {}
        for ad, author in self.author.items():
            by_author.setdefault(author, []).append(ad)
        for author, ads in by_author.items():
            inside = [ad for ad in ads if self.lead_of.get(ad) in flagged]
            core = [ad for ad in inside if ad in self.core]
            listed = [ad for ad in ads if ad in self.lead_of]
            found = counts[self.role[author]]
            found["authors"] += 1
            found["flagged"] += 2 * len(core) > len(ads)
            found["with_an_ad_flagged"] += bool(core)
            found["in_flagged_leads"] += 2 * len(inside) > len(ads)
            found["listed"] += 2 * len(listed) > len(ads)
        return {role: dict(found) for role, found in counts.items()}
