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

    def heuristics_of(self, rows: Ids) -> pa.Array:
        """Names of those that leave just the output of each row, comma-separated."""
        return self._listed(self.kept[:, rows] & self.names_one[:, self.facts.payment[rows]])

    def speaking_of(self, payments: Ids) -> pa.Array:
        """Names of the heuristics that speak of each payment, comma-separated."""
        return self._listed(self.speaks[:, payments])

    def _listed(self, chosen: Masks) -> pa.Array:
        """One text for each column of `chosen`; each combination is put into words once."""
        code = (chosen * (1 << np.arange(len(self.names)))[:, None]).sum(axis=0)
        codes, place = np.unique(code, return_inverse=True)
        texts = [
            ",".join(name for bit, name in enumerate(self.names) if one >> bit & 1)
            for one in codes.tolist()
        ]
        return pa.array(texts, pa.string()).take(pa.array(place.ravel(), pa.int64()))


def found_change(relations: Relations, params: ChangeParams) -> Change:
    """Ask every heuristic about every payment.

    Reads transactions, inputs, outputs, scripts, coinjoins, first_seen and prices.
    """
    facts, prices = change_facts(relations), bitcoin_prices(relations)
    kept = np.ones((len(HEURISTICS), facts.payment.size), bool)
    for place, heuristic in enumerate(HEURISTICS.values()):
        kept[place] = heuristic(facts, prices, params)
    return composed(facts, tuple(HEURISTICS), kept)


def composed(facts: Facts, names: tuple[str, ...], kept: Masks) -> Change:
    """Intersect the heuristics' sets; a heuristic that leaves none or all is passed over.

    `kept` as in Change, one row for each name.
    """
    size = facts.outputs()
    left = np.array([_sums(one, facts) for one in kept]).reshape(len(names), size.size)
    speaks = (left > 0) & (left < size)
    together = np.ones(facts.payment.size, bool)
    for one, spoken in zip(kept, speaks, strict=True):
        together &= one | ~spoken[facts.payment]
    return Change(
        facts,
        names,
        kept,
        speaks,
        speaks & (left == 1),
        together,
        _sums(together, facts),
        np.asarray(speaks.any(axis=0)),
    )


def only(change: Change, names: tuple[str, ...]) -> Change:
    """The same, composed of some of the heuristics."""
    chosen = [change.names.index(name) for name in names]
    return composed(change.facts, names, change.kept[chosen])


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
