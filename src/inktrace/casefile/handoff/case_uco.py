"""The lead as CASE/UCO JSON-LD, with the chain of custody from source files to results.

Each source file (with its SHA-256) is the object of a reading action; each run of a stage is an
investigative action performed by the tool in its version, with the digest of its parameters and
its times; what the runs gave stands in provenance records. Bitcoin has no words in CASE: those of
inktrace-extension.ttl are used, which lies beside the file.

References
----------
CASE 1.5.0 and UCO 1.5.0, caseontology.org; ids are name-based (UUID version 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any, Final

from inktrace.casefile.handoff.case_custody import custody_nodes
from inktrace.casefile.handoff.case_nodes import CONTEXT, Node, Nodes, known
from inktrace.casefile.handoff.content import (
    CONFIDENCE_RULE,
    NOT_PROOF,
    Content,
    Row,
    confidence,
    json_line,
    payment_probability,
)

EXTENSION: Final = "inktrace-extension.ttl"
WROTE: Final = "held to have written"
ATTRIBUTION: Final = "lead: ads paid from"
PAYMENT: Final = "possible payment for"
FUNDS: Final = "funds"


def case_text(content: Content) -> str:
    """The lead as JSON-LD, one node on each line; sections in a fixed order."""
    lines = ",\n".join(json_line(node) for node in _nodes(Nodes(content)))
    return f'{{"@context":{json_line(CONTEXT)},"@graph":[\n{lines}\n]}}\n'


def extension_text() -> str:
    """The extension ontology in Turtle that the JSON-LD is read with."""
    here = resources.files("inktrace.casefile.handoff")
    return (here / EXTENSION).read_text(encoding="utf-8")


def _nodes(nodes: Nodes) -> Iterator[Node]:
    content = nodes.content
    ties = list(_relationships(nodes))
    yield _investigation(nodes)
    yield from custody_nodes(nodes, _given(nodes, ties))
    for author in content.authors:
        ads = [nodes.ref("ad", ad["ad_id"]) for ad in content.ads if ad["author_id"] == author]
        name = f"author {author} (a label, not a name)"
        yield nodes.node("author", (author,), "inktrace:Author", name, **{"core:object": ads})
    for ad in content.ads:
        yield _ad(nodes, ad)
    for kind, number in sorted({(row["kind"], row["number"]) for row in content.identifiers}):
        yield _identifier(nodes, kind, number)
    for wallet in content.wallets:
        yield _wallet(nodes, wallet)
    yield from _addresses(nodes)
    for row in content.transactions:
        yield _transaction(nodes, row)
    yield from _services(nodes)
    yield from ties


def _given(nodes: Nodes, ties: Sequence[Node]) -> dict[str, list[Node]]:
    """Per table of results, references to the nodes that its rows became."""
    content = nodes.content
    by_kind: dict[str, list[Node]] = {}
    for tie in ties:
        by_kind.setdefault(tie["core:kindOfRelationship"], []).append({"@id": tie["@id"]})
    numbers = sorted({(row["kind"], row["number"]) for row in content.identifiers})
    return {
        "authors": [nodes.ref("author", a) for a in content.authors] + by_kind.get(WROTE, []),
        "wallets": [nodes.ref("wallet", row["wallet_id"]) for row in content.wallets],
        "payers": by_kind.get(FUNDS, []),
        "identifiers": [nodes.ref("identifier", *key) for key in numbers],
        "attributions": by_kind.get(ATTRIBUTION, []),
        "attribution_links": by_kind.get(PAYMENT, []),
        "leads": [nodes.ref("investigation")],
    }


def _investigation(nodes: Nodes) -> Node:
    content = nodes.content
    about = [nodes.ref("author", author) for author in content.authors]
    about += [nodes.ref("wallet", row["wallet_id"]) for row in content.wallets]
    return nodes.node(
        "investigation",
        (),
        "investigation:Investigation",
        f"Inktrace lead {content.lead_id}",
        **{
            "core:description": [NOT_PROOF, CONFIDENCE_RULE, str(content.lead["reasons"])],
            "investigation:focus": "a lead to look at, not proof",
            "core:object": about,
        },
    )


def _ad(nodes: Nodes, ad: Row) -> Node:
    key = (ad["ad_id"],)
    message = {
        "observable:messageID": ad["ad_id"],
        "observable:messageText": ad["masked_text"],
        "observable:messageType": "online advertisement; contact data masked",
        "observable:sentTime": nodes.time(ad["posted_us"]),
    }
    posted = {
        "inktrace:site": ad["site"],
        "inktrace:place": ad["city"],
        "inktrace:sourceRow": ad["row"],
    }
    facets = [
        nodes.facet("ad", key, "observable:MessageFacet", **message),
        nodes.facet("ad", key, "inktrace:AdFacet", **posted),
    ]
    if ad["text_sha256"]:
        facets.append(nodes.digest("ad", key, ad["text_sha256"]))
    return nodes.node(
        "ad", key, "observable:Message", f"ad {ad['ad_id']}", **{"core:hasFacet": facets}
    )


def _identifier(nodes: Nodes, kind: str, number: int) -> Node:
    facts = {"inktrace:identifierKind": kind, "inktrace:identifierNumber": number}
    facet = nodes.facet("identifier", (kind, number), "inktrace:HardIdentifierFacet", **facts)
    return nodes.node(
        "identifier",
        (kind, number),
        "inktrace:HardIdentifier",
        f"{kind} no. {number}",
        **{"core:hasFacet": [facet]},
    )


def _wallet(nodes: Nodes, wallet: Row) -> Node:
    number = wallet["wallet_id"]
    held = [nodes.ref("address", address) for address in nodes.content.addresses_of.get(number, ())]
    return nodes.node(
        "wallet",
        (number,),
        "inktrace:Wallet",
        f"wallet {number}",
        **{
            "inktrace:walletNumber": number,
            "inktrace:addressCount": wallet["scripts"],
            "core:object": held,
        },
    )


def _addresses(nodes: Nodes) -> Iterator[Node]:
    joined = {row["address"]: row for row in nodes.content.addresses}
    for address in nodes.content.every_address:
        row = joined.get(address, {})
        facts = {
            "inktrace:address": address,
            "inktrace:countedBy": row.get("rule"),
            "inktrace:joinedByTransaction": row.get("joined_by_txid"),
        }
        facet = nodes.facet("address", (address,), "inktrace:BitcoinAddressFacet", **facts)
        yield nodes.node(
            "address", (address,), "inktrace:BitcoinAddress", None, **{"core:hasFacet": [facet]}
        )


def _transaction(nodes: Nodes, row: Row) -> Node:
    facts = {
        "inktrace:transactionID": row["txid"],
        "inktrace:blockHeight": row["block_height"],
        "inktrace:blockTime": nodes.time(row["block_time_us"]),
        "inktrace:firstSeenTime": nodes.time(row["first_seen_us"]),
    }
    key = (row["txid"],)
    facet = nodes.facet("transaction", key, "inktrace:BitcoinTransactionFacet", **facts)
    return nodes.node(
        "transaction", key, "inktrace:BitcoinTransaction", None, **{"core:hasFacet": [facet]}
    )


def _services(nodes: Nodes) -> Iterator[Node]:
    for name, row in sorted({row["service"]: row for row in nodes.content.services}.items()):
        words = f"{row['category'] or 'service'}; a place to send a legal request, not a party"
        yield nodes.node(
            "service", (name,), "identity:Organization", name, **{"core:description": [words]}
        )


def _relationships(nodes: Nodes) -> Iterator[Node]:
    content = nodes.content
    for ad in content.ads:
        ends = nodes.ref("author", ad["author_id"]), nodes.ref("ad", ad["ad_id"])
        figures = {"inktrace:log10LikelihoodRatio": nodes.real(ad["author_log10_lr"])}
        yield _related(nodes, WROTE, *ends, figures, None)
    for row in content.identifiers:
        ends = nodes.ref("ad", row["ad_id"]), nodes.ref("identifier", row["kind"], row["number"])
        yield _related(nodes, "states", *ends, {}, None)
    for row in content.attributions:
        ends = nodes.ref("author", row["author_id"]), nodes.ref("wallet", row["wallet_id"])
        wrong = row["error_probability"]
        figures = {
            "inktrace:log10LikelihoodRatio": nodes.real(row["log10_lr"]),
            "inktrace:qValue": nodes.real(row["q_value"]),
            "inktrace:errorProbability": nodes.real(wrong),
        }
        sure = None if wrong is None else 1.0 - wrong
        yield _related(nodes, ATTRIBUTION, *ends, figures, sure)
    for row in content.links:
        ends = nodes.ref("transaction", row["txid"]), nodes.ref("ad", row["ad_id"])
        key = (row["vout"], row["author_id"], row["wallet_id"])
        sure = payment_probability(row)
        yield _related(nodes, PAYMENT, *ends, _payment(nodes, row), sure, *key)
    wallets = {row["wallet_id"] for row in content.wallets}
    for row in content.transactions:
        if row["payer_wallet_id"] in wallets:
            ends = (
                nodes.ref("wallet", row["payer_wallet_id"]),
                nodes.ref("transaction", row["txid"]),
            )
            yield _related(nodes, FUNDS, *ends, {}, None)
    for row in content.services:
        ends = nodes.ref("transaction", row["txid"]), nodes.ref("service", row["service"])
        figures = {
            "inktrace:satoshi": row["value_sat"],
            "inktrace:transactionID": row["txid"],
            "inktrace:address": row["address"],
        }
        yield _related(nodes, str(row["direction"]), *ends, figures, None, row["address"])


def _payment(nodes: Nodes, row: Row) -> Node:
    return {
        "inktrace:probability": nodes.real(row["posterior_probability"]),
        "inktrace:errorProbability": nodes.real(row["error_probability"]),
        "inktrace:log10LikelihoodRatio": nodes.real(row["log10_lr"]),
        "inktrace:delaySeconds": nodes.real(row["delay_s"]),
        "inktrace:satoshi": row["value_sat"],
        "inktrace:outputNumber": row["vout"],
        "inktrace:transactionID": row["txid"],
        "inktrace:address": row["address"],
    }


def _related(
    nodes: Nodes,
    kind: str,
    source: Node,
    target: Node,
    figures: dict[str, Any],
    probability: float | None,
    *key: object,
) -> Node:
    name = (kind, source["@id"], target["@id"], *key)
    facets = []
    if known(figures):
        facets.append(nodes.facet("relationship", name, "inktrace:FiguresFacet", **figures))
    if probability is not None:
        whole = {"@type": "xsd:nonNegativeInteger", "@value": str(confidence(probability))}
        told = {"core:confidence": whole}
        facets.append(nodes.facet("relationship", name, "core:ConfidenceFacet", **told))
    return nodes.node(
        "relationship",
        name,
        "core:Relationship",
        None,
        **{
            "core:source": source,
            "core:target": target,
            "core:isDirectional": True,
            "core:kindOfRelationship": kind,
            "core:hasFacet": facets or None,
        },
    )
