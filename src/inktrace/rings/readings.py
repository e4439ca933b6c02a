"""What texts say, one row for each ad, topic and wording: the rows that carry an indicator."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.params import RingsParams
from inktrace.rings.people import people_in
from inktrace.rings.wording import amounts_in, marks_in

_Said = tuple[str, str, int | None]  # topic, words, amount
_WORD: Final = re.compile(r"[^\W\d_]+")
SAID: Final = pa.schema(
    [
        ("lead_id", pa.string()),
        ("ad_id", pa.string()),
        ("topic", pa.string()),
        ("words", pa.string()),
        ("amount", pa.int64()),
    ]
)


def said_in(texts: pa.Table, params: RingsParams) -> pa.Table:
    """Rows of schema SAID for `texts` (ad_id, lead_id, text), in their order; each text read once.

    Topics: name, age, young_stated, young_implied, young_code, price (words = currency, with an
    amount), and the marks of `lexicon.WORDING`. A code that more than `most_code_share` of the
    leads use is decoration here and left out, and so is a name that mostly stands where no name
    would (`least_cue_share`): it is a common word.
    """
    column = texts["text"].combine_chunks().dictionary_encode()
    distinct = column.dictionary.to_pylist()
    read = [list(_said(text)) for text in distinct]
    read = _without_common_words(distinct, read, params.least_cue_share)
    rows = column.indices.to_pylist()
    flat = [(place, *said) for place, row in enumerate(rows) for said in read[row]]
    places, topics, words, amounts = zip(*flat, strict=True) if flat else ((), (), (), ())
    picked = texts.select(["lead_id", "ad_id"]).take(pa.array(places, pa.int64()))
    said = pa.table(
        [
            picked["lead_id"],
            picked["ad_id"],
            pa.array(topics, pa.string()),
            pa.array(words, pa.string()),
            pa.array(amounts, pa.int64()),
        ],
        schema=SAID,
    )
    return _with_rare_codes(
        said, pc.count_distinct(texts["lead_id"]).as_py(), params.most_code_share
    )


def _without_common_words(
    texts: list[str], read: list[list[_Said]], least_share: float
) -> list[list[_Said]]:
    cued = Counter(words for row in read for topic, words, _ in row if topic == "name")
    written: Counter[str] = Counter()
    for text in texts:
        written.update(cued.keys() & _WORD.findall(text.lower()))
    names = {name for name, count in cued.items() if count >= least_share * written[name]}
    return [[one for one in row if one[0] != "name" or one[1] in names] for row in read]


def _said(text: str) -> Iterator[_Said]:
    people = people_in(text)
    for name in sorted(people.names):
        yield "name", name, None
    ages = people.ages
    for age in sorted(ages.stated):
        yield "age", str(age), None
    if ages.youngest is not None:
        yield "young_stated", ages.young_words, None
    if ages.implied:
        yield "young_implied", ages.implied, None
    for code in ages.codes:
        yield "young_code", code, None
    for mark, words in marks_in(text).items():
        yield mark, words, None
    for currency, amount in amounts_in(text):
        yield "price", currency, amount


def _with_rare_codes(said: pa.Table, leads: int, most_share: float) -> pa.Table:
    """Codes that few use, and as `young_implied` too where one ad carries two different ones."""
    is_code = pc.equal(said["topic"], "young_code")
    codes = said.filter(is_code)
    users = codes.group_by("words").aggregate([("lead_id", "count_distinct")])
    few = users.filter(pc.less_equal(users["lead_id_count_distinct"], most_share * leads))
    codes = codes.filter(pc.is_in(codes["words"], few["words"].combine_chunks()))
    per_ad = codes.group_by(["lead_id", "ad_id"]).aggregate([("words", "count_distinct")])
    both = per_ad.filter(pc.greater_equal(per_ad["words_count_distinct"], 2))
    size = both.num_rows
    implied = pa.table(
        [
            both["lead_id"],
            both["ad_id"],
            pa.array(["young_implied"] * size, pa.string()),
            pa.array(["two codes of published lists"] * size, pa.string()),
            pa.nulls(size, pa.int64()),
        ],
        schema=SAID,
    )
    return pa.concat_tables([said.filter(pc.invert(is_code)), codes, implied])
