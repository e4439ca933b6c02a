"""Which ads of one site are known to be one hand's: the same contact data or the same template."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from inktrace.engine import Relations
from inktrace.payments.times import Ints
from inktrace.schema import SHOWN_ONLY

_MARKS: Final = pa.schema([("ad_id", pa.string()), ("mark", pa.string())])


def read_hands(relations: Relations, ad_id: pa.Array, site: Ints) -> Ints:
    """Number of each ad's hand on its site; ads (in ad_id order) that share nothing stand alone.

    Ads of one site are one hand's where they share a hard identifier or a text group. This only
    says which ads may have been bought together; it names nobody, and authors are not used.

    Notes: a switchboard's number makes one hand of many, within minutes on one site seldom.
    """
    held = relations["identifiers"]
    identifiers = held.filter(held.kind.notin(SHOWN_ONLY))
    contacts = identifiers.select("ad_id", mark=identifiers.kind + "\x1f" + identifiers.value)
    texts = relations["texts"]
    groups = texts.select("ad_id", mark=texts.text_group_id)
    told = [relations.collect(one).cast(_MARKS) for one in (contacts, groups)]
    marks = pa.concat_tables(told)
    ad = pa.compute.index_in(marks["ad_id"].combine_chunks(), ad_id)
    known = np.asarray(ad.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
    at = np.asarray(ad.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)[known]
    mark = marks["mark"].combine_chunks().dictionary_encode().indices
    code = np.asarray(mark.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)[known]
    key = code * (int(site.max(initial=0)) + 1) + site[at]
    _, key = np.unique(key, return_inverse=True)
    nodes = len(site) + int(key.max(initial=-1)) + 1
    links = coo_array((np.ones(len(at)), (at, len(site) + key)), shape=(nodes, nodes))
    return np.asarray(connected_components(links, directed=False)[1][: len(site)], dtype=np.int64)
