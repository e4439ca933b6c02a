"""Sites: what a posting costs, how the processor quotes it, how long until the ad appears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inktrace.world.exact import exp
from inktrace.world.phrases import CATEGORIES, CITIES

Random = np.random.Generator

# The middle delay of a site lies between 20 and 300 seconds.
_LOG_20_S = 2.995732273553991
_LOG_300_S = 5.703782474656201
_BASE_PRICES = (5, 7, 8, 10, 12, 15, 17, 20, 25, 30, 35)


@dataclass(frozen=True)
class Site:
    """One site, its prices and its laws."""

    name: str
    currency: str
    per_usd: float  # units of currency per dollar
    prices: dict[str, float]  # category → price in the site's currency
    big_city_factor: float
    upsell: float  # added to some postings
    upsell_rate: float
    spread: float  # the processor's rate is the market's times 1 + spread
    spread_noise: float
    lock_s: float  # the quote is at most this old when the payment is broadcast
    decimals: int  # of the quoted amount in bitcoin
    delay_kind: str
    delay_scale_s: float
    delay_shape: float
    clock_skew_s: float

    def price(self, category: str, city: str, random: Random) -> float:
        """What one posting costs now, in the site's currency."""
        factor = self.big_city_factor if city in CITIES[:5] else 1.0
        upsell = self.upsell if random.random() < self.upsell_rate else 0.0
        return round(self.prices[category] * factor + upsell, 2)

    def delay(self, random: Random) -> float:
        """Seconds from first sight of the payment to the ad."""
        if self.delay_kind == "lognormal":
            return float(self.delay_scale_s * exp(random.normal(0, self.delay_shape)))
        if self.delay_kind == "gamma":
            return float(random.gamma(1 + 3 * self.delay_shape, self.delay_scale_s / 2))
        # A site that looks for payments once a minute and then takes a moment.
        return float(random.uniform(0, 60) + random.exponential(self.delay_scale_s / 3))


def make_sites(count: int, random: Random) -> list[Site]:
    """All sites of a world."""
    return [_site(number, random) for number in range(count)]


def _site(number: int, random: Random) -> Site:
    in_pesos = random.random() < 0.3
    per_usd = 56.0 if in_pesos else 1.0
    base = random.choice(_BASE_PRICES, size=len(CATEGORIES))
    prices = {
        category: float(round(price * per_usd / 50) * 50 if in_pesos else price)
        for category, price in zip(CATEGORIES, base, strict=True)
    }
    return Site(
        name=f"board{number + 1}.example",
        currency="PHP" if in_pesos else "USD",
        per_usd=per_usd,
        prices=prices,
        big_city_factor=float(random.choice([1.0, 1.0, 1.5, 2.0])),
        upsell=float(random.choice([2, 3, 5]) * (50 if in_pesos else 1)),
        upsell_rate=float(random.choice([0.0, 0.1, 0.25])),
        spread=float(random.uniform(-0.015, 0.015)),
        spread_noise=float(random.choice([0.0002, 0.0005, 0.001])),
        lock_s=float(random.choice([300, 600, 900])),
        decimals=int(random.choice([6, 7, 8])),
        delay_kind=str(random.choice(["lognormal", "gamma", "polled"])),
        delay_scale_s=exp(random.uniform(_LOG_20_S, _LOG_300_S)),
        delay_shape=float(random.uniform(0.3, 0.9)),
        clock_skew_s=float(random.normal(0, 4)),
    )
