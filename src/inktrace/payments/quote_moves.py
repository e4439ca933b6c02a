"""How far the price of a bitcoin had moved since a quote could have been made, per output."""

from __future__ import annotations

import numpy as np

from inktrace.payments.times import Ints, PriceSeries, Singles

# From such a share of all outputs on, those of all are made once and kept.
_MANY = 4


class QuoteMoves:
    """ln of the price so many seconds before an output was paid over the price then.

    Those of a few outputs are made when they are asked for: of ten million outputs they take
    half a gigabyte, and a lead needs some thousands.
    """

    def __init__(self, series: PriceSeries | None, middle_us: Ints, ages_s: Ints):
        """`middle_us`: when each output was paid; without a price series nothing ever moved."""
        self._series, self._middle_us, self._ages_s = series, middle_us, ages_s
        self._all: Singles | None = None

    def of(self, output: Ints) -> Singles:
        """Moves of the outputs with the given numbers: (outputs, ages), float32."""
        if self._series is None:
            return np.zeros((len(output), len(self._ages_s)), dtype=np.float32)
        most = len(self._middle_us) // _MANY
        if self._all is None and len(output) <= most:
            return self._series.moves(self._middle_us[output], self._ages_s)
        if self._all is None:
            # Asked for often, an output is one all the same.
            is_asked = np.zeros(len(self._middle_us), dtype=bool)
            is_asked[output] = True
            rows = np.flatnonzero(is_asked)
            if len(rows) <= most:
                place = np.empty(len(is_asked), dtype=np.int32)
                place[rows] = np.arange(len(rows))
                return self._series.moves(self._middle_us[rows], self._ages_s)[place[output]]
            self._all = self._series.moves(self._middle_us, self._ages_s)
        return self._all[output]
