"""Explanations of payments in sentences: what an ad cost, what may have paid it, what is unsure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile.words import SCALE_SOURCE, duration, moment, ratio, support, visible

Facts = Mapping[str, Any]
LEAD: Final = "This is a lead for a person to review, not proof that anyone paid for anything."
_MOST_PRICES: Final = 4
_NO_CLAIM: Final = 0.01  # log10: rival claims that take less than 2% of the odds are none


def ad_words(facts: Facts) -> dict[str, Any]:
    """The sentences of an ad: summary, price, verdict, factors, would_change, caution."""
    best = facts["candidates"][0] if facts["candidates"] else None
    return {
        "summary": _summary(facts),
        "price": _price(facts),
        "verdict": _verdict(facts),
        "factors": [] if best is None else factor_words(best, facts),
        "would_change": [] if best is None else _would_change(facts, best),
        "caution": _caution(facts),
    }


def _summary(facts: Facts) -> str:
    author = f", by {facts['author_id']}" if facts["author_id"] else ""
    told = {1: "second", 60: "minute", 3600: "hour", 86_400: "day"}.get(
        facts["posting_resolution_s"], f"{facts['posting_resolution_s']} s"
    )
    return (
        f"{_shown(facts['ad_id'])} on {_shown(facts['site'])}, posted "
        f"{moment(facts['posted_us'])} (the site tells the {told}){author}."
    )


def _price(facts: Facts) -> str:
    if facts["is_free"]:
        return "The posting was free, so no payment is looked for."
    prices = facts["asking_prices"]
    if not prices:
        return (
            "What the posting cost is not known, nor is any price of its site and category, so no "
            "payment can be looked for."
        )
    listed = "; ".join(
        f"{_money(one['price'], one['currency'])} with prior {one['prior_probability']:.0%}"
        + (
            ""
            if one["ads_bought"] == 1
            else f" (one payment for {one['ads_bought']} ads posted close together)"
        )
        for one in prices[:_MOST_PRICES]
    )
    more = len(prices) - _MOST_PRICES
    rest = f"; and {more} less likely" if more > 0 else ""
    start = (
        "What the payment may have been"
        if facts["price_known"]
        else "Its price is not known; prices of its site, by how often they were asked"
    )
    return f"{start}: {listed}{rest}."


def _verdict(facts: Facts) -> str:
    rows = facts["candidates"]
    if not facts["asking_prices"]:
        return "Nothing was looked for."
    if not facts["outputs_stored_for_its_time"]:
        return "No transactions are stored for its time, so nothing can be said of its payment."
    weaker = (
        f" {facts['weaker_candidates']:,} weaker outputs were considered and not stored; together "
        f"they have {_percent(facts['weaker_probability'])}."
        if facts["weaker_candidates"]
        else ""
    )
    if not rows:
        return (
            "No output near its price and time is likelier a payment for it than chance allows."
            f"{weaker} None of these: {_percent(facts['none_probability'])}."
        )
    best = rows[0]
    return (
        f"Of {len(rows):,} outputs that time and amount allow, the likeliest is "
        f"{best['txid']}:{best['vout']}, with probability "
        f"{_percent(best['posterior_probability'])}; none of these: "
        f"{_percent(facts['none_probability'])}.{weaker}"
    )


_WITHOUT: Final = {
    "ad": "its best ad ({})",
    "transaction": "its best transaction ({})",
    "amount": "what the amounts say (delays alone)",
    "delay": "what the delays say (amounts alone)",
}
_WHY: Final = {
    "no_candidate": "no payment of this wallet fits its time and price",
    "unlikely": "a payment fits, but is less likely its own than not",
    "explained_better": "the payment that fits is explained better by another ad or wallet",
}


def pair_words(facts: Facts) -> dict[str, Any]:
    """The sentences of an attribution: summary, support, drop_one, caution."""
    return {
        "summary": _pair_summary(facts),
        "support": _pair_support(facts),
        "drop_one": [drop_words(facts, row) for row in facts["drop_one"]],
        "unmatched": _unmatched(facts),
        "caution": _pair_caution(facts),
    }


def drop_words(facts: Facts, row: Facts) -> str:
    """What is left of an attribution when a part of its evidence is dropped."""
    what = _WITHOUT[row["without"]].format(_shown(str(row["dropped"])))
    start = f"Without {what}: log10 LR {row['log10_lr']:.2f}"
    if row["q_value"] is None:
        return (
            f"{start}, but only {_counted(row['transactions'], 'transaction')} for "
            f"{_counted(row['ads'], 'ad')} would match, where {facts['least_transactions']} are "
            "needed: it does not survive."
        )
    end = "it survives" if row["survives"] else "it does not survive"
    level = facts["named_up_to_q"]
    if level is None:
        return f"{start}, {_q(row['q_value'])}."
    compared = "at most" if row["survives"] else "above"
    return f"{start}, {_q(row['q_value'])}, {compared} {level:g}: {end}."


def why_unmatched(ad: Facts) -> str:
    """Why an ad of the author has no payment from this wallet."""
    return _WHY[ad["why"]]


def wallet_words(facts: Facts) -> str:
    """The wallet's name, and what a service is."""
    if not facts["is_service"]:
        return f"wallet {facts['wallet_id']}"
    return (
        f"wallet {facts['wallet_id']}, held to be the service {_shown(facts['service'])} (a place "
        "to send a legal request to, not a suspect)"
    )


def _pair_summary(facts: Facts) -> str:
    start = (
        f"{facts['author_id']} ({_counted(facts['ads'], 'ad')}) and {wallet_words(facts)}, which "
        f"funds {_counted(facts['wallet_transactions'], 'transaction')}"
    )
    if facts["log10_lr"] is None:
        why = (
            "all that match are explained better by another author or wallet"
            if facts["matches_before_competition"]
            else "none of them fits time and price of any of the ads"
        )
        return f"{start}: {why}. Nothing ties the two."
    return (
        f"{start}: {_counted(facts['transactions_matched'], 'transaction')} match "
        f"{_counted(facts['ads_matched'], 'ad')}."
    )


def _pair_support(facts: Facts) -> list[str]:
    if facts["log10_lr"] is None:
        return []
    least = facts["least_transactions"]
    said = [
        f"That the wallet pays for these ads, against that its transactions fall anywhere: "
        f"{support(facts['log10_lr'])}. {scale_note()}",
        f"The share of its transactions that are such payments is about {facts['share']:.0%}.",
    ]
    if facts["q_value"] is None:
        said.append(
            f"It is not named: fewer than {least} transactions with ads of their own match, and "
            "one coincidence identifies nobody."
        )
        return said
    kind = "services" if facts["is_service"] else "private wallets"
    said.append(
        f"{_q(facts['q_value'])}, measured against decoys (ads moved in time) among {kind}"
        + (
            f", and held to prior odds of one in {facts['private_payers']:,} wallets."
            if not facts["is_service"]
            else "."
        )
    )
    if facts["named_up_to_q"] is None:
        said.append("That is more than any list of attributions allows: it is not named.")
    for q, score in facts["score_at_q"].items():
        if score is not None:
            said.append(f"Others reach q = {q} here with a log10 LR of {score:.2f} or more.")
    return said


def _unmatched(facts: Facts) -> list[str]:
    said = []
    ads, left = facts["unmatched_ads"], facts["unmatched_transactions"]["total"]
    for why, words in _WHY.items():
        count = sum(ad["why"] == why for ad in ads)
        if count:
            said.append(f"{_counted(count, 'ad')} without a match: {words}.")
    said.append(
        f"{_counted(left, 'transaction')} of the wallet match{'es' if left == 1 else ''} no ad of "
        "this author; each counts against."
        if left
        else "Every transaction of the wallet matches an ad of this author."
    )
    return said


def _pair_caution(facts: Facts) -> list[str]:
    said = []
    if facts["drop_one"]:
        said.append(
            "Dropped evidence competes with decoys that keep all of theirs: the q-values above "
            "are cautious."
        )
    said.append("The author's ads are taken as rightly grouped; the q-value does not cover that.")
    if facts["is_service"]:
        said.append("Whose account at the service paid, only the service can tell.")
    return [*said, LEAD]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def factor_words(row: Facts, facts: Facts) -> list[str]:
    """What each factor of one candidate contributes; the log10 parts sum to its log10 LR."""
    parts = row["factors"]
    window = facts["window_before_s"] + facts["window_after_s"]
    said = [
        f"Delay: first seen {delay_words(row)} the posting. {_times(parts['delay'])} as likely "
        f"for a payment as anywhere in the window of {duration(window)} ({parts['delay']:+.2f}).",
        f"Amount: {_money(row['fiat_value'], row['currency'])}, "
        f"{row['paid_over_price']:.2%} of {_money(row['price'], row['currency'])}. "
        f"{_times(parts['amount'])} as likely for a payment as anywhere within "
        f"±{facts['amount_tolerance']:.0%} ({parts['amount']:+.2f}).",
        f"Background: {_count_like(row['background_outputs_expected'])} outputs of that value "
        f"are to be expected in such a window by chance ({parts['background']:+.2f}).",
        f"Price: the prior of this price is {10 ** parts['prior']:.1%} ({parts['prior']:+.2f}).",
    ]
    if parts["other_prices"] > 0:
        said.append(
            f"Other prices that it would fit as well add a little ({parts['other_prices']:+.2f})."
        )
    said.append(f"Sum: {support(row['log10_lr'])} for payment against background.")
    said.append(_claims(row))
    return said


def delay_words(row: Facts) -> str:
    """How long before (or after) the posting, as exactly as it is known."""
    least, most = row["least_delay_s"], row["most_delay_s"]
    if least == most:
        return _before(least)
    return f"between {_before(most)} and {_before(least)} (by its block only)"


def _before(delay_s: float) -> str:
    return f"{duration(abs(delay_s))} {'before' if delay_s >= 0 else 'after'}"


def clock_words(row: Facts) -> str:
    """How the time of a candidate is known."""
    seen = row["observers"]
    if row["time_known_by"] == "first_seen":
        names = sorted({_shown(one["observer"]) for one in seen if one["observer"]})
        who = f" by {', '.join(names)}" if names else ""
        unsure = [one["uncertainty_us"] for one in seen if one["uncertainty_us"]]
        error = f", ±{duration(unsure[0] / 1e6)}" if unsure else ""
        return f"first seen {moment(row['first_seen_us'])}{who}{error}"
    late = " (a clock saw it only after its block, which is not trusted)" if seen else ""
    return (
        f"between {moment(row['earliest_us'])} and {moment(row['latest_us'])}: known by its "
        f"block only{late}"
    )


def payer_words(row: Facts) -> str:
    """Who funded a candidate."""
    if row["payer_wallet_id"] is None:
        return "payer unknown (several parties, or coins from before the stored blocks)"
    if row["payer_service"] is not None:
        return (
            f"the service {_shown(row['payer_service'])} (wallet {row['payer_wallet_id']}): a "
            "place to send a legal request to, not a suspect"
        )
    return f"wallet {row['payer_wallet_id']}"


def _claims(row: Facts) -> str:
    rivals = row["rival_ads"]
    if not rivals:
        return "Competing claims: no other ad's price and time fit this output."
    first = rivals[0]
    whose = f" of {first['author_id']}" if first["author_id"] else ""
    left = row["competing_claims_log10"]
    cost = (
        "that costs it next to nothing"
        if left > -_NO_CLAIM
        else f"that leaves it {10**left:.0%} of its odds ({left:+.2f})"
    )
    return (
        f"Competing claims: {len(rivals):,} other ad{'s' if len(rivals) > 1 else ''} may have been "
        f"paid by it, the likeliest {_shown(first['ad_id'])}{whose} with "
        f"{_percent(first['posterior_probability'])}; {cost}."
    )


def _would_change(facts: Facts, best: Facts) -> list[str]:
    change = best["what_would_change_it"]
    said = [
        f"Given that wallet {one['wallet_id']} pays for {one['author_id']} "
        f"({_q(one['q_value'])}), its probability is "
        f"{_percent(one['probability_given_wallet'])}."
        for one in best["attributions"]
    ]
    if best["rival_ads"] and best["competing_claims_log10"] <= -_NO_CLAIM:
        said.append(
            "If the other ads' claims were ruled out, its probability would be "
            f"{_percent(change['probability_without_rival_claims'])}."
        )
    said.append(
        "If it were known that the ad was paid by an output that is stored here, its probability "
        f"would be {_percent(change['probability_if_surely_paid_in_bitcoin'])}; before looking, "
        f"{facts['paid_share']:.0%} of such ads are."
    )
    if "second_if_first_is_ruled_out" in facts:
        said.append(
            "If this output were shown to be for something else, the next would have "
            f"{_percent(facts['second_if_first_is_ruled_out'])}."
        )
    if best["time_known_by"] == "block":
        said.append("A first-seen time of this transaction would place it exactly.")
    if not facts["price_known"]:
        said.append("What the posting cost, if it were known, would settle the amount.")
    return said


def _caution(facts: Facts) -> list[str]:
    said = []
    if facts["law_is_weak"]:
        said.append(
            f"The laws of {_shown(facts['site'])} rest on about "
            f"{facts['payments_learned_from'] or 0:.0f} payments: too few, so they are mostly the "
            "wide laws held of all sites."
        )
    if facts["posting_resolution_s"] >= 3600:
        said.append("The site tells posting times too coarsely for the delay to say much.")
    if any(row["time_known_by"] == "block" for row in facts["candidates"]):
        said.append("Where only the block is known, the payment lies somewhere in an interval.")
    said.append(
        "None of these can mean: not paid in bitcoin, paid from credit bought before, or paid by "
        "a transaction that is not stored."
    )
    return [*said, LEAD]


def law_words(law: Facts) -> list[str]:
    """What was learned of one site: payments, delays, amounts, and how much that is worth."""
    said = [
        f"{_shown(law['site'])}: {_counted(law['ads'], 'ad')}; laws learned from "
        f"{law['ads_learned_from']:,} of them, about {law['payments_learned_from']:,.0f} payments "
        f"(paid share {law['paid_share']:.0%}).",
        f"Delay from first-seen time to posting: {_delays(law['delay_law_s'])}.",
        f"Amount paid of the price: {_amounts(law['amount_law_paid_over_price'])}.",
    ]
    if law["weak"]:
        said.append(
            "Weak: too few payments to learn from, so its laws are mostly the wide ones held of "
            "all sites, and say little."
        )
    if law["posting_resolution_s"] >= 3600:
        unit = "day" if law["posting_resolution_s"] >= 86_400 else "hour"
        said.append(f"Weak: the site tells posting times only by the {unit}.")
    return said


def _delays(law: Facts) -> str:
    words = {q: _before(law[q]) for q in ("0.05", "0.5", "0.95")}
    return f"median {words['0.5']}, 5–95% from {words['0.05']} to {words['0.95']}"


def _amounts(law: Facts) -> str:
    return f"median {law['0.5']:.2%}, 5–95% from {law['0.05']:.2%} to {law['0.95']:.2%}"


def scale_note() -> str:
    """Where the verbal scale comes from."""
    return f"(Scale: {SCALE_SOURCE}.)"


def _times(log10: float) -> str:
    size = ratio(abs(log10)).replace("about ", "").capitalize()
    return f"{size} times" if log10 >= 0 else f"Only one part in {size.lower()}"


def _count_like(expected: float) -> str:
    return f"about {expected:,.0f}" if expected >= 10 else f"about {expected:.2g}"


def _money(amount: float, currency: str) -> str:
    return f"{amount:,.2f} {_shown(currency)}".strip()


def _percent(probability: float) -> str:
    if 0 < probability < 0.001:
        return "less than 0.1%"
    return "more than 99.9%" if 0.999 < probability < 1 else f"{probability:.1%}"


def _q(q_value: float | None) -> str:
    return "no q-value" if q_value is None else f"q = {q_value:.3g}"


def _shown(text: str) -> str:
    shown = visible(text).replace("\n", " ")
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
