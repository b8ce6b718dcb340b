"""The program as a process: start-up, signals, pipes, and packages that are not there."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dnc_agent.checkpoint import read_checkpoint

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
#: A run of the counting experiment, slow enough to be interrupted.
SLOW = """
import sys, time
from tests.train import toy
from train import experiments
from train.cli import main
experiments.ROWS["toy"] = experiments.Row("tests.train.toy", "Toy", "counting")
update = toy.ToyLearner.update
def slowly(self):
    time.sleep(0.02)
    if self.updates == 2:
        print("going", flush=True)
    return update(self)
toy.ToyLearner.update = slowly
main(["train", "toy", "--run", sys.argv[1], "--quiet", "--minutes", "None", *sys.argv[2:]])
"""


def command(*argv, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", "train", *map(str, argv)],
        env=ENV,
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )


def script(text, *argv):
    return subprocess.run(
        [sys.executable, "-c", text, *map(str, argv)], env=ENV, capture_output=True, text=True, check=False
    )


def test_help_costs_next_to_nothing():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = command("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert "shrdlu COMMAND" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


@pytest.mark.parametrize(
    "argv", [["train", "--help"], ["play", "--help"], ["plot", "--help"], ["evaluate", "-h"]]
)
def test_help_of_commands_loads_no_torch(argv):
    text = f"""
import sys
from train.cli import main
try:
    main({argv!r})
except SystemExit as ended:
    assert not ended.code
print("loaded:", *sorted({{"torch", "pygame", "matplotlib", "tensorboard", "numba"}} & set(sys.modules)))
"""
    done = script(text)
    assert done.stdout.rstrip().endswith("loaded:"), done.stdout + done.stderr


def test_train_s_help_shows_common_flags_first_and_choices():
    shown = command("train", "--help").stdout
    places = [shown.index(flag) for flag in ("--run", "--preset", "--minutes", "--seed", "--learning-rate")]
    assert places == sorted(places)
    assert "{None,default,paper,plain,lstm}" in shown
    assert "mini-shrdlu" in shown


def test_the_version():
    assert command("--version").stdout.startswith("shrdlu ")


@pytest.mark.parametrize(
    ("missing", "argv"),
    [
        ("matplotlib", ["plot", "RUN"]),
        ("pygame", ["watch", ROOT / "checkpoints" / "mini-shrdlu"]),
    ],
)
def test_a_package_that_is_not_there_is_named_when_it_is_needed(missing, argv, tmp_path):
    (tmp_path / "lessons.csv").write_text(
        "seconds,updates,episodes,steps,lesson,satisfied,success,perfect,passed\n60,50,6400,44800,1,0.5,0.5,0.2,0\n"
    )
    argv = [str(tmp_path) if part == "RUN" else str(part) for part in argv]
    block = f"import sys; sys.modules[{missing!r}] = None\nfrom train.cli import main\n"
    done = script(block + f"main({argv!r})")
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert missing in done.stderr
    assert script(block + "main(['--help'])").returncode == 0


#: Not there, or without a package that it needs itself.
NO_TENSORBOARD = (
    "sys.modules['tensorboard'] = None",
    "sys.path.insert(0, {!r})",
)


@pytest.mark.parametrize("without", NO_TENSORBOARD)
def test_without_tensorboard_a_run_has_its_other_logs(tmp_path, without):
    (tmp_path / "tensorboard.py").write_text("import a_package_that_nobody_has")
    without = f"import sys; {without.format(str(tmp_path))}\n"
    done = script(without + SLOW, tmp_path / "run", "--max-episodes", "60")
    assert done.returncode == 0, done.stderr
    assert "tensorboard is not installed" in done.stdout
    assert [path.name for path in (tmp_path / "run" / "log").iterdir()] == ["progress-1.csv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_stop_with_a_checkpoint(tmp_path, number):
    """A terminal that hung up as well: nothing can be printed then."""
    run = tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(run)],
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if line == "going\n":
                break
        if number == signal.SIGHUP:
            process.stdout.close()
        process.send_signal(number)
        error = process.stderr.read()
        assert process.wait() == 0, error
    assert error == ""
    assert read_checkpoint(run)[1]["counters"][2] >= 2


def test_ctrl_c_in_the_first_seconds_is_no_traceback(tmp_path):
    for delay in (0.1, 0.3, 0.6, 1.0):
        with subprocess.Popen(
            [sys.executable, "-m", "train", "train", "--run", str(tmp_path / "run"), "--minutes", "1"],
            env=ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        ) as process:
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            error = process.stderr.read()
        # Before Python itself is up, and this program not yet, the signal is Python's to answer.
        assert "Traceback" not in error or "train" not in error
        assert not (tmp_path / "run" / "agent.safetensors").exists()


def test_a_closed_pipe_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "train", "train", "--help"],
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == 0
    assert error == ""


def test_training_goes_on_when_nobody_reads_what_it_says(tmp_path):
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            SLOW.replace('print("going", flush=True)', "pass"),
            str(tmp_path),
            "--max-episodes=40",
        ],
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait() == 0, error
    assert read_checkpoint(tmp_path)[1]["counters"][0] == 40
