"""The lead as a network: ads, authors, identifiers, transactions, wallets, addresses, services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from inktrace.casefile.handoff.content import Content, Row, time_of
from inktrace.units import iso_time


@dataclass(frozen=True)
class Entity:
    """One thing of the lead. `key` is unique in the network; facts are texts and numbers."""

    key: str
    kind: str
    label: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """What ties two entities, with the figures that carry it."""

    key: str
    kind: str
    source: str
    target: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Entities and relations of one lead, each in a fixed order."""

    entities: Sequence[Entity]
    relations: Sequence[Relation]


def network_of(content: Content) -> Network:
    """The network of one lead; relations name only entities that are there."""
    entities = {entity.key: entity for entity in _entities(content)}
    relations = {
        relation.key: relation
        for relation in _relations(content)
        if relation.source in entities and relation.target in entities
    }
    return Network(list(entities.values()), list(relations.values()))


def _entities(content: Content) -> Iterator[Entity]:
    for author in content.authors:
        yield Entity(_author(content, author), "author", f"author {author} (a label, not a name)")
    for ad in content.ads:
        facts = {
            "site": ad["site"],
            "time": iso_time(ad["posted_us"]),
            "place": ad["city"],
            "text_sha256": ad["text_sha256"],
        }
        yield Entity(_ad(content, ad["ad_id"]), "ad", f"ad {ad['ad_id']}", facts)
    for row in content.identifiers:
        label = f"{row['kind']} no. {row['number']}"
        yield Entity(_identifier(content, row), "identifier", label)
    for wallet in content.wallets:
        facts = {"addresses": wallet["scripts"]}
        key = _wallet(content, wallet["wallet_id"])
        yield Entity(key, "wallet", f"wallet {wallet['wallet_id']}", facts)
    for row in content.transactions:
        yield _transaction_entity(content, row)
    for row in (*content.addresses, *content.outputs, *content.services):
        if row["address"] is not None:
            address = str(row["address"])
            yield Entity(_address(content, address), "address", address, {"address": address})
    for row in content.services:
        facts = {"category": row["category"], "source": row["confidence"]}
        yield Entity(_service(content, row["service"]), "service", row["service"], facts)


def _transaction_entity(content: Content, row: Row) -> Entity:
    facts = {"txid": row["txid"], "time": time_of(row), "block_height": row["block_height"]}
    return Entity(_transaction(content, row["txid"]), "transaction", row["txid"], facts)


def _relations(content: Content) -> Iterator[Relation]:
    yield from _authorship(content)
    yield from _payments(content)
    yield from _holdings(content)


def _authorship(content: Content) -> Iterator[Relation]:
    for ad in content.ads:
        facts = {"log10_lr": ad["author_log10_lr"], "reason": ad["reason"]}
        ends = _author(content, str(ad["author_id"])), _ad(content, ad["ad_id"])
        yield _relation(content, "held to have written", *ends, facts)
    for row in content.identifiers:
        ends = _ad(content, row["ad_id"]), _identifier(content, row)
        yield _relation(content, "states", *ends, {"reason": row["found_in"]})
    for row in content.attributions:
        facts = {name: row[name] for name in ("log10_lr", "q_value", "error_probability")}
        ends = _author(content, row["author_id"]), _wallet(content, row["wallet_id"])
        yield _relation(content, "attribution", *ends, facts)


def _payments(content: Content) -> Iterator[Relation]:
    for row in content.links:
        facts = {
            "probability": row["posterior_probability"],
            "error_probability": row["error_probability"],
            "log10_lr": row["log10_lr"],
            "value_sat": row["value_sat"],
            "vout": row["vout"],
            "delay_s": row["delay_s"],
            "wallet_id": row["wallet_id"],
            "time": time_of(row),
        }
        ends = _transaction(content, row["txid"]), _ad(content, row["ad_id"])
        key = (row["vout"], row["wallet_id"], row["author_id"])
        yield _relation(content, "possible payment for", *ends, facts, *key)
    for row in content.outputs:
        if row["address"] is not None:
            facts = {"value_sat": row["value_sat"], "vout": row["vout"], "time": time_of(row)}
            ends = _transaction(content, row["txid"]), _address(content, row["address"])
            yield _relation(content, "pays", *ends, facts, row["vout"])


def _holdings(content: Content) -> Iterator[Relation]:
    for row in content.transactions:
        if row["payer_wallet_id"] is not None:
            ends = _wallet(content, row["payer_wallet_id"]), _transaction(content, row["txid"])
            yield _relation(content, "funds", *ends, {"time": time_of(row)})
    for row in content.addresses:
        facts = {"reason": row["rule"], "joined_by_txid": row["joined_by_txid"]}
        ends = _wallet(content, row["wallet_id"]), _address(content, row["address"])
        yield _relation(content, "held to control", *ends, facts)
    for row in content.services:
        facts = {"value_sat": row["value_sat"], "time": time_of(row), "reason": row["direction"]}
        transaction = _transaction(content, row["txid"])
        service = _service(content, row["service"])
        outward = row["direction"] == "funds went to it"
        ends = (transaction, service) if outward else (service, transaction)
        kind = "pays service" if outward else "funded by service"
        yield _relation(content, kind, *ends, facts, row["address"])
        if row["address"] is not None:
            ends = service, _address(content, row["address"])
            yield _relation(content, "address of service", *ends, {})


def _relation(
    content: Content, kind: str, source: str, target: str, facts: dict[str, Any], *key: object
) -> Relation:
    name = content.identifier("relation", kind, source, target, *key)
    return Relation(name, kind, source, target, facts)


def _author(content: Content, author_id: str) -> str:
    return content.identifier("author", author_id)


def _ad(content: Content, ad_id: str) -> str:
    return content.identifier("ad", ad_id)


def _identifier(content: Content, row: Row) -> str:
    return content.identifier("identifier", row["kind"], row["number"])


def _wallet(content: Content, wallet_id: int) -> str:
    return content.identifier("wallet", wallet_id)


def _transaction(content: Content, txid: str) -> str:
    return content.identifier("transaction", txid)


def _address(content: Content, address: str) -> str:
    return content.identifier("address", address)


def _service(content: Content, name: str) -> str:
    return content.identifier("service", name)
