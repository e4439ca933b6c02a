"""Counts of what is used again: texts under many names, texts and photos of other posters."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.params import RingsParams
from inktrace.units import MICROSECONDS_PER_SECOND

_SECOND_US: Final = MICROSECONDS_PER_SECOND
_HOUR_S: Final = 3_600
_OFF_THE_HOUR_S: Final = 90  # posting times are often cut to the minute


def templates(
    relations: Relations, ads: ir.Table, said: ir.Table, params: RingsParams
) -> list[ir.Table]:
    """Counts per lead_id about its texts, near-duplicates taken for one."""
    texts = relations["texts"].select("ad_id", "text_group_id")
    mine = ads.select("ad_id", "lead_id", "city", "posted_us").join(texts, "ad_id")
    users = mine.group_by("text_group_id").aggregate(leads=mine.lead_id.nunique())
    used = mine.join(users, "text_group_id")
    several = (used.leads >= 2) & (used.leads < params.hub_authors)
    shared = used.group_by("lead_id").aggregate(
        shared_text_leads=(used.leads.max(where=several) - 1),
        common_text_ads=used.count(where=used.leads >= params.hub_authors),
    )
    names = said.filter(said.topic == "name").select("ad_id", "words")
    named = mine.join(names, "ad_id").group_by("lead_id", "text_group_id")
    by_name = named.aggregate(n=lambda t: t.words.nunique())
    by_city = mine.group_by("lead_id", "text_group_id").aggregate(n=mine.city.nunique())
    return [
        shared,
        by_name.group_by("lead_id").aggregate(most_names_one_text=by_name.n.max()),
        by_city.group_by("lead_id").aggregate(most_cities_one_text=by_city.n.max()),
        _by_software(mine),
    ]


def _by_software(mine: ir.Table) -> ir.Table:
    """Texts posted again on the hour after the last time, as software does, and all repeats."""
    in_time = ibis.window(group_by=["lead_id", "text_group_id"], order_by=["posted_us", "ad_id"])
    after = mine.mutate(wait_s=(mine.posted_us - mine.posted_us.lag().over(in_time)) // _SECOND_US)
    over = after.wait_s % _HOUR_S
    punctual = (after.wait_s >= _HOUR_S - _OFF_THE_HOUR_S) & (
        (over <= _OFF_THE_HOUR_S) | (over >= _HOUR_S - _OFF_THE_HOUR_S)
    )
    return after.group_by("lead_id").aggregate(
        repeats=after.count(where=after.wait_s.notnull()),
        punctual_repeats=after.count(where=punctual),
    )


def photo_rows(ads: ir.Table) -> ir.Table:
    """(lead_id, ad_id, photo) rows: a photo is its hash, so only equal hashes are one photo.

    Photos that are nearly alike would be made one here, by a table of matching hashes.
    """
    given = ads.filter(ads.image_hashes.notnull())
    split = given.select("lead_id", "ad_id", photo=given.image_hashes.split(" ").unnest())
    return split.filter(split.photo != "")


def photos(rows: ir.Table, tied: ir.Table) -> ir.Table:
    """Photos of a lead's core (`tied`), and other leads that show one of its photos (`rows`)."""
    users = rows.group_by("photo").aggregate(leads=rows.lead_id.nunique())
    used = rows.join(users, "photo")
    shared = used.group_by("lead_id").aggregate(shared_photo_leads=used.leads.max() - 1)
    mine = tied.group_by("lead_id").aggregate(photos=tied.photo.nunique())
    return shared.left_join(mine, "lead_id").drop("lead_id_right")
