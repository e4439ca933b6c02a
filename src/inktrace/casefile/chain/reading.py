"""Reading the chain exhibits: what comes with proof, what without proof, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inktrace.casefile.chain.branches import OddBranch, root_of
from inktrace.casefile.chain.fields import Fields, Refused
from inktrace.casefile.chain.proofs import ABOUT, BLOCKS, FORMAT, HEADERS, TRANSACTIONS
from inktrace.casefile.exhibit_rows import read_json, read_lines
from inktrace.errors import InputError
from inktrace.sources.block_checks import BadBlock, check_work, double_sha256, stated_height
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.networks import NETWORKS, Network
from inktrace.sources.raw_transaction import RawTransaction, read_transaction

_COMMITMENT: Final = bytes.fromhex("6a24aa21a9ed")
# A node of the tree is the hash of 64 bytes; a transaction of that length could be one.
_NODE_BYTES: Final = 64
_MOST_HEADERS: Final = 5_000_000


@dataclass(frozen=True)
class ProvenBlock:
    header: bytes
    transactions: int
    steps: int
    commitment: bytes | None
    reserved: bytes | None
    height: int | None

    @property
    def root(self) -> bytes:
        return self.header[36:68]


@dataclass(frozen=True)
class Proven:
    """A transaction whose proof holds, and what its block's header and coinbase say of it."""

    transaction: RawTransaction
    block_time_s: int
    block_height: int | None


@dataclass
class ReadChain:
    """What was read of the chain exhibits so far."""

    network: Network
    blocks: dict[str, ProvenBlock] = field(default_factory=dict)
    proven: dict[str, Proven] = field(default_factory=dict)
    unproven: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # which row, what is wrong


def read_chain(folder: Path) -> ReadChain:
    about = read_json(folder / ABOUT, 2**16)
    network = about.get("network") if isinstance(about, dict) else None
    if not isinstance(about, dict) or any(about.get(key) != FORMAT[key] for key in FORMAT):
        raise InputError(f"{ABOUT} is not of a format that this program reads")
    if not isinstance(network, str) or network not in NETWORKS:
        raise InputError(f"{ABOUT} names no network that is known")
    read = ReadChain(NETWORKS[network])
    listed = list(headers_of(folder / HEADERS))
    for number, row in enumerate(read_lines(folder / BLOCKS), 1):
        _take(read, f"{BLOCKS} line {number}", _take_block, row)
    if [block.header for block in read.blocks.values()] != listed:
        read.faults.append((HEADERS, "does not list the headers of the blocks in their order"))
    needed: set[str] = set()
    for number, row in enumerate(read_lines(folder / TRANSACTIONS), 1):
        _take(read, f"{TRANSACTIONS} line {number}", _take_transaction, row)
        if isinstance(row, dict):
            needed.add(str(row.get("block_hash")))
    for block_hash in sorted(set(read.blocks) - needed):
        read.faults.append((BLOCKS, f"holds block {block_hash}, which no transaction needs"))
    return read


def _take(read: ReadChain, name: str, take: Any, row: Any) -> None:
    try:
        take(read, Fields(row))
    except (Refused, OddBranch, BadBlock) as error:
        read.faults.append((name, str(error)))
    except InputError as error:
        read.faults.append((name, f"holds no transaction: {error.what}"))


def _take_block(read: ReadChain, row: Fields) -> None:
    header, count = row.data("header"), row.number("transactions")
    if len(header) != HEADER_BYTES:
        raise Refused(f"has a header of {len(header)} bytes instead of {HEADER_BYTES}")
    block_hash = double_sha256(header)
    if row.digest("block_hash") != block_hash[::-1].hex():
        raise Refused("has a header that does not hash to its block_hash")
    check_work(header, block_hash, read.network)
    raw = row.data("coinbase")
    coinbase = _small_proof(raw)
    if coinbase.inputs[0][:2] != (bytes(32), 0xFFFFFFFF) or len(coinbase.inputs) != 1:
        raise Refused("has a coinbase that spends something")
    way = row.branch("coinbase_branch")
    if root_of(coinbase.txid[::-1], 0, way, count) != header[36:68]:
        raise Refused("has a coinbase whose branch does not lead to the header's Merkle root")
    height = stated_height(header, _coinbase_script(raw, coinbase), read.network)
    told = row.optional_number("block_height")
    if None not in (told, height) and told != height:
        raise Refused(f"states another height than the coinbase, which says {height:,}")
    if row.text("block_hash") in read.blocks:
        raise Refused("repeats a block")
    commitment, reserved = _committed(raw, coinbase)
    read.blocks[row.text("block_hash")] = ProvenBlock(
        header, count, len(way), commitment, reserved, height
    )


def _small_proof(raw: bytes) -> RawTransaction:
    transaction = read_transaction(raw)
    if transaction.stripped_bytes == _NODE_BYTES:
        raise Refused("has a transaction of 64 bytes, which could be a node of the tree")
    return transaction


def _coinbase_script(raw: bytes, coinbase: RawTransaction) -> bytes:
    # Version, count of inputs and the outpoint spent stand before it; it has at most 100 bytes.
    at = 4 + (2 if coinbase.has_witness else 0) + 1 + 36
    return raw[at + 1 : at + 1 + raw[at]]


def _committed(raw: bytes, coinbase: RawTransaction) -> tuple[bytes | None, bytes | None]:
    """What the coinbase commits to (BIP 141), and its reserved value, where it has them."""
    found = [
        script[6:38]
        for _, script in coinbase.outputs
        if len(script) >= 38 and script.startswith(_COMMITMENT)
    ]
    if not coinbase.has_witness:
        return (found[-1] if found else None), None
    witness = raw[-38:-4]
    if witness[:2] != b"\x01\x20" or len(raw) != coinbase.stripped_bytes + 36:
        raise Refused("has a coinbase with a witness of another form than BIP 141 asks")
    return (found[-1] if found else None), witness[2:]


def _take_transaction(read: ReadChain, row: Fields) -> None:
    txid = row.digest("txid")
    if txid in read.proven or txid in read.unproven:
        raise Refused(f"repeats transaction {txid}")
    if "why_not" in row:
        read.unproven[txid] = row.text("why_not")
        return
    raw = row.data("raw")
    transaction = _small_proof(raw)
    if transaction.txid.hex() != txid:
        raise Refused(f"has raw bytes that do not hash to {txid}")
    block = read.blocks.get(row.digest("block_hash"))
    if block is None:
        raise Refused(f"is of a block that {BLOCKS} does not hold")
    position, way = row.number("position"), row.branch("branch")
    if len(way) != block.steps:
        raise Refused("has a branch of another length than the coinbase of its block")
    if root_of(transaction.txid[::-1], position, way, block.transactions) != block.root:
        raise Refused("has a branch that does not lead to the header's Merkle root")
    if transaction.has_witness:
        _check_witness(row, raw, position, block)
    time_s = int.from_bytes(block.header[68:72], "little")
    read.proven[txid] = Proven(transaction, time_s, block.height)


def _check_witness(row: Fields, raw: bytes, position: int, block: ProvenBlock) -> None:
    if block.commitment is None or block.reserved is None or not position:
        raise Refused("has witnesses, and its block's coinbase commits to none")
    way = row.branch("witness_branch")
    root = root_of(double_sha256(raw), position, way, block.transactions)
    if double_sha256(root + block.reserved) != block.commitment:
        raise Refused("has witnesses that are not those its block commits to")


def headers_of(path: Path) -> Iterator[bytes]:
    if path.is_symlink() or not path.is_file():
        raise InputError("the file of headers is missing, or is not a file", where=path)
    with path.open("rb") as stream:
        for number in range(1, _MOST_HEADERS + 2):
            line = stream.readline(4 * HEADER_BYTES)
            if not line:
                return
            try:
                header = bytes.fromhex(line.decode("ascii"))
            except ValueError:
                header = b""
            if len(header) != HEADER_BYTES or number > _MOST_HEADERS:
                raise InputError(f"line {number} is no block header in hex", where=path)
            yield header
