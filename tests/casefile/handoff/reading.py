"""Reads the payments back out of each export: (txid, vout, satoshi, probability, log10 LR)."""

from __future__ import annotations

import csv
import io
import json

import networkx


def from_facts(facts):
    return sorted(
        (r["txid"], r["vout"], r["value_sat"], r["posterior_probability"], r["log10_lr"])
        for r in facts.trail.links.to_pylist()
    )


def from_csv(raw):
    rows = [row for row in csv.DictReader(io.StringIO(raw.decode())) if row["txid"]]
    return sorted(
        (
            row["txid"],
            int(row["vout"]),
            int(row["value_sat"]),
            float(row["posterior_probability"]),
            float(row["log10_lr"]),
        )
        for row in rows
    )


def from_graphml(raw):
    graph = networkx.parse_graphml(raw.decode(), force_multigraph=True)
    return sorted(
        (
            graph.nodes[transaction]["txid"],
            edge["vout"],
            edge["value_sat"],
            edge["probability"],
            edge["log10_lr"],
        )
        for transaction, _, edge in graph.edges(data=True)
        if edge["kind"] == "possible payment for"
    )


def from_stix(raw):
    found = []
    for item in json.loads(raw)["objects"]:
        if item["type"] != "relationship":
            continue
        (figures,) = item["extensions"].values()
        if figures["kind"] == "payment":
            names = ("txid", "vout", "value_sat", "posterior_probability", "log10_lr")
            found.append(tuple(figures[name] for name in names))
    return sorted(found)


def from_case(raw):
    found = []
    for node in json.loads(raw)["@graph"]:
        if node.get("core:kindOfRelationship") == "possible payment for":
            figures = node["core:hasFacet"][0]
            found.append(
                (
                    figures["inktrace:transactionID"],
                    figures["inktrace:outputNumber"],
                    figures["inktrace:satoshi"],
                    float(figures["inktrace:probability"]["@value"]),
                    float(figures["inktrace:log10LikelihoodRatio"]["@value"]),
                )
            )
    return sorted(found)


def from_ftm(raw):
    found = []
    for line in raw.splitlines():
        entity = json.loads(line)["properties"]
        if entity.get("role") == ["lead: possible payment for"]:
            told = dict(part.split(" ", 1) for part in entity["description"][0].split("; "))
            found.append(
                (
                    told["txid"],
                    int(told["vout"]),
                    int(told["value_sat"]),
                    float(told["posterior_probability"]),
                    float(told["log10_lr"]),
                )
            )
    return sorted(found)


READERS = {
    "payments.csv": from_csv,
    "network.graphml": from_graphml,
    "stix.json": from_stix,
    "case-uco.jsonld": from_case,
    "followthemoney.jsonl": from_ftm,
}
