"""Who paid: for each ad what was considered, why this one, what else; plots; the sites' laws."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inktrace.casefile import plots, words
from inktrace.casefile.gather import METHOD, CaseFacts
from inktrace.casefile.report_pages.credit import credit
from inktrace.casefile.report_pages.error_rates import (
    RULES,
    attribution_answers,
    own_attributions,
    support_words,
)
from inktrace.casefile.report_pages.linked_ads import linked_ads
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Figure,
    Heading,
    Paragraph,
    Section,
    Table,
    Together,
    Words,
    table,
)

MOST_ROWS: Final = 500  # more are exhibits
_MOST_LANES: Final = 12
_MOST_WALLETS: Final = 60

Row = dict[str, Any]


def payments(facts: CaseFacts) -> Section:
    """The section on payments."""
    links = facts.trail.links.to_pylist()
    blocks: list[Block] = [
        Paragraph(
            "An ad appears soon after its payment is first seen; a site that tells the time of "
            "a posting rounded down (to the minute, say) makes some payments seem to come after "
            "it, and its delay law below says how often. For each ad, every output that time and "
            "amount allow was considered, together with “none of these”. Most of them fit by "
            "chance: one ad's best candidate alone says little."
        ),
        _attributions(facts),
        _baselines(facts),
        *_timeline(facts, links),
        *_laws(facts, links),
        _every_ad(facts, links),
        *linked_ads(facts, links),
        *credit(facts),
    ]
    return Section("payments", "Payments", tuple(blocks))


def seen(row: Mapping[str, Any]) -> Any:
    """When a transaction was first seen; the block's time where nobody saw it before."""
    return row["first_seen_us"] if row["first_seen_us"] is not None else row["block_time_us"]


def _attributions(facts: CaseFacts) -> Table:
    rows: list[tuple[Words, ...]] = []
    for row, answer in zip(own_attributions(facts), attribution_answers(facts), strict=True):
        q_value = row["q_value"]
        at_least = sum(q <= q_value for q in facts.q_values) if q_value is not None else 0
        rows.append(
            (
                row["author_id"],
                f"{row['wallet_id']}{' (a service)' if row['is_service'] else ''}",
                f"{row['ads_matched']:,}",
                f"{row['transactions_matched']:,}",
                support_words(answer),
                f"{row['log10_lr']:.2f}",
                words.false_discovery_sentence(q_value, max(at_least, 1)),
                words.own_error(row["error_probability"]),
            )
        )
    columns = (
        Column("author", "label"),
        Column("wallet", "label"),
        Column("ads", "number"),
        Column("payments", "number"),
        Column("support as measured"),
        Column("log10 LR as computed", "number"),
        Column("error rate in this corpus", share=1.8),
        Column("this one false", "number"),
    )
    caption = (
        "How much more probable the payments are if the wallet paid than if it did not: as decoys "
        "measured it, and as the model computes it. Ads: those of the author, in "
        "this lead or not, that a payment from the wallet bought rather than not, if the wallet "
        "pays for the author at all. Payments: those of the wallet that fit ads of the "
        "author by time and amount."
    )
    if len(rows) > _MOST_WALLETS:
        caption += f" The surest {_MOST_WALLETS} of {len(rows):,}."
    none = "No wallet is attributed to this lead."
    return table(caption, columns, rows[:_MOST_WALLETS], none)


def _baselines(facts: CaseFacts) -> Table:
    rows = [
        (
            RULES.get(row["method"], row["method"]),
            row["author_id"],
            f"{row['wallet_id']}",
            f"{row['ads_matched']:,}",
        )
        for row in facts.attributions.to_pylist()
        if row["method"] != METHOD
    ]
    columns = (
        Column("rule"),
        Column("author", "label"),
        Column("wallet", "label"),
        Column("ads matched", "number"),
    )
    caption = (
        "What two published rules name for the same authors and wallets. They look at the same "
        "times and amounts, so they are no further evidence, and they state no error rate."
    )
    return table(caption, columns, rows[:_MOST_WALLETS], "They name none of them.")


def _timeline(facts: CaseFacts, links: Sequence[Row]) -> list[Block]:
    ads = facts.ads.to_pylist()
    matched = {row["ad_id"] for row in links}
    timed = [row for row in links if seen(row) is not None]
    sites = _commonest(ad["site"] for ad in ads)
    wallets = _commonest(row["wallet_id"] for row in timed)
    lanes = []
    for site in sorted(sites):
        mine = [ad for ad in ads if ad["site"] == site]
        times = [ad["posted_us"] for ad in mine]
        lanes.append(plots.Lane(site, times, [ad["ad_id"] in matched for ad in mine]))
    for wallet in sorted(wallets):
        times = [seen(row) for row in timed if row["wallet_id"] == wallet]
        lanes.append(plots.Lane(f"wallet {wallet}", times, [True] * len(times), True))
    pairs = [
        (row["posted_us"], seen(row))
        for row in timed
        if row["site"] in sites and row["wallet_id"] in wallets
    ]
    drawn = plots.timeline(lanes, pairs, "timeline")
    caption = (
        "Circles: ads (filled: linked to a payment, however weakly). Diamonds: linked payments; "
        "where no clock saw one, at its block's time. Times in UTC. At most "
        f"{_MOST_LANES} sites and {_MOST_LANES} wallets are drawn: those with most."
    )
    return [Figure(drawn, caption)] if drawn else []


def _commonest(values: Iterable[Any]) -> set[Any]:
    """The values that are there most often; of equally frequent ones, the lesser."""
    counts = Counter(values)
    return set(sorted(counts, key=lambda one: (-counts[one], one))[:_MOST_LANES])


def _every_ad(facts: CaseFacts, links: Sequence[Row]) -> Table:
    linked = Counter(row["ad_id"] for row in links)
    best: dict[str, float] = {}
    for row in facts.trail.candidates.to_pylist():
        mine = float(row["posterior_probability"] or 0.0)
        best[row["ad_id"]] = max(mine, best.get(row["ad_id"], 0.0))
    ads = facts.ads.to_pylist()
    rows: list[tuple[Words, ...]] = [
        (
            ad["ad_id"],
            ad["site"],
            words.moment(ad["posted_us"]),
            f"{ad['candidates']:,}",
            words.probability(best[ad["ad_id"]]) if ad["ad_id"] in best else "–",
            words.probability(ad["none_of_these_probability"]),
            f"yes ({linked[ad['ad_id']]})" if linked[ad["ad_id"]] else "no",
        )
        for ad in ads[:MOST_ROWS]
    ]
    columns = (
        Column("ad", share=1.0),
        Column("site"),
        Column("posted", "time"),
        Column("candidates", "number"),
        Column("most probable", "number"),
        Column("none of these", "number"),
        Column("linked", "label"),
    )
    more = f" The first {MOST_ROWS} of {len(ads):,}; all are in exhibits/ads.csv."
    caption = (
        "Every ad: outputs considered, by the ad's time and amount alone, and the probability that "
        f"none of them paid.{more if len(ads) > MOST_ROWS else ''}"
    )
    return table(caption, columns, rows)


def _laws(facts: CaseFacts, links: Sequence[Row]) -> list[Block]:
    """The learned delay law of each site, drawn, with this lead's links under it."""
    found: list[Block] = []
    for row in facts.laws.to_pylist():
        if row["name"] != "delay":
            continue
        law = json.loads(row["json"])
        marks = [
            float(link["delay_s"])
            for link in links
            if link["site"] == row["site"] and link["delay_s"] is not None
        ]
        edges, density = law.get("edges_s", law.get("edges")), law.get("density_per_s", [])
        drawn = plots.delay_law_plot(edges or [], density, marks, f"law{len(found)}")
        if drawn and (marks or row["site"] != "*"):
            weak = " It is weak: too few payments to learn from." if law.get("weak") else ""
            heading = f"Delay law of {row['site']}, learned from this workspace"
            caption = f"Strokes: the {len(marks)} links of this lead on the site.{weak}"
            found.append(Together((Heading(heading), Figure(drawn, caption))))
    return found
