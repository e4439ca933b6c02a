"""What judgements say of the reasons: counted and shown, never fitted in silence."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from scipy.stats import binomtest

from inktrace.engine import Relations
from inktrace.schema import TABLES


def latest_verdicts(relations: Relations) -> ir.Table:
    """(referral_id, verdict, judged_us): the latest judgement of each; one taken back is none."""
    rows = relations["referral_judgements"]
    newest = [rows.judged_us.desc(), rows.file_id.desc(), rows.row.desc()]
    place = ibis.row_number().over(ibis.window(group_by="referral_id", order_by=newest))
    last = rows.mutate(place=place).filter(ibis._.place == 0)
    return last.filter(last.verdict != "unsure").select("referral_id", "verdict", "judged_us")


def feedback_rows(relations: Relations, reasons: ir.Table) -> pa.Table:
    """Of each reason: judged reports that have it, how many were useful, and a 95% interval.

    References: Wilson 1927; Brown, Cai & DasGupta 2001.
    """
    verdicts = latest_verdicts(relations).semi_join(relations["referrals"], "referral_id")
    everything = verdicts.select("verdict", reason=ibis.literal("all"))
    each = verdicts.join(reasons, "referral_id").select("verdict", "reason")
    rows = everything.union(each)
    counted = rows.group_by("reason").aggregate(
        judged=rows.count(), useful=rows.count(where=rows.verdict == "useful")
    )
    found = relations.collect(counted.order_by("reason")).to_pylist()
    return pa.Table.from_pylist(
        [{**row, **_shares(row["useful"], row["judged"])} for row in found],
        schema=TABLES["referral_feedback"].written_schema(),
    )


def _shares(useful: int, judged: int) -> dict[str, float]:
    interval = binomtest(useful, judged).proportion_ci(0.95, method="wilson")
    return {"share": useful / judged, "low": float(interval.low), "high": float(interval.high)}
