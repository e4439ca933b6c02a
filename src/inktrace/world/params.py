"""What a world is made of. Nothing here is known to the stages that score it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from inktrace.errors import UsageError


@dataclass(frozen=True)
class WorldParams:
    """Size and habits of a planted world; the same values and seed give the same bytes."""

    seed: int = 1
    start: int = 1_704_067_200  # first posting day, UTC seconds
    # Two days, so that 100,000 transactions crowd the prices about as the whole chain does.
    days: int = 2
    authors: int = 300
    ads: int = 5_000
    transactions: int = 100_000  # about; background fills what the planted ones leave
    sites: int = 6
    ring_share: float = 0.15  # of authors; they advertise several people each
    paying_share: float = 0.6  # of authors who pay in bitcoin at all
    paid_share: float = 0.85  # of a paying author's ads
    exchange_share: float = 0.15  # of paid ads, paid straight from an exchange
    pair_share: float = 0.08  # of paid ads, bought two in one payment
    prepaid_share: float = 0.05  # of paying authors, who buy credit and then post
    second_wallet_share: float = 0.1  # of paying authors
    shared_wallet_share: float = 0.05  # of paying authors, who use another author's wallet
    payer_reuse_share: float = 0.6  # of coins a payer takes on an address used before, on average
    coinjoin_payer_share: float = 0.03  # of payers, who mix once
    bump_share: float = 0.06  # of ads: the same text again, unpaid
    repost_share: float = 0.12  # of ads: the same text again with slots changed, paid anew
    copied_text_share: float = 0.01  # of ads, written from another author's text
    contact_share: float = 0.6  # of ads that give a phone number
    agency_phone_share: float = 0.02  # of authors, who share one agency's number
    # Of background amounts, at asked prices and round sums. On the chain it is a third; this world
    # leaves out the amounts that are near no price, which no rule would look at.
    price_point_share: float = 0.75
    batch_share: float = 0.3  # of background payments, to two to four people at once
    under_age_share: float = 0.05  # of rings, who state an age of 17 of someone
    coinjoins: int = 60
    exchanges: int = 5
    payouts_per_day: int = 200  # of each exchange, each to many people at once
    background_owners: int = 9_000
    missing_first_seen: float = 0.05
    clock_error_s: float = 0.6  # standard deviation of the observer's clock
    late_share: float = 0.01  # of first-seen times, late by up to three minutes
    minute_resolution: bool = True  # posting times are cut to the minute
    style_strength: float = 1.0  # 0: everybody writes alike; 1: habits as strong as we know them
    # Habits of buying that a world has only where they are asked for.
    timed_bump_share: float = 0.0  # of ads: up again, free, at the same minute of the next hours
    daily_repost_share: float = 0.0  # of ads: again, free, at the same minute of the next days
    run_share: float = 0.0  # of possible purchases, which buy three to six ads at once
    duplicate_share: float = 0.0  # of ads, given in two rows
    unpriced_share: float = 0.0  # of ads, whose price is not told
    price_change_share: float = 0.0  # of sites, whose prices change in the middle third
    # Others who post, and what rings say, only where they are asked for.
    touring_share: float = 0.0  # of authors who are no ring: one person, a few days in each city
    agency_share: float = 0.0  # of them: businesses that say so and advertise their people
    directory_share: float = 0.0  # of them: lists and reviews of other people
    software_share: float = 0.0  # of them: each ad again on the hour, by software
    spam_share: float = 0.0  # of them: one text for goods, everywhere, with a link
    ring_wording_share: float = 0.0  # of ads of rings: somebody speaks of others and their work
    price_rules: bool = False  # a file of the sites' price rules is written

    def with_values(self, values: Mapping[str, str]) -> WorldParams:
        """A copy with fields replaced; text is read as the field's type. Raises UsageError."""
        fields = {field.name: field for field in dataclasses.fields(self)}
        changed: dict[str, Any] = {}
        for name, text in values.items():
            if name not in fields:
                raise UsageError(f"a world has no {name!r}", do=f"it has {', '.join(fields)}")
            kind: Any = type(getattr(self, name))
            try:
                changed[name] = text.lower() in ("1", "true", "yes") if kind is bool else kind(text)
            except ValueError:
                raise UsageError(f"{name} is {text!r}", do=f"give a {kind.__name__}") from None
        made = dataclasses.replace(self, **changed)
        made.check()
        return made

    def told(self) -> dict[str, Any]:
        """The parameters as JSON values; habits that this world does not have are left out."""
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if value or name not in _ASKED_FOR}

    def check(self) -> None:
        """Raise UsageError where a value is out of range."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            is_share = field.name.endswith("_share") or field.name == "missing_first_seen"
            if is_share and not 0 <= value <= 1:
                raise UsageError(f"{field.name} is {value}", do="it must lie between 0 and 1")
            if value < 0:
                raise UsageError(f"{field.name} is {value}", do="it must not be negative")
        roles = (self.touring_share, self.agency_share, self.directory_share)
        if sum(roles) + self.software_share + self.spam_share > 1:
            raise UsageError("the shares of other posters add up to more than 1")
        if min(self.days, self.authors, self.sites, self.background_owners) < 1:
            raise UsageError("days, authors, sites and background_owners must be at least 1")


_ASKED_FOR: Final = (
    "timed_bump_share",
    "daily_repost_share",
    "run_share",
    "duplicate_share",
    "unpriced_share",
    "price_change_share",
    "price_rules",
    "touring_share",
    "agency_share",
    "directory_share",
    "software_share",
    "spam_share",
    "ring_wording_share",
)
