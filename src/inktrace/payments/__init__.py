"""Which payment bought which ad, and which wallet pays for which author: with error rates.

Room plan: `stage` declares the two stages. Stage `payments` (`scoring`): `times` (when and how
much), `asking_prices` (what an ad may have cost), `setting` (all of it read once), `candidates`
(the join), `background`, `laws` (delay, amount, share paid, learned), `decoys`, `posterior`,
`report` (laws and notes as rows). Stage `attribution` (`attribution`): `evidence` (author-wallet
pairs), `exhaustion`, `error_rates`, `links`, `baselines` (KDD 2017, Chen 2021).

Explained afterwards: `rebuilt` (setting and laws as the run had them, factors apart),
`ad_explanation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inktrace.payments.stage import STAGES
from inktrace.progress import silent

if TYPE_CHECKING:
    from inktrace.engine import Relations
    from inktrace.progress import Progress

__all__ = ["STAGES", "explained_ad"]


def explained_ad(relations: Relations, ad_id: str, progress: Progress = silent) -> dict[str, Any]:
    """What may have paid for an ad; see `payments.ad_explanation`."""
    from inktrace.payments.ad_explanation import explained_ad as explained

    return explained(relations, ad_id, progress)
