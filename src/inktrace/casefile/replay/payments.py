"""Candidates of the lead's ads weighed again: delay, amount, likelihood ratio, posterior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits, microseconds
from inktrace.errors import InputError
from inktrace.payments.laws import Evidence, Laws
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.times import Floats, Ints, Singles
from inktrace.units import SATOSHI_PER_BITCOIN

__all__ = ["payment_figures"]

_TOPIC: Final = "payments"
_H: Final = "statistics/hypotheses"
_TABLES: Final = ("delay", "amount", "quote_age", "zeros", "till")
_Key = tuple[str, str, int]


def payment_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Every stated figure of a candidate, and of each ad what is left for none of them."""
    keys = _keys(exhibits, "candidates")
    stated = {
        name: exhibits.floats("candidates", name)
        for name in ("delay_s", "amount_log_ratio", "log10_lr", "posterior_probability")
    }
    if not exhibits.has(_H):
        why = str(exhibits.about.get("payments", "the package holds no statistics of payments"))
        for key, value in zip(keys, stated["log10_lr"], strict=True):
            yield left(_TOPIC, f"log10_lr of {_shown(key)}", value, why)
        return
    found = _weighed(exhibits)
    yield from _of_links(exhibits, found)
    for place, key in enumerate(keys):
        recomputed = found.pop(key, {})
        for name, values in stated.items():
            yield compared(_TOPIC, f"{name} of {_shown(key)}", values[place], recomputed.get(name))
    for key in sorted(found):
        yield compared(_TOPIC, f"log10_lr of {_shown(key)}", None, found[key]["log10_lr"])
    yield from _none_of_these(exhibits, keys)


def _of_links(exhibits: Exhibits, found: Mapping[_Key, Mapping[str, float]]) -> Iterator[Figure]:
    """What links.csv says of the same candidates."""
    names = {
        "delay_s": "delay_s",
        "amount_log_ratio": "amount_log_ratio",
        "candidate_log10_lr": "log10_lr",
        "candidate_probability": "posterior_probability",
    }
    keys = _keys(exhibits, "links")
    for column, name in names.items():
        for key, stated in zip(keys, exhibits.floats("links", column), strict=True):
            shown = f"{column} of link {_shown(key)}"
            yield compared(_TOPIC, shown, stated, found.get(key, {}).get(name))


def _keys(exhibits: Exhibits, name: str) -> list[_Key]:
    columns = (exhibits.texts(name, "ad_id"), exhibits.texts(name, "txid"))
    return [
        (str(ad), str(txid), int(vout))
        for ad, txid, vout in zip(*columns, exhibits.ints(name, "vout").tolist(), strict=True)
    ]


def _shown(key: _Key) -> str:
    return f"{key[0]}, {key[1]}:{key[2]}"


def _weighed(exhibits: Exhibits) -> dict[_Key, dict[str, float]]:
    keys = _keys(exhibits, _H)
    delays, log_ratio = _delays(exhibits), _log_ratios(exhibits, keys)
    site_of = dict(zip(exhibits.texts("ads", "ad_id"), exhibits.texts("ads", "site"), strict=True))
    laws, group_of = _laws(exhibits)
    try:
        pairs = zip(keys, exhibits.ints(_H, "half").tolist(), strict=True)
        group = np.array([group_of[site_of[key[0]], half] for key, half in pairs], np.int64)
    except KeyError as error:
        raise InputError(f"the laws of {error} are missing") from error
    ratio = laws.ratio(_evidence(exhibits, laws, group, delays, log_ratio))
    starts = [n for n, key in enumerate(keys) if n == 0 or key != keys[n - 1]]
    if len({keys[n] for n in starts}) != len(starts):
        raise InputError("the hypotheses are not in order")
    # Sums over the asking prices; the likeliest, which comes first, lends its delay and amount.
    summed = np.add.reduceat(ratio, starts) if starts else np.empty(0)
    posterior = _posteriors(exhibits, [keys[n] for n in starts], summed)
    with np.errstate(divide="ignore"):
        log10_lr = np.log10(summed)
    middle = (delays[0] + delays[1]) / 2
    return {
        keys[n]: {
            "delay_s": float(middle[n]),
            "amount_log_ratio": float(log_ratio[n]),
            "log10_lr": float(log10_lr[place]),
            "posterior_probability": float(posterior[place]),
        }
        for place, n in enumerate(starts)
    }


def _delays(exhibits: Exhibits) -> tuple[Floats, Floats]:
    """Least and most seconds from each payment to its ad."""
    posted, early, late = (
        exhibits.ints(_H, f"{name}_us")
        for name in ("posted_by_right_clock", "paid_from", "paid_until")
    )
    seen, blocks = _seen_us(exhibits), _block_us(exhibits)
    # Where a clock saw the payment, that exhibit speaks, not the statistics; a site that waits
    # for the block is measured from the block's time.
    for row, txid in enumerate(exhibits.texts(_H, "txid")):
        if early[row] == late[row] and early[row] != blocks.get(txid):
            early[row] = late[row] = seen.get(txid, early[row])
    return (posted - late) / 1e6, (posted - early) / 1e6


def _seen_us(exhibits: Exhibits) -> dict[str | None, int]:
    """The earliest time at which any clock saw each transaction."""
    found: dict[str | None, int] = {}
    for name in ("candidates", "first_seen"):
        rows = zip(exhibits.texts(name, "txid"), exhibits.texts(name, "first_seen"), strict=True)
        for txid, text in rows:
            if (time := microseconds(text)) is not None:
                found[txid] = min(time, found.get(txid, time))
    return found


def _block_us(exhibits: Exhibits) -> dict[str | None, int | None]:
    columns = (exhibits.texts("candidates", name) for name in ("txid", "block_time"))
    return {txid: microseconds(text) for txid, text in zip(*columns, strict=True)}


def _log_ratios(exhibits: Exhibits, keys: list[_Key]) -> Floats:
    """ln(paid / asked): from satoshis, the price of a bitcoin, and the asking price."""
    paid = dict(zip(_keys(exhibits, "candidates"), exhibits.ints("candidates", "value_sat"),
                    strict=True))  # fmt: skip
    try:
        value = np.array([paid[key] for key in keys], np.int64)
    except KeyError as error:
        raise InputError(f"candidates.csv lacks {error}") from error
    bitcoin = np.maximum(value, 1) / SATOSHI_PER_BITCOIN
    log_value = np.log(bitcoin) + exhibits.array(_H, "log_bitcoin_price")
    return np.asarray(log_value - exhibits.array(_H, "log_asking_price"))


def _laws(exhibits: Exhibits) -> tuple[Laws, dict[tuple[str | None, int], int]]:
    told: dict[str, Any] = exhibits.document("statistics/half_laws.json")
    try:
        shared = told.pop("*")
        halves = [(site, half) for site in sorted(told) for half in (0, 1)]
        rows = [told[site]["halves"][half] for site, half in halves]
        tables = {name: np.array([row[name] for row in rows], np.float64) for name in _TABLES}
        laws = Laws(
            delay_edges_s=np.array(shared["delay_edges_s"], np.float64),
            amount_edges=np.array(shared["amount_edges"], np.float64),
            **tables,
            share=np.array([row["paid_share"] for row in rows], np.float64),
            payments=np.zeros(len(rows)),
            ads=np.zeros(len(rows), np.int64),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError("half_laws.json is not of the form that is needed") from error
    shapes = (len(laws.delay_edges_s) - 1, len(laws.amount_edges) - 1)
    if (laws.delay.ndim, laws.amount.ndim) != (2, 2) or min(shapes) < 1:
        raise InputError("half_laws.json has tables of another shape than needed")
    if (laws.delay.shape[1], laws.amount.shape[1]) != shapes:
        raise InputError("half_laws.json has tables of another shape than needed")
    return laws, {key: row for row, key in enumerate(halves)}


def _evidence(
    exhibits: Exhibits, laws: Laws, group: Ints, delays: tuple[Floats, Floats], log_ratio: Floats
) -> Evidence:
    ages = laws.quote_age.shape[1]
    moves = [exhibits.array(_H, f"quote_move_{age}") for age in range(ages)]
    quote: Singles = np.column_stack(moves).astype(np.float32)
    zeros, till = exhibits.ints(_H, "zeros"), exhibits.ints(_H, "till")
    for place, table in ((zeros, laws.zeros), (till, laws.till)):
        # The compiled loop trusts its indexes.
        if len(place) and not 0 <= place.min() <= place.max() < table.shape[1]:
            raise InputError("the hypotheses name a mark that the laws do not have")
    return Evidence(
        group=group,
        ad=np.zeros(len(group), np.int64),
        group_of_ad=np.zeros(1, np.int64),
        least_delay_s=delays[0],
        most_delay_s=delays[1],
        quote_ratio=quote + log_ratio[:, None].astype(np.float32),
        zeros=zeros,
        till=till,
        background=exhibits.array(_H, "background_per_s"),
        till_background=exhibits.array(_H, "till_background_per_s", np.inf),
        weight=exhibits.array(_H, "prior_probability"),
    )


def _posteriors(exhibits: Exhibits, keys: list[_Key], summed: Floats) -> Floats:
    """Posterior of each candidate; its likelihood ratio is the one just computed."""
    ad, output = (exhibits.ints("statistics/claims", name) for name in ("ad", "output"))
    bought = exhibits.ints("statistics/claims", "ads_bought")
    ratio = exhibits.array("statistics/claims", "likelihood_ratio")
    names = exhibits.texts("statistics/claim_ads", "ad_id")
    size = len(names)
    if len(ad) and not (0 <= ad.min() <= ad.max() < size and output.min() >= 0):
        raise InputError("claims.csv names an ad that claim_ads.csv does not have")
    if len(output) and output.max() >= len(output):
        raise InputError("claims.csv does not number its outputs densely")
    named = np.array([name is not None for name in names], bool)
    mine = np.flatnonzero(named[ad])
    if [names[one] for one in ad[mine]] != [key[0] for key in keys]:
        raise InputError("claims.csv and hypotheses.csv are not of the same candidates")
    ratio[mine] = summed
    claim_ads = "statistics/claim_ads"
    share = exhibits.array(claim_ads, "paid_share")
    rest = exhibits.array(claim_ads, "weaker_likelihood_ratio")
    weight = np.maximum(exhibits.array(claim_ads, "asking_prices_total"), 1e-300)
    found = posterior_probabilities(
        ad, output, bought, ratio / weight[ad], share * np.minimum(weight, 1.0), rest / weight
    )
    return np.asarray(found[mine])


def _none_of_these(exhibits: Exhibits, keys: list[_Key]) -> Iterator[Figure]:
    sums: dict[str, list[float]] = {}
    probabilities = exhibits.floats("candidates", "posterior_probability")
    for key, probability in zip(keys, probabilities, strict=True):
        sums.setdefault(key[0], []).append(probability or 0.0)
    rows = zip(
        exhibits.texts("ads", "ad_id"),
        exhibits.whole("ads", "candidates"),
        exhibits.floats("ads", "none_of_these_probability"),
        strict=True,
    )
    for ad, count, none in rows:
        held = sums.get(str(ad), [])
        yield compared(_TOPIC, f"candidates of {ad}", count, len(held))
        # Added up one by one, as the package's builder does.
        total = float(sum(held))
        recomputed = min(1.0, max(0.0, 1.0 - total))
        yield compared(_TOPIC, f"none_of_these_probability of {ad}", none, recomputed)
