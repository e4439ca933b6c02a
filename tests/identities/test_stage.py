"""Identities: what joins, what must not, and every join a sum that can be checked by hand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.identities.evidence import KINDS
from inktrace.params import IdentitiesParams
from tests.identities.cases import Case

FAR = "+639990000001"
IMAGE = "ab" * 32


def test_a_rare_contact_joins_two_authors():
    case = Case()
    one, other = case.ads("one", phone=FAR), case.ads("other", phone=FAR)
    found = case.run()
    assert found.together(one, other)
    assert found.link(one, other)["identifiers"] > 2


def test_a_contact_is_weaker_the_more_authors_use_it():
    weights = []
    for sharers in (2, 3):
        case = Case()
        batches = [case.ads(f"s{n}", phone=FAR) for n in range(sharers)]
        rows = case.run(IdentitiesParams(hub_authors=10, least_log10_odds=6.0))
        weights.append(rows.link(batches[0], batches[1])["identifiers"])
    assert weights[0] > weights[1] > 0


def test_a_switchboard_is_named_and_ties_nobody():
    case = Case()
    agency = [case.ads(f"girl{n}", phone=FAR, handle=f"@g{n}") for n in range(5)]
    found = case.run()
    assert ("phone", FAR) in found.hubs()
    assert not any(found.together(a, b) for a, b in itertools.pairwise(agency))
    (hub,) = found.tables["identity_hubs"]
    assert (hub["authors"], hub["ads"], hub["identities"]) == (5, 20, 5)
    assert "5 authors" in hub["reason"]


def test_a_hub_of_thousands_is_told_in_whole_numbers():
    case = Case()
    for number in range(1_200):
        case.ads(f"z{number}", 1, phone="+15550000")
    [hub] = case.run().tables["identity_hubs"]
    assert hub["reason"].startswith("1,200 authors use it, as if 1,200 strangers;")


def test_a_copied_text_alone_joins_nobody():
    case = Case()
    one, other = case.ads("one", text="T"), case.ads("other", text="T")
    case.alike(one, other, 2.0, template=True)
    found = case.run()
    assert not found.together(one, other)
    assert 0 < found.link(one, other)["template"] <= IdentitiesParams().most_template


def test_style_and_template_are_counted_once():
    case = Case()
    one, other = case.ads("one", text="T"), case.ads("other", text="T")
    case.alike(one, other, 2.0, template=True)
    case.alike(one, other, 2.0)
    link = case.run().link(one, other)
    assert (link["style"] == 0.0) != (link["template"] == 0.0)


def test_parts_of_one_author_stay_together_and_contradicting_ones_do_not():
    case = Case()
    # Everybody here keeps to one picture, so that two that never meet are two people's.
    for number in range(40):
        case.ads(f"keeps{number}", 8, image=f"{number:064x}")
    home, away = case.ads("x", 12, tag="a", image=IMAGE), case.ads("x", 12, tag="b", image=IMAGE)
    bare, odd = case.ads("y", 12, tag="a"), case.ads("y", 12, tag="b")
    mixed, stray = case.ads("z", 12, tag="a", image="cd" * 32), case.ads("z", 12, tag="b",
                                                                       image="ef" * 32)  # fmt: skip
    found = case.run()
    assert found.together(home, away)
    assert found.together(bare, odd)
    assert not found.together(mixed, stray)
    assert found.link(mixed, stray)["images"] < -1


def test_near_equal_pictures_count_as_one_and_quarantined_ones_not_at_all():
    def images(near=False, quarantined=False, other_image="ac" * 32):
        case = Case()
        # Everybody here keeps to one picture.
        for number in range(40):
            case.ads(f"keeps{number}", 4, image=f"{number:064x}")
        one = case.ads("one", image=IMAGE, phone=FAR)
        other = case.ads("other", image=other_image, phone=FAR)  # so that the link is told
        if near:
            case.near(IMAGE, "a0" * 32)
            case.near("a0" * 32, other_image)  # near over a third author's picture
        if quarantined:
            case.quarantine(IMAGE)
        return case.run().link(one, other)["images"]

    assert images(other_image=IMAGE) > 1
    assert images(near=True) == images(other_image=IMAGE)
    assert images() < 0
    assert images(other_image=IMAGE, quarantined=True) == 0


def test_no_chain_through_a_bridge():
    """a and c contradict each other; b agrees with both by one picture; they are not all one."""
    case = Case()
    for number in range(40):
        case.ads(f"keeps{number}", 8, handle=f"@k{number}")
    first = case.ads("a", 10, handle="@a", image=IMAGE)
    bridge = case.ads("b", 4, image=f"{IMAGE} {'cd' * 32}")
    last = case.ads("c", 10, handle="@c", image="cd" * 32)
    case.alike(first, bridge, 1.5)
    case.alike(last, bridge, 1.5)
    found = case.run()
    assert not found.together(first, last)


def test_a_shared_wallet_never_joins_alone_and_is_silent_within_an_author():
    case = Case()
    one, other = case.ads("one"), case.ads("other")
    within = case.ads("one", tag="b", text="U")
    case.paid(one + within, 7)
    case.paid(other, 7)
    found = case.run()
    link = found.link(one, other)
    assert not found.together(one, other)
    assert 0 < link["wallet"] <= IdentitiesParams().most_wallet
    assert found.link(one, within)["wallet"] == 0.0


def test_judgements_join_part_and_are_taken_back():
    case = Case()
    one, other = case.ads("one", phone="+1"), case.ads("other", phone="+2")
    like, same = case.ads("l", phone=FAR), case.ads("m", phone=FAR)
    assert not case.run().together(one, other)
    assert case.run().together(like, same)
    case.judge(one[0], other[0], "same")
    case.judge(like[0], same[0], "different")
    told = case.run()
    assert told.together(one, other)
    assert told.link(one, other)["reason"] == "judgement"
    assert not told.together(like, same)
    assert told.link(like, same)["reason"] == "judged apart"
    case.judge(one[0], other[0], "unsure", when=2)
    case.judge(like[0], same[0], "unsure", when=2)
    again = case.run()
    assert not again.together(one, other)
    assert again.together(like, same)


def test_two_ads_of_one_contact_that_were_judged_apart_are_parted():
    case = Case()
    ads = case.ads("one", 2, phone=FAR)
    case.judge(ads[0], ads[1], "different")
    assert case.run().identity(ads[0]) != case.run().identity(ads[1])


def test_judged_apart_holds_through_a_third():
    case = Case()
    a, b, c = (case.ads(name, phone=FAR, handle="@one", image=IMAGE) for name in "abc")
    assert case.run().together(a, b, c)
    case.judge(a[0], c[0], "different")
    found = case.run()
    assert found.identity(a[0]) != found.identity(c[0])
    assert found.together(a, b) or found.together(b, c)


@pytest.mark.parametrize("apart", [(0, 1), (0, 2), (1, 2)])
def test_judgements_that_contradict_are_told_of_and_apart_holds(apart):
    case = Case()
    ads = [case.ads(name, phone=f"+1{number}") for number, name in enumerate(("k", "l", "m"))]
    for pair in ((0, 1), (0, 2), (1, 2)):
        verdict = "different" if pair == apart else "same"
        case.judge(ads[pair[0]][0], ads[pair[1]][0], verdict)
    told = case.run()
    assert not told.together(ads[apart[0]], ads[apart[1]])
    reasons = [row["reason"] for row in told.tables["identity_links"] if not row["merged"]]
    assert reasons == ["judgements contradict"]


def test_an_identity_of_too_many_authors_is_refused_and_told():
    case = Case()
    batches = [case.ads(f"s{n}", phone=FAR, handle="@same") for n in range(3)]
    found = case.run(IdentitiesParams(hub_authors=50, most_authors=2, accident_authors=0.001))
    sizes = {found.identity(batch[0]) for batch in batches}
    assert len(sizes) == 2
    assert "too large" in {row["reason"] for row in found.tables["identity_links"]}


def test_shown_only_contacts_tie_nobody():
    case = Case()
    one, other = case.ads("one"), case.ads("other")
    case.tables["identifiers"] += [
        {"ad_id": ad, "kind": "domain", "value": "rare.example", "found_in": "text"}
        for ad in one + other
    ]
    assert not case.run().together(one, other)


def test_nothing_in_nothing_out():
    case = Case()
    for rows in case.tables.values():
        rows.clear()
    assert all(not rows for rows in case.run().tables.values())


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcde"), st.integers(1, 5), st.sampled_from([None, "+1", "+2", "+3"]),
            st.sampled_from([None, "1" * 64, "2" * 64]), st.sampled_from([None, "x", "y"]),
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_every_link_is_a_sum_and_order_of_rows_does_not_matter(batches):
    case = Case()
    made = [
        case.ads(author, count, tag=f"_{n}", phone=phone, image=image, city=city)
        for n, (author, count, phone, image, city) in enumerate(batches)
    ]
    for one, other in itertools.pairwise(made):
        case.alike(one, other, 1.0)
    found, turned = case.run(), case.run(order=-1)
    assert found.tables == turned.tables
    assert {row["ad_id"] for row in found.tables["identities"]} == {
        row["ad_id"] for row in case.tables["ads"]
    }
    for row in found.tables["identity_links"]:
        total = row["prior"] + sum(row[kind] for kind in KINDS)
        assert row["total"] == pytest.approx(total, abs=1e-5)
        if row["merged"]:
            assert row["total"] >= IdentitiesParams().least_log10_odds
    joined = [row for row in found.tables["identity_links"] if row["merged"]]
    parts = {row["part_id"] for row in found.tables["identities"]}
    identities = {row["identity_id"] for row in found.tables["identities"]}
    assert len(parts) - len(joined) == len(identities)
