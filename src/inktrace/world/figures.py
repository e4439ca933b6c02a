"""How good the answers are: results of a workspace against a planted truth.

Nothing here is used by any stage. A named (author, wallet) is right when the wallet's owner
(of most of its addresses) truly paid for ads of the author who wrote most of the cluster's ads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv

from inktrace.engine import Engine
from inktrace.errors import InputError

METHODS: Final = ("inktrace", "kdd2017", "chen2021")
# Fewer paid ads than this leave too little for any method to find, so recall counts from here.
LEAST_PAID_ADS: Final = 3
_LIKELY: Final = 0.5

_TRUE_AUTHORS: Final = """
    SELECT author_id, author FROM (
        SELECT a.author_id, t.author, row_number() OVER (
            PARTITION BY a.author_id ORDER BY count(*) DESC, t.author) AS place
        FROM authors a JOIN truth_ads t USING (ad_id) GROUP BY a.author_id, t.author
    ) WHERE place = 1
"""
_TRUE_OWNERS: Final = """
    SELECT wallet_id, owner, kind FROM (
        SELECT w.wallet_id, t.owner, t.kind, row_number() OVER (
            PARTITION BY w.wallet_id ORDER BY count(*) DESC, t.owner) AS place
        FROM wallets w JOIN scripts s USING (script_id) JOIN truth_wallets t USING (address)
        GROUP BY w.wallet_id, t.owner, t.kind
    ) WHERE place = 1
"""
_REPORTED: Final = """
    SELECT author_id, wallet_id FROM attributions
    WHERE method = ? AND NOT is_service AND coalesce(q_value, 0) <= ?
"""


def figures(engine: Engine, truth: Path, q: float) -> dict[str, Any]:
    """Recall and false-discovery proportion of attributions and links, by method; authors' too.

    `truth` holds ads.csv (ad_id, author, txid, vout, …), wallets.csv (address, owner, kind) and
    pairs.csv (author, owner, paid_ads). Raises InputError where one cannot be read.
    """
    with _truth_views(engine, truth):
        return {
            "q": q,
            "attributions": {method: _attributions(engine, method, q) for method in METHODS},
            "links": {method: _links(engine, method, q) for method in METHODS},
            "authors": _authors(engine),
        }


def named_pairs(engine: Engine, truth: Path, q: float) -> list[dict[str, Any]]:
    """Our names up to a q-value: ads matched, ads of the author group, and whether it is right.

    `truth` as in `figures`. Raises InputError where it cannot be read.
    """
    with _truth_views(engine, truth):
        rows = engine.query(
            f"""
            SELECT n.author_id, n.wallet_id, n.ads_matched, n.log10_lr, n.q_value, s.ads,
                p.author IS NOT NULL AS right
            FROM attributions n
            JOIN (SELECT author_id, count(*) AS ads FROM authors GROUP BY author_id) s
                USING (author_id)
            LEFT JOIN ({_TRUE_AUTHORS}) a USING (author_id)
            LEFT JOIN ({_TRUE_OWNERS}) o USING (wallet_id)
            LEFT JOIN truth_pairs p
                ON p.author = a.author AND p.owner = o.owner AND p.paid_ads > 0
            WHERE n.method = 'inktrace' AND NOT n.is_service AND n.q_value <= {float(q)}
            ORDER BY n.author_id, n.wallet_id
            """
        )
        return list(rows.to_pylist())


@contextmanager
def _truth_views(engine: Engine, truth: Path) -> Iterator[None]:
    """The truth as views truth_ads, truth_wallets and truth_pairs while the block runs."""
    with (
        engine.view("truth_ads", _truth(truth / "ads.csv", ("ad_id", "author", "txid"))),
        engine.view("truth_wallets", _truth(truth / "wallets.csv", ("address", "owner", "kind"))),
        engine.view("truth_pairs", _truth(truth / "pairs.csv", ("author", "owner"))),
    ):
        yield


def _truth(path: Path, texts: tuple[str, ...]) -> pa.Table:
    kinds = dict.fromkeys(texts, pa.string())
    try:
        return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=kinds))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"the truth cannot be read: {error}", where=path) from error


def _attributions(engine: Engine, method: str, q: float) -> dict[str, Any]:
    reported, true = engine.rows(
        f"""
        SELECT count(*), count(p.author)
        FROM ({_REPORTED}) r
        LEFT JOIN ({_TRUE_AUTHORS}) a USING (author_id)
        LEFT JOIN ({_TRUE_OWNERS}) o USING (wallet_id)
        LEFT JOIN (SELECT author, owner FROM truth_pairs WHERE paid_ads > 0) p
            ON p.author = a.author AND p.owner = o.owner
        """,
        [method, q],
    )[0]
    to_find, found = engine.rows(
        f"""
        WITH named AS (
            SELECT DISTINCT a.author, o.owner
            FROM ({_REPORTED}) r
            JOIN ({_TRUE_AUTHORS}) a USING (author_id) JOIN ({_TRUE_OWNERS}) o USING (wallet_id)
        )
        SELECT count(*), count(n.author)
        FROM (SELECT author, owner FROM truth_pairs WHERE paid_ads >= {LEAST_PAID_ADS}) p
        LEFT JOIN named n USING (author, owner)
        """,
        [method, q],
    )[0]
    return _figures(reported, true, to_find, found)


def _links(engine: Engine, method: str, q: float) -> dict[str, Any]:
    named = f"""
        SELECT DISTINCT l.ad_id, lower(hex(t.txid)) AS txid, l.vout
        FROM attribution_links l JOIN transactions t USING (tx_id)
        JOIN ({_REPORTED}) r USING (author_id, wallet_id)
        WHERE l.method = ? AND l.posterior_probability >= {_LIKELY}
    """
    reported, true, found = engine.rows(
        f"""
        SELECT count(*), count(t.ad_id), count(DISTINCT t.ad_id)
        FROM ({named}) n LEFT JOIN truth_ads t
            ON t.ad_id = n.ad_id AND t.txid = n.txid AND t.vout = n.vout
        """,
        [method, q, method],
    )[0]
    # Links are sought where the payer's own wallet paid: an exchange's wallet names nobody.
    to_find = engine.rows(
        "SELECT count(*) FROM truth_ads t JOIN truth_pairs p "
        f"ON p.author = t.author AND p.owner = t.payer_owner AND p.paid_ads >= {LEAST_PAID_ADS} "
        "WHERE t.txid IS NOT NULL AND t.txid <> ''"
    )[0][0]
    return _figures(reported, true, to_find, found)


def _figures(reported: int, true: int, to_find: int, found: int) -> dict[str, Any]:
    return {
        "reported": reported,
        "true": true,
        "false_discovery_proportion": (reported - true) / reported if reported else None,
        "to_find": to_find,
        "found": found,
        "recall": found / to_find if to_find else None,
    }


def _authors(engine: Engine) -> dict[str, Any]:
    together, same, right = engine.rows(
        """
        WITH cells AS (
            SELECT a.author_id, t.author, count(*) AS n
            FROM authors a JOIN truth_ads t USING (ad_id) GROUP BY a.author_id, t.author
        )
        SELECT
            (SELECT sum(n * (n - 1) / 2)
             FROM (SELECT sum(n) AS n FROM cells GROUP BY author_id)),
            (SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cells GROUP BY author)),
            (SELECT sum(n * (n - 1) / 2) FROM cells)
        """
    )[0]
    return {
        "pair_precision": right / together if together else None,
        "pair_recall": right / same if same else None,
    }
