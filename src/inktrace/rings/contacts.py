"""Counts of contacts: phones, switchboards, links alone, numbers hidden from search."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.schema import SHOWN_ONLY

# So many last digits tell one number from another.
_TELLING_DIGITS = 7


def contact_facts(
    relations: Relations, ads: ir.Table, tied: ir.Table, said: ir.Table, params: RingsParams
) -> tuple[list[ir.Table], ir.Table]:
    """Counts per lead_id, and the rows (lead_id, topic, ad_id, words) that carry them.

    Numbers of phones, and the names they serve, are of the core (`tied`, and what is `said` there).
    """
    found = relations["identifiers"]
    held = found.join(ads.select("ad_id", "lead_id", "author_id", "text"), "ad_id")
    tying = held.filter(held.kind.notin(SHOWN_ONLY))
    spread = tying.group_by("kind", "value").aggregate(carriers=tying.author_id.nunique())
    marked = tying.join(spread, ["kind", "value"])
    phones = held.filter(held.kind == "phone")
    digits = phones.text.re_replace(r"[^0-9]", "")
    shown = digits.contains(phones.value.right(_TELLING_DIGITS))
    of_core = phones.semi_join(tied, "ad_id")
    hidden = phones.filter((phones.found_in == "text") & ~shown)
    names = said.filter(said.topic == "name").select("ad_id", "words")
    by_phone = of_core.join(names, "ad_id").group_by("lead_id", "value")
    served = by_phone.aggregate(names=lambda t: t.words.nunique())
    by_ad = held.group_by("lead_id", "ad_id").aggregate(
        links=held.kind.isin(["url", "domain"]).any(),
        reachable=held.kind.isin(["phone", "email", "handle", "likely_handle"]).any(),
    )
    parts = [
        marked.group_by("lead_id").aggregate(
            hub_ads=marked.ad_id.nunique(where=marked.carriers >= params.hub_authors),
        ),
        of_core.group_by("lead_id").aggregate(phones=of_core.value.nunique()),
        hidden.group_by("lead_id").aggregate(hidden_phone_ads=hidden.ad_id.nunique()),
        served.group_by("lead_id").aggregate(names_one_phone=served.names.max()),
        by_ad.group_by("lead_id").aggregate(
            link_only_ads=by_ad.count(where=by_ad.links & ~by_ad.reachable)
        ),
    ]
    rows = ibis.union(
        of_core.select("lead_id", "ad_id", topic=ibis.literal("phone"), words=of_core.value),
        hidden.select("lead_id", "ad_id", topic=ibis.literal("hidden_phone"), words=hidden.value),
    )
    return parts, rows
