"""The credit stage: packs of credit bought before a run of ads, and refunds of payments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import CreditParams
from inktrace.payments.credit_ads import credit_ads, packs_sold
from inktrace.payments.credit_outputs import near_packs, pack_outputs
from inktrace.payments.credit_records import (
    Payers,
    author_numbers,
    is_named,
    named_wallets,
    own_payments,
    private_payers,
    private_transactions,
    unpaid_probability,
)
from inktrace.payments.credit_runs import Found, ads_in_order, runs_after
from inktrace.payments.credit_scores import (
    NamedWallets,
    Purchases,
    exchanged_transactions,
    judged_purchases,
)
from inktrace.payments.credit_table import purchase_table
from inktrace.payments.price_rules import read_rules
from inktrace.payments.rebuilt import rebuilt
from inktrace.payments.refunds import refunds
from inktrace.payments.setting import Setting
from inktrace.payments.times import Floats
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult


def credit_and_refunds(
    relations: Relations, params: CreditParams, progress: Progress
) -> StageResult:
    """Find packs of credit that were bought before an author's runs of ads, and refunds.

    Returns `credit_purchases` and `refunds`. Packs are those that price rules name; a site without
    a rule that names any has none. Attributions are not changed by either.
    """
    rules = relations["price_rules"]
    sold = relations.collect(rules.filter(rules.kind == "credit").limit(1)).num_rows
    purchases, notes = _purchases(relations, params, progress) if sold else (None, {})
    if purchases is None:
        purchases = TABLES["credit_purchases"].written_schema().empty_table()
    return StageResult(
        {"credit_purchases": purchases, "refunds": refunds(relations, params)}, notes
    )


def _purchases(
    relations: Relations, params: CreditParams, progress: Progress
) -> tuple[pa.Table | None, dict[str, Any]]:
    """The rows of `credit_purchases`, and what is told of the search; None without packs or ads."""
    progress("reading credit", 0, None)
    known = rebuilt(relations)
    setting, rounds = known.setting, known.setting.params.decoy_rounds
    names, author = author_numbers(relations, setting)
    ads = credit_ads(setting, unpaid_probability(relations, setting), author)
    packs = packs_sold(ads, setting, read_rules(relations), params)
    if not packs:
        return None, {"packs_sold": 0}
    near = near_packs(packs, setting)
    payers = private_payers(relations, setting, near)
    scale = np.where(payers.wallet >= 0, len(setting.outputs) / payers.outputs_in_tx, 0.0)
    scale[own_payments(relations, setting)] = 0.0
    weighed = [
        pack_outputs(known, pack, rows[scale[rows] > 0], ads)
        for pack, rows in zip(packs, near, strict=True)
    ]
    order = ads_in_order(ads, setting.ads.posted_us)
    found = Found(runs_after(weighed, ads, order, scale, setting, params), ads, order, packs)
    named = named_wallets(relations, names)
    real = _evidence(setting, found, payers, scale, named)
    drawn_from = private_transactions(relations)
    decoys = exchanged_transactions(real, ads.author, named, drawn_from, rounds)
    judged, checks = judged_purchases(real, decoys, rounds)
    return purchase_table(setting, found, payers, names, judged, params), {
        "packs_sold": len(packs),
        "ads_that_credit_may_have_paid": len(ads),
        "outputs_before_a_run": len(real),
        **checks,
    }


def _evidence(
    setting: Setting, found: Found, payers: Payers, scale: Floats, named: NamedWallets
) -> Purchases:
    """The runs as evidence of (account, wallet), in order of account and output."""
    runs, ads, outputs = found.runs, found.ads, setting.outputs
    unit = ads.unit[runs.first]
    made = Purchases(
        round=np.zeros(len(unit), dtype=np.int64),
        unit=unit,
        tx_id=outputs.tx_id[runs.output],
        ad=ads.ad[runs.first],
        factor=runs.ratio * scale[runs.output] / ads.unit_ads[unit],
        row=np.arange(len(unit)),
        named=is_named(named, ads.author[unit], payers.wallet[runs.output]),
    )
    return made.kept(np.lexsort((made.row, runs.output, made.unit)))
