"""`inktrace add`: take in ads, blocks, chains, first-seen times, prices, hash lists, …"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from inktrace.cli import add_node
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.errors import InktraceError

if TYPE_CHECKING:
    from inktrace.engine import Engine
    from inktrace.sources.intake import Added

REJECTED_STATUS = 4

app = typer.Typer(
    help="Add a source of records. A file that was added before is not stored twice.",
    epilog="Rows that cannot be used go to the reject table: inktrace show rejects. "
    "The exit status is then 4.",
    no_args_is_help=True,
)
# Not checked here whether they can be read: one that cannot must not keep the others out.
Files = Annotated[
    list[Path], typer.Argument(help="Files to add.", show_default=False, readable=False)
]


@app.command()
def ads(
    files: Files,
    profile: Annotated[
        Path | None,
        typer.Option(
            help="TOML profile: other column names, time zone, constants.", readable=False
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ads: CSV, JSON Lines or Parquet, plain, .gz or .zst.

    Columns: ad_id, site, posted_at (ISO 8601 with offset, or epoch seconds), text (or title and
    body); optional category, city, region, country, lat, lon, price, currency, author_label,
    phone, email, image_hashes, url.

    Example: inktrace add ads ads.csv --profile site.toml
    """
    from inktrace.sources.ads import add_ads, read_profile

    mapping = read_profile(profile) if profile else None
    _add_each(files, workspace, as_json, add_ads, profile=mapping)


@app.command()
def blocks(files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Bitcoin Core blk*.dat files or their folder (rev*.dat and xor.dat beside them are used),
    single raw blocks in binary or hex.

    Run it again as the node goes on: of a file that grew, only the new blocks are read.

    Example: inktrace add blocks ~/.bitcoin/blocks
    """
    from inktrace.sources.blocks import add_blocks, block_files, settle_blocks

    _add_each(
        files, workspace, as_json, add_blocks, block_files, finish=settle_blocks, settle=False
    )


@app.command()
def chain(files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Transactions as bitcoin-etl or the public BigQuery data set exports them (Parquet or JSON
    Lines), or as Esplora gives them (JSON: one object, a list, or one a line).

    Example: inktrace add chain transactions.jsonl.gz
    """
    from inktrace.sources.chain import add_chain

    _add_each(files, workspace, as_json, add_chain)


@app.command("first-seen")
def first_seen(
    files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False
) -> None:
    """First-seen times: columns txid, first_seen (epoch seconds, decimals allowed), source.

    Example: inktrace add first-seen mempool.csv
    """
    from inktrace.sources.first_seen import add_first_seen

    _add_each(files, workspace, as_json, add_first_seen)


@app.command()
def prices(
    files: Files,
    currency: Annotated[
        str | None, typer.Option(help="Currency of a file that has no such column.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Time zone of times that name none, e.g. UTC.")
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Bitcoin prices: columns time, currency, price (per bitcoin).

    Example: inktrace add prices btcusd.csv --currency USD --zone UTC
    """
    from inktrace.sources.prices import add_prices

    _add_each(files, workspace, as_json, add_prices, currency=currency, zone=zone)


@app.command("price-rules")
def price_rules(
    files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False
) -> None:
    """What sites ask for a posting: TOML, one [[rule]] for each site, category, place and time.

    Keys: site (* and ? stand for any letters), currency, price; optional category, place (city,
    region or country), from, to, bump, repost (0 = free), several (ads in one payment), upsells
    (added amounts), credit (amounts of packs). Where several rules fit an ad, the last counts.

    Example: inktrace add price-rules rules.toml

    [[rule]]
    site = "board1.example"
    category = "rooms"
    from = 2024-01-01
    currency = "USD"
    price = 10
    bump = 0
    upsells = { top = 5, highlighted = 2.50 }
    several = { 3 = 27 }
    credit = [50, 100]
    """
    from inktrace.sources.price_rules import add_price_rules

    _add_each(files, workspace, as_json, add_price_rules)


@app.command()
def tags(files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Address tags: GraphSense TagPacks in YAML, or an archive of them.

    Example: inktrace add tags exchanges.yaml
    """
    from inktrace.sources.tags import add_tags

    _add_each(files, workspace, as_json, add_tags)


app.command("node")(add_node.node)
app.command("graphsense")(add_node.graphsense)


@app.command()
def referrals(
    files: Files,
    profile: Annotated[
        Path | None,
        typer.Option(
            help="TOML profile: other names (in JSON, ways such as person.emails), time zone, "
            "constants.",
            readable=False,
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Reports that came in: CSV, Parquet, JSON, JSON Lines, an e-mail (.eml), an mbox or a text.

    Columns: referral_id, received_at; optional occurred_at, incident_type, reporter, title, text,
    country, refers_to, known_abuse, attachments, emails, phones, screen_names, ips, urls, md5,
    sha1, sha256, pdq. Attachments are never opened or stored.

    Example: inktrace add referrals october.jsonl --profile hotline.toml
    """
    from inktrace.sources.referrals import add_referrals, read_referral_profile

    mapping = read_referral_profile(profile) if profile else None
    _add_each(files, workspace, as_json, add_referrals, profile=mapping)


@app.command()
def judgements(
    files: Files,
    kind: Annotated[
        Literal["ads", "referrals"], typer.Option("--of", help="What was judged.")
    ] = "ads",
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What people judged of two ads, or of reports; authors and work lists follow it.

    Of ads: columns ad_id_a, ad_id_b, verdict (same, different, or unsure, which takes an earlier
    verdict back), reviewer, reason, judged_at. Of referrals: referral_id, verdict (useful,
    useless, or unsure), reviewer, reason, judged_at. The latest verdict counts; all are kept.

    Example: inktrace add judgements reviewed.csv
    """
    from inktrace.sources.judgements import add_judgements, add_referral_judgements

    add_one = add_judgements if kind == "ads" else add_referral_judgements
    _add_each(files, workspace, as_json, add_one)


@app.command()
def hashes(
    files: Files,
    source: Annotated[
        str | None, typer.Option(help="Who says so, where the list does not: a name.")
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(help="What the list is of: known-abuse, harmless or listed (not said)."),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Lists of PDQ hashes: CSV or Parquet (column hash or pdq; optional label, source, status,
    reviewers, quality), ThreatExchange as CSV or JSON, VICS as JSON.

    All statements are kept, also several labels of one hash. Hashes of other kinds are left out.

    Example: inktrace add hashes list.csv --source "Hotline A" --verdict known-abuse
    """
    from inktrace.sources.hash_lists import add_hashes

    _add_each(files, workspace, as_json, add_hashes, source=source, verdict=verdict)


@app.command("lead-judgements")
def lead_judgements(
    files: Files, workspace: WorkspaceOption = HERE, as_json: JsonOption = False
) -> None:
    """What people found of leads; with enough of them, points of indicators are fitted.

    Columns: ad_id (any ad of the lead), verdict (supports, contradicts, or unsure, which takes an
    earlier verdict back), reviewer, reason, judged_at. The latest verdict on a lead counts.

    Example: inktrace add lead-judgements looked_into.csv
    """
    from inktrace.sources.judgements import add_lead_judgements

    _add_each(files, workspace, as_json, add_lead_judgements)


def _add_each(
    files: list[Path],
    workspace: Path,
    as_json: bool,
    add_one: Callable[..., Added],
    files_of: Callable[[Path], list[Path]] = lambda path: [path],
    finish: Callable[[Engine], None] | None = None,
    **options: Any,
) -> None:
    """Add file after file; one that cannot be used does not keep the others out.

    `files_of` gives the files that a path stands for: each is told of and audited by itself.
    `finish` does what is done once, after the last of them.
    """
    added: list[Added] = []
    errors: list[InktraceError] = []
    with opened(workspace) as case, progress_bars(as_json) as progress:
        for path in _all_files(files, files_of, errors):
            try:
                one = add_one(case.engine, path, case.params.sources, progress, **options)
                added.append(one)
                case.audit.append("add source", dataclasses.asdict(one))
            except InktraceError as error:
                errors.append(error)
        if finish is not None:
            finish(case.engine)
    if as_json:
        print_json([dataclasses.asdict(one) for one in added])
    else:
        for one in added:
            print(sentence(one))
    _stop(errors, added)


def _all_files(
    paths: list[Path], files_of: Callable[[Path], list[Path]], errors: list[InktraceError]
) -> Iterator[Path]:
    for path in paths:
        try:
            yield from files_of(path)
        except InktraceError as error:
            errors.append(error)


def sentence(one: Added) -> str:
    """What became of one file, in one line."""
    if one.already_added:
        rejected = f"; {one.rows_rejected:,} of its rows were rejected" if one.rows_rejected else ""
        return f"{one.path}: added before; nothing to do{rejected}"
    parts = [f"{one.rows_accepted:,} accepted"]
    if one.rows_repeated:
        parts.append(f"{one.rows_repeated:,} already known")
    if one.rows_rejected:
        parts.append(f"{one.rows_rejected:,} rejected (see: inktrace show rejects)")
    return "; ".join([f"{one.path}: {', '.join(parts)}", *one.notes])


def _stop(errors: list[InktraceError], added: list[Added]) -> None:
    """Say in one line per file what went wrong, and leave with the status for it."""
    rejected = [told for one in added if (told := first_reject(one)) is not None]
    for error in (*rejected, *errors[:-1]):
        typer.echo(f"inktrace: {error}", err=True)
    if errors:
        raise errors[-1]
    if any(one.rows_rejected for one in added):
        raise typer.Exit(REJECTED_STATUS)


def first_reject(one: Added) -> InktraceError | None:
    """The first rejected row of a file, told as an error is."""
    if one.first_reject is None:
        return None
    row, column, reason = one.first_reject
    place = one.path + (f", row {row}" if row else "") + (f", column {column}" if column else "")
    rest = f"; {one.rows_rejected - 1:,} more rejected" if one.rows_rejected > 1 else ""
    return InktraceError(f"{reason}{rest}", where=place, do="see: inktrace show rejects")
