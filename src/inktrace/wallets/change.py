"""The change of each payment: what the heuristics together cannot rule out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import ChangeParams
from inktrace.wallets.change_facts import Facts, Ids, Mask, change_facts, numbers
from inktrace.wallets.change_heuristics import HEURISTICS, Prices

Masks = npt.NDArray[np.bool_]  # heuristics × payments, or heuristics × outputs


@dataclass(frozen=True)
class Change:
    """What each heuristic says of each payment and its outputs, and what all say together."""

    facts: Facts
    names: tuple[str, ...]
    kept: Masks  # heuristics × outputs: it cannot rule this output out
    speaks: Masks  # heuristics × payments: it rules out some but not all
    names_one: Masks  # heuristics × payments: it leaves a single output
    together: Mask  # outputs that no speaking heuristic rules out
    left: Ids  # outputs left of each payment, by all that speak
    spoken: Mask  # payments of which some heuristic speaks

    def named(self) -> Ids:
        """Rows of the outputs named as change: the only one left of their payment."""
        single = self.spoken & (self.left == 1)
        return np.flatnonzero(self.together & single[self.facts.payment])

    def conflicts(self) -> Ids:
        """Places of the payments of which the heuristics leave nothing."""
        return np.flatnonzero(self.spoken & (self.left == 0))

    def agreeing(self, rows: Ids) -> Ids:
        """How many heuristics each leave just the output of each row."""
        mine = self.kept[:, rows] & self.names_one[:, self.facts.payment[rows]]
        return np.asarray(mine.sum(axis=0), np.int64)

    def heuristics_of(self, rows: Ids) -> list[str]:
        """Names of those that leave just this output, comma-separated."""
        mine = self.kept[:, rows] & self.names_one[:, self.facts.payment[rows]]
        return [
            ",".join(name for name, one in zip(self.names, column, strict=True) if one)
            for column in mine.T
        ]

    def speaking_of(self, payments: Ids) -> list[str]:
        """Names of the heuristics that speak of each payment, comma-separated."""
        return [
            ",".join(name for name, one in zip(self.names, column, strict=True) if one)
            for column in self.speaks[:, payments].T
        ]


def found_change(relations: Relations, params: ChangeParams) -> Change:
    """Ask every heuristic about every payment.

    Reads transactions, inputs, outputs, scripts, coinjoins, first_seen and prices.
    """
    return composed(change_facts(relations), bitcoin_prices(relations), tuple(HEURISTICS), params)


def composed(
    facts: Facts, prices: tuple[Prices, ...], names: tuple[str, ...], params: ChangeParams
) -> Change:
    """Intersect the named heuristics' sets; a heuristic that leaves none or all is passed over."""
    payments, outputs = facts.tx_id.size, facts.payment.size
    kept = np.ones((len(names), outputs), bool)
    speaks = np.zeros((len(names), payments), bool)
    names_one = np.zeros((len(names), payments), bool)
    together = np.ones(outputs, bool)
    size = facts.outputs()
    for place, name in enumerate(names):
        kept[place] = HEURISTICS[name](facts, prices, params)
        left = _sums(kept[place], facts)
        speaks[place] = (left > 0) & (left < size)
        names_one[place] = speaks[place] & (left == 1)
        together &= kept[place] | ~speaks[place][facts.payment]
    return Change(
        facts, names, kept, speaks, names_one, together, _sums(together, facts), speaks.any(axis=0)
    )


def bitcoin_prices(relations: Relations) -> tuple[Prices, ...]:
    """The prices of each currency."""
    rows = relations.collect(
        relations["prices"].select("currency", "time_us", "price").order_by("currency", "time_us")
    )
    currency = np.asarray(rows["currency"].to_pylist(), dtype=str)
    time_us, price = numbers(rows, "time_us"), _floats(rows, "price")
    return tuple(
        Prices(time_us[currency == one], price[currency == one]) for one in np.unique(currency)
    )


def _floats(rows: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(rows[name].combine_chunks().to_numpy(zero_copy_only=False), np.float64)


def _sums(chosen: Mask, facts: Facts) -> Ids:
    if not facts.tx_id.size:
        return np.zeros(0, np.int64)
    return np.add.reduceat(chosen.astype(np.int64), facts.starts[:-1])
