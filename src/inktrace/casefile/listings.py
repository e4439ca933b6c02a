"""What `inktrace show` lists: short, readable tables of results."""

from __future__ import annotations

from typing import Any, Final

from inktrace.authors.slots import template_slots
from inktrace.casefile.exports import METHODS
from inktrace.engine import Engine
from inktrace.errors import UsageError

LISTINGS: Final[dict[str, str]] = {
    "authors": """
        SELECT a.author_id, count(*) AS ads, count(DISTINCT d.site) AS sites,
               count(DISTINCT d.city) AS cities, min(d.posted_us) AS first_posted_us,
               max(d.posted_us) AS last_posted_us,
               round(avg(a.log10_lr ORDER BY a.ad_id), 2) AS mean_log10_lr
        FROM authors a JOIN ads d USING (ad_id)
        GROUP BY a.author_id ORDER BY ads DESC, a.author_id
        """,
    "identities": """
        SELECT i.identity_id, count(*) AS ads, count(DISTINCT i.author_id) AS authors,
               count(DISTINCT i.part_id) AS parts, count(DISTINCT d.site) AS sites,
               count(DISTINCT d.city) AS cities, min(d.posted_us) AS first_posted_us,
               max(d.posted_us) AS last_posted_us
        FROM identities i JOIN ads d USING (ad_id)
        GROUP BY i.identity_id ORDER BY ads DESC, i.identity_id
        """,
    "identity-links": """
        SELECT step, part_id_a, ads_a, part_id_b, ads_b, round(prior, 2) AS prior,
               round(identifiers, 2) AS identifiers, round(images, 2) AS images,
               round(style, 2) AS style, round(template, 2) AS template,
               round(wallet, 2) AS wallet, round(place, 2) AS place, round(total, 2) AS total,
               merged, reason
        FROM identity_links ORDER BY step
        """,
    "identity-hubs": """
        SELECT kind, value, authors, ads, identities, reason FROM identity_hubs
        ORDER BY authors DESC, ads DESC, kind, value
        """,
    "links": """
        SELECT l.author_id, l.wallet_id, l.ad_id, lower(hex(t.txid)) AS txid, l.vout,
               round(l.log10_lr, 2) AS log10_lr,
               round(l.posterior_probability, 3) AS posterior_probability
        FROM attribution_links l JOIN transactions t USING (tx_id)
        JOIN attributions a USING (method, author_id, wallet_id)
        WHERE l.method = '{method}'
        ORDER BY a.q_value NULLS LAST, a.log10_lr DESC, l.author_id, l.wallet_id,
                 l.posterior_probability DESC, l.ad_id, txid, l.vout
        """,
    "wallets": """
        SELECT wallet_id, scripts AS addresses, transactions_out, transactions_in, service,
               service_category, service_confidence
        FROM wallet_summary ORDER BY scripts DESC, wallet_id
        """,
    "refused-merges": """
        SELECT lower(hex(t.txid)) AS txid, r.reason, r.wallet_id_a, r.scripts_a, r.actor_a,
               r.wallet_id_b, r.scripts_b, r.actor_b
        FROM refused_merges r JOIN transactions t USING (tx_id)
        ORDER BY least(r.scripts_a, r.scripts_b) DESC, r.tx_id
        """,
    "growth-alarms": """
        SELECT lower(hex(t.txid)) AS txid, g.wallet_id, g.clusters, g.largest_before,
               g.scripts_after
        FROM growth_alarms g JOIN transactions t USING (tx_id)
        ORDER BY g.scripts_after - g.largest_before DESC, g.tx_id
        """,
    "tag-conflicts": """
        SELECT wallet_id, kind, actor, label, category, confidence, tagpack, addresses
        FROM tag_conflicts ORDER BY kind, wallet_id, addresses DESC, label, actor, tagpack
        """,
    "attributions": """
        SELECT author_id, wallet_id, ads_matched, transactions_matched,
               round(log10_lr, 2) AS log10_lr, round(q_value, 4) AS q_value,
               round(error_probability, 4) AS error_probability, is_service
        FROM attributions WHERE method = '{method}'
        ORDER BY q_value NULLS LAST, log10_lr DESC, author_id, wallet_id
        """,
    "shared-payers": """
        SELECT author_id_a, author_id_b, wallet_id,
               round(error_probability, 4) AS error_probability, pairs_compared,
               round(mean_log10_lr, 2) AS mean_log10_lr, shared_identifiers, reading
        FROM shared_payers ORDER BY error_probability, wallet_id, author_id_a, author_id_b
        """,
    "credit-purchases": """
        SELECT c.author_id, c.site, lower(hex(t.txid)) AS txid, c.vout, c.value_sat, c.paid_us,
               c.wallet_id, c.currency, c.pack_minor, c.ads_covered, c.first_ad_id,
               round(c.delay_s / 3600, 1) AS hours_before,
               round(c.log10_lr, 2) AS log10_lr, round(c.q_value, 4) AS q_value,
               round(c.error_probability, 4) AS error_probability
        FROM credit_purchases c JOIN transactions t USING (tx_id)
        ORDER BY c.q_value, c.score DESC, c.author_id, c.site, txid, c.vout
        """,
    "refunds": """
        SELECT r.author_id, r.wallet_id, r.ad_id, lower(hex(t.txid)) AS txid, r.vout, r.value_sat,
               lower(hex(b.txid)) AS refund_txid, r.refund_vout, r.refund_sat,
               round(r.after_s / 3600, 1) AS hours_after
        FROM refunds r JOIN transactions t ON t.tx_id = r.tx_id
        JOIN transactions b ON b.tx_id = r.refund_tx_id
        ORDER BY r.author_id, r.wallet_id, r.ad_id, txid, r.vout, refund_txid, r.refund_vout
        """,
    "leads": """
        SELECT rank, lead_id, round(score, 2) AS score, round(score_low, 2) AS score_low,
               round(score_high, 2) AS score_high, flagged, ads, people_estimate, places,
               round(ads_per_day, 2) AS ads_per_day, under_age_indicator,
               known_abuse_image, wallet_ids,
               coalesce(speaking_for, '') AS speaking_for,
               coalesce(speaking_against, '') AS speaking_against
        FROM leads LEFT JOIN (
            SELECT lead_id, string_agg(said, ' | ' ORDER BY place) FILTER (direction = 'for')
                       AS speaking_for,
                   string_agg(said, ' | ' ORDER BY place) FILTER (direction = 'against')
                       AS speaking_against
            FROM (
                SELECT lead_id, direction, format('{:+.1f} {}', weight, reason) AS said,
                       row_number() OVER (
                           PARTITION BY lead_id ORDER BY abs(weight) DESC, indicator) AS place
                FROM lead_indicators
            ) GROUP BY lead_id
        ) USING (lead_id) ORDER BY rank
        """,
    "hash-matches": """
        SELECT escalated, ad_id, verdict, label, source, reviewers, distance, mirrored,
               round(log10_chance, 1) AS log10_chance, disputed, quarantine, hash, known_hash
        FROM hash_matches
        ORDER BY escalated DESC, verdict <> 'known_abuse', distance, ad_id, hash, known_hash,
                 source, label, verdict
        """,
    "shared-images": """
        SELECT author_id_a, author_id_b, count(*) AS pictures, min(distance) AS nearest,
               max(ads_a) AS most_ads_a, max(ads_b) AS most_ads_b
        FROM shared_images GROUP BY author_id_a, author_id_b
        ORDER BY pictures DESC, nearest, author_id_a, author_id_b
        """,
    "quarantined-images": """
        SELECT hash, quarantine, ads, near_hashes, near_ads, near_authors, near_sites
        FROM image_hashes WHERE quarantine IS NOT NULL ORDER BY near_ads DESC, hash
        """,
    "referrals": """
        SELECT p.referral_id, r.received_us, p.priority, round(p.completeness, 2) AS completeness,
               p."rank", p.item_id, p.item_reports, p.viral, r.incident_type, r.reporter,
               p.lead_id, p.identity_id, p.verdict
        FROM referral_priorities p JOIN referrals r USING (referral_id)
        ORDER BY p.priority DESC, r.received_us, p.referral_id
        """,
    "templates": """
        SELECT t.text_group_id, count(*) AS ads, count(DISTINCT t.masked_text) AS texts,
               count(DISTINCT d.site) AS sites, count(DISTINCT d.city) AS cities,
               coalesce(max(c.contacts), 0) AS contacts
        FROM texts t JOIN ads d USING (ad_id) LEFT JOIN (
            SELECT text_group_id, count(DISTINCT (kind, value)) AS contacts
            FROM identifiers JOIN texts USING (ad_id)
            WHERE kind NOT IN ('domain', 'likely_handle', 'payee') GROUP BY text_group_id
        ) c USING (text_group_id)
        GROUP BY t.text_group_id HAVING count(*) > 1 ORDER BY ads DESC, t.text_group_id
        """,
    "rejects": """
        SELECT r.source, f.path, r."row", r."column", r.reason, r.raw
        FROM rejects r LEFT JOIN source_files f USING (file_id)
        ORDER BY r.file_id, r."row", r."column", r.reason
        """,
    "runs": """
        SELECT stage, run_id, stage_version, rows, round(seconds, 1) AS seconds,
               software_version, finished_us
        FROM runs ORDER BY finished_us
        """,
}

# Slots of a template that has 50,000 wordings are told from its most frequent ones.
_TEXTS_READ: Final = 500
_TEXTS_OF_GROUPS: Final = """
    SELECT text_group_id, masked_text, count(*) AS ads FROM texts
    WHERE list_contains(?, text_group_id) GROUP BY text_group_id, masked_text
    QUALIFY row_number() OVER (PARTITION BY text_group_id ORDER BY ads DESC, masked_text) <= ?
    """


def listing(engine: Engine, name: str, limit: int, method: str = "inktrace") -> dict[str, Any]:
    """The first rows of a listing: `columns`, `rows` (dictionaries) and the `total` number."""
    if name not in LISTINGS:
        raise UsageError(f"there is no listing {name!r}", do=f"choose from {', '.join(LISTINGS)}")
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}", do=f"choose {', '.join(METHODS)}")
    sql = LISTINGS[name].replace("{method}", method)
    total = engine.rows(f"SELECT count(*) FROM ({sql})")[0][0]
    picked = engine.query(f"SELECT * FROM ({sql}) LIMIT {int(limit)}")
    columns, rows = list(picked.schema.names), picked.to_pylist()
    if name == "templates":
        columns.append("template")
        shown = _templates(engine, [row["text_group_id"] for row in rows])
        rows = [{**row, "template": shown[row["text_group_id"]]} for row in rows]
    return {"columns": columns, "rows": rows, "total": total}


def _templates(engine: Engine, groups: list[str]) -> dict[str, str]:
    """Group → its fixed words and slots, from its most frequent distinct texts."""
    texts: dict[str, dict[str, int]] = {group: {} for group in groups}
    found = engine.rows(_TEXTS_OF_GROUPS, [groups, _TEXTS_READ])
    for group, text, ads in found:
        texts[group][text] = ads
    return {group: template_slots(counted).shown() for group, counted in texts.items()}
