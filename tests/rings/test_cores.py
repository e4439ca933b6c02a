"""A core holds what contacts, photos or payments tie; a switchboard and style tie nobody."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.params import RingsParams
from inktrace.progress import silent
from inktrace.rings import STAGE


def core(ads, identifiers=(), links=(), attributions=(), texts=None):
    """Ads of the core of one lead; `ads` maps an ad to its photos, the first half is A-1's."""
    young = "Ana, I am 16 years old"  # so that the lead is listed whatever its core
    tables = {
        "ads": [
            {
                "ad_id": ad, "site": "s", "posted_us": place,
                "text": (texts or {}).get(ad, young), "city": "Cebu",
                "image_hashes": photos or None,
            }
            for place, (ad, photos) in enumerate(ads.items())
        ],
        "authors": [
            {"ad_id": ad, "author_id": "A-1", "log10_lr": 0.0, "reason": "style"} for ad in ads
        ],
        "identities": [{"ad_id": ad, "author_id": "A-1", "identity_id": "I-1"} for ad in ads],
        "texts": [{"ad_id": ad, "text_group_id": ad} for ad in ads],
        "identifiers": [
            {"ad_id": ad, "kind": kind, "value": value, "found_in": "text"}
            for ad, kind, value in identifiers
        ],
        "attributions": list(attributions),
        "attribution_links": list(links),
    }  # fmt: skip
    given = {name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows}
    with Engine.in_memory(given) as engine:
        made = STAGE.function(engine.relations(STAGE.reads), RingsParams(), silent)
    return {row["ad_id"] for row in made.tables["lead_ads"].to_pylist() if row["in_core"]}


def test_contacts_and_photos_tie_over_others():
    ads = {"a": "", "b": "p1", "c": "p1 p2", "d": "p2", "e": ""}
    assert core(ads, [("a", "phone", "+63"), ("b", "phone", "+63")]) == {"a", "b", "c", "d"}


def test_nothing_in_common_leaves_one_ad():
    assert core({"a": "p1", "b": "p2", "c": ""}) == {"a"}


def test_what_strangers_share_ties_nobody():
    found = [("a", "domain", "x.example"), ("b", "domain", "x.example")]
    assert core({"a": "", "b": ""}, found) == {"a"}


def paid(ad, posterior):
    return {
        "method": "inktrace", "author_id": "A-1", "wallet_id": 7, "ad_id": ad, "tx_id": 1,
        "vout": 0, "log10_lr": 3.0, "posterior_probability": posterior,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("posterior", "q", "service", "tied"),
    [
        (0.95, 0.01, False, {"a", "b"}),
        (0.6, 0.01, False, {"a"}),
        (0.95, 0.2, False, {"a"}),
        (0.95, 0.01, True, {"a"}),
    ],
)
def test_payments_of_one_private_wallet_tie_where_they_are_likely(posterior, q, service, tied):
    named = {
        "method": "inktrace", "author_id": "A-1", "wallet_id": 7, "ads_matched": 2,
        "transactions_matched": 2, "log10_lr": 5.0, "q_value": q, "is_service": service,
    }  # fmt: skip
    links = [paid("a", posterior), paid("b", posterior)]
    assert core({"a": "", "b": ""}, links=links, attributions=[named]) == tied


def test_the_ad_that_states_an_age_under_18_is_in_the_core_and_strangers_are_not():
    plain = dict.fromkeys("abc", "Ben here, 44, repairs")
    assert core({"a": "p1", "b": "p1", "c": "p1", "d": "p2"}, texts=plain) == {"d"}
