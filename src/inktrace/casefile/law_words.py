"""What was learned of a site's payments, in sentences: delays, amounts, quotes, tills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from inktrace.casefile.payment_words import (
    before_words,
    share_words,
    shown,
    zeros_words,
)
from inktrace.casefile.words import counted, duration

Facts = Mapping[str, Any]
_MOST_TILLS: Final = 5
# An age, or a number of zeros, that is this much commoner than without payments is worth telling.
_TELLING_AGE: Final = 1.5
_TELLING_ZEROS: Final = 0.05


def law_words(law: Facts) -> list[str]:
    """What was learned of one site: payments, delays, amounts, and how much that is worth."""
    said = [
        f"{shown(law['site'])}: {counted(law['ads'], 'ad')}; laws learned from "
        f"{law['ads_learned_from']:,} of them, about {law['payments_learned_from']:,.0f} payments "
        f"(paid share {law['paid_share']:.0%}).",
        f"Delay from first-seen time to posting: {_delays(law['delay_law_s'])}.",
        f"Amount paid of the price: {_amounts(law['amount_law_paid_over_price'])}.",
        quote_law_words(law["quote"]),
        till_law_words(law["tills"]),
        _borne_out(law["in_the_middle"]),
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


def quote_law_words(quote: Facts) -> str:
    """How old the rate is and how round amounts are, where they differ from other outputs."""
    ages, shares = quote["ages_s"], quote["age_shares"]
    mean = sum(share * age for share, age in zip(shares, ages, strict=True))
    age = (
        f"the rate is {duration(mean)} old on average when it is paid"
        if max(shares) >= _TELLING_AGE / len(shares)
        else "how old the rate is when it is paid does not show"
    )
    paid, common = quote["zeros_shares"], quote["zeros_shares_of_all_outputs"]
    zeros = max(range(len(paid)), key=lambda count: paid[count] - common[count])
    rounding = (
        f"{share_words(paid[zeros])} of payments have {zeros_words(zeros)}, "
        f"{share_words(common[zeros])} of all outputs"
        if paid[zeros] - common[zeros] >= _TELLING_ZEROS
        else "amounts are about as round as those of all outputs"
    )
    return f"Quote: {age}; {rounding}."


def till_law_words(tills: Sequence[Facts]) -> str:
    """The wallets that a site is paid through."""
    if not tills:
        return "Tills: no wallet stands out as the one that receives its payments."
    listed = ", ".join(
        f"wallet {till['wallet_id']} ({share_words(till['share'])} of its payments)"
        for till in tills[:_MOST_TILLS]
    )
    more = len(tills) - _MOST_TILLS
    return f"Tills: paid through {listed}{f' and {more} more' if more > 0 else ''}."


def _borne_out(middle: Facts) -> str:
    """Whether more outputs than around moved ads lie where the law says that payments lie."""
    if middle["background"] is None:
        return "Nothing tells whether that is so: no ad could be moved to measure the background."
    told = (
        f"{middle['observed']:,} outputs lie where the laws are densest, where moved ads meet "
        f"{middle['background']:,.0f} on average and {middle['most_in_a_decoy_round']:,.0f} at "
        f"most in {counted(middle['decoy_rounds'], 'round')}"
    )
    if middle["observed"] > middle["most_in_a_decoy_round"]:
        return f"Borne out: {told}; the law expects {middle['expected_by_the_law']:,.0f}."
    return f"NOT borne out by the counts: {told}. The law may be an accident."


def _delays(law: Facts) -> str:
    words = {q: before_words(law[q]) for q in ("0.05", "0.5", "0.95")}
    return f"median {words['0.5']}, 5–95% from {words['0.05']} to {words['0.95']}"


def _amounts(law: Facts) -> str:
    return f"median {law['0.5']:.2%}, 5–95% from {law['0.05']:.2%} to {law['0.95']:.2%}"
