"""Emulated Wasabi 2 rounds, written from the published protocol and not from any rule here.

Each client registers one to ten coins: new ones of any amount, and outputs of earlier rounds. All
clients see all amounts, cut them greedily to the standard amounts, and keep those that come up at
least twice; each then cuts its own sum to a random choice of these and takes what is left as
change, or leaves it to the miner where it is below the least output. The coordinator of rounds
with a fee takes 0.3% of new coins above 0.01 bitcoin.

References: Ficsór, Kogman, Ontivero & Seres, "WabiSabi" (2021); description of the amount
decomposition in the documentation of Wasabi Wallet 2.0.
"""

from __future__ import annotations

import random

from coinjoin_sets import Labelled

_LEAST_SAT = 5_000
_INPUT_VBYTES, _OUTPUT_VBYTES = 69, 31
_ROUND = 10**8


def standard_amounts(most: int) -> list[int]:
    """Amounts that outputs are cut to, descending."""
    amounts = set()
    for base in (2, 3, 10):
        power = 1
        while power <= most:
            times = {2: (1,), 3: (1, 2), 10: (1, 2, 5)}[base]
            amounts.update(power * one for one in times)
            power *= base
    return sorted((one for one in amounts if _LEAST_SAT <= one <= most), reverse=True)


def emulated_rounds(count: int, seed: int) -> list[Labelled]:
    """Rounds of coordinators large (50 inputs and more) and small (10 and more)."""
    draw = random.Random(seed)
    purse: list[int] = []  # outputs of earlier rounds, to be mixed again
    made = []
    for number in range(count):
        clients = draw.randint(15, 90) if draw.random() < 0.6 else draw.randint(3, 12)
        fee_per_vbyte = draw.choice([2, 5, 10, 20, 40, 100])
        coins = [_coins(draw, purse) for _ in range(clients)]
        while sum(len(mine) for mine in coins) < 10:
            coins.append(_coins(draw, purse))
        spent = [value for mine in coins for value in mine]
        paid = _outputs(draw, coins, fee_per_vbyte, with_fee=draw.random() < 0.5)
        purse = [*purse, *paid][-4_000:]
        draw.shuffle(purse)
        txid = f"emulated round {seed}/{number}"
        made.append(
            Labelled(
                txid,
                [(value, f"{txid} in {place}") for place, value in enumerate(spent)],
                [(value, f"{txid} out {place}") for place, value in enumerate(paid)],
            )
        )
    return made


def _coins(draw: random.Random, purse: list[int]) -> list[int]:
    coins = []
    for _ in range(min(1 + int(draw.expovariate(0.5)), 10)):
        if purse and draw.random() < 0.6:
            coins.append(purse.pop())
        else:
            coins.append(max(int(draw.lognormvariate(14.5, 2.0)), 8_000))
    return coins


def _outputs(
    draw: random.Random, coins: list[list[int]], fee_per_vbyte: int, *, with_fee: bool
) -> list[int]:
    input_fee, output_fee = _INPUT_VBYTES * fee_per_vbyte, _OUTPUT_VBYTES * fee_per_vbyte
    worth = [
        [value - input_fee - int(0.003 * value * (with_fee and value > _ROUND // 100))
         for value in mine]
        for mine in coins
    ]  # fmt: skip
    largest = max(max(mine) for mine in worth)
    amounts = standard_amounts(max(largest, _LEAST_SAT))
    seen: dict[int, int] = {}
    for mine in worth:
        for value in mine:
            for amount in _greedy(value, amounts, output_fee):
                seen[amount] = seen.get(amount, 0) + 1
    common = [amount for amount in amounts if seen.get(amount, 0) >= 2] or amounts
    paid = []
    for mine in worth:
        paid += _cut(draw, sum(mine), common, output_fee)
    if with_fee:
        fee = sum(int(0.003 * v) for mine in coins for v in mine if v > _ROUND // 100)
        if fee >= _LEAST_SAT:
            paid.append(fee)
    return sorted(paid, reverse=True)


def _greedy(value: int, amounts: list[int], output_fee: int) -> list[int]:
    cut = []
    for amount in amounts:
        while value >= amount + output_fee and len(cut) < 8:
            cut.append(amount)
            value -= amount + output_fee
    return cut


def _cut(draw: random.Random, value: int, common: list[int], output_fee: int) -> list[int]:
    """One client's outputs: the best of some random cuts, by what is left over."""
    best: tuple[int, list[int]] = (value, [])
    for _ in range(8):
        left, cut = value, []
        while len(cut) < 8:
            fitting = [amount for amount in common if amount + output_fee <= left]
            if not fitting:
                break
            cut.append(draw.choice(fitting[:6]))
            left -= cut[-1] + output_fee
        if left < best[0]:
            best = (left, cut)
    left, cut = best
    return [*cut, left - output_fee] if left - output_fee >= _LEAST_SAT else cut
