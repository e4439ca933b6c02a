"""The report of a case package: one self-contained page, made from gathered facts alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from inktrace.casefile import plots, words
from inktrace.casefile.gather import METHOD, CaseFacts
from inktrace.casefile.pages import page_template
from inktrace.casefile.redaction.words import redaction_words, short_redaction_words
from inktrace.params import SECTION_FIELDS, Params
from inktrace.units import bitcoin_amount, minor_digits

# Bounds that keep a report of the largest leads below 15 MB and readable; the rest is exhibits.
MOST_PLOTS: Final = 60
MOST_PAIRS: Final = 4
MOST_ROWS: Final = 400
MOST_CANDIDATES: Final = 6
EXCERPT_CHARACTERS: Final = 700

Row = dict[str, Any]


def report_html(facts: CaseFacts, params: Params, software_version: str) -> str:
    """The report as one HTML page: no scripts, no links to outside, no time of its making."""
    template = page_template(
        "report.html.j2",
        moment=words.moment,
        visible=words.visible,
        support=words.support,
        duration=words.duration,
        bitcoin=bitcoin_amount,
    )
    return template.render(**_context(facts, params, software_version))


def _context(facts: CaseFacts, params: Params, software_version: str) -> Row:
    ads = facts.ads.to_pylist()
    links = facts.trail.links.to_pylist()
    return {
        "lead": dict(facts.lead),
        "mark": words.REVIEW_MARK,
        "version": software_version,
        "redaction": short_redaction_words(facts.redaction),
        "redaction_limits": redaction_words(facts.redaction),
        "corpus": dict(facts.corpus),
        "ads": ads[:MOST_ROWS],
        "ads_left_out": max(0, len(ads) - MOST_ROWS),
        "attributions": _attributions(facts),
        "baselines": _baselines(facts),
        "authors": _authors(ads),
        "pairs": _pairs(facts, ads),
        "style": _style_figures(facts.models),
        "timeline": _timeline(ads, links),
        "links": _links(facts, links),
        "links_left_out": max(0, len(links) - MOST_PLOTS),
        "laws": _laws(facts.laws, links),
        "wallets": facts.trail.wallets.to_pylist(),
        "addresses": facts.trail.addresses.to_pylist()[:MOST_ROWS],
        "addresses_left_out": max(0, facts.trail.addresses.num_rows - MOST_ROWS),
        "transactions": _own_transactions(facts.trail.transactions),
        "requests": facts.trail.requests.to_pylist()[:MOST_ROWS],
        "coinjoins": facts.trail.coinjoins.to_pylist(),
        "others": facts.trail.others,
        "left_out": facts.trail.left_out,
        "core_ads": sum(facts.core["in_core"].to_pylist()),
        "speaking_for": _speaking(facts, "for"),
        "speaking_against": _speaking(facts, "against"),
        "runs": facts.runs.to_pylist(),
        "parameters": _parameters(params),
        "source_files": facts.source_files.to_pylist(),
        "glossary": words.GLOSSARY,
        "scale_source": words.SCALE_SOURCE,
    }


def _attributions(facts: CaseFacts) -> list[Row]:
    """Our attributions, strongest first, each with its q-value in words."""
    rows = [row for row in facts.attributions.to_pylist() if row["method"] == METHOD]
    rows.sort(key=lambda row: (row["q_value"] is None, row["q_value"], -row["log10_lr"]))
    for row in rows:
        known = row["q_value"] is not None
        at_least = sum(q <= row["q_value"] for q in facts.q_values) if known else 0
        row["q_sentence"] = words.false_discovery_sentence(row["q_value"], max(at_least, 1))
        row["own_error"] = words.own_error(row["error_probability"])
    return rows


def _baselines(facts: CaseFacts) -> list[Row]:
    return [row for row in facts.attributions.to_pylist() if row["method"] != METHOD]


def _authors(ads: Sequence[Row]) -> list[Row]:
    """How the ads of each author came together: counts by reason, and templates."""
    found: dict[str, list[Row]] = {}
    for ad in ads:
        found.setdefault(ad["author_id"], []).append(ad)
    return [
        {
            "author_id": author,
            "ads": len(mine),
            "reasons": sorted(Counter(ad["reason"] for ad in mine).items()),
            "templates": len({ad["text_group_id"] for ad in mine}),
            "languages": sorted({ad["language"] or "unknown" for ad in mine}),
        }
        for author, mine in sorted(found.items())
    ]


def _pairs(facts: CaseFacts, ads: Sequence[Row]) -> list[Row]:
    """The strongest pairs of different texts, side by side."""
    text = {ad["ad_id"]: ad for ad in ads}
    pairs = [row for row in facts.pairs.to_pylist() if not row["same_template"]][:MOST_PAIRS]
    return [
        {
            **row,
            "sides": [
                {
                    "ad_id": ad_id,
                    "site": text[ad_id]["site"],
                    "posted_us": text[ad_id]["posted_us"],
                    "text": words.excerpt(text[ad_id]["masked_text"] or "", EXCERPT_CHARACTERS),
                }
                for ad_id in (row["ad_id_a"], row["ad_id_b"])
            ],
        }
        for row in pairs
    ]


def _style_figures(models: pa.Table) -> list[tuple[str, str]]:
    """The pair model's measured figures, flat, as (name, figure)."""
    named = dict(zip(models["name"].to_pylist(), models["json"].to_pylist(), strict=True))
    found = json.loads(named.get("metrics", "{}"))
    return [(name.replace("_", " "), shown) for name, shown in _flat(found, "")]


def _flat(found: Any, above: str) -> list[tuple[str, str]]:
    if isinstance(found, Mapping):
        return [
            item
            for name, value in sorted(found.items())
            for item in _flat(value, f"{above} {name}".strip())
        ]
    if isinstance(found, list):
        return []  # curves and tables belong to the exhibits
    return [(above, f"{found:.4g}" if isinstance(found, float) else str(found))]


def _timeline(ads: Sequence[Row], links: Sequence[Row]) -> Any:
    matched = {row["ad_id"] for row in links}
    lanes = []
    for site in sorted({ad["site"] for ad in ads}):
        mine = [ad for ad in ads if ad["site"] == site]
        times = [ad["posted_us"] for ad in mine]
        lanes.append(plots.Lane(site, times, [ad["ad_id"] in matched for ad in mine]))
    timed = [row for row in links if _seen(row) is not None]
    for wallet in sorted({row["wallet_id"] for row in timed}):
        times = [_seen(row) for row in timed if row["wallet_id"] == wallet]
        lanes.append(plots.Lane(f"wallet {wallet}", times, [True] * len(times), True))
    pairs = [(row["posted_us"], _seen(row)) for row in timed]
    return plots.timeline(lanes, pairs, "timeline")


def _seen(row: Row) -> Any:
    return row["first_seen_us"] if row["first_seen_us"] is not None else row["block_time_us"]


def _links(facts: CaseFacts, links: Sequence[Row]) -> list[Row]:
    """Each link with its plot and the table of what else was considered."""
    considered: dict[str, list[Row]] = {}
    for row in facts.trail.considered.to_pylist():
        considered.setdefault(row["ad_id"], []).append(row)
    none = dict(
        zip(
            facts.ads["ad_id"].to_pylist(),
            facts.ads["none_of_these_probability"].to_pylist(),
            strict=True,
        )
    )
    ordered = sorted(links, key=lambda row: (-row["posterior_probability"], row["posted_us"]))
    return [
        _link(row, considered.get(row["ad_id"], []), none.get(row["ad_id"], 1.0), place)
        for place, row in enumerate(ordered[:MOST_PLOTS], start=1)
    ]


def _link(row: Row, candidates: Sequence[Row], none: float, place: int) -> Row:
    points = [
        plots.Point(
            float(one["delay_s"]),
            math.exp(one["amount_log_ratio"]),
            float(one["posterior_probability"]),
            (one["txid"], one["vout"]) == (row["txid"], row["vout"]),
        )
        for one in candidates
    ]
    price = None
    if row["price_minor"] is not None and row["currency"]:
        digits = minor_digits(row["currency"])
        price = f"{row['price_minor'] / 10**digits:.{digits}f} {row['currency']}"
    return {
        **row,
        "price": price,
        "plot": plots.candidate_plot(points, f"link{place}", f"ad {row['ad_id']}"),
        "candidates": list(candidates)[:MOST_CANDIDATES],
        "considered": len(candidates),
        "none_probability": none,
    }


def _laws(laws: pa.Table, links: Sequence[Row]) -> list[Row]:
    """The learned delay law of each site, drawn, with this lead's links under it."""
    found: list[Row] = []
    for row in laws.to_pylist():
        if row["name"] != "delay":
            continue
        law = json.loads(row["json"])
        edges, density = law.get("edges_s", law.get("edges")), law.get("density_per_s", [])
        marks = [
            float(link["delay_s"])
            for link in links
            if link["site"] == row["site"] and link["delay_s"] is not None
        ]
        picture = plots.delay_law_plot(edges or [], density, marks, f"law{len(found)}")
        if picture and (marks or row["site"] != "*"):
            found.append({"site": row["site"], "picture": picture, "links": len(marks)})
    return found


def _own_transactions(transactions: pa.Table) -> list[Row]:
    own = [row for row in transactions.to_pylist() if row["role"] != "considered"]
    own.sort(key=lambda row: (_seen(row) or 0, row["txid"]))
    return own[:MOST_ROWS]


def _speaking(facts: CaseFacts, direction: str) -> list[Row]:
    """Indicators of one direction, each with the ads and words that carry it."""
    carried: dict[str, list[Row]] = {}
    for row in facts.indicator_rows.to_pylist():
        carried.setdefault(row["indicator"], []).append(row)
    return [
        {**row, "rows": carried.get(row["indicator"], [])}
        for row in facts.indicators.to_pylist()
        if row["direction"] == direction
    ]


def _parameters(params: Params) -> list[Row]:
    return [
        {
            "name": f"{section}.{name}",
            "value": getattr(getattr(params, section), name),
            "help": field.metadata["help"],
            "source": field.metadata["source"],
        }
        for section, fields in SECTION_FIELDS.items()
        for name, field in fields.items()
    ]
