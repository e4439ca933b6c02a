"""The attribution stage: whose wallet pays for whose ads, with q-values, and both baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import AttributionParams, PaymentsParams
from inktrace.payments.baselines import RuleMatches, chen_rule, kdd_rule, read_rule_world
from inktrace.payments.error_rates import Competitors, chance_of_nothing, null_checks
from inktrace.payments.evidence import Matches, Pairs, read_matches
from inktrace.payments.exhaustion import exhausted_rounds
from inktrace.payments.law_rows import stored_settings
from inktrace.payments.links import ads_matched, link_lr, link_probabilities
from inktrace.payments.shared_payers import shared_payers
from inktrace.payments.stray_ads import stray_probabilities, wallets_of_authors
from inktrace.payments.times import Flags, Floats, Ints, numbers
from inktrace.progress import Progress
from inktrace.schema import TABLES
from inktrace.stage import StageResult

_STEPS: Final = 4
_SHOWN_LEVEL: Final = 0.05


def attribute_wallets(
    relations: Relations, params: AttributionParams, progress: Progress
) -> StageResult:
    """Name the wallets that pay for each author's ads, and how often such a name is wrong.

    Returns `attributions` and `attribution_links` of three methods: ours (with q-values), the
    KDD 2017 rule and the Chen 2021 rule; and `shared_payers`, what ours says of the authors.
    Services compete among themselves: they are places to send a legal request, not suspects.
    """
    progress("weighing wallets", 0, _STEPS)
    matches = read_matches(relations)
    payments = stored_settings(relations)
    wallets = _private_payers(relations, params)
    progress("weighing wallets", 1, _STEPS)
    held, pairs = exhausted_rounds(matches, params.exhaustion_rounds)
    author_ads = ads_of_authors(relations, matches.author_ids)
    errors, checks = _competition(pairs, author_ads, payments.decoy_rounds, wallets, params)
    progress("weighing wallets", 2, _STEPS)
    ours, our_links = _our_tables(held, pairs, errors, params)
    progress("applying published rules", 3, _STEPS)
    rules, rule_links = _rule_tables(relations, params, payments)
    made = {
        "attributions": pa.concat_tables([ours, *rules]),
        "attribution_links": pa.concat_tables([our_links, *rule_links]),
    }
    made["shared_payers"] = shared_payers(relations, made["attributions"])
    by_method = {
        method: int(np.sum(np.asarray(made["attributions"]["method"].to_pylist()) == method))
        for method in ("inktrace", "kdd2017", "chen2021")
    }
    return StageResult(
        made,
        {
            "attributions_by_method": by_method,
            "private_payers": wallets,
            "authors_paid_by_one_wallet": made["shared_payers"].num_rows,
            **checks,
        },
    )


def _private_payers(relations: Relations, params: AttributionParams) -> int:
    """Number of wallets, services apart, that fund enough transactions to be named."""
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    active = relations["payers"].group_by("wallet_id").agg(funded=lambda t: t.count())
    private = active.filter(lambda t: t.funded >= params.least_transactions).anti_join(
        services, "wallet_id"
    )
    return int(relations.collect(private.select("wallet_id")).num_rows)


@dataclass(frozen=True)
class _Errors:
    """How likely each pair is false: over all that score as high, and it alone."""

    q_value: Floats
    probability: Floats


def _competition(
    pairs: Pairs, author_ads: Ints, rounds: int, wallets: int, params: AttributionParams
) -> tuple[_Errors, dict[str, Any]]:
    """Error rates of each pair (1 for decoys and for pairs with too few transactions).

    Private wallets and services are compared with decoys of their own kind only. Where the pairs
    together are not clearly more than decoys, a private wallet's evidence must besides outweigh
    the number of wallets from which it was picked. `author_ads` counts the ads of each author.
    """
    q_value, probability = np.ones(len(pairs)), np.ones(len(pairs))
    enough = _enough(pairs, params)
    strays = np.zeros(len(pairs))
    checks: dict[str, Any] = {}
    for kind, chosen in (("private", ~pairs.is_service), ("service", pairs.is_service)):
        taking_part = chosen & enough
        targets = np.flatnonzero(taking_part & (pairs.round == 0))
        scores = pairs.log10_lr[targets]
        competitors = Competitors(
            pairs.log10_lr[taking_part & pairs.is_decoy],
            rounds,
            wallets if kind == "private" else 0,
            params.most_error_probability,
        )
        author = pairs.author[targets]
        strays[targets] = stray_probabilities(
            pairs.ads[targets],
            author_ads[author],
            wallets_of_authors(author, competitors.by_decoys(scores)),
            params.author_doubt,
        )
        q_value[targets], probability[targets] = competitors.rates(scores, strays[targets])
        shown = taking_part & (pairs.is_decoy | (pairs.round == 0))
        nothing = chance_of_nothing(scores, competitors.decoys, rounds)
        named = targets[q_value[targets] <= _SHOWN_LEVEL]
        checks[kind] = {
            "pairs": len(targets),
            "at_q_0.05": len(named),
            "at_q_0.10": int((q_value[targets] <= 0.10).sum()),
            "mean_stray_probability_at_q_0.05": round(
                float(strays[named].sum()) / max(len(named), 1), 4
            ),
            "p_value_that_all_are_false": float(f"{nothing:.3g}"),
            **null_checks(
                pairs.round[shown],
                pairs.log10_lr[shown],
                q_value[shown],
                rounds,
            ),
        }
    return _Errors(q_value, probability), checks


def ads_of_authors(relations: Relations, author_ids: pa.Array) -> Ints:
    """Number of ads of each author."""
    counts = relations["authors"].group_by("author_id").agg(ads=lambda t: t.count())
    table = relations.collect(counts.order_by("author_id"))
    at = pa.compute.index_in(author_ids, table["author_id"].combine_chunks())
    return numbers(table, "ads")[np.asarray(at.to_numpy(zero_copy_only=False), dtype=np.int64)]


def _enough(pairs: Pairs, params: AttributionParams) -> Flags:
    """Pairs that several transactions and several ads carry; one coincidence names nobody."""
    least = params.least_transactions
    return np.asarray((pairs.transactions >= least) & (pairs.ads >= least))


def _our_tables(
    held: Matches, pairs: Pairs, errors: _Errors, params: AttributionParams
) -> tuple[pa.Table, pa.Table]:
    kept = (pairs.round == 0) & (errors.q_value <= params.keep_q_value) & _enough(pairs, params)
    rows = np.flatnonzero(kept)
    real = held.kept(kept[held.pair])
    chosen = pairs.taken(rows)
    probability = link_probabilities(real, chosen)
    attributions = _table(
        "attributions",
        "inktrace",
        author_id=real.author_ids.take(pa.array(chosen.author)),
        wallet_id=chosen.wallet,
        ads_matched=ads_matched(real, chosen, probability),
        transactions_matched=chosen.transactions,
        log10_lr=chosen.log10_lr,
        q_value=errors.q_value[rows],
        error_probability=errors.probability[rows],
        is_service=chosen.is_service,
    )
    links = _table(
        "attribution_links",
        "inktrace",
        author_id=real.author_ids.take(pa.array(real.author)),
        wallet_id=real.wallet,
        ad_id=real.ad_ids.take(pa.array(real.ad)),
        tx_id=real.tx_id,
        vout=real.vout,
        log10_lr=link_lr(real, chosen),
        posterior_probability=probability,
    )
    return attributions, links


def _table(name: str, method: str, **columns: Any) -> pa.Table:
    schema = TABLES[name].written_schema()
    columns["method"] = pa.array([method] * len(columns["wallet_id"]), pa.string())
    return pa.table([columns[column] for column in schema.names], schema=schema)


def _rule_tables(
    relations: Relations, params: AttributionParams, payments: PaymentsParams
) -> tuple[list[pa.Table], list[pa.Table]]:
    names = relations["authors"].select("author_id").distinct().order_by("author_id")
    author_ids = relations.collect(names)["author_id"].combine_chunks()
    world = read_rule_world(relations, payments, author_ids)
    wallets = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    services = relations.collect(wallets.select("wallet_id").order_by("wallet_id"))
    made = []
    for method, found in (
        ("kdd2017", kdd_rule(world, params)),
        ("chen2021", chen_rule(world, params)),
    ):
        is_service = np.isin(found.wallet, services["wallet_id"].to_numpy())
        made.append(_rule_table(method, found, is_service, author_ids, world.ads.ad_id))
    return [table for table, _ in made], [links for _, links in made]


def _rule_table(
    method: str, found: RuleMatches, is_service: Flags, author_ids: pa.Array, ad_ids: pa.Array
) -> tuple[pa.Table, pa.Table]:
    """A rule's attributions and links; its score is the number of ads matched."""
    order = np.lexsort((found.vout, found.tx_id, found.ad, found.wallet, found.author))
    found, is_service = found.kept(order), is_service[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(found.author) != 0) | (np.diff(found.wallet) != 0)
    first, pair = np.flatnonzero(new), np.cumsum(new) - 1
    ads = _distinct(pair, found.ad, len(first))
    attributions = _table(
        "attributions",
        method,
        author_id=author_ids.take(pa.array(found.author[first])),
        wallet_id=found.wallet[first],
        ads_matched=ads,
        transactions_matched=_distinct(pair, found.tx_id, len(first)),
        log10_lr=ads.astype(np.float64),
        q_value=pa.nulls(len(first), pa.float64()),
        error_probability=pa.nulls(len(first), pa.float64()),
        is_service=is_service[first],
    )
    links = _table(
        "attribution_links",
        method,
        author_id=author_ids.take(pa.array(found.author)),
        wallet_id=found.wallet,
        ad_id=ad_ids.take(pa.array(found.ad)),
        tx_id=found.tx_id,
        vout=found.vout,
        log10_lr=np.zeros(len(order)),
        posterior_probability=np.ones(len(order)),
    )
    return attributions, links


def _distinct(group: Ints, item: Ints, groups: int) -> Ints:
    """How many distinct items each group has."""
    if not len(group):
        return np.zeros(groups, dtype=np.int64)
    items = int(item.max()) + 1
    return np.bincount(np.unique(group * items + item) // items, minlength=groups).astype(np.int64)
