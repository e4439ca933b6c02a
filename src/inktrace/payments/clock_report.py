"""What was found of the sites' clocks and confirmations: as rows of laws and as warnings."""

from __future__ import annotations

import json
from itertools import repeat
from typing import Any

import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads
from inktrace.payments.confirmations import DelayFrom, waiting_sites
from inktrace.payments.law_rows import law_rows
from inktrace.payments.setting import SiteTimes
from inktrace.payments.site_clock import SiteClock


def clock_table(ads: Ads, clocks: list[SiteClock], params: PaymentsParams) -> pa.Table:
    """What was found of each site's clock, as rows `clock` of `payment_laws`."""
    figures = [clock_figures(clock, params) for clock in clocks]
    return law_rows(zip(ads.sites, repeat("clock"), figures, strict=False))


def clock_figures(clock: SiteClock, params: PaymentsParams) -> dict[str, Any]:
    """One clock's figures, for JSON."""
    return {
        "ads": clock.ads,
        "offset_s": clock.offset_s,
        "followed": bool(clock.offset_s and params.follow_site_clocks),
        "best_shift_s": clock.best_s,
        "excess": round(clock.excess, 3),
        "excess_at_nought": round(clock.excess_at_nought, 3),
        "z": round(clock.z, 3),
        "p_value": float(f"{clock.p_value:.3g}"),
        "found_at_nought": clock.found_at_nought,
        "nought_is_as_good": clock.nought_is_as_good,
        "delays_begin_s": clock.delays_begin_s,
    }


def clock_warnings(ads: Ads, clocks: list[SiteClock], params: PaymentsParams) -> list[str]:
    """One sentence for each site whose clock seems wrong."""
    done = (
        "its ads are scored at the corrected times; the ads themselves stay as posted"
        if params.follow_site_clocks
        else "its ads are scored as posted (payments.follow_site_clocks is off)"
    )
    return [
        f"{site}: its clock seems {_span(abs(clock.offset_s))} "
        f"{'ahead' if clock.offset_s > 0 else 'behind'} "
        f"({clock.excess:.0f} payments more than by chance there, "
        f"{clock.excess_at_nought:.0f} as posted); {done}"
        for site, clock in zip(ads.sites, clocks, strict=True)
        if clock.offset_s
    ]


def _span(seconds: int) -> str:
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts) or f"{seconds} s"


def delay_from_table(ads: Ads, found: list[DelayFrom], params: PaymentsParams) -> pa.Table:
    """From what each site's delays are counted, as rows `delay_from` of `payment_laws`."""
    waits = waiting_sites(found, params)
    figures: list[dict[str, Any]] = [
        {
            "from": "block" if waits[number] else "first_seen",
            "log_ratio": round(one.log_ratio, 3),
            "waits_for_block": one.is_block,
        }
        for number, one in enumerate(found)
    ]
    return law_rows(zip(ads.sites, repeat("delay_from"), figures, strict=False))


def confirmation_warnings(ads: Ads, found: list[DelayFrom], params: PaymentsParams) -> list[str]:
    """One sentence for each site that waits for a confirmation."""
    done = (
        "its delays are counted from the block's time; outputs without a block are no candidates"
        if params.follow_confirmations
        else "its delays are counted from first-seen (payments.follow_confirmations is off)"
    )
    return [
        f"{site}: it seems to wait for a confirmation; {done}"
        for site, one in zip(ads.sites, found, strict=True)
        if one.is_block
    ]


def stored_site_times(relations: Relations, sites: list[str]) -> SiteTimes | None:
    """What the stored run found of the sites' clocks and delays; None where any is not stored.

    Offsets and what delays are counted from are as the run had them, all else is rounded.
    """
    table = relations["payment_laws"]
    picked = table.filter(table.name.isin(["clock", "delay_from"])).select("site", "name", "json")
    told = {
        (row["site"], row["name"]): json.loads(row["json"])
        for row in relations.collect(picked).to_pylist()
    }
    if any((site, name) not in told for site in sites for name in ("clock", "delay_from")):
        return None
    clocks = [told[site, "clock"] for site in sites]
    delays = [told[site, "delay_from"] for site in sites]
    return SiteTimes(
        [
            SiteClock(
                ads=one["ads"],
                offset_s=one["offset_s"],
                best_s=one["best_shift_s"],
                excess=one["excess"],
                excess_at_nought=one["excess_at_nought"],
                z=one["z"],
                p_value=one["p_value"],
                found_at_nought=one["found_at_nought"],
                nought_is_as_good=one["nought_is_as_good"],
                delays_begin_s=one["delays_begin_s"],
            )
            for one in clocks
        ],
        [DelayFrom(one["waits_for_block"], one["log_ratio"]) for one in delays],
    )
