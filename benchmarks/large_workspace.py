"""Seconds and memory of `inktrace case build` for one lead of a large workspace.

    python benchmarks/large_workspace.py --folder FOLDER [--ads 110000] [--texts 110000]

The workspace is made once and kept in FOLDER: a planted world (evaluation/payments/planted.py) in
which 100,000 ads stand against about nine million outputs, its authors given, with invented texts,
contacts and scripts; the payments and attribution stages are run on it. The lead is the three
authors with the most ads of which a wallet is named. The package is then built by the command line
in a process of its own, so that the seconds and the peak memory are those of a user.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.case_package import LEAD, SENTENCES
from evaluation.payments.planted import PlantedParams, planted

from inktrace.engine import Engine
from inktrace.params import AttributionParams, PaymentsParams
from inktrace.payments.attribution import attribute_wallets
from inktrace.payments.scoring import score_payments
from inktrace.progress import silent
from inktrace.workspace import create_workspace, open_workspace

# What the stages that are not run would have stored: scripts and inputs, who is tied, the lead.
MADE = """
INSERT INTO scripts SELECT i, unhex(md5(i::VARCHAR)), 'p2wpkh', 'bc1q' || md5('a' || i)
    FROM range((SELECT max(script_id) + 1 FROM outputs)) t(i);
INSERT INTO inputs SELECT tx_id, 0, unhex(sha256(tx_id::VARCHAR)), 0, 100000,
    (tx_id * 1000003) % (SELECT count(*) FROM scripts), 0 FROM transactions ORDER BY tx_id;
INSERT INTO identifiers SELECT ad_id, 'phone', '+63' || author_id, 'text', NULL, 'made'
    FROM authors;
INSERT INTO identities SELECT ad_id, author_id, 'P' || author_id, 'I' || author_id, 'made'
    FROM authors;
INSERT INTO author_pairs SELECT a.ad_id, b.ad_id, false, 1, 2.5, 0.9, 'made'
    FROM authors a JOIN authors b ON a.author_id = b.author_id AND a.ad_id < b.ad_id
    ORDER BY a.ad_id, b.ad_id;
INSERT INTO author_model SELECT 'documents', '{}', 'made';
INSERT INTO source_files SELECT i, s, s || '.csv', repeat(i::VARCHAR, 64), 10, '{}', 3, 0, 0,
    'made', 1 FROM (VALUES (1, 'ads'), (2, 'chain'), (3, 'first-seen'), (4, 'prices')) t(i, s);
"""
LEADS = f"""
CREATE TEMP TABLE chosen AS SELECT author_id, min(wallet_id) AS wallet_id FROM attributions
    JOIN (SELECT author_id, count(*) AS n FROM authors GROUP BY author_id) USING (author_id)
    WHERE method = 'inktrace' AND NOT is_service AND q_value <= 0.05
    GROUP BY author_id, n ORDER BY n DESC, author_id LIMIT 3;
INSERT INTO lead_ads SELECT '{LEAD}', ad_id, true, 'made' FROM authors
    WHERE author_id IN (SELECT author_id FROM chosen) ORDER BY ad_id;
INSERT INTO leads SELECT '{LEAD}', 1, 5.0, NULL, NULL, true,
    (SELECT string_agg(author_id, ' ' ORDER BY author_id) FROM chosen),
    (SELECT string_agg(wallet_id, ' ' ORDER BY wallet_id) FROM chosen),
    count(*), 7, 9, 12.0, min(posted_us), max(posted_us), false, false, 'Made.', 'made'
    FROM ads SEMI JOIN lead_ads USING (ad_id);
"""


def make(folder: Path, ads: int, texts: int, seed: int) -> None:
    """Write the workspace and run the payments and attribution stages on it."""
    share = ads / 110_000
    params = dataclasses.replace(
        PlantedParams(seed=seed),
        authors=int(21_000 * share),
        busy_authors=int(4_200 * share),
        transactions=int(3_000_000 * share),
    )
    tables = planted(params).tables
    files = {"ads": 1, "transactions": 2, "first_seen": 3, "prices": 4}
    random = np.random.default_rng(seed)
    count = tables["ads"].num_rows
    orders = [random.permutation(len(SENTENCES)) for _ in range(min(texts, count))]
    said = [" ".join(SENTENCES[n] for n in order) + f" Nr {i}" for i, order in enumerate(orders)]
    text = pa.array([said[n % len(said)] for n in range(count)])
    names = tables["ads"]["ad_id"]
    tables["ads"] = tables["ads"].set_column(3, "text", text)
    with create_workspace(folder) as case:
        engine = case.engine
        for name in list(tables):
            rows, extra = tables.pop(name), {}
            if name in files:
                extra = {"file_id": files[name], "row": 1}
            if name == "transactions":
                extra |= {"version": 2, "lock_time": 0}
            if name in ("payers", "wallets", "wallet_summary", "authors"):
                extra |= {"run_id": "made"}
            if name == "wallets":
                extra |= {"rule": "co_spend"}
            engine.append(name, rows, **extra)
        groups = pa.array([f"T-{n % len(said):06d}" for n in range(count)])
        rows = pa.table({"ad_id": names, "masked_text": text, "text_group_id": groups})
        engine.append("texts", rows, language="en", characters=300, run_id="made")
        run_all(engine, MADE)
        made = score_payments(engine.relations(), PaymentsParams(), silent)
        for name in made.tables:
            engine.append(name, made.tables[name], run_id="made")
        # Its authors are given without a mistake, so none need be doubted.
        settings = dataclasses.replace(AttributionParams(), author_doubt=0.0)
        made = attribute_wallets(engine.relations(), settings, silent)
        for name in made.tables:
            engine.append(name, made.tables[name], run_id="made")
        run_all(engine, LEADS)


def run_all(engine: Engine, statements: str) -> None:
    """Run several statements, one after the other."""
    for one in statements.split(";"):
        if one.strip():
            engine.execute(one)


def main() -> None:
    """Make the workspace where it is not there, build the package, and print what that took."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--folder", type=Path, required=True, help="where the workspace is kept")
    options.add_argument("--ads", type=int, default=110_000)
    options.add_argument("--texts", type=int, default=110_000, help="how many differ")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.make:
        make(given.folder / "case", given.ads, given.texts, given.seed)
        return
    if not (given.folder / "case").exists():
        given.folder.mkdir(parents=True, exist_ok=True)
        # In a process of its own: what it takes is not what is measured.
        subprocess.run([sys.executable, *sys.argv, "--make"], check=True)
    with open_workspace(given.folder / "case") as case:
        sizes = {
            name: case.engine.rows(f'SELECT count(*) FROM "{name}"')[0][0]
            for name in ("ads", "transactions", "outputs", "payment_candidates", "lead_ads")
        }
    print(json.dumps(sizes))
    out = given.folder / f"package-{time.time_ns()}"
    started = time.perf_counter()
    command = ["-m", "inktrace", "case", "build", LEAD, "--out", str(out), "--json"]
    command += ["--workspace", str(given.folder / "case")]
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(child.returncode)
    print(
        f"built in {time.perf_counter() - started:.0f} s ({used.ru_utime + used.ru_stime:.0f} s "
        f"of processor), peak memory {used.ru_maxrss / 1e6:.1f} GB"
    )


if __name__ == "__main__":
    main()
