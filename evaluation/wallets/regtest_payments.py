"""A chain of payments between wallets of Bitcoin Core's software on regtest, with true owners.

    python evaluation/wallets/regtest_payments.py --out DIR --node "bitcoind" [--payments 2000]

Coins, change and signatures are the node's wallet's own. Habits that differ between kinds of
wallet are set by us: address type, whether change keeps it, lock time, replacement, version,
BIP 69 order. So are payments: a third of round bitcoin, a third of round dollars, a third of any
amount; a fifth to an address used before; with --mixes, CoinJoins too. Writes chain.jsonl
(bitcoin-etl), first_seen.csv, prices.csv and wallets.csv (address, wallet). Needs a bitcoind (or
its command line, quoted).
"""

from __future__ import annotations

import argparse
import base64
import csv
import http.client
import json
import random
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

_START = 1_700_000_000
_PORT = 28_443
_TYPES = ("legacy", "p2sh-segwit", "bech32", "bech32m")
_ETL_TYPES = {
    "pubkeyhash": "pubkeyhash", "scripthash": "scripthash",
    "witness_v0_keyhash": "witness_v0_keyhash", "witness_v1_taproot": "witness_v1_taproot",
    "nulldata": "nulldata",
}  # fmt: skip


@dataclass
class Wallet:
    """One wallet and its habits."""

    name: str
    kind: str
    keeps_type: bool  # change of its own type; else as the node chooses
    lock_time: bool
    replaceable: bool
    version: int
    ordered: bool  # BIP 69
    places: list[str] = field(default_factory=list)


class Node:
    """A regtest node of our own, spoken to on the loopback."""

    def __init__(self, command: str, folder: Path):
        words = [*shlex.split(command), "-regtest", f"-datadir={folder}", f"-rpcport={_PORT}",
                 "-listen=0", "-fallbackfee=0.0001", "-listenonion=0", "-txindex=1", "-server=1",
                 "-dbcache=50", "-par=1", "-printtoconsole=0"]  # fmt: skip
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603
        self._line = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=60)
        self._cookie = folder / "regtest" / ".cookie"
        for _ in range(120):
            try:
                self.call("getblockcount")
                return
            except (OSError, ValueError, RuntimeError, http.client.HTTPException):
                self._line.close()
                time.sleep(0.5)
        raise RuntimeError("the node did not start")

    def call(self, method: str, *params: Any, wallet: str = "") -> Any:
        """One remote procedure call; amounts come as Decimal."""
        token = base64.b64encode(self._cookie.read_bytes()).decode()
        body = json.dumps({"method": method, "params": params}, default=str)
        path = f"/wallet/{wallet}" if wallet else "/"
        self._line.request("POST", path, body, {"Authorization": f"Basic {token}"})
        answer = json.loads(self._line.getresponse().read(), parse_float=Decimal)
        if answer["error"]:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self.call("stop")
        self._process.wait(60)


class Market:
    """Wallets that pay one another."""

    def __init__(self, node: Node, seed: int, wallets: int):
        self.node, self.draw, self.now = node, random.Random(seed), float(_START)
        self.seen: dict[str, float] = {}
        self.owner: dict[str, str] = {}
        self.mixes: list[str] = []
        self.price = 40_000.0
        self.prices: list[tuple[int, float]] = []
        self.wallets = [self._habits(number) for number in range(wallets)]
        node.call("setmocktime", _START)
        for one in ["funding", *(w.name for w in self.wallets)]:
            node.call("createwallet", one)
        self.mine(110)
        self._fund()

    def _habits(self, number: int) -> Wallet:
        draw = self.draw
        return Wallet(
            f"wallet{number}", _TYPES[number % 4], draw.random() < 0.6, draw.random() < 0.5,
            draw.random() < 0.5, draw.choice((1, 2)), draw.random() < 0.25,
        )  # fmt: skip

    def place(self, wallet: Wallet, fresh: bool = False) -> str:
        """An address to be paid at: new, or in a fifth of cases one used before."""
        if wallet.places and not fresh and self.draw.random() < 0.2:
            return self.draw.choice(wallet.places)
        address = str(self.node.call("getnewaddress", "", wallet.kind, wallet=wallet.name))
        wallet.places.append(address)
        self.owner[address] = wallet.name
        return address

    def mine(self, blocks: int = 1) -> None:
        """Mine to the funding wallet."""
        address = self.node.call("getnewaddress", wallet="funding")
        self.node.call("generatetoaddress", blocks, address)

    def pay(self) -> bool:
        """One payment of one wallet to one other, or now and then to two; whether it was made."""
        payer, *payees = self.draw.sample(self.wallets, 3 if self.draw.random() < 0.1 else 2)
        self._pass_time()
        outputs = {self.place(one): self._amount() for one in payees}
        if len(outputs) < len(payees):
            return False
        height = self.node.call("getblockcount")
        try:
            raw = self.node.call(
                "createrawtransaction", [], [{a: v} for a, v in outputs.items()],
                height if payer.lock_time else 0, payer.replaceable,
            )  # fmt: skip
            options: dict[str, Any] = {"fee_rate": self.draw.choice((2, 5, 12, 30)),
                                       "replaceable": payer.replaceable}  # fmt: skip
            if payer.keeps_type:
                options["change_type"] = payer.kind
            funded = self.node.call("fundrawtransaction", raw, options, wallet=payer.name)["hex"]
        except RuntimeError:  # too poor for it
            return False
        made = f"{payer.version:02x}{self._ordered(funded, payer)[2:]}"
        signed = self.node.call("signrawtransactionwithwallet", made, wallet=payer.name)
        txid = self.node.call("sendrawtransaction", signed["hex"])
        self.seen[txid] = self.now
        for output in self.node.call("decoderawtransaction", signed["hex"])["vout"]:
            address = output["scriptPubKey"]["address"]
            self.owner.setdefault(address, payer.name)  # payees' are known already
        if self.draw.random() < 0.15:
            self.mine()
        return True

    def mix(self) -> bool:
        """A CoinJoin of JoinMarket's shape among four to seven wallets; whether it was made."""
        self._pass_time()
        people = self.draw.sample(self.wallets, self.draw.randint(4, 7))
        amount = self.draw.choice((50_000, 100_000, 200_000, 314_159))
        taker_pays = 300 * len(people) + 2_000
        inputs: list[dict[str, Any]] = []
        outputs: dict[str, Decimal] = {}
        for place, one in enumerate(people):
            coins = self._coins(one, amount + taker_pays + 30_000)
            if coins is None:
                return False
            inputs += [{"txid": coin["txid"], "vout": coin["vout"]} for coin in coins]
            change = sum(int(coin["amount"] * 10**8) for coin in coins) - amount
            change -= taker_pays if place == 0 else -self.draw.randint(0, 250)
            outputs[self.place(one, True)] = Decimal(amount) / 10**8
            outputs[self.place(one, True)] = Decimal(change) / 10**8
        self.draw.shuffle(inputs)
        paid = list(outputs.items())
        self.draw.shuffle(paid)
        raw = self.node.call("createrawtransaction", inputs, [{a: v} for a, v in paid])
        for one in people:
            raw = self.node.call("signrawtransactionwithwallet", raw, wallet=one.name)["hex"]
        txid = self.node.call("sendrawtransaction", raw)
        self.seen[txid] = self.now
        self.mixes.append(txid)
        return True

    def _coins(self, wallet: Wallet, amount: int) -> list[Any] | None:
        coins = self.node.call("listunspent", 0, wallet=wallet.name)
        self.draw.shuffle(coins)
        picked: list[Any] = []
        while coins and sum(int(coin["amount"] * 10**8) for coin in picked) < amount:
            picked.append(coins.pop())
        total = sum(int(coin["amount"] * 10**8) for coin in picked)
        return picked if total >= amount else None

    def _ordered(self, raw: str, payer: Wallet) -> str:
        if not payer.ordered:
            return raw
        told = self.node.call("decoderawtransaction", raw)
        inputs = sorted(told["vin"], key=lambda i: (i["txid"], i["vout"]))
        paid = sorted(told["vout"], key=lambda o: (o["value"], o["scriptPubKey"]["hex"]))
        return str(
            self.node.call(
                "createrawtransaction",
                [{k: i[k] for k in ("txid", "vout", "sequence")} for i in inputs],
                [{o["scriptPubKey"]["address"]: o["value"]} for o in paid],
                told["locktime"], payer.replaceable,
            )
        )  # fmt: skip

    def _amount(self) -> Decimal:
        kind = self.draw.random()
        if kind < 1 / 3:
            return Decimal(self.draw.choice((1, 2, 5, 10, 15, 20, 25, 50, 100))) / 10_000
        dollars = (
            self.draw.choice((10, 20, 25, 30, 50, 75, 100, 150, 200, 250, 500))
            if kind < 2 / 3
            else 10 ** self.draw.uniform(0.7, 3)
        )
        return Decimal(round(dollars / self.price * 1e8)) / 10**8

    def _pass_time(self) -> None:
        until = self.now + self.draw.expovariate(1 / 90)
        for minute in range(int(self.now // 60) + 1, int(until // 60) + 1):
            self.price *= 1 + self.draw.gauss(0, 0.0004)
            self.prices.append((60 * minute, self.price))
        self.now = until
        self.node.call("setmocktime", int(until))

    def _fund(self) -> None:
        for _ in range(4):
            for one in self.wallets:
                amount = Decimal(round(10 ** self.draw.uniform(5.5, 7.5))) / 10**8
                self.node.call("sendtoaddress", self.place(one, True), amount, wallet="funding")
            self.mine()


def write_chain(market: Market, out: Path) -> None:
    """Write what a workspace is filled from, and the truth."""
    node, paid = market.node, {}
    height = node.call("getblockcount")
    with (out / "chain.jsonl").open("w") as file:
        for at in range(1, height + 1):
            block = node.call("getblock", node.call("getblockhash", at), 2)
            for tx in block["tx"]:
                for output in tx["vout"]:
                    paid[tx["txid"], output["n"]] = _part(output)
                file.write(json.dumps(_etl(tx, block, paid)) + "\n")
    addresses = sorted({part["addresses"][0] for part in paid.values() if part["addresses"]})
    owned = [(address, market.owner.get(address, "funding")) for address in addresses]
    _write(out / "wallets.csv", ("address", "wallet"), owned)
    _write(out / "first_seen.csv", ("txid", "first_seen"), list(market.seen.items()))
    prices = [(moment, "USD", f"{price:.2f}") for moment, price in market.prices]
    _write(out / "prices.csv", ("time", "currency", "price"), prices)


def _etl(tx: Any, block: Any, paid: dict[tuple[str, int], Any]) -> dict[str, Any]:
    is_coinbase = "coinbase" in tx["vin"][0]
    spent = [] if is_coinbase else tx["vin"]
    return {
        "hash": tx["txid"], "version": tx["version"], "lock_time": tx["locktime"],
        "block_number": block["height"], "block_hash": block["hash"],
        "block_timestamp": block["time"], "is_coinbase": is_coinbase,
        "inputs": [
            {"index": place, "spent_transaction_hash": i["txid"], "spent_output_index": i["vout"],
             "sequence": i["sequence"], **_without_script(paid[i["txid"], i["vout"]])}
            for place, i in enumerate(spent)
        ],
        "outputs": [{"index": o["n"], **_part(o)} for o in tx["vout"]],
    }  # fmt: skip


def _part(output: Any) -> dict[str, Any]:
    script = output["scriptPubKey"]
    address = script.get("address")
    return {
        "script_hex": script["hex"],
        "type": _ETL_TYPES.get(script["type"], script["type"]),
        "addresses": [address] if address else [],
        "value": int(output["value"] * 10**8),
    }


def _without_script(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "script_hex"}


def _write(path: Path, names: tuple[str, ...], rows: list[Any]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def main() -> None:
    """Run the node, let the wallets pay, write the files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--node", default="bitcoind")
    options.add_argument("--payments", type=int, default=2000)
    options.add_argument("--mixes", type=int, default=0)
    options.add_argument("--wallets", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        node = Node(chosen.node, Path(folder))
        try:
            market = Market(node, chosen.seed, chosen.wallets)
            made = 0
            for number in range(chosen.payments):
                made += market.pay()
                if chosen.mixes and number % (chosen.payments // chosen.mixes) == 0:
                    market.mix()
            market.mine()
            write_chain(market, chosen.out)
            print(
                f"{made} payments of {chosen.payments} tried and {len(market.mixes)} CoinJoins of "
                f"{chosen.mixes}, {chosen.wallets} wallets"
            )
        finally:
            node.stop()


if __name__ == "__main__":
    main()
