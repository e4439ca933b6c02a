"""What people judged of a lead and of its ads: who, when, how, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from inktrace.engine import Relations

_JUDGED: dict[str, pa.DataType] = {
    "verdict": pa.string(),
    "reviewer": pa.string(),
    "reason": pa.string(),
    "judged_us": pa.int64(),
    "file_id": pa.int64(),
    "row": pa.int64(),
}


def _nothing(*ids: str) -> pa.Table:
    return pa.schema([*((name, pa.string()) for name in ids), *_JUDGED.items()]).empty_table()


@dataclass(frozen=True)
class Review:
    """Judgements in order of time: `of_lead` (ad_id, verdict, …), `of_ads` (ad_id_a, ad_id_b, …).

    All are kept; the latest of a lead, or of a pair, counts.
    """

    of_lead: pa.Table
    of_ads: pa.Table

    @property
    def is_there(self) -> bool:
        """Whether a person judged the lead at all, be it with "unsure"."""
        return bool(self.of_lead.num_rows > 0)

    @property
    def verdict(self) -> str | None:
        """The latest verdict on the lead; of two at one time, the one on the later ad."""
        return str(self.of_lead["verdict"][-1].as_py()) if self.is_there else None


NO_REVIEW = Review(_nothing("ad_id"), _nothing("ad_id_a", "ad_id_b"))


def gather_review(relations: Relations, ad_ids: Sequence[str]) -> Review:
    """The judgements on a lead, which name one of its ads, and those on pairs of its ads."""
    leads, pairs = relations["lead_judgements"], relations["judgements"]
    of_lead = leads.filter(leads.ad_id.isin(ad_ids))
    of_ads = pairs.filter(pairs.ad_id_a.isin(ad_ids) & pairs.ad_id_b.isin(ad_ids))
    return Review(
        relations.collect(of_lead.order_by("judged_us", "ad_id", "verdict", "file_id", "row")),
        relations.collect(of_ads.order_by("judged_us", "ad_id_a", "ad_id_b", "file_id", "row")),
    )
