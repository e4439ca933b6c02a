"""Explanations of payments in sentences: what an ad cost, what may have paid it, what is unsure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile.words import SCALE_SOURCE, duration, moment, ratio, support, visible

Facts = Mapping[str, Any]
LEAD: Final = "This is a lead for a person to review, not proof that anyone paid for anything."
_MOST_PRICES: Final = 4
_LEAST_TOLD: Final = 0.005  # log10: what less adds is not told
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
        f"{shown(facts['ad_id'])} on {shown(facts['site'])}, posted "
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


def factor_words(row: Facts, facts: Facts) -> list[str]:
    """What each factor of one candidate contributes; the log10 parts sum to its log10 LR."""
    parts = row["factors"]
    window = facts["window_before_s"] + facts["window_after_s"]
    said = [
        f"Delay: first seen {delay_words(row)} the posting. {_times(parts['delay'])} as likely "
        f"for a payment as anywhere in the window of {duration(window)} ({parts['delay']:+.2f}).",
        f"Amount: {_money(row['fiat_value'], row['currency'])}, "
        f"{row['paid_over_price']:.2%} of {_money(row['price'], row['currency'])}"
        f"{_quoted(row['quote_age_s'])}. "
        f"{_times(parts['amount'])} as likely for a payment as anywhere within "
        f"±{facts['amount_tolerance']:.0%} ({parts['amount']:+.2f}).",
        rounding_words(row),
        till_words(row),
        background_words(row),
        f"Price: the prior of this price is {10 ** parts['prior']:.1%} ({parts['prior']:+.2f}).",
    ]
    if parts["other_prices"] > 0:
        said.append(
            f"Other prices that it would fit as well add a little ({parts['other_prices']:+.2f})."
        )
    said.append(f"Sum: {support(row['log10_lr'])} for payment against background.")
    said.append(_claims(row))
    return said


def rounding_words(row: Facts) -> str:
    """How round the amount is, and how common that is."""
    seen, part = row["rounding"], row["factors"]["rounding"]
    others = "all outputs" if row["till"]["wallet_id"] is None else "what that wallet receives"
    return (
        f"Rounding: the satoshi amount has {zeros_words(seen['trailing_zeros'])}, as "
        f"{share_words(seen['share_of_payments'])} of this site's payments have and "
        f"{share_words(seen['share_of_background'])} of {others} ({part:+.2f})."
    )


def till_words(row: Facts) -> str:
    """Whether a wallet that the site is known to be paid through receives the output."""
    seen, part = row["till"], row["factors"]["till"]
    if seen["wallet_id"] is not None:
        return (
            f"Recipient: pays wallet {seen['wallet_id']}, which receives "
            f"{share_words(seen['share_of_payments'])} of this site's payments ({part:+.2f}), and "
            "is weighed against what else that wallet receives."
        )
    if seen["counts_as_any_wallet_id"] is not None:
        return (
            f"Recipient: pays wallet {seen['counts_as_any_wallet_id']}, which receives "
            f"{share_words(seen['counts_as_any_share'])} of this site's payments. As one of the "
            f"{share_words(seen['share_of_payments'])} that go to none of the wallets known it "
            f"weighs more, so it is told as an output like any other ({part:+.2f})."
        )
    if seen["share_of_payments"] >= 1.0:
        return f"Recipient: no wallet is known that sites are paid through ({part:+.2f})."
    return (
        f"Recipient: pays none of the wallets that sites are known to be paid through, as "
        f"{share_words(seen['share_of_payments'])} of this site's payments do ({part:+.2f})."
    )


def background_words(row: Facts) -> str:
    """How many such outputs chance would bring, and what the other way to be paid adds."""
    expected, part = row["background_outputs_expected"], row["factors"]["background"]
    paid, counted = row["till"]["wallet_id"], row["till"]["counts_as_any_wallet_id"]
    adds = part + math.log10(max(expected, 1e-300))
    also = ""
    if (paid is not None or counted is not None) and adds >= _LEAST_TOLD:
        what = "an output like any other" if counted is None else "a payment to that wallet"
        also = f"; that it may as well be {what} is counted with it and adds {adds:+.2f}"
    return (
        f"Background: {_count_like(expected)} outputs of that value"
        f"{'' if paid is None else ' to that wallet'} are to be expected in such a window by "
        f"chance{also} ({part:+.2f})."
    )


def zeros_words(count: int) -> str:
    """A number of trailing zeros."""
    words = ("no trailing zero", "one trailing zero", "two trailing zeros", "three trailing zeros")
    return words[count] if count < len(words) else "four trailing zeros or more"


def share_words(share: float) -> str:
    """A share, in as many digits as help."""
    if share >= 0.1:
        return f"{share:.0%}"
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"


def _quoted(age_s: int) -> str:
    return "" if not age_s else f" at the rate of about {duration(age_s)} before it was paid"


def delay_words(row: Facts) -> str:
    """How long before (or after) the posting, as exactly as it is known."""
    least, most = row["least_delay_s"], row["most_delay_s"]
    if least == most:
        return before_words(least)
    return f"between {before_words(most)} and {before_words(least)} (by its block only)"


def before_words(delay_s: float) -> str:
    """A delay as so long before or after the posting."""
    return f"{duration(abs(delay_s))} {'before' if delay_s >= 0 else 'after'}"


def clock_words(row: Facts) -> str:
    """How the time of a candidate is known."""
    seen = row["observers"]
    if row["time_known_by"] == "first_seen":
        names = sorted({shown(one["observer"]) for one in seen if one["observer"]})
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
            f"the service {shown(row['payer_service'])} (wallet {row['payer_wallet_id']}): a "
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
        f"paid by it, the likeliest {shown(first['ad_id'])}{whose} with "
        f"{_percent(first['posterior_probability'])}; {cost}."
    )


def _would_change(facts: Facts, best: Facts) -> list[str]:
    change = best["what_would_change_it"]
    said = [
        f"Given that wallet {one['wallet_id']} pays for {one['author_id']} "
        f"({q_words(one['q_value'])}; {false_words(one['error_probability'])}), its probability is "
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
            f"The laws of {shown(facts['site'])} rest on about "
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


def scale_note() -> str:
    """Where the verbal scale comes from."""
    return f"(Scale: {SCALE_SOURCE}.)"


def _times(log10: float) -> str:
    size = ratio(abs(log10)).replace("about ", "").capitalize()
    return f"{size} times" if log10 >= 0 else f"Only one part in {size.lower()}"


def _count_like(expected: float) -> str:
    return f"about {expected:,.0f}" if expected >= 10 else f"about {expected:.2g}"


def _money(amount: float, currency: str) -> str:
    return f"{amount:,.2f} {shown(currency)}".strip()


def _percent(probability: float) -> str:
    if 0 < probability < 0.001:
        return "less than 0.1%"
    return "more than 99.9%" if 0.999 < probability < 1 else f"{probability:.1%}"


def q_words(q_value: float | None) -> str:
    """A q-value, or that there is none."""
    return "no q-value" if q_value is None else f"q = {q_value:.3g}"


def false_words(error_probability: float | None) -> str:
    """The probability that one attribution by itself is false, or that it was not measured."""
    if error_probability is None:
        return "probability that this one is false: not measured"
    return f"probability that this one is false: {_percent(error_probability)}"


def shown(text: str) -> str:
    """A name from outside, made visible and short."""
    seen = visible(text).replace("\n", " ")
    return seen if len(seen) <= 80 else f"{seen[:80]}…"
