"""A run directory without its checkpoint: trained, it is left alone; killed before the first one, it begins again."""

import os
import shutil

import pytest

from tests.train.toy import ToyConfig, meta, rows, train
from train import commands, running
from train.cli import main
from train.errors import UsageError
from train.keeping import beginning_with
from train.rundir import RunDirectory

pytestmark = pytest.mark.usefixtures("toy")

CHECKPOINT, PREVIOUS = "agent.safetensors", "agent.safetensors.previous"


def contents(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def keep(path, *names):
    """Of a run, only these files and folders."""
    for entry in path.iterdir():
        if entry.name not in names:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def refused(path, match, **settings):
    before = contents(path)
    with pytest.raises(UsageError, match=match) as caught:
        train(path, 100, **settings)
    assert contents(path) == before
    assert "\n" not in str(caught.value)


@pytest.fixture
def run(tmp_path):
    train(tmp_path / "run", 80)
    return tmp_path / "run"


class TestTrained:
    def test_the_one_before_is_named_with_the_command_that_goes_on_from_it(self, run, tmp_path):
        (run / CHECKPOINT).unlink()
        hint = rf"{CHECKPOINT} is missing; the one before it is at .*{PREVIOUS}: go on from there with mv "
        refused(run, hint)
        os.rename(run / PREVIOUS, run / CHECKPOINT)
        train(run, 120)
        train(tmp_path / "straight", 120)
        assert rows(run) == rows(tmp_path / "straight")
        assert meta(run)["rng"] == meta(tmp_path / "straight")["rng"]

    def test_other_settings_another_experiment_or_a_loss_that_diverges_cost_nothing(self, run, capsys):
        (run / CHECKPOINT).unlink()
        refused(run, "is missing", step_size=2.0)
        refused(run, "is missing", breaks_at=1)
        before = contents(run)
        for name in ("mini-shrdlu", "toy"):
            with pytest.raises(SystemExit):
                main(["train", name, "--run", str(run), "--processes", "1"])
            assert "is missing; the one before it" in capsys.readouterr().err
        assert contents(run) == before

    def test_agents_are_looked_for_with_the_same_hint(self, run):
        (run / CHECKPOINT).unlink()
        with pytest.raises(
            FileNotFoundError, match=rf"no checkpoint at .*the one before it is at .*{PREVIOUS}"
        ):
            commands.evaluate(run)

    @pytest.mark.parametrize(
        ("left", "shown"),
        [
            (("lessons.csv", "log"), "lessons.csv"),
            (("lessons.csv",), "lessons.csv"),
            (("log",), "progress-1.csv"),
            (("log", "run.lock"), "progress-1.csv"),
        ],
    )
    def test_what_is_left_shows_it(self, run, left, shown):
        keep(run, "config.json", *left)
        refused(run, f"{CHECKPOINT} is missing, but .*{shown} shows that the run was trained")

    @pytest.mark.parametrize("left", [PREVIOUS, CHECKPOINT, "lessons.csv", "log"])
    def test_without_a_configuration_it_is_no_run(self, run, left):
        keep(run, left)
        refused(run, "not empty and not a run|no run")

    def test_a_branch_that_was_trained_on(self, run, tmp_path):
        train(tmp_path / "b", 100, branch=str(run))
        keep(tmp_path / "b", "config.json", "lessons.csv")
        refused(tmp_path / "b", "lessons.csv shows", branch=str(run))


class TestKilledBeforeTheFirst:
    """It simply begins again."""

    @staticmethod
    def killed(path, monkeypatch, **settings):
        """Before the session saves; nothing is taken back."""

        def die(session):
            session._logger.close()
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(running.Session, "save", die)
            with pytest.raises(KeyboardInterrupt):
                train(path, 80, **settings)
        assert not (path / CHECKPOINT).exists()

    def test_a_fresh_run(self, tmp_path, run, monkeypatch):
        self.killed(tmp_path / "a", monkeypatch, step_size=2.0)
        assert {"config.json", "log"} < set(os.listdir(tmp_path / "a"))
        train(tmp_path / "a", 80)
        assert rows(tmp_path / "a") == rows(run)

    def test_only_its_configuration(self, tmp_path, run):
        keep(run, "config.json")
        train(run, 80)
        assert RunDirectory(run).saved().config == beginning_with(ToyConfig(), 1)

    def test_a_branch(self, tmp_path, run, monkeypatch):
        self.killed(tmp_path / "b", monkeypatch, branch=str(run))
        assert rows(tmp_path / "b")
        train(tmp_path / "b", 120, branch=str(run))
        train(run, 120)
        assert rows(tmp_path / "b") == rows(run)

    def test_a_branch_that_begins_again_as_none_has_no_rows_of_another(self, tmp_path, run, monkeypatch):
        self.killed(tmp_path / "b", monkeypatch, branch=str(run))
        train(tmp_path / "b", 80)
        assert rows(tmp_path / "b") == rows(run)

    def test_one_that_cannot_start_then_is_as_it_was(self, tmp_path, monkeypatch):
        self.killed(tmp_path / "a", monkeypatch)
        before = contents(tmp_path / "a")
        with pytest.raises(RuntimeError, match="nothing was kept"):
            train(tmp_path / "a", 80, breaks_at=1)
        assert contents(tmp_path / "a") == before
