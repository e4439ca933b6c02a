"""Why an output is held to have paid an ad: every candidate, and what each factor contributes."""

from __future__ import annotations

import json
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.errors import UsageError
from inktrace.payments.rebuilt import PARTS, Rebuilt, Split, rebuilt, split_candidates
from inktrace.progress import Progress, silent

Facts = dict[str, Any]


def explained_ad(relations: Relations, ad_id: str, progress: Progress = silent) -> Facts:
    """What an ad cost, every candidate payment, its factors and rivals, as a document for JSON.

    Factors are log10; they sum to `log10_lr`, the stored likelihood ratio of "paid this ad"
    against "background". Probabilities are the stored ones: of each candidate, of `weaker`
    candidates that are not stored, and of none of these. Times are UTC microseconds, money in
    satoshi or currency units.

    Raises UsageError where there is no such ad.
    """
    ads = relations["ads"]
    rows = relations.collect(ads.filter(ads.ad_id == ad_id)).to_pylist()
    if not rows:
        what = (
            "with an author, name a wallet too"
            if ad_id.startswith("A-")
            else "ids are the source's"
        )
        raise UsageError(f"there is no ad {ad_id!r}", do=what)
    progress("reading payments", 0, None)
    known = rebuilt(relations)
    number = known.ad_numbers()[ad_id]
    split = split_candidates(known, np.array([number]))
    facts = _ad_facts(relations, rows[0], known, number)
    stored = _stored(relations, ad_id)
    facts["candidates"] = _candidates(relations, known, split, stored)
    _share_out(facts, split, number)
    return facts


def _ad_facts(relations: Relations, ad: Facts, known: Rebuilt, number: int) -> Facts:
    setting, site = known.setting, int(known.setting.ads.site[number])
    asking = setting.asking
    mine = np.flatnonzero(asking.ad == number)
    mine = mine[np.argsort(-asking.weight[mine], kind="stable")]
    members = relations["authors"]
    author = relations.collect(members.filter(members.ad_id == ad["ad_id"]).select("author_id"))
    law = site_law(relations, ad["site"])
    before_us = np.array([int(setting.before_s[site] * 1e6)])
    posted = np.array([ad["posted_us"]])
    return {
        "ad_id": ad["ad_id"],
        "site": ad["site"],
        "posted_us": ad["posted_us"],
        "posting_resolution_s": int(setting.ads.resolution_s[site]),
        "author_id": author["author_id"][0].as_py() if author.num_rows else None,
        "price_known": bool(np.isfinite(setting.ads.log_price[number])),
        "is_free": bool(setting.ads.is_free[number]),
        "asking_prices": [
            {
                "price": round(float(np.exp(asking.log_price[row])), 6),
                "currency": setting.ads.currencies[int(asking.currency[row])],
                "ads_bought": int(asking.ads_bought[row]),
                "prior_probability": float(asking.weight[row]),
            }
            for row in mine
        ],
        "window_before_s": float(setting.before_s[site]),
        "window_after_s": float(setting.after_s[site]),
        "amount_tolerance": setting.params.amount_tolerance,
        "outputs_stored_for_its_time": bool(setting.coverage.inside(posted, before_us)[0]),
        "paid_share": float(known.laws.share[known.group[number]]),
        "law_is_weak": bool(law.get("delay", {}).get("weak", False)),
        "payments_learned_from": law.get("paid_share", {}).get("payments_learned_from"),
    }


def site_law(relations: Relations, site: str) -> dict[str, Facts]:
    """What the stage stored of a site's laws: name → figures."""
    laws = relations["payment_laws"]
    rows = relations.collect(laws.filter(laws.site == site).select("name", "json"))
    return {row["name"]: json.loads(row["json"]) for row in rows.to_pylist()}


def _stored(relations: Relations, ad_id: str) -> list[Facts]:
    """The stored candidates of an ad, likeliest first, with transaction, payer and attribution."""
    table = relations["payment_candidates"]
    mine = table.filter((table["round"] == 0) & (table.ad_id == ad_id)).drop("round", "run_id")
    timed = relations["transactions"].select("tx_id", "txid", "block_height", "block_time_us")
    outputs, scripts = relations["outputs"], relations["scripts"].select("script_id", "address")
    paid = outputs.left_join(scripts, "script_id").select("tx_id", "vout", "address")
    payers = relations["payers"].select("tx_id", payer_wallet_id="wallet_id")
    services = relations["wallet_summary"].select(payer_wallet_id="wallet_id", service="service")
    joined = mine.join(timed, "tx_id").left_join(paid, ["tx_id", "vout"])
    joined = joined.drop("tx_id_right", "vout_right").left_join(payers, "tx_id")
    joined = joined.drop("tx_id_right").left_join(services, "payer_wallet_id")
    order = [ibis.desc("posterior_probability"), ibis.desc("log10_lr"), "txid", "vout"]
    rows = relations.collect(joined.drop("payer_wallet_id_right").order_by(order))
    return list(rows.to_pylist())


def _candidates(
    relations: Relations, known: Rebuilt, split: Split, stored: list[Facts]
) -> list[Facts]:
    outputs = known.setting.outputs
    place = {
        (int(outputs.tx_id[output]), int(outputs.vout[output])): row
        for row, output in enumerate(split.candidates.output)
    }
    rivals, seen = _rivals(relations, stored), _observers(relations, stored)
    attributed = _attributed(relations, stored[0]["ad_id"]) if stored else {}
    return [
        {
            "txid": row["txid"].hex(),
            "vout": row["vout"],
            "address": row["address"],
            "value_sat": row["value_sat"],
            **_measured(known, split, place[row["tx_id"], row["vout"]]),
            **_clocks(row, seen.get(row["tx_id"], []), known, split, place),
            "log10_lr": row["log10_lr"],
            "posterior_probability": row["posterior_probability"],
            "rival_ads": rivals.get((row["tx_id"], row["vout"]), []),
            "payer_wallet_id": row["payer_wallet_id"],
            "payer_service": row["service"],
            "attributions": attributed.get((row["tx_id"], row["vout"]), []),
        }
        for row in stored
    ]


def _measured(known: Rebuilt, split: Split, at: int) -> Facts:
    """Amount against price, and the factors, of one candidate of the split."""
    asking, hypothesis = known.setting.asking, int(split.candidates.hypothesis[at])
    price = float(np.exp(asking.log_price[hypothesis]))
    share = float(np.exp(split.candidates.log_ratio[at]))
    return {
        "fiat_value": price * share,
        "price": price,
        "currency": known.setting.ads.currencies[int(asking.currency[hypothesis])],
        "paid_over_price": share,
        "ads_bought": int(split.ads_bought[at]),
        "factors": {name: float(split.parts[name][at]) for name in PARTS},
        **marks_seen(split, at),
        "background_outputs_expected": float(split.expected[at]),
    }


def marks_seen(split: Split, at: int) -> Facts:
    """Rounding, recipient and rate of one candidate, and how common such marks are."""
    seen = split.marks
    wallet, other = int(seen.till_wallet[at]), int(seen.counts_as_any[at])
    return {
        "quote_age_s": int(seen.quote_age_s[at]),
        "rounding": {
            "trailing_zeros": int(seen.zeros[at]),
            "share_of_payments": float(seen.zeros_paid[at]),
            "share_of_background": float(seen.zeros_common[at]),
        },
        "till": {
            "wallet_id": wallet if wallet >= 0 else None,
            "share_of_payments": float(seen.till_paid[at]),
            "counts_as_any_wallet_id": other if other >= 0 else None,
            "counts_as_any_share": float(seen.counts_as_any_paid[at]),
        },
    }


def _clocks(
    row: Facts, observers: list[Facts], known: Rebuilt, split: Split, place: dict[Any, int]
) -> Facts:
    """When the transaction was first seen, how that is known, and the delay to the ad."""
    at = place[row["tx_id"], row["vout"]]
    output = int(split.candidates.output[at])
    early, late = (int(getattr(known.setting.outputs, n)[output]) for n in ("early_us", "late_us"))
    exact = early == late
    return {
        "time_known_by": "first_seen" if exact else "block",
        "first_seen_us": early if exact else None,
        "earliest_us": early,
        "latest_us": late,
        "block_height": row["block_height"],
        "block_time_us": row["block_time_us"],
        "observers": observers,
        "least_delay_s": float(split.candidates.least_delay_s[at]),
        "most_delay_s": float(split.candidates.most_delay_s[at]),
    }


def _of_stored(stored: list[Facts], *columns: str) -> Any:
    types = {"tx_id": pa.int64(), "vout": pa.int64()}
    arrays = {c: pa.array([row[c] for row in stored], types[c]) for c in columns}
    return ibis.memtable(pa.table(arrays))


def _rivals(relations: Relations, stored: list[Facts]) -> dict[tuple[int, int], list[Facts]]:
    """Other ads that claim the same outputs, the likeliest first."""
    if not stored:
        return {}
    table = relations["payment_candidates"]
    wanted = _of_stored(stored, "tx_id", "vout")
    others = table.filter((table["round"] == 0) & (table.ad_id != stored[0]["ad_id"]))
    others = others.semi_join(wanted, ["tx_id", "vout"])
    authors = relations["authors"].select("ad_id", "author_id")
    rows = relations.collect(
        others.left_join(authors, "ad_id")
        .select(
            "tx_id", "vout", "ad_id", "author_id", "ads_bought", "log10_lr", "posterior_probability"
        )
        .order_by(ibis.desc("posterior_probability"), ibis.desc("log10_lr"), "ad_id")
    )
    found: dict[tuple[int, int], list[Facts]] = {}
    for row in rows.to_pylist():
        found.setdefault((row.pop("tx_id"), row.pop("vout")), []).append(row)
    return found


def _observers(relations: Relations, stored: list[Facts]) -> dict[int, list[Facts]]:
    """Who saw each transaction unconfirmed, and when."""
    if not stored:
        return {}
    ours = relations["transactions"].semi_join(_of_stored(stored, "tx_id"), "tx_id")
    seen = relations["first_seen"].select(
        "txid", "observer", "first_seen_us", "uncertainty_us", "clock_error_us"
    )
    joined = ours.select("tx_id", "txid").join(seen, "txid").drop("txid")
    rows = relations.collect(joined.order_by("tx_id", "first_seen_us", "observer"))
    found: dict[int, list[Facts]] = {}
    for row in rows.to_pylist():
        found.setdefault(row.pop("tx_id"), []).append(row)
    return found


def _attributed(relations: Relations, ad_id: str) -> dict[tuple[int, int], list[Facts]]:
    """Attributions that these links carry: author, wallet, error rates, probability given it."""
    links, named = relations["attribution_links"], relations["attributions"]
    links = links.filter((links.ad_id == ad_id) & (links.method == "inktrace"))
    named = named.filter(named.method == "inktrace")
    rows = relations.collect(
        links.join(
            named.select("author_id", "wallet_id", "q_value", "error_probability"),
            ["author_id", "wallet_id"],
        )
        .select(
            "tx_id",
            "vout",
            "author_id",
            "wallet_id",
            "q_value",
            "error_probability",
            "posterior_probability",
        )
        .order_by("q_value", "wallet_id")
    )
    found: dict[tuple[int, int], list[Facts]] = {}
    for row in rows.to_pylist():
        row["probability_given_wallet"] = row.pop("posterior_probability")
        found.setdefault((row.pop("tx_id"), row.pop("vout")), []).append(row)
    return found


def _share_out(facts: Facts, split: Split, number: int) -> None:
    """Add what is left for weaker candidates and for none, and what would change each candidate.

    From p = claims / (none + total) with claims = odds · free, none = 1 − s + s·rest: the stored
    probabilities tell `free`, the part of its odds that other ads' claims leave to a candidate.
    """
    share, rest = facts["paid_share"], float(split.weaker_ratio[number])
    none = 1.0 - share + share * rest
    listed = sum(row["posterior_probability"] for row in facts["candidates"])
    left = max(1.0 - listed, 1e-12)
    facts["weaker_candidates"] = int(split.weaker[number])
    facts["weaker_probability"] = left * share * rest / none
    facts["none_probability"] = left * (1.0 - share) / none
    for row in facts["candidates"]:
        own = row["posterior_probability"]
        odds = 10.0 ** row["log10_lr"] * share
        free = own / left * none / odds
        row["competing_claims_log10"] = float(np.log10(max(free, 1e-300)))
        others = max(none / left - own * none / left, 1e-300)
        row["what_would_change_it"] = {
            "probability_without_rival_claims": odds / (odds + others),
            "probability_if_surely_paid_in_bitcoin": own / max(1.0 - facts["none_probability"], own)
            if own
            else 0.0,
        }
    _without_the_first(facts)


def _without_the_first(facts: Facts) -> None:
    """What the second candidate would be worth if the first were ruled out."""
    rows = facts["candidates"]
    if len(rows) > 1:
        left = max(1.0 - rows[0]["posterior_probability"], 1e-12)
        facts["second_if_first_is_ruled_out"] = min(rows[1]["posterior_probability"] / left, 1.0)
