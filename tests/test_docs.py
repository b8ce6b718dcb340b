"""Documents: snippets run alone, commands parse, links lead somewhere, tables of settings are the code's."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import settings
from train import flags, parsing
from train.analysis import running
from train.cli import COMMANDS
from train.experiments import DEFAULT, ROWS, find
from train.rundir import config_to_json

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "checkpoints" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: Those whose snippets are promises; the lab book shows what was run once.
RUN = [page for page in PAGES if page.parent.name in (ROOT.name, "docs", "guide", "reference")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
LIMIT = 120
SECONDS = 300
#: Packages of extras: where one is missing, its snippets are left out.
EXTRAS = ("torchrl", "sb3_contrib", "networkx", "imageio")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fenced(page: Path, language: str) -> list[str]:
    return [code for kind, code in FENCE.findall(page.read_text("utf-8")) if kind == language]


def snippets() -> list:
    return [
        pytest.param(code, id=f"{name(page)}-{number}")
        for page in RUN
        for number, code in enumerate(fenced(page, "python"), 1)
    ]


def command_lines() -> list[str]:
    return [
        line.strip()
        for page in PAGES
        for block in fenced(page, "bash")
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("shrdlu ")
    ]


def words_of(line: str) -> list[str]:
    return shlex.split(line, comments=True)[1:]


def commands() -> list:
    return [pytest.param(words_of(line), id=line) for line in command_lines()]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A directory of one's own, with the shipped agents in it and nothing else."""
    shutil.copytree(ROOT / "checkpoints", tmp_path / "checkpoints")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("code", snippets())
def test_a_snippet_runs_alone_as_it_stands(code, elsewhere):
    for package in EXTRAS:
        if re.search(rf"^\s*(?:import|from) {package}\b", code, re.M):
            pytest.importorskip(package, exc_type=ImportError)
    (elsewhere / "snippet.py").write_text(code)
    surroundings = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SDL_VIDEODRIVER": "dummy",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(elsewhere),
    }
    done = subprocess.run(
        [sys.executable, "snippet.py"], capture_output=True, text=True, env=surroundings, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr[-2000:]


def runs() -> dict[str, Any]:
    """The runs that the pages train, and whose they are: each has a name of its own experiment."""
    found = {f"runs/{name}": find(name) for name in ROWS}
    for command, *rest in map(words_of, command_lines()):
        if command == "train" and "--run" in rest:
            run, name = rest[rest.index("--run") + 1], rest[0] if rest[0] in ROWS else DEFAULT
            assert found.setdefault(run, find(name)).name == name, f"{run} is of two experiments"
    return found


@pytest.mark.parametrize("argv", commands())
def test_a_command_parses(argv, elsewhere):
    command, *rest = argv
    for run, experiment in runs().items():  # of which run what to evaluate depends
        (elsewhere / run).mkdir(parents=True)
        text = json.dumps(config_to_json(experiment, experiment.default()))
        (elsewhere / run / "config.json").write_text(text)
    assert command in {*COMMANDS, "--help", "--version"}
    readers = {
        "train": parsing.parse_train,
        "evaluate": parsing.parse_evaluate,
        "play": parsing.parse_play,
        "watch": parsing.parse_watch,
        "analyse": running.choose,
    }
    if "--help" in rest:
        with pytest.raises(SystemExit, match="0"):
            readers[command](rest)
    elif command in readers:
        readers[command](rest)
    elif command in COMMANDS:
        parsing.parse(getattr(flags, command.capitalize()), command, rest)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text("utf-8"))
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert not lost


def anchors(page: Path) -> set[str]:
    """Of every heading, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_lines_are_short(page):
    if page.name == "evaluation.md":
        pytest.skip("written by shrdlu evaluate")
    lines = page.read_text("utf-8").splitlines()
    assert not [line for line in lines if len(line) > LIMIT and not line.startswith(("|", "!["))]


def test_tables_of_settings_are_what_the_code_says():
    text = settings.PAGE.read_text("utf-8")
    assert settings.renew(text) == text, "run python -m benchmarks.settings"
    assert {found[2] for found in settings.BLOCK.finditer(text)} == set(ROWS)


def test_every_page_can_be_reached_from_the_readme():
    seen, following = set(), [ROOT / "README.md"]
    while following:
        page = following.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        for target in re.findall(r"\]\(([^)\s#]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target):
                following.append((page.parent / target).resolve())
    left = {page for page in PAGES if page.parent.name in ("docs", "guide", "reference")} - seen
    assert not {name(page) for page in left}
