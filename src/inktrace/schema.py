"""Every table of a workspace: columns, types, units, keys. The contract between stages.

Stages never import one another; they meet in these tables. Types are the five that every
engine has. Times are int64 microseconds since 1970 UTC (`*_us`), money is int64 satoshi
(`*_sat`) or minor currency units (`*_minor`), evidence is log10 likelihood ratio (`*_lr`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa

SCHEMA_VERSION: Final = 5

Dtype = Literal["int64", "float64", "string", "bool", "binary"]
Kind = Literal["source", "result", "record"]

_ARROW: Final = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "binary": pa.binary(),
}
_SQL: Final = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "binary": "BLOB",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means (with unit), and whether it may be unknown."""

    name: str
    dtype: Dtype
    meaning: str
    nullable: bool = False
    # Trying every compression costs a third of an ingest; random bytes have none at all.
    stored_as: Literal["", "uncompressed", "bitpacking"] = ""


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that identify a row, and who writes it."""

    name: str
    kind: Kind
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def arrow_schema(self) -> pa.Schema:
        """The table as an Arrow schema, in column order."""
        return pa.schema(
            [pa.field(c.name, _ARROW[c.dtype], nullable=c.nullable) for c in self.columns]
        )

    def written_schema(self) -> pa.Schema:
        """The columns that a stage writes of a result table: all but the run's own mark."""
        return pa.schema([field for field in self.arrow_schema() if field.name != "run_id"])

    def create_sql(self) -> str:
        """The statement that makes the empty table."""
        parts = [
            f'"{c.name}" {_SQL[c.dtype]}{"" if c.nullable else " NOT NULL"}'
            f"{f' USING COMPRESSION {c.stored_as}' if c.stored_as else ''}"
            for c in self.columns
        ]
        return f'CREATE TABLE IF NOT EXISTS "{self.name}" ({", ".join(parts)})'

    def add_column_sql(self, column: Column) -> str:
        """The statement that adds a column to an older table; it is unknown in its rows."""
        return f'ALTER TABLE "{self.name}" ADD COLUMN "{column.name}" {_SQL[column.dtype]}'


def _required(name: str, dtype: Dtype, meaning: str) -> Column:
    return Column(name, dtype, meaning)


def _digest(name: str, meaning: str) -> Column:
    return Column(name, "binary", meaning, stored_as="uncompressed")


def _count(name: str, meaning: str, nullable: bool = False) -> Column:
    return Column(name, "int64", meaning, nullable, stored_as="bitpacking")


def _optional(name: str, dtype: Dtype, meaning: str) -> Column:
    return Column(name, dtype, meaning, nullable=True)


_FILE = _required("file_id", "int64", "source_files.file_id of the file that gave this row")
_ROW = _required("row", "int64", "row in that file, first data row = 1")
_RUN = _required("run_id", "string", "runs.run_id of the run that made this row")

# ── records: what was done, by which version, to which bytes ──────────────────────────────

RECORDS: Final = (
    Table(
        "workspace",
        "record",
        "facts about this case folder",
        (
            _required(
                "name",
                "string",
                "schema_version, format, network, created_by; how far a spool was moved",
            ),
            _required("value", "string", "its value"),
        ),
        ("name",),
    ),
    Table(
        "source_files",
        "record",
        "each file that was added, with its digest",
        (
            _required("file_id", "int64", "1, 2, … in order of adding"),
            _required(
                "source",
                "string",
                "ads, referrals, blocks, undo, chain, first-seen, prices, price-rules, tags, …",
            ),
            _required("path", "string", "path as it was given"),
            _required("sha256", "string", "hex digest of the file's bytes"),
            _required("bytes", "int64", "size of the file"),
            _required("parameters", "string", "JSON of how it was read: profile, limits"),
            _required("rows_accepted", "int64", "rows (or transactions) newly stored"),
            _required("rows_repeated", "int64", "rows already stored with identical content"),
            _required("rows_rejected", "int64", "rows in rejects"),
            _required("software_version", "string", "version that read it"),
            _required("added_us", "int64", "when, UTC microseconds"),
        ),
        ("file_id",),
    ),
    Table(
        "rejects",
        "record",
        "rows that could not be used, and why",
        (
            _required("source", "string", "kind of source"),
            _required("file_id", "int64", "source_files.file_id"),
            _required("row", "int64", "row in the file, first data row = 1; 0 = the whole file"),
            _optional("column", "string", "column at fault, where one is"),
            _required("reason", "string", "what was wrong, in one sentence"),
            _required("raw", "string", "the offending text, cut to 200 characters"),
        ),
    ),
    Table(
        "runs",
        "record",
        "each finished run of a stage: the chain of custody of every result",
        (
            _required("run_id", "string", "digest of stage, version, inputs and parameters"),
            _required("stage", "string", "stage name"),
            _required("stage_version", "int64", "raised when a stage's results change"),
            _required("inputs", "string", "JSON: table → digest"),
            _required("parameters", "string", "JSON: parameter → value"),
            _required("rows", "string", "JSON: table → rows written"),
            _required("notes", "string", "JSON: what the stage measured and wants to say"),
            _required("seconds", "float64", "wall time"),
            _required("software_version", "string", "version that ran it"),
            _required("finished_us", "int64", "when, UTC microseconds"),
        ),
        ("stage",),
    ),
)

# ── sources: what was given ───────────────────────────────────────────────────────────────

SOURCES: Final = (
    Table(
        "ads",
        "source",
        "one posting of one text on one site at one time",
        (
            _required("ad_id", "string", "identifier given by the source"),
            _required("site", "string", "where it was posted"),
            _required("posted_us", "int64", "posting time, UTC microseconds"),
            _required("text", "string", "title and body, as posted"),
            _optional("category", "string", "section of the site"),
            _optional("city", "string", "place named by the source"),
            _optional("region", "string", "region, state or province"),
            _optional("country", "string", "country"),
            _optional("lat", "float64", "degrees north"),
            _optional("lon", "float64", "degrees east"),
            _optional("price_minor", "int64", "what the posting cost, minor units of currency"),
            _optional("currency", "string", "ISO 4217 code of price_minor"),
            _optional("author_label", "string", "known author; evaluation only, never a feature"),
            _optional("phone", "string", "phone field given by the source"),
            _optional("email", "string", "e-mail field given by the source"),
            _optional("image_hashes", "string", "PDQ hashes in hex, space-separated"),
            _optional("url", "string", "address of the ad"),
            _FILE,
            _ROW,
        ),
        ("ad_id",),
    ),
    Table(
        "blocks",
        "source",
        "block headers that passed every check",
        (
            _required("block_hash", "string", "hex, display order"),
            _optional("block_height", "int64", "from the coinbase (BIP 34) or the source"),
            _required("block_time_us", "int64", "header time, UTC microseconds"),
            _required("previous_hash", "string", "hex, display order"),
            _required("transactions", "int64", "number of transactions"),
            _FILE,
            _required("row", "int64", "which block of that file, counted from 1"),
            _optional("target_bits", "int64", "target of its proof of work, in compact form"),
            _optional(
                "on_best_chain",
                "bool",
                "false = it lost against a branch with more work; none = not known",
            ),
        ),
        ("block_hash",),
    ),
    Table(
        "block_files",
        "record",
        "how far each blk*.dat was read, so that one that grew is read on from there",
        (
            _required("file_id", "int64", "source_files.file_id"),
            _required("name", "string", "name of the file, without its folder"),
            _required("bytes_read", "int64", "where the next block begins"),
            _required("prefix_sha256", "string", "hex digest of the bytes before it"),
            _required("blocks_met", "int64", "blocks before it, good or bad"),
            _required(
                "blocks_without_undo", "int64", "of those, with nothing told of their spends"
            ),
            _required("undo_records_used", "int64", "records of rev*.dat that fit a block"),
        ),
        ("file_id",),
    ),
    Table(
        "feed_files",
        "record",
        "how far each growing file of ads was read, so that only its new lines are read",
        (
            _required("file_id", "int64", "source_files.file_id of the part read last"),
            _required("path", "string", "the file, with its whole path"),
            _required("bytes_read", "int64", "where the next line begins"),
            _required("rows_met", "int64", "rows before it, good or bad"),
            _required("mark_sha256", "string", "hex digest of the last 4,096 bytes before it"),
        ),
        ("file_id",),
    ),
    Table(
        "other_blocks",
        "source",
        "further blocks that hold a transaction beside the one that gave its row",
        (
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("block_hash", "string", "blocks.block_hash"),
        ),
        ("tx_id", "block_hash"),
    ),
    Table(
        "transactions",
        "source",
        "Bitcoin transactions; tx_id is a dense number given at ingest",
        (
            _required("tx_id", "int64", "0, 1, 2, … in order of ingest"),
            _digest("txid", "32 bytes, display order"),
            _optional("block_height", "int64", "height of its block"),
            _optional("block_time_us", "int64", "its block's header time; an upper bound only"),
            _required("is_coinbase", "bool", "pays new coins"),
            _required("version", "int64", "version field"),
            _required("lock_time", "int64", "lock time field"),
            _FILE,
            _ROW,
        ),
        ("tx_id",),
    ),
    Table(
        "scripts",
        "source",
        "distinct output scripts; script_id is a dense number given at ingest",
        (
            _required("script_id", "int64", "0, 1, 2, … in order of ingest"),
            Column(
                "script",
                "binary",
                "script bytes; for unknown scripts b'addr:' + address",
                stored_as="uncompressed",
            ),
            _required(
                "script_type",
                "string",
                "p2pk, p2pkh, p2sh, p2wpkh, p2wsh, p2tr, multisig, op_return, witness_unknown, "
                "nonstandard",
            ),
            Column(
                "address",
                "string",
                "for display; none for multisig, OP_RETURN, p2pk",
                nullable=True,
                stored_as="uncompressed",
            ),
        ),
        ("script_id",),
    ),
    Table(
        "inputs",
        "source",
        "spent outputs, with value and script where known (coinbase inputs are left out)",
        (
            _count("tx_id", "spending transaction"),
            _count("vin", "position"),
            _digest("spent_txid", "32 bytes, display order"),
            _count("spent_vout", "output spent"),
            _count("value_sat", "satoshi; none = unknown", nullable=True),
            _count("script_id", "script spent; none = unknown", nullable=True),
            _count("sequence", "sequence field"),
        ),
        ("tx_id", "vin"),
    ),
    Table(
        "outputs",
        "source",
        "outputs of stored transactions",
        (
            _count("tx_id", "paying transaction"),
            _count("vout", "position"),
            _count("value_sat", "satoshi"),
            _count("script_id", "script paid"),
        ),
        ("tx_id", "vout"),
    ),
    Table(
        "first_seen",
        "source",
        "when someone's clock saw a transaction unconfirmed; several observers may speak",
        (
            _digest("txid", "32 bytes, display order"),
            _required("first_seen_us", "int64", "UTC microseconds"),
            _optional("observer", "string", "who saw it: the source column, or a node's URL"),
            _FILE,
            _ROW,
            _optional("uncertainty_us", "int64", "the true time lies within so much, clock apart"),
            _optional("clock_error_us", "int64", "error bound that the stamping clock stated"),
            _optional("clock_offset_us", "int64", "that clock ahead of UTC by so much; not undone"),
        ),
    ),
    Table(
        "mempool_events",
        "source",
        "what a watched node's mempool did with a transaction; each event, in order",
        (
            _digest("txid", "32 bytes, display order"),
            _required(
                "event",
                "string",
                "added, rebroadcast (added after a removal), removed (evicted, expired, replaced), "
                "replaced (by other), confirmed (in block other), unconfirmed (block other left "
                "the chain), returned (added again after that)",
            ),
            _required("event_us", "int64", "UTC microseconds"),
            _required("observer", "string", "the node's URL"),
            _optional("other", "binary", "replacing transaction or block, 32 bytes, display order"),
            _required("clock", "string", "who stamped it: ours, or the node (whole seconds)"),
            _required("uncertainty_us", "int64", "the true time lies within so much, clock apart"),
            _optional("clock_error_us", "int64", "error bound that the stamping clock stated"),
            _optional("clock_offset_us", "int64", "that clock ahead of UTC by so much; not undone"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "watch_log",
        "source",
        "what befell a watch: clocks, gaps, restarts, re-organisations, skew between observers",
        (
            _required("event_us", "int64", "UTC microseconds"),
            _optional("observer", "string", "the node's URL; none: the watch itself"),
            _required(
                "event",
                "string",
                "started, stopped, lost, found, restarted, gap, block, reorganised, clock, "
                "clock_step, skew",
            ),
            _optional("offset_us", "int64", "measured offset or step of a clock"),
            _optional("error_us", "int64", "error bound or spread of that offset"),
            _required("detail", "string", "in words"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "prices",
        "source",
        "price of one bitcoin",
        (
            _required("time_us", "int64", "UTC microseconds"),
            _required("currency", "string", "ISO 4217 code"),
            _required("price", "float64", "currency units per bitcoin"),
            _FILE,
            _ROW,
        ),
        ("currency", "time_us"),
    ),
    Table(
        "known_hashes",
        "source",
        "what a list says of a picture, known by its PDQ hash alone; each statement is kept",
        (
            _digest("hash", "PDQ hash, 32 bytes"),
            _required("source", "string", "who says it: the row's, --source, or the file's name"),
            _optional("label", "string", "category or tags, as the list has them"),
            _required("verdict", "string", "known_abuse, harmless or listed (neither is said)"),
            _optional("reviewers", "int64", "how many reviewed it, where the list says so"),
            _optional("quality", "int64", "PDQ quality, 0 to 100, where the list says so"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "price_rules",
        "source",
        "what sites ask: one row for each price of a rule; where several rules fit an ad, the last",
        (
            _required("site", "string", "ads.site; * and ? stand for any letters"),
            _optional("category", "string", "ads.category, likewise; none = every"),
            _optional("place", "string", "an ad's city, region or country, likewise; none = every"),
            _optional("from_us", "int64", "holds from then on, UTC microseconds"),
            _optional("to_us", "int64", "holds until then, UTC microseconds"),
            _required("currency", "string", "ISO 4217 code of price_minor"),
            _required(
                "kind",
                "string",
                "posting, bump (up again within the day), repost (by itself on the next day), "
                "several (that many ads in one payment), upsell (added), credit (a pack)",
            ),
            _optional("name", "string", "name of the upsell"),
            _required("ads", "int64", "ads that it buys; 1 but for kind several"),
            _required("price_minor", "int64", "minor units of currency; 0 = free"),
            _FILE,
            _required("row", "int64", "which rule of that file, counted from 1"),
        ),
        ("file_id", "row", "kind", "name", "ads", "price_minor"),
    ),
    Table(
        "tags",
        "source",
        "what others say an address is (GraphSense TagPack)",
        (
            _required("address", "string", "Bitcoin address"),
            _required("label", "string", "name given"),
            _optional("actor", "string", "actor id"),
            _optional("category", "string", "exchange, payment_processor, …; first of concepts"),
            _optional("confidence", "string", "TagPack confidence id"),
            _optional("tagpack", "string", "title of the pack"),
            _optional("tag_source", "string", "where the pack has it from"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "outside_clusters",
        "source",
        "which cluster an outside service puts an address in; joins no wallets here",
        (
            _required("address", "string", "Bitcoin address"),
            _required("cluster", "string", "the service's own id"),
            _required("service", "string", "its URL"),
            _FILE,
        ),
        ("address", "service", "cluster"),
    ),
    Table(
        "judgements",
        "source",
        "what people said of two ads: one author or two; ad_id_a < ad_id_b; the latest counts",
        (
            _required("ad_id_a", "string", "ads.ad_id"),
            _required("ad_id_b", "string", "ads.ad_id"),
            _required("verdict", "string", "same, different, or unsure (takes a verdict back)"),
            _required("reviewer", "string", "who says so"),
            _required("reason", "string", "why"),
            _required("judged_us", "int64", "when, UTC microseconds"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "lead_judgements",
        "source",
        "what people found of a lead; named by one of its ads, as leads are formed anew",
        (
            _required("ad_id", "string", "ads.ad_id of any ad of the lead"),
            _required("verdict", "string", "supports, contradicts, or unsure (takes it back)"),
            _required("reviewer", "string", "who says so"),
            _required("reason", "string", "why"),
            _required("judged_us", "int64", "when, UTC microseconds"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "referrals",
        "source",
        "one report that somebody sent in: a platform's, a hotline's, a letter",
        (
            _required("referral_id", "string", "the report's own id; e-mail: mail: + Message-ID"),
            _required("received_us", "int64", "when it came in, UTC microseconds"),
            _optional("occurred_us", "int64", "when what it tells of happened, UTC microseconds"),
            _optional("incident_type", "string", "as the reporter calls it"),
            _optional("reporter", "string", "who reports: a platform, or the sender's address"),
            _optional("text", "string", "what is told, without embedded files"),
            _optional("refers_to", "string", "ids of other reports that it names, by spaces"),
            _optional("country", "string", "country; its number plan is tried for phones"),
            _optional("known_abuse", "bool", "the reporter says that a file is a known one"),
            _optional("attachments", "int64", "files that came with it; none of them is stored"),
            _FILE,
            _ROW,
        ),
        ("referral_id",),
    ),
    Table(
        "referral_items",
        "source",
        "identifiers that the fields of a report give, as they were given",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required(
                "kind", "string", "email, phone, screen_name, ip, url, md5, sha1, sha256 or pdq"
            ),
            _required("value", "string", "as given; hashes and addresses in normal form"),
            _FILE,
            _ROW,
        ),
    ),
    Table(
        "referral_judgements",
        "source",
        "what people said of reports that they worked on; the latest counts",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required("verdict", "string", "useful, useless, or unsure (takes a verdict back)"),
            _required("reviewer", "string", "who says so"),
            _required("reason", "string", "why"),
            _required("judged_us", "int64", "when, UTC microseconds"),
            _FILE,
            _ROW,
        ),
    ),
)

# Kinds of identifiers that many strangers share: shown, but they tie no ads together.
SHOWN_ONLY: Final = ("domain", "likely_handle", "payee")

# ── results: what stages make ─────────────────────────────────────────────────────────────

RESULTS: Final = (
    Table(
        "texts",
        "result",
        "each ad's text as stylometry sees it: repaired, with contact data masked",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required("masked_text", "string", "hard identifiers replaced by kind marks"),
            _required("language", "string", "en, tl, ceb, es, taglish, mixed, other, none"),
            _required("text_group_id", "string", "near-duplicate group (template); one id each"),
            _required("characters", "int64", "length of masked_text"),
            _RUN,
        ),
        ("ad_id",),
    ),
    Table(
        "identifiers",
        "result",
        "hard identifiers found in an ad, normalised",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required(
                "kind",
                "string",
                "phone, email, handle, url, bitcoin_address, tron_address, ethereum_address, "
                "payment_handle; ties no ads: domain, payee, likely_handle",
            ),
            _required("value", "string", "normalised: E.164, lower-case, checksum-verified …"),
            _required("found_in", "string", "text, phone or email: the field that held it"),
            _optional("app", "string", "apps, wallet services or house named with it, by spaces"),
            _RUN,
        ),
        ("ad_id", "kind", "value"),
    ),
    Table(
        "author_pairs",
        "result",
        "candidate pairs of ads with their same-author evidence; ad_id_a < ad_id_b",
        (
            _required("ad_id_a", "string", "ads.ad_id"),
            _required("ad_id_b", "string", "ads.ad_id"),
            _required("same_template", "bool", "one text group: reported apart from style"),
            _required("shared_identifiers", "int64", "hard identifiers in common"),
            _required("log10_lr", "float64", "calibrated, from text alone; 0 = says nothing"),
            _required("same_author_probability", "float64", "at the workspace's prevalence"),
            _RUN,
        ),
        ("ad_id_a", "ad_id_b"),
    ),
    Table(
        "authors",
        "result",
        "which author each ad is believed to be by; every ad has one row, loners included",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required("author_id", "string", "'A-' + 10 hex of SHA-256 of the smallest ad_id"),
            _required("log10_lr", "float64", "evidence that the ad belongs (0 for loners)"),
            _required("reason", "string", "identifier, judgement, template, style or alone"),
            _RUN,
        ),
        ("ad_id",),
    ),
    Table(
        "author_hours",
        "result",
        "posting hours of the ads that came in with an ad against the rest of its author: "
        "evidence of its own, in no other score; ads of authors of one block are left out",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required("author_id", "string", "authors.author_id"),
            _required(
                "sittings",
                "float64",
                "bursts of ads that contacts or a template joined to "
                "it, its own among them; half of one for a burst shared with the rest",
            ),
            _required("rest_sittings", "float64", "bursts of the author's other ads"),
            _required("log10_lr", "float64", "one habit of the clock against two"),
            _RUN,
        ),
        ("ad_id",),
    ),
    Table(
        "author_model",
        "result",
        "the fitted pair model, readable, and its measured error rates",
        (
            _required("name", "string", "model, calibration, metrics, hours, background"),
            _required("json", "string", "JSON document"),
            _RUN,
        ),
        ("name",),
    ),
    Table(
        "coinjoins",
        "result",
        "transactions that are or may be CoinJoins (verdict 'no' rows are left out)",
        (
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("verdict", "string", "yes or undecided"),
            _required("rule", "string", "whirlpool, wasabi1, wasabi2, joinmarket or equal_outputs"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "wallets",
        "result",
        "address clusters: scripts that co-spending says one party controls",
        (
            _required("script_id", "int64", "scripts.script_id"),
            _required("wallet_id", "int64", "smallest script_id of the cluster"),
            _optional(
                "joined_by_tx_id",
                "int64",
                "transaction that joined it; none = alone, or the smallest",
            ),
            _optional(
                "joined_with_script_id",
                "int64",
                "script spent in that transaction, one step nearer to the smallest",
            ),
            _required("rule", "string", "co_spend or alone"),
            _RUN,
        ),
        ("script_id",),
    ),
    Table(
        "wallet_summary",
        "result",
        "one row per wallet: size, activity, and whether it is a service",
        (
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("scripts", "int64", "addresses in it"),
            _required("transactions_out", "int64", "transactions it funds"),
            _required("transactions_in", "int64", "transactions that pay it"),
            _required("recipients", "int64", "different scripts of others that it paid (fan-out)"),
            _required("payers", "int64", "different other wallets that paid it (fan-in)"),
            _required("outputs_in", "int64", "outputs it received"),
            _required("addresses_paid", "int64", "its scripts that received any (reuse)"),
            _optional("first_us", "int64", "earliest block time of its transactions, UTC μs"),
            _optional("last_us", "int64", "latest block time of its transactions, UTC μs"),
            _optional("service", "string", "name or kind of service; none = not known as one"),
            _optional("service_category", "string", "exchange, payment_processor, …"),
            _optional("service_confidence", "string", "tag confidence or 'behaviour'"),
            _optional("service_reason", "string", "why it is held to be a service"),
            _optional(
                "service_signs",
                "string",
                "signs of a service in its behaviour: fan_out, fan_in, reuse, life_span",
            ),
            _RUN,
        ),
        ("wallet_id",),
    ),
    Table(
        "refused_merges",
        "result",
        "transactions that would have joined two large or differently tagged clusters",
        (
            _required("tx_id", "int64", "transactions.tx_id; it joins nothing"),
            _required("wallet_id_a", "int64", "wallets.wallet_id"),
            _required("wallet_id_b", "int64", "wallets.wallet_id of the other"),
            _required("scripts_a", "int64", "addresses of the first when it was refused"),
            _required("scripts_b", "int64", "addresses of the other when it was refused"),
            _optional("actor_a", "string", "who the first is tagged as"),
            _optional("actor_b", "string", "who the other is tagged as"),
            _required("reason", "string", "actors (tagged differently) or size (both large)"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "growth_alarms",
        "result",
        "transactions through which a cluster grew suddenly: a person should look at them",
        (
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("wallet_id", "int64", "wallets.wallet_id that it belongs to now"),
            _required("clusters", "int64", "clusters that the transaction joined"),
            _required("largest_before", "int64", "addresses of the largest of them"),
            _required("scripts_after", "int64", "addresses after it"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "tag_conflicts",
        "result",
        "what is said of wallets whose tags disagree, each claim with its confidence",
        (
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("kind", "string", "actors (two are named) or labels (only names differ)"),
            _optional("actor", "string", "actor id"),
            _required("label", "string", "name given"),
            _optional("category", "string", "exchange, payment_processor, …"),
            _optional("confidence", "string", "TagPack confidence id"),
            _optional("tagpack", "string", "title of the pack"),
            _required("addresses", "int64", "addresses of the wallet of which it is said"),
            _RUN,
        ),
        ("wallet_id", "label", "actor", "category", "confidence", "tagpack"),
    ),
    Table(
        "payers",
        "result",
        "the wallet that funds each transaction (CoinJoins and unknown inputs are left out)",
        (
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("wallet_id", "int64", "wallet of its inputs"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "change_outputs",
        "result",
        "the output of a payment that the change heuristics together name; joins nobody",
        (
            _required("tx_id", "int64", "the payment"),
            _required("vout", "int64", "outputs.vout"),
            _required("script_id", "int64", "script paid"),
            _required("heuristics", "string", "those that each leave just it, comma-separated"),
            _required("agreeing", "int64", "how many these are; 0: only several together do"),
            _required("change_probability", "float64", "measured precision of such namings"),
            _required("probability_low", "float64", "lower end of its 95% interval"),
            _required("probability_high", "float64", "upper end of its 95% interval"),
            _required("measured_on", "string", "workspace (revealed change) or regtest"),
            _required("log10_lr", "float64", "is change, against any output; from the lower end"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "change_conflicts",
        "result",
        "payments of whose outputs the change heuristics together leave none",
        (
            _required("tx_id", "int64", "the payment"),
            _required("heuristics", "string", "those that speak of it, comma-separated"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "likely_same_payer",
        "result",
        "pairs of wallets that one's change links to the other; wallet_id_a < wallet_id_b",
        (
            _required("wallet_id_a", "int64", "wallets.wallet_id"),
            _required("wallet_id_b", "int64", "wallets.wallet_id"),
            _required("transactions", "int64", "payments that link them"),
            _required("tx_id", "int64", "the payment that links them best"),
            _required("same_payer_probability", "float64", "lower end of its measured precision"),
            _required("log10_lr", "float64", "one payer, against any output; of that payment"),
            _RUN,
        ),
        ("wallet_id_a", "wallet_id_b"),
    ),
    Table(
        "wider_wallets",
        "result",
        "wallets joined by change; empty unless change.joins_wallets is set",
        (
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("wider_wallet_id", "int64", "smallest wallet_id joined with it"),
            _required("joined_by_tx_id", "int64", "first payment that joins it to another"),
            _RUN,
        ),
        ("wallet_id",),
    ),
    Table(
        "pool_entries",
        "result",
        "tx0: payments that cut one owner's coins to the size of a Whirlpool pool",
        (
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("pool_sat", "int64", "size of the pool, satoshi"),
            _required("outputs", "int64", "outputs made for the pool"),
            _RUN,
        ),
        ("tx_id",),
    ),
    Table(
        "payment_laws",
        "result",
        "what was learned of each site: delay, amount, quote, tills, share paid; and background",
        (
            _required("site", "string", "ads.site; '*' = all sites pooled"),
            _required(
                "name",
                "string",
                "delay, amount, quote (age of the rate, trailing zeros), tills (wallets paid), "
                "paid_share, clock, delay_from, half_laws (by which ads were scored), background, "
                "settings",
            ),
            _required("json", "string", "JSON: bin edges and densities, shares, or figures"),
            _RUN,
        ),
        ("site", "name"),
    ),
    Table(
        "posting_histories",
        "result",
        "what each row of the ad feed was: a purchase, or only a repetition of one",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required(
                "action",
                "string",
                "first, new (same text again, another purchase), bump (same minute of a later "
                "hour), repost (same minute of the next day), duplicate (the same ad given twice)",
            ),
            _optional("of_ad_id", "string", "the earlier ad that it repeats"),
            _optional("after_s", "int64", "seconds after that one"),
            _required(
                "chance_probability",
                "float64",
                "a bump or repost is a purchase that fell on that minute by chance; else 0",
            ),
            _required("paid_probability", "float64", "it cost anything; a duplicate did not again"),
            _RUN,
        ),
        ("ad_id",),
    ),
    Table(
        "payment_candidates",
        "result",
        "outputs that time and amount allow as an ad's payment; round 0 is real, others decoys",
        (
            _required("round", "int64", "0 = ads as posted; 1… = decoy rounds, ads moved in time"),
            _required("ad_id", "string", "ads.ad_id"),
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("vout", "int64", "outputs.vout"),
            _required("value_sat", "int64", "satoshi"),
            _required(
                "delay_s",
                "float64",
                "posting time (by its site's clock set right; moved, in "
                "decoys) less first-seen, or less block time where the site waits for it",
            ),
            _required("amount_log_ratio", "float64", "ln(paid fiat value / asking price)"),
            _required(
                "ads_bought", "int64", "ads this payment would buy: 1, or up to 6 at summed price"
            ),
            _required("log10_lr", "float64", "paid this ad, against background"),
            _required("posterior_probability", "float64", "against all others and none of these"),
            _RUN,
        ),
        ("round", "ad_id", "tx_id", "vout"),
    ),
    Table(
        "attributions",
        "result",
        "authors and the wallets that pay for their ads, by method",
        (
            _required("method", "string", "inktrace, kdd2017 or chen2021"),
            _required("author_id", "string", "authors.author_id"),
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("ads_matched", "int64", "ads with a matched payment from this wallet"),
            _required("transactions_matched", "int64", "distinct transactions matched"),
            _required("log10_lr", "float64", "joint; baselines: their own score"),
            _optional("q_value", "float64", "target-decoy; baselines: none unless measured"),
            _optional(
                "error_probability",
                "float64",
                "that this one is false, from decoys of about its score; never below q_value",
            ),
            _required("is_service", "bool", "the wallet is a service: a legal request goes there"),
            _RUN,
        ),
        ("method", "author_id", "wallet_id"),
    ),
    Table(
        "attribution_links",
        "result",
        "the ads and payments that carry each attribution",
        (
            _required("method", "string", "inktrace, kdd2017 or chen2021"),
            _required("author_id", "string", "authors.author_id"),
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("ad_id", "string", "ads.ad_id"),
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("vout", "int64", "outputs.vout"),
            _required("log10_lr", "float64", "what this link adds, given the wallet"),
            _required("posterior_probability", "float64", "given the wallet; baselines: 1"),
            _RUN,
        ),
        ("method", "author_id", "wallet_id", "ad_id", "tx_id", "vout"),
    ),
    Table(
        "shared_payers",
        "result",
        "pairs of authors whose ads one private wallet pays for; author_id_a < author_id_b",
        (
            _required("author_id_a", "string", "authors.author_id"),
            _required("author_id_b", "string", "authors.author_id of the other"),
            _required("wallet_id", "int64", "wallets.wallet_id"),
            _required("error_probability", "float64", "that one or both of the names are false"),
            _required("pairs_compared", "int64", "pairs of their ads whose style was compared"),
            _optional("mean_log10_lr", "float64", "what those say of one author, on average"),
            _required("shared_identifiers", "int64", "of those pairs, with a contact in common"),
            _required("reading", "string", "one_author, two_authors, or open; nothing is merged"),
            _RUN,
        ),
        ("author_id_a", "author_id_b", "wallet_id"),
    ),
    Table(
        "identities",
        "result",
        "which identity stands behind each ad; an identity is parts of authors, joined",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required("author_id", "string", "authors.author_id"),
            _required("part_id", "string", "'P-' + 10 hex of SHA-256 of the part's first ad_id"),
            _required("identity_id", "string", "'I-' + 10 hex of SHA-256 of its first ad_id"),
            _RUN,
        ),
        ("ad_id",),
    ),
    Table(
        "identity_links",
        "result",
        "each join of two clusters of parts, and each refused one that something speaks for; "
        "weights are log10 and add up to total",
        (
            _required("step", "int64", "1, 2, … in order of joining; refused ones after them"),
            _required("part_id_a", "string", "first part of the one cluster at that step"),
            _required("part_id_b", "string", "first part of the other"),
            _required("ads_a", "int64", "ads of the one cluster at that step"),
            _required("ads_b", "int64", "ads of the other"),
            _required("prior", "float64", "log10 odds before any evidence"),
            _required("identifiers", "float64", "contacts shared, by rarity, or never shared"),
            _required("images", "float64", "pictures shared, by rarity, or never shared"),
            _required("style", "float64", "same-author scores; 0 where the template counts"),
            _required("template", "float64", "one text template; 0 where style counts"),
            _required("wallet", "float64", "a private wallet that pays for both"),
            _required("place", "float64", "places shared or never shared"),
            _required("total", "float64", "log10 odds of one identity: the sum"),
            _required("merged", "bool", "they were joined"),
            _required(
                "reason",
                "string",
                "evidence, judgement; too weak, judged apart, judgements contradict (apart holds), "
                "too large, too many rounds",
            ),
            _RUN,
        ),
        ("step",),
    ),
    Table(
        "identity_hubs",
        "result",
        "values that many authors use: agencies, spam, site operators; they tie nobody",
        (
            _required("kind", "string", "identifiers.kind, image, text or wallet"),
            _required("value", "string", "the value; of a text its text_group_id"),
            _required("authors", "int64", "authors who use it"),
            _required("ads", "int64", "ads that use it"),
            _required(
                "strangers", "float64", "people that may be; authors without contacts count less"
            ),
            _required("identities", "int64", "identities that use it all the same"),
            _required("reason", "string", "why it is a hub, in a sentence"),
            _RUN,
        ),
        ("kind", "value"),
    ),
    Table(
        "image_hashes",
        "result",
        "each distinct picture hash of the ads, and whether it may count as evidence",
        (
            _required("hash", "string", "PDQ hash, 64 hex digits"),
            _required(
                "bits_set", "int64", "of 256; a PDQ hash has 128 unless the picture is blank"
            ),
            _required("ads", "int64", "ads that carry it"),
            _required(
                "near_hashes", "int64", "other hashes of ads within the distance, mirrored too"
            ),
            _required("near_ads", "int64", "ads that carry it or one of the nearest of those"),
            _required("near_authors", "int64", "authors of those ads"),
            _required("near_sites", "int64", "sites of those ads"),
            _optional("quarantine", "string", "why it is no evidence, where it is none"),
            _RUN,
        ),
        ("hash",),
    ),
    Table(
        "hash_matches",
        "result",
        "ads with a picture near a listed one: a reason to look, never to merge",
        (
            _required("ad_id", "string", "ads.ad_id"),
            _required("hash", "string", "the ad's PDQ hash, hex"),
            _required("known_hash", "string", "the list's PDQ hash, hex"),
            _required("source", "string", "who lists it"),
            _required("label", "string", "category or tags as listed; empty where there is none"),
            _required("verdict", "string", "known_abuse, harmless or listed"),
            _optional("reviewers", "int64", "how many reviewed it, where the list says so"),
            _optional("quality", "int64", "PDQ quality in the list, where it says so"),
            _required("distance", "int64", "bits that differ, of 256"),
            _required("mirrored", "bool", "it is the mirrored picture that matches"),
            _required(
                "log10_chance",
                "float64",
                "listed hashes expected so near to an unrelated picture, log10; from this case",
            ),
            _required("disputed", "bool", "another list calls the very same hash harmless"),
            _optional("quarantine", "string", "why it is no evidence, where it is none"),
            _required("escalated", "bool", "known abuse, not quarantined: a person looks first"),
            _RUN,
        ),
        ("ad_id", "hash", "known_hash", "source", "label", "verdict"),
    ),
    Table(
        "shared_images",
        "result",
        "pairs of authors whose ads have near-equal pictures; nothing is merged",
        (
            _required("author_id_a", "string", "authors.author_id; less than the other"),
            _required("author_id_b", "string", "authors.author_id of the other"),
            _required("hash_a", "string", "a hash of the first author's ads, hex"),
            _required("hash_b", "string", "the near-equal hash of the other's, hex"),
            _required("distance", "int64", "bits that differ, of 256"),
            _required("mirrored", "bool", "one is the other's mirrored picture"),
            _required("ads_a", "int64", "ads of the first author with that hash"),
            _required("ads_b", "int64", "ads of the other with that hash"),
            _RUN,
        ),
        ("author_id_a", "author_id_b", "hash_a", "hash_b"),
    ),
    Table(
        "credit_purchases",
        "result",
        "outputs that bought a pack of credit before a run of an author's ads, with q-values",
        (
            _required("author_id", "string", "authors.author_id"),
            _required("site", "string", "ads.site"),
            _required("tx_id", "int64", "transactions.tx_id"),
            _required("vout", "int64", "outputs.vout"),
            _required("value_sat", "int64", "satoshi"),
            _required("paid_us", "int64", "first-seen time or middle of its interval, UTC"),
            _required("wallet_id", "int64", "wallets.wallet_id of the payer"),
            _required("currency", "string", "ISO 4217 code of pack_minor"),
            _required("pack_minor", "int64", "what the pack costs, minor units of currency"),
            _required("ads_covered", "int64", "ads that its money lasted for"),
            _required("first_ad_id", "string", "the first of them"),
            _required("last_ad_id", "string", "the last of them"),
            _required("delay_s", "float64", "posting time of the first less paid_us"),
            _required("log10_lr", "float64", "bought before one of the runs, against background"),
            _required("score", "float64", "log10 odds in which all purchases compete"),
            _required("q_value", "float64", "target-decoy; decoys are other wallets' transactions"),
            _required("error_probability", "float64", "that this one is false; never below q"),
            _RUN,
        ),
        ("author_id", "site", "tx_id", "vout"),
    ),
    Table(
        "refunds",
        "result",
        "smaller outputs from the wallet that was paid for an ad back to the payer's, soon after",
        (
            _required("author_id", "string", "attribution_links.author_id"),
            _required("wallet_id", "int64", "the payer's, which the refund went to"),
            _required("ad_id", "string", "attribution_links.ad_id"),
            _required("tx_id", "int64", "the payment"),
            _required("vout", "int64", "the payment's output"),
            _required("value_sat", "int64", "satoshi paid"),
            _required("till_wallet_id", "int64", "wallet that was paid and paid back"),
            _required("refund_tx_id", "int64", "transactions.tx_id of the refund"),
            _required("refund_vout", "int64", "outputs.vout of the refund"),
            _required("refund_sat", "int64", "satoshi paid back"),
            _required("after_s", "float64", "seconds from the payment to the refund"),
            _RUN,
        ),
        ("author_id", "wallet_id", "ad_id", "tx_id", "vout", "refund_tx_id", "refund_vout"),
    ),
    Table(
        "leads",
        "result",
        "what a person is asked to look at, in order",
        (
            _required(
                "lead_id", "string", "'L-' + the 10 hex digits of its identities.identity_id"
            ),
            _required("rank", "int64", "1 = first"),
            _required("score", "float64", "sum of the indicators' points; not a probability"),
            _optional("score_low", "float64", "lower end of its 95% interval"),
            _optional("score_high", "float64", "upper end of its 95% interval"),
            _optional(
                "flagged",
                "bool",
                "stated or implied age under 18, or enough points: said of lead_ads.in_core",
            ),
            _required("author_ids", "string", "space-separated"),
            _required("wallet_ids", "string", "space-separated; q ≤ the reporting threshold"),
            _required("ads", "int64", "number of ads"),
            _required("people_estimate", "int64", "people advertised, estimated"),
            _required("places", "int64", "distinct places"),
            _required("ads_per_day", "float64", "rate over the days active"),
            _required("first_posted_us", "int64", "UTC microseconds"),
            _required("last_posted_us", "int64", "UTC microseconds"),
            _required("under_age_indicator", "bool", "a stated or implied age under 18"),
            _required("known_abuse_image", "bool", "a picture near one of a known-abuse list"),
            _required("reasons", "string", "one sentence each, ' | ' between"),
            _RUN,
        ),
        ("lead_id",),
    ),
    Table(
        "lead_indicators",
        "result",
        "each indicator and counter-indicator of a lead",
        (
            _required("lead_id", "string", "leads.lead_id"),
            _required("indicator", "string", "name of the indicator"),
            _required("direction", "string", "for or against"),
            _required("value", "float64", "its value for this lead"),
            _required("rarity", "float64", "share of authors here with a value at least as high"),
            _required("weight", "float64", "points: what it adds to the score"),
            _optional("weight_low", "float64", "lower end of its 95% interval"),
            _optional("weight_high", "float64", "upper end of its 95% interval"),
            _required("reason", "string", "the sentence a person reads"),
            _required("reference", "string", "published source of the indicator"),
            _RUN,
        ),
        ("lead_id", "indicator"),
    ),
    Table(
        "lead_ads",
        "result",
        "the ads of a lead; a flag is said of its core: ads that contacts, photos, payments tie",
        (
            _required("lead_id", "string", "leads.lead_id"),
            _required("ad_id", "string", "ads.ad_id"),
            _required("in_core", "bool", "tied to the core; else joined by style or text alone"),
            _RUN,
        ),
        ("lead_id", "ad_id"),
    ),
    Table(
        "lead_evidence",
        "result",
        "the ads and words that carry an indicator of a lead, some of them",
        (
            _required("lead_id", "string", "leads.lead_id"),
            _required("indicator", "string", "lead_indicators.indicator"),
            _required("ad_id", "string", "ads.ad_id, the first with these words"),
            _required("words", "string", "name, wording, number, photo or trip, as found"),
            _RUN,
        ),
        ("lead_id", "indicator", "ad_id", "words"),
    ),
    Table(
        "referral_texts",
        "result",
        "which reports have near-equal texts",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required("text_group_id", "string", "near-duplicate group; one id each"),
            _required("words", "int64", "words of the text, contact data counted as one each"),
            _RUN,
        ),
        ("referral_id",),
    ),
    Table(
        "referral_identifiers",
        "result",
        "identifiers of a report, from its text and its fields, normalised",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required(
                "kind",
                "string",
                "as identifiers.kind; also ip, md5, sha1, sha256, pdq, and number (a phone that "
                "no plan allows)",
            ),
            _required("value", "string", "normalised as in identifiers"),
            _required("found_in", "string", "text, or the field that held it"),
            _RUN,
        ),
        ("referral_id", "kind", "value"),
    ),
    Table(
        "referral_priorities",
        "result",
        "each report's priority, and apart from it how complete it is",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required("month", "string", "month in which it came in, UTC, as 2026-10"),
            _required("priority", "float64", "sum of referral_reasons.points; no probability"),
            _required("completeness", "float64", "share of the asked-for fields that it fills"),
            _required("group_id", "string", "reports that are one: 'G-' + 10 hex of a digest"),
            _required(
                "grouped_by", "string", "what joins it to its group: same text, same files, …"
            ),
            _required("viral", "bool", "its group came from many unrelated reporters"),
            _required(
                "item_id",
                "string",
                "one line of a work list: a lead, identity or shared contact, or else a group",
            ),
            _required("item_reports", "int64", "reports of the item, over all months"),
            _required("heads_item", "bool", "the item's first report in this month"),
            _optional("rank", "int64", "place of the item in the month; none: judged, or no head"),
            _optional("identity_id", "string", "identities.identity_id that it joins best"),
            _optional("lead_id", "string", "leads.lead_id of that identity"),
            _optional("verdict", "string", "latest judgement on any report of its item"),
            _RUN,
        ),
        ("referral_id",),
    ),
    Table(
        "referral_reasons",
        "result",
        "why a report has its priority",
        (
            _required("referral_id", "string", "referrals.referral_id"),
            _required("reason", "string", "name of the reason"),
            _required("points", "float64", "what it adds"),
            _required("what", "string", "the sentence a person reads"),
            _required("value", "string", "what was found"),
            _required("source", "string", "where: a table and id, or the field"),
            _RUN,
        ),
        ("referral_id", "reason"),
    ),
    Table(
        "referral_feedback",
        "result",
        "how often each reason stood on reports that were judged useful; nothing is refitted",
        (
            _required("reason", "string", "name of the reason; all = every judged item"),
            _required("judged", "int64", "judged items that have the reason"),
            _required("useful", "int64", "of those, judged useful"),
            _required("share", "float64", "useful / judged"),
            _required("low", "float64", "of the 95% interval (Wilson)"),
            _required("high", "float64", "of the 95% interval (Wilson)"),
            _RUN,
        ),
        ("reason",),
    ),
)

TABLES: Final = {table.name: table for table in (*RECORDS, *SOURCES, *RESULTS)}
