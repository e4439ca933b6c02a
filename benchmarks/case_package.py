"""Seconds and megabytes of a large lead's case package: built, opened in a browser, verified.

    python benchmarks/case_package.py --out FOLDER [--ads 500] [--payments 200] [--addresses 5000]

The lead is invented row by row, so that it has exactly these sizes: ads in English by three
authors, 150 candidates an ad, and one wallet whose addresses are joined two or three at a time.
The browser is Debian's chromium, without a window; the time is from its start to the loaded page.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from inktrace import __version__
from inktrace.casefile.package import build_case
from inktrace.casefile.verify import verify_case
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

MINUTE = 60_000_000
START = 1_704_067_200_000_000
LEAD = "L-0123456789"
SENTENCES = (
    "We clean your whole house from the roof to the floor.", "Serious clients only please.",
    "Available every day from eight in the morning.", "Tumawag lang po sa numerong ito.",
    "I am ⟦name⟧ and I live near the market.", "No fees, pay after the work is done.",
    "References of many families can be shown.", "May kasama pong gamit sa paglilinis.",
)  # fmt: skip
Rows = list[dict[str, Any]]


def lead_tables(ads: int, payments: int, addresses: int, seed: int) -> dict[str, Rows]:
    """The tables of a workspace that holds one lead of these sizes and nothing else."""
    random = np.random.default_rng(seed)
    tables = _ads(ads, random)
    chain = _Chain(random)
    chain.wallet(addresses)
    chosen = sorted(random.choice(ads, payments, replace=False).tolist())
    candidates, links = [], []
    for place, ad in enumerate(tables["ads"]):
        posted = ad["posted_us"]
        seen = [posted - int(delay * MINUTE) for delay in random.exponential(20.0, 150)]
        others = [chain.pay(when) for when in seen]
        paid = [chain.pay(posted - MINUTE, payer=0)] if place in chosen else []
        for tx in paid + others:
            mine = tx in paid
            candidates.append(
                {"round": 0, "ad_id": ad["ad_id"], "tx_id": tx, "vout": 0, "value_sat": 40_000,
                 "delay_s": float((posted - chain.seen[tx]) / 1e6), "ads_bought": 1,
                 "amount_log_ratio": float(random.normal(0, 0.004 if mine else 0.02)),
                 "log10_lr": 2.5 if mine else float(random.normal(-1, 0.5)),
                 "posterior_probability": 0.7 if mine else 0.001}
            )  # fmt: skip
        links += [
            {"method": "inktrace", "author_id": f"A-{place % 3}", "wallet_id": 0,
             "ad_id": ad["ad_id"], "tx_id": tx, "vout": 0, "log10_lr": 3.5,
             "posterior_probability": 0.98}
            for tx in paid
        ]  # fmt: skip
    tables |= chain.tables()
    return tables | {
        "payment_candidates": candidates,
        "attribution_links": links,
        "attributions": [
            {"method": "inktrace", "author_id": f"A-{n}", "wallet_id": 0, "ads_matched": payments,
             "transactions_matched": payments, "log10_lr": 200.0, "q_value": 0.001,
             "error_probability": 0.001, "is_service": False}
            for n in range(3)
        ],
        "payment_laws": [
            {"site": "*", "name": "delay",
             "json": '{"edges_s": [0, 60, 120, 600], "density_per_s": [0.01, 0.005, 0.0001]}'}
        ],
        "leads": [
            {"lead_id": LEAD, "rank": 1, "score": 5.0, "author_ids": "A-0 A-1 A-2",
             "wallet_ids": "0", "ads": ads, "people_estimate": 7, "places": 9, "ads_per_day": 12.0,
             "first_posted_us": START, "last_posted_us": START + ads * 90 * MINUTE,
             "under_age_indicator": False, "flagged": True, "reasons": "Invented."}
        ],
        "lead_ads": [
            {"lead_id": LEAD, "ad_id": ad["ad_id"], "in_core": True} for ad in tables["ads"]
        ],
        "lead_indicators": [
            {"lead_id": LEAD, "indicator": "people_advertised", "direction": "for", "value": 7.0,
             "rarity": 0.01, "weight": 2.0, "weight_low": 1.5, "weight_high": 2.5,
             "reason": "The ads name about 7 different people.", "reference": "Ibanez 2014"}
        ],
        "source_files": [
            {"file_id": n, "source": source, "path": f"{source}.csv", "sha256": f"{n}" * 64,
             "bytes": 10, "parameters": "{}", "rows_accepted": 3, "rows_repeated": 0,
             "rows_rejected": 0, "software_version": "0", "added_us": 1}
            for n, source in ((1, "ads"), (2, "chain"), (3, "first-seen"))
        ],
    }  # fmt: skip


def _ads(count: int, random: np.random.Generator) -> dict[str, Rows]:
    names = [f"ad{n:05d}" for n in range(count)]
    texts = [" ".join(random.permutation(SENTENCES)) + f" Nr {n}" for n in range(count)]
    pairs = {tuple(sorted(random.choice(count, 2, replace=False).tolist())) for _ in range(30_000)}
    return {
        "ads": [
            {"ad_id": name, "site": f"board{n % 6}.example", "posted_us": START + n * 90 * MINUTE,
             "text": texts[n], "city": f"City {n % 9}", "price_minor": 1700, "currency": "USD",
             "file_id": 1, "row": n + 1}
            for n, name in enumerate(names)
        ],
        "texts": [
            {"ad_id": name, "masked_text": texts[n], "language": "en",
             "text_group_id": f"T-{n % 40}", "characters": len(texts[n])}
            for n, name in enumerate(names)
        ],
        "authors": [
            {"ad_id": name, "author_id": f"A-{n % 3}", "log10_lr": 2.5, "reason": "style"}
            for n, name in enumerate(names)
        ],
        "identities": [
            {"ad_id": name, "author_id": f"A-{n % 3}", "part_id": f"P-{n % 3}",
             "identity_id": "I-0123456789"}
            for n, name in enumerate(names)
        ],
        "identifiers": [
            {"ad_id": name, "kind": "phone", "value": f"+63917{n % 11:07d}", "found_in": "text"}
            for n, name in enumerate(names)
        ],
        "author_pairs": [
            {"ad_id_a": names[a], "ad_id_b": names[b], "same_template": a % 40 == b % 40,
             "shared_identifiers": int(a % 11 == b % 11), "log10_lr": float(a * b % 300) / 100,
             "same_author_probability": 0.9}
            for a, b in sorted(pairs)
        ],
    }  # fmt: skip


class _Chain:
    """Transactions, each with its input and output; scripts below `addresses` are the wallet's."""

    def __init__(self, random: np.random.Generator):
        self.random = random
        self.seen: dict[int, int] = {}
        self.inputs: Rows = []
        self.outputs: Rows = []
        self.payers: Rows = []
        self.wallets: Rows = []
        self.scripts = 0

    def wallet(self, addresses: int) -> None:
        """One wallet whose addresses are joined by spending them beside earlier ones."""
        self.scripts = addresses
        self.wallets.append({"script_id": 0, "wallet_id": 0, "rule": "co_spend"})
        script = 1
        while script < addresses:
            fresh = list(range(script, min(script + int(self.random.integers(1, 3)), addresses)))
            spent = [int(self.random.integers(0, script)), *fresh]
            tx = self._transaction(START - len(self.seen) * MINUTE, spent, 0)
            self.wallets += [
                {"script_id": one, "wallet_id": 0, "joined_by_tx_id": tx, "rule": "co_spend",
                 "joined_with_script_id": spent[0]}
                for one in fresh
            ]  # fmt: skip
            script += len(fresh)

    def pay(self, when: int, payer: int | None = None) -> int:
        """A payment by the wallet or by somebody else; returns its tx_id."""
        own = payer is not None
        spent = int(self.random.integers(0, len(self.wallets))) if own else self._script()
        return self._transaction(when, [spent], payer)

    def _script(self) -> int:
        self.scripts += 1
        return self.scripts - 1

    def _transaction(self, when: int, spent: list[int], payer: int | None) -> int:
        tx = len(self.seen)
        self.seen[tx] = when
        self.inputs += [
            {"tx_id": tx, "vin": vin, "spent_txid": _digest(f"{tx} {vin}"), "spent_vout": 0,
             "value_sat": 90_000, "script_id": one, "sequence": 0}
            for vin, one in enumerate(spent)
        ]  # fmt: skip
        self.outputs += [
            {"tx_id": tx, "vout": vout, "value_sat": 40_000, "script_id": self._script()}
            for vout in range(2)
        ]
        if payer is not None:
            self.payers.append({"tx_id": tx, "wallet_id": payer})
        return tx

    def tables(self) -> dict[str, Rows]:
        """What a workspace holds of all this."""
        txids = {tx: _digest(str(tx)) for tx in self.seen}
        return {
            "transactions": [
                {"tx_id": tx, "txid": txids[tx], "block_height": 800_000 + tx // 2_000,
                 "block_time_us": when + 9 * MINUTE, "is_coinbase": False, "version": 2,
                 "lock_time": 0, "file_id": 2, "row": tx + 1}
                for tx, when in self.seen.items()
            ],
            "first_seen": [
                {"txid": txids[tx], "first_seen_us": when, "observer": "node1", "file_id": 3,
                 "row": tx + 1}
                for tx, when in self.seen.items()
            ],
            "inputs": self.inputs,
            "outputs": self.outputs,
            "payers": self.payers,
            "wallets": self.wallets,
            "wallet_summary": [
                {"wallet_id": 0, "scripts": len(self.wallets), "transactions_in": 0,
                 "transactions_out": len(self.payers)}
            ],
            "scripts": [
                {"script_id": n, "script": _digest(f"s{n}"), "script_type": "p2wpkh",
                 "address": "bc1q" + _digest(f"a{n}").hex()[:38]}
                for n in range(self.scripts)
            ],
        }  # fmt: skip


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def browser_seconds(page: Path) -> float | None:
    """Seconds from chromium's start to its end with the page loaded and drawn, or None."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             f"--user-data-dir={folder}/profile", "--window-size=1000,1400",
             f"--screenshot={folder}/page.png", page.resolve().as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip
        return time.perf_counter() - started


def main() -> None:
    """Print one line per measurement."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--out", type=Path, required=True, help="a folder that is not there yet")
    options.add_argument("--ads", type=int, default=500)
    options.add_argument("--payments", type=int, default=200)
    options.add_argument("--addresses", type=int, default=5_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    tables = lead_tables(given.ads, given.payments, given.addresses, given.seed)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    arrow = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    with Engine.in_memory(arrow) as engine:
        started, used = time.perf_counter(), time.process_time()
        summary = build_case(engine.relations(), LEAD, given.out, Params(), __version__, silent)
        print(f"built in {time.perf_counter() - started:.1f} s "
              f"({time.process_time() - used:.1f} s of processor): {summary.ads} ads, "
              f"{summary.links} links, {summary.files} files")  # fmt: skip
    for path in sorted(given.out.rglob("*")):
        if path.is_file() and path.stat().st_size > 1_000_000:
            print(f"  {path.relative_to(given.out)}: {path.stat().st_size / 1e6:.1f} MB")
    started = time.perf_counter()
    findings = verify_case(given.out)
    failed = [one.sentence for one in findings if one.holds is False]
    print(f"verified in {time.perf_counter() - started:.1f} s; what fails: {failed or 'nothing'}")
    page = given.out / "data" / "report.html"
    blank = given.out.parent / "blank.html"
    blank.write_text("<p>blank")
    print(f"report.html {page.stat().st_size / 1e6:.1f} MB; chromium with it "
          f"{browser_seconds(page)} s, with a blank page {browser_seconds(blank)} s")  # fmt: skip
    blank.unlink()


if __name__ == "__main__":
    main()
