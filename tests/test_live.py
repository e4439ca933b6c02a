"""Which pairs count as newly named, dropped or renamed."""

from __future__ import annotations

from inktrace.live import NamedPair, pair_changes


def pairs(*told):
    return {(a, w): NamedPair(a, w, q, 3, False) for a, w, q in told}


def changes(before, now, **successors):
    return [
        (one.change, one.author_id, one.wallet_id, one.q_before, one.q_now, one.author_was)
        for one in pair_changes(pairs(*before), pairs(*now), 0.05, successors)
    ]


def test_nothing_changed():
    same = ("A", 1, 0.01), ("B", 2, 0.2)
    assert changes(same, same) == []
    assert changes([("A", 1, 0.01)], [("A", 1, 0.04)]) == []


def test_a_pair_is_named_when_it_crosses_the_threshold_or_appears_below_it():
    assert changes([("A", 1, 0.06)], [("A", 1, 0.05), ("B", 2, 0.01)]) == [
        ("named", "A", 1, 0.06, 0.05, None),
        ("named", "B", 2, None, 0.01, None),
    ]


def test_a_pair_is_dropped_when_it_crosses_the_threshold_or_is_gone():
    assert changes([("A", 1, 0.01), ("B", 2, 0.05)], [("A", 1, 0.06)]) == [
        ("dropped", "A", 1, 0.01, 0.06, None),
        ("dropped", "B", 2, 0.05, None, None),
    ]


def test_an_author_with_another_id_is_renamed_not_lost_and_found():
    assert changes([("B", 2, 0.01)], [("A", 2, 0.02)], B="A") == [
        ("renamed", "A", 2, 0.01, 0.02, "B")
    ]


def test_of_two_authors_that_became_one_only_one_is_renamed():
    before, now = [("B", 2, 0.01), ("C", 2, 0.01)], [("A", 2, 0.02)]
    assert [row[0] for row in changes(before, now, B="A", C="A")] == ["renamed", "dropped"]
