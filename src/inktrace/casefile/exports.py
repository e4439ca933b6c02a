"""The stable export tables (columns, order and units that outside programs rely on).

Times are epoch seconds, as in the first-seen input; unknown values are empty. Every export is
sorted, so that the same workspace gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

from inktrace.engine import Engine
from inktrace.errors import UsageError

Format = Literal["csv", "parquet", "jsonl"]

_FIRST_SEEN: Final = "SELECT txid, min(first_seen_us) AS first_us FROM first_seen GROUP BY txid"

# A link's probability is that given the attributed wallet where there is one (q at most the
# reporting threshold); the ad's other candidates then share what that leaves. The sum has an
# order: added up as the threads finish, its last digits would differ from run to run.
_LINKS: Final = f"""
WITH reported AS (
    SELECT author_id, wallet_id FROM attributions
    WHERE method = 'inktrace' AND q_value <= 0.05
), given AS (
    SELECT ad_id, tx_id, vout, max(posterior_probability) AS probability, max(log10_lr) AS lr
    FROM attribution_links JOIN reported USING (author_id, wallet_id)
    WHERE method = 'inktrace' GROUP BY ad_id, tx_id, vout
), taken AS (
    SELECT ad_id, least(1, sum(probability ORDER BY tx_id, vout)) AS probability
    FROM given GROUP BY ad_id
)
SELECT c.ad_id, lower(hex(t.txid)) AS txid, c.vout, c.value_sat, f.first_us / 1e6 AS first_seen,
       p.wallet_id AS payer_wallet_id, coalesce(g.lr, c.log10_lr) AS log10_lr,
       coalesce(g.probability, c.posterior_probability * (1 - coalesce(k.probability, 0)))
           AS posterior_probability
FROM payment_candidates c
JOIN transactions t USING (tx_id)
LEFT JOIN ({_FIRST_SEEN}) f ON f.txid = t.txid
LEFT JOIN payers p ON p.tx_id = c.tx_id
LEFT JOIN given g ON g.ad_id = c.ad_id AND g.tx_id = c.tx_id AND g.vout = c.vout
LEFT JOIN taken k ON k.ad_id = c.ad_id
WHERE c.round = 0
ORDER BY c.ad_id, posterior_probability DESC, txid, c.vout
"""

EXPORTS: Final[dict[str, str]] = {
    "authors": "SELECT ad_id, author_id, log10_lr FROM authors ORDER BY ad_id",
    "identities": """
        SELECT ad_id, identity_id, author_id, part_id FROM identities ORDER BY ad_id
        """,
    "identity-links": """
        SELECT step, part_id_a, part_id_b, ads_a, ads_b, prior, identifiers, images, style,
               template, wallet, place, total, merged, reason
        FROM identity_links ORDER BY step
        """,
    "identity-hubs": """
        SELECT kind, value, authors, ads, strangers, identities, reason FROM identity_hubs
        ORDER BY kind, value
        """,
    "hash-matches": """
        SELECT ad_id, hash, known_hash, source, label, verdict, reviewers, quality, distance,
               mirrored, log10_chance, escalated, disputed, quarantine
        FROM hash_matches ORDER BY ad_id, hash, known_hash, source, label, verdict
        """,
    "shared-images": """
        SELECT author_id_a, author_id_b, hash_a, hash_b, distance, mirrored, ads_a, ads_b
        FROM shared_images ORDER BY author_id_a, author_id_b, hash_a, hash_b
        """,
    "links": _LINKS,
    "wallets": """
        SELECT s.address, w.wallet_id, m.service
        FROM wallets w JOIN scripts s USING (script_id) JOIN wallet_summary m USING (wallet_id)
        WHERE s.address IS NOT NULL ORDER BY s.address
        """,
    "attributions": """
        SELECT author_id, wallet_id, ads_matched, log10_lr, q_value, is_service,
               error_probability
        FROM attributions WHERE method = '{method}'
        ORDER BY q_value NULLS LAST, log10_lr DESC, author_id, wallet_id
        """,
    "leads": """
        SELECT lead_id, rank, score, author_ids, wallet_ids, people_estimate, places, ads,
               ads_per_day, first_posted_us / 1e6 AS first_posted,
               last_posted_us / 1e6 AS last_posted, under_age_indicator, reasons,
               score_low, score_high, flagged
        FROM leads ORDER BY rank
        """,
    "lead-indicators": """
        SELECT i.lead_id, i.indicator, i.direction, i.value, i.rarity, i.weight, i.weight_low,
               i.weight_high, i.reason, i.reference
        FROM lead_indicators i JOIN leads l USING (lead_id)
        ORDER BY l.rank, abs(i.weight) DESC, i.indicator
        """,
    "lead-evidence": """
        SELECT e.lead_id, e.indicator, e.ad_id, e.words
        FROM lead_evidence e JOIN leads l USING (lead_id)
        ORDER BY l.rank, e.indicator, e.ad_id, e.words
        """,
    "transactions": f"""
        SELECT lower(hex(t.txid)) AS txid, t.block_height,
               t.block_time_us // 1000000 AS block_time, f.first_us / 1e6 AS first_seen,
               t.is_coinbase
        FROM transactions t LEFT JOIN ({_FIRST_SEEN}) f ON f.txid = t.txid ORDER BY t.tx_id
        """,
    "inputs": """
        SELECT lower(hex(t.txid)) AS txid, i.vin, lower(hex(i.spent_txid)) AS spent_txid,
               i.spent_vout, i.value_sat, s.address
        FROM inputs i JOIN transactions t USING (tx_id) LEFT JOIN scripts s USING (script_id)
        ORDER BY i.tx_id, i.vin
        """,
    "outputs": """
        SELECT lower(hex(t.txid)) AS txid, o.vout, o.value_sat, lower(hex(s.script)) AS script_hex,
               s.script_type, s.address
        FROM outputs o JOIN transactions t USING (tx_id) JOIN scripts s USING (script_id)
        ORDER BY o.tx_id, o.vout
        """,
}
METHODS: Final = ("inktrace", "kdd2017", "chen2021")
_COPY_OPTIONS: Final[dict[str, str]] = {
    "csv": "FORMAT csv, HEADER",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "jsonl": "FORMAT json",
}


def write_export(
    engine: Engine, name: str, out: Path, format: Format, method: str = "inktrace"
) -> int:
    """Write one export table to a file; returns its number of rows.

    In CSV, text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a
    carriage return) gets a leading apostrophe.

    Raises UsageError for an unknown table, format or method; WorkspaceError where the file
    cannot be written.
    """
    if name not in EXPORTS:
        raise UsageError(f"there is no export {name!r}", do=f"choose from {', '.join(EXPORTS)}")
    if format not in get_args(Format):
        raise UsageError(f"there is no format {format!r}", do="choose csv, parquet or jsonl")
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}", do=f"choose {', '.join(METHODS)}")
    sql = EXPORTS[name].replace("{method}", method)
    if format == "csv":
        sql = _formula_safe(engine, sql)
    return engine.copy_out(sql, out, _COPY_OPTIONS[format])


def _formula_safe(engine: Engine, sql: str) -> str:
    columns = engine.rows(f"SELECT column_name, column_type FROM (DESCRIBE {sql})")
    picked = [
        f"""CASE WHEN regexp_matches("{name}", '^[=+@\\t\\r-]') THEN '''' || "{name}" """
        f"""ELSE "{name}" END AS "{name}" """
        if dtype == "VARCHAR"
        else f'"{name}"'
        for name, dtype in columns
    ]
    return f"SELECT {', '.join(picked)} FROM ({sql})"
