"""Authors whose ads one wallet pays for, and what their texts say of that."""

from __future__ import annotations

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.payments.shared_payers import shared_payers


def _named(*rows: tuple[str, int, float, bool]) -> pa.Table:
    return pa.table(
        {
            "method": pa.array(["inktrace"] * len(rows), pa.string()),
            "author_id": pa.array([row[0] for row in rows], pa.string()),
            "wallet_id": pa.array([row[1] for row in rows], pa.int64()),
            "q_value": [row[2] for row in rows],
            "error_probability": pa.array([row[2] for row in rows], pa.float64()),
            "is_service": pa.array([row[3] for row in rows], pa.bool_()),
        }
    )


def _engine() -> Engine:
    return Engine.in_memory(
        {
            "authors": pa.table(
                {
                    "ad_id": ["a1", "a2", "b1", "c1", "d1"],
                    "author_id": ["A", "A", "B", "C", "D"],
                }
            ),
            "author_pairs": pa.table(
                {
                    "ad_id_a": ["a1", "a2", "a1"],
                    "ad_id_b": ["b1", "b1", "c1"],
                    "log10_lr": [2.0, 1.0, -3.0],
                    "shared_identifiers": pa.array([0, 1, 0], pa.int64()),
                }
            ),
        }
    )


def test_texts_say_whether_two_authors_of_one_wallet_are_one():
    found = shared_payers(
        _engine().relations(),
        _named(
            ("B", 7, 0.01, False), ("A", 7, 0.02, False), ("C", 7, 0.0, False), ("D", 7, 0.0, False)
        ),
    ).to_pylist()
    by_pair = {(row["author_id_a"], row["author_id_b"]): row for row in found}
    assert len(found) == 6
    both = by_pair["A", "B"]
    assert (both["reading"], both["pairs_compared"], both["shared_identifiers"]) == (
        "one_author",
        2,
        1,
    )
    assert both["mean_log10_lr"] == 1.5
    assert both["error_probability"] == 1 - 0.99 * 0.98
    assert by_pair["A", "C"]["reading"] == "two_authors"
    assert by_pair["A", "D"]["reading"] == "open"
    assert by_pair["A", "D"]["mean_log10_lr"] is None


def test_services_and_doubtful_names_tie_nobody_together():
    found = shared_payers(
        _engine().relations(),
        _named(
            ("A", 7, 0.01, True), ("B", 7, 0.01, True), ("A", 8, 0.01, False), ("B", 8, 0.2, False)
        ),
    )
    assert found.num_rows == 0
    assert shared_payers(_engine().relations(), _named()).num_rows == 0
