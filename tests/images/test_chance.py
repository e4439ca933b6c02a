"""How likely unrelated pictures are to be near by chance."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from inktrace.images.bits import random_hashes
from inktrace.images.chance import RANDOM_BITS, log10_chance, measured_spread


def test_for_random_hashes_it_is_the_binomial_law():
    distance = np.array([0, 31, 90])
    expected = np.log10(1_000 * binom.cdf(distance, 256, 0.5))
    assert np.allclose(log10_chance(distance, 1_000, RANDOM_BITS), expected)


def test_independent_bits_are_found_to_be_so():
    generator = np.random.default_rng(1)
    spread = measured_spread(random_hashes(2_000, generator), 31, 100_000, generator)
    assert 245 < spread.bits <= 256
    assert abs(spread.share - 0.5) < 0.01


def test_bits_that_go_together_count_as_one_and_make_chance_likelier():
    generator = np.random.default_rng(1)
    halves = random_hashes(2_000, generator)
    halves[:, 2:] = halves[:, :2]  # each bit stands twice
    spread = measured_spread(halves, 31, 100_000, generator)
    assert 120 < spread.bits < 136
    near = np.array([31])
    assert log10_chance(near, 10, spread)[0] > log10_chance(near, 10, RANDOM_BITS)[0] + 10


def test_copies_of_one_picture_are_left_out_and_few_hashes_tell_nothing():
    generator = np.random.default_rng(1)
    hashes = random_hashes(200, generator)
    copied = np.concatenate([hashes, hashes])
    assert measured_spread(copied, 31, 50_000, generator).bits > 240
    assert measured_spread(hashes[:10], 31, 50_000, generator) == RANDOM_BITS
    assert measured_spread(np.repeat(hashes[:1], 100, axis=0), 31, 5_000, generator) == RANDOM_BITS
