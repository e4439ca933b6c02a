"""Writing a world: input files as a user would have them, and the truth apart from them."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import zstandard

from inktrace import __version__
from inktrace.errors import InputError
from inktrace.progress import Progress, silent
from inktrace.world.encoding import ETL_TYPES, double_sha256
from inktrace.world.ledger import Coin, Transaction
from inktrace.world.make import World
from inktrace.world.purchases import habit_random, rule_file

_FIRST_HEIGHT: Final = 824_000
_PESOS_PER_DOLLAR: Final = 56.0
_TAGGED: Final = {"exchange": "exchange", "processor": "payment_processor"}


def write_world(world: World, directory: Path, progress: Progress = silent) -> None:
    """Write ads.csv, chain.jsonl.zst, first_seen.csv, prices.csv, tags.yaml and truth/.

    Raises InputError where the folder cannot be written.
    """
    random = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(world.params.seed, spawn_key=(99,)))
    )
    try:
        (directory / "truth").mkdir(parents=True, exist_ok=True)
        _write_ads(world, directory / "ads.csv")
        progress("writing the world", 1, 5)
        _write_chain(world, directory / "chain.jsonl.zst", random)
        progress("writing the world", 3, 5)
        _write_first_seen(world, directory / "first_seen.csv", random)
        _write_prices(world, directory / "prices.csv")
        _write_tags(world, directory / "tags.yaml", random)
        if world.params.price_rules:
            rules = rule_file(world.sites, world.price_changes)
            (directory / "price_rules.toml").write_text(rules, encoding="utf-8")
        progress("writing the world", 4, 5)
        _write_truth(world, directory / "truth")
        progress("writing the world", 5, 5)
    except OSError as error:
        raise InputError(
            f"the world cannot be written: {error.strerror}", where=directory
        ) from error


def _write_ads(world: World, path: Path) -> None:
    step = 60 if world.params.minute_resolution else 1
    rows = []
    untold = habit_random(world.params, 4).random(len(world.ads)) < world.params.unpriced_share
    for ad, is_untold in zip(world.ads, untold.tolist(), strict=True):
        site = world.sites[ad.site]
        posted = datetime.fromtimestamp(ad.posted_s // step * step, UTC)
        stamp = posted.strftime("%Y-%m-%dT%H:%MZ" if step == 60 else "%Y-%m-%dT%H:%M:%SZ")
        rows.append(
            (
                ad.ad_id, site.name, stamp, ad.text, ad.category, ad.city, "PH",
                "" if is_untold else f"{ad.asked:.2f}", site.currency, ad.image_hash,
            )
        )  # fmt: skip
    names = "ad_id,site,posted_at,text,category,city,country,price,currency,image_hashes"
    _write_csv(path, names.split(","), rows)


def _write_chain(world: World, path: Path, random: np.random.Generator) -> None:
    """Transactions in blocks as bitcoin-etl exports them (JSON Lines, zstd)."""
    ordered = world.transactions
    blocks, times = _blocks(ordered, world.params.start, random)
    order = np.argsort(blocks, kind="stable")
    spent = {(coin.txid, coin.vout) for made in ordered for coin in made.inputs}
    if sum(len(made.inputs) for made in ordered) != len(spent):
        raise AssertionError("a world spends an output twice")
    compressor = zstandard.ZstdCompressor(level=6)
    with path.open("wb") as raw, compressor.stream_writer(raw) as out:
        for place in order:
            block = int(blocks[place])
            line = json.dumps(_etl(ordered[place], block, int(times[block])), separators=(",", ":"))
            out.write(line.encode() + b"\n")


def _blocks(
    ordered: list[Transaction], start: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Block of each transaction (never before its parents') and header time of each block."""
    first = ordered[0].seen_s if ordered else float(start)
    last = (ordered[-1].seen_s if ordered else float(start)) + 7_200
    gaps = random.exponential(600, size=int((last - first) / 600 * 1.3) + 50)
    mined = first + np.cumsum(gaps)
    waits = random.exponential(240, size=len(ordered))
    block_of: dict[str, int] = {}
    blocks = np.zeros(len(ordered), np.int64)
    for place, made in enumerate(ordered):
        own = int(np.searchsorted(mined, made.seen_s + waits[place], side="right"))
        block = max([own, *(block_of.get(coin.txid, 0) for coin in made.inputs)])
        blocks[place] = block_of[made.txid] = min(block, mined.size - 1)
    # Miners' clocks are off by seconds to minutes, seldom before the transactions they hold.
    return blocks, np.round(mined + np.abs(random.normal(0, 20, size=mined.size)))


def _etl(made: Transaction, block: int, block_time: int) -> dict[str, Any]:
    return {
        "hash": made.txid,
        "version": 2,
        "lock_time": 0,
        "block_number": _FIRST_HEIGHT + block,
        "block_hash": double_sha256(f"block {block}".encode()).hex(),
        "block_timestamp": block_time,
        "is_coinbase": made.is_coinbase,
        "inputs": [
            {
                "index": place,
                "spent_transaction_hash": coin.txid,
                "spent_output_index": coin.vout,
                "sequence": 4_294_967_293,
                **_place(coin),
            }
            for place, coin in enumerate(made.inputs)
        ],
        "outputs": [
            {"index": coin.vout, "script_hex": coin.script, **_place(coin)} for coin in made.outputs
        ],
    }


def _place(coin: Coin) -> dict[str, Any]:
    kind = ETL_TYPES.get(coin.kind, coin.kind)
    return {"type": kind, "addresses": [coin.address] if coin.address else [], "value": coin.value}


def _write_first_seen(world: World, path: Path, random: np.random.Generator) -> None:
    params = world.params
    made = [one for one in world.transactions if not one.is_coinbase]
    errors = random.normal(0, params.clock_error_s, size=len(made))
    late = np.where(
        random.random(len(made)) < params.late_share, random.uniform(5, 180, len(made)), 0
    )
    kept = random.random(len(made)) >= params.missing_first_seen
    rows = [
        (one.txid, f"{one.seen_s + error + delay:.3f}", "node1")
        for one, error, delay, keep in zip(made, errors, late, kept, strict=True)
        if keep
    ]
    _write_csv(path, ["txid", "first_seen", "source"], rows)


def _write_prices(world: World, path: Path) -> None:
    times = world.prices_start + 60 * np.arange(world.prices.size)
    in_pesos = any(site.currency == "PHP" for site in world.sites)
    rows: list[tuple[Any, ...]] = []
    for moment, price in zip(times.tolist(), world.prices.tolist(), strict=True):
        rows.append((moment, "USD", f"{price:.2f}"))
        if in_pesos:
            rows.append((moment, "PHP", f"{price * _PESOS_PER_DOLLAR:.2f}"))
    _write_csv(path, ["time", "currency", "price"], rows)


def _write_tags(world: World, path: Path, random: np.random.Generator) -> None:
    """A TagPack that knows some addresses of the services."""
    lines = ["title: Services of an invented world", "creator: inktrace world", "currency: BTC"]
    lines += ["source: https://world.example", "confidence: service_data", "tags:"]
    for address, owner in world.ledger.addresses.items():
        kind = owner.rstrip("0123456789")
        if kind in _TAGGED and random.random() < (0.5 if kind == "exchange" else 0.02):
            lines += [
                f"- address: {address}",
                f"  label: {owner}.example",
                f"  category: {_TAGGED[kind]}",
            ]
    if lines[-1] == "tags:":
        lines[-1] = "tags: []"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_truth(world: World, directory: Path) -> None:
    rows = [
        (
            ad.ad_id, f"author{ad.author.number}", int(ad.author.is_ring), f"{ad.person} {ad.age}",
            ad.language, int(bool(ad.txid)), ad.kind, ad.txid, ad.vout if ad.txid else "",
            ad.payer,
        )
        for ad in world.ads
    ]  # fmt: skip
    names = "ad_id,author,ring,person,language,paid,payment_kind,txid,vout,payer_owner"
    _write_csv(directory / "ads.csv", names.split(","), rows)
    owners = sorted(
        (address, owner, _kind(owner)) for address, owner in world.ledger.addresses.items()
    )
    _write_csv(directory / "wallets.csv", ["address", "owner", "kind"], owners)
    pairs = Counter(
        (f"author{ad.author.number}", ad.payer) for ad in world.ads if ad.payer.startswith("payer")
    )
    counted = sorted((author, owner, count) for (author, owner), count in pairs.items())
    _write_csv(directory / "pairs.csv", ["author", "owner", "paid_ads"], counted)
    facts = {
        "software_version": __version__,
        "parameters": world.params.told(),
        "ads": len(world.ads),
        "transactions": len(world.transactions),
        "real_transactions": len(world.background),
        "times_of_real_transactions": "spread by us, each once" if world.background else "none",
        "paid": dict(sorted(Counter(ad.kind for ad in world.ads).items())),
        "sites": [dataclasses.asdict(site) for site in world.sites],
    }
    if any(author.role for author in world.authors):
        roles = [
            (f"author{one.number}", one.role or ("ring" if one.is_ring else "independent"))
            for one in world.authors
        ]
        _write_csv(directory / "roles.csv", ["author", "role"], roles)
    if world.price_changes:
        facts["price_changes"] = [
            {"site": world.sites[number].name, "time": round(when), "factor": factor}
            for number, (when, factor) in world.price_changes.items()
        ]
    if world.repeats:
        again = sorted((ad.ad_id, of.ad_id, ad.kind) for ad, of in world.repeats)
        _write_csv(directory / "repeats.csv", ["ad_id", "of_ad_id", "kind"], again)
    (directory / "world.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


def _kind(owner: str) -> str:
    kind = owner.rstrip("0123456789b")
    return "background" if kind == "person" else kind


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())


def world_digest(directory: Path) -> str:
    """One digest of all files of a written world, for comparing two."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(directory).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
