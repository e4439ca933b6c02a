"""Purchases of credit as rows of `credit_purchases`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from inktrace.params import CreditParams
from inktrace.payments.credit_records import Payers
from inktrace.payments.credit_runs import Found, run_ends
from inktrace.payments.credit_scores import Judged
from inktrace.payments.setting import Setting
from inktrace.payments.times import Ints
from inktrace.schema import TABLES
from inktrace.units import minor_digits


def purchase_table(
    setting: Setting,
    found: Found,
    payers: Payers,
    names: pa.Array,
    judged: Judged,
    params: CreditParams,
) -> pa.Table:
    """The purchases that are kept, in order of author, site and output."""
    kept = np.flatnonzero(judged.q_value <= params.keep_q_value)
    kept = kept[np.lexsort((judged.row[kept], found.runs.output[judged.row[kept]]))]
    row = judged.row[kept]
    runs, ads, outputs = found.runs, found.ads, setting.outputs
    output, unit = runs.output[row], ads.unit[runs.first[row]]
    start, end = _covered(found, row, unit)
    order, pack = found.order, runs.pack[row]
    weight = np.array([one.weight for one in found.packs] or [1.0])[pack]
    names_of = [setting.ads.currencies[one.currency] for one in found.packs]
    minor = [
        round(one.price * 10 ** minor_digits(name))
        for one, name in zip(found.packs, names_of, strict=True)
    ]
    first_ad, last_ad = ads.ad[order.row[start]], ads.ad[order.row[np.maximum(end, start + 1) - 1]]
    columns: dict[str, Any] = {
        "author_id": names.take(pa.array(ads.author[unit])),
        "site": pa.array(setting.ads.sites, pa.string()).take(pa.array(ads.site[unit])),
        "tx_id": outputs.tx_id[output],
        "vout": outputs.vout[output],
        "value_sat": outputs.value_sat[output],
        "paid_us": outputs.middle_us[output],
        "wallet_id": payers.wallet[output],
        "currency": pa.array(names_of, pa.string()).take(pa.array(pack)),
        "pack_minor": pa.array(minor, pa.int64()).take(pa.array(pack)),
        "ads_covered": end - start,
        "first_ad_id": setting.ads.ad_id.take(pa.array(first_ad)),
        "last_ad_id": setting.ads.ad_id.take(pa.array(last_ad)),
        "delay_s": runs.delay_s[row],
        "log10_lr": np.log10(runs.ratio[row] / weight / ads.unit_ads[unit]),
        "score": judged.score[kept],
        "q_value": judged.q_value[kept],
        "error_probability": judged.probability[kept],
    }
    schema = TABLES["credit_purchases"].written_schema()
    table = pa.table([columns[name] for name in schema.names], schema=schema)
    keys = [(name, "ascending") for name in ("author_id", "site", "tx_id", "vout")]
    return table.sort_by(keys)


def _covered(found: Found, row: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """First position and that after the last of each purchase's ads, no ad counted twice.

    Purchases of one unit are taken in order of time; each pays from where the one before ended.
    Where that was the unit's last ad, a purchase pays none, and stands at the ad after it.
    """
    start, end = found.runs.start[row].copy(), found.runs.end[row].copy()
    reached: dict[int, int] = {}
    # A loop over what is told to a person, not over what is looked at.
    for at in np.argsort(start, kind="stable").tolist():
        mine = int(unit[at])
        before, last = reached.get(mine, -1), int(found.order.end[start[at]])
        if before >= last:
            end[at] = start[at]
        elif before > start[at]:
            start[at] = before
            money = found.packs[int(found.runs.pack[row[at]])].price
            end[at] = run_ends(found.order, start[at : at + 1], money)[0]
        reached[mine] = max(int(end[at]), before)
    return start, np.maximum(end, start)
