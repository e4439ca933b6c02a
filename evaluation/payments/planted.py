"""Worlds of payments only, made as tables: fast enough for a grid, and for a year's real density.

A full world (`inktrace world make`) writes texts, transactions and addresses one by one; here
the authors and wallets are given (with as many mistakes as asked for), and everything else is
drawn in arrays. The truth comes along. It shares no code and no constant with the stages.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Random = np.random.Generator

_DAY_S = 86_400
_US = 1_000_000
_ROUND_DOLLARS = np.array([5, 7, 8, 10, 12, 15, 17, 20, 25, 30, 35, 40, 50, 60, 75, 100, 150, 200])
_PACKS = np.array([50.0, 100.0, 150.0, 200.0])
_SITE_PRICES = np.array([5, 7, 8, 10, 12, 15, 17, 20, 25, 30, 35])


@dataclass(frozen=True)
class PlantedParams:
    """What a planted world is made of. Shares are probabilities, times are seconds."""

    seed: int = 1
    start: int = 1_704_067_200
    days: int = 10
    authors: int = 750
    busy_authors: int = 150  # with `least_ads` to `most_ads` ads; the others have one to three
    least_ads: int = 4
    most_ads: int = 35
    transactions: int = 120_000
    sites: int = 5
    categories: int = 6
    upsell_share: float = 0.15
    paying_share: float = 0.6
    paid_share: float = 0.85
    pair_share: float = 0.08
    exchange_share: float = 0.15
    credit_share: float = 0.03  # of paying authors, who paid long before
    point_share: float = 1 / 3  # of background payments, at fiat price points
    missing_first_seen: float = 0.05
    clock_error_s: float = 0.6
    site_clock_s: float = 4.0
    site_zone_s: float = 0.0  # all sites' clocks are off by this much
    delay_median_s: float = 0.0  # 0: drawn per site between 20 and 300
    confirmed_share: float = 0.0  # of sites, that wait for a confirmation
    resolution_s: int = 60
    spread_most: float = 0.015
    spread_noise: float = 0.0005
    exchanges: int = 8
    exchange_transactions: float = 0.25  # of background transactions
    unknown_payer_share: float = 0.02  # CoinJoins and the like
    payer_other_share: float = 0.5  # of a payer's transactions, that pay for something else
    split_wallet_share: float = 0.1  # of payments, from addresses not tied to the wallet
    split_author_share: float = 0.0  # of ads, put in a group of their author's own apart
    merged_author_share: float = 0.0  # of authors, put together with another
    unpriced_share: float = 0.0  # of ads, whose price is not given
    swept_share: float = 0.7  # of payments, to addresses that are later tied to their processor
    processor_others: float = 3.0  # others' payments to a processor for each of these sites'
    round_bitcoin_share: float = 0.03  # of background amounts, rounded to 2 to 4 zeros
    daily_volatility: float = 0.025
    packs_sold: int = 0  # packs of credit that the price rules name for every site
    pack_share: float = 0.0  # of paying busy authors, who pay their first site with such packs
    pack_lead_s: float = 21_600.0  # median time from buying a pack to the first ad that needs it
    pack_lead_spread: float = 1.0


@dataclass(frozen=True)
class Planted:
    """Tables as the two payment stages read them, and the truth.

    `true_links`: ad, tx_id and vout of each paid ad. `true_payers`: author (true name), wallet
    and how many ads it paid; services left out. `author_of`: the true author of each ad.
    `true_credit`: author, tx_id, vout, wallet and ads of each pack of credit.
    """

    params: PlantedParams
    tables: dict[str, pa.Table]
    true_links: pa.Table
    true_payers: pa.Table
    author_of: pa.Table
    true_credit: pa.Table


@dataclass(frozen=True)
class _Sites:
    """One row per site."""

    prices: Floats  # (site, category), dollars
    spread: Floats
    lock_s: Floats
    decimals: Ints
    kind: Ints
    scale_s: Floats
    shape: Floats
    clock_s: Floats
    waits: npt.NDArray[np.bool_]


def planted(params: PlantedParams, prices: Floats | None = None) -> Planted:
    """A world of these parameters; the same ones give the same tables.

    `prices`: dollars per bitcoin by minute, from a day before the start (default: a random walk).
    """
    random = np.random.default_rng(params.seed)
    sites = _sites(params, random)
    walk = _walk(params, random) if prices is None else prices
    ads = _ads(params, sites, random)
    blocks = np.cumsum(random.exponential(600, size=int((params.days + 2) * 144 * 1.5)))
    blocks = params.start - _DAY_S + blocks
    purchases = _purchases(params, ads, random)
    paid = _paid(params, sites, ads, purchases, walk, blocks, random)
    other = _background(params, ads, walk, random)
    return _as_tables(params, ads, purchases, paid, other, walk, blocks, random)


def _sites(params: PlantedParams, random: Random) -> _Sites:
    n = params.sites
    median = np.exp(random.uniform(np.log(20), np.log(300), size=n))
    if params.delay_median_s:
        median = np.full(n, params.delay_median_s)
    return _Sites(
        random.choice(_SITE_PRICES, size=(n, params.categories)).astype(float),
        random.uniform(-params.spread_most, params.spread_most, size=n),
        random.choice([300.0, 600.0, 900.0], size=n),
        random.choice([6, 7, 8], size=n),
        random.integers(0, 3, size=n),
        median,
        random.uniform(0.3, 0.9, size=n),
        random.normal(0, params.site_clock_s, size=n) + params.site_zone_s,
        np.arange(n) < round(params.confirmed_share * n),
    )


def _walk(params: PlantedParams, random: Random) -> Floats:
    minutes = (params.days + 2) * 1440
    steps = random.normal(0, params.daily_volatility / np.sqrt(1440), size=minutes)
    return np.round(42_000 * np.exp(np.cumsum(steps)), 2)


def _price(params: PlantedParams, walk: Floats, time_s: Floats) -> Floats:
    minute = ((time_s - params.start + _DAY_S) // 60).astype(np.int64)
    return walk[np.clip(minute, 0, len(walk) - 1)]


@dataclass
class _Ads:
    author: Ints
    site: Ints
    category: Ints
    asked: Floats
    wanted_s: Floats
    posted_s: Floats


def _ads(params: PlantedParams, sites: _Sites, random: Random) -> _Ads:
    busy = random.integers(params.least_ads, params.most_ads + 1, size=params.busy_authors)
    few = random.choice([1, 1, 1, 2, 2, 3], size=params.authors - params.busy_authors)
    counts = np.concatenate([busy, few])
    author = np.repeat(np.arange(params.authors), counts)
    home = random.integers(0, params.sites, size=(params.authors, 2))
    trade = random.integers(0, params.categories, size=params.authors)
    hours = random.normal(8, 4, size=params.authors)
    n = len(author)
    site = home[author, (random.random(n) < 0.25).astype(int)]
    # Sessions of about two ads at the author's hours.
    session = np.maximum.accumulate(
        np.where((random.random(n) < 0.5) | (np.diff(author, prepend=-1) != 0), np.arange(n), 0)
    )
    base = random.integers(0, params.days, size=n) * _DAY_S
    base = base + ((hours[author] + random.normal(0, 3, size=n)) % 24) * 3600
    wanted = (
        params.start
        + base[session]
        + np.where(session == np.arange(n), 0, 1) * (random.exponential(900, size=n))
    )
    category = trade[author]
    upsell = (random.random(n) < params.upsell_share) * 3.0
    asked = sites.prices[site, category] + upsell
    order = np.argsort(wanted, kind="stable")
    return _Ads(
        author[order], site[order], category[order], asked[order], wanted[order], wanted[order] + 0
    )


@dataclass(frozen=True)
class _Purchases:
    """Payments for ads: one row each; `ad` and `second` number the ads (second −1: none)."""

    ad: Ints
    second: Ints
    wallet: Ints
    is_service: npt.NDArray[np.bool_]
    early_s: Floats  # how long before it was wanted it was paid (credit)
    pack: Floats  # dollars of credit bought; 0: the ads themselves
    covers: Ints  # ads that came out of the pack


def _purchases(params: PlantedParams, ads: _Ads, random: Random) -> _Purchases:
    pays = random.random(params.authors) < params.paying_share
    credit = random.random(params.authors) < params.credit_share
    n = len(ads.author)
    paid = pays[ads.author] & (random.random(n) < params.paid_share)
    rows = np.flatnonzero(paid)
    # Two ads of one author and site, one after the other, bought at once.
    rows = rows[np.lexsort((ads.wanted_s[rows], ads.site[rows], ads.author[rows]))]
    follows = np.zeros(len(rows), dtype=bool)
    follows[1:] = (ads.author[rows][1:] == ads.author[rows][:-1]) & (
        ads.site[rows][1:] == ads.site[rows][:-1]
    )
    joint = follows & (random.random(len(rows)) < 2 * params.pair_share)
    joint[1:] &= ~joint[:-1]
    first = ~joint
    leads = np.append(joint[1:], False) & first
    second = np.full(len(rows), -1, dtype=np.int64)
    second[leads] = rows[np.flatnonzero(leads) + 1]
    ad, second = rows[first], second[first]
    service = random.random(len(ad)) < params.exchange_share
    wallet = params.exchanges + ads.author[ad]
    wallet = np.where(service, random.integers(0, params.exchanges, size=len(ad)), wallet)
    early = np.where(credit[ads.author[ad]], random.uniform(1, 5, size=len(ad)) * _DAY_S, 0.0)
    nothing = np.zeros(len(ad))
    alone = _Purchases(
        ad, second, wallet.astype(np.int64), service, early, nothing, nothing.astype(np.int64)
    )
    return _with_packs(params, ads, alone, paid, pays & ~credit)


def _with_packs(
    params: PlantedParams,
    ads: _Ads,
    alone: _Purchases,
    paid: npt.NDArray[np.bool_],
    pays: npt.NDArray[np.bool_],
) -> _Purchases:
    """Some authors pay all ads of the site that they use most out of packs, bought when needed."""
    if not params.pack_share or not params.packs_sold:
        return alone
    random = np.random.default_rng([params.seed, 77])
    buys = pays & (np.arange(params.authors) < params.busy_authors)
    buys &= random.random(params.authors) < params.pack_share
    rows = np.flatnonzero(paid & buys[ads.author])
    visits = np.zeros((params.authors, params.sites), dtype=np.int64)
    np.add.at(visits, (ads.author[rows], ads.site[rows]), 1)
    rows = rows[ads.site[rows] == visits.argmax(axis=1)[ads.author[rows]]]
    rows = rows[np.lexsort((ads.wanted_s[rows], ads.author[rows]))]
    bought: list[tuple[int, float, int]] = []  # first ad, dollars, ads
    balance, before = 0.0, -1
    for row in rows.tolist():
        if ads.author[row] != before:
            balance, before = 0.0, int(ads.author[row])
        if balance < ads.asked[row]:
            packs = _PACKS[: params.packs_sold]
            packs = packs[packs >= min(3 * ads.asked[row], packs[-1])]
            bought.append((row, float(random.choice(packs)), 0))
            balance += bought[-1][1]
        balance -= ads.asked[row]
        bought[-1] = (*bought[-1][:2], bought[-1][2] + 1)
    first = np.array([one[0] for one in bought], dtype=np.int64)
    service = random.random(len(first)) < params.exchange_share
    wallet = params.exchanges + ads.author[first]
    wallet = np.where(service, random.integers(0, params.exchanges, size=len(first)), wallet)
    lead = params.pack_lead_s * np.exp(random.normal(0, params.pack_lead_spread, size=len(first)))
    by_credit = np.zeros(len(ads.author), dtype=bool)
    by_credit[rows] = True
    kept = ~by_credit[alone.ad]
    # What was to be bought with an ad that credit pays is bought alone.
    second = np.where(by_credit[np.maximum(alone.second, 0)], -1, alone.second)
    packs = _Purchases(
        first,
        np.full(len(first), -1),
        wallet.astype(np.int64),
        service,
        lead,
        np.array([one[1] for one in bought]),
        np.array([one[2] for one in bought], dtype=np.int64),
    )
    left = dataclasses.replace(alone, second=second)
    return _Purchases(
        *(
            np.concatenate([getattr(left, field.name)[kept], getattr(packs, field.name)])
            for field in dataclasses.fields(_Purchases)
        )
    )


@dataclass(frozen=True)
class _Paid:
    time_s: Floats
    value_sat: Ints


def _paid(
    params: PlantedParams,
    sites: _Sites,
    ads: _Ads,
    bought: _Purchases,
    walk: Floats,
    blocks: Floats,
    random: Random,
) -> _Paid:
    site, n = ads.site[bought.ad], len(bought.ad)
    amount = ads.asked[bought.ad] + np.where(bought.second >= 0, ads.asked[bought.second], 0.0)
    amount = np.where(bought.pack > 0, bought.pack, amount)
    moment = ads.wanted_s[bought.ad] - bought.early_s
    quoted = moment - random.uniform(0, 1, size=n) * sites.lock_s[site]
    noise = random.normal(0, params.spread_noise, size=n)
    rate = _price(params, walk, quoted) * (1 + sites.spread[site] + noise)
    step = 10.0 ** (8 - sites.decimals[site])
    value = np.maximum(np.round(amount / rate * 1e8 / step) * step, 1000).astype(np.int64)
    delay = np.choose(
        sites.kind[site],
        [
            sites.scale_s[site] * np.exp(random.normal(0, 1, size=n) * sites.shape[site]),
            random.gamma(1 + 3 * sites.shape[site], sites.scale_s[site] / 2),
            random.uniform(0, 60, size=n) + random.exponential(sites.scale_s[site] / 3),
        ],
    )
    confirmed = blocks[np.minimum(np.searchsorted(blocks, moment), len(blocks) - 1)]
    delay = np.where(sites.waits[site], confirmed - moment + delay / 10, delay)
    free = bought.early_s > 0
    posted = np.where(free, ads.wanted_s[bought.ad], moment + delay) + sites.clock_s[site]
    ads.posted_s[bought.ad] = posted
    both = bought.second >= 0
    ads.posted_s[bought.second[both]] = posted[both] + random.uniform(0, 20, size=int(both.sum()))
    return _Paid(moment, value)


@dataclass(frozen=True)
class _Background:
    """Transactions (time, wallet) and their outputs (tx: row of the transaction)."""

    time_s: Floats
    wallet: Ints
    tx: Ints
    value_sat: Ints


def _background(params: PlantedParams, ads: _Ads, walk: Floats, random: Random) -> _Background:
    n = params.transactions
    end = params.start + params.days * _DAY_S
    raw = random.uniform(params.start - 3600, end, size=2 * n)
    tide = 0.75 + 0.25 * np.sin(raw % _DAY_S / _DAY_S * 2 * np.pi)
    time_s = np.sort(raw[random.random(2 * n) < tide][:n])
    n = len(time_s)
    people = max(n // 12, 1)
    # A few people pay often, most once or twice.
    weights = 1.0 / np.arange(1, people + 1) ** 0.7
    person = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(n))
    first = params.exchanges + params.authors
    from_service = random.random(n) < params.exchange_transactions
    wallet = np.where(
        from_service, random.integers(0, max(params.exchanges, 1), size=n), first + person
    )
    payees = np.where(
        from_service,
        np.where(random.random(n) < 0.3, random.integers(3, 30, size=n), 1),
        np.where(random.random(n) < 0.2, random.integers(2, 5, size=n), 1),
    )
    tx = np.repeat(np.arange(n), payees)
    value = _values(params, ads, walk, time_s[tx], random)
    change = random.random(n) < 0.85
    rest = np.exp(random.normal(15.0, 2.0, size=int(change.sum()))).astype(np.int64) + 600
    tx, value = np.concatenate([tx, np.flatnonzero(change)]), np.concatenate([value, rest])
    return _Background(time_s, wallet.astype(np.int64), tx, value)


def _values(params: PlantedParams, ads: _Ads, walk: Floats, time_s: Floats, random: Random) -> Ints:
    """A share of amounts crowds at prices asked and at round sums; the rest lies anywhere."""
    n = len(time_s)
    asked, counts = np.unique(ads.asked, return_counts=True)
    points = np.concatenate([_ROUND_DOLLARS.astype(float), asked])
    weights = np.concatenate(
        [
            np.full(len(_ROUND_DOLLARS), 0.3 / len(_ROUND_DOLLARS)),
            0.7 * np.sqrt(counts) / np.sqrt(counts).sum(),
        ]
    )
    dollars = random.choice(points, size=n, p=weights / weights.sum())
    dollars = dollars * (1 + random.normal(0, 0.006, size=n))
    anything = np.exp(random.normal(4.7, 1.7, size=n))
    dollars = np.where(random.random(n) < params.point_share, dollars, anything)
    rate = _price(params, walk, time_s - random.uniform(0, 900, size=n))
    value = np.maximum(dollars / rate * 1e8, 1000).astype(np.int64)
    step = 10 ** random.integers(2, 5, size=n)
    rounded = np.maximum(np.round(value / step) * step, 1000).astype(np.int64)
    return np.where(random.random(n) < params.round_bitcoin_share, rounded, value)


def _as_tables(
    params: PlantedParams,
    ads: _Ads,
    bought: _Purchases,
    paid: _Paid,
    other: _Background,
    walk: Floats,
    blocks: Floats,
    random: Random,
) -> Planted:
    own = ~bought.is_service
    # What payers buy besides ads, at any time, for any amount.
    share = params.payer_other_share
    extra = np.flatnonzero(own & (random.random(len(own)) < share / max(1 - share, 1e-9)))
    extra_s = random.uniform(params.start, params.start + params.days * _DAY_S, size=len(extra))
    extra_sat = np.exp(random.normal(13.5, 1.7, size=len(extra))).astype(np.int64) + 1000
    time_s = np.concatenate([other.time_s, paid.time_s, extra_s])
    wallet = np.concatenate([other.wallet, bought.wallet, bought.wallet[extra]])
    n, ours = len(time_s), len(other.time_s)
    # Some payments come from addresses that nothing ties to the payer's wallet.
    apart = np.zeros(n, dtype=bool)
    apart[ours : ours + len(own)] = own & (random.random(len(own)) < params.split_wallet_share)
    alone = int(wallet.max(initial=0)) + 1 + np.arange(n)
    seen_wallet = np.where(apart, alone, wallet)
    tx_id = np.empty(n, dtype=np.int64)
    tx_id[np.argsort(time_s, kind="stable")] = np.arange(n)
    out_tx = np.concatenate([tx_id[other.tx], tx_id[ours:]])
    out_value = np.concatenate([other.value_sat, paid.value_sat, extra_sat])
    # The payers' change.
    with_change = np.flatnonzero(random.random(n - ours) < 0.8) + ours
    out_tx = np.concatenate([out_tx, tx_id[with_change]])
    change = np.exp(random.normal(14.5, 1.5, size=len(with_change))).astype(np.int64) + 600
    out_value = np.concatenate([out_value, change])
    is_payment = np.full(len(out_tx), -1, dtype=np.int64)
    base = len(other.tx)
    is_payment[base : base + len(bought.ad)] = np.arange(len(bought.ad))
    order = np.lexsort((random.random(len(out_tx)), out_tx))
    out_tx, out_value, is_payment = out_tx[order], out_value[order], is_payment[order]
    vout = np.arange(len(out_tx)) - np.searchsorted(out_tx, out_tx)
    by_tx = np.argsort(tx_id)
    time_s, seen_wallet, wallet = time_s[by_tx], seen_wallet[by_tx], wallet[by_tx]
    block_s = blocks[np.minimum(np.searchsorted(blocks, time_s + 30), len(blocks) - 1)]
    seen = random.random(n) >= params.missing_first_seen
    seen_s = time_s + random.normal(0, params.clock_error_s, size=n)
    known = random.random(n) >= params.unknown_payer_share
    txid = _names(n, random)
    ad_id = np.array([f"ad{number:07d}" for number in range(len(ads.author))])
    posted = np.floor(ads.posted_s / params.resolution_s) * params.resolution_s
    shown = random.random(len(ads.author)) >= params.unpriced_share
    tables = {
        "ads": pa.table(
            {
                "ad_id": ad_id,
                "site": np.array([f"board{s}.example" for s in ads.site]),
                "posted_us": (posted * _US).astype(np.int64),
                "text": np.full(len(ad_id), ""),
                "category": np.array([f"category{c}" for c in ads.category]),
                "price_minor": pa.array(
                    np.round(ads.asked * 100).astype(np.int64), mask=~shown, type=pa.int64()
                ),
                "currency": np.full(len(ad_id), "USD"),
            }
        ),
        "transactions": pa.table(
            {
                "tx_id": np.arange(n),
                "txid": txid,
                "block_height": np.searchsorted(blocks, block_s).astype(np.int64),
                "block_time_us": (block_s * _US).astype(np.int64),
                "is_coinbase": np.zeros(n, dtype=bool),
            }
        ),
        "outputs": pa.table(
            {
                "tx_id": out_tx,
                "vout": vout,
                "value_sat": out_value,
                "script_id": np.arange(len(out_tx)),
            }
        ),
        "first_seen": pa.table(
            {
                "txid": txid.filter(pa.array(seen)),
                "first_seen_us": (seen_s[seen] * _US).astype(np.int64),
            }
        ),
        "prices": pa.table(
            {
                "time_us": (params.start - _DAY_S + 60 * np.arange(len(walk))) * _US,
                "currency": np.full(len(walk), "USD"),
                "price": walk,
            }
        ),
        "payers": pa.table(
            {"tx_id": np.flatnonzero(known), "wallet_id": seen_wallet[known]},
        ),
        "wallets": _recipients(params, ads, bought, is_payment, random),
        "wallet_summary": _summary(params, seen_wallet[known]),
        "authors": _authors(params, ads, ad_id, random),
    }
    if params.packs_sold:
        tables["price_rules"] = _rules(params, ads)
    at = np.flatnonzero(is_payment >= 0)
    pack = bought.pack[is_payment[at]] > 0
    true_credit = _credit(ads, bought, is_payment, at[pack], out_tx, vout, seen_wallet)
    rows = at[~pack]
    number = is_payment[rows]
    pays = [(number, bought.ad[number])]
    both = bought.second[number] >= 0
    pays.append((number[both], bought.second[number][both]))
    at = np.concatenate([rows, rows[both]])
    links = pa.table(
        {
            "ad_id": ad_id[np.concatenate([p[1] for p in pays])],
            "tx_id": out_tx[at],
            "vout": vout[at],
            "wallet_id": seen_wallet[out_tx[at]],
            "is_service": bought.is_service[np.concatenate([p[0] for p in pays])],
        }
    )
    author_of = pa.table({"ad_id": ad_id, "author": ads.author})
    # Who bought packs pays for the author as well, though for no ad in particular.
    own = links.filter(pa.compute.invert(links["is_service"])).join(author_of, "ad_id")
    paid_ads = own.select(["author", "wallet_id"]).append_column(
        "ads", pa.array([1] * len(own), pa.int64())
    )
    own = true_credit.filter(pa.compute.invert(true_credit["is_service"]))
    by_pack = own.select(["author", "wallet_id"]).append_column(
        "ads", pa.array([0] * len(own), pa.int64())
    )
    payers = (
        pa.concat_tables([paid_ads, by_pack])
        .group_by(["author", "wallet_id"])
        .aggregate([("ads", "sum")])
        .rename_columns(["author", "wallet_id", "paid_ads"])
    )
    return Planted(params, tables, links, payers, author_of, true_credit)


def _credit(
    ads: _Ads,
    bought: _Purchases,
    is_payment: Ints,
    rows: Ints,
    out_tx: Ints,
    vout: Ints,
    wallet: Ints,
) -> pa.Table:
    """The packs among the outputs (rows)."""
    number = is_payment[rows]
    return pa.table(
        {
            "author": ads.author[bought.ad[number]],
            "tx_id": out_tx[rows],
            "vout": vout[rows],
            "wallet_id": wallet[out_tx[rows]],
            "is_service": bought.is_service[number],
            "ads": bought.covers[number],
        }
    )


def _rules(params: PlantedParams, ads: _Ads) -> pa.Table:
    """Price rules that name the packs of each site; the ads tell their own prices."""
    packs = _PACKS[: params.packs_sold]
    site = np.repeat(np.unique(ads.site), len(packs))
    n = len(site)
    none = pa.nulls(n, pa.string())
    return pa.table(
        {
            "site": np.array([f"board{s}.example" for s in site]),
            "category": none,
            "place": none,
            "from_us": pa.nulls(n, pa.int64()),
            "to_us": pa.nulls(n, pa.int64()),
            "currency": np.full(n, "USD"),
            "kind": np.full(n, "credit"),
            "name": none,
            "ads": np.ones(n, dtype=np.int64),
            "price_minor": (np.tile(packs, n // len(packs)) * 100).astype(np.int64),
            "file_id": np.ones(n, dtype=np.int64),
            "row": site + 1,
        }
    )


def _recipients(
    params: PlantedParams, ads: _Ads, bought: _Purchases, is_payment: Ints, random: Random
) -> pa.Table:
    """Which wallet each output goes to: each site's processor, shops, or people."""
    n = len(is_payment)
    first = 10**9  # beyond all payers
    shops = 200
    shop = np.searchsorted(
        np.cumsum(1 / np.arange(1, shops + 1)) / (1 / np.arange(1, shops + 1)).sum(),
        random.random(n),
    )
    wallet = first + params.sites + np.where(random.random(n) < 0.2, shop, shops + np.arange(n))
    ours = is_payment >= 0
    chance = params.processor_others * ours.sum() / max(n - ours.sum(), 1)
    others = ~ours & (random.random(n) < chance)
    wallet = np.where(others, first + random.integers(0, params.sites, size=n), wallet)
    site = np.zeros(n, dtype=np.int64)
    site[ours] = ads.site[bought.ad][is_payment[ours]]
    swept = ours & (random.random(n) < params.swept_share)
    wallet = np.where(swept, first + site, np.where(ours, 2 * first + np.arange(n), wallet))
    return pa.table({"script_id": np.arange(n), "wallet_id": wallet})


def _summary(params: PlantedParams, wallet: Ints) -> pa.Table:
    found, funded = np.unique(wallet, return_counts=True)
    service = np.where(found < params.exchanges, "exchange", None)
    zeros = np.zeros(len(found), dtype=np.int64)
    return pa.table(
        {
            "wallet_id": found,
            "scripts": zeros + 1,
            "transactions_out": funded.astype(np.int64),
            "transactions_in": zeros,
            "recipients": zeros,
            "payers": zeros,
            "outputs_in": zeros,
            "addresses_paid": zeros,
            "service": pa.array(service, pa.string()),
            "service_category": pa.array(service, pa.string()),
        }
    )


def _authors(params: PlantedParams, ads: _Ads, ad_id: Any, random: Random) -> pa.Table:
    """The author groups, with the mistakes asked for."""
    n = len(ads.author)
    group = ads.author.copy()
    merged = random.random(params.authors) < params.merged_author_share
    other = random.integers(0, params.authors, size=params.authors)
    group = np.where(merged[group], other[group], group)
    apart = random.random(n) < params.split_author_share
    group = np.where(apart, params.authors + ads.author, group)
    return pa.table(
        {
            "ad_id": ad_id,
            "author_id": np.array([f"A-{g:010x}" for g in group]),
            "log10_lr": np.ones(n),
            "reason": np.full(n, "style"),
        }
    )


def _names(count: int, random: Random) -> pa.Array:
    raw = random.bytes(32 * count)
    return pa.Array.from_buffers(pa.binary(32), count, [None, pa.py_buffer(raw)])


def with_values(params: PlantedParams, values: dict[str, Any]) -> PlantedParams:
    """A copy with fields replaced. Raises KeyError for an unknown field."""
    kinds = {field.name: type(getattr(params, field.name)) for field in dataclasses.fields(params)}
    return dataclasses.replace(params, **{name: kinds[name](v) for name, v in values.items()})
