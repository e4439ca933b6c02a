"""Whether a watch keeps up: a real node, transactions at a set rate, restarts in mid-stream.

    python benchmarks/watch.py [--transactions 10000] [--rate 300] [--restarts 3]

The node runs on regtest (tools/fetch_node.py fetches it). Coins lie on a script that anyone may
spend, so transactions are made beforehand without signatures. While they are sent, at `rate` a
second, `inktrace watch` runs as a process of its own, and the node is stopped and started again
`restarts` times; what it refuses meanwhile is sent after. Told are transactions missed, the
error of the times against the node's own (whole seconds: 0 is anywhere within the second), and
the watch's processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.node.raw import transaction  # noqa: E402
from tests.node.regtest import Regtest, why_no_node  # noqa: E402

from inktrace.errors import InktraceError  # noqa: E402
from inktrace.sources.node import NodeFault  # noqa: E402
from inktrace.workspace import create_workspace, open_workspace  # noqa: E402

OUTPUTS_PER_SPLIT = 1000
FEE = 1000
SENT_PER_REQUEST = 30


def main() -> int:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transactions", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=300.0, help="transactions a second")
    parser.add_argument("--restarts", type=int, default=3)
    options = parser.parse_args()
    if reason := why_no_node():
        print(reason, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        node = Regtest(Path(folder) / "node").start()
        try:
            print(json.dumps(run(node, Path(folder) / "case", options), indent=2))
        finally:
            node.remove()
    return 0


def run(node: Regtest, case: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Send the transactions with a watch beside, then compare the two."""
    made = payments(node, options.transactions)
    create_workspace(case).close()
    watch = subprocess.Popen(
        [
            *(sys.executable, "-m", "inktrace", "watch", node.url),
            *("--cookie", node.cookie, "--zmq", node.zmq, "--workspace", case),
        ],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    try:
        wait_for_watch(node, case)
        began = time.monotonic()
        entered = send(node, made, options.rate, options.restarts)
        seconds = time.monotonic() - began
        time.sleep(5.0)
    finally:
        watch.send_signal(signal.SIGINT)
        _, status, used = os.wait4(watch.pid, 0)
    found = compare(case, entered)
    return {
        "transactions": len(made),
        "restarts": options.restarts,
        "sent_per_second": round(len(made) / seconds, 1),
        **found,
        "watch_exit_status": os.waitstatus_to_exitcode(status),
        "watch_cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "watch_peak_mb": round(used.ru_maxrss / 1024),
    }


def payments(node: Regtest, count: int) -> list[tuple[str, bytes]]:
    """Transactions that each spend one confirmed coin of their own."""
    splits = -(-count // OUTPUTS_PER_SPLIT)
    made = []
    for txid, vout, value in node.mature_coins(splits):
        each = (value - 2_000_000) // OUTPUTS_PER_SPLIT
        split, raw = transaction([(txid, vout)], [each] * OUTPUTS_PER_SPLIT)
        node.send(raw)
        made += [transaction([(split, place)], [each - FEE]) for place in range(OUTPUTS_PER_SPLIT)]
    while node.rpc.call("getmempoolinfo")["size"]:
        node.mine()
    return made[:count]


def wait_for_watch(node: Regtest, case: Path) -> None:
    """Until the watch has compared its first mempool."""
    import sqlite3

    spool = case / "watch" / "spool.sqlite"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if spool.exists():
            with sqlite3.connect(f"file:{spool}?mode=ro", uri=True) as database:
                try:
                    wanted = "SELECT 1 FROM meta WHERE name = ?"
                    if database.execute(wanted, [f"right {node.url}"]).fetchone():
                        return
                except sqlite3.Error:
                    pass
        time.sleep(0.2)
    raise SystemExit("the watch did not start")


def send(
    node: Regtest, made: list[tuple[str, bytes]], rate: float, restarts: int
) -> dict[str, int]:
    """Send all at the rate, restarting now and then; the node's own entry time of each."""
    stops = {len(made) * (one + 1) // (restarts + 1) for one in range(restarts)}
    entered: dict[str, int] = {}
    began, paused = time.monotonic(), 0.0
    at = 0
    while at < len(made):
        some = made[at : at + SENT_PER_REQUEST]
        due = began + paused + at / rate
        time.sleep(max(0.0, due - time.monotonic()))
        note_sent(node, some, entered)
        at += len(some)
        if any(stop in range(at - len(some), at) for stop in stops):
            before = time.monotonic()
            node.stop()
            node.start()
            paused += time.monotonic() - before
    return entered


def note_sent(node: Regtest, some: list[tuple[str, bytes]], entered: dict[str, int]) -> None:
    """Hand over some transactions and ask when the node took them in."""
    found = node.rpc.calls("sendrawtransaction", [[raw.hex(), 0] for _, raw in some])
    if any(isinstance(one, NodeFault) for one in found):
        raise InktraceError(f"a transaction was refused: {found}")
    entries = node.rpc.calls("getmempoolentry", [[txid] for txid, _ in some])
    for (txid, _), entry in zip(some, entries, strict=True):
        entered[txid] = int(entry["time"])


def compare(case: Path, entered: dict[str, int]) -> dict[str, Any]:
    """What the workspace holds, against what the node said."""
    with open_workspace(case) as opened:
        rows = opened.engine.rows(
            "SELECT lower(hex(txid)), min(first_seen_us), count(*) FROM first_seen GROUP BY txid"
        )
        by_clock = opened.engine.rows(
            "SELECT clock, count(*) FROM mempool_events WHERE event = 'added' GROUP BY clock"
        )
        notes = opened.engine.rows("SELECT event, count(*) FROM watch_log GROUP BY event")
    seen = {txid: (at_us, count) for txid, at_us, count in rows}
    late = np.array([seen[t][0] / 1e6 - at for t, at in entered.items() if t in seen])
    # The node states whole seconds: anywhere within the second is no error.
    error = np.maximum(0, np.maximum(-late, late - 1))
    return {
        "missed": sum(txid not in seen for txid in entered),
        "seen_twice": sum(count > 1 for _, count in seen.values()),
        "time_error_s_p50_p99_max": [
            round(float(one), 4) for one in (*np.percentile(error, [50, 99]), error.max())
        ],
        "stamped_by": dict(by_clock),
        "notes": dict(notes),
    }


if __name__ == "__main__":
    sys.exit(main())
