"""The lead as FollowTheMoney entities, one JSON object on each line, for Aleph and OpenAleph.

Ads are articles, authors and the unknown holders of wallets are legal entities that say in their
name that they are labels, wallets carry their addresses, linked outputs are payments, and what
ties ads, authors and wallets are links whose role says "lead".

References
----------
FollowTheMoney, followthemoney.tech: schemata and property types.

Notes
-----
The model drops or changes a value that it does not like without a word. So times are cut to the
second, texts are composed (Unicode NFC), rid of joiners and kept below its longest value; the
check reads every line back and compares.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from inktrace.casefile.handoff.content import (
    NOT_PROOF,
    Content,
    Row,
    json_line,
    millisecond_time,
)
from inktrace.casefile.words import excerpt
from inktrace.units import bitcoin_amount

# The model takes 65,000 characters of a text, 1,024 of a label and 384 of a name; what is more
# stays in the exhibits.
_MOST_CHARACTERS: Final = 60_000
_MOST_LABEL: Final = 300
_LONG: Final = frozenset({"bodyText", "description", "notes", "summary", "purpose"})
_SPACES: Final = dict.fromkeys(
    (*range(0x2000, 0x200B), 0x0A00, 0x1680, 0x202F, 0x205F, 0x3000), " "
)
_Entity = dict[str, Any]


def ftm_lines(content: Content) -> str:
    """All entities of one lead; those that others refer to come first."""
    return "".join(f"{json_line(entity)}\n" for entity in _Entities(content).all())


class _Entities:
    """Makes the entities of one lead; ids follow from kind and key."""

    def __init__(self, content: Content):
        self._content = content

    def all(self) -> Iterator[_Entity]:
        yield from self._parties()
        for ad in self._content.ads:
            yield self._ad(ad)
        yield from self._ties()
        yield from self._payments()
        yield from self._notes()

    def _parties(self) -> Iterator[_Entity]:
        content = self._content
        for author in content.authors:
            name = f"Author {author} (a label of an analysis, not a name)"
            yield self._entity("LegalEntity", ("author", author), name=name, summary=NOT_PROOF)
        for wallet in content.wallets:
            number = wallet["wallet_id"]
            name = f"Unknown holder of wallet {number}"
            yield self._entity("LegalEntity", ("holder", number), name=name, summary=NOT_PROOF)
            yield self._wallet(wallet)
        for name, row in sorted({row["service"]: row for row in content.services}.items()):
            words = "A service: a place to send a legal request, not a party to the lead."
            facts = {"name": f"Service {name}", "summary": words, "notes": row["category"]}
            yield self._entity("LegalEntity", ("service", name), **facts)
        for address in sorted(self._payees()):
            name = f"Unknown holder of address {address}"
            yield self._entity("LegalEntity", ("payee", address), name=name)

    def _wallet(self, wallet: Row) -> _Entity:
        number = wallet["wallet_id"]
        held = list(self._content.addresses_of.get(number, ()))
        return self._entity(
            "CryptoWallet",
            ("wallet", number),
            name=f"Wallet {number} of lead {self._content.lead_id}",
            publicKey=held,
            currency="BTC",
            holder=self._id("holder", number),
            summary=f"{wallet['scripts']} addresses that co-spending counts to one party.",
        )

    def _payees(self) -> set[str]:
        return {str(row["address"]) for row in self._content.outputs if row["address"] is not None}

    def _ad(self, ad: Row) -> _Entity:
        return self._entity(
            "Article",
            ("ad", ad["ad_id"]),
            title=f"Ad {ad['ad_id']} on {ad['site']}",
            fileName=ad["ad_id"],
            bodyText=ad["masked_text"],
            publishedAt=_second(ad["posted_us"]),
            publisher=ad["site"],
            author=f"{ad['author_id']} (a label, not a name)",
            notes=f"SHA-256 of the original text: {ad['text_sha256'] or 'withheld'}",
            keywords=list(self._content.identifiers_of.get(ad["ad_id"], ())),
        )

    def _ties(self) -> Iterator[_Entity]:
        content = self._content
        for ad in content.ads:
            ends = ("author", ad["author_id"]), ("ad", ad["ad_id"])
            words = f"{ad['reason']}; log10 likelihood ratio {ad['author_log10_lr']!r}"
            yield self._link("lead: held to have written", *ends, words, None)
        for row in content.attributions:
            ends = ("author", row["author_id"]), ("wallet", row["wallet_id"])
            figures = {n: row[n] for n in ("log10_lr", "q_value", "error_probability")}
            yield self._link("lead: ads paid from", *ends, _figures(figures), None)
        for row in content.links:
            ends = ("wallet", row["wallet_id"]), ("ad", row["ad_id"])
            names = (
                *("posterior_probability", "error_probability", "log10_lr"),
                *("txid", "vout", "value_sat", "delay_s"),
            )
            words = _figures({name: row[name] for name in names})
            key = (row["txid"], row["vout"], row["author_id"])
            yield self._link("lead: possible payment for", *ends, words, row, *key)

    def _link(
        self,
        role: str,
        source: tuple[str, object],
        target: tuple[str, object],
        words: str,
        payment: Row | None,
        *key: object,
    ) -> _Entity:
        return self._entity(
            "UnknownLink",
            ("link", role, *source, *target, *key),
            subject=self._id(*source),
            object=self._id(*target),
            role=role,
            status="lead, not proof",
            description=words,
            date=None if payment is None else _paid(payment),
            recordId=None if payment is None else f"{payment['txid']}:{payment['vout']}",
        )

    def _payments(self) -> Iterator[_Entity]:
        served = {
            (row["txid"], row["address"]): row["service"]
            for row in self._content.services
            if row["direction"] == "funds went to it"
        }
        payers = {(row["txid"], row["vout"], row["wallet_id"]): row for row in self._content.links}
        for (txid, vout, wallet), row in sorted(payers.items()):
            service = served.get((txid, row["address"]))
            if service is None and row["address"] is None:
                continue
            payee = ("payee", row["address"]) if service is None else ("service", service)
            yield self._entity(
                "Payment",
                ("payment", txid, vout, wallet),
                payer=self._id("holder", wallet),
                beneficiary=self._id(*payee),
                amount=bitcoin_amount(row["value_sat"]),
                currency="BTC",
                transactionNumber=txid,
                sequenceNumber=str(vout),
                date=_paid(row),
                purpose="possibly an ad: a lead, not proof",
                description=f"{row['value_sat']} satoshi to {row['address']}",
            )

    def _notes(self) -> Iterator[_Entity]:
        content = self._content
        about = [("author", author) for author in content.authors]
        about += [("wallet", row["wallet_id"]) for row in content.wallets]
        for key in about:
            facts = {"name": "Lead, not proof", "description": NOT_PROOF}
            why = str(content.lead["reasons"])
            yield self._entity("Note", ("note", *key), entity=self._id(*key), notes=why, **facts)

    def _entity(self, schema: str, key: tuple[object, ...], **facts: Any) -> _Entity:
        properties = {name: _values(name, value) for name, value in sorted(facts.items())}
        return {
            "id": self._id(*key),
            "schema": schema,
            "properties": {name: values for name, values in properties.items() if values},
        }

    def _id(self, *key: object) -> str:
        return self._content.identifier("ftm", *key)


def _values(name: str, value: Any) -> list[str]:
    """A property's values as the model keeps them: never empty, never twice."""
    given = value if isinstance(value, list) else [value]
    cleaned = [_plain(text, name in _LONG) for text in _texts(given)]
    return list(dict.fromkeys(text for text in cleaned if text))


def _plain(text: str, is_long: bool) -> str:
    """Composed (NFC), with plain spaces and no joiners: what the model would else change."""
    plain = unicodedata.normalize("NFC", text.replace("\u200d", "")).translate(_SPACES)
    if is_long:
        return excerpt(plain, _MOST_CHARACTERS).strip()
    return excerpt(" ".join(plain.split()), _MOST_LABEL).strip()


def _texts(given: list[Any]) -> Iterator[str]:
    for one in given:
        if one is not None:
            yield str(one)


def _figures(figures: Mapping[str, Any]) -> str:
    """Each known figure with its name; the number reads back as the very same."""
    return "; ".join(
        f"{name} {value!r}" if isinstance(value, float) else f"{name} {value}"
        for name, value in figures.items()
        if value is not None
    )


def _paid(row: Row) -> str | None:
    at = row["first_seen_us"] if row["first_seen_us"] is not None else row["block_time_us"]
    return None if at is None else _second(at)


def _second(microseconds: int) -> str:
    return millisecond_time(microseconds).partition(".")[0]
