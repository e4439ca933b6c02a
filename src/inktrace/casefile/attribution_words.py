"""Explanations of attributions in sentences: what ties a wallet to an author, what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile.payment_words import (
    LEAD,
    false_words,
    q_words,
    scale_note,
    shown,
)
from inktrace.casefile.words import counted, support

Facts = Mapping[str, Any]
_WITHOUT: Final = {
    "ad": "its best ad ({})",
    "transaction": "its best transaction ({})",
    "amount": "what the amounts say",
    "delay": "what the delays say",
    "rounding": "what rounding says",
    "till": "what is known of who receives, and of rounding",
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
    what = _WITHOUT[row["without"]].format(shown(str(row["dropped"])))
    start = f"Without {what}: log10 LR {row['log10_lr']:.2f}"
    if row["q_value"] is None:
        return (
            f"{start}, but only {counted(row['transactions'], 'transaction')} for "
            f"{counted(row['ads'], 'ad')} would match, where {facts['least_transactions']} are "
            "needed: it does not survive."
        )
    end = "it survives" if row["survives"] else "it does not survive"
    level = facts["named_up_to_q"]
    if level is None:
        return f"{start}, {q_words(row['q_value'])}."
    compared = "at most" if row["survives"] else "above"
    return f"{start}, {q_words(row['q_value'])}, {compared} {level:g}: {end}."


def why_unmatched(ad: Facts) -> str:
    """Why an ad of the author has no payment from this wallet."""
    return _WHY[ad["why"]]


def wallet_words(facts: Facts) -> str:
    """The wallet's name, and what a service is."""
    if not facts["is_service"]:
        return f"wallet {facts['wallet_id']}"
    return (
        f"wallet {facts['wallet_id']}, held to be the service {shown(facts['service'])} (a place "
        "to send a legal request to, not a suspect)"
    )


def _pair_summary(facts: Facts) -> str:
    start = (
        f"{facts['author_id']} ({counted(facts['ads'], 'ad')}) and {wallet_words(facts)}, which "
        f"funds {counted(facts['wallet_transactions'], 'transaction')}"
    )
    if facts["log10_lr"] is None:
        why = (
            "all that match are explained better by another author or wallet"
            if facts["matches_before_competition"]
            else "none of them fits time and price of any of the ads"
        )
        return f"{start}: {why}. Nothing ties the two."
    return (
        f"{start}: {counted(facts['transactions_matched'], 'transaction')} match "
        f"{counted(facts['ads_matched'], 'ad')}."
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
        f"{q_words(facts['q_value'])}, measured against decoys (ads moved in time) among {kind}"
        + (
            ", and, since all of them may be chance here, held to prior odds of one in "
            f"{facts['private_payers']:,} wallets."
            if facts["held_to_prior_odds"]
            else "."
        )
    )
    said.append(
        f"{false_words(facts['error_probability']).capitalize()} (q is the mean over all that "
        "score as high or higher). In it: the ads that it pays for are strays, somebody else's in "
        f"this author's group, with probability {facts['stray_probability']:.1%}."
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
            said.append(f"{counted(count, 'ad')} without a match: {words}.")
    said.append(
        f"{counted(left, 'transaction')} of the wallet match{'es' if left == 1 else ''} no ad of "
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
    said.append("How often groups hold ads of others is a figure of made worlds, not of this case.")
    if facts["is_service"]:
        said.append("Whose account at the service paid, only the service can tell.")
    return [*said, LEAD]
