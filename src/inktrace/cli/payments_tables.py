"""How `inktrace payments` prints: tables and sentences for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.table import Table

from inktrace.cli.options import wide_console
from inktrace.units import bitcoin_amount

Facts = Mapping[str, Any]
_MOST_CANDIDATES: Final = 10
_MOST_ROWS: Final = 20


def print_ad(facts: Facts) -> None:
    """Print what may have paid for an ad."""
    from inktrace.casefile.payment_words import ad_words, clock_words, delay_words, payer_words

    said = ad_words(facts)
    for name in ("summary", "price", "verdict"):
        print(_plain(said[name]))
    rows = facts["candidates"]
    if rows:
        table = Table("", "delay", "paid of price", "delay law", "amount law", "background",
                      "price", "log10 LR", "claims", "probability",
                      title="Candidates, the likeliest first (log10 parts of each)",
                      title_justify="left")  # fmt: skip
        for place, row in enumerate(rows[:_MOST_CANDIDATES], 1):
            parts = row["factors"]
            table.add_row(
                str(place), delay_words(row), f"{row['paid_over_price']:.2%}",
                *(f"{parts[name]:+.2f}" for name in ("delay", "amount", "background")),
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


def _print_list(heading: str, lines: Iterable[str]) -> None:
    print(f"\n{heading}:")
    for line in lines:
        print(f"  - {_plain(line)}")


def _plain(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)
