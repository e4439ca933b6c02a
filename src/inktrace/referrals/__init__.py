"""Reports that came in: which are one, whom they join, and in what order to look at them."""

from __future__ import annotations

from typing import Final

from inktrace.engine import Relations
from inktrace.params import ReferralsParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult

__all__ = ["STAGE"]


# SciPy takes a second to import: only when the stage runs.
def _ranked(relations: Relations, params: ReferralsParams, progress: Progress) -> StageResult:
    from inktrace.referrals.stage import ranked_referrals

    return ranked_referrals(relations, params, progress)


STAGE: Final = Stage(
    name="referrals",
    version=2,
    reads=(
        "referrals",
        "referral_texts",
        "referral_identifiers",
        "referral_judgements",
        "identifiers",
        "ads",
        "identities",
        "leads",
        "lead_ads",
    ),
    writes=("referral_priorities", "referral_reasons", "referral_feedback"),
    section="referrals",
    function=_ranked,
    meaning="groups reports that are one, joins them to identities, and ranks them with reasons",
)
