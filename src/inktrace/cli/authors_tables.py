"""How `inktrace authors` prints: tables and sentences for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from inktrace.cli.options import wide_console

_MOST_MEMBERS = 50
_FEW = 5  # a rate that rests on fewer false pairs is marked


def print_evaluation(document: Mapping[str, Any]) -> None:
    """Draw the figures of an evaluation."""
    console = wide_console()
    corpus = document["corpus"]
    console.print(
        f"Labels: {document['labels']}, {corpus['labelled_text_groups']:,} texts of "
        f"{corpus['authors']:,} authors. {document['held_out']}",
        highlight=False,
    )
    _print_rates(console, document)
    _print_reliability(console, document["reliability"])
    _print_values(console, document["predictive_values"])
    template = document["same_template"]
    console.print(
        f"Same template, told apart: {template['text_groups']:,} templates; ads of one have one "
        f"author in {_share(template['same_author_share'])}, stated "
        f"{_share(template['stated_probability'])}.",
        highlight=False,
    )
    for band in template["bands"]:
        if band["text_groups"]:
            console.print(
                f"  on {band['band']}: {band['text_groups']:,} templates, one author in "
                f"{_share(band['same_author_share'])}, stated "
                f"{_share(band['stated_probability'])} (believed {band['believed']:.1%}, "
                f"{100 * band['believed_low']:.1f}–{100 * band['believed_high']:.1f}, learned from "
                f"{band['learned_from']:,.0f}).",
                highlight=False,
            )
    _print_hours(console, document["posting_hours"])
    for name, words in (("ads", "Clusters, all ads"), ("texts_once", "Clusters, each text once"),
                        ("joined_by_style", "Joined by style, not by contacts")):  # fmt: skip
        _print_merges(console, words, document["clusters"][name])


def _print_rates(console: Any, document: Mapping[str, Any]) -> None:
    columns = ("pairs", "same", "different", "AUC", "TPR at 1%", "at 0.1%", "at 0.01%", "Cllr",
               "Cllr-min")  # fmt: skip
    table = Table(*columns, title="Error rates, 95% intervals over authors", title_justify="left")
    rows = {"all": document["headline"], **document["by_kind"]}
    rows |= {f"language: {name}": row for name, row in document["by_language"].items()}
    rows |= {f"{name} characters": row for name, row in document["by_length"].items()}
    for name, row in rows.items():
        if row is None:
            table.add_row(Text(name), *["–"] * (len(columns) - 1))
            continue
        rates = row["tpr_at_fpr"]
        table.add_row(
            Text(name),
            f"{row['same_pairs']:,}",
            f"{row['different_pairs']:,}",
            f"{row['auc']['value']:.3f}",
            *(_rate(rates[rate]) for rate in ("0.01", "0.001", "0.0001")),
            _interval(row["cllr"]),
            f"{row['cllr_min']:.3f}",
        )
    checked = document["cross_validated"]
    if checked:
        table.add_row(
            "cross-validated",
            "",
            "",
            f"{checked['auc']:.3f}",
            *(f"{checked['tpr_at_fpr'][rate]:.1%}" for rate in ("0.01", "0.001", "0.0001")),
            f"{checked['cllr']:.3f}",
            f"{checked['cllr_min']:.3f}",
        )
    console.print(table)
    console.print(
        f"* rests on fewer than {_FEW} false pairs. cross-validated: measured when the model was "
        "fitted, on contacts of authors that the fit never saw.",
        highlight=False,
    )


def _print_hours(console: Any, found: Mapping[str, Any]) -> None:
    """Posting hours: evidence of its own, in none of the other figures."""
    title = "Posting hours alone, early against late sittings of each author; in no other score"
    if found["rates"] is None:
        console.print(
            f"Posting hours: {found['authors']} authors have two sittings in each half, too few to "
            "tell error rates of.",
            highlight=False,
        )
        return
    columns = ("sittings in the smaller half", "authors", "AUC", "TPR at 1%", "Cllr", "Cllr-min")
    table = Table(*columns, title=title, title_justify="left")
    for name, row in (("all", found["rates"]), *found["by_sittings"].items()):
        if row is None:
            table.add_row(name, *["–"] * (len(columns) - 1))
            continue
        table.add_row(
            name,
            f"{row['authors']:,}",
            _interval(row["auc"]),
            _rate(row["tpr_at_fpr"]["0.01"]),
            _interval(row["cllr"]),
            f"{row['cllr_min']:.3f}",
        )
    console.print(table)


def _print_reliability(console: Any, found: Mapping[str, Any]) -> None:
    title = f"Stated and observed, where {found['prevalence']:.3%} of pairs have one author"
    table = Table("stated", "observed", "pairs", "", title=title, title_justify="left")
    for row in found["bins"]:
        table.add_row(
            f"{row['stated']:.2%}",
            _percent_interval(row["observed"]),
            f"{row['pairs']:,}",
            "more than 3 points off" if row["flagged"] else "",
        )
    console.print(table)


def _print_values(console: Any, found: Mapping[str, Any]) -> None:
    title = f"Predictive value, where {found['prevalence']:.3%} of pairs have one author"
    table = Table("threshold", "of true pairs", "of false pairs", "right of those named",
                  title=title, title_justify="left")  # fmt: skip
    for row in found["thresholds"]:
        table.add_row(
            f"{row['on'].replace('log10_lr', 'log10 LR')} ≥ {row['at_least']:g}",
            f"{row['true_positive_rate']:.1%}",
            f"{row['false_positive_rate']:.4%}",
            _share(row["predictive_value"]),
        )
    console.print(table)


def _print_merges(console: Any, words: str, found: Mapping[str, Any] | None) -> None:
    if found is None:
        return
    rate = found["false_merge_rate"]
    if rate is None:
        console.print(f"{words}: no pairs were put together.", highlight=False)
        return
    recall = found["recall"]
    console.print(
        f"{words}: {found['pairs_together']:,} pairs put together, precision "
        f"{_percent_interval(found['precision'])}, recall "
        f"{'–' if recall is None else _percent_interval(recall)}; false merges "
        f"{_percent_interval(rate)}, target {rate['target']:.0%}"
        f"{' EXCEEDED' if rate['exceeds_target'] else ''}.",
        highlight=False,
    )


def print_pair(facts: Mapping[str, Any]) -> None:
    """Print what speaks for and against one author of two ads."""
    from inktrace.casefile.author_words import pair_words

    said = pair_words(facts)
    print(_plain(said["summary"]))
    for heading, name in (
        ("Speaks for one author", "speaks_for"),
        ("Speaks against", "speaks_against"),
        ("Apart from style", "apart_from_style"),
        ("To keep in mind", "caution"),
    ):
        print(f"\n{heading}:")
        for line in said[name] or ["nothing found"]:
            print(f"  - {_plain(line)}")


def print_author(facts: Mapping[str, Any]) -> None:
    """Print why each ad is in a cluster, and its strongest and weakest pairs."""
    from inktrace.casefile.author_words import author_words, member_words
    from inktrace.casefile.hour_words import member_hour_words
    from inktrace.casefile.words import support

    console = wide_console()
    print(_plain(author_words(facts)))
    columns = ("ad", "reason", "log10 LR", "in words", "hours, apart (log10 LR)")
    table = Table(*columns, title="Members", title_justify="left")
    for one in facts["members"][:_MOST_MEMBERS]:
        table.add_row(
            Text(_plain(one["ad_id"])),
            one["reason"],
            f"{one['log10_lr']:.2f}",
            Text(_plain(member_words(one))),
            member_hour_words(one["posting_hours"]),
        )
    console.print(table)
    if len(facts["members"]) > _MOST_MEMBERS:
        print(f"{len(facts['members']) - _MOST_MEMBERS:,} more members: see --json or --html.")
    for title, name in (("Strongest pairs", "strongest"), ("Weakest pairs", "weakest")):
        pairs = Table("ads", "style", "probability", title=title, title_justify="left")
        for row in facts[name]:
            pairs.add_row(
                Text(_plain(f"{row['ad_id_a']}, {row['ad_id_b']}")),
                support(row["log10_lr"]),
                f"{row['same_author_probability']:.2%}",
            )
        if facts[name]:
            console.print(pairs)


def _plain(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _rate(figure: Mapping[str, Any]) -> str:
    return _percent_interval(figure) + ("*" if figure["false_pairs"] < _FEW else "")


def _percent_interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.1%} ({100 * figure['low']:.1f}–{100 * figure['high']:.1f})"


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
