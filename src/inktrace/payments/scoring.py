"""The payments stage: candidates, laws, decoy rounds and posteriors, put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import ranks_within
from inktrace.payments.candidates import Candidates, chunks, joined_candidates
from inktrace.payments.decoys import moved_times
from inktrace.payments.half_laws import half_law_table
from inktrace.payments.law_learning import learned_laws, mixed_laws, wide_laws
from inktrace.payments.laws import Laws, repeated
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.report import law_table, payment_notes
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.tills import Received, known_tills, measured_tills
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult

_PER_CHUNK: Final = 4000
_SCALE_ROUNDS: Final = 4
_SCALE_PSEUDO: Final = 50.0


@dataclass(frozen=True)
class Scored:
    """Candidates of one round: one row per (ad, output), with score and posterior."""

    candidates: Candidates
    ad: Ints
    ads_bought: Ints
    ratio: Floats
    posterior: Floats
    elsewhere: Floats  # per ad: sum of likelihood ratios, listed or not, of what pays no till


def score_payments(relations: Relations, params: PaymentsParams, progress: Progress) -> StageResult:
    """Score every output that time and amount allow as the payment of an ad, and decoys alike.

    Returns `payment_laws` and `payment_candidates`. Laws are learned from the real ads only, and
    each ad is scored with laws learned from the other half of its site's ads, so that what was
    over-fitted cannot favour the real round over the decoys.
    """
    progress("reading payments", 0, params.decoy_rounds + 3)
    setting, counts = read_setting(relations, params)
    progress("learning payment laws", 1, params.decoy_rounds + 3)
    setting = _with_tills(setting, _fitted(setting)[1])
    setting = _scaled(setting, _fitted(setting)[1])
    shown, crossed = _fitted(setting)
    tables, rounds = [], []
    for number in range(params.decoy_rounds + 1):
        progress("scoring payments", number + 2, params.decoy_rounds + 3)
        scored = _scored(setting, crossed, *_standing(setting, number))
        tables.append(_round_table(setting, scored, number))
        rounds.append(len(scored.ad))
    notes = {**counts, **payment_notes(setting, shown, rounds)}
    made = {
        "payment_laws": pa.concat_tables(
            [law_table(setting, shown), half_law_table(setting, crossed)]
        ),
        "payment_candidates": pa.concat_tables(tables),
    }
    return StageResult(made, notes)


def _standing(setting: Setting, number: int) -> tuple[Ints, Flags]:
    """Where each ad stands in a round, and whether it takes part."""
    ads = setting.ads
    if number == 0:
        return ads.posted_us, np.ones(len(ads), dtype=bool)
    before_s, after_s = setting.before_s[ads.site], setting.after_s[ads.site]
    return moved_times(ads.posted_us, before_s, after_s, setting.coverage, number)


def _candidates(setting: Setting, hypotheses: Ints, posted_us: Ints) -> Candidates:
    asking, site = setting.asking, setting.ads.site
    parts = []
    for currency, index in enumerate(setting.indexes):
        rows = hypotheses[asking.currency[hypotheses] == currency]
        ad = asking.ad[rows]
        parts.append(
            index.within(
                rows,
                asking.log_price[rows],
                posted_us[ad],
                setting.before_s[site[ad]],
                setting.after_s[site[ad]],
            )
        )
    return joined_candidates(parts)


def _with_tills(setting: Setting, laws: Laws) -> Setting:
    """The setting with the tills that real ads point to and moved ones do not."""
    rounds = [_received(setting, scored) for scored, _ in _sampled_rounds(setting, laws, True)]
    codes = known_tills(rounds[0], rounds[1:], len(setting.marks.wallets))
    tills = measured_tills(codes, setting.outputs, setting.log_values, setting.marks)
    return dataclasses.replace(setting, tills=tills)


def _scaled(setting: Setting, laws: Laws) -> Setting:
    """The setting with its background corrected by what moved ads meet, per site.

    Where an ad has no payment, its likelihood ratios of outputs that pay no till sum on average
    to the share of payments that do not. What moved ads show instead (ads cluster at the hours
    and prices at which others pay) corrects the background. Tills are left as measured: what a
    moved ad meets there are mostly payments for other ads, and one payment has one ad.
    """
    site, sites = setting.ads.site, len(setting.ads.sites)
    elsewhere = laws.till[setting.ads.fold * sites + site, -1]
    met, count = np.zeros(sites), np.zeros(sites)
    for scored, taking_part in _sampled_rounds(setting, laws, False):
        met += np.bincount(site, weights=scored.elsewhere * taking_part, minlength=sites)
        count += np.bincount(site, weights=elsewhere * taking_part, minlength=sites)
    scale = setting.scale * (met + _SCALE_PSEUDO) / (count + _SCALE_PSEUDO)
    return dataclasses.replace(setting, scale=scale)


def _sampled_rounds(
    setting: Setting, laws: Laws, with_real: bool
) -> Iterator[tuple[Scored, Flags]]:
    """A few rounds of the ads that teach, moved (the first not, where wanted)."""
    sample = _law_sample(setting)
    last = min(_SCALE_ROUNDS, setting.params.decoy_rounds)
    for number in range(0 if with_real else 1, last + 1):
        posted_us, moved = _standing(setting, number)
        taking_part = np.zeros(len(setting.ads), dtype=bool)
        taking_part[sample] = moved[sample]
        yield _scored(setting, laws, posted_us, taking_part), taking_part


def _received(setting: Setting, scored: Scored) -> Received:
    """Who would receive the likely payments of one round, by half of a site."""
    recipient = setting.marks.recipient[scored.candidates.output]
    rows = np.flatnonzero(recipient >= 0)
    group = setting.ads.fold * len(setting.ads.sites) + setting.ads.site
    return Received(group[scored.ad[rows]], recipient[rows], scored.posterior[rows])


def _fitted(setting: Setting) -> tuple[Laws, Laws]:
    """The law of each site from all its ads, and (fold · sites + site) from its other half.

    First all sites that tell time equally finely are learned as one, then each site is drawn
    towards that.
    """
    ads, sites = setting.ads, len(setting.ads.sites)
    sample = _law_sample(setting)
    hypotheses = np.flatnonzero(np.isin(setting.asking.ad, sample))
    found = joined_candidates(
        [
            _candidates(setting, hypotheses[first : first + _PER_CHUNK], ads.posted_us)
            for first in range(0, max(len(hypotheses), 1), _PER_CHUNK)
        ]
    )
    evidence = setting.evidence(found, np.zeros(len(ads), dtype=np.int64))
    dense = np.zeros(len(ads), dtype=np.int64)
    dense[sample] = np.arange(len(sample))
    evidence = dataclasses.replace(evidence, ad=dense[evidence.ad])
    _, kind = np.unique(ads.resolution_s, return_inverse=True)
    _, example = np.unique(kind, return_index=True)
    wide = wide_laws(
        setting.params,
        setting.before_s[example],
        setting.after_s[example],
        setting.common(),
        setting.ages,
    )
    pseudo, common = setting.params.law_pseudo_payments, setting.common()

    def learned(group_of_ad: Ints, prior: Laws) -> Laws:
        of_sample = group_of_ad[sample]
        grouped = dataclasses.replace(evidence, group=of_sample[evidence.ad], group_of_ad=of_sample)
        return learned_laws(grouped, prior, common, pseudo)

    pooled = learned(kind[ads.site], wide)
    # How amounts are rounded and who is paid is each site's own; the others tell nothing of it.
    # Nor need its delays be like theirs.
    by_site = mixed_laws(repeated(wide, kind), repeated(pooled, kind))
    shown = learned(ads.site, by_site)
    crossed = learned(
        (1 - ads.fold) * sites + ads.site, repeated(by_site, np.tile(np.arange(sites), 2))
    )
    return shown, crossed


def _law_sample(setting: Setting) -> Ints:
    """Ads that may teach: with an asking price, inside the covered time, not too many a site."""
    ads = setting.ads
    before_us = (setting.before_s[ads.site] * 1e6).astype(np.int64)
    usable = np.zeros(len(ads), dtype=bool)
    usable[setting.asking.ad] = True
    if len(setting.coverage.begins_us):
        usable &= setting.coverage.inside(ads.posted_us, before_us)
    rows = np.flatnonzero(usable)
    # Spread evenly over the ad_ids of the site: the same ads, whatever the order of the rows.
    size = np.bincount(ads.site[rows], minlength=len(ads.sites))[ads.site[rows]]
    rank = ranks_within(ads.site[rows])
    most = setting.params.law_ads
    chosen = (size <= most) | (rank * most // size != (rank + 1) * most // size)
    return np.asarray(rows[chosen], dtype=np.int64)


def _scored(setting: Setting, laws: Laws, posted_us: Ints, moved: Flags) -> Scored:
    """Score one round; `posted_us` is where its ads stand, `moved` which of them take part."""
    ads = setting.ads
    group = ads.fold * len(ads.sites) + ads.site
    rest, elsewhere = np.zeros(len(ads)), np.zeros(len(ads))
    kept: list[tuple[Candidates, Floats]] = []
    for hypotheses in chunks(setting.asking, _PER_CHUNK):
        taking_part = hypotheses[moved[setting.asking.ad[hypotheses]]]
        found = _candidates(setting, taking_part, posted_us)
        evidence = setting.evidence(found, group)
        ratio = laws.ratio(evidence)
        no_till = evidence.till == len(setting.tills)
        elsewhere += np.bincount(evidence.ad, weights=ratio * no_till, minlength=len(ads))
        strong = ratio >= 10.0**setting.params.least_log10_lr
        rest += np.bincount(evidence.ad, weights=ratio * ~strong, minlength=len(ads))
        rows = np.flatnonzero(strong)
        kept.append((found.taken(rows), ratio[rows]))
    found = (
        joined_candidates([part for part, _ in kept])
        if kept
        else _candidates(setting, np.empty(0, np.int64), posted_us)
    )
    ratio = np.concatenate([values for _, values in kept]) if kept else np.empty(0)
    return _judged(setting, found, ratio, laws.share[group], rest, elsewhere)


def _judged(
    setting: Setting,
    found: Candidates,
    ratio: Floats,
    share: Floats,
    rest: Floats,
    elsewhere: Floats,
) -> Scored:
    """One row per (ad, output), the hypotheses about it summed; then the posteriors."""
    ad = setting.asking.ad[found.hypothesis]
    # Within an (ad, output) the likeliest hypothesis comes first and lends its ratio of amounts.
    order = np.lexsort((found.hypothesis, -ratio, found.output, ad))
    pair = ad[order] * np.int64(max(len(setting.outputs), 1)) + found.output[order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    summed = np.add.reduceat(ratio[order], first) if len(first) else np.empty(0)
    best = order[first]
    kept, ad = found.taken(best), ad[best]
    _, outpoint = np.unique(kept.output, return_inverse=True)
    bought = setting.asking.ads_bought[kept.hypothesis]
    posterior = posterior_probabilities(ad, outpoint.astype(np.int64), bought, summed, share, rest)
    return Scored(kept, ad, bought, summed, posterior, elsewhere)


def _round_table(setting: Setting, scored: Scored, number: int) -> pa.Table:
    output, found = scored.candidates.output, scored.candidates
    outputs = setting.outputs
    schema = without_run_id("payment_candidates")
    columns = {
        "round": np.full(len(output), number, dtype=np.int64),
        "ad_id": setting.ads.ad_id.take(pa.array(scored.ad)),
        "tx_id": outputs.tx_id[output],
        "vout": outputs.vout[output],
        "value_sat": outputs.value_sat[output],
        "delay_s": (found.least_delay_s + found.most_delay_s) / 2,
        "amount_log_ratio": found.log_ratio,
        "ads_bought": scored.ads_bought,
        "log10_lr": np.log10(scored.ratio),
        "posterior_probability": scored.posterior,
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)


def without_run_id(table: str) -> pa.Schema:
    """The columns that a stage writes of a result table."""
    schema = TABLES[table].arrow_schema()
    return schema.remove(schema.get_field_index("run_id"))
