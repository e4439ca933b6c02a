"""Why an identity is one: each join as a sum of weights, with the values behind it."""

from __future__ import annotations

from typing import Any, Final

import ibis

from inktrace.engine import Relations
from inktrace.errors import UsageError
from inktrace.identities.evidence import KINDS
from inktrace.identities.uses import PLACE, ad_uses
from inktrace.params import IdentitiesParams

# Enough to look up; a cluster may share hundreds of values.
_MOST_VALUES: Final = 8


def explained_identity(relations: Relations, name: str, params: IdentitiesParams) -> dict[str, Any]:
    """Facts about the identity of that id (I-…), or of the ad of that id, as JSON values.

    `joins` in order of joining, each with the prior and the weight of every kind, which add up to
    `total`, and the values that both sides use; `refused`: pairs that something speaks for and
    that were not joined; `hubs`: values the identity uses that tie nobody.
    Raises UsageError where there is no such identity or ad.
    """
    members = relations["identities"]
    own = members.filter((members.identity_id == name) | (members.ad_id == name))
    found = relations.collect(own.select("identity_id").distinct().order_by("identity_id"))
    if not found.num_rows:
        raise UsageError(
            f"there is no identity or ad {name!r}", do="see `inktrace show identities`"
        )
    identity = found["identity_id"][0].as_py()
    mine = members.filter(members.identity_id == identity)
    ads = relations.collect(mine.drop("run_id").order_by("ad_id")).to_pylist()
    parts = sorted({row["part_id"] for row in ads})
    links = relations["identity_links"]
    either = links.part_id_a.isin(parts) | links.part_id_b.isin(parts)
    rows = relations.collect(links.filter(either).drop("run_id").order_by("step")).to_pylist()
    values = _values_of_parts(relations, mine, params)
    return {
        "identity_id": identity,
        "ads": [row["ad_id"] for row in ads],
        "authors": sorted({row["author_id"] for row in ads}),
        "parts": [
            {
                "part_id": part,
                "ads": sum(row["part_id"] == part for row in ads),
                "values": [f"{kind} {value}" for kind, value in values.get(part, [])],
            }
            for part in parts
        ],
        "joins": _joins([row for row in rows if row["merged"]], values),
        "refused": [row for row in rows if not row["merged"]],
        "hubs": _hubs(relations, mine, params),
        "threshold": params.least_log10_odds,
        "weights": list(KINDS),
    }


def _joins(rows: list[dict[str, Any]], values: dict[str, Any]) -> list[dict[str, Any]]:
    """The joins replayed, so that each tells what its two sides had in common at that step."""
    held: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        sides = [
            held.pop(part) if part in held else set(values.get(part, []))
            for part in (row["part_id_a"], row["part_id_b"])
        ]
        common = sorted(sides[0] & sides[1])
        row["in_common"] = [f"{kind} {value}" for kind, value in common[:_MOST_VALUES]]
        row["in_common_count"] = len(common)
        held[row["part_id_a"]] = sides[0] | sides[1]
    return rows


def _values_of_parts(
    relations: Relations, mine: Any, params: IdentitiesParams
) -> dict[str, list[tuple[str, str]]]:
    """Values of each part, places and hubs left out."""
    uses = ad_uses(relations, params.link_q_value)
    own = uses.filter(uses.kind != PLACE).anti_join(relations["identity_hubs"], ["kind", "value"])
    used = own.join(mine.select("ad_id", "part_id"), "ad_id")
    rows = relations.collect(
        used.select("part_id", "kind", "value").distinct().order_by("part_id", "kind", "value")
    ).to_pylist()
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["part_id"], []).append((row["kind"], row["value"]))
    return found


def _hubs(relations: Relations, mine: Any, params: IdentitiesParams) -> list[dict[str, Any]]:
    uses = ad_uses(relations, params.link_q_value)
    used = uses.join(mine.select("ad_id"), "ad_id").select("kind", "value").distinct()
    told = relations["identity_hubs"].drop("run_id").semi_join(used, ["kind", "value"])
    rows = relations.collect(told.order_by(ibis.desc("authors"), "kind", "value"))
    return list(rows.to_pylist())
