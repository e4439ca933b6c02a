"""The core of a lead: most ads of it that contacts, photos or payments tie.

Authors are partly told by style, and style is sometimes wrong. Where it joins strangers, their
people, places and photos look like a ring's. So these are counted among ads that share a contact, a
photo or a payer, directly or over others, and a mistaken join of styles adds nobody.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.schema import SHOWN_ONLY


def core_ads(
    relations: Relations, ads: ir.Table, photo: ir.Table, urgent: pa.Array, params: RingsParams
) -> pa.Table:
    """The ads (ad_id) of every lead's core: its largest component; of equals, the first by ad.

    Where ads of a lead are `urgent` (ad_id), as they tell of somebody under 18, the core is the
    component of the most of these, so that nobody is flagged for an ad joined to his by style.
    `ads` holds ad_id, lead_id, author_id; `photo` holds lead_id, ad_id, photo. What
    `hub_authors` authors or more give ties nobody.
    """
    found = relations["identifiers"]
    held = found.filter(found.kind.notin(SHOWN_ONLY)).join(
        ads.select("ad_id", "lead_id", "author_id"), "ad_id"
    )
    contacts = held.select("ad_id", "lead_id", "author_id", mark=held.kind + " " + held.value)
    shown = photo.join(ads.select("ad_id", "author_id"), "ad_id")
    photos = shown.select(
        "ad_id", "lead_id", "author_id", mark=ibis.literal("photo ") + shown.photo
    )
    marks = contacts.union(photos).union(_payments(relations, ads, params))
    spread = marks.group_by("mark").aggregate(carriers=marks.author_id.nunique())
    telling = marks.join(spread.filter(spread.carriers < params.hub_authors), "mark")
    edges = relations.collect(telling.select("ad_id", mark=telling.lead_id + " " + telling.mark))
    nodes = relations.collect(ads.select("ad_id", "lead_id").order_by("ad_id"))
    component = _components(nodes["ad_id"], edges)
    leads = nodes["lead_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    size = np.bincount(component)[component]
    is_urgent = np.asarray(pc.is_in(nodes["ad_id"].combine_chunks(), urgent)).astype(bool)
    urgency = np.bincount(component, weights=is_urgent)[component]
    first = np.full(component.max(initial=-1) + 1, len(component))
    np.minimum.at(first, component, np.arange(len(component)))
    order = np.lexsort((first[component], -size, -urgency, leads))
    new = np.ones(len(order), bool)
    new[1:] = leads[order][1:] != leads[order][:-1]
    kept = np.isin(component, component[order][new])
    return nodes.select(["ad_id"]).filter(pa.array(kept))


def _payments(relations: Relations, ads: ir.Table, params: RingsParams) -> ir.Table:
    """Ads that one private wallet more likely paid for than not, at the reporting threshold."""
    told = relations["attributions"]
    named = told.filter(
        (told.method == "inktrace") & (told.q_value <= params.link_q_value) & ~told.is_service
    )
    links = relations["attribution_links"]
    likely = links.filter(
        (links.method == "inktrace") & (links.posterior_probability >= params.payment_posterior)
    )
    paid = likely.join(named.select("author_id", "wallet_id"), ["author_id", "wallet_id"])
    held = (
        paid.select("ad_id", "wallet_id")
        .distinct()
        .join(ads.select("ad_id", "lead_id", "author_id"), "ad_id")
    )
    wallet = ibis.literal("wallet ") + held.wallet_id.cast("string")
    return held.select("ad_id", "lead_id", "author_id", mark=wallet)


def _components(ad_ids: pa.ChunkedArray, edges: pa.Table) -> np.ndarray:
    """Number of the component of each ad (int64)."""
    rows = pc.index_in(edges["ad_id"], ad_ids.combine_chunks()).to_numpy()
    marks = edges["mark"].combine_chunks().dictionary_encode()
    columns = marks.indices.to_numpy() + len(ad_ids)
    size = len(ad_ids) + len(marks.dictionary)
    graph = sparse.csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    _, label = csgraph.connected_components(graph, directed=False)
    return np.asarray(label[: len(ad_ids)], np.int64)
