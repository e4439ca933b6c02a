"""Counter-indicators: what makes another reading likely; each lowers a score and is shown.

None takes a lead off the list: whoever advertises others can write that he is an agency, too. For
the references see `indicators.py`.
"""

from __future__ import annotations

import numpy as np

from inktrace.rings.registry import Facts, Values, indicator


@indicator("against", 1, 1.0, "ours: most who advertise one person advertise themselves")
def one_person_only(facts: Facts) -> Values:
    """All ads name at most one person, for one place, and give at most one phone number."""
    alone = (facts["names"] <= 1) & (facts["phones"] <= 1) & (facts["places"] <= 1)
    return alone.astype(float)


@indicator("against", 1, 1.0, "Ibanez 2014, on touring: one person may travel for work", "city")
def one_person_travelling(facts: Facts) -> Values:
    """At most one person is named, in several places, with time enough to travel between them."""
    one = (facts["names"] <= 1) & (facts["places"] >= 2)
    return (one & (facts["impossible_returns"] < 2)).astype(float)


@indicator(
    "against", 0.1, 0.5, "JIRN 2024: wording of movement was rarer in trafficking ads", "touring"
)
def says_on_tour(facts: Facts) -> Values:
    """In a share of {value} of the ads somebody says that he is visiting or leaving soon."""
    return facts["touring_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 0.2, 3.0, "ours: an agency that says who it is can be asked", "agency")
def agency_that_says_so(facts: Facts) -> Values:
    """In a share of {value} of the ads the poster says that it is a business."""
    return facts["agency_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 0.3, 2.0, "ours: who writes of others' ads names many people", "directory")
def reviewer_or_directory(facts: Facts) -> Values:
    """In a share of {value} of the ads stands wording of reviews or listings."""
    return facts["directory_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 3, 0.8, "ours: software posts on the hour, so rate and hours are its own")
def posting_software(facts: Facts) -> Values:
    """{value} times the same text was posted again on the hour, as software does."""
    often = facts["punctual_repeats"] >= 0.3 * np.maximum(facts["repeats"], 1)
    return np.where(often, facts["punctual_repeats"], 0.0)


@indicator("against", 4, 1.0, "ours: advertisers of goods and spam use one text everywhere")
def one_text_everywhere(facts: Facts) -> Values:
    """One text was posted for {value} cities, and the ads name nobody."""
    return np.where(facts["names"] == 0, facts["most_cities_one_text"], 0.0)


@indicator("against", 0.5, 1.0, "ours: spam leads to a page, not to a person")
def links_only(facts: Facts) -> Values:
    """A share of {value} of the ads give a link and no other contact."""
    return facts["link_only_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 0.5, 0.8, "ours: a text that everybody uses is nobody's")
def text_that_many_use(facts: Facts) -> Values:
    """A share of {value} of the ads have a text that many other posters use too."""
    return facts["common_text_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 0.5, 1.0, "ours: a switchboard number joins people who are strangers")
def shared_switchboard(facts: Facts) -> Values:
    """In a share of {value} of the ads stands a contact that many other authors give too."""
    return facts["hub_ads"] / np.maximum(facts["ads"], 1)


@indicator("against", 100, 0.8, "ours: site operators and spam post more than any ring seen")
def mass_posting(facts: Facts) -> Values:
    """About {value} ads a day is more than people who advertise people usually post."""
    return facts["ads_per_day"]
