"""The credit stage: packs of credit bought before a run of ads, and refunds of payments."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import CreditParams
from inktrace.payments.asking_prices import AskingPrices
from inktrace.payments.candidates import Candidates
from inktrace.payments.credit_runs import (
    CreditAds,
    Order,
    Pack,
    PackOutputs,
    Runs,
    ads_in_order,
    author_numbers,
    credit_ads,
    near_outputs,
    packs_sold,
    run_ends,
    runs_after,
)
from inktrace.payments.credit_scores import (
    KINDS,
    CreditMatches,
    Judged,
    NamedWallets,
    exchanged_transactions,
    judged_purchases,
)
from inktrace.payments.decoys import moved_times
from inktrace.payments.laws import Laws, delay_edges
from inktrace.payments.price_rules import read_rules
from inktrace.payments.rebuilt import Rebuilt, rebuilt
from inktrace.payments.refunds import refunds
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints, numbers
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult
from inktrace.units import minor_digits

_PER_CHUNK: Final = 200_000
_OWN_PAYMENT: Final = 0.5
# As for the authors that share a payer: a name surer than this counts as one.
_NAMED_ERROR: Final = 0.05


@dataclass(frozen=True)
class _Payers:
    """Who made each of some outputs, and what else: one row per output, −1 where not told."""

    wallet: Ints
    transactions: Ints
    outputs_in_tx: Ints


@dataclass(frozen=True)
class _Found:
    """Runs of all rounds, and the ads they consist of; `order` is that of the real round."""

    runs: Runs
    round: Ints
    ads: CreditAds
    order: Order
    packs: list[Pack]


def credit_and_refunds(
    relations: Relations, params: CreditParams, progress: Progress
) -> StageResult:
    """Find packs of credit that were bought before an author's runs of ads, and refunds.

    Returns `credit_purchases` and `refunds`. Packs are those that price rules name; a site without
    a rule that names any has none. Attributions are not changed by either.
    """
    paid_back = refunds(relations, params)
    nothing = TABLES["credit_purchases"].written_schema().empty_table()
    rules = relations["price_rules"]
    if not relations.collect(rules.filter(rules.kind == "credit").limit(1)).num_rows:
        return StageResult({"credit_purchases": nothing, "refunds": paid_back})
    progress("reading credit", 0, None)
    known = rebuilt(relations)
    names, author = author_numbers(known.setting.ads.ad_id, _authors(relations))
    ads = credit_ads(known.setting, _unpaid(relations, known.setting), author)
    packs = packs_sold(ads, known.setting, read_rules(relations), params)
    near = _near(packs, known.setting)
    payers = _private_payers(relations, known.setting, near)
    scale = np.where(payers.wallet >= 0, len(known.setting.outputs) / payers.outputs_in_tx, 0.0)
    scale[_own_payments(relations, known.setting)] = 0.0
    weighed = [
        _weighed(known, pack, rows[scale[rows] > 0], ads)
        for pack, rows in zip(packs, near, strict=True)
    ]
    found = _all_rounds(known.setting, ads, weighed, scale, params, progress)
    named = _named_wallets(relations, names)
    matches = _matches(known.setting, found, payers, scale, names, named)
    rounds, wallets = known.setting.params.decoy_rounds, _wallets(relations, params)
    exchanged = exchanged_transactions(
        matches, ads.author, named, _private_transactions(relations), rounds
    )
    judged, checks = judged_purchases(matches, exchanged, rounds, wallets, params.least_purchases)
    table = _table(known.setting, found, payers, scale, names, judged, params)
    notes = {
        "packs_sold": len(packs),
        "ads_that_credit_may_have_paid": len(ads),
        "runs_by_round": np.bincount(found.round, minlength=rounds + 1).tolist(),
        **checks,
    }
    return StageResult({"credit_purchases": table, "refunds": paid_back}, notes)


def _authors(relations: Relations) -> pa.Table:
    return relations.collect(relations["authors"].select("ad_id", "author_id").order_by("ad_id"))


def _unpaid(relations: Relations, setting: Setting) -> Floats:
    """Per ad, the probability that none of its listed candidates paid it."""
    candidates = relations["payment_candidates"]
    real = candidates.filter(candidates["round"] == 0).group_by("ad_id")
    rows = relations.collect(
        real.agg(paid=lambda t: t.posterior_probability.sum().round(9)).order_by("ad_id")
    )
    at = pa.compute.index_in(rows["ad_id"].combine_chunks(), setting.ads.ad_id)
    unpaid = np.ones(len(setting.ads))
    unpaid[at.to_numpy(zero_copy_only=False)] -= rows["paid"].to_numpy()
    return np.clip(unpaid, 0.0, 1.0)


def _own_payments(relations: Relations, setting: Setting) -> Ints:
    """Outputs that likelier than not paid for ads themselves: those bought no credit."""
    candidates, links = relations["payment_candidates"], relations["attribution_links"]
    likely = (
        candidates.filter(candidates["round"] == 0)
        .group_by("tx_id", "vout")
        .agg(paid=lambda t: (t.posterior_probability / t.ads_bought).sum())
    )
    chosen = likely.filter(likely.paid > _OWN_PAYMENT).select("tx_id", "vout")
    linked = links.filter(
        (links.method == "inktrace") & (links.posterior_probability > _OWN_PAYMENT)
    ).select("tx_id", "vout")
    rows = relations.collect(chosen.union(linked, distinct=True).order_by("tx_id", "vout"))
    most = np.int64(int(setting.outputs.vout.max(initial=0)) + 1)
    stored = setting.outputs.tx_id * most + setting.outputs.vout
    return np.searchsorted(stored, numbers(rows, "tx_id") * most + numbers(rows, "vout"))


def _near(packs: list[Pack], setting: Setting) -> list[Ints]:
    by_value = {c: np.argsort(setting.log_values[c]) for c in {pack.currency for pack in packs}}
    return [near_outputs(pack, setting, by_value[pack.currency]) for pack in packs]


def _private_payers(relations: Relations, setting: Setting, near: list[Ints]) -> _Payers:
    """Payers of the outputs near a pack; services and what has no known payer are not told.

    A service pays for many, so that its other payments say nothing of who asked for this one.
    """
    count = len(setting.outputs)
    wallet = np.full(count, -1, dtype=np.int64)
    transactions, outputs_in_tx = np.ones((2, count), dtype=np.int64)
    rows = np.unique(np.concatenate(near)) if near else np.empty(0, dtype=np.int64)
    if not len(rows):
        return _Payers(wallet, transactions, outputs_in_tx)
    wanted = ibis.memtable(pa.table({"tx_id": np.unique(setting.outputs.tx_id[rows])}))
    payers = relations["payers"].select("tx_id", "wallet_id")
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    activity = payers.group_by("wallet_id").agg(transactions=lambda t: t.count())
    outputs = relations["outputs"].filter(lambda t: t.value_sat > 0).semi_join(wanted, "tx_id")
    joined = (
        payers.semi_join(wanted, "tx_id")
        .anti_join(services, "wallet_id")
        .inner_join(activity, "wallet_id")
        .inner_join(outputs.group_by("tx_id").agg(outputs=lambda t: t.count()), "tx_id")
        .select("tx_id", "wallet_id", "transactions", "outputs")
    )
    told = relations.collect(joined.order_by("tx_id", "wallet_id"))
    tx_id = numbers(told, "tx_id")
    at = np.searchsorted(tx_id, setting.outputs.tx_id[rows])
    is_told = at < len(tx_id)
    is_told[is_told] = tx_id[at[is_told]] == setting.outputs.tx_id[rows[is_told]]
    rows, at = rows[is_told], at[is_told]
    wallet[rows] = numbers(told, "wallet_id")[at]
    transactions[rows] = numbers(told, "transactions")[at]
    outputs_in_tx[rows] = numbers(told, "outputs")[at]
    return _Payers(wallet, transactions, outputs_in_tx)


def _weighed(known: Rebuilt, pack: Pack, output: Ints, ads: CreditAds) -> PackOutputs:
    """Likelihood ratios of outputs as the pack's payment, but for the delay, by fold of the ad."""
    setting = known.setting
    of_site = ads.ad[pack.starts]
    strength = np.zeros((2, len(output)))
    for fold in (0, 1):
        mine = of_site[setting.ads.fold[of_site] == fold]
        if len(mine):
            strength[fold] = _strength(known, pack, output, int(mine[0]))
    return PackOutputs(pack, output, strength)


def _strength(known: Rebuilt, pack: Pack, output: Ints, ad: int) -> Floats:
    """Amount, rounding and till against background, as the ad's own payments are weighed."""
    setting, price = known.setting, np.log(pack.price)
    asking = AskingPrices(
        np.array([ad]),
        np.array([price]),
        np.array([pack.currency]),
        np.array([pack.weight]),
        np.ones(1, dtype=np.int64),
    )
    priced = _with_asking(setting, asking)
    laws = _even_delays(known.laws)
    made = np.empty(len(output))
    for first in range(0, len(output), _PER_CHUNK):
        rows = output[first : first + _PER_CHUNK]
        at_once = np.zeros(len(rows))
        found = Candidates(
            np.zeros(len(rows), dtype=np.int64),
            rows,
            at_once,
            at_once,
            setting.log_values[pack.currency][rows] - price,
        )
        made[first : first + _PER_CHUNK] = laws.ratio(priced.evidence(found, known.group))
    return made


def _with_asking(setting: Setting, asking: AskingPrices) -> Setting:
    return dataclasses.replace(setting, asking=asking)


def _even_delays(laws: Laws) -> Laws:
    """The laws, with a delay law of density one per second about nought."""
    edges = delay_edges(1.0, 1.0)
    even = np.tile(np.diff(edges), (len(laws.share), 1))
    return dataclasses.replace(laws, delay_edges_s=edges, delay=even)


def _all_rounds(
    setting: Setting,
    ads: CreditAds,
    weighed: list[PackOutputs],
    scale: Floats,
    params: CreditParams,
    progress: Progress,
) -> _Found:
    rounds = setting.params.decoy_rounds + 1
    made, orders = [], []
    for number in range(rounds):
        progress("looking for credit", number, rounds)
        posted_us, moved = setting.ads.posted_us, np.ones(len(setting.ads), dtype=bool)
        if number:
            site = setting.ads.site
            windows = setting.before_s[site], setting.after_s[site]
            posted_us, moved = moved_times(posted_us, *windows, setting.coverage, number)
        orders.append(ads_in_order(ads, posted_us, moved))
        made.append(runs_after(weighed, ads, orders[-1], scale, setting, params))
    columns = [
        np.concatenate([getattr(runs, name) for runs in made])
        for name in ("output", "first", "start", "end", "pack", "delay_s", "ratio")
    ]
    count = [len(runs.output) for runs in made]
    packs = [one.pack for one in weighed]
    return _Found(Runs(*columns), np.repeat(np.arange(rounds), count), ads, orders[0], packs)


def _matches(
    setting: Setting,
    found: _Found,
    payers: _Payers,
    scale: Floats,
    names: pa.Array,
    named: NamedWallets,
) -> CreditMatches:
    """The runs as evidence of (author at a site, wallet)."""
    runs, ads, outputs = found.runs, found.ads, setting.outputs
    unit, wallet = ads.unit[runs.first], payers.wallet[runs.output]
    author = ads.author[unit]
    columns = {
        "round": found.round,
        "is_decoy": found.round > 0,
        "author": unit,
        "wallet": wallet,
        "ad": ads.ad[runs.first],
        "tx_id": outputs.tx_id[runs.output],
        "vout": outputs.vout[runs.output],
        "ads_bought": np.ones(len(unit), dtype=np.int64),
        "factor": runs.ratio * scale[runs.output] / ads.unit_ads[unit],
        "wallet_transactions": payers.transactions[runs.output],
        "is_service": np.zeros(len(unit), dtype=bool),
    }
    made = CreditMatches(
        **columns,
        author_ids=names,
        ad_ids=setting.ads.ad_id,
        start=runs.start,
        end=runs.end,
        unit_ads=ads.unit_ads[unit],
        row=np.arange(len(unit)),
        named=_is_named(named, author, wallet),
    )
    keys = ("row", "vout", "ad", "tx_id", "wallet", "author", "is_decoy", "round")
    made = made.kept(np.lexsort([getattr(made, key) for key in keys]))
    return _best_of_outputs(made)


def _best_of_outputs(matches: CreditMatches) -> CreditMatches:
    """A unit and output with several packs of one value keep the likeliest."""
    keys = (matches.round, matches.author, matches.tx_id, matches.vout)
    order = np.lexsort((np.arange(len(matches)), -matches.factor, *keys[::-1]))
    new = np.ones(len(matches), dtype=bool)
    new[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    return matches.kept(np.sort(order[new]))


def _named_wallets(relations: Relations, names: pa.Array) -> NamedWallets:
    """The wallets that are named for authors by ads that they paid one by one."""
    table, payers = relations["attributions"], relations["payers"]
    sure = (table.method == "inktrace") & ~table.is_service
    named = table.filter(sure & (table.error_probability <= _NAMED_ERROR))
    active = payers.semi_join(named, "wallet_id").group_by("wallet_id").agg(made=lambda t: t.count())
    rows = relations.collect(
        named.select("author_id", "wallet_id")
        .inner_join(active, "wallet_id")
        .select("author_id", "wallet_id", "made")
        .order_by("author_id", "wallet_id")
    )
    author = pa.compute.index_in(rows["author_id"].combine_chunks(), names)
    return NamedWallets(
        np.asarray(author.to_numpy(zero_copy_only=False), dtype=np.int64),
        numbers(rows, "wallet_id"),
        numbers(rows, "made"),
    )


def _is_named(named: NamedWallets, author: Ints, wallet: Ints) -> Flags:
    """Whether each wallet is named for the author."""
    most = np.int64(max(int(wallet.max(initial=0)), int(named.wallet.max(initial=0))) + 1)
    return np.isin(author * most + wallet, named.author * most + named.wallet)


def _private_transactions(relations: Relations) -> Ints:
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    private = relations["payers"].anti_join(services, "wallet_id").select("tx_id")
    return numbers(relations.collect(private.order_by("tx_id")), "tx_id")


def _wallets(relations: Relations, params: CreditParams) -> int:
    """Number of private wallets that made enough transactions to buy credit as often as asked."""
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    active = relations["payers"].group_by("wallet_id").agg(made=lambda t: t.count())
    private = active.filter(active.made >= params.least_purchases).anti_join(services, "wallet_id")
    return int(relations.collect(private.aggregate(n=private.count()))["n"][0].as_py())


def _table(
    setting: Setting,
    found: _Found,
    payers: _Payers,
    scale: Floats,
    names: pa.Array,
    judged: Judged,
    params: CreditParams,
) -> pa.Table:
    """The purchases that are kept, in order of author, site and output."""
    kept = np.flatnonzero(judged.q_value <= params.keep_q_value)
    kept = kept[np.lexsort((judged.row[kept], found.runs.output[judged.row[kept]]))]
    row = judged.row[kept]
    runs, ads, outputs = found.runs, found.ads, setting.outputs
    output, unit = runs.output[row], ads.unit[runs.first[row]]
    start, end = _covered(found, row, unit)
    order, pack = found.order, runs.pack[row]
    weight = np.array([one.weight for one in found.packs] or [1.0])[pack]
    names_of = [setting.ads.currencies[one.currency] for one in found.packs]
    minor = [
        round(one.price * 10 ** minor_digits(name))
        for one, name in zip(found.packs, names_of, strict=True)
    ]
    first_ad, last_ad = ads.ad[order.row[start]], ads.ad[order.row[np.maximum(end, start + 1) - 1]]
    columns: dict[str, Any] = {
        "author_id": names.take(pa.array(ads.author[unit])),
        "site": pa.array(setting.ads.sites, pa.string()).take(pa.array(ads.site[unit])),
        "tx_id": outputs.tx_id[output],
        "vout": outputs.vout[output],
        "value_sat": outputs.value_sat[output],
        "paid_us": outputs.middle_us[output],
        "wallet_id": payers.wallet[output],
        "currency": pa.array(names_of, pa.string()).take(pa.array(pack)),
        "pack_minor": pa.array(minor, pa.int64()).take(pa.array(pack)),
        "ads_covered": end - start,
        "first_ad_id": setting.ads.ad_id.take(pa.array(first_ad)),
        "last_ad_id": setting.ads.ad_id.take(pa.array(last_ad)),
        "delay_s": runs.delay_s[row],
        "support": pa.array(KINDS).take(pa.array(judged.kind[kept])),
        "log10_lr": np.log10(runs.ratio[row] / weight / ads.unit_ads[unit]),
        "score": judged.score[kept],
        "q_value": judged.q_value[kept],
        "error_probability": judged.probability[kept],
    }
    schema = TABLES["credit_purchases"].written_schema()
    table = pa.table([columns[name] for name in schema.names], schema=schema)
    keys = [(name, "ascending") for name in ("author_id", "site", "tx_id", "vout")]
    return table.sort_by(keys)


def _covered(found: _Found, row: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """First position and that after the last of each purchase's ads, no ad counted twice.

    Purchases of one unit are taken in order of time; each pays from where the one before ended.
    """
    start, end = found.runs.start[row].copy(), found.runs.end[row].copy()
    reached: dict[int, int] = {}
    # A loop over what is told to a person, not over what is looked at.
    for at in np.argsort(start, kind="stable").tolist():
        mine = int(unit[at])
        if reached.get(mine, -1) > start[at]:
            start[at] = min(reached[mine], int(found.order.end[start[at]]) - 1)
            money = found.packs[int(found.runs.pack[row[at]])].price
            end[at] = run_ends(found.order, start[at : at + 1], money)[0]
        reached[mine] = max(int(end[at]), reached.get(mine, -1))
    return start, np.maximum(end, start)
