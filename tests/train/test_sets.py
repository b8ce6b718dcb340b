"""Fixed evaluation sets: the same for everybody, noticed where they are not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from train import experiments
from train.cli import main
from train.errors import UsageError
from train.experiment import FixedSet
from train.sets import digest_of, draw_checked

SETS = [(name, fixed) for name in experiments.ROWS for fixed in experiments.find(name).sets]


@pytest.mark.parametrize(("name", "fixed"), SETS)
def test_a_set_is_what_its_digest_says(name, fixed):
    assert list(draw_checked(experiments.find(name), fixed).arrays)


def test_every_experiment_has_a_set_of_a_version():
    assert {name for name, _ in SETS} == set(experiments.ROWS)
    assert all(fixed.rpartition("-v")[2].isdecimal() for _, fixed in SETS)


def test_a_digest_tells_values_shapes_and_types_apart_and_nothing_else():
    numbers = np.arange(6, dtype="<i4")
    one = digest_of([numbers])
    assert one == digest_of([numbers.astype(">i4")]) == digest_of([np.arange(12, dtype="<i4")[::2] // 2])
    others = [[numbers + 1], [numbers.reshape(2, 3)], [numbers.astype("<i8")], [numbers[:3], numbers[3:]]]
    assert len({one, *map(digest_of, others)}) == 5


def test_a_changed_generator_is_noticed(monkeypatch, capsys):
    experiment = experiments.find("copy")
    changed = FixedSet(experiment.sets["copy-v1"].about, "0" * 64)
    monkeypatch.setattr(type(experiment), "sets", {"copy-v1": changed})
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "checkpoints/copy", "--set", "copy-v1"])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not 0000000000000000: the generator has changed" in error


def test_the_result_names_set_and_digest(tmp_path, capsys):
    main(
        [
            "evaluate",
            "checkpoints/copy",
            "--set",
            "copy-v1",
            "--threads",
            "1",
            "--json",
            "--out",
            str(tmp_path),
        ]
    )
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said == json.loads((tmp_path / "copy-v1.json").read_text())
    assert (said["set"], said["digest"]) == ("copy-v1", experiments.find("copy").sets["copy-v1"].digest)
    assert said["conditions"][0]["exact"] > 0.9
    assert said["digest"] in (tmp_path / "copy-v1.md").read_text()


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--set", "chess-v1"], "copy-v1"),
        (["--set", "copy-v1", "--episodes", "3"], "set='copy-v1' with episodes=3"),
    ],
)
def test_what_does_not_go_together_is_refused(argv, word, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "checkpoints/copy", *argv])
    assert stopped.value.code == 2
    assert word in capsys.readouterr().err


def test_an_agent_of_another_width_is_refused():
    experiment = experiments.find("copy")
    config = experiment.default()
    small = experiment.build(replace(config, task=replace(config.task, width=3)))
    drawn = draw_checked(experiment, "copy-v1")
    with pytest.raises(UsageError, match="agents of 10 inputs and 8 outputs; this one has 5 and 3"):
        drawn.score(small, config, experiment.Evaluation(), lambda word, share: None, "title")
