"""A branch begins in the lesson where the other run stands, unless one is given."""

import pytest

from tests.train.toy import Toy, meta, rows
from train import api, commands
from train.cli import main
from train.errors import UsageError
from train.rundir import RunDirectory

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def other(tmp_path):
    """A run that began in lesson 2, completed it and stands in lesson 3."""
    config = ["--lesson", "2", "--gate-score", "0.0"]
    main(["train", "toy", "--run", str(tmp_path / "other"), *config, "--max-episodes", "12", "--quiet"])
    assert state(tmp_path / "other")["lesson"] == 3
    return tmp_path / "other"


def state(path):
    return meta(path)["extra"]["run"]


def branch(other, name, *flags):
    path = other.with_name(name)
    main(["train", "toy", "--run", str(path), "--branch", str(other), "--quiet", *flags])
    return path


def lessons(path, episodes):
    """Of the checks after the branch."""
    return [int(row["lesson"]) for row in rows(path) if int(row["episodes"]) > episodes]


@pytest.mark.parametrize("flags", [(), ("--preset", "default"), ("--step-size", "3")])
def test_without_one_it_goes_on_where_the_other_stands(other, flags):
    path = branch(other, "b", *flags, "--gate-score", "1", "--max-episodes", "24")
    assert lessons(path, 12) == [3, 3]
    assert RunDirectory(path).saved().config.curriculum.lesson == 3


@pytest.mark.parametrize("lesson", [1, 2])
def test_a_given_one_counts_also_where_the_other_began_there(other, lesson):
    path = branch(other, "b", "--lesson", str(lesson), "--gate-score", "1", "--max-episodes", "24")
    assert lessons(path, 12) == [lesson]
    assert RunDirectory(path).saved().config.curriculum.lesson == lesson
    assert state(path)["completed"] == lesson - 1
    assert state(path)["updates_in_lesson"] == 3
    assert meta(path)["lesson"] == lesson
    # The same command goes on, with or without the flag.
    main(["train", "--run", str(path), "--quiet", "--max-episodes", "32"])
    path = branch(other, "b", "--lesson", str(lesson), "--gate-score", "1", "--max-episodes", "40")
    assert lessons(path, 12) == [lesson] * 3


def test_it_can_be_completed_again(other):
    path = branch(other, "b", "--lesson", "1", "--max-episodes", "1000", "--until-lesson", "2")
    assert state(path)["completed"] == 2
    assert meta(path)["counters"][0] < 1000


def test_from_python(other, tmp_path):
    for lesson, first in ((None, 3), (1, 1)):
        path = tmp_path / f"b{lesson}"
        given = {} if lesson is None else {"lesson": lesson}
        api.run("toy", path, branch=str(other), minutes=0.001, **given)
        assert RunDirectory(path).saved().config.curriculum.lesson == first


@pytest.mark.parametrize("lesson", [None, 1])
def test_an_agent_of_one_s_own_begins_where_a_run_does(other, tmp_path, lesson):
    """With the weights, the counters, the generator, the lesson and the settings: the next update is the same."""
    given = {} if lesson is None else {"lesson": lesson}
    run = api.run("toy", tmp_path / "b", branch=str(other), minutes=1e-9, **given)
    for path in (other, str(other / "agent")):
        agent = api.make_agent("toy", branch=path, **given)
        assert (agent.lesson, agent.episodes, agent.steps) == (lesson or 3, 12, 120)
        assert agent.begun == run.begun == 0
        assert agent.config.curriculum.gate_score == 0.0
        assert agent.weight == run.weight != api.make_agent("toy").weight
        assert agent.rng.bit_generator.state == run.rng.bit_generator.state
    assert api.make_agent("toy", preset="fast", branch=other).config.step_size == 2.0


@pytest.mark.parametrize(
    ("branch", "kind", "said"),
    [
        ("/does/not/exist", FileNotFoundError, "^no checkpoint at /does/not/exist: looked for"),
        (
            "checkpoints/copy",
            UsageError,
            r"^branch=checkpoints/copy/agent\.safetensors: an agent of copy, not of toy$",
        ),
        (3, ValueError, "^branch=3; it must be a path, or None$"),
    ],
)
def test_what_cannot_be_branched_off_is_refused_by_agents_and_by_runs(tmp_path, branch, kind, said):
    for call in (api.make_agent, lambda name, **given: api.run(name, tmp_path / "run", **given)):
        with pytest.raises(kind, match=said):
            call("toy", branch=branch)
    assert not (tmp_path / "run").exists()


def test_a_run_that_was_begun_before_lessons_could_be_left_open_goes_on(tmp_path):
    """Its configuration says 1, a preset leaves it open."""
    flags = ["--preset", "default", "--run", str(tmp_path / "run"), "--quiet"]
    main(["train", "toy", *flags, "--max-episodes", "8"])
    assert RunDirectory(tmp_path / "run").saved().config.curriculum.lesson == 1
    assert Toy.default().curriculum.lesson is None
    main(["train", "toy", *flags, "--max-episodes", "16"])
    commands.train(Toy(), tmp_path / "run", Toy.default(), max_episodes=24, quiet=True)
    assert meta(tmp_path / "run")["counters"][0] == 24
