"""How `inktrace wallets` prints: tables and sentences for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from inktrace.cli.options import wide_console
from inktrace.units import SATOSHI_PER_BITCOIN, iso_time

_MOST_ROWS = 20
# List of the document → its heading and the columns shown of it.
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "tags": ("Tags", ("address", "label", "actor", "category", "confidence", "tagpack")),
    "tag_conflicts": (
        "Tags that disagree",
        ("kind", "actor", "label", "category", "confidence", "tagpack", "addresses"),
    ),
    "services": (
        "Services next to it",
        ("service", "direction", "transactions", "value_sat", "service_confidence", "wallet_id"),
    ),
    "coinjoins": (
        "CoinJoins it took part in",
        ("time_us", "txid", "rule", "verdict", "put_in_sat", "got_out_sat"),
    ),
    "growth_alarms": (
        "Sudden growth: look at these transactions",
        ("time_us", "txid", "clusters", "largest_before", "scripts_after"),
    ),
    "refused_merges": (
        "Merges that were refused",
        ("time_us", "txid", "wallet_id_a", "wallet_id_b", "actor_a", "actor_b", "reason"),
    ),
}


def print_wallet(story: Mapping[str, Any]) -> None:
    """Print a wallet's summary, its flows and lists."""
    print(
        f"Wallet {story['wallet_id']}: {story['scripts']:,} addresses; it funds "
        f"{story['transactions_out']:,} transactions and is paid by {story['transactions_in']:,}. "
        f"It paid {story['recipients']:,} scripts of others; {story['payers']:,} wallets paid it."
    )
    if story["service"] is not None:
        print(_plain(
            f"Held to be a service: {story['service']} ({story['service_category']}, confidence: "
            f"{story['service_confidence']}), because {story['service_reason']}. A service is a "
            "place to send a legal request to, not a suspect."
        ))  # fmt: skip
    if story["service_signs"] is not None:
        print(f"Signs of a service in its behaviour: {story['service_signs'].replace(' ', ', ')}.")
    for name in ("tags", "tag_conflicts", "services", "coinjoins"):
        _print_list(story, name)
    _print_flows(story)
    for name in ("growth_alarms", "refused_merges"):
        _print_list(story, name)
    _print_joins(story)


def print_path(found: Mapping[str, Any]) -> None:
    """Print a chain of evidence, a line for each step."""
    steps = found["steps"]
    if found["kind"] == "none":
        print(
            f"Two wallets, and no chain of up to {found['most_hops']} payments between them that "
            "runs forward in time and not through a service."
        )
        return
    if found["kind"] == "co_spend":
        print(f"One wallet, {found['wallet_id']}: {len(steps) - 1} transactions lead from one to "
              "the other, each of which spent both addresses beside it.")  # fmt: skip
        for step in steps:
            if "txid" in step:
                print(f"    spent together in {step['txid']}, {_moment(step['time_us'])}")
            print(f"  {_script(step)}")
        return
    print(
        "Two wallets. Payments lead from one to the other; they say nothing of common ownership."
        + (" They run from the second to the first." if found["direction"] == "backward" else "")
    )
    for step in steps:
        if "txid" in step:
            print(f"    paid {_cell('value_sat', step['value_sat'])} to {_script(step)} in "
                  f"{step['txid']}, {_moment(step['time_us'])}")  # fmt: skip
        service = "" if step["service"] is None else f" ({_plain(step['service'])})"
        print(f"  wallet {step['wallet_id']}{service}")


def _print_flows(story: Mapping[str, Any]) -> None:
    flows = story["flows"]
    table = Table(story["period"], "in", "out", "shared in", "shared out", "transactions",
                  title="In and out", title_justify="left")  # fmt: skip
    for row in flows[-_MOST_ROWS:]:
        start = row["from_us"]
        table.add_row(
            "unknown" if start is None else _since(start, story["period"]),
            *(_bitcoin(row[f"{name}_sat"]) for name in ("in", "out", "mixed_in", "mixed_out")),
            f"{row['transactions']:,}",
        )
    if flows:
        wide_console().print(table)
        _print_rest(len(flows), "earlier periods")


def _print_joins(story: Mapping[str, Any]) -> None:
    """A line for each transaction; which address it joined with which is in the JSON."""
    by_tx: dict[int, list[Mapping[str, Any]]] = {}
    for row in story["joins"]:
        by_tx.setdefault(row["tx_id"], []).append(row)
    if not by_tx:
        return
    table = Table("time", _txid(), "joined", "rule", "for example",
                  title="How it was joined", title_justify="left")  # fmt: skip
    for rows in list(by_tx.values())[:_MOST_ROWS]:
        first = rows[0]
        table.add_row(
            _cell("time_us", first["time_us"]),
            Text(first["txid"], overflow="fold"),
            f"{len(rows):,}",
            first["rule"],
            Text(f"{_script(first)} with {first['joined_with'] or 'a script'}", overflow="fold"),
        )
    wide_console().print(table)
    _print_rest(len(by_tx), "more transactions")


def _print_list(story: Mapping[str, Any], name: str) -> None:
    rows: Sequence[Mapping[str, Any]] = story[name]
    if not rows:
        return
    title, columns = _LISTS[name]
    heads = [
        _txid() if one == "txid" else one.removesuffix("_us").removesuffix("_sat").replace("_", " ")
        for one in columns
    ]
    table = Table(*heads, title=title, title_justify="left")
    for row in rows[:_MOST_ROWS]:
        # Text objects, so that a label's square brackets are never taken for our mark-up.
        table.add_row(*(Text(_cell(column, row[column]), overflow="fold") for column in columns))
    wide_console().print(table)
    _print_rest(story[f"{name}_total"], "more")


def _txid() -> Column:
    return Column("transaction", min_width=64)  # whole, so that it can be copied


def _print_rest(total: int, what: str) -> None:
    if total > _MOST_ROWS:
        print(f"{total - _MOST_ROWS:,} {what}: see --json.")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "unknown" if name.endswith("_us") else ""
    if name.endswith("_us"):
        return iso_time(int(value))
    if name.endswith("_sat"):
        return _bitcoin(int(value))
    return f"{value:,}" if isinstance(value, int) and "wallet" not in name else _plain(str(value))


def _script(step: Mapping[str, Any]) -> str:
    return step["address"] or f"script {step.get('script_id', 'without address')}"


def _moment(time_us: int | None) -> str:
    return "at an unknown time" if time_us is None else iso_time(time_us)


def _since(start_us: int, period: str) -> str:
    return iso_time(start_us).replace("T", " ")[: {"hour": 16, "day": 10, "month": 7}[period]]


def _bitcoin(satoshi: int) -> str:
    return f"{satoshi / SATOSHI_PER_BITCOIN:.8f}" if satoshi else "–"


def _plain(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)
