"""CoinJoin verdicts on labelled real transactions, and false alarms on ordinary ones.

    python evaluation/wallets/coinjoins.py ../shared/data

Prints, per labelled set, how many transactions each rule spoke for. The sets' own labels are
noisy: some post-mix transactions are mixes themselves.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin import coinjoin_verdicts
from inktrace.world import read_esplora

Shape = tuple[list[tuple[int, str]], list[tuple[int, str]]]  # (value, script) in and out
LABELLED = {
    "whirlpool": ("dumplings__sw_202403.zip", "Scanner/SamouraiCoinJoins.txt"),
    "whirlpool_tx0": ("dumplings__sw_202403.zip", "Scanner/SamouraiTx0s.txt"),
    "whirlpool_postmix": ("dumplings__sw_202403.zip", "Scanner/SamouraiPostMixTxs.txt"),
    "wasabi1": ("dumplings__ww1_202405.zip", "Scanner/WasabiCoinJoins.txt"),
    "wasabi1_postmix": ("dumplings__ww1_202405.zip", "Scanner/WasabiPostMixTxs.txt"),
    "joinmarket_false_positives": ("jm_filter_false_positives.zip", "Scanner/OtherCoinJoins.txt"),
}


def dumplings_shapes(archive: Path, member: str) -> list[Shape]:
    """Transactions of one Dumplings file: value and script of each input and output."""
    with zipfile.ZipFile(archive) as files:
        lines = files.read(member).decode().split("\n")
    fields = [
        line.strip("\r\ufeff").replace("}{", "}").replace("{", "}").split(":::")
        for line in lines
        if ":::" in line
    ]
    return [
        (
            [_part(part.split("-", 2)[2]) for part in row[4].split("}") if part],
            [_part(part) for part in row[5].split("}") if part],
        )
        for row in fields
    ]


def _part(text: str) -> tuple[int, str]:
    value, script, *_ = text.split("+")
    return int(value), script


def verdicts(shapes: list[Shape]) -> dict[str, object]:
    """How many transactions each rule spoke for, and the share with any verdict."""
    ids: dict[str, int] = {}
    inputs, outputs = [], []
    for tx, (spent, paid) in enumerate(shapes):
        inputs += [(tx, n, ids.setdefault(script, len(ids))) for n, (_, script) in enumerate(spent)]
        outputs += [
            (tx, n, value, ids.setdefault(script, len(ids)))
            for n, (value, script) in enumerate(paid)
        ]
    ins, outs = list(zip(*inputs, strict=True)), list(zip(*outputs, strict=True))
    tables = {
        "inputs": pa.table({"tx_id": ins[0], "vin": ins[1], "script_id": ins[2]}),
        "outputs": pa.table(
            {"tx_id": outs[0], "vout": outs[1], "value_sat": outs[2], "script_id": outs[3]}
        ),
    }
    with Engine.in_memory(tables) as engine:
        found = coinjoin_verdicts(engine.relations(), WalletsParams())
    rules = Counter(zip(found["verdict"].to_pylist(), found["rule"].to_pylist(), strict=True))
    return {
        "transactions": len(shapes),
        "rules": {f"{verdict}: {rule}": count for (verdict, rule), count in sorted(rules.items())},
        "share_flagged": round(found.num_rows / max(len(shapes), 1), 4),
    }


def main() -> None:
    """Measure every labelled set under the data folder named on the command line."""
    data = Path(sys.argv[1])
    figures = {
        name: verdicts(dumplings_shapes(data / "coinjoin" / archive, member))
        for name, (archive, member) in LABELLED.items()
    }
    ordinary = [
        ([(c.value, c.script) for c in made.inputs], [(c.value, c.script) for c in made.outputs])
        for made in read_esplora(data / "transactions" / "sob2024_mempool_8131_json.tar.xz")
    ]
    figures["ordinary_mempool_2024"] = verdicts(ordinary)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
