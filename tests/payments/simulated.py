"""A quick simulated case for the tests of this room: ads, payments among a background, truth.

It shares no code with the stages. Tables are those the stages read; `truth` maps each paid
ad to its (tx_id, vout), and each author to the wallet that pays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine

START_US = 1_700_006_400_000_000  # a midnight, UTC
DAY_S = 86_400
SITE_PRICES = ((5.0, 10.0), (7.0, 12.0, 20.0), (15.0, 30.0), (10.0, 25.0))


@dataclass(frozen=True)
class Case:
    """Tables of a simulated case, and its truth."""

    tables: dict[str, pa.Table]
    paid: dict[str, tuple[int, int]]
    payer: dict[str, int]
    via_service: set[str] = field(default_factory=set)
    tills: list[int] = field(default_factory=list)

    def engine(self) -> Engine:
        """The case in a database in memory."""
        return Engine.in_memory(self.tables)

    def pairs(self, least: int = 1) -> set[tuple[str, int]]:
        """True (author, wallet) pairs with at least so many ads paid from the wallet."""
        author = dict(
            zip(
                self.tables["authors"]["ad_id"].to_pylist(),
                self.tables["authors"]["author_id"].to_pylist(),
                strict=True,
            )
        )
        wallet = dict(
            zip(
                self.tables["payers"]["tx_id"].to_pylist(),
                self.tables["payers"]["wallet_id"].to_pylist(),
                strict=True,
            )
        )
        counts: dict[tuple[str, int], int] = {}
        for ad, (tx, _) in self.paid.items():
            key = (author[ad], wallet.get(tx, -1))
            counts[key] = counts.get(key, 0) + 1
        return {key for key, count in counts.items() if count >= least and key[1] >= 0}


class Maker:
    """Collects transactions and ads, then hands them over as a Case."""

    def __init__(self, seed: int, days: float):
        """Start a case that covers so many days."""
        self.rng = np.random.default_rng(seed)
        self.days = days
        self.tx: list[tuple[float, int, list[int]]] = []  # seconds, wallet, output values
        self.paid_to: dict[int, int] = {}  # transaction -> wallet that its first output pays
        minutes = int(days * 1440) + 2
        steps = self.rng.normal(0, 0.0004, minutes).cumsum()
        self.price = 30_000 * np.exp(steps)

    def price_at(self, second: float) -> float:
        """The bitcoin price at a time."""
        return float(self.price[int(np.clip(second // 60, 0, len(self.price) - 1))])

    def pay(self, second: float, wallet: int, fiat: float, change: bool = True) -> int:
        """Add a transaction that pays so much; returns its number."""
        value = max(int(fiat / self.price_at(second) * 1e8), 600)
        others = [int(np.exp(self.rng.normal(13, 2))) + 600] if change else []
        self.tx.append((second, wallet, [value, *others]))
        return len(self.tx) - 1

    def pay_till(self, second: float, wallet: int, fiat: float, till: int) -> int:
        """Pay a processor: a rate some minutes old, six decimals of a bitcoin, its own wallet."""
        quoted = self.price_at(second - float(self.rng.uniform(60, 600)))
        made = self.pay(second, wallet, 1.0)
        self.tx[made][2][0] = max(round(fiat / quoted * 1e6) * 100, 600)
        self.paid_to[made] = till
        return made

    def background(self, count: int, wallets: int, at_points: float) -> None:
        """Transactions of nobody in particular; some wallets are far busier than others."""
        rng = self.rng
        seconds = np.sort(rng.uniform(0, self.days * DAY_S, count))
        busy = (rng.pareto(1.1, wallets) + 0.3).clip(max=count / 50)
        owner = rng.choice(wallets, count, p=busy / busy.sum())
        points = np.array([5, 7, 10, 12, 15, 20, 25, 30, 50, 100.0])
        fiat = np.where(
            rng.random(count) < at_points,
            rng.choice(points, count) * np.exp(rng.normal(0, 0.004, count)),
            np.exp(rng.normal(4, 2, count)),
        )
        for second, wallet, amount in zip(seconds, owner, fiat, strict=True):
            self.pay(float(second), int(wallet), float(amount))

    def bursts(self, count: int, first_wallet: int, each: int = 15) -> None:
        """Wallets that pay one price to many people within minutes, and are then silent."""
        rng = self.rng
        for wallet in range(first_wallet, first_wallet + count):
            second = float(rng.uniform(0, self.days * DAY_S - 3600))
            fiat = float(rng.choice([5, 7, 10, 12, 15, 20, 25, 30]))
            for _ in range(each):
                second += float(rng.exponential(60))
                self.pay(second, wallet, fiat * float(np.exp(rng.normal(0.002, 0.003))))


def simulated_case(
    seed: int = 1,
    *,
    days: float = 10,
    authors: int = 40,
    ads_each: tuple[int, int] = (4, 20),
    loners: int = 50,
    background: int = 8000,
    at_points: float = 0.33,
    paying: float = 0.7,
    paid_share: float = 0.85,
    pairs: float = 0.08,
    service_share: float = 0.15,
    missing: float = 0.05,
    payments: bool = True,
    other_activity: float = 2.0,
    resolution_s: int = 60,
    bursts: int = 0,
    till_share: float = 0.0,
) -> Case:
    """Simulate a case: authors post, some pay with bitcoin minutes before; the rest is noise.

    That share of each site's payments goes through a processor to a wallet of the site's own,
    which customers of other shops pay too; then one busy wallet receives from everybody.

    `bursts` more wallets pay one price to fifteen people within a quarter of an hour.
    """
    made = Maker(seed, days)
    rng = made.rng
    service = 0
    made.background(background, max(background // 3, 10), at_points)
    first_wallet = background
    ads: list[tuple[str, int, float, float]] = []  # author, site, second, price
    paid: dict[int, tuple[int, int]] = {}
    payer: dict[str, int] = {}
    via_service: set[str] = set()
    sizes = np.concatenate([rng.integers(ads_each[0], ads_each[1] + 1, authors), np.ones(loners)])
    for number, size in enumerate(sizes.astype(int)):
        author = f"A-{number:05d}"
        favourite = rng.integers(len(SITE_PRICES))
        pays = payments and rng.random() < paying
        by_service = rng.random() < service_share
        wallet = service if by_service else first_wallet + number
        if pays:
            payer[author] = wallet
            if by_service:
                via_service.add(author)
            for _ in range(rng.poisson(other_activity)):
                made.pay(float(rng.uniform(0, days * DAY_S)), wallet, float(rng.uniform(3, 300)))
        left = size
        while left > 0:
            second = float(rng.uniform(0.05, days - 0.05) * DAY_S)
            site = int(favourite if rng.random() < 0.8 else rng.integers(len(SITE_PRICES)))
            both = left >= 2 and rng.random() < pairs
            prices = [float(p) for p in rng.choice(SITE_PRICES[site], 2 if both else 1)]
            rows = list(range(len(ads), len(ads) + len(prices)))
            for step, price in enumerate(prices):
                ads.append((author, site, second + 60 * step, price))
            left -= len(prices)
            if pays and rng.random() < paid_share:
                delay = float(np.exp(rng.normal(np.log(150 + 120 * site), 0.5)))
                spread = float(np.exp(rng.normal(0.002 * site, 0.004)))
                if till_share and rng.random() < till_share:
                    till = first_wallet + 10_000 + site
                    tx = made.pay_till(second - delay, wallet, sum(prices), till)
                else:
                    tx = made.pay(second - delay, wallet, sum(prices) * spread)
                for row in rows:
                    paid[row] = (tx, 0)
    made.bursts(bursts, first_wallet + len(sizes))
    tills: list[int] = []
    if till_share:
        tills = [first_wallet + 10_000 + site for site in range(len(SITE_PRICES))]
        for till in tills:
            for _ in range(background // 50):
                second = float(rng.uniform(0, days * DAY_S))
                fiat = float(np.exp(rng.normal(3, 1)))
                made.pay_till(second, int(rng.integers(background)), fiat, till)
        everybody = rng.choice(len(made.tx), len(made.tx) // 20, replace=False)
        busy = first_wallet + 20_000
        made.paid_to = {**{int(tx): busy for tx in everybody}, **made.paid_to}
    return _case(made, ads, paid, payer, via_service, service, missing, resolution_s, tills)


def _case(
    made: Maker,
    ads: list[tuple[str, int, float, float]],
    paid: dict[int, tuple[int, int]],
    payer: dict[str, int],
    via_service: set[str],
    service: int,
    missing: float,
    resolution_s: int,
    tills: list[int],
) -> Case:
    rng = made.rng
    seconds = np.array([t[0] for t in made.tx])
    count = len(seconds)
    blocks = np.sort(rng.uniform(0, made.days * DAY_S + 3600, int(made.days * 144) + 6))
    blocks = np.append(blocks, made.days * DAY_S + 4000)
    at = np.searchsorted(blocks, seconds)
    txids = [int(i).to_bytes(32, "big") for i in range(count)]
    us = (seconds * 1e6).astype(np.int64) + START_US
    seen = rng.random(count) >= missing
    ad_ids = [f"ad{i:06d}" for i in range(len(ads))]
    posted = np.array([a[2] for a in ads]) // resolution_s * resolution_s
    wallet = np.array([t[1] for t in made.tx])
    used = np.unique(wallet)
    sizes = [len(t[2]) for t in made.tx]
    tables = {
        "ads": pa.table(
            {
                "ad_id": ad_ids,
                "site": [f"site{a[1]}" for a in ads],
                "posted_us": (posted * 1e6).astype(np.int64) + START_US,
                "text": ["room to let"] * len(ads),
                "price_minor": [round(a[3] * 100) for a in ads],
                "currency": ["USD"] * len(ads),
            }
        ),
        "authors": pa.table({"ad_id": ad_ids, "author_id": [a[0] for a in ads]}),
        "transactions": pa.table(
            {
                "tx_id": np.arange(count),
                "txid": pa.array(txids, pa.binary()),
                "block_height": at + 800_000,
                "block_time_us": (blocks[at] * 1e6).astype(np.int64) + START_US,
                "is_coinbase": np.zeros(count, dtype=bool),
            }
        ),
        "first_seen": pa.table(
            {
                "txid": pa.array([t for t, s in zip(txids, seen, strict=True) if s], pa.binary()),
                "first_seen_us": us[seen],
            }
        ),
        "outputs": pa.table(
            {
                "tx_id": np.repeat(np.arange(count), sizes),
                "vout": np.concatenate([np.arange(s) for s in sizes]),
                "value_sat": np.concatenate([t[2] for t in made.tx]),
                "script_id": np.arange(sum(sizes)),
            }
        ),
        "prices": pa.table(
            {
                "time_us": np.arange(len(made.price)) * 60_000_000 + START_US,
                "currency": ["USD"] * len(made.price),
                "price": made.price,
            }
        ),
        "payers": pa.table({"tx_id": np.arange(count), "wallet_id": wallet}),
        "wallet_summary": pa.table(
            {
                "wallet_id": used,
                "service": pa.array(
                    ["exchange" if w == service else None for w in used], pa.string()
                ),
            }
        ),
    }
    if made.paid_to:
        first_output = np.cumsum([0, *sizes[:-1]])
        tables["wallets"] = pa.table(
            {
                "script_id": first_output[list(made.paid_to)],
                "wallet_id": np.array(list(made.paid_to.values()), dtype=np.int64),
            }
        )
    return Case(tables, {ad_ids[r]: o for r, o in paid.items()}, payer, via_service, tills)
