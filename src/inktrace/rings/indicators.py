"""Indicators and counter-indicators: each docstring is the sentence an investigator reads.

An indicator is a number per group of authors. It speaks where the number reaches the
indicator's least value; its points grow with how rare so high a value is here. Several indicators
tell one thing in different ways (that there are many people, that they move): the first of them
has most of the strength, and the others little, so that it is not counted over and over.

Ethnicity and the look of a body are left out, though studies use them: they would single out
people for what they are.

References: UN 2000 (Palermo Protocol, art. 3: a child is anyone under 18, whatever the means);
ILO 2009 (ILO, "Operational indicators of trafficking in human beings", 2009); Kennedy 2012
(Kennedy, "Predictive patterns of sex trafficking online", Carnegie Mellon University 2012);
Ibanez 2014 (Ibanez & Suthers, "Detection of domestic human trafficking indicators and movement
trends using content available on open internet sources", HICSS 2014); Dubrawski 2015 (Dubrawski
et al., "Leveraging publicly available data to discern patterns of human-trafficking activity",
J. Human Trafficking 2015); Portnoff 2017 (Portnoff et al., KDD 2017); Polaris (Polaris Project,
"The Typology of Modern Slavery", 2017); Whitney 2018 (Whitney et al., "Don't want to get caught?
Don't say it: the use of emojis in online human sex trafficking ads", HICSS 2018); Giommoni 2021
(Giommoni & Ikwu, "Identifying human trafficking indicators in the UK online sex market", Trends in
Organized Crime 2021); InfoShield 2021 (Lee et al., ICDE 2021); JIRN 2024 ("Improving sex
trafficking victim identification: indicators of trafficking in online escort ads", J. Human
Trafficking 2024, which tried 250 of them on 1,263 ads of known outcome). What is marked "ours" has
no source that we know.
"""

from __future__ import annotations

import numpy as np

from inktrace.rings.registry import Facts, Values, indicator

# ── under 18: looked at first ─────────────────────────────────────────────────────────────


@indicator("for", 1, 2.0, "UN 2000; ILO 2009; looked at first", "young_stated")
def under_age_stated(facts: Facts) -> Values:
    """{value} of the ads state[s|] an age under 18 of a person advertised."""
    return facts["young_stated_ads"]


@indicator("for", 1, 2.0, "ours: a picture like one of a known-abuse list is looked at first")
def known_abuse_image(facts: Facts) -> Values:
    """{value} of the ads [carries|carry] a picture whose hash is near one of a known-abuse list."""
    return facts["known_abuse_ads"]


@indicator("for", 1, 1.5, "UN 2000; Kennedy 2012; Whitney 2018; looked at next", "young_implied")
def under_age_implied(facts: Facts) -> Values:
    """{value} of the ads [implies|imply] an age under 18, by words of school or by codes
    together."""
    return facts["young_implied_ads"]


@indicator("for", 1, 0.3, "Whitney 2018; one such emoji alone is mostly decoration", "young_code")
def youth_code(facts: Facts) -> Values:
    """{value} of the ads [has|have] an emoji that a list reads as 'young' and few use here."""
    return facts["young_code_ads"]


# ── people ────────────────────────────────────────────────────────────────────────────────


@indicator("for", 3, 0.7, "Ibanez 2014; Portnoff 2017; two who work together are common", "name")
def people_advertised(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together name about {value} different people."""
    return facts["names"]


@indicator("for", 3, 0.3, "ours: one person has one age, or two with a birthday", "age")
def ages_stated(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together state {value} different ages."""
    return facts["ages"]


@indicator("for", 3, 0.7, "ours: one person rarely needs many photos of others", "photo")
def photos_shown(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together show {value} different photos."""
    return facts["photos"]


@indicator("for", 2, 0.4, "Kennedy 2012; Ibanez 2014", "name")
def several_in_one_ad(facts: Facts) -> Values:
    """{value} ads name two or more people at once."""
    return facts["several_named_ads"]


@indicator("for", 3, 0.2, "Ibanez 2014; Dubrawski 2015", "phone")
def one_phone_for_many(facts: Facts) -> Values:
    """One phone number stands in ads of {value} different names."""
    return facts["names_one_phone"]


@indicator("for", 3, 0.5, "InfoShield 2021", "name")
def one_text_for_many_names(facts: Facts) -> Values:
    """One and the same text was posted under {value} different names."""
    return facts["most_names_one_text"]


@indicator("for", 1, 1.0, "ours: nobody is in two cities at once", "one_name_returns")
def one_name_in_two_places(facts: Facts) -> Values:
    """{value} time[|s] one name was advertised elsewhere and back sooner than one can travel."""
    return facts["one_name_returns"]


# ── places and time ───────────────────────────────────────────────────────────────────────


@indicator("for", 2, 0.9, "Ibanez 2014; Dubrawski 2015", "city")
def places_named(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together are for {value} different places."""
    return facts["places"]


@indicator(
    "for",
    2,
    0.8,
    "ours, after Ibanez 2014: stays that one person could not make",
    "impossible_returns",
)
def stays_nobody_could_make(facts: Facts) -> Values:
    """{value} stays in another city left one person no time to get there and back."""
    return facts["impossible_returns"]


@indicator("for", 3, 0.2, "Ibanez 2014; JIRN 2024 finds movement no sign by itself", "city")
def moves_between_places(facts: Facts) -> Values:
    """The place changed {value} times from one ad to the next within two days."""
    return facts["moves"]


@indicator("for", 3, 0.1, "Ibanez 2014 on circuits; people on tour stay as short", "city")
def short_stays_made(facts: Facts) -> Values:
    """{value} stays in a city were short and ended in another city."""
    return facts["short_stays"]


@indicator("for", 2, 0.1, "Dubrawski 2015", "site")
def posting_rate(facts: Facts) -> Values:
    """About {value} ad[|s] a day, over the days from the first ad to the last."""
    return np.where(facts["ads"] >= 5, facts["ads_per_day"], 0.0)


@indicator("for", 16, 0.4, "Polaris")
def posts_around_the_clock(facts: Facts) -> Values:
    """Ads were posted in {value} different hours of the day."""
    return facts["hours"]


# ── what is shared ────────────────────────────────────────────────────────────────────────


@indicator("for", 2, 0.1, "Dubrawski 2015; Portnoff 2017", "phone")
def phones_used(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together give {value} different phone numbers."""
    return facts["phones"]


@indicator("for", 2, 0.2, "Portnoff 2017", "site")
def sites_used(facts: Facts) -> Values:
    """The ads are spread over {value} sites."""
    return facts["sites"]


@indicator("for", 1, 0.8, "Portnoff 2017")
def wallet_of_other_posters(facts: Facts) -> Values:
    """A private wallet that fits these ads fits those of {value} other[|s] who seem[s|]
    independent."""
    return facts["shared_wallet_leads"]


@indicator("for", 1, 0.2, "InfoShield 2021; texts are copied by strangers too")
def text_of_other_posters(facts: Facts) -> Values:
    """A text of these ads is used by {value} other poster[|s] who seem[s|] independent."""
    return facts["shared_text_leads"]


@indicator("for", 1, 0.2, "ours: a photo of one person under several posters", "photo")
def photo_of_other_posters(facts: Facts) -> Values:
    """A photo of these ads is used by {value} other poster[|s] who seem[s|] independent."""
    return facts["shared_photo_leads"]


@indicator("for", 1, 0.0, "Portnoff 2017; helps to find a payer, says nothing of harm: no points")
def payer_known(facts: Facts) -> Values:
    """Payments from {value} private wallet[|s] fit the ads, at the reporting threshold."""
    return facts["private_wallets"]


# ── wording, prices ───────────────────────────────────────────────────────────────────────


@indicator("for", 1, 0.8, "Kennedy 2012; Ibanez 2014; Polaris")
def offers_others(facts: Facts) -> Values:
    """{value} ad[|s] speak[s|] for several people ('our …', 'choose from …')."""
    return facts["offers_others_ads"]


@indicator("for", 1, 0.8, "Polaris; ILO 2009", "management")
def management_wording(facts: Facts) -> Values:
    """{value} ad[|s] speak[s|] of somebody who arranges for those advertised."""
    return facts["management_ads"]


@indicator("for", 1, 0.4, "Kennedy 2012; Ibanez 2014", "third_person")
def third_person_wording(facts: Facts) -> Values:
    """{value} ad[|s] speak[s|] of a person ('she is …') instead of letting the person speak."""
    return facts["third_person_ads"]


@indicator("for", 1, 0.9, "ILO 2009; Ibanez 2014", "restricted")
def restricted_movement(facts: Facts) -> Values:
    """{value} ad[|s] [has|have] wording of somebody who may not come and go freely."""
    return facts["restricted_ads"]


@indicator("for", 1, 0.8, "ILO 2009, on recruitment by false promises", "recruitment")
def recruitment_wording(facts: Facts) -> Values:
    """{value} ad[|s] seek[s|] people to be advertised, or promise[s|] them income, board
    or travel."""
    return facts["recruitment_ads"]


@indicator("for", 1, 0.2, "JIRN 2024", "hidden_phone")
def phone_hidden_from_search(facts: Facts) -> Values:
    """In {value} ad[|s] a phone number is written so that a search for its digits misses it."""
    return facts["hidden_phone_ads"]


@indicator("for", 2, 0.3, "ours")
def price_far_below(facts: Facts) -> Values:
    """Prices named are {value} times lower than usual in the same section here."""
    return facts["times_cheaper"]


@indicator("for", 3, 0.2, "ours")
def price_far_above(facts: Facts) -> Values:
    """Prices named are {value} times higher than usual in the same section here."""
    return facts["times_dearer"]


@indicator("for", 3, 0.3, "ours: one person offers few kinds of service")
def services_of_many_kinds(facts: Facts) -> Values:
    """Ads that contacts, photos or payments tie together stand in {value} sections of the sites."""
    return facts["categories"]
