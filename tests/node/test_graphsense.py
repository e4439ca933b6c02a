"""What a GraphSense service says of addresses, from a local server that answers like one."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from inktrace.errors import NodeError, UsageError
from inktrace.params import NodeParams, SourceParams
from inktrace.sources import node_graphsense
from inktrace.sources.node_graphsense import (
    add_graphsense,
    addresses_of_wallets,
    open_graphsense,
)
from tests.node.fake_service import service

LIMITS, QUICK = SourceParams(), NodeParams(timeout_s=2.0)
KEY = "k3y-of-ana"
FIRST, SECOND, UNKNOWN = "1First", "bc1qsecond", "1Unknown"


def tag(label, **more):
    return {
        "address": FIRST,
        "label": label,
        "currency": "BTC",
        "entity": 17642138,
        "actor": "acme",
        "category": "exchange",
        "confidence": "ownership",
        "confidence_level": 100,
        "is_cluster_definer": True,
        "lastmod": 1562112000,
        "source": "https://example.org/",
        "tagpack_creator": "someone",
        "tagpack_is_public": True,
        "tagpack_title": "A pack",
        **more,
    }


class Fake:
    """Answers as the documented API does; remembers what it was asked."""

    def __init__(self, pages=None, entity=17642138):
        self.asked, self.headers = [], []
        self.pages = pages or [[tag("Acme"), tag("Acme hot", category=None, abuse="scam")]]
        self.entity = entity
        self.busy = 0

    def __call__(self, path, _body, headers):
        parts = urlsplit(path)
        self.asked.append(path)
        self.headers.append(headers)
        if headers.get("Authorization") != KEY:
            return 401, "application/json", b'{"detail": "Unauthorized"}'
        if self.busy:
            self.busy -= 1
            return 429, "application/json", b"{}"
        address = parts.path.split("/")[3]
        if address == UNKNOWN:
            return 404, "application/json", b'{"detail": "not found"}'
        if not parts.path.endswith("/tags"):
            found = {"address": address, "entity": self.entity, "currency": "btc"}
            return 200, "application/json", json.dumps(found).encode()
        if address != FIRST:
            return 200, "application/json", b'{"address_tags": []}'
        page = int(parse_qs(parts.query).get("page", ["0"])[0])
        found = {"address_tags": self.pages[page]}
        if page + 1 < len(self.pages):
            found["next_page"] = str(page + 1)
        return 200, "application/json", json.dumps(found).encode()


def ask(engine, fake, *addresses, key=KEY):
    with service(fake) as url, open_graphsense(url, key, QUICK) as one:
        return add_graphsense(engine, one, addresses, LIMITS), url


def test_tags_and_clusters_are_stored_with_their_source(engine):
    added, url = ask(engine, Fake(), FIRST, SECOND, UNKNOWN, FIRST)
    assert (added.source, added.path, added.rows_accepted) == ("tags", url, 2)
    rows = engine.rows(
        "SELECT address, label, actor, category, confidence, tagpack, tag_source FROM tags"
    )
    same = ("ownership", "A pack", "https://example.org/")
    assert rows == [
        (FIRST, "Acme", "acme", "exchange", *same),
        (FIRST, "Acme hot", "acme", "scam", *same),
    ]
    assert engine.rows("SELECT address, cluster, service FROM outside_clusters ORDER BY 1") == [
        (FIRST, "17642138", url),
        (SECOND, "17642138", url),
    ]
    (record,) = engine.rows("SELECT path, parameters FROM source_files")
    assert KEY not in record[1]


def test_pages_are_followed_and_a_repeat_counts_once(engine):
    fake = Fake([[tag("a")], [tag("b")], [tag("c"), tag("a")]])
    added, _ = ask(engine, fake, FIRST)
    assert (added.rows_accepted, added.rows_repeated) == (3, 1)
    assert [path for path in fake.asked if "page=2" in path]


def test_odd_tags_are_rejected_with_the_reason(engine, rejects):
    fake = Fake([[tag("good"), tag(None), "text", tag("x", source=5), tag(" ")]])
    added, _ = ask(engine, fake, FIRST)
    assert (added.rows_accepted, added.rows_rejected) == (1, 4)
    assert [row for row, _, _ in rejects()] == [2, 3, 4, 5]


def test_a_refused_key_is_named_and_not_shown(engine):
    with pytest.raises(NodeError, match="refuses the key") as told:
        ask(engine, Fake(), FIRST, key="wrong-key")
    assert "wrong-key" not in str(told.value)
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


def test_a_busy_service_is_waited_for(engine, monkeypatch):
    monkeypatch.setattr(node_graphsense, "_PAUSES_S", (0.0, 0.0))
    fake = Fake()
    fake.busy = 2
    assert ask(engine, fake, FIRST)[0].rows_accepted == 2
    fake.busy = 100
    with pytest.raises(NodeError, match="no more for now"):
        ask(engine, fake, FIRST)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{", b'"x"'])
def test_other_answers_are_refused(engine, body):
    with pytest.raises(NodeError):
        ask(engine, lambda *_: (200, "application/json", body), FIRST)


def test_what_may_not_be_asked(engine):
    with pytest.raises(UsageError, match="another machine"):
        open_graphsense("https://api.example.org", KEY, QUICK)
    with pytest.raises(UsageError, match="without encryption"):
        open_graphsense("http://api.example.org", KEY, QUICK, remote=True)
    for addresses, says in [((), "no address"), (("../x",), "no Bitcoin address")]:
        with pytest.raises(UsageError, match=says):
            ask(engine, Fake(), *addresses)
    engine.execute("INSERT INTO workspace VALUES ('network', 'regtest')")
    with pytest.raises(UsageError, match="of regtest"):
        ask(engine, Fake(), FIRST)


def test_a_wallet_stands_for_its_addresses(engine):
    engine.execute(
        "INSERT INTO scripts VALUES (1, 'a', 'p2pkh', '1First'), (2, 'b', 'multisig', NULL), "
        "(3, 'c', 'p2pkh', '1Other')"
    )
    engine.execute(
        "INSERT INTO wallets (script_id, wallet_id, rule, run_id) "
        "VALUES (1, 1, 'co_spend', 'r'), (2, 1, 'co_spend', 'r'), (3, 3, 'alone', 'r')"
    )
    assert addresses_of_wallets(engine, [1]) == ["1First"]
    with pytest.raises(UsageError, match="no wallet 9"):
        addresses_of_wallets(engine, [9])
