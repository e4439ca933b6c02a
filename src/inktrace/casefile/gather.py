"""From the tables of a workspace to the facts of one lead, and nothing of anyone else.

Only what the lead rests on is gathered: its ads, its payments, its wallets. Wallets of payers
that were considered and not chosen belong to uninvolved people and are left in the workspace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.casefile.credit_facts import NO_CREDIT, CreditFacts, gather_credit
from inktrace.casefile.identity_facts import NO_IDENTITIES, IdentityFacts, gather_identities
from inktrace.casefile.missing_rows import refuse_missing_rows
from inktrace.casefile.redaction.profiles import NOT_REDACTED, Applied
from inktrace.casefile.review import NO_REVIEW, Review, gather_review
from inktrace.casefile.shown_pairs import ShownPair, gather_shown_pairs
from inktrace.casefile.trail import MoneyTrail, gather_trail
from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.progress import Progress
from inktrace.schema import SHOWN_ONLY

METHOD: Final = "inktrace"
# How many known leads an error names: enough to spot a typing slip, few enough for one line.
_LEADS_NAMED: Final = 5


@dataclass(frozen=True)
class CaseFacts:
    """Everything a case package says, as it stands in the workspace's tables.

    Tables are Arrow data in a fixed order; times are UTC microseconds, money is satoshi.
    """

    lead: Mapping[str, Any]
    author_ids: tuple[str, ...]
    wallet_ids: tuple[int, ...]
    ads: pa.Table
    identifiers: pa.Table
    pairs: pa.Table
    attributions: pa.Table
    trail: MoneyTrail
    indicators: pa.Table
    indicator_rows: pa.Table
    core: pa.Table
    laws: pa.Table
    models: pa.Table
    source_files: pa.Table
    runs: pa.Table
    run_times: pa.Table  # run_id, seconds, finished_us: when each run was made, of the workspace
    corpus: Mapping[str, int]
    q_values: tuple[float, ...]  # of all attributions of the workspace, to say what a rate means
    review: Review = NO_REVIEW
    identity: IdentityFacts = NO_IDENTITIES
    shown_pairs: tuple[ShownPair, ...] = ()
    credit: CreditFacts = NO_CREDIT
    redaction: Applied = NOT_REDACTED  # what was replaced in these facts

    @property
    def reviewed(self) -> bool:
        """Whether a person judged this lead; one that nobody judged says so on every page."""
        return self.review.is_there


def gather_case(relations: Relations, lead_id: str, progress: Progress) -> CaseFacts:
    """The facts of one lead. Raises StageError if there is no such lead or rows of it are gone."""
    progress("gather the lead's rows", 0, 4)
    lead = _lead(relations, lead_id)
    authors = tuple(sorted(str(lead["author_ids"]).split()))
    wallets = tuple(sorted(int(word) for word in str(lead["wallet_ids"]).split()))
    members = _members(relations, lead_id)
    refuse_missing_rows(relations, lead_id, members, wallets, METHOD)
    ads = _ads(relations, members)
    progress("gather the lead's rows", 1, 4)
    pairs = _pairs(relations, members)
    attributions = _attributions(relations, authors, wallets)
    progress("gather the lead's rows", 2, 4)
    trail = gather_trail(relations, members, authors, wallets, METHOD)
    ad_ids = ads["ad_id"].to_pylist()
    review = gather_review(relations, ad_ids)
    progress("gather the lead's rows", 3, 4)
    facts = CaseFacts(
        lead=lead,
        author_ids=authors,
        wallet_ids=wallets,
        ads=_with_candidate_sums(ads, trail.candidates),
        identifiers=_identifiers(relations, members),
        pairs=pairs,
        attributions=attributions,
        trail=trail,
        indicators=_indicators(relations, lead_id),
        indicator_rows=_indicator_rows(relations, lead_id),
        core=_core(relations, lead_id),
        laws=_laws(relations, ads),
        models=relations.arrow("author_model", ["name", "json"]),
        source_files=_source_files(relations, ads, trail, review),
        runs=_runs(relations),
        run_times=_run_times(relations),
        corpus=_corpus(relations),
        q_values=_q_values(relations),
        review=review,
        identity=gather_identities(relations, ad_ids),
        credit=gather_credit(relations, members, ad_ids, wallets),
        shown_pairs=gather_shown_pairs(relations, pairs.to_pylist(), ads.to_pylist()),
    )
    progress("gather the lead's rows", 4, 4)
    return facts


def _lead(relations: Relations, lead_id: str) -> dict[str, Any]:
    leads = relations["leads"]
    found = relations.collect(leads.filter(leads.lead_id == lead_id)).to_pylist()
    if found:
        return dict(found[0])
    known = relations.collect(leads.order_by("rank").select("lead_id").limit(_LEADS_NAMED + 1))
    names = known["lead_id"].to_pylist()
    if not names:
        raise StageError(
            f"there is no lead {lead_id!r}: there are no leads yet", do="run `inktrace run` first"
        )
    more = ", …" if len(names) > _LEADS_NAMED else ""
    raise StageError(
        f"there is no lead {lead_id!r}",
        do=f"the leads are {', '.join(names[:_LEADS_NAMED])}{more}",
    )


def _members(relations: Relations, lead_id: str) -> ir.Table:
    """The rows of authors of the lead's ads: an author's other ads are not of this lead."""
    held = relations["lead_ads"]
    mine = held.filter(held.lead_id == lead_id).select("ad_id")
    return mine.join(relations["authors"], "ad_id")


def _ads(relations: Relations, members: ir.Table) -> pa.Table:
    members = members.select("ad_id", "author_id", "reason", author_log10_lr="log10_lr")
    ads = relations["ads"].drop("author_label", "phone", "email", "image_hashes", "url")
    texts = relations["texts"].select("ad_id", "language", "text_group_id", "masked_text")
    joined = members.join(ads, "ad_id").left_join(texts, "ad_id").drop("ad_id_right")
    rows = relations.collect(joined.order_by("posted_us", "ad_id"))
    digests = [
        hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()
        for text in rows["text"].to_pylist()
    ]
    place = rows.schema.get_field_index("text")
    return rows.set_column(place, "text_sha256", pa.array(digests, pa.string()))


def _with_candidate_sums(ads: pa.Table, candidates: pa.Table) -> pa.Table:
    # On one thread, so that every run adds up in the same order and gives the same last digit.
    sums = candidates.group_by("ad_id", use_threads=False).aggregate(
        [("posterior_probability", "sum"), ("posterior_probability", "count")]
    )
    by_ad = {
        row["ad_id"]: (row["posterior_probability_count"], row["posterior_probability_sum"])
        for row in sums.to_pylist()
    }
    found = [by_ad.get(ad, (0, 0.0)) for ad in ads["ad_id"].to_pylist()]
    none = [min(1.0, max(0.0, 1.0 - (total or 0.0))) for _, total in found]
    counted = ads.append_column("candidates", pa.array([n for n, _ in found], pa.int64()))
    return counted.append_column("none_of_these_probability", pa.array(none, pa.float64()))


def _identifiers(relations: Relations, members: ir.Table) -> pa.Table:
    """Hard identifiers as numbers: the same number is the same phone, e-mail or handle."""
    held = relations["identifiers"]
    tying = held.filter(held.kind.notin(SHOWN_ONLY))
    found = tying.semi_join(members, "ad_id")
    numbered = found.mutate(
        number=ibis.dense_rank().over(ibis.window(group_by="kind", order_by="value")) + 1
    )
    return relations.collect(
        numbered.select("ad_id", "kind", "number", "found_in").order_by("kind", "number", "ad_id")
    )


def _pairs(relations: Relations, members: ir.Table) -> pa.Table:
    pairs = relations["author_pairs"]
    inside = pairs.filter(pairs.ad_id_a.isin(members.ad_id), pairs.ad_id_b.isin(members.ad_id))
    picked = inside.select(
        "ad_id_a",
        "ad_id_b",
        "same_template",
        "shared_identifiers",
        "log10_lr",
        "same_author_probability",
    )
    return relations.collect(
        picked.order_by(ibis.desc("log10_lr"), "ad_id_a", "ad_id_b"),
    )


def _attributions(
    relations: Relations, authors: tuple[str, ...], wallets: tuple[int, ...]
) -> pa.Table:
    table = relations["attributions"]
    picked = table.filter(table.author_id.isin(authors) & table.wallet_id.isin(wallets))
    return relations.collect(picked.drop("run_id").order_by("method", "author_id", "wallet_id"))


def _indicators(relations: Relations, lead_id: str) -> pa.Table:
    table = relations["lead_indicators"]
    picked = table.filter(table.lead_id == lead_id).drop("run_id", "lead_id")
    return relations.collect(
        picked.order_by(ibis.desc("direction"), ibis.desc("weight"), "indicator")
    )


def _indicator_rows(relations: Relations, lead_id: str) -> pa.Table:
    """The ads and words that carry the indicators."""
    table = relations["lead_evidence"]
    picked = table.filter(table.lead_id == lead_id).drop("run_id", "lead_id")
    return relations.collect(picked.order_by("indicator", "ad_id", "words"))


def _core(relations: Relations, lead_id: str) -> pa.Table:
    """The lead's ads, and whether contacts or photos tie each to its core."""
    table = relations["lead_ads"]
    picked = table.filter(table.lead_id == lead_id).select("ad_id", "in_core")
    return relations.collect(picked.order_by("ad_id"))


def _laws(relations: Relations, ads: pa.Table) -> pa.Table:
    sites = sorted({*ads["site"].to_pylist(), "*"})
    table = relations["payment_laws"]
    # The laws of halves only say again, to the last digit, what those of the site say.
    shown = table.filter(table.site.isin(sites) & (table.name != "half_laws"))
    return relations.collect(shown.drop("run_id").order_by("site", "name"))


def _source_files(
    relations: Relations, ads: pa.Table, trail: MoneyTrail, review: Review
) -> pa.Table:
    """Files that gave a row of this package, and those of prices and price rules."""
    used: dict[int, int] = {}
    judged = (review.of_lead, review.of_ads)
    for table in (ads, trail.transactions, trail.first_seen, trail.tags, *judged):
        for file_id in table["file_id"].to_pylist():
            if file_id is not None:
                used[file_id] = used.get(file_id, 0) + 1
    table = relations["source_files"]
    picked = table.filter(
        table.file_id.isin(sorted(used)) | table.source.isin(["prices", "price-rules"])
    )
    rows = relations.collect(picked.drop("added_us").order_by("file_id"))
    counts = [used.get(file_id, 0) for file_id in rows["file_id"].to_pylist()]
    return rows.append_column("rows_in_this_package", pa.array(counts, pa.int64()))


def _runs(relations: Relations) -> pa.Table:
    """Runs without their clock times: those stand in the workspace's audit log."""
    table = relations["runs"].drop("seconds", "finished_us")
    return relations.collect(table.order_by("stage"))


def _run_times(relations: Relations) -> pa.Table:
    """When the runs were made: standards of evidence ask who did what when."""
    table = relations["runs"].select("run_id", "stage", "seconds", "finished_us")
    return relations.collect(table.order_by("stage")).drop_columns(["stage"])


def _q_values(relations: Relations) -> tuple[float, ...]:
    table = relations["attributions"]
    ours = table.filter((table.method == METHOD) & table.q_value.notnull())
    return tuple(
        relations.collect(ours.select("q_value").order_by("q_value"))["q_value"].to_pylist()
    )


def _corpus(relations: Relations) -> dict[str, int]:
    ours = relations["attributions"]
    ours = ours.filter(ours.method == METHOD)
    figures = {
        "ads": relations["ads"].aggregate(n=ibis._.count()),
        "sites": relations["ads"].aggregate(n=ibis._.site.nunique()),
        "authors": relations["authors"].aggregate(n=ibis._.author_id.nunique()),
        "transactions": relations["transactions"].aggregate(n=ibis._.count()),
        "transactions_with_first_seen": relations["first_seen"].aggregate(n=ibis._.txid.nunique()),
        "attributions": ours.aggregate(n=ibis._.count()),
        "rows_rejected": relations["source_files"].aggregate(n=ibis._.rows_rejected.sum()),
    }
    return {name: int(relations.collect(one)["n"][0].as_py() or 0) for name, one in figures.items()}
