"""Every example runs as it stands, in seconds, in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: What each says at its end, as the reader sees it.
SAYS = {
    "own_core.py": r"100 updates: (\d+)% of the bits right",
    "own_graph.py": r"8 edges described; .* in (\d) of \1 moves",
    "own_lessons.py": r"960 episodes, \d lessons complete",
    "train_in_python.py": r"episodes: \d+% of fresh puzzles of lesson 1 solved",
    "walk_own_map.py": r"paths of 4 edges on 29: arrived [45]\d, by a shortest path [45]\d of 50",
    "tree_search.py": r"(\d) moves, \1 needed, goal satisfied: True",
}


def run(name: str, *arguments: str, folder: Path) -> str:
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    command = [sys.executable, str(ROOT / "examples" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, cwd=folder, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_all_examples_are_here():
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs(name, tmp_path):
    found = re.search(SAYS[name], run(name, folder=tmp_path))
    assert found
    if name == "own_core.py":
        assert int(found[1]) > 60, "of fair bits half are right by chance"


def test_a_graph_from_a_file(tmp_path):
    (tmp_path / "town.csv").write_text("from,label,to\nA,right,B\nB,right,C\nC,right,D\nD,back,A\n")
    said = run("own_graph.py", "town.csv", folder=tmp_path)
    assert re.search(r"4 edges described; .* in (\d) of \1 moves", said)


def test_a_map_from_a_file_is_walked_and_filmed(tmp_path):
    pytest.importorskip("imageio")
    text = "from,label,to\n" + "".join(f"{k},on,{(k + 1) % 6}\n" for k in range(6))
    (tmp_path / "ring.csv").write_text(text)
    said = run("walk_own_map.py", "ring.csv", "ring.gif", folder=tmp_path)
    assert "by a shortest path 50 of 50" in said
    assert (tmp_path / "ring.gif").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["own_graph.py", "walk_own_map.py"])
def test_a_file_that_is_not_there_is_said_in_a_line(name, tmp_path):
    command = [sys.executable, str(ROOT / "examples" / name), "none.csv"]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, capture_output=True, text=True, env=surroundings, cwd=tmp_path, timeout=300
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "none.csv" in done.stderr


@pytest.mark.parametrize("name", SAYS)
def test_an_example_is_a_page(name):
    assert (ROOT / "examples" / name).read_text("utf-8").count("\n") <= 70
