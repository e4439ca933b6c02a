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

from inktrace.casefile.handoff.content import (
    CONFIDENCE_RULE,
    NOT_PROOF,
    Content,
    Row,
    json_line,
    millisecond_time,
    payment_probability,
)
from inktrace.casefile.handoff.stix_extensions import (
    AD,
    ADDRESS,
    AUTHOR,
    TRANSACTION,
    WALLET,
    definitions,
)
from inktrace.casefile.handoff.stix_objects import Objects, StixObject
from inktrace.units import iso_time


def stix_text(content: Content) -> str:
    """The bundle as JSON, one object on each line."""
    objects = list(_Bundle(content).objects())
    lines = ",\n".join(json_line(item) for item in objects)
    bundle = f"bundle--{content.identifier('bundle')}"
    return f'{{"type":"bundle","id":"{bundle}","objects":[\n{lines}\n]}}\n'


class _Bundle(Objects):
    """Objects of one lead; those that others refer to come first."""

    def objects(self) -> Iterator[StixObject]:
        yield from self._frame()
        told = [*self._observables(), *self._observed(), *self._services()]
        told += self._relationships()
        yield from told
        yield self._note()
        yield self._report([item["id"] for item in told])

    def _frame(self) -> Iterator[StixObject]:
        version = self.content.software_version
        yield {
            **self.core("identity", self.tool),
            "name": f"Inktrace {version}",
            "description": "A program that suggests leads. No person vouches for this bundle.",
            "identity_class": "system",
        }
        yield {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": self.marking,
            "created_by_ref": self.tool,
            "created": self.stamp,
            "name": "lead, not proof",
            "definition_type": "statement",
            "definition": {"statement": NOT_PROOF},
        }
        yield from definitions(self.tool)

    def _observables(self) -> Iterator[StixObject]:
        content = self.content
        # Authors and wallets are inferred; addresses and transactions stand in the chain.
        marked = {"object_marking_refs": [self.marking]}
        written = Counter(ad["author_id"] for ad in content.ads)
        for author in content.authors:
            facts = {"author_id": author, "ads": written[author], **marked}
            yield self.observable(AUTHOR, (author,), facts)
        for ad in content.ads:
            yield self.observable(AD, (ad["ad_id"],), self._ad(ad))
        for row in content.wallets:
            yield self.observable(WALLET, (row["wallet_id"],), {**self._wallet(row), **marked})
        joined = {row["address"]: row for row in content.addresses}
        for address in content.every_address:
            row = joined.get(address, {})
            facts = {
                "value": address,
                "counted_by": row.get("rule"),
                "joined_by_txid": row.get("joined_by_txid"),
            }
            yield self.observable(ADDRESS, (address,), facts)
        for row in content.transactions:
            yield self.observable(TRANSACTION, (row["txid"],), _transaction(row))

    def _ad(self, ad: Row) -> StixObject:
        return {
            "ad_id": ad["ad_id"],
            "site": ad["site"],
            "posted": iso_time(ad["posted_us"]),
            "masked_text": ad["masked_text"],
            "text_sha256": ad["text_sha256"],
            "city": ad["city"],
            "identifiers": self.content.identifiers_of.get(ad["ad_id"]),
        }

    def _wallet(self, wallet: Row) -> StixObject:
        number = wallet["wallet_id"]
        known = [
            self.id(ADDRESS.object_type, address)
            for address in self.content.addresses_of.get(number, ())
        ]
        return {
            "wallet_id": number,
            "addresses": wallet["scripts"],
            "address_refs": known or None,
        }

    def _observed(self) -> Iterator[StixObject]:
        """That a posting was seen on a site is an observation; all else here is inference."""
        for ad in self.content.ads:
            at = millisecond_time(ad["posted_us"])
            yield {
                **self.core("observed-data", self.id("observed-data", ad["ad_id"])),
                "first_observed": at,
                "last_observed": at,
                "number_observed": 1,
                "object_refs": [self.id(AD.object_type, ad["ad_id"])],
                "object_marking_refs": [self.marking],
            }

    def _services(self) -> Iterator[StixObject]:
        seen: dict[str, Row] = {row["service"]: row for row in self.content.services}
        for name, row in sorted(seen.items()):
            yield {
                **self.core("identity", self.id("identity", "service", name)),
                "name": name,
                "description": (
                    f"A service ({row['category'] or 'of unknown kind'}; source: "
                    f"{row['confidence']}): a place to send a legal request, not a party to the "
                    "lead."
                ),
                "identity_class": "organization",
                "object_marking_refs": [self.marking],
            }

    def _relationships(self) -> Iterator[StixObject]:
        content = self.content
        for ad in content.ads:
            ends = (
                self.id(AUTHOR.object_type, ad["author_id"]),
                self.id(AD.object_type, ad["ad_id"]),
            )
            words = f"This author is held to have written this ad ({ad['reason']})."
            yield self.related("wrote", *ends, words, {"log10_lr": ad["author_log10_lr"]}, None)
        for row in content.attributions:
            ends = (
                self.id(AUTHOR.object_type, row["author_id"]),
                self.id(WALLET.object_type, row["wallet_id"]),
            )
            figures = {n: row[n] for n in ("log10_lr", "q_value", "error_probability")}
            wrong = row["error_probability"]
            sure = None if wrong is None else 1.0 - wrong
            words = "This wallet is a lead for who pays for this author's ads."
            yield self.related("attribution", *ends, words, figures, sure)
        yield from self._payments()
        yield from self._legal_requests()

    def _payments(self) -> Iterator[StixObject]:
        wallets = {row["wallet_id"] for row in self.content.wallets}
        for row in self.content.links:
            transaction = self.id(TRANSACTION.object_type, row["txid"])
            ends = transaction, self.id(AD.object_type, row["ad_id"])
            figures = {
                "posterior_probability": row["posterior_probability"],
                "error_probability": row["error_probability"],
                "log10_lr": row["log10_lr"],
                "txid": row["txid"],
                "vout": row["vout"],
                "value_sat": row["value_sat"],
                "address": row["address"],
                "delay_s": row["delay_s"],
                "wallet_id": row["wallet_id"],
            }
            sure = payment_probability(row)
            words = "An output of this transaction may have paid for this ad."
            key = (row["author_id"], row["wallet_id"], row["vout"])
            yield self.related("payment", *ends, words, figures, sure, *key)
        for row in self.content.transactions:
            if row["payer_wallet_id"] in wallets:
                ends = (
                    self.id(WALLET.object_type, row["payer_wallet_id"]),
                    self.id(TRANSACTION.object_type, row["txid"]),
                )
                yield self.related("funds", *ends, "This wallet funded it.", {}, None)

    def _legal_requests(self) -> Iterator[StixObject]:
        for row in self.content.services:
            ends = (
                self.id(TRANSACTION.object_type, row["txid"]),
                self.id("identity", "service", row["service"]),
            )
            figures = {n: row[n] for n in ("txid", "value_sat", "address")}
            words = f"A legal request may go to this service: {row['direction']}."
            key = (row["direction"], row["address"])
            yield self.related("service", *ends, words, figures, None, *key)

    def _note(self) -> StixObject:
        content = self.content
        about = [self.id(AUTHOR.object_type, author) for author in content.authors]
        about += [self.id(WALLET.object_type, row["wallet_id"]) for row in content.wallets]
        return {
            **self.core("note", self.id("note", "not proof")),
            "abstract": "lead, not proof",
            "content": f"{NOT_PROOF} {CONFIDENCE_RULE}",
            "object_refs": about,
            "object_marking_refs": [self.marking],
        }

    def _report(self, told: list[str]) -> StixObject:
        return {
            **self.core("report", self.id("report")),
            "name": f"Inktrace lead {self.content.lead_id}",
            "description": f"{NOT_PROOF} Why it is one: {self.content.lead['reasons']}",
            "report_types": ["observed-data"],
            "published": self.stamp,
            "object_refs": [*told, self.id("note", "not proof")],
            "object_marking_refs": [self.marking],
        }


def _transaction(row: Row) -> StixObject:
    seen, block = row["first_seen_us"], row["block_time_us"]
    return {
        "txid": row["txid"],
        "block_height": row["block_height"],
        "block_time": None if block is None else iso_time(block),
        "first_seen": None if seen is None else iso_time(seen),
    }
