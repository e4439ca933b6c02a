"""What people found of leads, laid on the leads of today."""

from __future__ import annotations

from typing import Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Relations
from inktrace.rings.fitting import Judged

_SIDES: Final = {"supports": True, "contradicts": False}


def judged_leads(relations: Relations, leads: pa.Table, lead_ids: list[str]) -> Judged:
    """Judged leads by their row in `lead_ids`, sorted; `leads` holds (ad_id, lead_id, …).

    A judgement names an ad; it is about the lead that holds the ad now. The latest verdict on a
    lead counts, `unsure` takes it back; of two at one time, the one on the later ad.
    """
    told = relations["lead_judgements"]
    held = told.join(ibis.memtable(leads.select(["ad_id", "lead_id"])), "ad_id")
    rows = relations.collect(
        held.select("lead_id", "verdict", "judged_us", "ad_id").order_by(
            "lead_id", "judged_us", "ad_id", "verdict"
        )
    )
    latest = dict(zip(rows["lead_id"].to_pylist(), rows["verdict"].to_pylist(), strict=True))
    sided = {lead: _SIDES[verdict] for lead, verdict in latest.items() if verdict in _SIDES}
    places = pc.index_in(pa.array(sorted(sided), pa.string()), pa.array(lead_ids, pa.string()))
    supports = [sided[lead] for lead in sorted(sided)]
    return Judged(np.asarray(places.to_numpy(), np.int64), np.array(supports, bool))
