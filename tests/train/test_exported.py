"""An exported agent: whole without its run, and no run itself."""

import os
import shlex

import pytest

from tests.train.toy import meta, train
from train import commands
from train.agents import identify
from train.cli import main
from train.errors import UsageError

pytestmark = pytest.mark.usefixtures("toy")


def test_the_command_that_branches_off_can_be_copied(tmp_path):
    train(tmp_path / "run", 12)
    out = tmp_path / "leer zeichen"
    commands.export(tmp_path / "run", out)
    with pytest.raises(UsageError) as caught:
        train(out, 24)
    assert str(caught.value).endswith(f"--branch {shlex.quote(str(out))}")


def test_it_is_an_agent_and_no_run(tmp_path, capsys):
    train(tmp_path / "run", 12)
    main(["export", str(tmp_path / "run"), str(tmp_path / "out")])
    assert identify(tmp_path / "out").exported
    before = (tmp_path / "out" / "agent.safetensors").read_bytes()
    with pytest.raises(UsageError, match=r"exported agent.* shrdlu train --run runs/NAME --branch"):
        train(tmp_path / "out", 24)
    assert (tmp_path / "out" / "agent.safetensors").read_bytes() == before
    assert "rng" not in meta(tmp_path / "out")
    train(tmp_path / "on", 24, branch=str(tmp_path / "out"))
    assert not identify(tmp_path / "on").exported


def test_it_has_no_table_of_the_agent_that_was_there_before(tmp_path):
    train(tmp_path / "long", 12)
    train(tmp_path / "short", 4)
    for run in ("long", "short"):
        commands.export(tmp_path / run, tmp_path / "out")
        both = [(tmp_path / name / "lessons.csv").exists() for name in (run, "out")]
        assert both == [run == "long"] * 2


def test_evaluating_it_writes_nothing_into_its_folder(tmp_path, capsys):
    train(tmp_path / "run", 12)
    commands.export(tmp_path / "run", tmp_path / "out")
    before = sorted(os.listdir(tmp_path / "out"))
    commands.evaluate(tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == before
    assert "--out" in capsys.readouterr().out
    commands.evaluate(tmp_path / "out", out=tmp_path / "tables")
    assert sorted(os.listdir(tmp_path / "tables")) == ["evaluation.json", "evaluation.md"]
