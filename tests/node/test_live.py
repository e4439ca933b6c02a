"""An ad that arrives minutes after its payment was seen unconfirmed meets it, before any block."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from inktrace.workspace import create_workspace, open_workspace
from tests.cli.running import inktrace
from tests.node.raw import transaction

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node")]
COMMAND = [sys.executable, "-m", "inktrace"]
PRICE = 40_000
ASKED = 20


@pytest.fixture
def started():
    """Starts commands, and ends those that a failed test leaves running."""
    made = []

    def start(*words):
        command = [*COMMAND, *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        made.append(subprocess.Popen(command, text=True, **pipes))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.communicate()


def stopped(process):
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err) == (0, "")
    return out


def until(true):
    end = time.monotonic() + 180  # a busy machine takes a while to start two programs
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_payment_that_a_watch_sees_is_a_candidate_of_the_ad_that_follows(
    new_node, started, tmp_path
):
    node = new_node()
    node.mature_coins(4)
    case, feed, now = tmp_path / "case", tmp_path / "feed", int(time.time())
    with create_workspace(case) as made:
        # So short a history has no background worth the name: any other output is too many.
        made.set_parameters({"payments.least_log10_lr": -6, "payments.decoy_rounds": 2})
    feed.mkdir()
    prices = "".join(f"{now + 60 * minute},USD,{PRICE}\n" for minute in range(-180, 10))
    (tmp_path / "prices.csv").write_text("time,currency,price\n" + prices)
    inktrace("add", "prices", tmp_path / "prices.csv", "-w", case)
    inktrace("add", "node", node.url, "--cookie", node.cookie, "-w", case)
    watch = started("watch", node.url, "--cookie", node.cookie, "-w", case)
    spool = case / "watch" / "spool.sqlite"
    until(lambda: spool.exists() and "watch" in (case / "audit.jsonl").read_text())
    live = started("live", "--ads", feed, "-w", case, "--json", "--every", 0.2)
    coin = node.coins.pop()
    paid = ASKED * 100_000_000 // PRICE
    txid, raw = transaction([coin[:2]], [paid, coin[2] - paid - 1000])
    time.sleep(1)
    node.send(raw)
    time.sleep(2)
    ad = {"ad_id": "one", "site": "board.example", "posted_at": time.time(), "text": "piano",
          "price": ASKED, "currency": "USD"}  # fmt: skip
    (feed / "ads.jsonl").write_text(json.dumps(ad) + "\n")
    while not (line := json.loads(live.stdout.readline()))["files"]:
        pass
    assert line["files"][0]["rows_accepted"] == 1
    assert line["seconds_since_arrival"] is not None
    stopped(live)
    stopped(watch)
    with open_workspace(case) as opened:
        assert opened.engine.rows(
            "SELECT t.block_height, c.vout FROM payment_candidates AS c JOIN transactions AS t "
            "USING (tx_id) WHERE c.round = 0 AND c.ad_id = 'one' AND t.txid = from_hex(?)",
            [txid],
        ) == [(None, 0)]
    node.mine()
    inktrace("add", "node", node.url, "--cookie", node.cookie, "-w", case)
    with open_workspace(case) as opened:
        height = node.rpc.call("getblockcount")
        found = "SELECT block_height FROM transactions WHERE txid = from_hex(?)"
        assert opened.engine.rows(found, [txid]) == [(height,)]
