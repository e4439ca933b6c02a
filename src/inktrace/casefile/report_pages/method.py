"""Method, validation, versions, parameters, limits, glossary; and the rows everything rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inktrace.casefile import words
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.redaction.words import redaction_words
from inktrace.casefile.report_pages.error_rates import metrics, reading_blocks, run_notes
from inktrace.casefile.report_pages.model import (
    Block,
    Bullets,
    Column,
    Definitions,
    Heading,
    Paragraph,
    Section,
    Words,
    code,
    table,
)
from inktrace.params import SECTION_FIELDS, Params

_MOST_ROWS = 500

_LIMITS = (
    "The grouping by author is an estimate; an ad may stand in the wrong group, and one author may "
    "stand in several.",
    "The error rate of an attribution (q) takes the groups as given; it measures chance matches of "
    "payments, not mistakes of grouping.",
    "An error rate measured here holds for ads and payments like those of this workspace.",
    "Co-spending can join addresses of strangers where a custodian or a privacy tool spends for "
    "them.",
    "First-seen times come from the observers named in the exhibits; a clock that is off shifts "
    "them.",
    "Not every payment is seen: prepaid credit, Lightning, other coins and cash leave no trace "
    "here.",
    "A payment may be made for somebody else. Nothing here says who held the keys.",
    "Nothing here names a person. What anyone did or meant is for people to find out.",
    "In report.pdf, letters that its fonts lack are written as code points (‹U+4F60›), "
    "and emoji are drawn in one colour and need not look as they did on the site; report.html "
    "leaves both to the browser.",
)


def method(facts: CaseFacts, params: Params) -> Section:
    """The section on method; it ends with the glossary."""
    blocks: tuple[Block, ...] = (
        Paragraph(
            "Texts are masked, compared by style against a cohort of other authors, and joined so "
            "that the expected share of falsely joined pairs stays below a target. Payments are "
            "weighed by the sites' learned delays and amounts against the background of real "
            "outputs. Pairs of an author and a wallet are held against decoys: the same ads moved "
            "in time. Wallets are addresses spent together, CoinJoins left out."
        ),
        Paragraph(
            "Each stage is named by a digest of its inputs, parameters and version; the same files "
            "in the same order give the same digests and the same rows."
        ),
        Heading("Validation figures of this workspace"),
        *reading_blocks(facts),
        _validation(facts),
        Heading("Versions"),
        _runs(facts),
        Heading("Limits"),
        Bullets((*_LIMITS, *redaction_words(facts.redaction))),
        Heading("Glossary"),
        Definitions(words.GLOSSARY),
        Heading("Parameters"),
        _parameters(params),
    )
    return Section("method", "Method, limits, glossary", blocks)


def source_rows(facts: CaseFacts) -> Section:
    """The files and the ads, so that each can be found again."""
    files: list[tuple[Words, ...]] = [
        (
            f"{row['file_id']}",
            row["source"],
            row["path"],
            code(row["sha256"]),
            f"{row['bytes']:,}",
            f"{row['rows_in_this_package']:,}",
        )
        for row in facts.source_files.to_pylist()[:_MOST_ROWS]
    ]
    ads = facts.ads.to_pylist()
    of_ads: list[tuple[Words, ...]] = [
        (
            ad["ad_id"],
            ad["site"] + (f", {ad['city']}" if ad["city"] else ""),
            words.moment(ad["posted_us"]),
            f"{ad['author_id']} ({ad['reason']}, {ad['author_log10_lr']:.2f})",
            f"{ad['file_id']}:{ad['row']}",
            code(ad["text_sha256"]),
        )
        for ad in ads[:_MOST_ROWS]
    ]
    more = len(ads) - _MOST_ROWS
    left_out = f" {more} more are in exhibits/ads.csv." if more > 0 else ""
    blocks: tuple[Block, ...] = (
        table(
            "Files that gave a row of this package, or the prices that valued its amounts (at most "
            f"{_MOST_ROWS}; all are in exhibits/source_files.csv).",
            (
                Column("file", "number"),
                Column("kind"),
                Column("path as given"),
                Column("SHA-256", "code", 1.6),
                Column("bytes", "number"),
                Column("rows here", "number"),
            ),
            files,
        ),
        table(
            f"The ads, with file and row, and the SHA-256 of the original text.{left_out}",
            (
                Column("ad", share=0.7),
                Column("site, place"),
                Column("posted", "time"),
                Column("group (why, log10 LR)"),
                Column("file:row", "label"),
                Column("text digest", "code", 1.4),
            ),
            of_ads,
        ),
        Paragraph(
            "In the CSV exhibits, text that a spreadsheet would run as a formula begins with an "
            "apostrophe.",
            small=True,
        ),
    )
    return Section("rows", "Source rows", blocks)


def _validation(facts: CaseFacts) -> Block:
    figures = [("style", *one) for one in _flat(metrics(facts), "")]
    for stage in ("attribution", "wallets", "change", "identities", "rings"):
        figures += [(stage, *one) for one in _flat(run_notes(facts, stage), "")]
    columns = (Column("stage", "label"), Column("figure", share=2), Column("value", "number"))
    return table("Measured in this workspace.", columns, figures, "Nothing was measured.")


def _flat(found: Any, above: str) -> list[tuple[str, str]]:
    """Figures as (name, figure); lists (curves, rounds) belong to the exhibits."""
    if isinstance(found, Mapping):
        return [
            item
            for name, value in sorted(found.items())
            for item in _flat(value, f"{above} {str(name).replace('_', ' ')}".strip())
        ]
    if isinstance(found, list) or found is None:
        return []
    return [(above, f"{found:.4g}" if isinstance(found, float) else str(found))]


def _runs(facts: CaseFacts) -> Block:
    rows: list[tuple[Words, ...]] = [
        (
            row["stage"],
            code(row["run_id"]),
            f"{row['stage_version']}",
            code(row["rows"]),
            row["software_version"],
        )
        for row in facts.runs.to_pylist()
    ]
    columns = (
        Column("stage", "label"),
        Column("run", "code", 0.7),
        Column("version", "number"),
        Column("rows", "code", 1.6),
        Column("software", "label"),
    )
    return table("Runs that made these results.", columns, rows)


def _parameters(params: Params) -> Block:
    rows: list[tuple[Words, ...]] = [
        (
            code(f"{section}.{name}"),
            f"{getattr(getattr(params, section), name)}",
            field.metadata["help"],
            field.metadata["source"],
        )
        for section, fields in SECTION_FIELDS.items()
        for name, field in fields.items()
    ]
    columns = (
        Column("name", "code", 1.1),
        Column("value", share=0.6),
        Column("meaning", share=1.4),
        Column("source", share=1.2),
    )
    return table("Every parameter and its value in this run.", columns, rows)
