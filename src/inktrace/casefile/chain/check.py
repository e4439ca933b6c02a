"""Whether raw transactions, branches and headers of a package hold together.

Nothing but the files is used, and nothing in them is believed: a third party needs no node to
see that a transaction is in a block whose header has its proof of work, and only a list of
headers that they trust to see that the block is on the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.findings import Finding
from inktrace.casefile.chain.proofs import FOLDER, HEADERS, PROVEN_ROLES, TRANSACTIONS
from inktrace.casefile.chain.reading import (
    ProvenBlock,
    ReadChain,
    headers_of,
    read_chain,
)
from inktrace.casefile.chain.told import differences
from inktrace.casefile.exhibit_rows import exhibits_folder, read_csv, texts
from inktrace.errors import InputError
from inktrace.sources.block_checks import double_sha256
from inktrace.sources.networks import target_of_bits

__all__ = ["check_chain"]

_NAME: Final = f"exhibits/{FOLDER}"
_MOST_NAMED: Final = 100


def check_chain(root: Path, headers: Path | None = None) -> Iterator[Finding]:
    """Whether the raw transactions are in the blocks that the package names.

    `headers` names a file of block headers that the checker trusts, in hex, one a line. Raises
    InputError where that file cannot be read; whatever is wrong with the package is a finding.
    """
    trusted = None if headers is None else _trusted(headers)
    if not any((root / place / FOLDER).exists() for place in (".", "exhibits", "data/exhibits")):
        yield _finding(_NAME, None, "The package holds no raw transactions: none was checked.")
        return
    try:
        exhibits = exhibits_folder(root)
        read = read_chain(exhibits / FOLDER)
        wrong = [*read.faults, *_not_there(exhibits, read)]
        wrong += differences(exhibits, read.proven, read.network)
    except InputError as error:
        yield _finding(_NAME, False, f"The chain exhibits cannot be used: {error.what}.")
        return
    for name, sentence in wrong[:_MOST_NAMED]:
        yield _finding(f"{_NAME}/{name}", False, f"{name} {sentence}.")
    if len(wrong) > _MOST_NAMED:
        more = len(wrong) - _MOST_NAMED
        yield _finding(_NAME, False, f"{more:,} more rows of the chain exhibits do not hold.")
    yield _inclusion(read, len(wrong))
    if read.unproven:
        yield _finding(
            f"{_NAME}/unproven",
            None,
            f"{len(read.unproven):,} transactions come without proof, each with the reason; their "
            "values rest on the files that the package names.",
        )
    if trusted is not None:
        yield from _on_chain(read, trusted)


def _inclusion(read: ReadChain, wrong: int) -> Finding:
    if not read.proven:
        sentence = "No transaction is tied to a block header."
        return _finding(_NAME, None if not wrong else False, sentence)
    hashes = sum(_work(block) for block in read.blocks.values())
    sentence = (
        f"{len(read.proven):,} raw transactions hash to their txids and lead, by their Merkle "
        f"branches, to {len(read.blocks):,} headers with proof of work ({read.network.name}; about "
        f"2^{max(0, hashes.bit_length() - 1)} hashes in all); values and addresses are those of "
        "the raw bytes."
    )
    if wrong:
        sentence = f"Of the chain exhibits {wrong:,} rows do not hold; do not rely on the others."
    return _finding(_NAME, not wrong, sentence)


def _finding(name: str, holds: bool | None, sentence: str) -> Finding:
    return Finding(name, holds, sentence, "chain")


def _work(block: ProvenBlock) -> int:
    return int(2**256 // (target_of_bits(int.from_bytes(block.header[72:76], "little")) + 1))


def _not_there(exhibits: Path, read: ReadChain) -> list[tuple[str, str]]:
    table = read_csv(exhibits / "transactions.csv")
    matters = {
        str(txid)
        for txid, role in zip(texts(table, "txid"), texts(table, "role"), strict=True)
        if role in PROVEN_ROLES
    }
    told = read.proven.keys() | read.unproven.keys()
    failed = bool(read.faults)
    missing = [] if failed else sorted(matters - told)
    added = sorted(told - matters)
    return [
        *((TRANSACTIONS, f"says nothing of transaction {txid}") for txid in missing),
        *((TRANSACTIONS, f"holds {txid}, which transactions.csv does not name") for txid in added),
    ]


def _trusted(path: Path) -> frozenset[bytes]:
    return frozenset(double_sha256(header) for header in headers_of(path))


def _on_chain(read: ReadChain, trusted: frozenset[bytes]) -> Iterator[Finding]:
    strange = [
        block_hash
        for block_hash, block in read.blocks.items()
        if double_sha256(block.header) not in trusted
    ]
    for block_hash in strange[:_MOST_NAMED]:
        yield _finding(
            f"{_NAME}/{block_hash}",
            False,
            f"Block {block_hash} is not among the headers that you trust.",
        )
    if not strange:
        yield _finding(
            f"{_NAME}/{HEADERS}",
            True,
            f"All {len(read.blocks):,} blocks are among the headers that you trust.",
        )
