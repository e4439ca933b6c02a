"""The lead as a STIX 2.1 bundle.

STIX has no advertisement, no Bitcoin address and no wallet: they are observable objects of our
own, each under its extension definition, as section 7.3 of the standard asks. Relationships are
"related-to", described in words, with STIX confidence and, in a property extension, the exact
figures. Every object that says something about the lead is marked "lead, not proof".

References
----------
STIX Version 2.1, OASIS Standard, 2021.

Notes
-----
Ids of all objects are name-based (UUID version 5), also where the standard recommends random
ones: the same lead must give the same bytes. `created` is when the last run was finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from inktrace.casefile.handoff.content import (
    CONFIDENCE_RULE,
    NOT_PROOF,
    Content,
    Row,
    confidence,
    json_line,
    millisecond_time,
)
from inktrace.casefile.handoff.stix_extensions import (
    AD,
    ADDRESS,
    AUTHOR,
    FIGURES,
    TRANSACTION,
    WALLET,
    Extension,
    definitions,
)
from inktrace.units import iso_time

_Object = dict[str, Any]


def stix_text(content: Content) -> str:
    """The bundle as JSON, one object on each line."""
    objects = list(_Bundle(content).objects())
    lines = ",\n".join(json_line(item) for item in objects)
    bundle = f"bundle--{content.identifier('bundle')}"
    return f'{{"type":"bundle","id":"{bundle}","objects":[\n{lines}\n]}}\n'


class _Bundle:
    """Objects of one lead; those that others refer to come first."""

    def __init__(self, content: Content):
        self._content = content
        self._stamp = millisecond_time(content.stamp_us)
        self._tool = self._id("identity", "tool")
        self._marking = self._id("marking-definition", "not proof")

    def objects(self) -> Iterator[_Object]:
        yield from self._frame()
        told = [*self._observables(), *self._observed(), *self._services()]
        told += self._relationships()
        yield from told
        yield self._note()
        yield self._report([item["id"] for item in told])

    def _frame(self) -> Iterator[_Object]:
        version = self._content.software_version
        yield {
            **self._core("identity", self._tool),
            "name": f"Inktrace {version}",
            "description": "A program that suggests leads. No person vouches for this bundle.",
            "identity_class": "system",
        }
        yield {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": self._marking,
            "created_by_ref": self._tool,
            "created": self._stamp,
            "name": "lead, not proof",
            "definition_type": "statement",
            "definition": {"statement": NOT_PROOF},
        }
        yield from definitions(self._tool)

    def _observables(self) -> Iterator[_Object]:
        content = self._content
        written = Counter(ad["author_id"] for ad in content.ads)
        for author in content.authors:
            facts = {"author_id": author, "ads": written[author]}
            yield self._observable(AUTHOR, (author,), facts)
        for ad in content.ads:
            yield self._observable(AD, (ad["ad_id"],), self._ad(ad))
        for row in content.wallets:
            yield self._observable(WALLET, (row["wallet_id"],), self._wallet(row))
        joined = {row["address"]: row for row in content.addresses}
        for address in content.every_address:
            row = joined.get(address, {})
            facts = {
                "value": address,
                "counted_by": row.get("rule"),
                "joined_by_txid": row.get("joined_by_txid"),
            }
            yield self._observable(ADDRESS, (address,), facts)
        for row in content.transactions:
            yield self._observable(TRANSACTION, (row["txid"],), _transaction(row))

    def _ad(self, ad: Row) -> _Object:
        return {
            "ad_id": ad["ad_id"],
            "site": ad["site"],
            "posted": iso_time(ad["posted_us"]),
            "masked_text": ad["masked_text"],
            "text_sha256": ad["text_sha256"],
            "city": ad["city"],
            "identifiers": self._content.identifiers_of.get(ad["ad_id"]),
        }

    def _wallet(self, wallet: Row) -> _Object:
        number = wallet["wallet_id"]
        known = [
            self._id(ADDRESS.object_type, address)
            for address in self._content.addresses_of.get(number, ())
        ]
        return {
            "wallet_id": number,
            "addresses": wallet["scripts"],
            "address_refs": known or None,
        }

    def _observed(self) -> Iterator[_Object]:
        """That a posting was seen on a site is an observation; all else here is inference."""
        for ad in self._content.ads:
            at = millisecond_time(ad["posted_us"])
            yield {
                **self._core("observed-data", self._id("observed-data", ad["ad_id"])),
                "first_observed": at,
                "last_observed": at,
                "number_observed": 1,
                "object_refs": [self._id(AD.object_type, ad["ad_id"])],
                "object_marking_refs": [self._marking],
            }

    def _services(self) -> Iterator[_Object]:
        seen: dict[str, Row] = {row["service"]: row for row in self._content.services}
        for name, row in sorted(seen.items()):
            yield {
                **self._core("identity", self._id("identity", "service", name)),
                "name": name,
                "description": (
                    f"A service ({row['category'] or 'of unknown kind'}; source: "
                    f"{row['confidence']}): a place to send a legal request, not a party to the "
                    "lead."
                ),
                "identity_class": "organization",
                "object_marking_refs": [self._marking],
            }

    def _relationships(self) -> Iterator[_Object]:
        content = self._content
        for ad in content.ads:
            ends = (
                self._id(AUTHOR.object_type, ad["author_id"]),
                self._id(AD.object_type, ad["ad_id"]),
            )
            words = f"This author is held to have written this ad ({ad['reason']})."
            yield self._related("wrote", *ends, words, {"log10_lr": ad["author_log10_lr"]}, None)
        for row in content.attributions:
            ends = (
                self._id(AUTHOR.object_type, row["author_id"]),
                self._id(WALLET.object_type, row["wallet_id"]),
            )
            figures = {n: row[n] for n in ("log10_lr", "q_value", "error_probability")}
            wrong = row["error_probability"]
            sure = None if wrong is None else 1.0 - wrong
            words = "This wallet is a lead for who pays for this author's ads."
            yield self._related("attribution", *ends, words, figures, sure)
        yield from self._payments()
        yield from self._legal_requests()

    def _payments(self) -> Iterator[_Object]:
        wallets = {row["wallet_id"] for row in self._content.wallets}
        for row in self._content.links:
            transaction = self._id(TRANSACTION.object_type, row["txid"])
            ends = transaction, self._id(AD.object_type, row["ad_id"])
            figures = {
                "posterior_probability": row["posterior_probability"],
                "log10_lr": row["log10_lr"],
                "txid": row["txid"],
                "vout": row["vout"],
                "value_sat": row["value_sat"],
                "address": row["address"],
                "delay_s": row["delay_s"],
                "wallet_id": row["wallet_id"],
            }
            sure = row["posterior_probability"]
            words = "An output of this transaction may have paid for this ad."
            key = (row["author_id"], row["wallet_id"], row["vout"])
            yield self._related("payment", *ends, words, figures, sure, *key)
        for row in self._content.transactions:
            if row["payer_wallet_id"] in wallets:
                ends = (
                    self._id(WALLET.object_type, row["payer_wallet_id"]),
                    self._id(TRANSACTION.object_type, row["txid"]),
                )
                yield self._related("funds", *ends, "This wallet funded it.", {}, None)

    def _legal_requests(self) -> Iterator[_Object]:
        for row in self._content.services:
            ends = (
                self._id(TRANSACTION.object_type, row["txid"]),
                self._id("identity", "service", row["service"]),
            )
            figures = {n: row[n] for n in ("txid", "value_sat", "address")}
            words = f"A legal request may go to this service: {row['direction']}."
            key = (row["direction"], row["address"])
            yield self._related("service", *ends, words, figures, None, *key)

    def _related(
        self,
        kind: str,
        source: str,
        target: str,
        words: str,
        figures: _Object,
        probability: float | None,
        *key: object,
    ) -> _Object:
        told = {
            **self._core("relationship", self._id("relationship", kind, source, target, *key)),
            "relationship_type": "related-to",
            "description": f"{words} A lead, not proof.",
            "source_ref": source,
            "target_ref": target,
            "object_marking_refs": [self._marking],
            "extensions": {
                FIGURES.identifier: {
                    "extension_type": "property-extension",
                    "kind": kind,
                    **_known(figures),
                }
            },
        }
        if probability is not None:
            told["confidence"] = confidence(probability)
        return told

    def _note(self) -> _Object:
        content = self._content
        about = [self._id(AUTHOR.object_type, author) for author in content.authors]
        about += [self._id(WALLET.object_type, row["wallet_id"]) for row in content.wallets]
        return {
            **self._core("note", self._id("note", "not proof")),
            "abstract": "lead, not proof",
            "content": f"{NOT_PROOF} {CONFIDENCE_RULE}",
            "object_refs": about,
            "object_marking_refs": [self._marking],
        }

    def _report(self, told: list[str]) -> _Object:
        return {
            **self._core("report", self._id("report")),
            "name": f"Inktrace lead {self._content.lead_id}",
            "description": f"{NOT_PROOF} Why it is one: {self._content.lead['reasons']}",
            "report_types": ["observed-data"],
            "published": self._stamp,
            "object_refs": [*told, self._id("note", "not proof")],
            "object_marking_refs": [self._marking],
        }

    def _core(self, kind: str, identifier: str) -> _Object:
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": identifier,
            **({} if identifier == self._tool else {"created_by_ref": self._tool}),
            "created": self._stamp,
            "modified": self._stamp,
        }

    def _observable(self, extension: Extension, key: tuple[object, ...], facts: _Object) -> _Object:
        return {
            "type": extension.object_type,
            "spec_version": "2.1",
            "id": self._id(extension.object_type, *key),
            **_known(facts),
            "extensions": {extension.identifier: {"extension_type": "new-sco"}},
        }

    def _id(self, kind: str, *key: object) -> str:
        return f"{kind}--{self._content.identifier(f'stix {kind}', *key)}"


def _transaction(row: Row) -> _Object:
    seen, block = row["first_seen_us"], row["block_time_us"]
    return {
        "txid": row["txid"],
        "block_height": row["block_height"],
        "block_time": None if block is None else iso_time(block),
        "first_seen": None if seen is None else iso_time(seen),
    }


def _known(facts: _Object) -> _Object:
    return {name: value for name, value in facts.items() if value is not None}
