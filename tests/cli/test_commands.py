"""Every command explains itself with an example, and errors are one line with the right status."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
import typer
from typer.testing import CliRunner

from inktrace.cli.main import app
from inktrace.pipeline import STAGES
from tests.cli.running import whole_command

COMMAND = [sys.executable, "-m", "inktrace"]


def _leaves(command, words=()):
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for name, sub in command.commands.items():
            yield from _leaves(sub, (*words, name))
    else:
        yield words


LEAVES = list(_leaves(typer.main.get_command(app)))


def inktrace(*words, **options):
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, check=False, **options
    )


def test_the_commands_are_those_that_outside_programs_rely_on():
    assert {words[0] for words in LEAVES} >= {
        "init",
        "add",
        "run",
        "show",
        "export",
        "score",
        "case",
        "demo",
        "doctor",
    }


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_has_help_with_an_example(words):
    shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert "inktrace " in shown.output.split("Usage:")[1].split("\n", 1)[1], shown.output


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["run"], 3, "this folder is not an Inktrace workspace"),
        (["nonsense"], 2, "nonsense"),
        (["init", "case"], 0, "Made the workspace"),
        (["add", "ads"], 2, "Missing argument"),
        (["case", "verify", "nowhere"], 3, "nowhere"),
    ],
)
def test_exit_statuses(tmp_path, words, status, says):
    done = inktrace(*words, cwd=tmp_path)
    assert done.returncode == status, done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "case"
    assert whole_command("init", folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["add", "ads", "missing.csv"], 3, "missing.csv"),
        (["add", "ads", "."], 3, "folder"),
        (["run", "nonsense"], 2, "there is no stage 'nonsense'"),
        (["run", "--set", "nonsense"], 2, "has no value"),
        (["run", "--set", "a.b=1"], 2, "there is no parameter"),
        (["show", "nonsense"], 2, "there is no listing"),
        (["show", "links", "--method", "magic"], 2, "there is no method"),
        (["export", "nonsense", "--out", "x"], 2, "there is no export"),
        (["export", "authors", "--out", "x", "--format", "pickle"], 2, "there is no format"),
        (["export", "authors", "--out", "no/such/folder/x.csv"], 3, "cannot be written"),
        (["case", "build", "L-none", "--out", "package"], 3, "L-none"),
    ],
)
def test_mistakes_are_one_clear_line(case, tmp_path, monkeypatch, words, status, says):
    monkeypatch.chdir(tmp_path)
    done = whole_command(*words, "--workspace", case)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "what",
    "authors links wallets refused-merges growth-alarms tag-conflicts attributions leads rejects "
    "runs".split(),
)
def test_listings_of_an_empty_workspace(case, what):
    done = whole_command("show", what, "--json", "--workspace", case)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert whole_command("show", what, "--workspace", case).returncode == 0


def test_an_empty_workspace_runs_to_the_end(tmp_path):
    whole_command("init", tmp_path / "case")
    first = whole_command("run", "--workspace", tmp_path / "case")
    assert first.returncode == 0, first.stderr
    second = whole_command("run", "--workspace", tmp_path / "case")
    assert "Nothing to do" in second.stdout
    told = whole_command("doctor", "--workspace", tmp_path / "case").stdout
    assert told.count("up to date") == len(STAGES)


def test_the_workspace_can_be_named_by_the_environment(case, monkeypatch):
    monkeypatch.setenv("INKTRACE_WORKSPACE", str(case))
    assert whole_command("show", "runs", "--json").returncode == 0


@pytest.mark.parametrize(
    "words", [["show", "authors"], ["export", "authors", "--out", "x"], ["params"]], ids=" ".join
)
def test_what_only_reads_tables_does_not_load_what_makes_them(case, tmp_path, words):
    """A listing once took five seconds to start, as it loaded all that builds packages."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "inktrace", *words, "--workspace", case],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "inktrace.engine" in loaded
    assert not loaded & {"numba", "scipy", "sklearn", "inktrace.casefile.package"}
