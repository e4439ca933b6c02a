"""What every column of a package's tables holds: the one place where a new one is entered.

A column that is not entered here stops every build, whatever the profile: what nobody has
classified might be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from inktrace.casefile.redaction.kinds import Kind, Mixed
from inktrace.errors import StageError

Class = Kind | Mixed
_Entry = Mapping[Class, str]

_JUDGED: Final[_Entry] = {
    Kind.PUBLIC: "verdict file_id",
    Kind.REVIEWER: "reviewer",
    Kind.NOTE: "reason",
    Kind.TIME: "judged_us",
    Kind.SOURCE_ROW: "row",
}
_ADS: Final[_Entry] = {
    Kind.AD: "ad_id",
    Kind.GROUP: "author_id text_group_id",
    Kind.PUBLIC: "reason author_log10_lr price_minor currency file_id language "
    "candidates none_of_these_probability",
    Kind.SENTENCE: "category",
    Kind.SITE: "site",
    Kind.TIME: "posted_us",
    Kind.TEXT: "masked_text",
    Kind.TEXT_DIGEST: "text_sha256",
    Kind.CITY: "city",
    Kind.REGION: "region country",
    Kind.POINT: "lat lon",
    Kind.SOURCE_ROW: "row",
}
_PAIRS: Final[_Entry] = {
    Kind.AD: "ad_id_a ad_id_b",
    Kind.PUBLIC: "same_template shared_identifiers log10_lr same_author_probability",
}
_CANDIDATES: Final[_Entry] = {
    Kind.AD: "ad_id",
    Kind.INTERNAL: "tx_id",
    Kind.PUBLIC: "vout amount_log_ratio ads_bought log10_lr posterior_probability place is_chosen",
    Kind.AMOUNT: "value_sat",
    Kind.DELAY: "delay_s",
    Kind.ADDRESS: "address",
    Kind.TXID: "txid",
    Kind.TIME: "block_time_us first_seen_us",
}

TABLES: Final[Mapping[str, _Entry]] = {
    "lead": {
        Kind.GROUP: "lead_id author_ids",
        Kind.WALLET: "wallet_ids",
        Kind.PUBLIC: "rank score score_low score_high flagged ads people_estimate places "
        "ads_per_day under_age_indicator known_abuse_image run_id",
        Kind.TIME: "first_posted_us last_posted_us",
        Kind.SENTENCE: "reasons",
    },
    "ads": _ADS,
    "identifiers": {Kind.AD: "ad_id", Kind.PUBLIC: "kind number found_in"},
    "pairs": _PAIRS,
    "attributions": {
        Kind.PUBLIC: "method ads_matched transactions_matched log10_lr q_value error_probability "
        "is_service",
        Kind.GROUP: "author_id",
        Kind.WALLET: "wallet_id",
    },
    "indicators": {
        Kind.PUBLIC: "indicator direction value rarity weight weight_low weight_high reference",
        Kind.SENTENCE: "reason",
    },
    "indicator_rows": {Kind.PUBLIC: "indicator", Kind.AD: "ad_id", Mixed.EVIDENCE: "words"},
    "core": {Kind.AD: "ad_id", Kind.PUBLIC: "in_core"},
    "laws": {Kind.SITE: "site", Kind.PUBLIC: "name", Mixed.LAW: "json"},
    "models": {Kind.PUBLIC: "name json"},
    "source_files": {
        Kind.PUBLIC: "file_id source bytes rows_accepted rows_repeated rows_rejected "
        "software_version rows_in_this_package",
        Kind.PATH: "path",
        Kind.FILE_DIGEST: "sha256",
        Kind.SETTINGS: "parameters",
    },
    "runs": {
        Kind.PUBLIC: "run_id stage stage_version inputs parameters rows notes software_version"
    },
    "run_times": {Kind.PUBLIC: "run_id seconds", Kind.TIME: "finished_us"},
    "review.of_lead": {Kind.AD: "ad_id", **_JUDGED},
    "review.of_ads": {Kind.AD: "ad_id_a ad_id_b", **_JUDGED},
    "identity.ads": {Kind.AD: "ad_id", Kind.GROUP: "author_id part_id identity_id"},
    "identity.links": {
        Kind.GROUP: "part_id_a part_id_b",
        Kind.PUBLIC: "step ads_a ads_b prior identifiers images style template wallet place total "
        "merged reason",
    },
    "identity.hubs": {
        Kind.PUBLIC: "kind authors ads strangers identities reason ads_of_lead",
        Mixed.HUB: "value",
    },
    "credit.purchases": {
        Kind.GROUP: "author_id",
        Kind.SITE: "site",
        Kind.TXID: "txid",
        Kind.PUBLIC: "vout currency pack_minor ads_covered log10_lr score q_value "
        "error_probability",
        Kind.AMOUNT: "value_sat",
        Kind.TIME: "paid_us",
        Kind.WALLET: "wallet_id",
        Kind.AD: "first_ad_id last_ad_id",
        Kind.DELAY: "delay_s",
    },
    "credit.refunds": {
        Kind.GROUP: "author_id",
        Kind.WALLET: "wallet_id",
        Kind.AD: "ad_id",
        Kind.TXID: "txid refund_txid",
        Kind.PUBLIC: "vout refund_vout",
        Kind.AMOUNT: "value_sat refund_sat",
        Kind.DELAY: "after_s",
    },
    "shown_pairs.scored": _PAIRS,
    "shown_pairs.ads": _ADS,
    "trail.links": {
        Kind.GROUP: "author_id",
        Kind.WALLET: "wallet_id",
        Kind.AD: "ad_id",
        Kind.INTERNAL: "tx_id",
        Kind.PUBLIC: "vout log10_lr posterior_probability amount_log_ratio candidate_log10_lr "
        "candidate_probability price_minor currency",
        Kind.ADDRESS: "address",
        Kind.AMOUNT: "value_sat",
        Kind.TXID: "txid",
        Kind.TIME: "block_time_us first_seen_us posted_us",
        Kind.DELAY: "delay_s",
        Kind.SITE: "site",
    },
    "trail.candidates": _CANDIDATES,
    "trail.considered": _CANDIDATES,
    "trail.transactions": {
        Kind.INTERNAL: "tx_id payer",
        Kind.TXID: "txid",
        Kind.BLOCK: "block_height",
        Kind.TIME: "block_time_us first_seen_us",
        Kind.PUBLIC: "is_coinbase file_id role",
        Kind.SOURCE_ROW: "row",
        Kind.WALLET: "payer_wallet_id",
    },
    "trail.inputs": {
        Kind.INTERNAL: "tx_id script_id",
        Kind.PUBLIC: "vin spent_vout script_type",
        Kind.TXID: "spent_txid txid",
        Kind.AMOUNT: "value_sat",
        Kind.ADDRESS: "address",
    },
    "trail.outputs": {
        Kind.INTERNAL: "tx_id script_id",
        Kind.PUBLIC: "vout script_type",
        Kind.AMOUNT: "value_sat",
        Kind.TXID: "txid",
        Kind.ADDRESS: "address",
    },
    "trail.first_seen": {
        Kind.TXID: "txid",
        Kind.TIME: "first_seen_us",
        Kind.OBSERVER: "observer",
        Kind.PUBLIC: "file_id uncertainty_us clock_error_us clock_offset_us",
        Kind.SOURCE_ROW: "row",
    },
    "trail.addresses": {
        Kind.INTERNAL: "script_id joined_by_tx_id joined_with_script_id",
        Kind.WALLET: "wallet_id",
        Kind.PUBLIC: "rule script_type",
        Kind.ADDRESS: "address",
        Kind.TXID: "joined_by_txid",
    },
    "trail.wallets": {
        Kind.WALLET: "wallet_id",
        Kind.PUBLIC: "scripts transactions_out transactions_in recipients payers outputs_in "
        "addresses_paid service_category service_confidence service_signs",
        Kind.TIME: "first_us last_us",
        Kind.SERVICE: "service",
        Kind.SENTENCE: "service_reason",
    },
    "trail.coinjoins": {Kind.TXID: "txid", Kind.PUBLIC: "verdict rule"},
    "trail.requests": {
        Kind.SERVICE: "service",
        Kind.PUBLIC: "category confidence direction",
        Kind.SENTENCE: "service_reason",
        Kind.TXID: "txid",
        Kind.ADDRESS: "address",
        Kind.AMOUNT: "value_sat",
        Kind.TIME: "first_seen_us block_time_us",
    },
    "trail.tags": {
        Kind.ADDRESS: "address",
        Kind.TAG: "label actor tagpack tag_source",
        Kind.PUBLIC: "category confidence file_id",
        Kind.SOURCE_ROW: "row",
    },
}

# What is no table: single values, sequences and mappings as they stand.
VALUES: Final[Mapping[str, Class]] = {
    "author_ids": Kind.GROUP,
    "wallet_ids": Kind.WALLET,
    "corpus": Kind.PUBLIC,
    "q_values": Kind.PUBLIC,
    "redaction": Kind.PUBLIC,
    "trail.others": Kind.PUBLIC,
    "trail.left_out": Kind.PUBLIC,
    "shown_pairs.features": Mixed.FEATURES,
    "shown_pairs.is_weakest": Kind.PUBLIC,
}

# How rows are ordered (- before what descends). Rows in the order of what was replaced would
# tell of it, so they are ordered anew; a table without an entry keeps its order.
ORDERS: Final[Mapping[str, str]] = {
    "ads": "posted_us ad_id",
    "identifiers": "kind number ad_id",
    "pairs": "-log10_lr ad_id_a ad_id_b",
    "attributions": "method author_id wallet_id",
    "indicator_rows": "indicator ad_id words",
    "core": "ad_id",
    "laws": "site name",
    "review.of_lead": "judged_us ad_id verdict file_id row",
    "review.of_ads": "judged_us ad_id_a ad_id_b file_id row",
    "identity.ads": "identity_id ad_id",
    "identity.hubs": "kind value",
    "credit.purchases": "q_value author_id site txid vout",
    "credit.refunds": "author_id wallet_id ad_id txid vout refund_txid refund_vout",
    "trail.links": "posted_us ad_id author_id wallet_id txid vout",
    "trail.candidates": "ad_id -posterior_probability txid vout",
    "trail.considered": "ad_id -posterior_probability txid vout",
    "trail.transactions": "txid",
    "trail.inputs": "txid vin",
    "trail.outputs": "txid vout",
    "trail.first_seen": "txid first_seen_us observer file_id row",
    "trail.addresses": "wallet_id script_id",
    "trail.wallets": "wallet_id",
    "trail.coinjoins": "txid",
    "trail.requests": "service first_seen_us block_time_us txid direction address",
    "trail.tags": "address label file_id row",
}


def class_of(table: str, column: str) -> Class:
    """What a column of a table holds. Raises StageError for one that is not entered."""
    found = _CLASSES.get((table, column))
    if found is None:
        raise StageError(
            f"column {column!r} of {table!r} has no class, so it cannot be redacted",
            do="enter it in casefile/redaction/columns.py",
        )
    return found


_CLASSES: Final[Mapping[tuple[str, str], Class]] = {
    (table, column): kind
    for table, entry in TABLES.items()
    for kind, columns in entry.items()
    for column in columns.split()
}
