"""Labelled transactions for measuring CoinJoin rules: read from the shared data, cut in two.

Whatever was chosen by looking at data was chosen on the tuning half; figures are reported on the
other. The half is a hash of the txid, so that no later choice moves a transaction.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from inktrace.world import read_esplora

Side = list[tuple[int, str]]  # value in satoshi and script (or address) of each
LABELLED = {
    "whirlpool": ("dumplings__sw_202403.zip", "Scanner/SamouraiCoinJoins.txt"),
    "whirlpool_tx0": ("dumplings__sw_202403.zip", "Scanner/SamouraiTx0s.txt"),
    "whirlpool_postmix": ("dumplings__sw_202403.zip", "Scanner/SamouraiPostMixTxs.txt"),
    "wasabi1": ("dumplings__ww1_202405.zip", "Scanner/WasabiCoinJoins.txt"),
    "wasabi1_postmix": ("dumplings__ww1_202405.zip", "Scanner/WasabiPostMixTxs.txt"),
    "joinmarket_filter_set": ("jm_filter_false_positives.zip", "Scanner/OtherCoinJoins.txt"),
}
MEMPOOL = "transactions/sob2024_mempool_8131_json.tar.xz"
JOINMARKET = "coinjoin/emul__joinmarket_1taker_2tumbler_40maker_pruned.zip"


@dataclass(frozen=True)
class Labelled:
    """One transaction: its id, and value and script of what it spends and pays."""

    txid: str
    spent: Side
    paid: Side

    def is_reported(self) -> bool:
        """Whether it belongs to the reporting half."""
        return hashlib.sha256(self.txid.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Emulation:
    """The emulated JoinMarket market: its blocks' transactions and who owns each address."""

    transactions: list[dict[str, Any]]  # as Bitcoin Core's getblock tells them, in block order
    coins: dict[tuple[str, int], tuple[int, str]]  # outpoint → value, address
    owner: dict[str, str]  # address → wallet; the funding wallet is not among them


def dumplings(data: Path, name: str) -> list[Labelled]:
    """One of the LABELLED sets, in file order."""
    archive, member = LABELLED[name]
    with zipfile.ZipFile(data / "coinjoin" / archive) as files:
        text = files.read(member).decode("utf-8-sig")
    rows = (line.strip("\r").split(":::") for line in text.split("\n") if ":::" in line)
    return [
        Labelled(
            row[0],
            [_part(part.split("-", 2)[2]) for part in _parts(row[4])],
            [_part(part) for part in _parts(row[5])],
        )
        for row in rows
    ]


def mempool(data: Path) -> list[Labelled]:
    """8,131 mainnet mempool transactions of March 2024; some are CoinJoins."""
    return [
        Labelled(
            made.txid,
            [(coin.value, coin.script) for coin in made.inputs],
            [(coin.value, coin.script) for coin in made.outputs],
        )
        for made in read_esplora(data / MEMPOOL)
    ]


def wasabi2_rounds(kind: str) -> list[Labelled]:
    """Known Wasabi 2 rounds beside this file; `kind`: mainnet, emulated
    or emulated_unseen."""
    rounds = json.loads(Path(__file__).with_name("wasabi2_rounds.json").read_text())[kind]
    return [
        Labelled(
            txid,
            [(value, f"{txid} in {place}") for place, value in enumerate(spent)],
            [(value, f"{txid} out {place}") for place, value in enumerate(paid)],
        )
        for txid, (spent, paid) in rounds.items()
    ]


def joinmarket_emulation(data: Path) -> Emulation:
    """The emulated market with its true wallets."""
    owner: dict[str, str] = {}
    coins: dict[tuple[str, int], tuple[int, str]] = {}
    blocks = []
    with zipfile.ZipFile(data / JOINMARKET) as files:
        for name in files.namelist():
            wallet = name.split("/")[-2]
            if name.endswith("/keys.json"):
                owner |= {key["address"]: wallet for key in json.loads(files.read(name))}
            elif name.endswith("/coins.json"):
                for coin in json.loads(files.read(name)):
                    owner[coin["address"]] = wallet
                    coins[coin["txid"], coin["index"]] = (coin["amount"], coin["address"])
            elif "/block_" in name:
                blocks.append(json.loads(files.read(name)))
    made = [tx for block in sorted(blocks, key=lambda block: block["height"]) for tx in block["tx"]]
    for tx in made:
        for output in tx["vout"]:
            address = output["scriptPubKey"].get("address", "")
            coins[tx["txid"], output["n"]] = (round(output["value"] * 1e8), address)
    return Emulation(made, coins, owner)


def joinmarket_mixes(emulation: Emulation) -> list[Labelled]:
    """The emulated transactions that spend coins of two wallets or more."""
    mixes = []
    for tx in emulation.transactions:
        spent = [emulation.coins.get((i.get("txid"), i.get("vout"))) for i in tx["vin"]]
        known = [coin for coin in spent if coin is not None]
        owners = {emulation.owner.get(address) for _, address in known} - {None}
        if len(owners) > 1 and len(known) == len(spent):
            paid = [emulation.coins[tx["txid"], output["n"]] for output in tx["vout"]]
            mixes.append(Labelled(tx["txid"], known, paid))
    return mixes


def chain_tables(made: Iterable[Labelled]) -> dict[str, pa.Table]:
    """`inputs`, `outputs` and `scripts` as a workspace holds them; tx_id counts from 0."""
    scripts: dict[str, int] = {}
    rows: dict[str, list[tuple[int, int, int, int]]] = {"inputs": [], "outputs": []}
    for tx, one in enumerate(made):
        for name, side in (("inputs", one.spent), ("outputs", one.paid)):
            rows[name] += [
                (tx, place, value, scripts.setdefault(script, len(scripts)))
                for place, (value, script) in enumerate(side)
            ]
    tables = {
        name: pa.table(
            dict(zip(("tx_id", place, "value_sat", "script_id"), zip(*found, strict=True),
                     strict=True))
        )
        for (name, found), place in zip(rows.items(), ("vin", "vout"), strict=True)
    }  # fmt: skip
    types = pa.array([_type(script) for script in scripts], pa.string())
    tables["scripts"] = pa.table({"script_id": range(len(scripts)), "script_type": types})
    return tables


def _type(script: str) -> str | None:
    """The type of a script by its hex; unknown where only an address or a name is known."""
    heads = {"0014": "p2wpkh", "5120": "p2tr", "76a9": "p2pkh", "a914": "p2sh", "0020": "p2wsh"}
    return heads.get(script[:4])


def _parts(field: str) -> list[str]:
    return [part for part in field.replace("{", "}").split("}") if part]


def _part(text: str) -> tuple[int, str]:
    value, script, *_ = text.split("+")
    return int(value), script
