"""Explanations of authors in sentences: what speaks for one author, what against, what besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile.hour_words import author_hour_words, pair_hour_words
from inktrace.casefile.words import SCALE_SOURCE, support, visible

Facts = Mapping[str, Any]
_SPACES: Final = re.compile(r"^ +| +$|  +| +(?=\n)|(?<=\n) +")
_MOST_SEQUENCE: Final = 80
_GREAT_DIFFERENCE: Final = 4.0  # times as long
_NO_SUPPORT: Final = 0.301  # below it the verbal scale knows no support either way


def pair_words(facts: Facts) -> dict[str, Any]:
    """The sentences of a pair: summary, speaks_for, speaks_against, apart_from_style, caution."""
    return {
        "summary": _summary(facts),
        "speaks_for": _for(facts),
        "speaks_against": _against(facts),
        "apart_from_style": _apart_from_style(facts),
        "caution": _caution(facts),
    }


def member_words(member: Facts) -> str:
    """Why one ad is in its cluster, and what would have to change for it to fall out."""
    falls = _falls_if(member)
    return f"{_because(member)}; {falls}" if falls else _because(member)


def _falls_if(member: Facts) -> str:
    style = member.get("style")
    alone = "style alone would keep it" if style and style["holds"] else "style would not keep it"
    if member["reason"] == "identifier":
        what = "none of these contacts counts"
        if len(member["shares"]) == 1:
            what = "that contact does not count"
        return f"falls out if {what} ({alone})"
    if member["reason"] == "judgement":
        return f"falls out if the judgement is taken back ({alone})"
    if member["reason"] == "template":
        return f"falls out if the template is common property ({alone})"
    if not style or member["reason"] != "style":
        return ""
    told = f"its mean with {style['texts']} other texts is {style['mean_log10_lr']:+.2f}"
    if style["least_mean_log10_lr"] is None:
        return f"{told}; by itself it would not join them"
    told += f", and below {style['least_mean_log10_lr']:+.2f} it falls out"
    if style["mean_without_best_log10_lr"] is None:
        return f"{told}; it hangs on that one text"
    verb = "stays" if style["holds_without_best"] else "falls out"
    return f"{told}; without its most similar text it {verb}"


def _because(member: Facts) -> str:
    reason = member["reason"]
    shares = ", ".join(
        f"{_shown(one['value'])} ({one['kind']}, {_members(one['members'])})"
        for one in member["shares"]
    )
    if reason == "identifier":
        return f"shares {shares}" if shares else "shares contacts with other members"
    if reason == "template":
        return f"same template as {_members(member['template_mates'])}"
    if reason == "judgement":
        return "a person judged it to be this author's"
    if reason == "style":
        return f"style: {support(member['log10_lr'])}, for its cluster as a whole"
    return "alone: nothing joins it to another ad"


def author_words(facts: Facts) -> str:
    """The summary of a cluster."""
    count = len(facts["members"])
    lines = [f"{facts['author_id']}: {count} ad{'' if count == 1 else 's'}, "
             f"{facts['texts']} different texts."]  # fmt: skip
    if facts["mean_log10_lr"] is not None:
        lines.append(
            f"Style over {facts['pairs_scored']:,} pairs of its texts, on average: "
            f"{support(facts['mean_log10_lr'])}."
        )
    lines.append(author_hour_words(facts["posting_hours"]))
    return " ".join(lines)


def _summary(facts: Facts) -> str:
    together = "are put together" if facts["put_together"] else "are not put together"
    what = "the shared template" if facts["same_template"] else "style alone"
    return (
        f"From {what}: {support(facts['log10_lr'])} for one author against two. "
        f"Probability {facts['same_author_probability']:.2%}, where "
        f"{facts['prior_probability']:.3%} of all pairs here have one author. The two ads "
        f"{together} in the last run. (Scale: {SCALE_SOURCE}.)"
    )


def _for(facts: Facts) -> list[str]:
    return [*_whole_style(facts, facts["log10_lr"] > 0), *_in_common(facts)]


def feature_words(facts: Facts) -> list[str]:
    """The features of two texts that speak: rare sequences, habits alike, habits apart."""
    return [*_in_common(facts), *_habits_apart(facts)]


def _in_common(facts: Facts) -> list[str]:
    total = facts["corpus_texts"]
    found = [
        f"Both write “{_shown(one['sequence'])}”: in {one['texts']:,} of {total:,} texts here."
        for one in facts["rare_words"]
    ]
    found += [
        f"Both set words and marks alike, “{_marks(one['sequence'])}”: in {one['texts']:,} of "
        f"{total:,} texts here."
        for one in facts["rare_marks"]
    ]
    found += [
        f"Both are unusually {'high' if one['side'] == 'more' else 'low'} in {one['words']}: as "
        f"{_share(one['share'])} of texts here are."
        for one in facts["habits"]["in_common"]
    ]
    return found


def _against(facts: Facts) -> list[str]:
    found = [*_whole_style(facts, facts["log10_lr"] < 0), *_habits_apart(facts)]
    a, b = facts["ads"]
    if a["language"] != b["language"]:
        found.append(f"They are in different languages ({a['language']}, {b['language']}).")
    if not facts["rare_words"] and not facts["rare_marks"] and facts["most_texts"] >= 2:
        found.append("They share no rare words or marks.")
    return found


def _habits_apart(facts: Facts) -> list[str]:
    return [
        f"Their habits differ in {one['words']}: percentile {100 * one['percentile_a']:.0f} "
        f"against {100 * one['percentile_b']:.0f} of the texts here."
        for one in facts["habits"]["apart"]
    ]


def _apart_from_style(facts: Facts) -> list[str]:
    shared = facts["identifiers"]["shared"]
    found = [
        f"Both give {_shown(one['value'])} ({one['kind']}), as do {one['ads']:,} ads in all"
        + ("; so many that it joins nobody." if one["crowded"] else ".")
        for one in shared
    ]
    alone = (facts["identifiers"]["only_a"], facts["identifiers"]["only_b"])
    if not shared and all(alone):
        found.append(f"Both give contacts ({alone[0]} and {alone[1]}), none of them in common.")
    elif not shared:
        found.append("They have no contact in common.")
    if facts["same_template"]:
        found.append(
            "They are near-copies of one text: what they share tells who had the text, not who "
            "wrote it, and is not counted as style."
        )
        found.append(_template(facts["template"]))
    return [*found, *pair_hour_words(facts["posting_hours"])]


def _template(template: Facts) -> str:
    learned = template["templates"]
    source = f"learned from {learned:,.0f} templates here" if learned else "not measured here"
    return (
        f"The template has {template['ads']:,} ads, on {template['band']}; two ads of such a one "
        f"are one author's in {template['probability']:.0%} "
        f"({100 * template['low']:.0f}–{100 * template['high']:.0f}; {source})."
    )


def _caution(facts: Facts) -> list[str]:
    a, b = (ad["characters"] for ad in facts["ads"])
    found = [f"Lengths: {a:,} and {b:,} characters."]
    if min(a, b) < 100:
        found.append("At least one text is short: style says little of it.")
    elif max(a, b) > _GREAT_DIFFERENCE * min(a, b):
        found.append("One text is much longer than the other: habits are compared with care.")
    if facts["most_texts"] < 2:
        found.append(
            f"With {facts['corpus_texts']:,} texts nobody can call anything rare; at least 200 "
            "are needed."
        )
    found.append("The likelihood ratio comes from all of the style, not from this list alone.")
    return found


def _whole_style(facts: Facts, wanted: bool) -> list[str]:
    if not wanted or facts["same_template"] or abs(facts["log10_lr"]) < _NO_SUPPORT:
        return []
    side = "more" if facts["log10_lr"] > 0 else "less"
    return [
        f"Style as a whole (sequences of letters and words, habits) is {side} alike than that of "
        "two authors usually is here."
    ]


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "fewer than 0.1%"


def _members(count: int) -> str:
    return f"{count} other member{'' if count == 1 else 's'}"


def _marks(run: str) -> str:
    # Spaces are seen only where there are several, or where they stand at an edge.
    seen = _SPACES.sub(lambda spaces: "␣" * len(spaces.group()), run)
    return _shown(seen.replace("\n", "⏎"))


def _shown(text: str) -> str:
    shown = visible(text).replace("\n", " ")
    return shown if len(shown) <= _MOST_SEQUENCE else shown[:_MOST_SEQUENCE] + "…"
