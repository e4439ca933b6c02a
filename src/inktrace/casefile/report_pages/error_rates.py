"""The error rate at this case's prevalence: how often answers like this lead's are wrong here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from inktrace.casefile.gather import METHOD, CaseFacts
from inktrace.casefile.prevalence import OTHER_PRIORS, measured_log10_lr, posterior, share_right
from inktrace.casefile.report_pages.model import Block, Column, Paragraph, Table, table
from inktrace.casefile.words import counted, percent, ratio, support

_MOST_WALLETS = 3
_UNEVEN = 0.05  # p-value below which decoy rounds are told to differ
# The published rules that run beside ours, by the names that a reader finds them under.
RULES = {"kdd2017": "Portnoff et al. 2017", "chen2021": "Chen et al. 2021"}


@dataclass(frozen=True)
class Answer:
    """One answer of the lead: its computed log10 LR, the prior here, and its error rate here.

    `lr` is what a prior is multiplied with: measured where there is a measurement, else computed.
    """

    name: str
    computed: float
    prior: float | None
    error: float | None
    lr: float
    is_measured: bool
    is_style: bool = False


def answers(facts: CaseFacts) -> list[Answer]:
    """The attributions of the lead, surest first, then the style of its ads."""
    found = attribution_answers(facts)
    style = _of_style(facts)
    return [*found, style] if style else found


def attribution_answers(facts: CaseFacts) -> list[Answer]:
    """One answer for each of `own_attributions`."""
    notes = run_notes(facts, "attribution")
    return [_of_attribution(row, notes) for row in own_attributions(facts)]


def support_words(answer: Answer) -> str:
    """Words of support for the LR as measured; for the computed one where none was measured."""
    said = support(answer.lr)
    return said if answer.is_measured else f"{said}; as computed, not measured"


def shown_answers(facts: CaseFacts) -> list[Answer]:
    """The few that the first page has room for: the surest wallets, and style."""
    found = answers(facts)
    style = [one for one in found if one.is_style]
    return [*[one for one in found if not one.is_style][:_MOST_WALLETS], *style]


def own_attributions(facts: CaseFacts) -> list[dict[str, Any]]:
    """Our attributions, strongest first."""
    rows = [row for row in facts.attributions.to_pylist() if row["method"] == METHOD]
    rows.sort(key=lambda row: (row["q_value"] is None, row["q_value"], -row["log10_lr"]))
    return rows


def run_notes(facts: CaseFacts, stage: str) -> dict[str, Any]:
    """What a stage's run noted; nothing where it did not run."""
    notes = {row["stage"]: row["notes"] for row in facts.runs.to_pylist()}
    found = json.loads(notes.get(stage) or "{}")
    return dict(found) if isinstance(found, Mapping) else {}


def metrics(facts: CaseFacts) -> dict[str, Any]:
    """The measured figures of the style comparison."""
    return model_document(facts, "metrics")


def model_document(facts: CaseFacts, name: str) -> dict[str, Any]:
    """One document of the author model; empty where it is not there."""
    models = facts.models.to_pylist()
    text = next((row["json"] for row in models if row["name"] == name), "{}")
    found = json.loads(text)
    return dict(found) if isinstance(found, Mapping) else {}


def prevalence_table(facts: CaseFacts) -> Table:
    """How often such answers are wrong at this workspace's prevalence."""
    rows = [_prevalence_row(one) for one in shown_answers(facts)]
    columns = (
        Column("answer", share=1.6),
        Column("prior: right among those compared", "number"),
        Column("computed LR", "number"),
        Column("measured LR", "number"),
        Column("wrong after it", "number"),
    )
    caption = "The error rate at this case's prevalence: how often such an answer is wrong here."
    return table(caption, columns, rows, "Nothing was measured in this workspace.")


def prior_table(facts: CaseFacts) -> Table:
    """The same answers for readers who hold another prior: how probable each is to be wrong."""
    shown = shown_answers(facts)
    columns = [Column("answer", share=1.6)]
    columns += [Column(f"if {percent(prior)} are right", "number") for prior in OTHER_PRIORS]
    rows = [
        (one.name, *(percent(1.0 - posterior(one.lr, prior)) for prior in OTHER_PRIORS))
        for one in shown
    ]
    caption = (
        "How probable it is that the answer is wrong, for a reader who holds that another share "
        "of such answers is right before any evidence."
    )
    return table(caption, columns, rows, "Nothing was measured in this workspace.")


def reading_blocks(facts: CaseFacts) -> list[Block]:
    """How the two tables come about, in words."""
    said = []
    private = run_notes(facts, "attribution").get("private", {})
    if private.get("pairs"):
        said.append(
            f"Wallets: {private['pairs']:,} pairs of an author and a private wallet were compared; "
            f"ads moved in time, which can have no true payment, gave "
            f"{private['decoy_pairs_per_round']:,.0f} a round. The rest, about "
            f"{percent(share_right(private) or 0.0)}, is the share that is right before a pair's "
            "own evidence is seen. The measured LR takes that share to the measured error; it is "
            "far below the computed LR because it also holds what the model does not know."
        )
        uneven = [
            counts["same_rate_p_value"]
            for counts in private.get("decoys", {}).values()
            if counts.get("same_rate_p_value", 1.0) < _UNEVEN
        ]
        if uneven:
            said.append(
                "The rounds of decoys differ from one another more than one rate of chance matches "
                f"explains (p = {min(uneven):.2g}): the rates of error measured with them are less "
                "certain than they look."
            )
    sure = [one for one in answers(facts) if one.is_measured and one.error is not None]
    if sure:
        expected = sum(one.error or 0.0 for one in sure)
        said.append(
            f"Of the {counted(len(sure), 'wallet')} named for this lead, about {expected:.2g} "
            "would be expected to be false."
        )
    figures = metrics(facts)
    if figures.get("pairs_joined_by_style"):
        false = figures["expected_false_pairs"] / figures["pairs_joined_by_style"]
        said.append(
            f"Style: of all pairs of ads that style joins in this workspace, about "
            f"{percent(false)} are expected to be of two authors (the target was "
            f"{percent(figures['false_merge_target'])})."
        )
    return [Paragraph(" ".join(said), small=True)] if said else []


def _prevalence_row(one: Answer) -> tuple[str, ...]:
    return (
        one.name,
        "not measured" if one.prior is None else percent(one.prior),
        ratio(one.computed),
        ratio(one.lr) if one.is_measured else "not measured",
        "not measured" if one.error is None else percent(one.error),
    )


def _of_attribution(row: Mapping[str, Any], notes: Mapping[str, Any]) -> Answer:
    prior = share_right(notes.get("service" if row["is_service"] else "private", {}))
    error = row["error_probability"]
    measured = prior is not None and error is not None
    lr = measured_log10_lr(error, prior) if prior is not None and error is not None else None
    name = f"Wallet {row['wallet_id']} paid for ads of {row['author_id']}"
    computed = float(row["log10_lr"])
    return Answer(name, computed, prior, error, computed if lr is None else lr, measured)


def _of_style(facts: CaseFacts) -> Answer | None:
    scores = [row["log10_lr"] for row in facts.pairs.to_pylist() if not row["same_template"]]
    if not scores:
        return None
    prior = metrics(facts).get("prior_probability")
    middle = float(median(scores))
    error = None if prior is None else 1.0 - posterior(middle, float(prior))
    name = "One author wrote two of these ads, by style alone (the middle one of the pairs)"
    return Answer(name, middle, prior, error, middle, is_measured=False, is_style=True)
