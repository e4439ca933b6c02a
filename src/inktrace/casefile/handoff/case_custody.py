"""The chain of custody in CASE/UCO: source files, reading, runs of stages, results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from inktrace.casefile.handoff.case_nodes import Node, Nodes
from inktrace.casefile.handoff.content import Row
from inktrace.units import MICROSECONDS_PER_SECOND

# Which tables a kind of source file fills.
_CHAIN: Final = ("transactions", "inputs", "outputs", "scripts")
_FILLS: Final = {
    "ads": ("ads",),
    "blocks": _CHAIN,
    "chain": _CHAIN,
    "first-seen": ("first_seen",),
    "hashes": ("known_hashes",),
    "price-rules": ("price_rules",),
    "prices": ("prices",),
    "tags": ("tags",),
    "undo": _CHAIN,
}


def custody_nodes(nodes: Nodes, given: Mapping[str, Sequence[Node]]) -> Iterator[Node]:
    """From each source file, through the action that read it and the runs, to the results.

    `given` names, per table of results, the references to the nodes that its rows became. A run
    is tied only to files whose tables it read, and only to results that it wrote.
    """
    files = _files(nodes)
    versions = {str(row["software_version"]) for row in (*files, *nodes.content.runs)}
    for version in sorted(versions):
        yield _tool(nodes, version)
    for row in files:
        yield _file(nodes, row)
        yield _file_record(nodes, row)
        yield _reading(nodes, row)
    writers = _writers(nodes)
    for row in nodes.content.runs:
        yield _configuration(nodes, row)
        yield _configured(nodes, row)
        gave = [node for table in sorted(_document(row["rows"])) for node in given.get(table, ())]
        yield _run(nodes, row, writers, bool(gave))
        if gave:
            yield _run_record(nodes, row, gave)


def _tool(nodes: Nodes, version: str) -> Node:
    facts = {"tool:version": version, "tool:toolType": "analysis of ads and payments"}
    return nodes.node("tool", (version,), "tool:Tool", "Inktrace", **facts)


def _file(nodes: Nodes, row: Row) -> Node:
    key = (row["file_id"],)
    named = {"observable:fileName": row["path"], "observable:sizeInBytes": row["bytes"]}
    facets = [
        nodes.facet("file", key, "observable:FileFacet", **named),
        nodes.digest("file", key, row["sha256"]),
    ]
    name = f"source file {row['file_id']} ({row['source']})"
    return nodes.node("file", key, "observable:File", name, **{"core:hasFacet": facets})


def _file_record(nodes: Nodes, row: Row) -> Node:
    facts = {
        "investigation:exhibitNumber": f"file {row['file_id']}",
        "core:description": [
            f"{row['rows_accepted']} rows taken, {row['rows_repeated']} repeated, "
            f"{row['rows_rejected']} rejected; {row['rows_in_this_package']} in this package."
        ],
        "core:object": [nodes.ref("file", row["file_id"])],
    }
    kind = "investigation:ProvenanceRecord"
    return nodes.node("provenance", ("file", row["file_id"]), kind, None, **facts)


def _reading(nodes: Nodes, row: Row) -> Node:
    told = [nodes.ref("provenance", "file", row["file_id"])]
    content, file_id = nodes.content, row["file_id"]
    told += [nodes.ref("ad", ad["ad_id"]) for ad in content.ads if ad["file_id"] == file_id]
    paid = [row["txid"] for row in content.transactions if row["file_id"] == file_id]
    told += [nodes.ref("transaction", txid) for txid in paid]
    facts = {
        "action:performer": nodes.ref("tool", row["software_version"]),
        "action:object": [nodes.ref("file", row["file_id"])],
        "action:result": told,
    }
    kind = "investigation:InvestigativeAction"
    name = f"read source file {row['file_id']} as {row['source']}"
    return nodes.node("reading", (row["file_id"],), kind, name, **facts)


def _writers(nodes: Nodes) -> dict[str, str]:
    """Which run wrote each table."""
    return {
        table: str(run["run_id"]) for run in nodes.content.runs for table in _document(run["rows"])
    }


def _configuration(nodes: Nodes, run: Row) -> Node:
    digest = hashlib.sha256(str(run["parameters"]).encode("utf-8", "replace")).hexdigest()
    values = {"run_id": run["run_id"], "stage_version": run["stage_version"]}
    entries = [
        {
            **nodes.ref("entry", run["run_id"], name),
            "@type": "configuration:ConfigurationEntry",
            "configuration:itemName": name,
            "configuration:itemValue": str(value),
        }
        for name, value in {**values, "parameters_sha256": digest}.items()
    ]
    kind = "configuration:Configuration"
    facts = {"configuration:configurationEntry": entries}
    return nodes.node("configuration", (run["run_id"],), kind, None, **facts)


def _configured(nodes: Nodes, run: Row) -> Node:
    facts = {
        "tool:version": str(run["software_version"]),
        "configuration:isConfigurationOf": nodes.ref("tool", run["software_version"]),
        "configuration:usesConfiguration": nodes.ref("configuration", run["run_id"]),
    }
    name = f"Inktrace, stage {run['stage']}"
    return nodes.node("configured", (run["run_id"],), "tool:ConfiguredTool", name, **facts)


def _run(nodes: Nodes, run: Row, writers: Mapping[str, str], gave: bool) -> Node:
    needed = _document(run["inputs"])
    before = sorted({writers[table] for table in needed if table in writers} - {run["run_id"]})
    end = run.get("finished_us")
    start = None if end is None else end - int((run["seconds"] or 0) * MICROSECONDS_PER_SECOND)
    facts = {
        "action:performer": nodes.ref("tool", run["software_version"]),
        "action:instrument": [nodes.ref("configured", run["run_id"])],
        "action:object": [
            nodes.ref("provenance", "file", row["file_id"])
            for row in _files(nodes)
            if set(_FILLS.get(row["source"], ())) & set(needed)
        ],
        "action:result": [nodes.ref("provenance", "run", run["run_id"])] if gave else None,
        "action:startTime": nodes.time(start),
        "action:endTime": nodes.time(end),
        "investigation:wasInformedBy": [nodes.ref("run", run_id) for run_id in before],
        "core:description": [f"Tables read: {', '.join(sorted(needed)) or 'none'}."],
    }
    kind = "investigation:InvestigativeAction"
    return nodes.node("run", (run["run_id"],), kind, f"stage {run['stage']}", **facts)


def _run_record(nodes: Nodes, run: Row, gave: Sequence[Node]) -> Node:
    facts = {
        "investigation:exhibitNumber": f"run {run['run_id']}",
        "core:description": [f"What stage {run['stage']} gave to this lead."],
        "core:object": gave,
    }
    kind = "investigation:ProvenanceRecord"
    return nodes.node("provenance", ("run", run["run_id"]), kind, None, **facts)


def _files(nodes: Nodes) -> list[Row]:
    return [row for row in nodes.content.source_files if row["sha256"]]


def _document(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
