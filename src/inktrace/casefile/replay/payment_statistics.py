"""What the payments of a lead were weighed by, as far as it is not in its own rows.

The likelihood ratio of a candidate follows from its delay, its amount, the site's laws and the
rate of background outputs; the posterior also from what other ads claim. The rate and the claims
come from everybody's rows, which are no part of a package: here stand the numbers alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.candidates import Candidates
from inktrace.payments.laws import Evidence
from inktrace.payments.rebuilt import Rebuilt, rebuilt
from inktrace.payments.scored_round import by_output, candidates_of
from inktrace.payments.setting import Setting
from inktrace.payments.times import Floats, Ints, price_series

__all__ = ["MOST_CLAIMS", "PaymentStatistics", "payment_statistics"]

# Claims reach a posterior over other ads' claims on the same outputs, and theirs on others'. With
# so many, the nearest are kept: what lies beyond changes no digit that matters.
MOST_CLAIMS: Final = 100_000
# Messages are passed eight times (payments/posterior.py): what is farther away cannot matter.
_PASSES: Final = 8


@dataclass(frozen=True)
class PaymentStatistics:
    """Tables as they are written; see docs/case-package.md.

    hypotheses: per (ad, output, asking price). claims: per (ad, output) of the lead's ads and of
    the unnamed ads near them. claim_ads: per such ad. laws: the laws of halves as stored.
    """

    hypotheses: pa.Table
    claims: pa.Table
    claim_ads: pa.Table
    laws: dict[str, Any]


@dataclass(frozen=True)
class _Weighed:
    """Candidates of some ads, in (ad, output) order; `first` is where each (ad, output) begins."""

    found: Candidates
    evidence: Evidence
    ratio: Floats
    first: Ints
    weaker: Floats  # per ad of the setting
    weaker_count: Ints


def payment_statistics(relations: Relations, ad_ids: Sequence[str]) -> PaymentStatistics:
    """Gather the statistics for the ads of a lead. Raises StageError where none were stored."""
    near_ids = _near_ads(relations, ad_ids)
    known = rebuilt(relations, near_ids)
    number = known.ad_numbers()
    mine, near = (
        np.array(sorted(number[ad_id] for ad_id in ids if ad_id in number), np.int64)
        for ids in (ad_ids, near_ids)
    )
    weighed = _weighed(known, near)
    return PaymentStatistics(
        _hypotheses(relations, known, weighed, mine),
        _claims(known, weighed),
        _claim_ads(known, weighed, mine),
        _stored_laws(relations, sorted({known.setting.ads.sites[s] for s in _sites(known, mine)})),
    )


def _sites(known: Rebuilt, ads: Ints) -> list[int]:
    return [int(site) for site in known.setting.ads.site[ads]]


def _near_ads(relations: Relations, ad_ids: Sequence[str]) -> list[str]:
    """The ads whose claims can reach the lead's, nearest first until there are too many.

    Notes: the engine looks through the candidates, of which there may be tens of millions.
    """
    table = relations["payment_candidates"]
    # An ad whose file was taken away since the run is none of them any more.
    there = table.filter(table["round"] == 0).semi_join(relations["ads"], "ad_id")
    claims = there.select("ad_id", "tx_id", "vout")
    near = sorted(ad_ids)
    for _ in range(_PASSES + 1):
        held = ibis.memtable(pa.table({"ad_id": pa.array(near, pa.string())}))
        outputs = claims.semi_join(held, "ad_id").select("tx_id", "vout").distinct()
        meeting = claims.semi_join(outputs, ["tx_id", "vout"]).select("ad_id").distinct()
        wider = sorted({*near, *relations.collect(meeting)["ad_id"].to_pylist()})
        both = ibis.memtable(pa.table({"ad_id": pa.array(wider, pa.string())}))
        size = claims.semi_join(both, "ad_id").aggregate(n=ibis._.count())
        if len(wider) == len(near) or relations.collect(size)["n"][0].as_py() > MOST_CLAIMS:
            break
        near = wider
    return near


def _weighed(known: Rebuilt, ads: Ints) -> _Weighed:
    setting = known.setting
    hypotheses = np.flatnonzero(np.isin(setting.asking.ad, ads))
    found = candidates_of(setting, hypotheses, setting.ads.posted_us)
    evidence = setting.evidence(found, known.group)
    ratio = known.laws.ratio(evidence)
    strong = ratio >= 10.0**setting.least_log10_lr
    rows = np.flatnonzero(strong)
    order, first = by_output(setting, found.taken(rows), evidence.ad[rows], ratio[rows])
    order = rows[order]
    size = len(setting.ads)
    weak = evidence.ad[~strong]
    return _Weighed(
        found.taken(order),
        evidence.taken(order),
        ratio[order],
        first,
        np.bincount(weak, weights=ratio[~strong], minlength=size).astype(np.float64),
        np.bincount(weak, minlength=size).astype(np.int64),
    )


def _hypotheses(relations: Relations, known: Rebuilt, weighed: _Weighed, mine: Ints) -> pa.Table:
    setting, found, evidence = known.setting, weighed.found, weighed.evidence
    rows = np.flatnonzero(np.isin(evidence.ad, mine))
    found, evidence = found.taken(rows), evidence.taken(rows)
    asking, ads = setting.asking, setting.ads
    currency = asking.currency[found.hypothesis]
    # Where only an interval is known the two delays differ; they tell early and late again.
    posted = ads.posted_us[evidence.ad]
    return pa.table(
        {
            "ad_id": ads.ad_id.take(pa.array(evidence.ad)),
            "txid": _txids(relations, setting.outputs.tx_id[found.output]),
            "vout": setting.outputs.vout[found.output],
            "currency": pa.array([ads.currencies[int(one)] for one in currency], pa.string()),
            "log_asking_price": asking.log_price[found.hypothesis],
            "ads_bought": asking.ads_bought[found.hypothesis],
            "prior_probability": evidence.weight,
            "log_bitcoin_price": _bitcoin_prices(relations, setting, found.output, currency),
            "posted_by_right_clock_us": posted,
            "paid_from_us": posted - np.rint(found.most_delay_s * 1e6).astype(np.int64),
            "paid_until_us": posted - np.rint(found.least_delay_s * 1e6).astype(np.int64),
            "half": ads.fold[evidence.ad],
            "zeros": evidence.zeros,
            "till": evidence.till,
            "background_per_s": evidence.background,
            "till_background_per_s": pa.array(
                evidence.till_background, mask=~np.isfinite(evidence.till_background)
            ),
            **{
                f"quote_move_{age}": move.astype(np.float64)
                for age, move in enumerate(_moves(setting, found.output, currency).T)
            },
        }
    )


def _moves(setting: Setting, output: Ints, currency: Ints) -> Any:
    made = np.empty((len(output), setting.ages), np.float32)
    for number in range(len(setting.log_values)):
        rows = np.flatnonzero(currency == number)
        made[rows] = setting.quote_moves[number].of(output[rows])
    return made


def _bitcoin_prices(relations: Relations, setting: Setting, output: Ints, currency: Ints) -> Floats:
    """Natural log of the price of one bitcoin when each output was paid."""
    series = price_series(relations, setting.params)
    made = np.full(len(output), np.nan)
    for number, name in enumerate(setting.ads.currencies):
        rows = np.flatnonzero(currency == number)
        if name in series:
            made[rows] = series[name].log_price_at(setting.outputs.middle_us[output[rows]])
    return made


def _claims(known: Rebuilt, weighed: _Weighed) -> pa.Table:
    best = weighed.first
    summed = np.add.reduceat(weighed.ratio, best) if len(best) else np.empty(0)
    ad = weighed.evidence.ad[best]
    _, near = np.unique(ad, return_inverse=True)
    _, output = np.unique(weighed.found.output[best], return_inverse=True)
    return pa.table(
        {
            "ad": near.astype(np.int64),
            "output": output.astype(np.int64),
            "ads_bought": known.setting.asking.ads_bought[weighed.found.hypothesis[best]],
            "likelihood_ratio": summed,
        }
    )


def _claim_ads(known: Rebuilt, weighed: _Weighed, mine: Ints) -> pa.Table:
    setting = known.setting
    ads = np.unique(weighed.evidence.ad[weighed.first])
    is_mine = np.isin(ads, mine)
    names = setting.ads.ad_id.take(pa.array(ads)).to_pylist()
    return pa.table(
        {
            "ad": np.arange(len(ads)),
            "ad_id": pa.array(
                [name if own else None for name, own in zip(names, is_mine, strict=True)],
                pa.string(),
            ),
            "paid_share": known.laws.share[setting.ads.half[ads]],
            "asking_prices_total": setting.asking.total(len(setting.ads))[ads],
            "weaker_candidates": weighed.weaker_count[ads],
            "weaker_likelihood_ratio": weighed.weaker[ads],
        }
    )


def _txids(relations: Relations, tx_ids: Ints) -> pa.Array:
    distinct = np.unique(tx_ids)
    wanted = ibis.memtable(pa.table({"tx_id": pa.array(distinct, pa.int64())}))
    table = relations["transactions"].semi_join(wanted, "tx_id")
    rows = relations.collect(table.select("tx_id", "txid").order_by("tx_id"))
    shown = [txid.hex() for txid in rows["txid"].to_pylist()]
    return pa.array(shown, pa.string()).take(pa.array(np.searchsorted(distinct, tx_ids)))


def _stored_laws(relations: Relations, sites: Sequence[str]) -> dict[str, Any]:
    table = relations["payment_laws"]
    picked = table.filter((table.name == "half_laws") & table.site.isin([*sites, "*"]))
    rows = relations.collect(picked.order_by("site")).to_pylist()
    return {row["site"]: json.loads(row["json"]) for row in rows}
