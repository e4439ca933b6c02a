"""The Bitcoin networks: how each marks its blocks and writes its addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inktrace.engine import Engine
from inktrace.errors import InputError

__all__ = [
    "MAGICS",
    "NETWORKS",
    "Network",
    "network_of_target",
    "settle_network",
    "stored_network",
    "target_of_bits",
]


@dataclass(frozen=True)
class Network:
    """One network: its block magic, address prefixes and easiest allowed proof of work."""

    name: str
    magic: bytes
    pubkey_prefix: int
    script_prefix: int
    human_part: str
    easiest_bits: int
    genesis_time_s: int


# Bitcoin Core, src/kernel/chainparams.cpp.
NETWORKS: Final = {
    network.name: network
    for network in (
        Network("mainnet", bytes.fromhex("f9beb4d9"), 0, 5, "bc", 0x1D00FFFF, 1231006505),
        Network("testnet3", bytes.fromhex("0b110907"), 111, 196, "tb", 0x1D00FFFF, 1296688602),
        Network("testnet4", bytes.fromhex("1c163f28"), 111, 196, "tb", 0x1D00FFFF, 1714777860),
        Network("signet", bytes.fromhex("0a03cf40"), 111, 196, "tb", 0x1E0377AE, 1598918400),
        Network("regtest", bytes.fromhex("fabfb5da"), 111, 196, "bcrt", 0x207FFFFF, 1296688602),
    )
}
MAGICS: Final = {network.magic: network for network in NETWORKS.values()}


def target_of_bits(bits: int) -> int:
    """The proof-of-work target that a header's compact `bits` stand for; 0 if they are invalid."""
    exponent, mantissa = bits >> 24, bits & 0x007FFFFF
    if bits & 0x00800000 or exponent > 34:
        return 0
    return mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)


def network_of_target(bits: int) -> Network:
    """The network a block without magic belongs to, judged by its target alone.

    A target no harder network allows says signet or regtest; any other is taken as mainnet.
    """
    target = target_of_bits(bits)
    for name in ("mainnet", "signet"):
        if target <= target_of_bits(NETWORKS[name].easiest_bits):
            return NETWORKS[name]
    return NETWORKS["regtest"]


def stored_network(engine: Engine) -> Network | None:
    """The network whose transactions this workspace holds; none before the first."""
    rows = engine.rows("SELECT value FROM workspace WHERE name = 'network'")
    return NETWORKS[rows[0][0]] if rows else None


def settle_network(engine: Engine, network: Network, where: object) -> None:
    """Make this the workspace's network, or refuse it where the workspace has another.

    Raises InputError when the workspace holds transactions of another network.
    """
    known = stored_network(engine)
    if known is None:
        engine.execute("INSERT INTO workspace VALUES ('network', ?)", [network.name])
    elif known is not network:
        raise InputError(
            f"these are {network.name} records; the workspace holds {known.name}",
            where=str(where),
            do="use one workspace per network",
        )
