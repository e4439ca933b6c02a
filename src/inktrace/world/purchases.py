"""Habits of buying that a world has only where its parameters ask for them.

Each draws from a random stream of its own, so that a world without them stays as it was.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from inktrace.world.params import WorldParams
from inktrace.world.phrases import CITIES
from inktrace.world.sites import Site

if TYPE_CHECKING:
    from inktrace.world.make import Ad

Random = np.random.Generator
_HOUR = 3_600
_DAY = 86_400
_BY_SOFTWARE = 5  # times that software posts an ad again


def habit_random(params: WorldParams, habit: int) -> Random:
    """The random stream of one of these habits."""
    seed = np.random.SeedSequence(params.seed, spawn_key=(55, habit))
    return np.random.Generator(np.random.PCG64(seed))


def price_changes(params: WorldParams, sites: list[Site]) -> dict[int, tuple[float, float]]:
    """Site → when its prices change, and by which factor; in the middle third of the days."""
    if not params.price_change_share:
        return {}
    random = habit_random(params, 1)
    changes = {}
    for number in range(len(sites)):
        changing, when = random.random() < params.price_change_share, random.uniform(1 / 3, 2 / 3)
        factor = float(random.choice([0.6, 0.75, 1.3, 1.5, 2.0]))
        if changing:
            changes[number] = (params.start + when * params.days * _DAY, factor)
    return changes


def changed_price(site: Site, asked: float, factor: float) -> float:
    """The price after a change, in whole dollars or fifty pesos, as sites set their prices."""
    step = 50.0 if site.currency == "PHP" else 1.0
    return max(round(asked * factor / step), 1) * step


def bought_in_runs(params: WorldParams, ads: list[Ad], bought_with: dict[int, float]) -> None:
    """Let some purchases buy three to six ads of one author on one site at once."""
    if not params.run_share:
        return
    random = habit_random(params, 2)
    joined = {id(ad.together_with) for ad in ads if ad.together_with is not None}
    rows: dict[tuple[int, int], list[Ad]] = {}
    for ad in ads:
        alone = ad.together_with is None and id(ad) not in joined
        if ad.kind in ("own", "exchange") and alone:
            rows.setdefault((ad.author.number, ad.site), []).append(ad)
    for mine in rows.values():
        place = 0
        while place + 3 <= len(mine):
            size = int(random.integers(3, 7))
            if random.random() >= params.run_share or place + size > len(mine):
                place += 1
                continue
            first, *others = mine[place : place + size]
            for ad in others:
                ad.together_with, ad.wanted_s = first, first.wanted_s
                ad.payer, ad.kind = first.payer, first.kind
            bought_with[id(first)] = sum(ad.asked for ad in others)
            place += size


def repeated_ads(params: WorldParams, ads: list[Ad]) -> list[tuple[Ad, Ad]]:
    """Free bumps, free automatic reposts and rows given twice: each with the ad it repeats."""
    end = params.start + params.days * _DAY
    random = habit_random(params, 3)
    made: list[tuple[Ad, Ad]] = []
    for ad in list(ads):
        chances = random.random(3)
        bumps, days = int(random.integers(1, 4)), int(random.integers(1, 3))
        late = random.uniform(0, 4, size=bumps + days)
        times: list[tuple[str, float]] = []
        if ad.kind != "bump" and chances[0] < params.timed_bump_share:
            times += [("bump", _HOUR * (step + 1) + late[step]) for step in range(bumps)]
        if ad.kind != "bump" and chances[1] < params.daily_repost_share:
            times += [("bump", _DAY * (step + 1) + late[bumps + step]) for step in range(days)]
        if ad.kind != "bump" and ad.author.role == "software":
            times += [("bump", _HOUR * (step + 1) + 3.0) for step in range(_BY_SOFTWARE)]
        if chances[2] < params.duplicate_share:
            times.append(("duplicate", 0.0))
        for kind, after in times:
            if ad.posted_s + after < end:
                again = dataclasses.replace(
                    ad, kind=kind, posted_s=ad.posted_s + after, payer="", txid="", vout=-1,
                    together_with=None,
                )  # fmt: skip
                made.append((again, ad))
    return made


def rule_file(sites: list[Site], changes: dict[int, tuple[float, float]]) -> str:
    """What the sites ask, as a file that the program takes in."""
    parts: list[str] = []
    for number, site in enumerate(sites):
        periods: list[tuple[str, float | None]] = [("", None)]
        if number in changes:
            moment = np.datetime64(round(changes[number][0]), "s")
            periods = [(f"to = {moment}Z\n", None), (f"from = {moment}Z\n", changes[number][1])]
        for when, factor in periods:
            for category, base in site.prices.items():
                for city in (None, *CITIES[:5]):
                    if city is not None and site.big_city_factor == 1.0:
                        continue
                    price = round(base * (site.big_city_factor if city else 1.0), 2)
                    dearer = round(price + site.upsell, 2)
                    if factor is not None:
                        price = changed_price(site, price, factor)
                        dearer = changed_price(site, dearer, factor)
                    parts.append(
                        f'[[rule]]\nsite = "{site.name}"\ncategory = "{category}"\n'
                        + (f'place = "{city}"\n' if city else "")
                        + f'{when}currency = "{site.currency}"\nprice = {price:.2f}\n'
                        + "bump = 0\nrepost = 0\ncredit = "
                        + f"[{50 * site.per_usd:.2f}, {100 * site.per_usd:.2f}]\n"
                        + (
                            f"upsells = {{ extra = {dearer - price:.2f} }}\n"
                            if site.upsell_rate and dearer > price
                            else ""
                        )
                    )
    return "\n".join(parts)
