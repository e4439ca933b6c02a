"""A wallet that pays for few of an author's many ads may be another person's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.payments.stray_ads import stray_probabilities, wallets_of_authors

counts = st.integers(1, 500)


def _one(paid: int, ads: int, wallets: int = 1, doubt: float = 1.0) -> float:
    return float(stray_probabilities(*np.array([[paid], [ads], [wallets]]), doubt)[0])


def test_who_pays_for_every_ad_pays_for_no_strays():
    assert _one(2, 2) == 0.0
    assert _one(7, 5) == 0.0


def test_known_authors_have_no_strays():
    assert _one(2, 50, doubt=0.0) == 0.0


def test_the_doubt_multiplies_the_odds():
    once, twice = _one(2, 12), _one(2, 12, doubt=2.0)
    assert np.isclose(twice / (1 - twice), 2 * once / (1 - once))


@given(paid=counts, more=counts, wallets=counts)
def test_more_unpaid_ads_raise_it_more_paid_ones_and_more_wallets_lower_it(paid, more, wallets):
    here = _one(paid, paid + more, wallets)
    assert 0 < here < 1
    assert _one(paid, paid + more + 1, wallets) >= here
    assert _one(paid + 1, paid + 1 + more, wallets) <= here
    assert _one(paid, paid + more, wallets + 1) <= here


def test_only_what_decoys_name_counts_as_an_author_s_wallet():
    author, q_value = np.array([3, 0, 3, 3]), np.array([0.01, 0.2, 0.05, 0.06])
    assert wallets_of_authors(author, q_value).tolist() == [2, 0, 2, 2]
    none = np.empty(0, dtype=np.int64)
    assert len(wallets_of_authors(none, np.empty(0))) == 0
