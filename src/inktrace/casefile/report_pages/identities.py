"""Identities: what ties the lead's ads to one identity besides style, and the hubs."""

from __future__ import annotations

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Heading,
    Paragraph,
    Section,
    Words,
    table,
)

_MOST_LINKS = 80  # and hubs; more are exhibits
_KINDS = ("prior", "identifiers", "images", "style", "template", "wallet", "place", "total")


def identities(facts: CaseFacts) -> Section:
    """The section on identities."""
    blocks: tuple[Block, ...] = (
        Paragraph(
            "A lead is the ads of one identity. It is put together from parts of authors by "
            "everything that may tell whose an ad is: contacts, pictures, places, private wallets, "
            "and style or template. Each join is weighed in log10 odds; the weights add up to the "
            "total. An author whose ads fall to several identities stands in several leads."
        ),
        _identities(facts),
        _links(facts),
        Heading("Hubs: values that so many use that they tie nobody"),
        _hubs(facts),
    )
    return Section("identities", "Identities", blocks)


def _identities(facts: CaseFacts) -> Block:
    found: dict[str, list[dict[str, str]]] = {}
    for row in facts.identity.ads.to_pylist():
        found.setdefault(row["identity_id"], []).append(row)
    rows: list[tuple[Words, ...]] = [
        (
            identity,
            f"{len(mine):,}",
            f"{len({row['part_id'] for row in mine}):,}",
            ", ".join(sorted({row["author_id"] for row in mine})),
        )
        for identity, mine in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    columns = (
        Column("identity", "label"),
        Column("ads of this lead", "number"),
        Column("parts", "number"),
        Column("authors"),
    )
    return table("Identities behind the ads of this lead.", columns, rows, "None were made.")


def _links(facts: CaseFacts) -> Block:
    links = facts.identity.links.to_pylist()
    rows: list[tuple[Words, ...]] = [
        (
            f"{row['part_id_a']}, {row['part_id_b']}",
            f"{row['ads_a']}+{row['ads_b']}",
            *(f"{round(row[kind], 1) + 0.0:+.1f}" for kind in _KINDS),
            "joined" if row["merged"] else f"apart ({row['reason']})",
        )
        for row in links[:_MOST_LINKS]
    ]
    columns = (
        Column("parts"),
        Column("ads", "label"),
        *(Column(kind, "number") for kind in _KINDS),
        Column("outcome"),
    )
    caption = "What ties the parts: log10 weights of each kind of evidence."
    if len(links) > _MOST_LINKS:
        more = len(links) - _MOST_LINKS
        caption += f" {more} more are in exhibits/identity_links.csv."
    return table(caption, columns, rows, "No parts of this lead were weighed against each other.")


def _hubs(facts: CaseFacts) -> Block:
    rows: list[tuple[Words, ...]] = [
        (
            row["kind"],
            row["value"] or "(a contact; not shown)",
            f"{row['ads_of_lead']:,}",
            f"{row['ads']:,}",
            f"{row['authors']:,}",
            row["reason"],
        )
        for row in facts.identity.hubs.to_pylist()[:_MOST_LINKS]
    ]
    columns = (
        Column("kind", "label"),
        Column("value", "code"),
        Column("ads of this lead", "number"),
        Column("ads in all", "number"),
        Column("authors", "number"),
        Column("why it is a hub"),
    )
    return table("Hubs that ads of this lead carry.", columns, rows, "They carry none.")
