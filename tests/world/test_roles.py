"""Other posters are there only where asked for, do as they do, and are told in the truth."""

from __future__ import annotations

import csv
import dataclasses

import pytest

from inktrace.errors import UsageError
from inktrace.rings.wording import marks_in
from inktrace.world import WorldParams, make_world, write_world
from inktrace.world.roles import _SAID

SMALL = WorldParams(seed=5, authors=80, ads=500, transactions=500, days=7, background_owners=200)
ROLES = {
    "touring_share": 0.2,
    "agency_share": 0.15,
    "directory_share": 0.15,
    "software_share": 0.15,
    "spam_share": 0.1,
    "ring_wording_share": 0.5,
}


@pytest.fixture(scope="module")
def world():
    return make_world(dataclasses.replace(SMALL, **ROLES))


def ads_of(world, role):
    return [ad for ad in world.ads if ad.author.role == role and not ad.author.is_ring]


def test_every_role_that_is_asked_for_posts(world):
    assert {author.role for author in world.authors} == {
        "", "touring", "agency", "directory", "software", "spam",
    }  # fmt: skip
    assert not any(author.role for author in world.authors if author.is_ring)


def test_a_person_on_tour_is_one_person_in_one_city_at_a_time(world):
    for author in (one for one in world.authors if one.role == "touring"):
        assert len(author.people) == 1
        # What is bought together with an earlier ad is told with that one's time.
        mine = [
            (ad.wanted_s, ad.city)
            for ad in world.ads
            if ad.author is author and ad.kind != "bump" and ad.together_with is None
        ]
        stays = {(int((when - SMALL.start) // (2 * 86_400)), city) for when, city in mine}
        assert len({stay for stay, _ in stays}) == len(stays)


def test_software_posts_again_on_the_hour(world):
    again = [(ad, of) for ad, of in world.repeats if of.author.role == "software"]
    assert again
    assert all(round(ad.posted_s - of.posted_s) % 3_600 <= 3 for ad, of in again)


def test_spam_leads_to_a_page_and_directories_list_people(world):
    assert all("http://" in ad.text for ad in ads_of(world, "spam"))
    assert all(ad.text.count(";") >= 2 for ad in ads_of(world, "directory"))


def test_without_asking_nobody_has_a_role_and_no_truth_of_roles_is_written(tmp_path, world):
    plain = make_world(SMALL)
    assert not any(author.role for author in plain.authors)
    write_world(plain, tmp_path / "plain")
    assert not (tmp_path / "plain" / "truth" / "roles.csv").exists()
    write_world(world, tmp_path / "roles")
    with (tmp_path / "roles" / "truth" / "roles.csv").open(encoding="utf-8") as rows:
        told = {row["author"]: row["role"] for row in csv.DictReader(rows)}
    assert set(told.values()) >= {"ring", "independent", "touring"}
    assert len(told) == SMALL.authors


def test_shares_of_roles_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="more than 1"):
        dataclasses.replace(SMALL, touring_share=0.7, spam_share=0.7).check()


def test_what_rings_say_was_not_made_from_the_words_that_are_counted():
    """Most phrases carry no mark: a world that only repeats the word lists would test nothing."""
    against = {"touring", "agency", "directory"}
    seen = [phrase for phrase in _SAID["ring"] if set(marks_in(phrase)) - against]
    assert 0 < len(seen) <= len(_SAID["ring"]) / 2
