"""What each row of an ad feed was: a purchase, a bump, an automatic repost, or given twice."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.schema import TABLES
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

ACTIONS: Final = ("first", "new", "bump", "repost", "duplicate")
FIRST, NEW, BUMP, REPOST, DUPLICATE = range(5)

_US: Final = MICROSECONDS_PER_SECOND
_HOUR_S: Final = 3600
# An ad is compared with so many earlier ones of the same text, the latest first.
_MOST_EARLIER: Final = 8
# Times told more coarsely say nothing of the minute.
_FINEST_FOR_MINUTES_S: Final = 60


@dataclass(frozen=True)
class PostingHistory:
    """Of each ad, in ad_id order: what it was, which ad it repeats, and whether it cost anything.

    `action` numbers `ACTIONS`; `of` is the ad repeated, −1 where none; `after_s` how much later
    it was posted. `chance` is the probability that a bump or repost only looks like one: that a
    purchase fell on that minute by chance. `identity` numbers what looks like one ad posted
    again: site, text, contacts, category and place. `hand` numbers what looks like one hand's on
    one site: the same text, or the same contact field.
    """

    action: Ints
    of: Ints
    after_s: Ints
    chance: Floats
    identity: Ints
    hand: Ints

    def __len__(self) -> int:
        return len(self.action)


def read_history(
    relations: Relations,
    posted_us: Ints,
    resolution_s: Ints,
    hand: Ints,
    params: PaymentsParams,
) -> PostingHistory:
    """Sort the rows of the ad feed into purchases and what only repeats one.

    Parameters: per ad (in ad_id order) its posting time, how finely its site tells times, and
    which hand posted it, where known.

    Same text, contacts, category and place, on the same site: at the same minute one to
    twelve hours later it is a bump; at the same minute of the next day an automatic repost; at the
    same time, with the same pictures and address, the same ad given twice; at any other time a
    new purchase. A short text without contact data is nobody's in particular and repeats nothing.

    Notes: wrong where an author posts by hand at the same minute; `chance` says how often the
    site's other repetitions fall on it by chance.
    """
    rows = relations.collect(_keys(relations["ads"]).order_by("ad_id"))
    columns = [np.asarray(rows[name].to_numpy(), dtype=np.int64) for name in _KEYS]
    site, generic = columns[0], np.asarray(rows["generic"].to_numpy(zero_copy_only=False))
    own = np.where(generic, np.arange(len(site)), -1)
    identity = _dense([*columns[:4], own])
    exact = _dense([identity, posted_us, columns[4]])
    # The row that tells the price stands for all of them.
    duplicate_of = _first_of(exact, np.asarray(rows["untold"].to_numpy(zero_copy_only=False)))
    sharp = resolution_s <= _FINEST_FOR_MINUTES_S
    is_duplicate = (duplicate_of >= 0) & (sharp | (columns[5] != 0)) & ~generic
    made = _classified(
        _dense([site]), identity, posted_us, sharp, is_duplicate, duplicate_of, params
    )
    return dataclasses.replace(made, hand=hand)


_KEYS: Final = ("site_key", "text_key", "contact_key", "place_key", "row_key", "has_url")
# Shorter texts without contact data may be anybody's.
_LEAST_CHARACTERS: Final = 40


def _keys(ads: ir.Table) -> ir.Table:
    def word(name: str) -> ir.StringValue:
        return ads[name].fill_null("").strip().lower()

    def joined(*names: str) -> ir.IntegerValue:
        return ibis.literal("\x1f").join([word(name) for name in names]).hash()

    text = word("text").re_replace(r"\s+", " ")
    contact = word("phone").length() + word("email").length()
    row = ibis.literal("\x1f").join(
        [
            word("image_hashes"),
            word("url"),
        ]
    )
    return ads.select(
        "ad_id",
        site_key=ads.site.hash(),
        text_key=text.hash(),
        contact_key=joined("phone", "email"),
        place_key=joined("category", "city", "region"),
        row_key=row.hash(),
        has_url=(word("url").length() > 0).cast("int64"),
        untold=ads.price_minor.isnull(),
        generic=(text.length() < _LEAST_CHARACTERS) & (contact == 0),
    )


def _dense(columns: list[Ints]) -> Ints:
    """Dense numbers of distinct rows of several columns."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, code = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (int(code.max(initial=0)) + 1) + code, return_inverse=True)
    return number.astype(np.int64)


def _first_of(group: Ints, last: Flags) -> Ints:
    """The first row of each row's group, those marked `last` behind; −1 for that row itself."""
    order = np.lexsort((np.arange(len(group)), last, group))
    _, first, inverse = np.unique(group[order], return_index=True, return_inverse=True)
    at = np.empty(len(group), dtype=np.int64)
    at[order] = order[first[inverse]]
    return np.where(at == np.arange(len(group)), -1, at)


def _classified(
    site: Ints,
    identity: Ints,
    posted_us: Ints,
    sharp: Flags,
    is_duplicate: Flags,
    duplicate_of: Ints,
    params: PaymentsParams,
) -> PostingHistory:
    count = len(identity)
    action = np.full(count, FIRST, dtype=np.int64)
    of = np.full(count, -1, dtype=np.int64)
    single = np.flatnonzero(~is_duplicate)
    order = single[np.lexsort((single, posted_us[single], identity[single]))]
    tolerance = params.bump_tolerance_s
    # What would be met by chance is judged by the minutes beside the right one.
    beside = np.zeros((2, count), dtype=bool)
    for step in range(1, min(_MOST_EARLIER, max(len(order) - 1, 0)) + 1):
        early, late = order[:-step], order[step:]
        same = identity[early] == identity[late]
        early, late = early[same], late[same]
        action[late] = np.where(action[late] == FIRST, NEW, action[late])
        of[late] = np.where(of[late] < 0, early, of[late])
        gap_s = (posted_us[late] - posted_us[early]) // _US
        in_day = (gap_s >= _HOUR_S - tolerance) & (gap_s <= SECONDS_PER_DAY // 2)
        off = np.abs((gap_s + _HOUR_S // 2) % _HOUR_S - _HOUR_S // 2)
        next_day = np.abs(gap_s - SECONDS_PER_DAY) <= _HOUR_S // 2
        for kind, near in ((BUMP, in_day), (REPOST, next_day)):
            on = near & (off <= tolerance) & sharp[late]
            fresh = on & (action[late] == NEW)
            action[late[fresh]], of[late[fresh]] = kind, early[fresh]
            beside[kind - BUMP, late[near & (off > tolerance) & sharp[late]]] = True
    action[is_duplicate], of[is_duplicate] = DUPLICATE, duplicate_of[is_duplicate]
    chance = np.zeros(count)
    for kind in (BUMP, REPOST):
        mine = action == kind
        other = beside[kind - BUMP] & ~mine & (action == NEW)
        chance[mine] = _chance(site, mine, other, tolerance)[site[mine]]
    after_s = np.where(of >= 0, (posted_us - posted_us[of]) // _US, 0)
    return PostingHistory(action, of, after_s.astype(np.int64), chance, identity, identity)


def _chance(site: Ints, on: Flags, beside: Flags, tolerance_s: int) -> Floats:
    """Per site, the share of repetitions on the minute that would fall there by chance.

    Repetitions at other minutes are purchases made at any minute; as many of them fall on the
    right ones as those are of an hour. Half a repetition is added on both sides.
    """
    sites = int(site.max(initial=-1)) + 1
    width = (2 * tolerance_s + 60) / _HOUR_S
    expected = np.bincount(site[beside], minlength=sites) * width / max(1.0 - width, 0.01)
    met = np.bincount(site[on], minlength=sites)
    return np.asarray(np.minimum((expected + 0.5) / (met + 1.0), 1.0))


def history_table(history: PostingHistory, ad_id: pa.Array, paid_probability: Floats) -> pa.Table:
    """The rows of `posting_histories`: what each ad was, of which other, and why."""
    schema = TABLES["posting_histories"].written_schema()
    has = history.of >= 0
    of = pa.array(np.maximum(history.of, 0), mask=~has)
    columns = {
        "ad_id": ad_id,
        "action": pa.array(ACTIONS).take(pa.array(history.action)),
        "of_ad_id": ad_id.take(of),
        "after_s": pa.array(history.after_s, mask=~has),
        "chance_probability": history.chance,
        "paid_probability": paid_probability,
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
