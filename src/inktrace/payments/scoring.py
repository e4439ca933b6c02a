"""The payments stage: candidates, laws, decoy rounds and posteriors, put together."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.clock_report import clock_table, delay_from_table
from inktrace.payments.fitting import fitted
from inktrace.payments.half_laws import half_law_table
from inktrace.payments.laws import mean_of_halves
from inktrace.payments.posting_history import history_table
from inktrace.payments.report import law_table, payment_notes
from inktrace.payments.scored_round import Scored, scored_round, standing
from inktrace.payments.setting import Setting, read_setting
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult

_MOST_AT_ONCE: Final = 4


def score_payments(relations: Relations, params: PaymentsParams, progress: Progress) -> StageResult:
    """Score every output that time and amount allow as the payment of an ad, and decoys alike.

    Returns `payment_laws` and `payment_candidates`. Laws are learned from the real ads only, and
    each ad is scored with laws learned from the other half of its site's ads, so that what was
    over-fitted cannot favour the real round over the decoys.
    """
    progress("reading payments", 0, params.decoy_rounds + 3)
    setting, counts = read_setting(relations, params)
    progress("learning payment laws", 1, params.decoy_rounds + 3)
    setting, weighed, crossed = fitted(setting)
    shown = mean_of_halves(crossed)

    def one_round(number: int) -> pa.Table:
        scored = scored_round(setting, weighed, crossed, *standing(setting, number))
        return _round_table(setting, scored, number)

    tables = []
    # The compiled loop runs without the interpreter's lock, so rounds share the processors.
    with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        for number, table in enumerate(pool.map(one_round, range(params.decoy_rounds + 1))):
            progress("scoring payments", number + 2, params.decoy_rounds + 3)
            tables.append(table)
    rounds = [table.num_rows for table in tables]
    notes = {**counts, **payment_notes(setting, shown, rounds)}
    made = {
        "payment_laws": pa.concat_tables(
            [
                law_table(setting, shown),
                half_law_table(setting, crossed),
                clock_table(setting.ads, setting.clocks, params),
                delay_from_table(setting.ads, setting.delays_from, params),
            ]
        ),
        "posting_histories": history_table(setting.history, setting.ads.ad_id, setting.purchase),
        "payment_candidates": pa.concat_tables(tables),
    }
    return StageResult(made, notes)


def _round_table(setting: Setting, scored: Scored, number: int) -> pa.Table:
    output, found = scored.candidates.output, scored.candidates
    outputs = setting.outputs
    schema = TABLES["payment_candidates"].written_schema()
    columns = {
        "round": np.full(len(output), number, dtype=np.int64),
        "ad_id": setting.ads.ad_id.take(pa.array(scored.ad)),
        "tx_id": outputs.tx_id[output],
        "vout": outputs.vout[output],
        "value_sat": outputs.value_sat[output],
        "delay_s": (found.least_delay_s + found.most_delay_s) / 2,
        "amount_log_ratio": found.log_ratio,
        "ads_bought": scored.ads_bought,
        "log10_lr": np.log10(scored.ratio),
        "posterior_probability": scored.posterior,
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
