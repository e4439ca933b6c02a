"""Seconds from a new ad's arrival to the updated attributions, with `inktrace live` running.

    python benchmarks/live.py [--ads 3800] [--transactions 120000] [--rounds 3]

A world is made, and its ads go to a JSON Lines feed, all but the last few. `inktrace live` runs
as a process of its own. Then single ads are written to the feed: `rounds` times when it is idle,
and `rounds` times right after an update has taken in another ad (the worst case: that update is
finished first). Told are the seconds from the write to the line that tells of its update, those of
each stage, and the processor seconds from the write on, which other work on the machine changes
least (Linux only). At the end the tables are compared with those of a batch over the same file.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inktrace.cli.demo import add_inputs, make_inputs
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.schema import TABLES
from inktrace.sources.ads import add_ads
from inktrace.workspace import create_workspace, open_workspace

SOURCE = Path(__file__).resolve().parents[1] / "src"


def main() -> None:
    """Run the benchmark and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ads", type=int, default=3800)
    parser.add_argument("--transactions", type=int, default=120_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(Path(folder), options), indent=2))


def run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Feed the ads to a running process, then compare with a batch."""
    settings = {"ads": str(options.ads), "transactions": str(options.transactions)}
    make_inputs(folder / "world", 1, silent, settings)
    lines = ad_lines(folder / "world" / "ads.csv")
    (folder / "world" / "ads.csv").unlink()
    for name in ("live", "batch"):
        with create_workspace(folder / name) as case:
            add_inputs(case, folder / "world", silent)
    feed, late = folder / "ads.jsonl", lines[-3 * options.rounds :]
    feed.write_text("".join(lines[: -len(late)]), encoding="utf-8")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "inktrace", "live", "--json"),
            *("--ads", str(feed), "--workspace", str(folder / "live")),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    try:
        began = time.monotonic()
        first = figures(process, (began, 0.0))
        idle, busy = [], []
        for line in late[: options.rounds]:
            written = append(feed, line), processor_seconds(process)
            idle.append(figures(process, written))
        for number in range(options.rounds):
            one, other = late[options.rounds + 2 * number :][:2]
            acts = len(intakes(folder / "live"))
            append(feed, one)
            while len(intakes(folder / "live")) == acts:
                time.sleep(0.05)
            written = append(feed, other), processor_seconds(process)
            update_of(process)
            busy.append(figures(process, written))
    finally:
        process.terminate()
        process.wait()
    return {"first": first, "idle": idle, "busy": busy, **compared(folder, feed)}


def ad_lines(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]
    return [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]


def append(feed: Path, line: str) -> float:
    """Write a line at the feed's end; the monotonic time at which it was there."""
    with feed.open("a", encoding="utf-8") as file:
        file.write(line)
    return time.monotonic()


def intakes(case: Path) -> list[str]:
    """What the audit log says of files taken in."""
    acts = (case / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [act for act in acts if '"action": "add source"' in act]


def update_of(process: Any) -> dict[str, Any]:
    """The next update that the process tells of."""
    line = process.stdout.readline()
    if not line:
        raise SystemExit("inktrace live has ended")
    told: dict[str, Any] = json.loads(line)
    return told


def processor_seconds(process: Any) -> float:
    """What the process has used of processors so far, all of its threads together."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(process: Any, written: tuple[float, float]) -> dict[str, Any]:
    """Waits for an update: seconds, and processor seconds, since the write, and its stages'."""
    update = update_of(process)
    return {
        "arrival_to_update_seconds": round(time.monotonic() - written[0], 1),
        "processor_seconds": round(processor_seconds(process) - written[1], 1),
        "ads": sum(file["rows_accepted"] for file in update["files"]),
        "changes": len(update["changes"]),
        "update_seconds": update["seconds"],
        "stages": update["stages"],
    }


def compared(folder: Path, feed: Path) -> dict[str, Any]:
    """Which result tables differ from those of a batch, in any row or in the order of rows."""
    with open_workspace(folder / "batch") as batch, open_workspace(folder / "live") as live:
        add_ads(batch.engine, feed, batch.params.sources)
        began = time.monotonic()
        run_stages(batch, (), silent)
        seconds = round(time.monotonic() - began, 1)
        results = [table.name for table in TABLES.values() if table.kind == "result"]
        differing = [
            name
            for name in results
            if not rows_of(batch.engine, name).equals(rows_of(live.engine, name))
        ]
    return {"batch_seconds": seconds, "tables": len(results), "tables_that_differ": differing}


def rows_of(engine: Any, table: str) -> Any:
    return engine.query(f'SELECT * EXCLUDE (run_id) FROM "{table}"')


if __name__ == "__main__":
    main()
