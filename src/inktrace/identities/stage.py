"""Stage `identities`, as the pipeline knows it."""

from __future__ import annotations

from typing import Final

from inktrace.engine import Relations
from inktrace.params import IdentitiesParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult


# The numerical libraries take a while to import: only when the stage runs.
def _identities(relations: Relations, params: IdentitiesParams, progress: Progress) -> StageResult:
    from inktrace.identities.linkage import linked_identities

    return linked_identities(relations, params, progress)


STAGE: Final = Stage(
    name="identities",
    version=3,
    reads=(
        "ads", "texts", "identifiers", "authors", "author_pairs", "judgements", "attributions",
        "attribution_links", "image_hashes", "shared_images",
    ),
    writes=("identities", "identity_links", "identity_hubs"),
    section="identities",
    function=_identities,
    meaning="joins parts of authors into identities, and names the hubs that must not",
)  # fmt: skip
