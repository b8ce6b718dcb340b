"""The command line: what works, what is refused with one line and exit code 2, what is printed."""

import json
import os
import shutil
from pathlib import Path

import pytest

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from tests.train.tiny import FLAGS, MINI, TINY, standing
from train import commands
from train.cli import main
from train.experiments.mini_shrdlu.settings import Evaluation
from train.keeping import beginning_with
from train.rundir import RunDirectory


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of two updates."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    main(["train", "--run", str(path), "--max-episodes", "16", *FLAGS])
    return path


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def fails(capsys, *argv):
    """Run a command that must be refused; returns its one line."""
    with pytest.raises(SystemExit) as stopped:
        main([str(part) for part in argv])
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


def contents(path):
    return {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_training_says_where_it_stands(finished, tmp_path, capsys):
    main(["train", "--run", str(tmp_path / "x"), "--max-episodes", "8", *FLAGS])
    out = capsys.readouterr().out.replace("\n", "")
    assert "starting run" in out
    assert "8 episodes" in out
    assert f"shrdlu watch {tmp_path / 'x'}" in out
    assert RunDirectory(finished).saved().config == beginning_with(TINY, 1)


def test_the_same_command_resumes_and_flags_may_be_left_out(run, tmp_path, capsys):
    again = shutil.copytree(run, tmp_path / "again")
    main(["train", "--run", str(run), "--max-episodes", "24", *FLAGS])
    assert "resuming" in capsys.readouterr().out
    main(["train", "--run", str(again), "--max-episodes", "24", "--episodes-per-cell", "0", "--quiet"])
    assert read_checkpoint(run)[1]["counters"]["_episode_num"] == 24
    assert standing(run) == standing(again)


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--lesson", "27"], "lesson=27"),
        (["--lesson", "0"], "lesson=0"),
        (["--board-size", "9"], "board_size=9"),
        (["--board-size", "2"], "board_size=2"),
        (["--hidden-size", "0"], "hidden_size=0"),
        (["--read-heads", "0"], "read_heads=0"),
        (["--backend", "magic"], "--backend"),
        (["--head-sizes", "-1"], "head_sizes=-1|--head-sizes"),
        (["--memory-size", str(2**31)], f"memory_size={2**31}"),
        (["--memory-size", "65536"], "memory_size=65536"),
        (["--extra-moves", str(10**23)], "extra_moves=1000"),
        (["--forget-bias", "1e308"], "forget_bias=1e+308"),
        (["--core-lr-scale", "nan"], "core_lr_scale=nan"),
        (["--vf-coef", "inf"], "vf_coef=inf"),
        (["--learning-rate", "1000"], "learning_rate=1000.0"),
        (["--seed", "-1"], "seed=-1"),
        (["--gamma", "1.5"], "gamma=1.5"),
        (["--gae-lambda", "-1"], "gae_lambda=-1"),
        (["--learning-rate", "-1"], "learning_rate=-1"),
        (["--episodes-per-batch", "0"], "episodes_per_batch=0"),
        (["--minibatch-episodes", "0", "--no-fork"], "minibatch_episodes=0"),
        (["--minibatch-episodes", "4"], "fork=True"),
        (["--gate-every", "0"], "gate_every=0"),
        (["--gate-episodes", "0"], "gate_episodes=0"),
        (["--gate-score", "2"], "gate_score=2"),
        (["--earlier", "1.5"], "earlier=1.5"),
        (["--threads", "0"], "threads=0"),
        (["--device", "abacus"], "abacus"),
        (["--device", "mps"], "mps"),
        (["--minutes", "0"], "minutes=0"),
        (["--until-lesson", "27"], "until_lesson=27"),
        (["--preset", "best"], "--preset='best'; allowed are default, lstm, paper, plain ("),
    ],
)
def test_impossible_settings_leave_nothing_behind(tmp_path, capsys, flags, word):
    # Of a flag given twice, the last counts.
    line = fails(capsys, "train", "--run", tmp_path / "x", "--max-episodes", 8, *FLAGS, *flags)
    assert any(part in line for part in word.split("|")), line
    assert not (tmp_path / "x").exists()


def test_flags_that_are_no_flags_end_with_code_2(capsys):
    said = {
        "--colour": ["train", "--colour", "3"],
        "--lesson": ["train", "--lesson", "one"],
        "dance": ["dance"],
        "chess": ["train", "chess"],
        "seed=-1": ["play", "--seed", "-1"],
        "speed=1e-320": ["watch", "x", "--speed", "1e-320"],
        "threads=0": ["evaluate", "x", "--threads", "0"],
        "PATH": ["evaluate"],
        "what='gpu'; allowed are cores, dnc, env, profile, train (": ["bench", "gpu"],
        "--device='gpu'; allowed are cpu, cuda (": ["train", "--device", "gpu"],
        "error: none.npz: No such file": ["replay", "none.npz"],
    }
    for word, argv in said.items():
        assert word in fails(capsys, *argv)


def test_a_changed_setting_on_resume(run, capsys):
    before = contents(run)
    assert "learn.gamma: 1.0 -> 0.5" in fails(capsys, "train", "--run", run, "--gamma", 0.5)
    assert "agent.core" in fails(capsys, "train", "--run", run, "--preset", "lstm")
    assert contents(run) == before


def test_a_branch_takes_over_settings_that_are_not_given(run, tmp_path):
    other = tmp_path / "other"
    flags = ["--max-episodes", "0", "--episodes-per-cell", "0", "--quiet"]
    main(["train", "--run", str(other), "--branch", str(run), "--gamma", "0.5", *flags])
    old, new = (json.loads((path / "config.json").read_text()) for path in (run, other))
    assert new.pop("branch") == str(run)
    assert old.pop("branch") is None
    assert new["learn"].pop("gamma") == 0.5
    old["learn"].pop("gamma")
    assert new == old
    main(["train", "--run", str(other), *flags])
    third = tmp_path / "third"
    main(["train", "--run", str(third), "--branch", str(run / "agent.safetensors"), *flags])
    assert json.loads((third / "config.json").read_text())["agent"] == new["agent"]


def test_a_directory_in_use(run, capsys):
    directory = RunDirectory(run)
    directory.open(MINI, TINY)
    assert f"in use by another process (pid {os.getpid()})" in fails(capsys, "train", "--run", run)
    directory.close()


def test_places_that_are_no_run(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert "file" in fails(capsys, "train", "--run", tmp_path / "file", *FLAGS)
    assert "file" in fails(capsys, "train", "--run", tmp_path / "file" / "deeper", *FLAGS)
    assert "not empty" in fails(capsys, "train", "--run", tmp_path, *FLAGS)
    assert (tmp_path / "file").read_text() == "mine"


def test_damaged_checkpoints(run, capsys):
    agent = run / "agent.safetensors"
    whole = agent.read_bytes()
    agent.write_bytes(whole[:1000])
    for command in (["train", "--run", run], ["evaluate", run]):
        assert "damaged" in fails(capsys, *command)
        assert agent.read_bytes() == whole[:1000]
    agent.write_bytes(b"PK\x03\x04" + b"a zip file of stable-baselines3" * 50)
    assert "not a checkpoint" in fails(capsys, "evaluate", run)


def test_evaluating_what_is_not_there_or_does_not_fit(run, tmp_path, capsys):
    assert str(tmp_path / "none") in fails(capsys, "evaluate", tmp_path / "none")
    assert "agent.safetensors" in fails(capsys, "evaluate", tmp_path)
    assert "episodes=-1" in fails(capsys, "evaluate", run, "--episodes", -1)
    assert "beyond=-1" in fails(capsys, "evaluate", run, "--beyond", -1)
    assert "goals=27" in fails(capsys, "evaluate", run, "--goals", 27)
    tensors, meta = read_checkpoint(run)
    meta["extra"]["config"]["world"]["board_size"] = 4
    write_checkpoint(run / "agent", tensors, meta)
    assert "97 features" in fails(capsys, "evaluate", run)


def of_earlier_release(run):
    """Make a run what commit b1cd940 would have left: no experiment, other settings, a bare checkpoint."""
    tensors, meta = read_checkpoint(run)
    for name in ("experiment", "config", "lineage"):
        del meta["extra"][name]
    write_checkpoint(run / "agent", tensors, meta)
    config = json.loads((run / "config.json").read_text())
    old = json.loads((Path(__file__).parent / "old_config.json").read_text())
    for group in ("world", "agent", "learn"):
        old[group] |= config[group]
    del old["agent"]["gate_biases"]
    rules = config["curriculum"]
    old["curriculum"] = {**rules, "gate_satisfied": rules.pop("gate_score")}
    del old["curriculum"]["gate_score"]
    (run / "config.json").write_text(json.dumps(old))


def test_a_run_of_an_earlier_release_goes_on_and_is_evaluated(run, tmp_path, capsys):
    straight = shutil.copytree(run, tmp_path / "straight")
    of_earlier_release(run)
    flags = ["--max-episodes", "32", "--episodes-per-cell", "0", "--quiet"]
    small = ["--episodes", "0", "--lesson-episodes", "1", "--last-lesson", "1", "--threads", "1", "--json"]
    main(["evaluate", str(run), *small])
    assert json.loads(capsys.readouterr().out)["episodes_trained"] == 16
    for path in (straight, run):
        main(["train", "--run", str(path), *flags])
    assert standing(run) == standing(straight)
    assert read_checkpoint(run)[1]["extra"]["experiment"] == "mini-shrdlu"


def test_the_shipped_agent_is_no_run(capsys):
    shipped = Path(__file__).parents[2] / "checkpoints" / "mini-shrdlu"
    before = contents(shipped)
    said = fails(capsys, "train", "--run", shipped, "--minutes", "1")
    assert f"shrdlu train --run runs/NAME --branch {shipped}" in said
    assert contents(shipped) == before


def test_an_agent_whose_run_is_gone_is_evaluated_in_the_usual_world(run, tmp_path, capsys):
    tensors, meta = read_checkpoint(run)
    meta["extra"] = {}
    path = write_checkpoint(tmp_path / "alone" / "shipped", tensors, meta)
    flags = ["--lesson-episodes", "1", "--last-lesson", "1", "--threads", "1"]
    main(["evaluate", str(path), "--episodes", "0", *flags])
    assert os.listdir(path.parent) == ["shipped.safetensors"], "nothing is written beside a single file"


def test_an_exported_agent_plays_the_same_and_can_be_branched(run, tmp_path, capsys):
    out = tmp_path / "deep" / "copy"
    main(["export", str(run), str(out)])
    assert str(out / "agent.safetensors") in capsys.readouterr().out
    for name in ("config.json", "lessons.csv"):
        assert (out / name).read_bytes() == (run / name).read_bytes()
    assert (out / "agent.safetensors").stat().st_size < 0.6 * (run / "agent.safetensors").stat().st_size
    small = Evaluation(episodes=0, lesson_episodes=4, last_lesson=2)
    lessons = [commands.evaluate(path, small, threads=1)["lessons"] for path in (out, run)]
    assert lessons[0] == lessons[1]
    flags = ["--branch", str(out), "--max-episodes", "24", "--episodes-per-cell", "0", "--quiet"]
    main(["train", "--run", str(tmp_path / "on"), *flags])
    assert "is not a run directory" in fails(capsys, "export", tmp_path, out)
    before = contents(run)
    assert "is a run directory" in fails(capsys, "export", run, run)
    assert contents(run) == before


def test_evaluate_prints_and_saves_one_json_object(run, capsys):
    small = {"episodes": 1, "goals": 2, "lesson_episodes": 2, "max_draws": 1}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in small.items()]
    main(["evaluate", "--json", "--threads", "1", str(run), *flags])
    lines = capsys.readouterr().out.strip().splitlines()
    result = json.loads(lines[-1])
    assert set(result) == {"title", "seed", "goals", "episodes_trained", "steps_trained", "table", "lessons"}
    assert result["episodes_trained"] == 16
    assert result["steps_trained"] == read_checkpoint(run)[1]["counters"]["num_timesteps"]
    assert len(result["table"]) == 42
    keys = {"episodes", "perfect", "perfect_interval", "success", "incomplete", "satisfied"}
    assert all(set(cell) == keys | {"moves", "constraints", "paper_perfect"} for cell in result["table"])
    assert list(result["lessons"]) == [str(number) for number in range(1, 27)]
    assert all(set(lesson) == keys and lesson["episodes"] == 2 for lesson in result["lessons"].values())
    assert json.loads((run / "evaluation.json").read_text()) == result
    assert (run / "evaluation.md").read_text().startswith(f"# {run}: evaluation")
    again = commands.evaluate(run, Evaluation(**small, last_lesson=1), threads=1)
    assert again["table"] == result["table"], "the same seed gives the same table"


def test_an_interrupt_outside_training_ends_without_a_traceback(monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "evaluate", interrupted)
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "x"])
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(("named", "help_of"), [([], "train"), (["copy"], "train copy")])
def test_a_refusal_points_to_the_help_of_what_was_named(named, help_of, capsys):
    with pytest.raises(SystemExit):
        main(["train", *named, "--memory-size", "x"])
    assert capsys.readouterr().err.endswith(f"(shrdlu {help_of} --help)\n")
