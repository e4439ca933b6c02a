"""How `inktrace payments` prints: tables and sentences for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.table import Column, Table
from rich.text import Text

from inktrace.cli.options import wide_console
from inktrace.units import bitcoin_amount

Facts = Mapping[str, Any]
_MOST_CANDIDATES: Final = 10
_MOST_ROWS: Final = 20
_LAWS: Final = ("delay", "amount", "rounding", "till", "background")


def print_ad(facts: Facts) -> None:
    """Print what may have paid for an ad."""
    from inktrace.casefile.payment_words import ad_words, clock_words, delay_words, payer_words

    said = ad_words(facts)
    for name in ("summary", "price", "verdict"):
        print(_plain(said[name]))
    rows = facts["candidates"]
    if rows:
        table = Table("", "delay", "paid of price", "delay law", "amount law", "rounding", "till",
                      "background", "price", "log10 LR", "claims", "probability",
                      title="Candidates, the likeliest first (log10 parts of each)",
                      title_justify="left")  # fmt: skip
        for place, row in enumerate(rows[:_MOST_CANDIDATES], 1):
            parts = row["factors"]
            table.add_row(
                str(place), delay_words(row), f"{row['paid_over_price']:.2%}",
                *(f"{parts[name]:+.2f}" for name in _LAWS),
                f"{parts['prior'] + parts['other_prices']:+.2f}",
                f"{row['log10_lr']:+.2f}", f"{row['competing_claims_log10']:+.2f}",
                f"{row['posterior_probability']:.1%}",
            )  # fmt: skip
        wide_console().print(table)
        for place, row in enumerate(rows[:_MOST_CANDIDATES], 1):
            print(_plain(
                f"{place}. {row['txid']}:{row['vout']}, {bitcoin_amount(row['value_sat'])} BTC, "
                f"{clock_words(row)}; {payer_words(row)}"
            ))  # fmt: skip
        if len(rows) > _MOST_CANDIDATES:
            print(f"{len(rows) - _MOST_CANDIDATES:,} more candidates: see --json.")
        _print_list("What the likeliest rests on", said["factors"])
        _print_list("What would change it", said["would_change"])
    _print_list("To keep in mind", said["caution"])


def print_pair(facts: Facts) -> None:
    """Print what an attribution rests on, and whether it survives without its best parts."""
    from inktrace.casefile.attribution_words import pair_words

    said = pair_words(facts)
    print(_plain(said["summary"]))
    for line in said["support"]:
        print(_plain(line))
    if facts["links"]:
        _print_links(facts["links"])
        _print_shares(facts["by_share"])
        _print_list("Drop one", said["drop_one"])
    _print_list("What does not match", said["unmatched"])
    _print_unmatched(facts)
    _print_list("To keep in mind", said["caution"])


def _print_links(links: Sequence[Facts]) -> None:
    from inktrace.casefile.payment_words import delay_words
    from inktrace.casefile.words import moment

    table = Table("ad", "posted", Column("transaction", min_width=18), "delay", "paid",
                  "delay\nlaw", "amount\nlaw", "rounding", "till", "background", "prior",
                  "sum", "probability",
                  title="Ads and payments that fit them (log10 parts; paid: share of the price; "
                  "prior: of price and choice)",
                  title_justify="left")  # fmt: skip
    strongest = sorted(links, key=lambda link: -link["factor_log10"])[:_MOST_ROWS]
    for link in sorted(strongest, key=lambda link: (link["posted_us"], link["ad_id"])):
        parts = link["factors"]
        table.add_row(
            Text(_plain(link["ad_id"])), moment(link["posted_us"])[:16],
            f"{link['txid'][:12]}…:{link['vout']}", delay_words(link),
            f"{link['paid_over_price']:.2%}",
            *(f"{parts[name]:+.2f}" for name in _LAWS),
            f"{parts['prior'] + parts['other_prices'] + parts['choice']:+.2f}",
            f"{link['factor_log10']:+.2f}", f"{link['posterior_probability']:.1%}",
        )  # fmt: skip
    wide_console().print(table)
    if len(links) > _MOST_ROWS:
        print(f"{len(links) - _MOST_ROWS:,} weaker rows: see --json, with whole transaction ids.")


def _print_shares(shares: Sequence[Facts]) -> None:
    table = Table("share of its transactions", "log10 Bayes factor", "probability of the share",
                  title="Bayes factor by share", title_justify="left")  # fmt: skip
    for row in shares:
        table.add_row(
            f"{row['share']:.3%}", f"{row['log10_bayes_factor']:+.2f}", f"{row['probability']:.1%}"
        )
    wide_console().print(table)


def print_laws(facts: Facts) -> None:
    """Print what was learned of each site."""
    from inktrace.casefile.law_words import law_words
    from inktrace.casefile.words import duration

    table = Table("site", "ads", "payments learned", "paid share", "delay: median", "5%", "95%",
                  "amount: median", "5%", "95%", "",
                  title="Laws (delay: positive = paid before the posting)",
                  title_justify="left")  # fmt: skip
    for law in facts["sites"]:
        delay, amount = law["delay_law_s"], law["amount_law_paid_over_price"]
        table.add_row(
            Text(_plain(law["site"])), f"{law['ads']:,}", f"{law['payments_learned_from']:,.0f}",
            f"{law['paid_share']:.0%}", *(duration(delay[q]) for q in ("0.5", "0.05", "0.95")),
            *(f"{amount[q]:.2%}" for q in ("0.5", "0.05", "0.95")),
            "WEAK" if law["weak"] else "",
        )  # fmt: skip
    wide_console().print(table)
    for law in facts["sites"]:
        for line in law_words(law)[3:]:
            print(_plain(f"{law['site']}: {line}"))
    if not facts["sites"]:
        print("No ads are stored, so nothing was learned.")


def print_service_leads(rows: Sequence[Facts], most_q: float) -> None:
    """Print payments through services, for a legal request."""
    from inktrace.casefile.payment_words import LEAD

    if not rows:
        print(f"No payment of a service fits an ad at q ≤ {most_q:g}.")
        return
    table = Table(Column("service", min_width=18), Column("output", min_width=66), "time",
                  "bitcoin", "value", "author", "ads", "probability", "q",
                  title="Payments through services: where a legal request may go",
                  title_justify="left")  # fmt: skip
    for row in rows[:_MOST_ROWS]:
        known = row["fiat_value"] is not None
        money = f"{row['fiat_value']:,.2f} {row['currency']}" if known else "unknown"
        time = row["time_utc"].replace("T", " ").rstrip("Z")
        seen = time if row["time_known_by"] == "first_seen" else f"by block, at most {time}"
        words = (row["service"], f"{row['txid']}:{row['vout']}",
                 seen, row["bitcoin"], money, row["author_id"] or "", row["ad_ids"])  # fmt: skip
        table.add_row(*(Text(_plain(word), overflow="fold") for word in words),
                      f"{row['payment_probability']:.1%}", f"{row['q_value']:.2g}")  # fmt: skip
    wide_console().print(table)
    _print_rest(len(rows), "more")
    print(f"A service is a place to send a legal request to, not a suspect. {LEAD}")


def _print_unmatched(facts: Facts) -> None:
    from inktrace.casefile.attribution_words import why_unmatched
    from inktrace.casefile.words import moment

    ads, left = facts["unmatched_ads"], facts["unmatched_transactions"]
    table = Table("ad", "site", "posted", "why", title="Ads without a match", title_justify="left")
    for ad in ads[:_MOST_ROWS]:
        table.add_row(
            *(Text(_plain(word)) for word in (ad["ad_id"], ad["site"], moment(ad["posted_us"]))),
            why_unmatched(ad),
        )
    if ads:
        wide_console().print(table)
        _print_rest(len(ads), "more ads")
    rows = Table(Column("transaction", min_width=64), "first seen", "block time", "sum of outputs",
                 title="Transactions of the wallet that match nothing",
                 title_justify="left")  # fmt: skip
    for row in left["rows"][:_MOST_ROWS]:
        rows.add_row(row["txid"], moment(row["first_seen_us"]), moment(row["block_time_us"]),
                     bitcoin_amount(row["sent_sat"]))  # fmt: skip
    if left["rows"]:
        wide_console().print(rows)
        _print_rest(left["total"], "more transactions")


def _print_rest(total: int, what: str) -> None:
    if total > _MOST_ROWS:
        print(f"{total - _MOST_ROWS:,} {what}: see --json.")


def _print_list(heading: str, lines: Iterable[str]) -> None:
    print(f"\n{heading}:")
    for line in lines:
        print(f"  - {_plain(line)}")


def _plain(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)
