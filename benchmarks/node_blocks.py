"""Transactions per second that `inktrace add node` takes from a real node, by RPC and by REST.

    python benchmarks/node_blocks.py [--transactions 20000]

The node runs on regtest (tools/fetch_node.py fetches it); its transactions have one input and
one output each. Processor time is this process's, without the node's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.watch import SENT_PER_REQUEST, payments  # noqa: E402
from tests.node.regtest import Regtest, why_no_node  # noqa: E402

from inktrace.engine import Engine  # noqa: E402
from inktrace.params import NodeParams, SourceParams  # noqa: E402
from inktrace.schema import TABLES  # noqa: E402
from inktrace.sources.node import Credentials, open_node  # noqa: E402
from inktrace.sources.node_blocks import add_node  # noqa: E402


def main() -> int:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transactions", type=int, default=20_000)
    options = parser.parse_args()
    if reason := why_no_node():
        print(reason, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        node = Regtest(Path(folder) / "node").start()
        try:
            fill(node, options.transactions)
            # The first run compiles loops; its time is not told.
            found = [fetch(node, Path(folder) / name, name) for name in ("warm", "rpc", "rest")]
            print(json.dumps(found[1:], indent=2))
        finally:
            node.remove()
    return 0


def fill(node: Regtest, count: int) -> None:
    """Put transactions into blocks."""
    made = payments(node, count)
    for start in range(0, len(made), SENT_PER_REQUEST):
        some = made[start : start + SENT_PER_REQUEST]
        node.rpc.calls("sendrawtransaction", [[raw.hex(), 0] for _, raw in some])
    while node.rpc.call("getmempoolinfo")["size"]:
        node.mine()


def fetch(node: Regtest, path: Path, name: str) -> dict[str, object]:
    """Add the node's whole chain to a new database."""
    with Engine(path, threads=1) as engine:
        for table in TABLES.values():
            engine.execute(table.create_sql())
        by_rest = name == "rest"
        secret = Credentials() if by_rest else Credentials(node.cookie)
        with open_node(node.url, secret, NodeParams(), by_rest=by_rest) as source:
            wall, cpu = time.perf_counter(), time.process_time()
            done = add_node(engine, source, SourceParams())
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        known = engine.rows("SELECT count(value_sat), count(*) FROM inputs")[0]
    return {
        "interface": name,
        "transactions": done.rows_accepted,
        "blocks": done.blocks_stored,
        "inputs_known_of": known,
        "transactions_per_cpu_s": round(done.rows_accepted / cpu),
        "transactions_per_s": round(done.rows_accepted / wall),
    }


if __name__ == "__main__":
    sys.exit(main())
