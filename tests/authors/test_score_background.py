"""The background of random pairs is a histogram that counts each of them once."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from inktrace.authors.random_pairs import random_pairs
from inktrace.authors.score_background import background_document


def evidence(lr):
    return SimpleNamespace(log10_lr=lr, prior_probability=0.01)


@pytest.mark.parametrize("texts", [0, 1, 2, 60])
def test_each_pair_is_counted_once_in_its_bin(texts):
    first, _second = random_pairs(texts)
    lr = np.round(np.sin(np.arange(len(first))) * 3, 6)
    found = background_document(evidence(lambda a, _: lr[: len(a)]), texts)
    assert found["pairs"] == len(first) == sum(found["counts"])
    assert len(found["edges"]) == len(found["counts"]) + 1
    expected, _ = np.histogram(lr, [*found["edges"][:-1], np.inf])
    assert found["counts"] == expected.tolist()


def test_a_score_on_an_edge_lies_in_the_upper_bin():
    found = background_document(evidence(lambda *_: np.array([0.3])), 2)
    assert found["edges"][-2:] == [0.3, 0.4]
    assert found["counts"][-1] == 1
