"""Why a wallet is held to pay for an author's ads: links, factors, and what it hangs on."""

from __future__ import annotations

from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.errors import UsageError
from inktrace.params import AttributionParams
from inktrace.payments.ad_explanation import marks_seen

# The parts of the stage, not its front door: what is explained must be what was done.
from inktrace.payments.attribution import _private_payers, ads_of_authors
from inktrace.payments.drop_one import (
    LEVELS,
    Competition,
    bayes_factor_by_share,
    competition,
    dropped_one,
)
from inktrace.payments.evidence import (
    Matches,
    Pairs,
    _given_ads,
    _stored_outputs,
    pair_scores,
    read_matches,
)
from inktrace.payments.exhaustion import exhausted_rounds
from inktrace.payments.law_rows import stored_settings
from inktrace.payments.links import link_lr, link_probabilities
from inktrace.payments.rebuilt import (
    FAMILIES,
    PARTS,
    Rebuilt,
    Split,
    rebuilt,
    split_candidates,
)
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.progress import Progress, silent

Facts = dict[str, Any]
# Rows of the list of transactions that match nothing; the total tells of how many.
MOST_LISTED: Final = 1000
_LIKELY: Final = 0.5


def explained_pair(
    relations: Relations,
    author_id: str,
    wallet_id: int,
    params: AttributionParams,
    progress: Progress = silent,
) -> Facts:
    """What an attribution rests on, and whether it survives without its best parts.

    `links` are the ads × transactions that the pair holds after competing explanations took
    theirs; the log10 parts of each, with `choice` (one of so many outputs, ads and the
    transaction's outputs), sum to `factor_log10`. `by_share` is the log10 Bayes factor at each
    share of the wallet's transactions; its mean (of the factors, not their logs) is `log10_lr`.

    Raises UsageError where there is no such author.
    """
    members = relations["authors"]
    ads = relations.collect(
        members.filter(members.author_id == author_id)
        .join(relations["ads"], "ad_id")
        .select("ad_id", "site", "posted_us", "price_minor", "currency")
        .order_by("posted_us", "ad_id")
    ).to_pylist()
    if not ads:
        raise UsageError(f"there is no author {author_id!r}", do="inktrace show authors lists them")
    progress("weighing wallets", 0, None)
    matches = read_matches(relations, (author_id, wallet_id))
    pooled, pairs = exhausted_rounds(matches, params.exhaustion_rounds)
    row = _row(matches, pairs, author_id, wallet_id)
    facts = _about(relations, author_id, wallet_id, ads)
    rounds = stored_settings(relations).decoy_rounds
    wallets = _private_payers(relations, params)
    competing = competition(
        pairs,
        row,
        facts["is_service"],
        rounds,
        wallets,
        ads_of_authors(relations, matches.author_ids),
        len(ads),
        params,
    )
    facts["private_payers"] = wallets
    facts["least_transactions"] = params.least_transactions
    facts["score_at_q"] = {f"{q:.2f}": competing.threshold(q) for q in LEVELS}
    taken = _of_pair(matches, author_id, wallet_id)
    facts["matches_before_competition"] = int(taken.sum())
    if row is None:
        facts.update(_nothing_held())
        _unmatched_ads(facts, ads, set(), set(), _ad_ids(matches, taken))
        facts["unmatched_transactions"] = _transactions(relations, wallet_id, set())
        return facts
    held = pooled.kept(pooled.pair == row)
    known = rebuilt(relations)
    split = split_candidates(known, _setting_ads(known, held))
    at = _places(known, split, held)
    scored = pair_scores(held)
    _score(facts, held, scored, competing)
    level = next((q for q in (*LEVELS, params.keep_q_value) if _at_most(facts["q_value"], q)), None)
    facts["named_up_to_q"] = level
    facts["drop_one"] = dropped_one(
        held,
        len(ads),
        {
            name: split.without[name][at] / split.ratio[at]
            for name in FAMILIES
            if name != "till" or len(known.setting.tills)
        },
        competing,
        level,
    )
    _name_dropped(relations, facts, held)
    probability = link_probabilities(held, scored)
    facts["links"] = _links(relations, held, scored, split, at, probability, ads)
    matched = _matched_ads(held, probability)
    weak = set(_ad_ids(held, np.ones(len(held), dtype=bool))) - matched
    _unmatched_ads(facts, ads, matched, weak, _ad_ids(matches, taken))
    facts["unmatched_transactions"] = _transactions(relations, wallet_id, _likely(held, scored))
    return facts


def _at_most(value: float | None, q: float) -> bool:
    return value is not None and value <= q


def _figures(scored: Pairs) -> tuple[float, int, int]:
    return float(scored.log10_lr[0]), int(scored.transactions[0]), int(scored.ads[0])


def _of_pair(matches: Matches, author_id: str, wallet_id: int) -> Flags:
    author = matches.author_ids.index(pa.scalar(author_id, pa.string())).as_py()
    return np.asarray(
        (matches.round == 0) & (matches.author == author) & (matches.wallet == wallet_id)
    )


def _row(matches: Matches, pairs: Pairs, author_id: str, wallet_id: int) -> int | None:
    author = matches.author_ids.index(pa.scalar(author_id, pa.string())).as_py()
    rows = np.flatnonzero(
        (pairs.round == 0) & (pairs.author == author) & (pairs.wallet == wallet_id)
    )
    return int(rows[0]) if len(rows) else None


def _ad_ids(matches: Matches, rows: Flags) -> set[str]:
    return set(matches.ad_ids.take(pa.array(np.unique(matches.ad[rows]))).to_pylist())


def _about(relations: Relations, author_id: str, wallet_id: int, ads: list[Facts]) -> Facts:
    summary, payers, named = (relations[n] for n in ("wallet_summary", "payers", "attributions"))
    wallet = relations.collect(
        summary.filter(summary.wallet_id == wallet_id).select("wallet_id", "service")
    ).to_pylist()
    funded = payers.filter(payers.wallet_id == wallet_id).aggregate(n=lambda t: t.count())
    picked = (named.author_id == author_id) & (named.wallet_id == wallet_id)
    stored = relations.collect(named.filter(picked & (named.method == "inktrace"))).to_pylist()
    service = wallet[0]["service"] if wallet else None
    return {
        "author_id": author_id,
        "wallet_id": wallet_id,
        "service": service,
        "is_service": service is not None,
        "ads": len(ads),
        "wallet_transactions": int(relations.collect(funded)["n"][0].as_py()),
        "background_outputs": _stored_outputs(relations),
        "stored": {
            name: stored[0][name]
            for name in (
                "log10_lr",
                "q_value",
                "error_probability",
                "ads_matched",
                "transactions_matched",
            )
        }
        if stored
        else None,
    }


def _nothing_held() -> Facts:
    return {
        "log10_lr": None,
        "q_value": None,
        "error_probability": None,
        "held_to_prior_odds": False,
        "share": None,
        "transactions_matched": 0,
        "ads_matched": 0,
        "by_share": [],
        "named_up_to_q": None,
        "drop_one": [],
        "links": [],
    }


def _score(facts: Facts, held: Matches, scored: Pairs, competing: Competition) -> None:
    log10_bf, shares = bayes_factor_by_share(held)
    weight = 10.0 ** (log10_bf - log10_bf.max())
    facts.update(
        log10_lr=float(scored.log10_lr[0]),
        q_value=competing.q_value(*_figures(scored)),
        error_probability=competing.error_probability(*_figures(scored)),
        stray_probability=competing.stray_probability(int(scored.ads[0])),
        held_to_prior_odds=competing.held_to_prior_odds(float(scored.log10_lr[0])),
        share=float(scored.share[0]),
        transactions_matched=int(scored.transactions[0]),
        ads_matched=int(scored.ads[0]),
        by_share=[
            {"share": float(s), "log10_bayes_factor": float(b), "probability": float(w)}
            for s, b, w in zip(shares, log10_bf, weight / weight.sum(), strict=True)
        ],
    )


def _setting_ads(known: Rebuilt, held: Matches) -> Ints:
    number = known.ad_numbers()
    ids = held.ad_ids.take(pa.array(np.unique(held.ad))).to_pylist()
    return np.array([number[ad_id] for ad_id in ids], dtype=np.int64)


def _places(known: Rebuilt, split: Split, held: Matches) -> Ints:
    """Row of the split for each match."""
    outputs, number = known.setting.outputs, known.ad_numbers()
    output = split.candidates.output
    keys = zip(
        split.ad.tolist(),
        outputs.tx_id[output].tolist(),
        outputs.vout[output].tolist(),
        strict=True,
    )
    place = {key: row for row, key in enumerate(keys)}
    ids = held.ad_ids.to_pylist()
    wanted = zip(held.ad.tolist(), held.tx_id.tolist(), held.vout.tolist(), strict=True)
    return np.array([place[number[ids[ad]], tx, vout] for ad, tx, vout in wanted], dtype=np.int64)


def _links(
    relations: Relations,
    held: Matches,
    scored: Pairs,
    split: Split,
    at: Ints,
    probability: Floats,
    ads: list[Facts],
) -> list[Facts]:
    about = {ad["ad_id"]: ad for ad in ads}
    txids = _timed(relations, np.unique(held.tx_id))
    given, gains = _given_ads(held), link_lr(held, scored)
    factor, log10_lr = np.log10(held.factor), np.log10(split.ratio[at])
    ids = held.ad_ids.to_pylist()
    made = []
    for i, row in enumerate(at):
        ad, tx = about[ids[held.ad[i]]], txids[int(held.tx_id[i])]
        found = split.candidates
        made.append(
            {
                "ad_id": ad["ad_id"],
                "site": ad["site"],
                "posted_us": ad["posted_us"],
                "txid": tx["txid"],
                "vout": int(held.vout[i]),
                "first_seen_us": tx["first_seen_us"],
                "block_time_us": tx["block_time_us"],
                "least_delay_s": float(found.least_delay_s[row]),
                "most_delay_s": float(found.most_delay_s[row]),
                "paid_over_price": float(np.exp(found.log_ratio[row])),
                "ads_bought": int(held.ads_bought[i]),
                "factors": {
                    **{name: float(split.parts[name][row]) for name in PARTS},
                    "choice": float(factor[i] - log10_lr[i]),
                },
                **marks_seen(split, int(row)),
                "factor_log10": float(factor[i]),
                "counts_for_this_ad": bool(given[i]),
                "log10_lr": float(gains[i]),
                "posterior_probability": float(probability[i]),
            }
        )
    return sorted(made, key=lambda link: (link["posted_us"], link["ad_id"], link["txid"]))


def _timed(relations: Relations, tx_ids: Ints) -> dict[int, Facts]:
    ours = ibis.memtable(pa.table({"tx_id": pa.array(tx_ids, pa.int64())}))
    seen = (
        relations["first_seen"].group_by("txid").agg(first_seen_us=lambda t: t.first_seen_us.min())
    )
    rows = relations.collect(
        relations["transactions"]
        .semi_join(ours, "tx_id")
        .left_join(seen, "txid")
        .select("tx_id", "txid", "block_time_us", "first_seen_us")
        .order_by("tx_id")
    )
    return {row.pop("tx_id"): {**row, "txid": row["txid"].hex()} for row in rows.to_pylist()}


def _matched_ads(held: Matches, probability: Floats) -> set[str]:
    total = np.bincount(held.ad, weights=probability, minlength=len(held.ad_ids))
    return set(held.ad_ids.take(pa.array(np.flatnonzero(total > _LIKELY))).to_pylist())


def _likely(held: Matches, scored: Pairs) -> set[int]:
    """Transactions that are likelier payments for this author's ads than not."""
    starts = np.flatnonzero(np.diff(held.payment, prepend=-1))
    counts = np.bincount(held.payment, weights=_given_ads(held)) > 0
    factor = np.add.reduceat(held.factor / held.ads_bought, starts)
    share = scored.share[0]
    return set(held.tx_id[starts[counts & (share * factor > 1.0 - share)]].tolist())


def _unmatched_ads(
    facts: Facts, ads: list[Facts], matched: set[str], weak: set[str], before: set[str]
) -> None:
    """Ads that no payment of this wallet is likely to have bought, and why not."""
    facts["unmatched_ads"] = [
        {
            **ad,
            "why": "unlikely"
            if ad["ad_id"] in weak
            else "explained_better"
            if ad["ad_id"] in before
            else "no_candidate",
        }
        for ad in ads
        if ad["ad_id"] not in matched
    ]


def _transactions(relations: Relations, wallet_id: int, likely: set[int]) -> Facts:
    """The wallet's transactions that match no ad of the author: the first of them, and how many."""
    payers, outputs = relations["payers"], relations["outputs"]
    funded = relations.collect(
        payers.filter(payers.wallet_id == wallet_id).select("tx_id").order_by("tx_id")
    )
    left = [tx for tx in funded["tx_id"].to_pylist() if tx not in likely]
    listed = np.array(left[:MOST_LISTED], dtype=np.int64)
    ours = ibis.memtable(pa.table({"tx_id": pa.array(listed, pa.int64())}))
    sums = outputs.semi_join(ours, "tx_id").group_by("tx_id")
    paid = relations.collect(
        sums.agg(sent=lambda t: t.value_sat.sum(), outputs=lambda t: t.count())
    )
    sent = {row["tx_id"]: row for row in paid.to_pylist()}
    rows = [
        {
            **timed,
            "sent_sat": int(sent[tx]["sent"]) if tx in sent else 0,
            "outputs": int(sent[tx]["outputs"]) if tx in sent else 0,
        }
        for tx, timed in _timed(relations, listed).items()
    ]
    return {"total": len(left), "rows": rows}


def _name_dropped(relations: Relations, facts: Facts, held: Matches) -> None:
    """Names instead of numbers for the ad and the transaction that were dropped."""
    ids = held.ad_ids.to_pylist()
    for row in facts["drop_one"]:
        if row["without"] == "ad":
            row["dropped"] = ids[row["dropped"]]
        elif row["without"] == "transaction":
            numbers = np.array([row["dropped"]], dtype=np.int64)
            row["dropped"] = _timed(relations, numbers)[row["dropped"]]["txid"]
