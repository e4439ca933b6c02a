"""Worlds with rings, independent workers, people on tour, agencies, directories, software, spam.

All stages are truly run: the leads rest on the authors and payments that were found, not on those
that were planted.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from inktrace.cli.demo import add_inputs
from inktrace.engine import Engine
from inktrace.params import RingsParams
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

    def __init__(self, root: Path, params: RingsParams | None = None):
        with (root / "world" / "truth" / "roles.csv").open(encoding="utf-8") as rows:
            self.role = {row["author"]: row["role"] for row in csv.DictReader(rows)}
        with (root / "world" / "truth" / "ads.csv").open(encoding="utf-8") as rows:
            self.author = {row["ad_id"]: row["author"] for row in csv.DictReader(rows)}
        with open_workspace(root / "case") as case:
            engine: Engine = case.engine
            found = STAGE.function(
                engine.relations(STAGE.reads), params or case.params.rings, silent
            )
            group = dict(engine.rows("SELECT ad_id, author_id FROM authors"))
        self.notes = found.notes
        self.leads = found.tables["leads"].to_pylist()
        self.indicators = found.tables["lead_indicators"].to_pylist()
        lead_of = {one: row["lead_id"] for row in self.leads for one in row["author_ids"].split()}
        self.ads: dict[str, Counter[str]] = {row["lead_id"]: Counter() for row in self.leads}
        self.by_author: dict[str, Counter[str]] = {}
        for ad, author in self.author.items():
            lead = lead_of.get(group[ad], "")
            self.by_author.setdefault(author, Counter())[lead] += 1
            if lead:
                self.ads[lead][self.role[author]] += 1

    def lead_role(self, lead_id: str) -> str:
        """The role behind most of a lead's ads (of equals, the first in ROLES from the end)."""
        counts = self.ads[lead_id]
        return max(reversed(ROLES), key=lambda role: counts[role])

    def is_ring(self) -> np.ndarray:
        """Whether each lead, in order of rank, is a ring's (bool)."""
        return np.array([self.lead_role(row["lead_id"]) == "ring" for row in self.leads], bool)

    def flag_rates(self) -> dict[str, dict[str, Any]]:
        """By role: authors, those with most of their ads in flagged leads, and with any there."""
        flagged = {row["lead_id"] for row in self.leads if row["flagged"]}
        rates: dict[str, dict[str, Any]] = {}
        for role in ROLES:
            mine = [self.by_author.get(a, Counter()) for a, r in self.role.items() if r == role]
            inside = [sum(n for lead, n in one.items() if lead in flagged) for one in mine]
            most = sum(2 * n > one.total() for n, one in zip(inside, mine, strict=True))
            rates[role] = {
                "authors": len(mine),
                "flagged": most,
                "with_an_ad_flagged": sum(n > 0 for n in inside),
                "listed": sum(2 * (one.total() - one[""]) > one.total() for one in mine),
            }
        return rates
