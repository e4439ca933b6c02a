"""The stages of this room, as the pipeline knows them."""

from __future__ import annotations

from typing import Final

from inktrace.engine import Relations
from inktrace.params import AuthorsParams, TextsParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult


# The numerical libraries take seconds to import: only when a stage runs.
def _read_ads(relations: Relations, params: TextsParams, progress: Progress) -> StageResult:
    from inktrace.authors.text_stage import read_ads

    return read_ads(relations, params, progress)


def _find_authors(relations: Relations, params: AuthorsParams, progress: Progress) -> StageResult:
    from inktrace.authors.author_stage import find_authors

    return find_authors(relations, params, progress)


def _read_referrals(relations: Relations, params: TextsParams, progress: Progress) -> StageResult:
    from inktrace.authors.referral_texts import read_referrals

    return read_referrals(relations, params, progress)


TEXTS_STAGE: Final = Stage(
    name="texts",
    version=6,
    reads=("ads",),
    writes=("texts", "identifiers"),
    section="texts",
    function=_read_ads,
    meaning="repairs and masks each ad's text, and finds contact data and templates",
)
AUTHORS_STAGE: Final = Stage(
    name="authors",
    version=6,
    reads=("ads", "texts", "identifiers", "judgements"),
    writes=("author_pairs", "authors", "author_hours", "author_model"),
    section="authors",
    function=_find_authors,
    meaning="scores pairs of ads for one author and joins them into authors",
)
# Here and not with the referrals' own stage: what reads identifiers in ads must read those in
# reports, letter by letter alike, or they would not join.
REFERRAL_TEXTS_STAGE: Final = Stage(
    name="referral-texts",
    version=1,
    reads=("referrals", "referral_items"),
    writes=("referral_texts", "referral_identifiers"),
    section="texts",
    function=_read_referrals,
    meaning="finds contact data and near-equal texts in reports that came in",
)
