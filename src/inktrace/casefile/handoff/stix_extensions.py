"""The STIX objects and properties that are ours, each with its extension definition.

Their ids and dates are fixed: a definition is the same in every bundle. Whoever changes one
raises its version and its date.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from inktrace.casefile.handoff.content import NAMESPACE

_DEFINED: Final = "2026-11-30T00:00:00.000Z"


@dataclass(frozen=True)
class Extension:
    """A new observable object (object_type) or, where there is none, new properties."""

    name: str
    object_type: str
    schema: str

    @property
    def identifier(self) -> str:
        """The fixed id of the extension's definition."""
        made = uuid.uuid5(NAMESPACE, f"stix extension {self.name} 1.0.0")
        return f"extension-definition--{made}"


AUTHOR: Final = Extension(
    "Inktrace author",
    "inktrace-author",
    "A group of ads believed to have one writer or writing team; a label, never a name. "
    "author_id: string. ads: integer, how many.",
)
AD: Final = Extension(
    "Inktrace advertisement",
    "inktrace-advertisement",
    "One posting on one site at one time. ad_id: string, as the source gave it. site: string. "
    "posted: timestamp. masked_text: string, contact data replaced. text_sha256: hex digest of "
    "the original text. city: string. identifiers: list of string; contact data as numbers, the "
    "same number being the same value within one lead.",
)
WALLET: Final = Extension(
    "Inktrace wallet",
    "inktrace-wallet",
    "Bitcoin addresses that co-spending or another named rule counts to one party; an inference. "
    "wallet_id: integer, of this lead's workspace. addresses: integer, how many. address_refs: "
    "list of identifier, the addresses that are known by name.",
)
ADDRESS: Final = Extension(
    "Inktrace Bitcoin address",
    "inktrace-bitcoin-address",
    "A Bitcoin address. value: string, base58 or bech32. counted_by: string, the rule that "
    "counts it to its wallet. joined_by_txid: hex, the transaction that joined it to the others.",
)
TRANSACTION: Final = Extension(
    "Inktrace Bitcoin transaction",
    "inktrace-bitcoin-transaction",
    "A Bitcoin transaction. txid: hex, display order. block_height: integer. block_time: "
    "timestamp in its block's header, an upper bound. first_seen: timestamp when a clock first "
    "saw it unconfirmed.",
)
FIGURES: Final = Extension(
    "Inktrace figures",
    "",
    "Properties of a relationship. kind: wrote, attribution, payment, funds or service. "
    "posterior_probability: of a payment, if the wallet pays for the author at all, from 0 to 1. "
    "log10_lr: log10 likelihood ratio. q_value: least false-discovery rate at which the row is "
    "reported. error_probability: that the attribution, or that which the payment rests on, is "
    "false. txid: hex. vout: integer. value_sat: integer, satoshi. address: string. delay_s: "
    "seconds from payment to posting. wallet_id: integer. Unknown values are absent.",
)
EXTENSIONS: Final = (AUTHOR, AD, WALLET, ADDRESS, TRANSACTION, FIGURES)


def definitions(author: str) -> Iterator[dict[str, Any]]:
    """The extension-definition object of each extension, created by the given identity."""
    for extension in EXTENSIONS:
        made = "new-sco" if extension.object_type else "property-extension"
        yield {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": extension.identifier,
            "created_by_ref": author,
            "created": _DEFINED,
            "modified": _DEFINED,
            "name": extension.name,
            "description": f"{extension.name}: {extension.schema}",
            "schema": extension.schema,
            "version": "1.0.0",
            "extension_types": [made],
        }
