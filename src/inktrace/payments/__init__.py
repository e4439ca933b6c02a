"""Which payment bought which ad, and which wallet pays for which author: with error rates.

Room plan: `stage` declares the three stages. Stage `payments` (`scoring`): `times` (when and how
much), `asking_prices` (what an ad may have cost), `setting` (all of it read once), `candidates`
(the join), `background`, `laws` (delay, amount, share paid), `teaching` and `fitting` (learned
from the ads), `scored_round` (one round, with `decoys` and `posterior`),
`site_matches`, `site_clock`, `confirmations`, `clock_report` (clocks set right, delays from the
block), `report` (laws and notes as rows). Stage `attribution` (`attribution`): `evidence`
(author-wallet pairs), `exhaustion`, `error_rates`, `links`, `baselines` (KDD 2017, Chen 2021).
Stage `credit` (`credit`): `credit_ads` (ads without a payment, packs sold), `credit_outputs`
(outputs worth a pack, weighed), `credit_runs` (the join), `credit_records` (payers),
`credit_scores` (error rates), `credit_table`; `refunds`.

Explained afterwards: `rebuilt` (setting and laws as the run had them, factors apart),
`half_laws`, `ad_explanation`, `pair_explanation`, `drop_one`, `correlogram` (laws and counts),
`service_leads`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inktrace.payments.stage import STAGES
from inktrace.progress import silent

if TYPE_CHECKING:
    import pyarrow as pa

    from inktrace.engine import Relations
    from inktrace.params import AttributionParams
    from inktrace.progress import Progress

__all__ = ["STAGES", "explained_ad", "explained_laws", "explained_pair", "service_payments"]


def explained_ad(relations: Relations, ad_id: str, progress: Progress = silent) -> dict[str, Any]:
    """What may have paid for an ad; see `payments.ad_explanation`."""
    from inktrace.payments.ad_explanation import explained_ad as explained

    return explained(relations, ad_id, progress)


def explained_pair(
    relations: Relations,
    author_id: str,
    wallet_id: int,
    params: AttributionParams,
    progress: Progress = silent,
) -> dict[str, Any]:
    """What ties a wallet to an author's ads; see `payments.pair_explanation`."""
    from inktrace.payments.pair_explanation import explained_pair as explained

    return explained(relations, author_id, wallet_id, params, progress)


def explained_laws(
    relations: Relations, site: str | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """The laws of a site or all, with counts; see `payments.correlogram`."""
    from inktrace.payments.correlogram import explained_laws as explained

    return explained(relations, site, progress)


def service_payments(relations: Relations, most_q: float) -> pa.Table:
    """Payments that services made for an author's ads; see `payments.service_leads`."""
    from inktrace.payments.service_leads import service_leads

    return service_leads(relations, most_q)
