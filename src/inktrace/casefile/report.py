"""The report of a case package, made from gathered facts alone: one document, two forms."""

from __future__ import annotations

from inktrace.casefile import words
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.redaction.words import redaction_mark
from inktrace.casefile.report_pages.authorship import authorship
from inktrace.casefile.report_pages.html import html_page
from inktrace.casefile.report_pages.identities import identities
from inktrace.casefile.report_pages.indicators import indicators
from inktrace.casefile.report_pages.method import method, source_rows
from inktrace.casefile.report_pages.model import Document
from inktrace.casefile.report_pages.payments import payments
from inktrace.casefile.report_pages.pdf import pdf_bytes
from inktrace.casefile.report_pages.reviewers import judgements, review_mark
from inktrace.casefile.report_pages.summary import summary
from inktrace.casefile.report_pages.wallets import wallets
from inktrace.params import Params


def report_html(facts: CaseFacts, params: Params, software_version: str) -> str:
    """The report as one HTML page: no scripts, no links to outside, no time of its making."""
    return html_page(report_document(facts, params, software_version))


def report_pdf(facts: CaseFacts, params: Params, software_version: str) -> bytes:
    """The report as PDF/UA-1, saying the same; the same bytes for the same facts.

    Raises StageError where the typesetter refuses it.
    """
    return pdf_bytes(report_document(facts, params, software_version))


def report_document(facts: CaseFacts, params: Params, software_version: str) -> Document:
    """What both forms of the report say. Texts name sections by number: keep the order."""
    lead = facts.lead
    span = f"{words.moment(lead['first_posted_us'])} to {words.moment(lead['last_posted_us'])}"
    return Document(
        title=f"Lead {lead['lead_id']}",
        mark=review_mark(facts),
        reviewed=facts.reviewed,
        under_title=(
            f"Rank {lead['rank']} in its workspace · {lead['ads']:,} ads · {span} · Inktrace "
            f"{software_version} · {redaction_mark(facts.redaction)}"
        ),
        sections=(
            summary(facts),
            authorship(facts),
            payments(facts),
            wallets(facts),
            indicators(facts),
            identities(facts),
            method(facts, params),
            judgements(facts),
            source_rows(facts),
        ),
    )
