"""Indicators and counter-indicators: each docstring is the sentence an investigator reads.

An indicator is a number per group of authors. It speaks where the number reaches the
indicator's least value; its weight grows with how rare so high a value is here.

References: Polaris (Polaris Project, "The Typology of Modern Slavery", 2017); Ibanez 2014 (Ibanez
& Suthers, "Detection of domestic human trafficking indicators and movement trends using content
available on open internet sources", HICSS 2014); Dubrawski 2015 (Dubrawski et al., "Leveraging
publicly available data to discern patterns of human-trafficking activity", J. Human Trafficking
2015); Portnoff 2017 (Portnoff et al., KDD 2017); InfoShield 2021 (Lee et al., ICDE 2021); ILO 2009
(ILO, "Operational indicators of trafficking in human beings", 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from inktrace.errors import StageError

Values = npt.NDArray[np.float64]
Facts = dict[str, Values]
Direction = Literal["for", "against"]


@dataclass(frozen=True)
class Indicator:
    """One indicator: its function, direction, least value that speaks, and source."""

    name: str
    direction: Direction
    least: float
    strength: float  # weight = strength × log10(1 / rarity), bounded
    reference: str
    sentence: str  # with {value}
    values: Callable[[Facts], Values]


REGISTRY: Final[dict[str, Indicator]] = {}


def indicator(
    direction: Direction, least: float, strength: float, reference: str
) -> Callable[[Callable[[Facts], Values]], Callable[[Facts], Values]]:
    """Register an indicator. Raises StageError where it lacks a sentence or a free name."""

    def register(function: Callable[[Facts], Values]) -> Callable[[Facts], Values]:
        sentence = " ".join((function.__doc__ or "").split())
        name = function.__name__
        if not sentence:
            raise StageError(f"indicator {name} has no sentence to show a reader")
        if name in REGISTRY or sentence in {known.sentence for known in REGISTRY.values()}:
            raise StageError(f"indicator {name} is there already")
        REGISTRY[name] = Indicator(name, direction, least, strength, reference, sentence, function)
        return function

    return register


@indicator("for", 1, 2.0, "ILO 2009; any stated age under 18 is looked at first")
def under_age_stated(facts: Facts) -> Values:
    """{value} of the ads state an age under 18 of a person advertised."""
    return facts["under_age_ads"]


@indicator("for", 1, 2.0, "ours: a picture like one of a known-abuse list is looked at first")
def known_abuse_image(facts: Facts) -> Values:
    """{value} of the ads carry a picture whose hash is near one of a known-abuse list."""
    return facts["known_abuse_ads"]


@indicator("for", 2, 1.0, "Ibanez 2014; Portnoff 2017")
def people_advertised(facts: Facts) -> Values:
    """The ads name about {value} different people."""
    return facts["names"]


@indicator("for", 2, 0.7, "Ibanez 2014; Dubrawski 2015")
def places_named(facts: Facts) -> Values:
    """The ads are for {value} different places."""
    return facts["places"]


@indicator("for", 3, 0.7, "Ibanez 2014")
def moves_between_places(facts: Facts) -> Values:
    """The place changed {value} times from one ad to the next within two days."""
    return facts["moves"]


@indicator("for", 2, 0.5, "Dubrawski 2015; Portnoff 2017")
def phones_used(facts: Facts) -> Values:
    """The ads give {value} different phone numbers."""
    return facts["phones"]


@indicator("for", 2, 0.4, "Portnoff 2017")
def sites_used(facts: Facts) -> Values:
    """The ads are spread over {value} sites."""
    return facts["sites"]


@indicator("for", 2, 0.5, "Dubrawski 2015")
def posting_rate(facts: Facts) -> Values:
    """About {value} ads a day, over the days from the first ad to the last."""
    return np.where(facts["ads"] >= 5, facts["ads_per_day"], 0.0)


@indicator("for", 16, 0.4, "Polaris")
def posts_around_the_clock(facts: Facts) -> Values:
    """Ads were posted in {value} different hours of the day."""
    return facts["hours"]


@indicator("for", 1, 0.8, "Ibanez 2014; Polaris")
def offers_others(facts: Facts) -> Values:
    """{value} ads speak for several people ('our …', 'choose from …')."""
    return facts["plural_ads"]


@indicator("for", 2, 0.8, "InfoShield 2021")
def one_text_for_many_names(facts: Facts) -> Values:
    """One and the same text was posted under {value} different names."""
    return facts["most_names_one_text"]


@indicator("for", 2, 1.0, "Portnoff 2017")
def authors_paid_by_one_wallet(facts: Facts) -> Values:
    """{value} groups of ads that differ in style are paid for by one private wallet."""
    return np.where(facts["private_wallets"] > 0, facts["authors"], 0.0)


@indicator("for", 1, 0.3, "Portnoff 2017; this helps to find a payer and says nothing of harm")
def payer_known(facts: Facts) -> Values:
    """Payments from {value} private wallets fit the ads, at the reporting threshold."""
    return facts["private_wallets"]


@indicator("against", 1, 1.0, "ours: most who advertise one person advertise themselves")
def one_person_only(facts: Facts) -> Values:
    """All ads name at most one person and give at most one phone number."""
    alone = (facts["names"] <= 1) & (facts["phones"] <= 1) & (facts["images"] <= 1)
    return alone.astype(float)


@indicator("against", 1, 0.8, "Ibanez 2014, on touring: one person may travel for work")
def one_person_travelling(facts: Facts) -> Values:
    """One person is named in several places, as a touring worker would be."""
    return ((facts["names"] <= 1) & (facts["places"] >= 2)).astype(float)


@indicator("against", 0.5, 1.0, "ours: a switchboard number joins people who are strangers")
def shared_switchboard(facts: Facts) -> Values:
    """In a share of {value} of the ads stands a contact that many other authors give too."""
    return facts["hub_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 100, 0.8, "ours: site operators and spam post more than any ring seen")
def mass_posting(facts: Facts) -> Values:
    """About {value} ads a day is more than people who advertise people usually post."""
    return facts["ads_per_day"]
