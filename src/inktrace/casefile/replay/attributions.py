"""Attributions weighed again: joint evidence, links, q-values and error probabilities."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits
from inktrace.casefile.replay.summary import attribution_summary
from inktrace.errors import InputError
from inktrace.params import AttributionParams

# The parts of the stage, not its front door: what is replayed must be what was done.
from inktrace.payments.attribution import _competition
from inktrace.payments.evidence import Matches, Pairs, pair_scores
from inktrace.payments.links import ads_matched, link_lr, link_probabilities

__all__ = ["attribution_figures"]

_TOPIC: Final = "attributions"
_M, _C = "statistics/matches", "statistics/competition"
_METHOD: Final = "inktrace"
_Pair = tuple[str, int]
_Figures = dict[str, float | int]


def attribution_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Every figure of an attribution of the lead and of the links that carry it."""
    rows = _stated(exhibits)
    pairs = [pair for method, pair, _ in rows if method == _METHOD]
    if pairs and not exhibits.has(_M):
        for pair in pairs:
            yield left(_TOPIC, f"log10_lr of {_shown(pair)}", None, "there are no statistics")
        return
    found: dict[_Pair, _Figures] = {}
    for pair in pairs:
        held, places = _held(exhibits, pair)
        scored = pair_scores(held)
        probability = link_probabilities(held, scored)
        found[pair] = {
            "log10_lr": float(scored.log10_lr[0]),
            "ads": int(scored.ads[0]),
            "transactions_matched": int(scored.transactions[0]),
            "ads_matched": int(ads_matched(held, scored, probability)[0]),
        }
        yield from _links(exhibits, places, link_lr(held, scored), probability)
    checks = _add_error_rates(exhibits, found)
    for method, pair, stated in rows:
        if method != _METHOD:
            why = "a published rule, shown for comparison; nothing in the report rests on it"
            yield left(_TOPIC, f"{method} score of {_shown(pair)}", stated["log10_lr"], why)
            continue
        for name, value in stated.items():
            yield compared(_TOPIC, f"{name} of {_shown(pair)}", value, found[pair].get(name))
    if found:
        stated_of = {pair: stated for method, pair, stated in rows if method == _METHOD}
        yield from attribution_summary(exhibits, checks, stated_of, found)


def _shown(pair: _Pair) -> str:
    return f"{pair[0]} and wallet {pair[1]}"


def _stated(exhibits: Exhibits) -> list[tuple[str, _Pair, dict[str, float | None]]]:
    names = ("log10_lr", "ads_matched", "transactions_matched", "q_value", "error_probability")
    columns = [exhibits.floats("attributions", name) for name in names]
    keys = zip(
        exhibits.texts("attributions", "method"),
        exhibits.texts("attributions", "author_id"),
        exhibits.ints("attributions", "wallet_id").tolist(),
        strict=True,
    )
    figures = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        (str(method), (str(author), wallet), stated)
        for (method, author, wallet), stated in zip(keys, figures, strict=True)
    ]


def _held(exhibits: Exhibits, pair: _Pair) -> tuple[Matches, list[int]]:
    """The matches of a pair, in the order of their sum, and the row of links.csv of each."""
    keys = _link_keys(exhibits, _M)
    rows = [row for row, key in enumerate(keys) if key[:2] == pair]
    if not rows:
        raise InputError(f"there are no matches of {_shown(pair)}")
    places = {key: row for row, key in enumerate(_link_keys(exhibits, "links"))}
    try:
        at = [places[keys[row]] for row in rows]
    except KeyError as error:
        raise InputError(f"links.csv lacks {error}") from error
    columns = _columns(exhibits, keys, rows)
    ad_ids = pa.array(sorted({keys[row][2] for row in rows}), pa.string())
    number = {ad: n for n, ad in enumerate(ad_ids.to_pylist())}
    txids: dict[str, int] = {}
    for row in rows:
        txids.setdefault(keys[row][3], len(txids))
    size = len(rows)
    return (
        Matches(
            round=np.zeros(size, np.int64),
            is_decoy=np.zeros(size, bool),
            author=np.zeros(size, np.int64),
            wallet=np.full(size, pair[1], np.int64),
            ad=np.array([number[keys[row][2]] for row in rows], np.int64),
            tx_id=np.array([txids[keys[row][3]] for row in rows], np.int64),
            vout=np.array([keys[row][4] for row in rows], np.int64),
            ads_bought=columns["ads_bought"].astype(np.int64),
            factor=10.0 ** columns["log10_lr"]
            * columns["background_outputs"]
            / np.maximum(columns["author_ads"] * columns["outputs"], 1),
            wallet_transactions=columns["wallet_transactions"].astype(np.int64),
            is_service=np.zeros(size, bool),
            author_ids=pa.array([pair[0]], pa.string()),
            ad_ids=ad_ids,
        ),
        at,
    )


def _link_keys(exhibits: Exhibits, name: str) -> list[tuple[str, int, str, str, int]]:
    texts = [[str(one) for one in exhibits.texts(name, c)] for c in ("author_id", "ad_id", "txid")]
    numbers = [exhibits.ints(name, c).tolist() for c in ("wallet_id", "vout")]
    rows = zip(texts[0], numbers[0], texts[1], texts[2], numbers[1], strict=True)
    return list(rows)


def _columns(
    exhibits: Exhibits, keys: Sequence[tuple[str, int, str, str, int]], rows: Sequence[int]
) -> dict[str, Any]:
    """What makes the factors: likelihood ratios of candidates.csv, outputs counted anew."""
    ratios = dict(
        zip(
            zip(
                exhibits.texts("candidates", "ad_id"),
                exhibits.texts("candidates", "txid"),
                exhibits.whole("candidates", "vout"),
                strict=True,
            ),
            zip(
                exhibits.array("candidates", "log10_lr").tolist(),
                exhibits.ints("candidates", "ads_bought").tolist(),
                strict=True,
            ),
            strict=True,
        )
    )
    outputs: dict[str | None, int] = {}
    for txid, value in zip(
        exhibits.texts("outputs", "txid"), exhibits.ints("outputs", "value_sat"), strict=True
    ):
        outputs[txid] = outputs.get(txid, 0) + int(value > 0)
    try:
        told = [ratios[keys[row][2:5]] for row in rows]
        counts = [outputs[keys[row][3]] for row in rows]
    except KeyError as error:
        raise InputError(f"the exhibits lack the candidate or transaction {error}") from error
    return {
        "log10_lr": np.array([ratio for ratio, _ in told], np.float64),
        "ads_bought": np.array([bought for _, bought in told], np.int64),
        "outputs": np.array(counts, np.int64),
        "author_ads": exhibits.ints(_M, "author_ads")[list(rows)],
        "wallet_transactions": exhibits.ints(_M, "wallet_transactions")[list(rows)],
        "background_outputs": float(_background(exhibits)),
    }


def _background(exhibits: Exhibits) -> int:
    rows = zip(
        exhibits.texts("payment_laws", "site"),
        exhibits.texts("payment_laws", "name"),
        exhibits.texts("payment_laws", "json"),
        strict=True,
    )
    for site, name, text in rows:
        if (site, name) == ("*", "background"):
            try:
                return int(json.loads(str(text))["outputs"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise InputError("payment_laws.csv tells no number of outputs") from error
    return 0


def _links(
    exhibits: Exhibits, places: Sequence[int], lr: Any, probability: Any
) -> Iterator[Figure]:
    stated = [exhibits.floats("links", name) for name in ("log10_lr", "posterior_probability")]
    names = _link_keys(exhibits, "links")
    for place, one, other in zip(places, lr.tolist(), probability.tolist(), strict=True):
        author, wallet, ad, txid, vout = names[place]
        shown = f"{ad}, {txid}:{vout} given {_shown((author, wallet))}"
        yield compared(_TOPIC, f"log10_lr of link {shown}", stated[0][place], one)
        yield compared(_TOPIC, f"posterior_probability of link {shown}", stated[1][place], other)


def _add_error_rates(exhibits: Exhibits, found: Mapping[_Pair, _Figures]) -> dict[str, Any]:
    """Add q_value and error_probability, with the scores just computed among the others.

    Returns what the run noted of that competition, computed again.
    """
    if not found:
        return {}
    size = exhibits.table(_C).num_rows
    lr, transactions, ads = (
        exhibits.array(_C, "log10_lr"),
        exhibits.ints(_C, "transactions"),
        exhibits.ints(_C, "ads"),
    )
    keys = zip(exhibits.texts(_C, "author_id"), exhibits.whole(_C, "wallet_id"), strict=True)
    row_of = {key: row for row, key in enumerate(keys)}
    for pair, figures in found.items():
        if pair not in row_of:
            raise InputError(f"competition.csv lacks {_shown(pair)}")
        row = row_of[pair]
        lr[row], ads[row] = figures["log10_lr"], int(figures["ads"])
        transactions[row] = int(figures["transactions_matched"])
    author, author_ads = exhibits.ints(_C, "author"), exhibits.ints(_C, "author_ads")
    if len(author) and not 0 <= author.min() <= author.max() < size:
        raise InputError("competition.csv does not number its authors densely")
    sizes = np.zeros(int(author.max(initial=-1)) + 1, np.int64)
    sizes[author] = author_ads
    nothing = np.zeros(size, np.int64)
    pairs = Pairs(
        round=exhibits.ints(_C, "round"),
        is_decoy=np.array(exhibits.flags(_C, "is_decoy"), bool),
        author=author,
        wallet=nothing,
        is_service=np.array(exhibits.flags(_C, "is_service"), bool),
        log10_lr=lr,
        share=np.zeros(size),
        transactions=transactions,
        ads=ads,
    )
    try:
        params = AttributionParams(**exhibits.parameters["attribution"])
        rounds = int(exhibits.about["decoy_rounds"])
        payers = int(exhibits.about["private_payers"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the parameters of the attribution are missing") from error
    errors, checks = _competition(pairs, sizes, rounds, payers, params)
    for pair, figures in found.items():
        figures["q_value"] = float(errors.q_value[row_of[pair]])
        figures["error_probability"] = float(errors.probability[row_of[pair]])
    return checks
