"""What people judged of pairs of ads, as pairs of ad ids."""

from __future__ import annotations

import pyarrow as pa


def latest_verdicts(judgements: pa.Table, known: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Pairs of known ads whose latest verdict is `same` or `different`, sorted.

    `judgements`: (ad_id_a, ad_id_b, verdict, judged_us, file_id, row). `unsure` takes an earlier
    verdict back.
    """
    rows = sorted(
        judgements.to_pylist(), key=lambda row: (row["judged_us"], row["file_id"], row["row"])
    )
    latest = {(row["ad_id_a"], row["ad_id_b"]): row["verdict"] for row in rows}
    found: dict[str, list[tuple[str, str]]] = {"same": [], "different": []}
    for pair, verdict in sorted(latest.items()):
        if verdict in found and known.issuperset(pair):
            found[verdict].append(pair)
    return found
