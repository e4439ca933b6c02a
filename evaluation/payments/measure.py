"""What the payment stages find in a planted world, against its truth, beside both baselines."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Final

import numpy as np
from evaluation.payments.planted import Planted

from inktrace.engine import Engine
from inktrace.params import AttributionParams, CreditParams, PaymentsParams
from inktrace.payments.attribution import attribute_wallets
from inktrace.payments.credit import credit_and_refunds
from inktrace.payments.scoring import score_payments
from inktrace.progress import silent

LEVELS: Final = (0.01, 0.05, 0.10)
BANDS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_MAJORITY: Final = """
    SELECT author_id, author FROM (
        SELECT a.author_id, t.author, row_number() OVER (
            PARTITION BY a.author_id ORDER BY count(*) DESC, t.author) AS place
        FROM authors a JOIN true_author t USING (ad_id) GROUP BY a.author_id, t.author
    ) WHERE place = 1
"""


def measured(
    world: Planted,
    payments: PaymentsParams | None = None,
    attribution: AttributionParams | None = None,
    least_paid_ads: int = 3,
) -> dict[str, Any]:
    """Run the stages on a world and compare.

    Recall counts (author, wallet) with `least_paid_ads` paid ads or more; the false-discovery
    proportion counts every name that is given.
    """
    payments = payments or PaymentsParams()
    if attribution is None:
        # Where the world's authors are given without a mistake, nothing need be doubted of them.
        mixed = world.params.merged_author_share > 0
        attribution = dataclasses.replace(AttributionParams(), author_doubt=float(mixed))
    with Engine.in_memory(world.tables) as engine:
        started = time.process_time()
        made = score_payments(engine.relations(), payments, silent)
        payment_s = time.process_time() - started
        for name in made.tables:
            engine.append(name, made.tables[name])
        started = time.process_time()
        named = attribute_wallets(engine.relations(), attribution, silent)
        attribution_s = time.process_time() - started
        for name in ("attributions", "attribution_links"):
            engine.append(name, named.tables[name])
        bought = credit_and_refunds(engine.relations(), CreditParams(), silent)
        engine.append("credit_purchases", bought.tables["credit_purchases"])
        with (
            engine.view("true_author", world.author_of),
            engine.view("true_payers", world.true_payers),
            engine.view("true_links", world.true_links),
            engine.view("true_credit", world.true_credit),
        ):
            return {
                "levels": {str(q): _named(engine, "inktrace", q, least_paid_ads) for q in LEVELS},
                "kdd2017": _named(engine, "kdd2017", 1.0, least_paid_ads),
                "chen2021": _named(engine, "chen2021", 1.0, least_paid_ads),
                "credit": {str(q): _credit(engine, q) for q in LEVELS},
                "posterior": _reliability(engine),
                "candidates": made.notes["candidates_by_round"][0],
                "seconds": [round(payment_s, 1), round(attribution_s, 1)],
            }


def _named(engine: Engine, method: str, q: float, least: int) -> dict[str, Any]:
    named, right = engine.rows(
        f"""
        SELECT count(*), count(p.author)
        FROM attributions r JOIN ({_MAJORITY}) a USING (author_id)
        LEFT JOIN true_payers p ON p.author = a.author AND p.wallet_id = r.wallet_id
        WHERE r.method = ? AND NOT r.is_service AND coalesce(r.q_value, 0) <= ?
        """,
        [method, q],
    )[0]
    sought, found = engine.rows(
        f"""
        SELECT count(*), count(n.author) FROM true_payers p LEFT JOIN (
            SELECT DISTINCT a.author, r.wallet_id
            FROM attributions r JOIN ({_MAJORITY}) a USING (author_id)
            WHERE r.method = ? AND NOT r.is_service AND coalesce(r.q_value, 0) <= ?
        ) n ON n.author = p.author AND n.wallet_id = p.wallet_id
        WHERE p.paid_ads >= {int(least)}
        """,
        [method, q],
    )[0]
    return {
        "named": named,
        "false": named - right,
        "fdp": (named - right) / named if named else 0.0,
        "sought": sought,
        "recall": found / sought if sought else 0.0,
    }


def _credit(engine: Engine, q: float) -> dict[str, Any]:
    """Purchases of credit that are told, against those made by wallets that are no services.

    One is false where the output bought no credit, or bought it for another author. `told_ads`
    counts the ads that right ones are said to have paid, `true_ads` those that they did pay.
    """
    told, right, told_ads, true_ads = engine.rows(
        f"""
        SELECT count(*), count(t.author), coalesce(sum(r.ads_covered) FILTER (t.author >= 0), 0),
               coalesce(sum(t.ads), 0)
        FROM credit_purchases r JOIN ({_MAJORITY}) a USING (author_id)
        LEFT JOIN true_credit t
            ON t.tx_id = r.tx_id AND t.vout = r.vout AND t.author = a.author
        WHERE r.q_value <= ?
        """,
        [q],
    )[0]
    made, named = engine.rows(
        f"""
        SELECT count(*), count(n.author) FROM true_credit t LEFT JOIN (
            SELECT DISTINCT a.author, r.wallet_id
            FROM attributions r JOIN ({_MAJORITY}) a USING (author_id)
            WHERE r.method = 'inktrace' AND r.error_probability <= 0.05
        ) n ON n.author = t.author AND n.wallet_id = t.wallet_id
        WHERE NOT t.is_service
        """
    )[0]
    return {
        "told": told,
        "false": told - right,
        "fdp": (told - right) / told if told else 0.0,
        "made": made,
        "made_by_named": named,
        "recall": right / made if made else 0.0,
        "told_ads": int(told_ads),
        "true_ads": int(true_ads),
    }


def _reliability(engine: Engine) -> list[dict[str, Any]]:
    """Candidates of the real round by stated probability: how many, and how many are true."""
    rows = engine.query(
        """
        SELECT c.posterior_probability AS stated, t.ad_id IS NOT NULL AS true
        FROM payment_candidates c LEFT JOIN true_links t USING (ad_id, tx_id, vout)
        WHERE c.round = 0
        """
    )
    stated = rows["stated"].to_numpy()
    true = np.asarray(rows["true"].combine_chunks().to_numpy(zero_copy_only=False), dtype=float)
    band = np.clip(np.searchsorted(BANDS, stated, "right") - 1, 0, len(BANDS) - 2)
    made = []
    for number in range(len(BANDS) - 1):
        inside = band == number
        if inside.any():
            made.append(
                {
                    "from": BANDS[number],
                    "links": int(inside.sum()),
                    "stated": float(stated[inside].mean()),
                    "true": float(true[inside].mean()),
                }
            )
    return made


def told(name: str, figures: dict[str, Any]) -> str:
    """One line of the figures that matter most."""
    levels = " ".join(
        f"q{q}: {row['named']}n {row['false']}f rec {100 * row['recall']:.1f}"
        for q, row in figures["levels"].items()
    )
    rules = " ".join(
        f"{rule} {100 * figures[rule]['fdp']:.0f}%f {100 * figures[rule]['recall']:.0f}%r"
        for rule in ("kdd2017", "chen2021")
    )
    bands = " ".join(
        f"{100 * row['stated']:.0f}/{100 * row['true']:.0f}({row['links']})"
        for row in figures["posterior"]
    )
    sought = figures["levels"]["0.05"]["sought"]
    return f"{name}: {levels} of {sought} | {rules} | {bands} | {figures['seconds']}"
