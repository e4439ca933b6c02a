"""Each transaction that a lead rests on: raw, with its way to the header of its block.

Rows of the workspace hold what was read from a block, not the block. It is found again by its
hash (`RawBlocks`), and every proof is made anew from its bytes. A transaction that no
block is at hand for stands in the exhibits with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa

from inktrace.casefile.chain.branches import branches
from inktrace.engine import Relations
from inktrace.progress import Progress, silent
from inktrace.sources.block_checks import BadBlock
from inktrace.sources.block_parts import BlockParts, block_parts
from inktrace.sources.networks import NETWORKS, Network
from inktrace.sources.raw_blocks import BlockPlace, RawBlocks

__all__ = ["ABOUT", "BLOCKS", "FOLDER", "HEADERS", "PROVEN_ROLES", "TRANSACTIONS", "write_chain"]

FOLDER: Final = "chain"
ABOUT, BLOCKS, HEADERS = "about.json", "blocks.jsonl", "headers.txt"
TRANSACTIONS: Final = "transactions.jsonl"
# Transactions that were merely considered belong to uninvolved people and carry no conclusion.
PROVEN_ROLES: Final = ("linked", "wallet")
FORMAT: Final = {"format": "inktrace chain exhibits", "format_version": 1}
_Row = dict[str, Any]


def write_chain(
    relations: Relations,
    transactions: pa.Table,
    directory: Path,
    source: RawBlocks | None = None,
    progress: Progress = silent,
) -> None:
    """Write the folder of raw transactions, Merkle branches and headers.

    `transactions` are the trail's: tx_id, txid (hex), file_id, row, block_height, role.
    Without `source` blocks are looked for in the files that the workspace read them from.
    """
    network = _network(relations)
    source = source or RawBlocks(network)
    matters = [row for row in transactions.to_pylist() if row["role"] in PROVEN_ROLES]
    places = _places(relations, matters, source)
    of_block: dict[str, list[_Row]] = {}
    for row in matters:
        if (place := places.get(row["tx_id"])) is not None:
            of_block.setdefault(place.block_hash, []).append(row)
    rows: dict[str, _Row] = {}
    blocks: list[_Row] = []
    wanted = {place.block_hash: place for place in places.values()}
    for block_hash, data in source.found(list(wanted.values()), progress):
        try:
            parts = block_parts(data)
        except BadBlock as bad:
            source.why_not[block_hash] = f"the block was found damaged: {bad.reason}"
            continue
        proven, first = _proven(block_hash, parts, of_block[block_hash])
        rows.update((row["txid"], row) for row in proven)
        if proven:
            blocks.append(_block(block_hash, parts, of_block[block_hash], proven, first))
    for row in matters:
        rows.setdefault(row["txid"], _unproven(row, places, source))
    directory.mkdir(parents=True)
    blocks.sort(key=lambda row: (row["block_height"] or 0, row["block_hash"]))
    about = {**FORMAT, "network": network.name, "blocks": len(blocks), "transactions": len(rows)}
    (directory / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="ascii")
    _write_lines(directory / TRANSACTIONS, (_json(rows[txid]) for txid in sorted(rows)))
    _write_lines(directory / BLOCKS, (_json(row) for row in blocks))
    _write_lines(directory / HEADERS, (row["header"] for row in blocks))


def _network(relations: Relations) -> Network:
    table = relations["workspace"]
    found = relations.collect(table.filter(table.name == "network").select("value"))
    return NETWORKS[found["value"][0].as_py()] if found.num_rows else NETWORKS["mainnet"]


def _places(
    relations: Relations, matters: Sequence[_Row], source: RawBlocks
) -> Mapping[int, BlockPlace]:
    """The block that each proof leads to: one on the best chain where one is."""
    mine = ibis.memtable(
        pa.table(
            {
                "tx_id": pa.array([row["tx_id"] for row in matters], pa.int64()),
                "file_id": pa.array([row["file_id"] for row in matters], pa.int64()),
                "row": pa.array([row["row"] for row in matters], pa.int64()),
            }
        )
    )
    blocks = relations["blocks"].select("block_hash", "file_id", "row", "on_best_chain")
    first = mine.join(blocks, ["file_id", "row"]).select("tx_id", "block_hash")
    others = relations["other_blocks"].semi_join(mine, "tx_id").select("tx_id", "block_hash")
    files = relations["source_files"].filter(ibis._.source == "blocks").select("file_id", "path")
    named = blocks.join(files, "file_id").select("block_hash", "on_best_chain", "path")
    every = first.union(others, distinct=True).join(named, "block_hash")
    found: dict[int, BlockPlace] = {}
    order = ["tx_id", ibis.coalesce(every.on_best_chain, True).desc(), "block_hash"]
    for row in relations.collect(every.order_by(order)).to_pylist():
        found.setdefault(row["tx_id"], BlockPlace(row["block_hash"], row["path"]))
    for row in matters:
        height = None if row["tx_id"] in found else row["block_height"]
        if height is not None and (told := source.hash_at(height)) is not None:
            found[row["tx_id"]] = BlockPlace(told, "node://")
    return found


def _proven(
    block_hash: str, parts: BlockParts, wanted: Iterable[_Row]
) -> tuple[list[_Row], list[bytes]]:
    """Rows of the transactions that are in the block, and the coinbase's branch."""
    position_of = {txid[::-1].hex(): place for place, txid in enumerate(parts.txids)}
    held = [(row, position_of[row["txid"]]) for row in wanted if row["txid"] in position_of]
    positions = [position for _, position in held]
    first, *ways = branches(parts.txids, [0, *positions])
    has_any = any(map(parts.has_witness, positions))
    witness_ways = branches(parts.witness_hashes, positions) if has_any else ways
    rows = []
    for (row, position), way, witness_way in zip(held, ways, witness_ways, strict=True):
        made = {
            "block_hash": block_hash,
            "branch": _shown(way),
            "position": position,
            # The coinbase's own witness is committed to by nothing that is needed here.
            "raw": (parts.raw(position) if position else parts.stripped(0)).hex(),
            "role": row["role"],
            "txid": row["txid"],
        }
        if parts.has_witness(position) and position:
            made["witness_branch"] = _shown(witness_way)
        rows.append(made)
    return rows, first


def _block(
    block_hash: str,
    parts: BlockParts,
    wanted: Sequence[_Row],
    proven: Sequence[_Row],
    way: Sequence[bytes],
) -> _Row:
    # The coinbase commits to witnesses; without one to commit to, its own would be unproven.
    is_needed = any("witness_branch" in row for row in proven)
    heights = [row["block_height"] for row in wanted if row["block_height"] is not None]
    return {
        "block_hash": block_hash,
        "block_height": min(heights, default=None),
        "coinbase": (parts.raw(0) if is_needed else parts.stripped(0)).hex(),
        "coinbase_branch": _shown(way),
        "header": parts.header.hex(),
        "transactions": len(parts.txids),
    }


def _unproven(row: _Row, places: Mapping[int, BlockPlace], source: RawBlocks) -> _Row:
    place = places.get(row["tx_id"])
    if place is not None:
        why = source.why_not.get(place.block_hash, "the block found does not hold it")
    elif row["block_height"] is None:
        why = "no block is recorded for it: it was known unconfirmed"
    else:
        why = (
            "its row came from a source of rows, not of blocks, so no raw bytes are at hand; "
            "ask a node for it (inktrace case build --node)"
        )
    return {"role": row["role"], "txid": row["txid"], "why_not": why}


def _shown(hashes: Iterable[bytes]) -> list[str]:
    return [one[::-1].hex() for one in hashes]


def _json(row: _Row) -> str:
    return json.dumps(row, sort_keys=True, separators=(",", ":"))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="ascii", newline="\n") as out:
        out.writelines(f"{line}\n" for line in lines)
