"""The declarations of the three stages of this room."""

from __future__ import annotations

from typing import Final

from inktrace.engine import Relations
from inktrace.params import AttributionParams, CreditParams, PaymentsParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult


def _payments(relations: Relations, params: PaymentsParams, progress: Progress) -> StageResult:
    # Imported when run, so that listing the stages stays quick.
    from inktrace.payments.scoring import score_payments

    return score_payments(relations, params, progress)


def _attribution(
    relations: Relations, params: AttributionParams, progress: Progress
) -> StageResult:
    from inktrace.payments.attribution import attribute_wallets

    return attribute_wallets(relations, params, progress)


def _credit(relations: Relations, params: CreditParams, progress: Progress) -> StageResult:
    from inktrace.payments.credit import credit_and_refunds

    return credit_and_refunds(relations, params, progress)


PAYMENTS: Final = Stage(
    name="payments",
    version=6,
    reads=(
        "ads",
        "texts",
        "identifiers",
        "price_rules",
        "transactions",
        "outputs",
        "wallets",
        "first_seen",
        "mempool_events",
        "prices",
    ),
    writes=("payment_laws", "posting_histories", "payment_candidates"),
    section="payments",
    function=_payments,
    meaning="outputs that may have paid for an ad, scored against the measured background",
)

ATTRIBUTION: Final = Stage(
    name="attribution",
    version=6,
    reads=(
        "payment_candidates",
        "posting_histories",
        "payment_laws",
        "authors",
        "author_pairs",
        "payers",
        "wallets",
        "wallet_summary",
        "transactions",
        "outputs",
        "first_seen",
        "mempool_events",
        "ads",
        "prices",
    ),
    writes=("attributions", "attribution_links", "shared_payers"),
    section="attribution",
    function=_attribution,
    meaning="wallets that pay for an author's ads, with q-values from decoys; and both baselines",
)

CREDIT: Final = Stage(
    name="credit",
    version=1,
    reads=(
        *PAYMENTS.reads,
        *PAYMENTS.writes,
        "attributions",
        "attribution_links",
        "authors",
        "payers",
        "wallet_summary",
    ),
    writes=("credit_purchases", "refunds"),
    section="credit",
    function=_credit,
    meaning="packs of credit bought before a run of ads, with q-values from decoys; and refunds",
)

STAGES: Final = (PAYMENTS, ATTRIBUTION, CREDIT)
