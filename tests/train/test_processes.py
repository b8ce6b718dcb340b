"""Runs of several processes: the same numbers, one voice, and nothing lost when one of them dies."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from dnc_agent.checkpoint import read_checkpoint
from tests.train.tiny import FLAGS
from train.cli import main
from train.errors import TrainingError
from train.gathering import fitting, gathered

#: Two updates between checks of the gate, eight episodes a batch.
MINI = ["train", *FLAGS, "--minutes=60"]
COPY = [
    "train",
    "copy",
    "--hidden-size=8",
    "--memory-size=8",
    "--word-size=4",
    "--gate-every=4",
    "--gate-episodes=8",
]
COPY += ["--episodes-per-cell=0", "--quiet", "--minutes=60"]


def command(*argv, **kwargs):
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "train", *map(str, argv)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def train(*argv):
    process = command(*argv)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


def table(run):
    with open(run / "lessons.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def close(one, other):
    """Weights and moments of two runs agree up to rounding; counters and generators to the bit."""
    (tensors, meta), (expected, expected_meta) = read_checkpoint(one), read_checkpoint(other)
    assert tensors.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(tensors[name], value, rtol=1e-3, atol=2e-5, msg=name)
    assert meta["counters"] == expected_meta["counters"]
    assert meta.get("progress") == expected_meta.get("progress")
    assert meta.get("shuffler") == expected_meta.get("shuffler")
    for key in ("generator", "world"):
        if key in tensors:
            assert torch.equal(tensors[key], expected[key])


@pytest.mark.parametrize("argv", [MINI, [*MINI, "--no-fork"], COPY], ids=["mini-shrdlu", "ordinary", "copy"])
def test_two_processes_and_one_compute_the_same(tmp_path, argv):
    """Also where a run goes on with another number of processes."""
    episodes = 48 if "copy" not in argv else 96
    half = f"--max-episodes={episodes // 2}"
    train(*argv, "--run", tmp_path / "one", f"--max-episodes={episodes}", "--processes=1")
    out = train(*argv, "--run", tmp_path / "two", half, "--processes=2")
    assert "with 2 processes" in " ".join(out.split())
    train(*argv, "--run", tmp_path / "two", f"--max-episodes={episodes}", "--processes=1")
    close(tmp_path / "two", tmp_path / "one")
    train(*argv, "--run", tmp_path / "three", f"--max-episodes={episodes}", "--processes=3")
    close(tmp_path / "three", tmp_path / "one")
    rows = [[row["updates"] for row in table(tmp_path / name)] for name in ("one", "two", "three")]
    assert rows[0] == rows[1] == rows[2]


def test_torchrun_starts_a_run(tmp_path):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    done = subprocess.run(
        # Without the dashes torchrun takes --run for an option of its own.
        [*launcher, "-m", "--", "train", *COPY, "--run", str(tmp_path / "run"), "--max-episodes=64"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("stopped: 64 episodes are done") == 1, "one voice"
    assert read_checkpoint(tmp_path / "run")[1]["counters"]["episodes"] == 64


def test_a_killed_process_ends_the_run_with_one_line_and_the_run_goes_on(tmp_path):
    run = tmp_path / "run"
    running = command(*COPY, "--run", run, "--processes=2")
    limit = time.monotonic() + 200
    while not (run / "lessons.csv").exists():
        assert time.monotonic() < limit
        assert running.poll() is None
        time.sleep(0.05)
    (child,) = children(running.pid)
    os.kill(child, signal.SIGKILL)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 1
    assert err.count("\n") == 1, err
    assert err.startswith(
        "error: process 2 of 2 ended with signal 9; another of the 2 processes is gone; kept: "
    )
    before = read_checkpoint(run)[1]["counters"]["episodes"]
    train(*COPY, "--run", run, "--processes=2", f"--max-episodes={before + 32}")
    assert read_checkpoint(run)[1]["counters"]["episodes"] == before + 32


def test_ctrl_c_stops_all_of_them(tmp_path):
    running = command(*COPY, "--run", tmp_path / "run", "--processes=2", start_new_session=True)
    limit = time.monotonic() + 200
    while not (tmp_path / "run" / "lessons.csv").exists():
        assert time.monotonic() < limit
        assert running.poll() is None
        time.sleep(0.05)
    (child,) = children(running.pid)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, "")
    assert "stopped: asked to" in out
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def test_a_batch_too_small_to_share_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([*COPY, "--batch-size=2", "--processes=3", "--run", str(tmp_path / "run")])
    assert capsys.readouterr().err.startswith("error: processes=3: a batch of 2 is too small")
    assert not (tmp_path / "run").exists()


def test_as_many_as_are_worth_it(monkeypatch):
    monkeypatch.setattr("train.gathering.cores", lambda: 8)
    assert [fitting(n, 1) for n in (1, 32, 64, 96, 4096)] == [1, 1, 2, 3, 8]
    assert fitting(4096, 3) == 2


def test_a_process_that_ends_before_it_came_is_not_waited_for():
    """The second does not know the option; the first would wait for minutes."""
    begun = time.monotonic()
    with (
        pytest.raises(TrainingError, match="process 2 of 2 ended with exit code 2"),
        gathered(2, ["train", "--nonsense"]),
    ):
        pass
    assert time.monotonic() - begun < 60
