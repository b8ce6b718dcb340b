"""The sequence experiments through the same commands as every other: train, resume, evaluate, watch."""

import json
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import torch

from dnc_agent.cores import CORES
from dnc_agent.supervised import SupervisedAgent
from train import experiments
from train.building import core_options
from train.commands import evaluate, train
from train.experiments.copying.evaluating import Condition, score_task
from train.experiments.copying.settings import SequenceConfig, task_arguments
from train.experiments.copying.wiring import TaskSource, make_task
from train.settings import from_json, to_json, with_settings

NAMES = ("copy", "repeat-copy", "associative-recall")
SMALL = {"hidden_size": 6, "memory_size": 4, "word_size": 3, "batch_size": 4, "gate_every": 3}
SHORT = {
    "copy": {"width": 3, "lengths": (1, 3)},
    "repeat-copy": {"width": 3, "lengths": (1, 2), "repeats": (1, 2)},
    "associative-recall": {"width": 4, "item_length": 2, "items": (2, 3)},
}
every_name = pytest.mark.parametrize("name", NAMES)


def tiny(name, preset="default", **settings):
    """An experiment with a configuration small enough for tests."""
    experiment = experiments.find(name)
    core = {"core": "lstm"} if preset == "default" else {}
    small = SMALL | core | SHORT[name] | {"gate_episodes": 6} | settings
    return experiment, with_settings(experiment.presets[preset], **small)


def weights(learner):
    return torch.cat([p.detach().flatten() for p in learner.network.parameters()])


@every_name
def test_a_run_is_trained_resumed_and_evaluated_like_any_other(tmp_path, name):
    experiment, config = tiny(name)
    whole = train(experiment, tmp_path / "whole", config, max_episodes=32, episodes_per_cell=0, quiet=True)
    train(experiment, tmp_path / "run", config, max_episodes=16, episodes_per_cell=0, quiet=True)
    again = train(experiment, tmp_path / "run", config, max_episodes=32, episodes_per_cell=2, quiet=True)
    assert again.updates == whole.updates == 8
    assert torch.equal(weights(again), weights(whole))
    table = (tmp_path / "run" / "lessons.csv").read_text().splitlines()
    assert table[0].split(",")[-4:] == ["exact", "accuracy", "wrong", "passed"]
    assert table == [
        line if not k else ",".join([table[k].split(",")[0], *line.split(",")[1:]])
        for k, line in enumerate((tmp_path / "whole" / "lessons.csv").read_text().splitlines())
    ]
    found = evaluate(tmp_path / "run", experiment.Evaluation(episodes=6))
    rows = json.loads((tmp_path / "run" / "evaluation.json").read_text())["conditions"]
    assert rows == json.loads(json.dumps(found["conditions"]))
    assert rows[0]["name"] == "as trained"
    assert all(row["episodes"] == 6 and 0 <= row["wrong"] <= row["bits"] for row in rows)
    text = (tmp_path / "run" / "evaluation.md").read_text()
    assert all(f"| {row['name']} | - |" in text for row in rows)


@every_name
@pytest.mark.parametrize("core", CORES)
def test_every_core_takes_the_settings_that_it_has(name, core):
    experiment, config = tiny(name, core=core)
    learner = experiment.build(config)
    assert type(learner.network.core) is CORES[core]
    assert learner.network.core.options.hidden_size == 6
    assert np.isfinite(learner.update()["loss"])


@every_name
def test_presets_name_cores_of_like_size_and_go_through_json(name):
    experiment = experiments.find(name)
    assert next(iter(experiment.presets)) == "default"
    sizes = {}
    for preset, config in experiment.presets.items():
        assert from_json(type(config), json.loads(json.dumps(to_json(config)))) == config
        learner = experiment.build(config)
        sizes[preset] = len(weights(learner))
    for other in ("lstm", "gru"):
        assert sizes[other] == pytest.approx(sizes["default"], rel=0.05)


@every_name
def test_the_task_of_a_configuration_has_all_its_arguments(name):
    _, config = tiny(name)
    task = make_task(name, config)
    for key, value in task_arguments(config).items():
        assert getattr(task, key) == value
    assert task_arguments(config).keys() >= SHORT[name].keys()


class Oracle(torch.nn.Module):
    """Stands for a network that knows a task; answers its `share` first sequences of a batch right."""

    def __init__(self, task, right):
        super().__init__()
        self.task, self.right = task, right

    def unroll(self, inputs, state, reset, at):
        targets, answer = self.task.solve(inputs.numpy())
        targets[:, self.right :] = 1 - targets[:, self.right :]
        assert (torch.tensor(answer) == at).all()
        return torch.tensor(targets * 2 - 1)[at], None


@every_name
def test_scores_are_those_of_the_oracle(name):
    from dnc_agent.supervised import Bits

    _, config = tiny(name)
    task = make_task(name, config)
    for right, share in ((5, 1.0), (2, 0.4)):
        agent = SupervisedAgent(Oracle(task, right), Bits(task.output_size))
        found = score_task(agent, task, 100, np.random.default_rng(0))
        assert found.sequences == 100
        assert found.exact_share == share
        assert (found.accuracy == 1) == (share == 1)


def test_a_gate_sees_many_lengths():
    _, config = tiny("copy")
    seen = []

    class Spy(TaskSource):
        def draw(self, rng, batch_size):
            batch = super().draw(rng, batch_size)
            seen.append((batch_size, len(batch.inputs)))
            return batch

    import train.experiments.copying.evaluating as evaluating

    before, evaluating.TaskSource = evaluating.TaskSource, Spy
    try:
        learner = experiments.find("copy").build(config)
        score_task(learner, make_task("copy", config), 50, np.random.default_rng(0))
    finally:
        evaluating.TaskSource = before
    assert sum(size for size, _ in seen) == 50
    assert {steps for _, steps in seen} == {4, 6, 8}


@pytest.mark.parametrize("grow", [True, False])
def test_a_memory_grows_for_rows_that_need_it_and_shrinks_back(grow):
    experiment, config = tiny("copy", core="dnc")
    learner = experiment.build(config)
    flags = experiment.Evaluation(episodes=2, lengths=(3, 7), grow_memory=grow)
    report = experiment.evaluate(learner, config, flags, lambda word, share: None, title="x")
    sizes = [row["memory_size"] for row in report.json["conditions"]]
    assert sizes == ([4, 4, 15] if grow else [4, 4, 4])
    assert learner.network.core.memory_size == 4
    again = experiment.evaluate(learner, config, flags, lambda word, share: None, title="x")
    assert again.json == report.json


def test_rows_beyond_training_are_what_they_say():
    experiment, config = tiny("repeat-copy")
    rows = experiment.conditions(config, experiment.Evaluation(lengths=(9,), repeats=(7,)))
    assert [(row.name, row.vectors) for row in rows] == [("as trained", 0), ("length 9", 9), ("7 repeats", 0)]
    trained, longer, more = (row.task for row in rows)
    assert longer == replace(trained, lengths=(9, 9))
    assert more == replace(trained, repeats=(7, 7), normalised_over=(1, 2))
    assert [trained.scaled(k) for k in (1, 2, 7)] == [more.scaled(k) for k in (1, 2, 7)]
    experiment, config = tiny("associative-recall")
    rows = experiment.conditions(config, experiment.Evaluation(items=(5,)))
    assert rows[1] == Condition("5 items", replace(rows[0].task, items=(5, 5)), 10)


@every_name
def test_a_trained_agent_is_watched_in_its_environment(tmp_path, name):
    experiment, config = tiny(name, core="dnc")
    learner = experiment.build(config)
    path = learner.save(tmp_path / "agent")
    agent = experiment.load(path, config)
    shown = experiment.watch(agent, config, lesson=None, deterministic=True, seed=0)
    env = gym.make(shown.env_id, **shown.env_kwargs)
    act = shown.make_act(env)
    for seed in (1, 2, 1):
        obs, info = env.reset(seed=seed)
        start, over, probabilities = True, False, []
        while not over:
            action, inside = act(obs, info, start)
            assert inside["probabilities"].shape == action.shape
            np.testing.assert_array_equal(action, inside["probabilities"] > 0.5)
            probabilities.append(inside["probabilities"])
            obs, _, over, _, info = env.step(action)
            start = False
        inputs = np.array(env.unwrapped.view()["inputs"], np.float32)[:, None]
        np.testing.assert_allclose(
            np.array(probabilities), agent.answer(inputs).probabilities[:, 0], atol=1e-5
        )
    assert {"read_weightings", "write_weighting"} <= inside.keys()
    with pytest.raises(ValueError, match="lesson=2"):
        experiment.watch(agent, config, lesson=2, deterministic=True, seed=0)


def test_bits_are_drawn_where_that_is_wanted(tmp_path):
    experiment, config = tiny("copy")
    agent = experiment.load(experiment.build(config).save(tmp_path / "agent"), config)
    shown = experiment.watch(agent, config, lesson=None, deterministic=False, seed=0)
    act = shown.make_act(None)
    drawn = np.array([act(np.zeros(5, np.float32), {}, True)[0] for _ in range(400)])
    _, inside = act(np.zeros(5, np.float32), {}, True)
    np.testing.assert_allclose(drawn.mean(0), inside["probabilities"], atol=0.1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"core": "transformer"}, "core='transformer'"),
        ({"lengths": (3, 2)}, r"lengths=\(3, 2\)"),
        ({"core": "dnc", "controller": "gru"}, "controller='gru'"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(settings, said):
    experiment, config = tiny("copy", **settings)
    with pytest.raises(ValueError, match=said):
        experiment.build(config)


def test_an_agent_of_another_task_is_refused(tmp_path):
    experiment, config = tiny("copy")
    path = experiment.build(config).save(tmp_path / "agent")
    other, wanted = tiny("associative-recall")
    with pytest.raises(ValueError, match="associative-recall has 6 and 4"):
        other.load(path, wanted)


def test_options_are_those_settings_that_a_core_has():
    config = SequenceConfig(matmul_precision="bf16")
    assert core_options(replace(config.core, core="lstm"), config) == {
        "hidden_size": 64,
        "num_layers": 1,
        "input_gain": 8.0,
        "matmul_precision": "bf16",
    }
    assert core_options(config.core, config)["read_heads"] == 1
    assert "matmul_precision" not in core_options(replace(config.core, core="ntm"), config)


def test_a_small_core_learns_to_copy_single_vectors():
    experiment, config = tiny("copy", hidden_size=24, lengths=(1, 1), learning_rate=0.02, batch_size=16)
    learner = experiment.build(config)
    for _ in range(200):
        learner.update()
    found = experiment.gate(learner, config, 1, np.random.default_rng(0))
    assert found.score == found.row["accuracy"] == 1.0
    assert found.row["wrong"] == 0.0
