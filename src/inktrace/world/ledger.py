"""The chain of a world: owners with unspent outputs, and the transactions they make."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from inktrace.world.encoding import KINDS, double_sha256, script_and_address

Random = np.random.Generator
DUST = 600
# Upper ends of the shares of p2wpkh, p2pkh and p2sh; the rest is p2tr.
_KIND_STEPS: Final = (0.6, 0.8, 0.92)


@dataclass(frozen=True)
class Coin:
    """An unspent output."""

    txid: str
    vout: int
    value: int
    script: str
    address: str
    kind: str


@dataclass(frozen=True)
class Transaction:
    """One transaction, as it will be written."""

    txid: str
    seen_s: float  # true time of its broadcast, UTC seconds
    inputs: tuple[Coin, ...]
    outputs: tuple[Coin, ...]
    is_coinbase: bool


@dataclass
class Ledger:
    """Who owns what, and what has been paid so far. Times must not run backwards."""

    random: Random
    transactions: list[Transaction] = field(default_factory=list)
    coins: dict[str, list[Coin]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, str] = field(default_factory=dict)  # address → owner
    reuse: dict[str, float] = field(
        default_factory=dict
    )  # owner → how often an address serves again
    _places: dict[str, list[tuple[str, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def new_address(self, owner: str, kind: str | None = None) -> tuple[str, str, str]:
        """A fresh script, its address and its kind, for an owner."""
        chosen = kind or KINDS[bisect(_KIND_STEPS, self.random.random())]
        script, address = script_and_address(chosen, self.random.bytes(32))
        self.addresses[address] = owner
        self._places[owner].append((script, address, chosen))
        return script, address, chosen

    def some_address(self, owner: str) -> tuple[str, str, str]:
        """Where the owner takes coins next: an address used before, or a fresh one, by habit."""
        places = self._places[owner]
        if places and self.random.random() < self.reuse.get(owner, 0.4):
            return places[int(self.random.integers(len(places)))]
        return self.new_address(owner)

    def grant(self, time_s: float, owner: str, values: list[int]) -> None:
        """New coins for an owner, as a miner's first transaction would make them."""
        places = [self.some_address(owner) for _ in values]
        self._store(
            time_s, (), [(v, *place) for v, place in zip(values, places, strict=True)], True
        )

    def can_pay(self, owner: str, amount: int) -> bool:
        """Whether the owner's coins cover an amount and its fee."""
        return sum(coin.value for coin in self.coins[owner]) > amount + 20_000

    def pay(
        self,
        time_s: float,
        owner: str,
        outputs: list[tuple[int, str, str, str]],
        *,
        extra_coins: int = 0,
    ) -> Transaction | None:
        """Pay (value, script, address, kind) outputs; the change goes back to the owner.

        None where the owner has too little. The first outputs of the transaction are in random
        order with the change.
        """
        amount = sum(output[0] for output in outputs)
        picked = self._pick(owner, amount + 2_000, extra_coins)
        if picked is None:
            return None
        fee = int(self.random.integers(300, 1_500)) * min(len(picked) + len(outputs), 40) // 3
        change = sum(coin.value for coin in picked) - amount - fee
        made = list(outputs)
        if change > DUST:
            place = (change, *self.some_address(owner))
            made.insert(int(self.random.integers(0, len(made) + 1)), place)
        elif change < 0:
            self.coins[owner].extend(picked)
            return None
        return self._store(time_s, tuple(picked), made, False)

    def sweep(self, time_s: float, owner: str, least: int, most: int) -> Transaction | None:
        """Gather an owner's coins into one output of its own."""
        coins = self.coins[owner]
        if len(coins) < least:
            return None
        picked, self.coins[owner] = coins[:most], coins[most:]
        total = sum(coin.value for coin in picked) - 500 * len(picked)
        if total < DUST:
            return None
        return self._store(time_s, tuple(picked), [(total, *self.some_address(owner))], False)

    def mix(self, time_s: float, owners: list[str], value: int) -> Transaction | None:
        """A CoinJoin: equal outputs for every owner, change apart."""
        picked, outputs = [], []
        for owner in owners:
            mine = self._pick(owner, value + 1_000, 0)
            if mine is None:
                continue
            picked.extend(mine)
            outputs.append((value, *self.new_address(owner, "p2wpkh")))
            change = sum(coin.value for coin in mine) - value - 800
            if change > DUST:
                outputs.append((change, *self.new_address(owner, "p2wpkh")))
        if len(picked) < 5:
            for coin in picked:
                self.coins[self.addresses[coin.address]].append(coin)
            return None
        order = self.random.permutation(len(outputs))
        return self._store(time_s, tuple(picked), [outputs[place] for place in order], False)

    def _pick(self, owner: str, amount: int, extra: int) -> list[Coin] | None:
        coins, picked, total = self.coins[owner], [], 0
        while coins and total < amount:
            picked.append(coins.pop(0))
            total += picked[-1].value
        if total < amount:
            coins[:0] = picked
            return None
        picked += coins[:extra]
        del coins[:extra]
        return picked

    def _store(
        self,
        time_s: float,
        inputs: tuple[Coin, ...],
        outputs: list[tuple[int, str, str, str]],
        is_coinbase: bool,
    ) -> Transaction:
        # Not a transaction that a node would take, but one name for one content.
        body = "".join(f"{c.txid}:{c.vout};" for c in inputs) + "".join(
            f"{value}:{script};" for value, script, _, _ in outputs
        )
        txid = double_sha256(f"{len(self.transactions)}|{body}".encode()).hex()
        coins = tuple(
            Coin(txid, vout, value, script, address, kind)
            for vout, (value, script, address, kind) in enumerate(outputs)
        )
        for coin in coins:
            self.coins[self.addresses[coin.address]].append(coin)
        made = Transaction(txid, time_s, inputs, coins, is_coinbase)
        self.transactions.append(made)
        return made
