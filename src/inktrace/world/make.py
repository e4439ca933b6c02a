"""Making a world: authors write and pay, everybody else pays too, and the truth is kept apart."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from inktrace.progress import Progress, silent
from inktrace.world.exact import exp
from inktrace.world.ledger import Ledger, Transaction
from inktrace.world.params import WorldParams
from inktrace.world.people import Author, make_authors
from inktrace.world.purchases import (
    bought_in_runs,
    changed_price,
    price_changes,
    repeated_ads,
)
from inktrace.world.roles import cast, say_more, stay_city
from inktrace.world.sites import Site, make_sites
from inktrace.world.writing import own_contact, retold_ad, written_ad

Random = np.random.Generator
_DAY = 86_400
_LOG_110_DOLLARS = 4.700480365792417
_LOG_STOCK_SAT = 14.731801283197943  # of 2.5 million satoshi
# Round amounts that people send to one another, in dollars.
_POINTS = np.array(
    [5, 7, 8, 10, 12, 15, 17, 20, 24, 25, 30, 35, 40, 50, 60, 75, 80, 100, 150, 200, 250, 500]
)


@dataclass
class Ad:
    """One posting with its truth."""

    author: Author
    person: str
    age: int
    image_hash: str
    site: int
    city: str
    category: str
    text: str
    language: str
    asked: float  # price of the posting in the site's currency
    wanted_s: float  # when the author sets about it
    kind: str = "unpaid"  # own, exchange, prepaid, unpaid, bump, duplicate
    payer: str = ""
    together_with: Ad | None = None
    posted_s: float = 0.0
    txid: str = ""
    vout: int = -1
    ad_id: str = ""


@dataclass
class World:
    """Everything that is written: ads, transactions, prices, and who owns what."""

    params: WorldParams
    authors: list[Author]
    sites: list[Site]
    ads: list[Ad]
    ledger: Ledger
    prices: np.ndarray  # dollars per bitcoin, by minute from two days before the start
    payers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    background: list[Transaction] = field(default_factory=list)  # real ones, where planted
    bought_with: dict[int, float] = field(default_factory=dict)  # id of an ad → added price
    price_changes: dict[int, tuple[float, float]] = field(default_factory=dict)  # by site
    repeats: list[tuple[Ad, Ad]] = field(default_factory=list)  # an ad, and the one it repeats
    points: np.ndarray = field(default_factory=lambda: _POINTS)  # dollars, where amounts crowd
    point_steps: np.ndarray = field(default_factory=lambda: _even_steps(len(_POINTS)))

    @property
    def transactions(self) -> list[Transaction]:
        """All transactions, made and real, in order of broadcast."""
        made = [*self.ledger.transactions, *self.background]
        return sorted(made, key=lambda one: (one.seen_s, one.txid))

    @property
    def prices_start(self) -> int:
        """UTC second of the first price."""
        return self.params.start - 2 * _DAY


def make_world(
    params: WorldParams, progress: Progress = silent, prices: np.ndarray | None = None
) -> World:
    """A world of these parameters; the same ones give the same world.

    `prices` are dollars per bitcoin by minute from two days before the start (default: a
    random walk).
    """
    params.check()
    streams = np.random.SeedSequence(params.seed).spawn(6)
    randoms = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
    progress("making a world", 0, 4)
    sites = make_sites(params.sites, randoms[0])
    authors = cast(params, make_authors(params, randoms[1]))
    changes = price_changes(params, sites)
    ads = _written_ads(params, authors, sites, changes, randoms[2])
    say_more(params, ads)
    progress("making a world", 1, 4)
    walk = _price_walk(params, randoms[3]) if prices is None else np.round(prices, 2)
    world = World(params, authors, sites, ads, Ledger(randoms[4]), walk, price_changes=changes)
    world.points, world.point_steps = _crowded_amounts(ads, sites)
    _decide_payments(world, randoms[5])
    bought_in_runs(params, world.ads, world.bought_with)
    progress("making a world", 2, 4)
    _live(world, randoms[5], progress)
    world.repeats = repeated_ads(params, world.ads)
    world.ads.extend(again for again, _ in world.repeats)
    _name_ads(world)
    progress("making a world", 4, 4)
    return world


def _even_steps(count: int) -> np.ndarray:
    """Upper ends of equal shares."""
    return np.arange(1, count + 1) / count


def _crowded_amounts(ads: list[Ad], sites: list[Site]) -> tuple[np.ndarray, np.ndarray]:
    """Dollars at which amounts crowd, and the upper ends of their shares.

    A fifth are the round sums that people send. The rest are the prices that these sites ask:
    other customers pay them too, whose ads nobody has collected; the common ones more often,
    though less than in proportion.
    """
    counts = Counter(round(ad.asked / sites[ad.site].per_usd, 6) for ad in ads)
    asked = sorted(counts)
    if not asked:
        return _POINTS, _even_steps(len(_POINTS))
    weights = np.sqrt([counts[price] for price in asked])
    shares = np.concatenate(
        [np.full(len(_POINTS), 0.2 / len(_POINTS)), 0.8 * weights / weights.sum()]
    )
    return np.concatenate([_POINTS, asked]), np.cumsum(shares)


def _price_walk(params: WorldParams, random: Random) -> np.ndarray:
    minutes = (params.days + 3) * 1_440
    steps = random.normal(0, 0.025 / math.sqrt(1_440), size=minutes)
    return np.round(42_000 * np.array([exp(step) for step in np.cumsum(steps).tolist()]), 2)


def _written_ads(
    params: WorldParams,
    authors: list[Author],
    sites: list[Site],
    changes: dict[int, tuple[float, float]],
    random: Random,
) -> list[Ad]:
    weights = np.array([author.weight for author in authors])
    # Nobody fills the boards alone: what is over the most is spread over the others.
    most = max(60, params.ads // 40)
    counts = np.ones(len(authors), np.int64)
    while (left := params.ads - int(counts.sum())) > 0 and (counts < most).any():
        open_weights = np.where(counts < most, weights, 0.0)
        counts += random.multinomial(left, open_weights / open_weights.sum())
        counts = np.minimum(counts, most)
    ads: list[Ad] = []
    for author, count in zip(authors, counts[: params.ads], strict=False):
        ads.extend(_ads_of(params, author, int(count), sites, changes, ads, random))
    return ads


def _ads_of(
    params: WorldParams,
    author: Author,
    count: int,
    sites: list[Site],
    changes: dict[int, tuple[float, float]],
    others: list[Ad],
    random: Random,
) -> list[Ad]:
    mine: list[Ad] = []
    times = _posting_times(params, author, count, random)
    for when in times:
        person = author.people[int(random.integers(len(author.people)))]
        if author.role == "touring":
            city = stay_city(params, author, when)
        else:
            city = str(random.choice(author.cities))
        site = int(random.choice(author.sites))
        age, kind = person.age, "unpaid"
        chance = random.random()
        if mine and chance < params.bump_share:
            source = mine[int(random.integers(len(mine)))]
            text, language, kind = source.text, source.language, "bump"
        elif mine and chance < params.bump_share + params.repost_share:
            source = mine[int(random.integers(len(mine)))]
            text, language = retold_ad(source.text, author, person, random), source.language
        elif others and random.random() < params.copied_text_share:
            source = others[int(random.integers(len(others)))]
            text = own_contact(source.text, source.author, author)
            text, language = retold_ad(text, source.author, person, random), source.language
        else:
            gives_phone = bool(random.random() < params.contact_share)
            text, language = written_ad(author, person, city, gives_phone, random)
        asked = sites[site].price(author.category, city, random)
        if site in changes and when >= changes[site][0]:
            asked = changed_price(sites[site], asked, changes[site][1])
        mine.append(
            Ad(
                author, person.name, age, person.image_hash, site, city, author.category, text,
                language, asked, when, kind,
            )
        )  # fmt: skip
    return mine


def _posting_times(params: WorldParams, author: Author, count: int, random: Random) -> list[float]:
    """Sessions of one to four ads at the author's hours, over some of the days."""
    times: list[float] = []
    while len(times) < count:
        day = int(random.integers(params.days))
        moment = day * _DAY + ((author.hours + random.normal(0, 3)) % 24) * 3_600
        for _ in range(min(int(random.integers(1, 5)), count - len(times))):
            # What would fall after the last day falls on the first.
            times.append(params.start + moment % (params.days * _DAY - 7_200))
            moment += random.exponential(900)
    return sorted(times)


def _decide_payments(world: World, random: Random) -> None:
    """Who pays for what, from which wallet; pairs bought together; credit bought before."""
    params = world.params
    paying = [author for author in world.authors if random.random() < params.paying_share]
    owners: dict[int, tuple[str, ...]] = {}
    for author in paying:
        mine = [f"payer{author.number}"]
        if random.random() < params.second_wallet_share:
            mine.append(f"payer{author.number}b")
        if owners and random.random() < params.shared_wallet_share:
            mine = list(owners[int(random.choice(list(owners)))])
        owners[author.number] = tuple(mine)
    world.payers = owners
    prepaid = {a.number for a in paying if random.random() < params.prepaid_share}
    previous: dict[int, Ad] = {}
    for ad in world.ads:
        number = ad.author.number
        if number not in owners or ad.kind == "bump" or random.random() >= params.paid_share:
            continue
        if number in prepaid:
            ad.kind = "prepaid"
            continue
        by_exchange = random.random() < params.exchange_share
        ad.kind = "exchange" if by_exchange else "own"
        wallets = owners[number]
        ad.payer = "" if by_exchange else wallets[0 if random.random() < 0.7 else -1]
        before = previous.get(number)
        if (
            before is not None
            and before.together_with is None
            and before.kind == ad.kind
            and before.site == ad.site
            and random.random() < params.pair_share
        ):
            ad.together_with, ad.wanted_s, ad.payer = before, before.wanted_s, before.payer
            world.bought_with[id(before)] = ad.asked
        previous[number] = ad


def _name_ads(world: World) -> None:
    """Ids in order of posting, as a site would give them."""
    for number, ad in enumerate(sorted(world.ads, key=lambda ad: (ad.posted_s, ad.author.number))):
        ad.ad_id = f"ad{number + 1:06d}"
    world.ads.sort(key=lambda ad: ad.ad_id)


# ── life: events in order of time ─────────────────────────────────────────────────────────


def _live(world: World, random: Random, progress: Progress) -> None:
    """Fund everybody, then let payments, payouts, sweeps and mixes happen in order of time."""
    params = world.params
    end = params.start + params.days * _DAY
    exchanges = [f"exchange{number}" for number in range(params.exchanges)]
    _fund(world, exchanges, random)
    events: list[tuple[float, int, str, int]] = []
    for place, ad in enumerate(world.ads):
        if ad.kind in ("own", "exchange") and ad.together_with is None:
            events.append((ad.wanted_s, len(events), "ad", place))
        elif ad.together_with is None:
            # Free, bumped or prepaid: it appears when its author sets about it.
            ad.posted_s = ad.wanted_s + random.uniform(0, 60)
    for number in sorted({ad.author.number for ad in world.ads if ad.kind == "prepaid"}):
        moment = params.start + random.uniform(0, _DAY / 2)
        events.append((moment, len(events), "credit", number))
    for kind, count in (
        ("coinjoin", params.coinjoins),
        ("payout", params.exchanges * params.days * params.payouts_per_day),
        ("sweep", params.sites * params.days * 3),
        (
            "background",
            max(
                params.transactions
                - len(world.ads)
                - params.exchanges * params.days * params.payouts_per_day,
                0,
            ),
        ),
    ):
        for place, moment in enumerate(_moments(params, count, end, random)):
            events.append((moment, len(events), kind, place))
    heapq.heapify(events)
    total, done = len(events), 0
    while events:
        moment, _, kind, place = heapq.heappop(events)
        _happen(world, moment, kind, place, exchanges, random)
        done += 1
        if done % 10_000 == 0:
            progress("living through it", done, total)
    for ad in world.ads:
        if ad.together_with is not None:
            # Where the two could not be paid for together, the second stays unpaid.
            first = ad.together_with
            ad.txid, ad.vout, ad.payer = first.txid, first.vout, first.payer
            ad.kind = first.kind
            ad.posted_s = first.posted_s + random.uniform(0, 20)


def _moments(params: WorldParams, count: int, end: float, random: Random) -> list[float]:
    """Times with a daily tide."""
    raw = random.uniform(params.start - 3_600, end, size=int(count * 1.6) + 10)
    tide = 0.75 + 0.25 * np.sin((raw % _DAY) / _DAY * 2 * np.pi)
    kept = raw[random.random(raw.size) < tide][:count]
    return [float(moment) for moment in kept]


def _fund(world: World, exchanges: list[str], random: Random) -> None:
    params, ledger = world.params, world.ledger
    moment = float(params.start - _DAY)
    for exchange in exchanges:
        ledger.reuse[exchange] = 0.98
        values = random.integers(500_000_000, 5_000_000_000, size=60)
        ledger.grant(moment, exchange, values.tolist())
    needs: dict[str, float] = {}
    for ad in world.ads:
        if ad.payer:
            needs[ad.payer] = needs.get(ad.payer, 0.0) + ad.asked / world.sites[ad.site].per_usd
    for payer in sorted({owner for owners in world.payers.values() for owner in owners}):
        dollars = needs.get(payer, 0.0) * 2 + 150
        parts = random.dirichlet(np.full(int(random.integers(3, 12)), 2.0)) * dollars
        # Spread round the mean: some payers never use an address twice, some have only one.
        share = min(max(params.payer_reuse_share, 0.01), 0.99)
        ledger.reuse[payer] = float(random.beta(4 * share, 4 * (1 - share)))
        for part in parts:
            # Bought at an exchange, withdrawn to a fresh address each time.
            exchange = str(random.choice(exchanges)) if exchanges else ""
            value = max(int(part / 42_000 * 1e8), 40_000)
            moment += random.exponential(20)
            place = ledger.some_address(payer)
            paid = exchange and ledger.pay(moment, exchange, [(value, *place)])
            if not paid:
                ledger.grant(moment, payer, [value])
    for number in range(params.background_owners):
        powers = random.normal(_LOG_STOCK_SAT, 1.6, size=int(random.integers(1, 6))).tolist()
        ledger.grant(moment, f"person{number}", [int(exp(power)) + 50_000 for power in powers])
        moment += 1.0


def _happen(
    world: World, moment: float, kind: str, place: int, exchanges: list[str], random: Random
) -> None:
    ledger, params = world.ledger, world.params
    if kind == "ad":
        _buy(world, world.ads[place], moment, exchanges, random)
    elif kind == "credit":
        site = world.sites[world.authors[place].sites[0]]
        amount = float(random.choice([50, 100])) * site.per_usd
        payer = world.payers[place][0]
        _pay_site(world, site, payer, amount, moment, random)
    elif kind == "background":
        _pay_someone(world, moment, random)
    elif kind == "payout" and exchanges:
        owner = exchanges[place % len(exchanges)]
        people = random.integers(0, params.background_owners, size=int(random.integers(3, 30)))
        outputs = [
            (_value(world, moment, random), *ledger.some_address(f"person{p}")) for p in people
        ]
        ledger.pay(moment, owner, outputs, extra_coins=int(random.integers(0, 3)))
    elif kind == "sweep":
        ledger.sweep(moment, f"processor{place % params.sites}", 5, 120)
    elif kind == "coinjoin":
        _mix(world, moment, random)


def _mix(world: World, moment: float, random: Random) -> None:
    params = world.params
    people = random.integers(0, params.background_owners, size=int(random.integers(8, 40)))
    owners = [f"person{person}" for person in sorted(set(people.tolist()))]
    payers = sorted({owner for mine in world.payers.values() for owner in mine})
    if payers and random.random() < params.coinjoin_payer_share * len(payers) / max(
        params.coinjoins, 1
    ):
        owners.append(str(random.choice(payers)))
    world.ledger.mix(moment, owners, int(random.choice([100_000, 1_000_000, 5_000_000])))


def _buy(world: World, ad: Ad, moment: float, exchanges: list[str], random: Random) -> None:
    site = world.sites[ad.site]
    asked = ad.asked + world.bought_with.get(id(ad), 0.0)
    payer = ad.payer or (str(random.choice(exchanges)) if exchanges else "")
    paid = _pay_site(world, site, payer, asked, moment, random) if payer else None
    if paid is None:
        ad.kind, ad.payer, ad.posted_s = "unpaid", "", moment
        return
    transaction, vout = paid
    ad.payer, ad.txid, ad.vout = payer, transaction.txid, vout
    ad.posted_s = moment + site.delay(random) + site.clock_skew_s


def _pay_site(
    world: World, site: Site, payer: str, amount: float, moment: float, random: Random
) -> tuple[Transaction, int] | None:
    """Pay the processor's quote to an address made for this purchase."""
    ledger = world.ledger
    quoted = moment - random.uniform(0, site.lock_s)
    rate = (
        _price(world, quoted)
        * site.per_usd
        * (1 + site.spread + random.normal(0, site.spread_noise))
    )
    step = 10 ** (8 - site.decimals)
    value = max(round(amount / rate * 1e8 / step) * step, 1_000)
    processor = f"processor{world.sites.index(site)}"
    _, address, _ = place = ledger.new_address(processor)
    is_exchange = payer.startswith("exchange")
    if not is_exchange and not ledger.can_pay(payer, value):
        ledger.grant(moment - 600, payer, [value * 4 + 100_000])
    made = ledger.pay(
        moment,
        payer,
        [(value, *place)],
        extra_coins=0 if is_exchange else int(random.choice([0, 0, 1, 2])),
    )
    if made is None:
        return None
    return made, next(coin.vout for coin in made.outputs if coin.address == address)


def _pay_someone(world: World, moment: float, random: Random) -> None:
    ledger, params = world.ledger, world.params
    payees = int(random.integers(2, 5)) if random.random() < params.batch_share else 1
    values = [_value(world, moment, random) for _ in range(payees)]
    for _ in range(6):
        owner = f"person{random.integers(params.background_owners)}"
        if ledger.can_pay(owner, sum(values)):
            break
    else:
        ledger.grant(moment - 1, owner, [sum(values) * 3 + 100_000])
    outputs = [
        (value, *ledger.some_address(f"person{random.integers(params.background_owners)}"))
        for value in values
    ]
    ledger.pay(moment, owner, outputs, extra_coins=int(random.random() < 0.15))


def _value(world: World, moment: float, random: Random) -> int:
    """What people pay one another: a share where amounts crowd, the rest over all sizes."""
    price = _price(world, moment - random.uniform(0, 900))
    if random.random() < world.params.price_point_share:
        place = int(np.searchsorted(world.point_steps, random.random(), side="right"))
        dollars = float(world.points[min(place, world.points.size - 1)])
        dollars *= 1 + random.normal(0, 0.006)
    else:
        dollars = exp(random.normal(_LOG_110_DOLLARS, 1.7))
    return max(int(dollars / price * 1e8), 1_000)


def _price(world: World, moment: float) -> float:
    minute = int((moment - world.prices_start) // 60)
    return float(world.prices[min(max(minute, 0), world.prices.size - 1)])
