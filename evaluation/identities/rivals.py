"""Ways to put ads together that identities are measured against."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.schema import SHOWN_ONLY

_CONTACTS: Final = ("phone", "handle", "email")
# What splink's own tutorial takes: pairs from a half on, clusters from this on.
_SPLINK_PAIR: Final = 0.5
_SPLINK_CLUSTER: Final = 0.95


def identifiers_only(tables: dict[str, pa.Table], with_images: bool) -> dict[str, str]:
    """The field's usual way: ads that share a contact (or picture) are one, and so on in chains."""
    ads = tables["ads"]["ad_id"].to_pylist()
    place = {ad: number for number, ad in enumerate(ads)}
    found = tables["identifiers"]
    ties = [
        (ad, f"{kind}:{value}")
        for ad, kind, value in zip(*(found[c].to_pylist() for c in ("ad_id", "kind", "value")),
                                   strict=True)
        if kind not in SHOWN_ONLY
    ]  # fmt: skip
    if with_images:
        ties += [
            (ad, f"image:{one}")
            for ad, images in zip(ads, tables["ads"]["image_hashes"].to_pylist(), strict=True)
            for one in (images or "").split()
        ]
    names = {tie: number for number, tie in enumerate(sorted({tie for _, tie in ties}))}
    rows = [place[ad] for ad, _ in ties]
    columns = [len(ads) + names[tie] for _, tie in ties]
    size = len(ads) + len(names)
    graph = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    label = csgraph.connected_components(graph.tocsr(), directed=False)[1]
    return {ad: str(label[number]) for ad, number in place.items()}


def splink_defaults(tables: dict[str, pa.Table]) -> dict[str, str]:
    """splink as its tutorial has it: exact comparisons by term frequency, u by sampling, m by
    expectation maximisation, clusters at 0.95. A record is an ad, with its first contact of each
    kind, since term frequencies are not to be had for several."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    records = _records(tables)
    told = [
        name for name in records.schema.names[1:]
        if records[name].null_count < records.num_rows
    ]  # fmt: skip
    keys = [name for name in ("phone", "handle", "image", "text_group") if name in told]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in told
        ],
        blocking_rules_to_generate_predictions=[block_on(name) for name in keys],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(DuckDBAPI().register(records), settings, log_level=None)
        train = linker.training
        contacts = [block_on(name) for name in keys if name in _CONTACTS]
        train.estimate_probability_two_random_records_match(contacts, recall=0.7)
        train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in contacts:
            train.estimate_parameters_using_expectation_maximisation(rule)
        pairs = linker.inference.predict(threshold_match_probability=_SPLINK_PAIR)
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=_SPLINK_CLUSTER
        )
    return {row["unique_id"]: str(row["cluster_id"]) for row in clusters.as_record_list()}


def _records(tables: dict[str, pa.Table]) -> pa.Table:
    ads = tables["ads"].select(["ad_id", "city", "category", "image_hashes"]).to_pylist()
    found = tables["identifiers"].sort_by([("ad_id", "ascending"), ("value", "ascending")])
    first: dict[tuple[str, str], str] = {}
    for row in found.to_pylist():
        first.setdefault((row["ad_id"], row["kind"]), row["value"])
    group = dict(zip(*(tables["texts"][c].to_pylist() for c in ("ad_id", "text_group_id")),
                     strict=True))  # fmt: skip
    text = pa.string()
    return pa.table(
        {
            "unique_id": pa.array([ad["ad_id"] for ad in ads], text),
            **{
                kind: pa.array([first.get((ad["ad_id"], kind)) for ad in ads], text)
                for kind in _CONTACTS
            },
            "image": pa.array([(ad["image_hashes"] or "").split(" ")[0] or None for ad in ads],
                              text),
            "text_group": pa.array([group.get(ad["ad_id"]) for ad in ads], text),
            "city": pa.array([ad["city"] for ad in ads], text),
            "category": pa.array([ad["category"] for ad in ads], text),
        }
    )  # fmt: skip
