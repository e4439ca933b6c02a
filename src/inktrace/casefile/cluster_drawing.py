"""The picture of an address cluster: what joined what, and the services and CoinJoins around it.

A small wallet is drawn address by address; a large one by the transactions that joined most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from inktrace.casefile.drawing import BLUE, FAINT, GREY, VERMILION, Axis, line, picture, text
from inktrace.casefile.wallet_graph import WalletGraph
from inktrace.casefile.words import visible
from inktrace.units import bitcoin_amount, iso_time

_MOST_ADDRESSES: Final = 36
_MOST_UNIONS: Final = 24
_MOST_SERVICES: Final = 12
_MOST_DEPTH: Final = 4
_TOP, _ROW, _STEP, _WIDTH = 44, 22, 24, 960
_SERVICES_LEFT: Final = 540


def cluster_picture(graph: WalletGraph) -> Markup:
    """One wallet: circles are addresses, squares the joining transactions, boxes services."""
    if graph.addresses <= _MOST_ADDRESSES:
        drawn, rows = list(_addresses(graph)), len(graph.tree)
    else:
        drawn, rows = list(_largest_unions(graph)), min(len(graph.unions), _MOST_UNIONS) + 2
    beside = list(_around(graph))
    below = max(rows, min(len(graph.services), _MOST_SERVICES) + 2)
    heading = f"Wallet {graph.wallet_id}: {graph.addresses:,} address" + (
        "" if graph.addresses == 1 else "es"
    )
    parts = [text(20, 22, heading, "start"), *drawn, *beside]
    about = (
        f"{graph.addresses} addresses, joined by {len(graph.unions)} transactions; "
        f"{graph.coinjoins} CoinJoins, which join nothing. "
        + " ".join(
            f"{visible(one.service)} {'paid it' if one.comes_in else 'was paid'} in "
            f"{one.transactions} transactions."
            for one in graph.services
        )
    )
    title = f"Addresses of wallet {graph.wallet_id} and the transactions that join them"
    height = _TOP + _ROW * below + 14
    return picture(_WIDTH, height, f"cluster{graph.wallet_id}", title, about, parts)


def _addresses(graph: WalletGraph) -> Iterable[Markup]:
    """A tree: each address below the one it was first spent with, the transaction on the way."""
    place: dict[str, tuple[float, float]] = {}
    depth: dict[str, int] = {}
    for row, (address, above, union) in enumerate(graph.tree):
        depth[address] = min(depth[above] + 1, _MOST_DEPTH) if above in depth else 0
        x, y = 34.0 + _STEP * depth[address], _TOP + _ROW * (row + 0.5)
        place[address] = (x, y)
        if above in place and union is not None:
            start_x, start_y = place[above]
            yield line(start_x, start_y, start_x, y, GREY)
            yield line(start_x, y, x, y, GREY)
            yield _square(start_x + _STEP / 2, y)
        yield _circle(x, y)
        label = f"{_short(address)}{'' if union is None else f'  (T{union})'}"
        yield text(x + 12, y + 4, label, "start")


def _largest_unions(graph: WalletGraph) -> Iterable[Markup]:
    """A bar per transaction, as long as it joined addresses; the rest is counted in words."""
    shown = graph.unions[:_MOST_UNIONS]
    most = max(len(union.addresses) for union in shown) if shown else 1
    axis = Axis(0, most, 0, 200)
    for row, union in enumerate(shown):
        y = _TOP + _ROW * (row + 0.5)
        when = "time unknown" if union.time_us is None else iso_time(union.time_us)[:10]
        yield _square(30, y)
        yield text(42, y + 4, f"T{union.number}  {union.txid[:10]}…  {when}", "start")
        bar = Markup('<rect x="280" y="{}" width="{}" height="10" fill="#CFE3F1" stroke="{}"/>')
        yield bar.format(round(y - 5, 1), max(1.0, axis.at(len(union.addresses))), BLUE)
        label = f"{len(union.addresses):,}"
        yield text(286 + axis.at(len(union.addresses)), y + 4, label, "start")
    left = graph.unions[_MOST_UNIONS:]
    if left:
        joined = sum(len(union.addresses) for union in left)
        y = _TOP + _ROW * (len(shown) + 0.5)
        words = f"and {len(left):,} transactions more, which joined {joined:,} addresses"
        yield text(42, y + 4, words, "start")


def _around(graph: WalletGraph) -> Iterable[Markup]:
    """Services with arrows (out: paid by the wallet), and the count of CoinJoins."""
    yield line(_SERVICES_LEFT - 24, _TOP - 8, _SERVICES_LEFT - 24, _TOP + 3 * _ROW, FAINT)
    for row, one in enumerate(graph.services[:_MOST_SERVICES]):
        y = _TOP + _ROW * (row + 0.5)
        yield line(_SERVICES_LEFT, y, _SERVICES_LEFT + 40, y, VERMILION, 1.5)
        tip = _SERVICES_LEFT if one.comes_in else _SERVICES_LEFT + 40
        yield _arrow(tip, y, one.comes_in)
        verb = "paid in by" if one.comes_in else "paid out to"
        label = f"{verb} {_short(one.service, 20)}, {one.transactions:,}×, "
        amount = f"{bitcoin_amount(one.value_sat)} BTC"
        yield text(_SERVICES_LEFT + 48, y + 4, label + amount, "start")
    count = min(len(graph.services), _MOST_SERVICES)
    more = len(graph.services) - count
    y = _TOP + _ROW * (count + 0.5)
    if not count or more:
        words = f"{more} more services" if more else "no service known here"
        yield text(_SERVICES_LEFT, y + 4, words, "start")
        y += _ROW
    yield _triangle(_SERVICES_LEFT + 6, y)
    plural = "" if graph.coinjoins == 1 else "s"
    words = f"{graph.coinjoins:,} CoinJoin{plural} among its transactions"
    yield text(_SERVICES_LEFT + 20, y + 4, words, "start")


def _circle(x: float, y: float) -> Markup:
    mark = Markup('<circle cx="{}" cy="{}" r="5" fill="#FFFFFF" stroke="{}" stroke-width="1.6"/>')
    return mark.format(round(x, 1), round(y, 1), BLUE)


def _square(x: float, y: float) -> Markup:
    mark = Markup('<rect x="{}" y="{}" width="8" height="8" fill="{}"/>')
    return mark.format(round(x - 4, 1), round(y - 4, 1), GREY)


def _triangle(x: float, y: float) -> Markup:
    corners = f"{x - 5},{y + 4} {x + 5},{y + 4} {x},{y - 5}"
    return Markup('<polygon points="{}" fill="{}"/>').format(corners, VERMILION)


def _arrow(x: float, y: float, inward: bool) -> Markup:
    back = x + 7 if inward else x - 7
    corners = f"{x},{y} {back},{y - 4} {back},{y + 4}"
    return Markup('<polygon points="{}" fill="{}"/>').format(corners, VERMILION)


def _short(name: str, most: int = 46) -> str:
    shown = visible(name).replace("\n", " ")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
