"""What ties a lead's ads to one identity besides style, and the hubs that tie nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from inktrace.engine import Relations

# Hubs whose value names nobody; of the others only the kind is told.
_OPEN_KINDS = ("image", "text", "wallet")


@dataclass(frozen=True)
class IdentityFacts:
    """`ads`: identity and part of each ad; `links`: joins (and refusals) between those parts;
    `hubs`: values that the ads carry and that so many others carry that they tie nobody."""

    ads: pa.Table
    links: pa.Table
    hubs: pa.Table


_TEXT, _COUNT, _NUMBER = pa.string(), pa.int64(), pa.float64()
_WEIGHTS = ("prior", "identifiers", "images", "style", "template", "wallet", "place", "total")
NO_IDENTITIES = IdentityFacts(
    pa.schema([(n, _TEXT) for n in ("ad_id", "author_id", "part_id", "identity_id")]).empty_table(),
    pa.schema(
        [("step", _COUNT), ("part_id_a", _TEXT), ("part_id_b", _TEXT), ("ads_a", _COUNT),
         ("ads_b", _COUNT), *((name, _NUMBER) for name in _WEIGHTS),
         ("merged", pa.bool_()), ("reason", _TEXT)]
    ).empty_table(),
    pa.schema(
        [("kind", _TEXT), ("value", _TEXT), ("authors", _COUNT), ("ads", _COUNT),
         ("strangers", _NUMBER), ("identities", _COUNT), ("reason", _TEXT),
         ("ads_of_lead", _COUNT)]
    ).empty_table(),
)  # fmt: skip


def gather_identities(relations: Relations, ad_ids: Sequence[str]) -> IdentityFacts:
    """The identities of some ads, the joins within them, and the hubs that they touch."""
    table = relations["identities"]
    ads = relations.collect(
        table.filter(table.ad_id.isin(ad_ids)).drop("run_id").order_by("identity_id", "ad_id")
    )
    parts = sorted(set(ads["part_id"].to_pylist()))
    joins = relations["identity_links"]
    inside = joins.filter(joins.part_id_a.isin(parts) & joins.part_id_b.isin(parts))
    links = relations.collect(inside.drop("run_id").order_by("step"))
    return IdentityFacts(ads, links, _hubs(relations, ad_ids))


def _hubs(relations: Relations, ad_ids: Sequence[str]) -> pa.Table:
    """Hubs among the values of these ads; a contact's value is left out."""
    hubs = relations.collect(relations["identity_hubs"].drop("run_id").order_by("kind", "value"))
    carried = _carried(relations, ad_ids)
    rows = [
        {
            **row,
            "value": row["value"] if row["kind"] in _OPEN_KINDS else None,
            "ads_of_lead": len(carried[row["kind"], row["value"]]),
        }
        for row in hubs.to_pylist()
        if (row["kind"], row["value"]) in carried
    ]
    return pa.Table.from_pylist(rows, schema=NO_IDENTITIES.hubs.schema)


def _carried(relations: Relations, ad_ids: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """Kind and value of what these ads carry, and which of them carry it."""
    found: dict[tuple[str, str], set[str]] = {}

    def add(kind: str, value: str, ad_id: str) -> None:
        found.setdefault((kind, value), set()).add(ad_id)

    for name, columns in (
        ("identifiers", ["ad_id", "kind", "value"]),
        ("texts", ["ad_id", "text_group_id"]),
        ("ads", ["ad_id", "image_hashes"]),
    ):
        table = relations[name]
        mine = relations.collect(table.filter(table.ad_id.isin(ad_ids)).select(*columns))
        for row in mine.to_pylist():
            if name == "identifiers":
                add(row["kind"], row["value"], row["ad_id"])
            elif name == "texts":
                add("text", row["text_group_id"], row["ad_id"])
            else:
                for value in str(row["image_hashes"] or "").split():
                    add("image", value, row["ad_id"])
    return found
