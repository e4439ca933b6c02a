"""Stage `referral-texts`: identifiers and near-equal texts of reports, read as those of ads are."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from inktrace.authors.contacts import emails, links
from inktrace.authors.found import bounded
from inktrace.authors.masking import masked, read_text
from inktrace.authors.phones import phone_field
from inktrace.authors.repair import folded
from inktrace.authors.templates import text_groups
from inktrace.authors.text_stage import regions_of
from inktrace.engine import Relations
from inktrace.params import TextsParams
from inktrace.progress import Progress
from inktrace.schema import SHOWN_ONLY, TABLES
from inktrace.stage import StageResult

_COLUMNS: Final = ("referral_id", "text", "country", "reporter")
_DIGITS: Final = str.maketrans("", "", " \t-.()/+")


def read_referrals(relations: Relations, params: TextsParams, progress: Progress) -> StageResult:
    """What each report's text and fields identify, and which texts are near-equal.

    The address that a report was sent from is not taken for one that it reports.
    """
    reports = relations.arrow("referrals", _COLUMNS).to_pydict()
    ids, total = reports["referral_id"], len(reports["referral_id"])
    regions = {
        one: regions_of(country, params)
        for one, country in zip(ids, reports["country"], strict=True)
    }
    sender = dict(zip(ids, reports["reporter"], strict=True))
    rows: dict[tuple[str, str, str], str] = {}
    masks = []
    for place, (one, text) in enumerate(zip(ids, reports["text"], strict=True)):
        if place % 1000 == 0:
            progress("referral texts", place, total)
        read = read_text(text or "", regions[one], params.phone_checks)
        for kind, value in sorted(read.listed()):
            if kind not in SHOWN_ONLY:
                rows[one, kind, value] = "text"
        # Without the digits that no plan knows, letters on different numbers would be alike.
        for item in read.found:
            if item.kind == "number":
                rows.setdefault((one, "number", bounded(item.value)), "text")
        masks.append(masked(read, frozenset(), ()))
    for one, kind, value in _given(relations):
        if one in regions:
            rows.setdefault((one, *_normal(kind, value, regions[one])), kind)
    kept = sorted(key for key in rows if key[2] != (sender[key[0]] or "").lower())
    columns = list(zip(*kept, strict=True)) or [(), (), ()]
    identifiers = pa.table(
        [*map(list, columns), [rows[key] for key in kept]],
        schema=TABLES["referral_identifiers"].written_schema(),
    )
    texts = pa.table(
        [ids, text_groups(ids, masks, params), [len(text.split()) for text in masks]],
        schema=TABLES["referral_texts"].written_schema(),
    )
    notes = {"referrals": total, "identifiers": len(kept)}
    return StageResult({"referral_texts": texts, "referral_identifiers": identifiers}, notes)


def _given(relations: Relations) -> list[tuple[str, str, str]]:
    items = relations.arrow("referral_items", ("referral_id", "kind", "value")).to_pydict()
    return sorted(zip(*items.values(), strict=True))


def _normal(kind: str, value: str, regions: tuple[str, ...]) -> tuple[str, str]:
    """(kind, value) of an identifier that a field gives, as a text's would be."""
    if kind == "phone":
        number = phone_field(value, regions)
        digits = value.translate(_DIGITS)
        return ("phone", number) if number else ("number", bounded(digits or value))
    if kind == "email" or (kind == "screen_name" and "@" in value[1:]):
        found = emails(folded(value)[0])
        # An address that is none may be a name on a service that looks like one (name@host).
        return ("email", bounded(found[0].value if found else value.lower()))
    if kind == "screen_name":
        return "handle", bounded(value.lstrip("@").lower())
    if kind == "url":
        pages = [one for one in links(value) if one.kind in ("url", "handle", "payment_handle")]
        return (
            (pages[0].kind, bounded(pages[0].value)) if pages else ("url", bounded(value.lower()))
        )
    return kind, value
