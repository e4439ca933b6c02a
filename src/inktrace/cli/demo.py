"""`inktrace demo`: the whole main job on a made-up world, against its planted truth."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from inktrace.cli.evaluate import print_figures
from inktrace.cli.options import JsonOption, print_json, progress_bars
from inktrace.cli.run import print_runs
from inktrace.errors import StageError, UsageError


def demo(
    out: Annotated[Path, typer.Option(help="The folder to make.")] = Path("demo-case"),
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 1,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace what an earlier demo left in that folder.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a world, run everything, say what was found and where the report lies.

    Everything in the world is invented: benign classified ads, payments and wallets.

    Example: inktrace demo --out demo-case
    """
    _clear(out, fresh)
    started = time.monotonic()
    with progress_bars(as_json) as progress:
        make_inputs(out / "world", seed, progress)
        found = _whole_job(out, progress, as_json)
    found["seconds"] = round(time.monotonic() - started, 1)
    if as_json:
        print_json(found)
        return
    print_figures(found["figures"])
    print(f"\nThe first lead: {found['lead']}\n{found['reasons']}")
    print(f"\nIts report: {found['report']} (open it in a browser: file://{found['report']})")
    print(f"The whole demo took {found['seconds']:.0f} s. Everything in it is invented.")


_MARK = "this folder was made by inktrace demo.txt"


def _clear(out: Path, fresh: bool) -> None:
    if not out.exists():
        out.mkdir(parents=True)
    elif any(out.iterdir()):
        # Only a folder that a demo made is ever removed, whatever the options say.
        if not fresh or not (out / _MARK).exists():
            raise UsageError("the folder is not empty", where=out, do="name another with --out")
        shutil.rmtree(out)
        out.mkdir()
    (out / _MARK).write_text("Everything here is invented and may be deleted.\n")


def make_inputs(
    world: Path, seed: int, progress: Any, settings: Mapping[str, str] | None = None
) -> None:
    """Write the world of a seed, with other settings than the default where given."""
    from inktrace.world import WorldParams, make_world, write_world

    params = WorldParams(seed=seed).with_values(settings or {})
    write_world(make_world(params, progress), world, progress)


def _whole_job(out: Path, progress: Any, as_json: bool) -> dict[str, Any]:
    from inktrace import __version__
    from inktrace.casefile.package import build_case
    from inktrace.casefile.redaction.gathered import Redaction
    from inktrace.pipeline import run_stages
    from inktrace.schema import TABLES
    from inktrace.workspace import create_workspace
    from inktrace.world.figures import figures

    with create_workspace(out / "case") as case:
        add_inputs(case, out / "world", progress)
        done = run_stages(case, [], progress)
        if not as_json:
            print_runs(done)
        found = figures(case.engine, out / "world" / "truth", 0.05)
        leads = case.engine.rows("SELECT lead_id, reasons FROM leads ORDER BY rank LIMIT 1")
        if not leads:
            raise StageError("no lead was found in the demo world")
        lead, reasons = leads[0]
        relations = case.engine.relations(tuple(TABLES))
        redaction = Redaction.of_workspace(case.path, lead)
        build_case(
            relations,
            lead,
            out / "package",
            case.params,
            __version__,
            progress,
            redaction=redaction,
        )
        case.audit.append("build case", {"lead_id": lead, "out": "package"})
    report = (out / "package" / "data" / "report.html").resolve()
    return {"figures": found, "lead": lead, "reasons": reasons, "report": str(report)}


def add_inputs(case: Any, world: Path, progress: Any) -> None:
    """Take a world's input files into a workspace."""
    from inktrace.sources.ads import add_ads
    from inktrace.sources.chain import add_chain
    from inktrace.sources.first_seen import add_first_seen
    from inktrace.sources.price_rules import add_price_rules
    from inktrace.sources.prices import add_prices
    from inktrace.sources.tags import add_tags

    limits = case.params.sources
    for add_one, name in (
        (add_ads, "ads.csv"),
        (add_chain, "chain.jsonl.zst"),
        (add_first_seen, "first_seen.csv"),
        (add_prices, "prices.csv"),
        (add_tags, "tags.yaml"),
        (add_price_rules, "price_rules.toml"),
    ):
        if not (world / name).exists():
            continue  # not every world has price rules
        added = add_one(case.engine, world / name, limits, progress)
        case.audit.append("add source", {"source": added.source, "sha256": added.sha256})
