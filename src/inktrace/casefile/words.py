"""The words of a case package: hostile text made visible, figures put into sentences."""

from __future__ import annotations

import re
from typing import Final

from inktrace.units import (
    MICROSECONDS_PER_SECOND,
    SECONDS_PER_DAY,
    iso_time,
    minor_digits,
    verbal_support,
)

REVIEW_MARK: Final = "NOT REVIEWED"
SCALE_SOURCE: Final = "ENFSI Guideline for Evaluative Reporting in Forensic Science, 2015"

# Characters that reorder what is read (Unicode Technical Report 36, bidirectional spoofing).
_REORDERING: Final = {
    0x061C: "ALM",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
}
# Characters that take no room or look like nothing: text can be hidden or broken up with them.
_INVISIBLE: Final = (
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x2060, 0x2061),
    *(0x2062, 0x2063, 0x2064, 0x206A, 0x206B, 0x206C, 0x206D, 0x206E, 0x206F, 0x2800, 0x3164),
    *(0xFEFF, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFB),
    *range(0xE0000, 0xE0080),
)
_CONTROLS: Final = (*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))
_NONCHARACTERS: Final = (
    *range(0xFDD0, 0xFDF0),
    *(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF)),
)
_VISIBLE: Final[dict[int, str | None]] = {
    **dict.fromkeys(_CONTROLS, None),
    **dict.fromkeys(_NONCHARACTERS, None),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys(_INVISIBLE, "␣"),
    **{code: f"␣{name}␣" for code, name in _REORDERING.items()},
    **dict.fromkeys((0x000D, 0x2028, 0x2029), "\n"),
}
# A joiner inside an emoji is how the emoji is written; anywhere else it hides something.
_PICTURE: Final = "[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
_STRAY_JOINER: Final = re.compile(f"(?<!{_PICTURE})\u200d|\u200d(?!{_PICTURE})")


def visible(text: str) -> str:
    """The text with what a reader could not see made visible.

    Zero-width characters become ␣, characters that reverse or reorder text become ␣RLO␣ and the
    like, control characters are dropped (line breaks and tabs stay).
    """
    return _STRAY_JOINER.sub("␣", text.replace("\r\n", "\n")).translate(_VISIBLE)


def excerpt(text: str, characters: int) -> str:
    """The beginning of a text, made visible, and how much was left out."""
    shown = visible(text)
    if len(shown) <= characters:
        return shown
    return f"{shown[:characters]}… [{len(shown) - characters:,} more characters in the exhibits]"


def ratio(log10_lr: float) -> str:
    """A likelihood ratio in figures a reader can say aloud, two digits of it.

    Below 1 it is told the other way round, as so many times for the alternative: that is how a
    reader compares it with one above 1.
    """
    size = abs(log10_lr)
    if size >= 6:
        figure = "more than 1,000,000"
    else:
        value = 10**size
        digits = 0 if value >= 10 else 1
        rounded = round(value, 2 - len(str(int(value)))) if value >= 10 else value
        figure = f"about {rounded:,.{digits}f}"
    return figure if log10_lr >= 0 else f"{figure} for the alternative"


def support(log10_lr: float) -> str:
    """A likelihood ratio with its words, never the words alone."""
    return f"{verbal_support(log10_lr)} (LR {ratio(log10_lr)}; log10 LR {log10_lr:.2f})"


def probability(value: float) -> str:
    """A probability in three decimals; never 0 or 1 for what is neither."""
    if 0.0 < value < 0.001:
        return "below 0.001"
    return "above 0.999" if 0.999 < value < 1.0 else f"{value:.3f}"


def counted(number: int, noun: str) -> str:
    """A number and its noun, in the singular or plural."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def false_discovery_sentence(q_value: float | None, reported: int) -> str:
    """What a q-value means in this corpus, in words, with the number of attributions it covers."""
    if q_value is None:
        return "No false-discovery rate was measured for this attribution: it must not be used."
    if q_value == 0:
        return (
            f"q = 0: none of the decoys scored as high as the {counted(reported, 'attribution')} "
            "of this corpus at least this strong. The rate is not nil; it is below what the "
            "decoys can measure."
        )
    return (
        f"q = {q_value:.3g}: of the {counted(reported, 'attribution')} in this corpus at least "
        f"this strong, about {reported * q_value:.2g} would be expected to be wrong "
        f"({100 * q_value:.2g} in 100). Measured with decoys: the same ads moved in time, so that "
        "they can have no true payment."
    )


def short_rate(q_value: float | None, at_least: int) -> str:
    """A q-value for a column: the rate, and how many of those at least as strong it makes false."""
    if q_value is None:
        return "not measured: not to be used"
    if q_value == 0:
        return "q = 0: below what the decoys can measure, not nil"
    expected = max(at_least, 1) * q_value
    return f"q = {q_value:.3g}: about {expected:.2g} of {max(at_least, 1):,} so strong are false"


def percent(share: float) -> str:
    """A share in as many digits as a reader needs; never 0% or 100% for what is neither."""
    if share <= 0.0 or share >= 1.0:
        return f"{share:.0%}"
    if share < 0.0001:
        return "below 0.01%"
    if share > 0.9999:
        return "above 99.99%"
    if share > 0.999:
        return f"{100 * share:.2f}%"
    return f"{100 * share:.2g}%" if share < 0.1 else f"{100 * share:.3g}%"


def own_error(error_probability: float | None) -> str:
    """The probability that one attribution by itself is false, short enough for a column."""
    if error_probability is None:
        return "not measured"
    if error_probability > 0.999:
        return "above 99.9%"
    return f"{error_probability:.1%}" if error_probability >= 0.001 else "below 0.1%"


def fiat(minor: int, currency: str) -> str:
    """An amount in minor units of a currency, in its own digits: 17.00 USD."""
    digits = minor_digits(currency)
    return f"{minor / 10**digits:.{digits}f} {currency}"


def duration(seconds: float) -> str:
    """A length of time in the largest unit that keeps two digits."""
    size = abs(seconds)
    for unit, length in (("d", SECONDS_PER_DAY), ("h", 3600), ("min", 60)):
        if size >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def moment(microseconds: int | None) -> str:
    """A UTC time to the second, as a reader wants it; 'unknown' where there is none."""
    if microseconds is None:
        return "unknown"
    whole = microseconds - microseconds % MICROSECONDS_PER_SECOND
    return iso_time(whole).replace("T", " ").replace("Z", " UTC")


GLOSSARY: Final = (
    ("Ad", "One posting of one text on one site at one time."),
    (
        "Attribution",
        "A pairing of an author with a wallet that is believed to pay for that author's ads.",
    ),
    (
        "Author",
        "A group of ads believed to be written by one person or one writing team. It is a label "
        "of this analysis, not a name.",
    ),
    ("Block time", "The time in a block's header; only an upper bound of when a payment was sent."),
    ("Candidate", "A transaction output that time and amount allow as an ad's payment."),
    (
        "CoinJoin",
        "A transaction in which several parties mix payments; addresses are not joined by it.",
    ),
    (
        "Co-spending",
        "Addresses spent together in one transaction are taken to be controlled by one party. "
        "Custodians and some privacy tools break this rule.",
    ),
    ("Decoy", "An ad moved in time so that it can have no true payment; it measures error."),
    ("First-seen time", "When a clock first saw a transaction before it was in a block."),
    (
        "Lead",
        "What a person is asked to look at. It is not a finding and says nothing of what anyone "
        "did or meant.",
    ),
    (
        "Likelihood ratio (LR)",
        "How many times more probable the evidence is if the first proposition is true than if "
        "the second is. It is not the probability of either proposition.",
    ),
    (
        "Measured likelihood ratio",
        "What the error measured with decoys is worth as a likelihood ratio. Words of support "
        "follow it; the computed one holds only what the model knows.",
    ),
    (
        "Prior, prevalence",
        "How many of the answers compared are right before the evidence of one is looked at.",
    ),
    (
        "Identity, part",
        "A part is ads that surely belong together; an identity is parts joined by all ties.",
    ),
    ("Hub", "A contact, picture or text that so many use that it ties nobody."),
    ("q-value", "The smallest false-discovery rate at which this row would be reported."),
    (
        "This one false",
        "The probability that this attribution alone is false, from decoys that score about as "
        "high. It is never below the q-value, which is the mean over all that score higher.",
    ),
    (
        "Same style, same template",
        "Same style: different texts written alike. Same template: near-copies of one text. A "
        "copied text says who had the text, not who wrote it.",
    ),
    (
        "Service",
        "An exchange, processor or other business that holds coins for many customers. It is a "
        "place to send a legal request, not a party to the lead.",
    ),
    (
        "ads joined alone, by style, by template, by identifier",
        "Joined to nothing; by style only; as a near-copy of a text; by contact data.",
    ),
    (
        "auc; cllr, cllr min; tpr at fpr",
        "Figures of the style comparison on authors that it was not fitted on. auc: how often a "
        "pair of one author outscores a pair of two (0.5 is chance, 1 perfect). cllr: the cost of "
        "the likelihood ratios (0 perfect, 1 says nothing); cllr min: the same after the best "
        "rescaling. tpr at fpr: the share of pairs of one author that are found where the share "
        "of pairs of two authors taken for one is the number beside it.",
    ),
    (
        "decoys … a round same rate p value",
        "How probable so uneven decoy rounds would be if all had one rate of chance matches. Below "
        "0.05 the decoys are less alike than assumed, and rates that rest on few are less certain.",
    ),
    ("Wallet", "Addresses that co-spending says one party controls."),
    ("␣", "A character that takes no room on the page; ␣RLO␣ and the like reorder text."),
)
