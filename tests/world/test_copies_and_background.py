"""Copied texts carry the copier's contact, and real transactions stay the background."""

from __future__ import annotations

from inktrace.world import WorldParams, make_world, plant_into
from inktrace.world.ledger import Coin, Transaction

COPIES = WorldParams(seed=5, authors=60, ads=900, transactions=200, copied_text_share=0.2)


def test_no_author_gives_another_s_handle():
    world = make_world(COPIES)
    handles = {author.handle: author.number for author in world.authors}
    assert len(handles) == len(world.authors)
    for ad in world.ads:
        given = [n for handle, n in handles.items() if f"{handle} " in f"{ad.text.lower()} "]
        assert set(given) <= {ad.author.number}, ad.text


def test_real_transactions_are_the_background_they_are_planted_into():
    real = [
        Transaction(
            f"{number:064x}", 0.0, (Coin(f"{number + 10**6:064x}", 0, 9_000, "51", "", "x"),),
            (Coin(f"{number:064x}", 0, 8_000, "51", "", "x"),), False,
        )
        for number in range(500)
    ]  # fmt: skip
    world = plant_into(WorldParams(seed=2, authors=20, ads=100, days=3), real)
    ours = [
        coin
        for made in world.ledger.transactions
        for coin in made.outputs
        if made.seen_s >= world.params.start
    ]
    assert len(world.background) == 500
    # A withdrawal and a payment per ad with their changes, and no crowd of our own.
    assert len(ours) < 8 * 100
