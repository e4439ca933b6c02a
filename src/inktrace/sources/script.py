"""Output scripts: what kind each is, the address it is shown as, and the way back."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.sources.address_kernels import (
    LONGEST_ADDRESS,
    P2PKH,
    P2SH,
    classify,
    read_base58,
    write_addresses,
    write_scripts,
)
from inktrace.sources.hash_kernels import double_hashes
from inktrace.sources.networks import NETWORKS, Network

__all__ = [
    "SCRIPT_TYPES",
    "address_of",
    "binary_parts",
    "described_scripts",
    "script_of",
    "script_type",
    "scripts_of",
]

# In the order of the codes of address_kernels.
SCRIPT_TYPES: Final = (
    "p2pk",
    "p2pkh",
    "p2sh",
    "p2wpkh",
    "p2wsh",
    "p2tr",
    "multisig",
    "op_return",
    "witness_unknown",
    "nonstandard",
)
_PREFIX_GROUP: Final = np.zeros(256, np.uint8)
_PREFIX_GROUP[[0, 5]] = 1
_PREFIX_GROUP[[111, 196]] = 2
UNKNOWN_MARK: Final = b"addr:"  # stands before an address whose script cannot be known


def described_scripts(scripts: pa.Array, network: Network) -> tuple[pa.Array, pa.Array]:
    """The type of each output script, and the address it is shown as on this network.

    `scripts` is a binary array without nulls; the result is two string arrays. P2PK, bare
    multisig, OP_RETURN and nonstandard scripts have no address (null).

    Notes: wrong where a script is of a kind that its spender reads differently: a script that
    merely looks like P2SH did pay a plain hash before April 2012 (BIP 16).
    References: Bitcoin Core, src/script/solver.cpp; BIPs 16, 141, 173, 341, 350.
    """
    data, offsets = binary_parts(scripts)
    kinds = np.empty(len(scripts), np.uint8)
    payloads = np.empty((len(scripts), 25), np.uint8)
    classify(data, offsets, network.pubkey_prefix, network.script_prefix, kinds, payloads)
    hashed = np.flatnonzero((kinds == P2PKH) | (kinds == P2SH))
    payloads[hashed, 21:] = _checksums(payloads[hashed])
    text = np.empty(len(scripts) * LONGEST_ADDRESS, np.uint8)
    text_offsets = np.empty(len(scripts) + 1, np.int64)
    human = np.frombuffer(network.human_part.encode(), np.uint8)
    size = write_addresses(data, offsets, kinds, payloads, human, text, text_offsets)
    types = pa.DictionaryArray.from_arrays(kinds, list(SCRIPT_TYPES)).cast(pa.string())
    addresses = _strings(text[:size], text_offsets)
    return types, addresses


def scripts_of(addresses: pa.Array) -> tuple[pa.Array, np.ndarray[Any, np.dtype[np.uint8]]]:
    """The script that each address stands for, and the group of networks it belongs to.

    `addresses` is a string array. The scripts are null where the text is no valid address.
    Groups: 0 not valid, 1 mainnet, 2 a test network, 3 regtest only.

    Notes: base58 addresses of testnet, signet and regtest cannot be told apart (group 2).
    References: BIPs 13, 173, 350.
    """
    data, offsets = binary_parts(addresses.cast(pa.large_binary()))
    payloads = np.zeros((len(addresses), 25), np.uint8)
    groups = np.empty(len(addresses), np.uint8)
    read_base58(data, offsets, payloads, groups)
    readable = np.flatnonzero(groups)
    sound = (payloads[readable, 21:] == _checksums(payloads[readable])).all(axis=1)
    groups[readable] = np.where(sound, _PREFIX_GROUP[payloads[readable, 0]], 0)
    scripts = np.empty(len(addresses) * 42, np.uint8)
    script_offsets = np.empty(len(addresses) + 1, np.int64)
    size = write_scripts(data, offsets, payloads, groups, scripts, script_offsets)
    found = pa.Array.from_buffers(
        pa.large_binary(),
        len(addresses),
        [_validity(groups > 0), pa.py_buffer(script_offsets), pa.py_buffer(scripts[:size])],
    )
    return found.cast(pa.binary()), groups


def script_type(script: bytes) -> str:
    """The type of one output script, as named in SCRIPT_TYPES."""
    types, _ = described_scripts(pa.array([script], pa.binary()), NETWORKS["mainnet"])
    return str(types[0].as_py())


def address_of(script: bytes, network: Network) -> str | None:
    """The address of one output script; none where it has none."""
    _, addresses = described_scripts(pa.array([script], pa.binary()), network)
    found = addresses[0].as_py()
    return None if found is None else str(found)


def script_of(address: str) -> bytes | None:
    """The output script that one address of any network stands for; none if it is not valid."""
    scripts, _ = scripts_of(pa.array([address], pa.string()))
    found = scripts[0].as_py()
    return None if found is None else bytes(found)


def _checksums(payloads: Any) -> Any:
    """The first four bytes of double SHA-256 of the first 21 bytes of each row."""
    rows = np.ascontiguousarray(payloads[:, :21])
    starts = np.arange(0, 21 * len(rows), 21, dtype=np.int64)
    sums = np.empty((len(rows), 32), np.uint8)
    double_hashes(rows.reshape(-1), starts, starts + 21, sums.reshape(-1))
    return sums[:, :4]


def binary_parts(values: pa.Array) -> tuple[Any, Any]:
    """Bytes (uint8) and int64 offsets of a binary array, without copying where that can be."""
    large = values.cast(pa.large_binary())
    _, offsets, data = large.buffers()
    ends = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    if data is None:
        return np.empty(0, np.uint8), np.ascontiguousarray(ends)
    return np.frombuffer(data, np.uint8), np.ascontiguousarray(ends)


def _strings(text: Any, offsets: Any) -> pa.Array:
    """String array over these bytes; an empty string is null."""
    sizes = np.diff(offsets)
    large = pa.Array.from_buffers(
        pa.large_string(),
        len(sizes),
        [_validity(sizes > 0), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))],
    )
    return large.cast(pa.string())


def _validity(valid: Any) -> Any:
    return pa.py_buffer(np.packbits(valid, bitorder="little"))
