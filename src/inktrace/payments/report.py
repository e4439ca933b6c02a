"""What the payments stage learned and wants to say: laws as rows, notes for the run record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.params import as_values
from inktrace.payments.clock_report import clock_warnings, confirmation_warnings
from inktrace.payments.decoys import can_have_decoys
from inktrace.payments.law_rows import law_rows
from inktrace.payments.laws import Laws
from inktrace.payments.setting import Setting, quote_ages_s
from inktrace.payments.times import Floats

# With fewer learned payments than this, a site's law is mostly that of all sites.
_FEW_PAYMENTS: Final = 20.0
_COARSE_S: Final = 3600
# A wallet is called a till of a site where at least this share of the site's payments goes to it;
# every law spreads a little over the tills of other sites.
TILL_SHARE: Final = 0.05


def law_table(setting: Setting, laws: Laws) -> pa.Table:
    """What was learned of each site, as rows of `payment_laws`; '*' holds what sites share."""
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("*", "background", _background(setting)),
        ("*", "settings", as_values(setting.params)),
    ]
    for number, site in enumerate(setting.ads.sites):
        rows += [
            (site, "amount", _amount(laws, number)),
            (site, "delay", _delay(setting, laws, number)),
            (site, "paid_share", _share(laws, number)),
            (site, "quote", _quote(setting, laws, number)),
            (site, "tills", _tills(setting, laws, number)),
        ]
    return law_rows(rows)


def _background(setting: Setting) -> dict[str, Any]:
    rate = setting.background.rate
    return {
        "outputs": setting.background.outputs,
        "span_s": round(setting.background.span_s, 3),
        "hourly_rate": [round(float(value), 6) for value in rate],
        "start_us": setting.background.start_us,
    }


def _delay(setting: Setting, laws: Laws, number: int) -> dict[str, Any]:
    edges = laws.delay_edges_s
    used = np.flatnonzero(laws.delay[number] > 0)
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)
    density = laws.delay[number, first:last] / np.diff(edges)[first:last]
    return {
        "edges_s": [round(float(value), 3) for value in edges[first : last + 1]],
        "density_per_s": [float(f"{value:.6g}") for value in density],
        "posting_resolution_s": int(setting.ads.resolution_s[number]),
        "weak": bool(laws.payments[number] < _FEW_PAYMENTS),
    }


def _amount(laws: Laws, number: int) -> dict[str, Any]:
    density = laws.amount[number] / np.diff(laws.amount_edges)
    return {
        "edges": [round(float(value), 6) for value in laws.amount_edges],
        "density": [float(f"{value:.6g}") for value in density],
    }


def _share(laws: Laws, number: int) -> dict[str, Any]:
    return {
        "ads": int(laws.ads[number]),
        "paid_share": round(float(laws.share[number]), 6),
        "payments_learned_from": round(float(laws.payments[number]), 3),
    }


def _quote(setting: Setting, laws: Laws, number: int) -> dict[str, Any]:
    """Ages of the rate, and trailing zeros of the satoshi amount, beside those of all outputs."""
    return {
        "ages_s": quote_ages_s(setting.params).tolist(),
        "age_shares": _rounded(laws.quote_age[number]),
        "zeros_shares": _rounded(laws.zeros[number]),
        "zeros_shares_of_all_outputs": _rounded(setting.marks.zeros_share),
    }


def _tills(setting: Setting, laws: Laws, number: int) -> dict[str, Any]:
    """Wallets that sites are paid through, with the share of this one's payments; most first."""
    tills, share = setting.tills, laws.till[number]
    order = np.argsort(-share[:-1], kind="stable")
    wallets = setting.marks.wallets[tills.codes]
    return {
        "tills": [
            {
                "wallet_id": int(wallets[till]),
                "share": round(float(share[till]), 6),
                "share_of_all_outputs": float(f"{tills.share[till]:.6g}"),
                "zeros_shares": _rounded(tills.zeros[till]),
            }
            for till in order
        ],
        "share_elsewhere": round(float(share[-1]), 6),
    }


def site_tills(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of a stored `tills` row, those wallets that are the site's own tills."""
    return [till for till in told["tills"] if till["share"] >= TILL_SHARE]


def _till_lines(setting: Setting, laws: Laws) -> list[str]:
    made = []
    for number, site in enumerate(setting.ads.sites):
        own = site_tills(_tills(setting, laws, number))
        if own:
            listed = ", ".join(f"{till['wallet_id']} ({till['share']:.0%})" for till in own)
            made.append(f"{site}: paid through wallet{'s' if len(own) > 1 else ''} {listed}")
    return made


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 6) for value in values]


def payment_notes(setting: Setting, laws: Laws, rounds: Sequence[int]) -> dict[str, Any]:
    """Counts and warnings of the payments stage, for the run record."""
    ads = setting.ads
    asked = np.unique(setting.asking.ad)
    unpriced = ~np.isfinite(ads.log_price) & ~ads.is_free
    helpless = np.setdiff1d(np.flatnonzero(unpriced), asked)
    decoys = can_have_decoys(setting.coverage, setting.before_s + setting.after_s)
    warnings = [
        f"{site}: few payments to learn from; its laws are mostly those of all sites"
        for number, site in enumerate(ads.sites)
        if laws.payments[number] < _FEW_PAYMENTS
    ] + [
        f"{site}: posting times are told only by the {_per(int(ads.resolution_s[number]))}; weak"
        for number, site in enumerate(ads.sites)
        if ads.resolution_s[number] >= _COARSE_S
    ]
    warnings += clock_warnings(ads, setting.clocks, setting.params)
    warnings += confirmation_warnings(ads, setting.delays_from, setting.params)
    warnings += [
        f"{site}: the stored outputs cover too little time for decoys; no q-values"
        for number, site in enumerate(ads.sites)
        if not decoys[number]
    ]
    return {
        "ads": len(ads),
        "ads_without_price": int(unpriced.sum()),
        "ads_without_any_asking_price": len(helpless),
        "free_ads": int(ads.is_free.sum()),
        "candidates_by_round": [int(count) for count in rounds],
        "tills": _till_lines(setting, laws),
        "warnings": warnings,
    }


def _per(seconds: int) -> str:
    return "day" if seconds >= 86_400 else "hour"
