"""Wallets clustered again by co-spending, and their counts, from inputs and outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from inktrace.casefile.replay.figures import Figure, compared, left
from inktrace.casefile.replay.read import Exhibits
from inktrace.casefile.trail import MOST_ADDRESSES, MOST_WALLET_TRANSACTIONS
from inktrace.params import WalletsParams
from inktrace.wallets.clusters import co_spend_clusters, spends

__all__ = ["wallet_figures"]

_TOPIC: Final = "wallets"
_NO_ADDRESS: Final = "it has no address, by which the exhibits name inputs"


def wallet_figures(exhibits: Exhibits) -> Iterator[Figure]:
    """Which wallet each address is of, and how many transactions each wallet funds and gets."""
    addresses = exhibits.texts("wallets", "address")
    wallets = exhibits.ints("wallets", "wallet_id").tolist()
    cluster = _clusters(exhibits)
    # A wallet is known by its number; a cluster gets the number that most of its addresses have.
    votes: dict[int, Counter[int]] = {}
    for address, wallet in zip(addresses, wallets, strict=True):
        if address in cluster:
            votes.setdefault(cluster[address], Counter())[wallet] += 1
    named = {one: min(found, key=lambda w: (-found[w], w)) for one, found in votes.items()}
    counted: dict[int, set[int]] = {}
    for one, wallet in named.items():
        counted.setdefault(wallet, set()).add(one)
    for address, wallet in zip(addresses, wallets, strict=True):
        if address is None:
            yield left(_TOPIC, f"wallet of a script of wallet {wallet}", wallet, _NO_ADDRESS)
        else:
            # An address that was never spent from stands alone.
            alone = None if address in cluster else wallet
            yield compared(
                _TOPIC, f"wallet of {address}", wallet, named.get(cluster.get(address, -1), alone)
            )
    for wallet, clusters in sorted(counted.items()):
        yield compared(_TOPIC, f"clusters that make up wallet {wallet}", 1, len(clusters))
    yield from _left_out(cluster, named, addresses)
    yield from _counts(exhibits, addresses, wallets)


def _clusters(exhibits: Exhibits) -> dict[str | None, int]:
    """Cluster of each address that was spent from, by the wallets stage's own function."""
    txids, addresses = exhibits.texts("inputs", "txid"), exhibits.texts("inputs", "address")
    numbers = {txid: n for n, txid in enumerate(dict.fromkeys(txids))}
    scripts = {
        address: n for n, address in enumerate(dict.fromkeys(a for a in addresses if a is not None))
    }
    rows = [
        (numbers[txid], scripts[address])
        for txid, address in zip(txids, addresses, strict=True)
        if address is not None
    ]
    # CoinJoins join nobody, nor do merges that were refused as a sign of a service.
    apart = {*exhibits.texts("coinjoins", "txid"), *exhibits.about.get("refused_merges", [])}
    left_out = [number for txid, number in numbers.items() if txid in apart]
    params = WalletsParams(**exhibits.parameters.get("wallets", {}))
    made = co_spend_clusters(
        len(scripts),
        spends([tx for tx, _ in rows], [script for _, script in rows]),
        params,
        left_out=np.array(left_out, np.int64),
    )
    return {address: int(made.wallet_id[n]) for address, n in scripts.items()}


def _left_out(
    cluster: dict[str | None, int], named: dict[int, int], addresses: list[str | None]
) -> Iterator[Figure]:
    """Addresses that co-spending joins to a wallet and that wallets.csv does not have."""
    if len(addresses) >= MOST_ADDRESSES:
        return
    listed = set(addresses)
    for address in sorted(str(one) for one in cluster if one not in listed):
        if cluster[address] in named:
            yield compared(_TOPIC, f"wallet of {address}", None, named[cluster[address]])


def _counts(
    exhibits: Exhibits, addresses: list[str | None], wallets: list[int]
) -> Iterator[Figure]:
    own = set(wallets)
    of_address = dict(zip(addresses, wallets, strict=True))
    scripts = Counter(wallets)
    funded = Counter(exhibits.whole("transactions", "payer_wallet_id"))
    received = Counter(
        of_address[address]
        for address in exhibits.texts("outputs", "address")
        if address is not None and address in of_address
    )
    whole = exhibits.table("transactions").num_rows < MOST_WALLET_TRANSACTIONS
    unnamed = {wallet for address, wallet in zip(addresses, wallets, strict=True) if not address}
    rows = zip(
        exhibits.ints("wallet_summary", "wallet_id").tolist(),
        exhibits.whole("wallet_summary", "scripts"),
        exhibits.whole("wallet_summary", "transactions_out"),
        exhibits.whole("wallet_summary", "outputs_in"),
        strict=True,
    )
    for wallet, stated_scripts, stated_out, stated_in in rows:
        if wallet not in own or len(addresses) >= MOST_ADDRESSES or not whole:
            why = "not all of its rows are in the package: it is a service, or too large"
            yield left(_TOPIC, f"scripts of wallet {wallet}", stated_scripts, why)
            continue
        yield compared(_TOPIC, f"scripts of wallet {wallet}", stated_scripts, scripts[wallet])
        name = f"transactions_out of wallet {wallet}"
        yield compared(_TOPIC, name, stated_out, funded[wallet])
        name = f"outputs_in of wallet {wallet}"
        if wallet in unnamed:
            yield left(_TOPIC, name, stated_in, _NO_ADDRESS)
        else:
            yield compared(_TOPIC, name, stated_in, received[wallet])
