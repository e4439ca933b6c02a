"""The lead's wallets as a GraphSense TagPack: low confidence, not public, and called a lead.

A TagPack tells others what an address is, and whoever loads it may believe it. So the label says
"lead", no abuse is alleged, the category is "unknown", the confidence is the least that is not
"unknown", the pack is not public, and no address speaks for its whole cluster.

References
----------
TagPack schema and confidence levels: github.com/graphsense/graphsense-lib (tagpack).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import yaml

from inktrace.casefile.handoff.content import NOT_PROOF, Content
from inktrace.units import MICROSECONDS_PER_SECOND

CONFIDENCE: Final = "heuristic"
# The writer of libyaml where it is there: the same text, ten times as fast.
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def tagpack_text(content: Content) -> str:
    """A TagPack of every address of the lead's own wallets; services are not in it."""
    head = {
        "title": f"Inktrace lead {content.lead_id}: addresses to look at",
        "creator": f"Inktrace {content.software_version}",
        "description": NOT_PROOF,
        "is_public": False,
        "label": f"lead {content.lead_id}, not proof",
        "source": f"Inktrace case package of lead {content.lead_id}",
        "currency": "BTC",
        "network": "BTC",
        "category": "unknown",
        "confidence": CONFIDENCE,
        "is_cluster_definer": False,
        "lastmod": datetime.fromtimestamp(content.stamp_us // MICROSECONDS_PER_SECOND, UTC).date(),
    }
    tags = [
        {
            "address": row["address"],
            "label": f"lead {content.lead_id}, not proof: wallet {row['wallet_id']}",
        }
        for row in content.addresses
    ]
    return _yaml(head) + _yaml({"tags": tags})


def _yaml(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_DUMPER, allow_unicode=False, sort_keys=False, width=2**16)
    return text
