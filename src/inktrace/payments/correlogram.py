"""What was learned of each site, and the counts behind it: ads against price-matching outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.errors import UsageError
from inktrace.payments.candidates import Candidates
from inktrace.payments.law_rows import stored_settings
from inktrace.payments.report import site_tills

# The parts of the stage, not its front door: what is drawn must be what was joined.
from inktrace.payments.scored_round import candidates_of, standing
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.progress import Progress, silent

Facts = dict[str, Any]
# Enough rounds of moved ads for a smooth level; more change it by less than it is wide.
_MOST_ROUNDS: Final = 20
_NAMES: Final = {"delay", "amount", "paid_share", "quote", "tills"}
_BINS: Final = 60
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800)
_AMOUNT_BINS: Final = 40
_QUANTILES: Final = (0.05, 0.5, 0.95)
# A law's middle: the delays (amounts) among which the other panel's outputs are counted.
_MIDDLE: Final = 0.9
# Delay laws have long tails: most payments lie in a small part of the middle 90%.
_DENSEST: Final = 0.5
COUNTS_SCHEMA: Final = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("panel", pa.string(), nullable=False),
        pa.field("low", pa.float64(), nullable=False),
        pa.field("high", pa.float64(), nullable=False),
        pa.field("observed", pa.int64(), nullable=False),
        pa.field("background", pa.float64(), nullable=False),
        pa.field("fitted", pa.float64(), nullable=False),
    ]
)


def explained_laws(
    relations: Relations, site: str | None = None, progress: Progress = silent
) -> Facts:
    """The laws of one site or all, with the counts of `correlogram`, as a document for JSON.

    `in_the_middle` counts outputs in the middle half of the delay law and the middle 90% of the
    amount law: around the ads, and around the moved ads of each decoy round (mean and most), with
    what the law expects. Where the ads meet no more than moved ads do, the counts do not bear the
    law out.

    Raises UsageError where no ad is of that site.
    """
    laws = stored_laws(relations)
    if site is not None and site not in laws:
        raise UsageError(f"there is no ad of the site {site!r}", do=_known(laws))
    setting, _ = read_setting(relations, stored_settings(relations))
    wanted = [site] if site is not None else sorted(laws)
    counted = _counted(setting, laws, wanted, progress)
    rows = _rows(counted).to_pylist()
    return {
        "sites": [
            {
                **_figures(setting, laws[name], name),
                "in_the_middle": counted[name].middle(),
                **{
                    panel: [
                        {key: row[key] for key in COUNTS_SCHEMA.names[2:]}
                        for row in rows
                        if row["site"] == name and row["panel"] == panel
                    ]
                    for panel in ("delay", "amount")
                },
            }
            for name in wanted
        ]
    }


def _known(laws: Mapping[str, Any]) -> str:
    names = sorted(laws)[:5]
    return f"sites are {', '.join(names)}{' …' if len(laws) > len(names) else ''}"


def stored_laws(relations: Relations) -> dict[str, dict[str, Facts]]:
    """What the stage stored of each site: site → name → figures; what sites share is left out."""
    table = relations["payment_laws"]
    rows = relations.collect(table.filter(table.site != "*").order_by("site", "name"))
    found: dict[str, dict[str, Facts]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["site"], {})[row["name"]] = json.loads(row["json"])
    return {site: law for site, law in found.items() if set(law) >= _NAMES}


def correlogram(
    setting: Setting,
    laws: Mapping[str, Mapping[str, Facts]],
    sites: list[str],
    progress: Progress = silent,
) -> pa.Table:
    """Count outputs that match each ad's likeliest price, by delay and by amount: COUNTS_SCHEMA.

    Panel `delay` counts outputs by posting time less first-seen time (seconds), among amounts in
    the middle 90% of the site's amount law; panel `amount` by ln(paid / price), among delays in
    the middle 90% of its delay law. `observed` counts for the ads as posted, `background` is the
    mean over the decoy rounds per as many ads, `fitted` adds paid share × ads × law to it.

    Notes: joined anew by the stage's own join, since candidates below the storing threshold are
    not stored. An ad without a price counts at the price most often asked on its site. Outputs of
    which only the block's interval is known are not counted.
    """
    return _rows(_counted(setting, laws, sites, progress))


def _rows(counted: Mapping[str, _Panels]) -> pa.Table:
    parts = [panels.table(name) for name, panels in counted.items()]
    return pa.concat_tables([COUNTS_SCHEMA.empty_table(), *parts])


def _counted(
    setting: Setting,
    laws: Mapping[str, Mapping[str, Facts]],
    sites: list[str],
    progress: Progress,
) -> dict[str, _Panels]:
    likeliest = _likeliest_prices(setting)
    rounds = min(setting.params.decoy_rounds, _MOST_ROUNDS)
    numbers = {name: number for number, name in enumerate(setting.ads.sites)}
    made = {name: _Panels(laws[name], setting, numbers[name]) for name in sites if name in numbers}
    for number in range(rounds + 1):
        progress("counting outputs near ads", number, rounds + 1)
        posted_us, taking_part = standing(setting, number)
        rows = likeliest[taking_part[setting.asking.ad[likeliest]]]
        rows = rows[
            np.isin(setting.ads.site[setting.asking.ad[rows]], [numbers[name] for name in made])
        ]
        found = candidates_of(setting, rows, posted_us)
        site_of = setting.ads.site[setting.asking.ad[found.hypothesis]]
        ads_of = np.bincount(setting.ads.site[setting.asking.ad[rows]], minlength=len(numbers))
        for name, panels in made.items():
            of_site = site_of == numbers[name]
            panels.count(found, of_site, int(ads_of[numbers[name]]), is_real=number == 0)
    return made


def _likeliest_prices(setting: Setting) -> Ints:
    """The likeliest asking price of each ad: one hypothesis number per ad that has any."""
    asking = setting.asking
    order = np.lexsort((asking.log_price, asking.ads_bought, -asking.weight, asking.ad))
    first = np.flatnonzero(np.diff(asking.ad[order], prepend=-1))
    return order[first]


class _Panels:
    """Counts of one site, real and decoy, on bins chosen from its laws alone."""

    def __init__(self, law: Mapping[str, Facts], setting: Setting, number: int):
        self._delay = _Law(law["delay"]["edges_s"], law["delay"]["density_per_s"])
        self._amount = _Law(law["amount"]["edges"], law["amount"]["density"])
        self._share = float(law["paid_share"]["paid_share"])
        before, after = float(setting.before_s[number]), float(setting.after_s[number])
        self._edges = {
            "delay": _delay_bins(self._delay, before, after),
            "amount": np.linspace(
                -setting.params.amount_tolerance, setting.params.amount_tolerance, _AMOUNT_BINS + 1
            ),
        }
        self._counts = {
            panel: np.zeros((2, len(edges) - 1)) for panel, edges in self._edges.items()
        }
        self._ads = np.zeros(2)
        self._middle: list[tuple[int, int]] = []  # per round: outputs, ads

    def count(self, found: Candidates, of_site: Flags, ads: int, *, is_real: bool) -> None:
        """Add one round's outputs."""
        rows = np.flatnonzero(of_site & (found.least_delay_s == found.most_delay_s))
        delay, amount = found.least_delay_s[rows], found.log_ratio[rows]
        kept = {"delay": self._amount.is_middle(amount), "amount": self._delay.is_middle(delay)}
        for panel, values in (("delay", delay), ("amount", amount)):
            added, _ = np.histogram(values[kept[panel]], self._edges[panel])
            self._counts[panel][0 if is_real else 1] += added
        self._ads[0 if is_real else 1] += ads
        densest = kept["delay"] & self._delay.is_middle(delay, _DENSEST)
        self._middle.append((int(densest.sum()), ads))

    def middle(self) -> Facts:
        """Outputs where the laws are densest: real, decoys per as many ads, and expected."""
        (observed, ads), *decoys = self._middle
        around = [count * ads / moved for count, moved in decoys if moved]
        mean = float(np.mean(around)) if around else None
        paid = ads * self._share * _MIDDLE * _DENSEST
        return {
            "observed": observed,
            "background": mean,
            "most_in_a_decoy_round": max(around) if around else None,
            "decoy_rounds": len(around),
            "expected_by_the_law": None if mean is None else mean + paid,
        }

    def table(self, site: str) -> pa.Table:
        """The counts as rows."""
        parts = []
        level = self._ads[0] / self._ads[1] if self._ads[1] else 0.0
        for panel, law in (("delay", self._delay), ("amount", self._amount)):
            edges, (real, decoys) = self._edges[panel], self._counts[panel]
            background = decoys * level
            paid = self._ads[0] * self._share * _MIDDLE * law.probability(edges)
            parts.append(
                pa.table(
                    {
                        "site": [site] * len(real),
                        "panel": [panel] * len(real),
                        "low": edges[:-1],
                        "high": edges[1:],
                        "observed": real.astype(np.int64),
                        "background": background,
                        "fitted": background + paid,
                    },
                    schema=COUNTS_SCHEMA,
                )
            )
        return pa.concat_tables(parts)


class _Law:
    """A stored histogram: its quantiles, and its probability between any edges."""

    def __init__(self, edges: list[float], density: list[float]):
        self.edges = np.asarray(edges, dtype=np.float64)
        mass = np.asarray(density, dtype=np.float64) * np.diff(self.edges)
        # Rounded when stored, so that it sums to one only nearly.
        self._below = np.concatenate([[0.0], np.cumsum(mass) / max(float(mass.sum()), 1e-300)])

    def probability(self, edges: Floats) -> Floats:
        return np.diff(np.interp(edges, self.edges, self._below, left=0.0, right=1.0))

    def quantile(self, share: float) -> float:
        return float(np.interp(share, self._below, self.edges))

    def is_middle(self, values: Floats, share: float = _MIDDLE) -> Flags:
        low, high = (1 - share) / 2, 1 - (1 - share) / 2
        return (values >= self.quantile(low)) & (values <= self.quantile(high))


def _delay_bins(law: _Law, before_s: float, after_s: float) -> Floats:
    """Even bins of a round length, wide enough to show the level on both sides of the peak."""
    low, high = law.quantile(0.05), law.quantile(0.95)
    first = max(-after_s, low - (high - low))
    last = min(before_s, high + (high - low))
    step = next((s for s in _STEPS_S if (last - first) / s <= _BINS), _STEPS_S[-1])
    start, end = np.floor(first / step), np.ceil(last / step)
    return np.asarray(np.arange(start, end + 1) * step, dtype=np.float64)


def _figures(setting: Setting, law: Mapping[str, Facts], site: str) -> Facts:
    delay = _Law(law["delay"]["edges_s"], law["delay"]["density_per_s"])
    amount = _Law(law["amount"]["edges"], law["amount"]["density"])
    ads = int((setting.ads.site == setting.ads.sites.index(site)).sum())
    return {
        "site": site,
        "ads": ads,
        "ads_learned_from": law["paid_share"]["ads"],
        "payments_learned_from": law["paid_share"]["payments_learned_from"],
        "paid_share": law["paid_share"]["paid_share"],
        "posting_resolution_s": law["delay"]["posting_resolution_s"],
        "weak": bool(law["delay"]["weak"]),
        "delay_law_s": {f"{q:g}": delay.quantile(q) for q in _QUANTILES},
        "amount_law_paid_over_price": {
            f"{q:g}": float(np.exp(amount.quantile(q))) for q in _QUANTILES
        },
        "quote": law["quote"],
        "tills": site_tills(law["tills"]),
    }
