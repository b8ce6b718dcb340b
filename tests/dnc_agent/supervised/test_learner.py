"""The learner: the gradient step by hand, learning, resuming to the bit, refusing what is not finite."""

import numpy as np
import pytest
import torch
from stable_baselines3.common.logger import Logger
from torch.nn import functional

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from dnc_agent.supervised import (
    Bits,
    Buckets,
    Categories,
    Schedule,
    SupervisedAgent,
    SupervisedSettings,
    score,
)
from tests.dnc_agent.supervised.tasks import DNC_SIZES, Chase, Echo, Tell, Unlike, learner, weights


def test_one_update_is_a_clipped_step_down_the_mean_over_answer_steps():
    """Adam's first step is the learning rate times the sign of the gradient."""
    ours = learner(learning_rate=0.01, core_lr_scale=0.5, max_grad_norm=None)
    before = {name: p.detach().clone() for name, p in ours.network.named_parameters()}
    batch = Echo().draw(np.random.default_rng(0), 4)
    logits, _ = ours.network.unroll(torch.tensor(batch.inputs))
    loss = sum(
        functional.binary_cross_entropy_with_logits(logits[-1, b], torch.tensor(batch.targets[-1, b]))
        for b in range(4)
    )
    (loss / 4).backward()
    gradients = {name: p.grad.clone() for name, p in ours.network.named_parameters()}
    figures = ours.update()
    assert figures["loss"] == pytest.approx(float(loss.detach()) / 4, rel=1e-6)
    norm = torch.cat([g.flatten() for g in gradients.values()]).norm().item()
    assert figures["grad_norm"] == pytest.approx(norm, rel=1e-5)
    for name, parameter in ours.network.named_parameters():
        rate = 0.005 if name.startswith("core.") else 0.01
        g = gradients[name]
        expected = before[name] - rate * g / (g.abs() + 1e-8)
        torch.testing.assert_close(parameter.detach(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("limit", [0.01, 1e6])
def test_gradients_are_clipped_by_their_norm(limit):
    """RMSprop's first step on a gradient g is rate * g / (0.1 |g| + 1e-8): a clip shows only in what is left of g."""
    ours = learner(max_grad_norm=limit, optimizer="rmsprop")
    figures = ours.update()
    seen = torch.cat([p.grad.flatten() for p in ours.network.parameters()]).norm().item()
    assert seen == pytest.approx(min(limit, figures["grad_norm"]), rel=1e-3)
    assert figures["grad_norm"] > 0.01


def test_learning_rates_decline_in_a_straight_line_and_stay():
    settings = SupervisedSettings(learning_rate=1.0, final_learning_rate=0.2, decay_updates=4)
    assert [settings.schedule.at(k) for k in (0, 1, 2, 4, 9)] == pytest.approx([1.0, 0.8, 0.6, 0.2, 0.2])
    assert SupervisedSettings(learning_rate=0.3).schedule.at(10**9) == 0.3
    later = SupervisedSettings(learning_rate=1.0, final_learning_rate=0.2, decay_updates=4, decay_after=10)
    assert [later.schedule.at(k) for k in (0, 10, 12, 14, 99)] == pytest.approx([1.0, 1.0, 0.6, 0.2, 0.2])
    ours = learner(learning_rate=0.1, final_learning_rate=0.0, decay_updates=2, core_lr_scale=0.5)
    rates = []
    for _ in range(3):
        before = weights(ours)
        ours.update()
        rates.append([group["lr"] for group in ours.optimizer.param_groups])
    assert rates == [[0.1, 0.05], [0.05, 0.025], [0.0, 0.0]]
    np.testing.assert_array_equal(before, weights(ours))


@pytest.mark.parametrize(("core", "options"), [("lstm", {"hidden_size": 12}), ("dnc", DNC_SIZES)])
def test_it_learns(core, options):
    ours = learner(core=core, options=options, learning_rate=0.02, batch_size=16)
    first = [ours.update()["loss"] for _ in range(5)]
    last = [ours.update() for _ in range(150)][-10:]
    assert np.mean([figures["loss"] for figures in last]) < 0.2 * np.mean(first)
    assert all(figures["accuracy"] == figures["exact"] == 1.0 for figures in last)
    assert all(figures["wrong"] == 0.0 for figures in last)


CASES = {
    "lstm": {},
    "dropout": {"dropout": 0.5},
    "reemission": {
        "core": "dnc",
        "options": DNC_SIZES,
        "source": Tell,
        "inputs": 4,
        "target": Categories([4]),
        "reemit_share": 0.5,
    },
    "dnc": {"core": "dnc", "options": DNC_SIZES},
    "rmsprop": {"optimizer": "rmsprop", "final_learning_rate": 0.0, "decay_updates": 7},
    "buckets": {"source": Unlike},
    "imitation": {
        "source": Chase,
        "inputs": 4,
        "target": Categories([4]),
        "teacher": Schedule(1.0, 0.0, 4),
    },
}


def make(case, **more):
    arguments = dict(CASES[case])
    kind = arguments.pop("source", Echo)
    source = Buckets(kind(), batches=4) if kind is Unlike else kind()
    return learner(source, **arguments | more)


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_run_goes_on_to_the_bit(tmp_path, case):
    whole = make(case)
    figures = [whole.update() for _ in range(6)]
    half = make(case)
    for _ in range(3):
        half.update()
    path = half.save(tmp_path / "agent", extra={"lesson": 3})
    resumed = make(case, seed=7)
    resumed.update()
    assert resumed.restore(path) == {"lesson": 3}
    assert [resumed.update() for _ in range(3)] == figures[3:]
    np.testing.assert_array_equal(weights(resumed), weights(whole))
    for name in ("episodes", "steps", "updates"):
        assert getattr(resumed, name) == getattr(whole, name)
    assert resumed.episodes == 24
    assert resumed.updates == 6


def test_an_agent_comes_with_the_memory_that_its_learner_had_when_it_was_saved(tmp_path):
    ours = learner(core="dnc", options=DNC_SIZES)
    ours.core.resize(9)
    agent = SupervisedAgent.load(ours.save(tmp_path / "agent", with_optimizer=False))
    assert agent.network.core.memory_size == 9
    np.testing.assert_array_equal(weights(agent), weights(ours))


def test_scores_know_no_dropout():
    ours = learner(dropout=0.9)
    ours.update()
    batches = [Echo().draw(np.random.default_rng(k), 50) for k in range(4)]
    logits = [ours.network.eval().unroll(torch.tensor(batch.inputs))[0] for batch in batches]
    right = [(part[-1] > 0).numpy() == batch.targets[-1] for part, batch in zip(logits, batches, strict=True)]
    ours.network.train()
    assert score(ours.network, ours.target, batches).wrong == 200 - np.sum(right)
    assert ours.network.training


def test_seeds_decide_everything():
    one, same, other = learner(seed=1), learner(seed=1), learner(seed=2)
    torch.manual_seed(5)
    for each in (one, same, other):
        each.update()
    np.testing.assert_array_equal(weights(one), weights(same))
    assert not np.array_equal(weights(one), weights(other))


def test_steps_are_counted_without_padding_and_figures_are_recorded():
    ours = learner(Buckets(Unlike(), batches=2))
    logger = Logger(None, [])
    ours.set_logger(logger)
    figures = ours.update()
    seed = ours.source.state()["seed"]
    drawn = Buckets(Unlike(), batches=2)
    drawn.set_state({"lesson": None, "seed": seed, "given": 0})
    batch = drawn.draw(np.random.default_rng(0), 4)
    assert ours.steps == batch.steps
    assert figures["useful"] == batch.steps / batch.answer.size
    assert logger.name_to_value["train/loss"] == figures["loss"]
    assert logger.name_to_value["train/learning_rate"] == ours.settings.learning_rate


class Spoiled(Echo):
    """An input that is not a number in the third batch."""

    drawn = 0

    def draw(self, rng, batch_size):
        self.drawn += 1
        batch = super().draw(rng, batch_size)
        if self.drawn == 3:
            batch.inputs[1, 2, 0] = np.nan
        return batch


def test_a_loss_that_is_not_finite_is_refused_before_anything_is_changed():
    ours = learner(Spoiled())
    ours.update()
    ours.update()
    before = weights(ours)
    with pytest.raises(FloatingPointError, match=r"^the loss is nan at update 3$"):
        ours.update()
    np.testing.assert_array_equal(before, weights(ours))
    assert ours.updates == 2


def test_a_gradient_that_is_not_finite_is_refused_before_anything_is_changed():
    ours = learner()
    weight = ours.network.readout.layer.weight
    weight.register_hook(lambda gradient: gradient * float("inf"))
    before = weights(ours)
    with pytest.raises(FloatingPointError, match=r"^the norm of the gradient is \w+ at update 1$"):
        ours.update()
    np.testing.assert_array_equal(before, weights(ours))


def test_weights_that_are_not_finite_are_reported():
    ours = learner(learning_rate=3e38, optimizer="rmsprop", max_grad_norm=None)
    with pytest.raises(FloatingPointError, match="not finite after update 1"):
        ours.update()


def test_a_batch_that_asks_for_nothing_is_refused():
    class Silent(Echo):
        def draw(self, rng, batch_size):
            batch = super().draw(rng, batch_size)
            return batch._replace(answer=np.zeros_like(batch.answer))

    with pytest.raises(ValueError, match="source=Silent"):
        learner(Silent()).update()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch_size": 0}, "batch_size=0"),
        ({"optimizer": "sgd"}, "optimizer='sgd'"),
        ({"learning_rate": -1.0}, "learning_rate=-1.0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"core_lr_scale": float("inf")}, "core_lr_scale=inf"),
        ({"max_grad_norm": 0.0}, "max_grad_norm=0.0"),
        ({"decay_updates": 0}, "decay_updates=0"),
        ({"decay_after": -1}, "decay_after=-1"),
        ({"reemit_share": 1.5}, r"reemit_share=1\.5"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(ValueError, match=said):
        learner(**settings)


def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path):
    path = learner().save(tmp_path / "small")
    wide = learner(options={"hidden_size": 7})
    wide.update()
    before, counted = weights(wide), wide.updates
    with pytest.raises(ValueError, match="does not fit: core"):
        wide.restore(path)
    used = learner()
    used.update()
    path = used.save(tmp_path / "used")
    other = learner(optimizer="rmsprop")
    with pytest.raises(ValueError, match="moments of adam, not of rmsprop"):
        other.restore(path)
    assert other.updates == 0
    np.testing.assert_array_equal(before, weights(wide))
    assert wide.updates == counted
    with pytest.raises(FileNotFoundError):
        wide.restore(tmp_path / "none")


NAME = "network.readout.layer.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda tensors, meta: tensors.update({NAME: tensors[NAME].double()}),
            "readout.layer.weight is torch.float64",
        ),
        (
            lambda tensors, meta: tensors.update({NAME: tensors[NAME] > 0}),
            "readout.layer.weight is torch.bool",
        ),
        (lambda tensors, meta: tensors.update(new=tensors[NAME]), "new belongs to no part"),
        (
            lambda tensors, meta: tensors.update({"optimizer.new": tensors[NAME]}),
            "optimizer.new belongs to no parameter",
        ),
        (lambda tensors, meta: meta["progress"]["generator"].pop("uinteger"), "no state of a generator"),
        (lambda tensors, meta: meta["progress"]["generator"].update(state="x"), "no state of a generator"),
        (lambda tensors, meta: meta["counters"].update(steps=-1), "counters"),
        (lambda tensors, meta: meta["counters"].update(steps=True), "counters"),
    ],
)
def test_what_no_learner_writes_is_refused_and_changes_nothing(tmp_path, change, said):
    ours = learner()
    ours.update()
    path = ours.save(tmp_path / "agent")
    tensors, meta = read_checkpoint(path)
    change(tensors, meta)
    write_checkpoint(path, tensors, meta)
    fresh = learner()
    before, drawn = weights(fresh), fresh.rng.bit_generator.state
    with pytest.raises(ValueError, match=said):
        fresh.restore(path)
    np.testing.assert_array_equal(before, weights(fresh))
    assert fresh.rng.bit_generator.state == drawn


def test_weights_alone_begin_a_new_run(tmp_path):
    ours = learner()
    for _ in range(3):
        ours.update()
    path = ours.save(tmp_path / "agent", with_optimizer=False)
    other = learner(seed=4, optimizer="rmsprop")
    other.restore(path)
    np.testing.assert_array_equal(weights(ours), weights(other))
    other.update()
    assert other.updates == 4


@pytest.mark.parametrize("target", [Bits(3), Categories([2, 5])])
def test_a_saved_agent_answers_as_the_learner_did(tmp_path, target):
    ours = learner(core="dnc", options=DNC_SIZES, target=target, inputs=2)
    path = ours.save(tmp_path / "agent", with_optimizer=False, extra={"name": "x"})
    agent = SupervisedAgent.load(path, device="cpu")
    assert agent.extra == {"name": "x"}
    inputs = np.random.default_rng(0).standard_normal((5, 3, 2)).astype(np.float32)
    with torch.no_grad():
        logits, _ = ours.network.unroll(torch.tensor(inputs))
    answers = agent.answer(inputs)
    np.testing.assert_array_equal(answers.choices, target.choose(logits).numpy())
    np.testing.assert_array_equal(answers.probabilities, target.probabilities(logits).numpy())
    state = traced = agent.initial_state(3)
    for t in range(5):
        step, state = agent.step(inputs[t], state)
        same, traced, _ = agent.trace(inputs[t], traced)
        np.testing.assert_allclose(step.probabilities, answers.probabilities[t], atol=1e-6)
        np.testing.assert_array_equal(step.probabilities, same.probabilities)
    reset = np.zeros((5, 3), bool)
    reset[2] = True
    np.testing.assert_allclose(
        agent.answer(inputs, reset).probabilities[2:], agent.answer(inputs[2:]).probabilities, atol=1e-6
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_inputs_that_are_not_finite_are_refused_and_named(bad):
    ours = learner()
    agent = SupervisedAgent(ours.network, ours.target)
    inputs = np.zeros((5, 3, 2))
    inputs[4, 1, 0] = bad
    with pytest.raises(ValueError, match=r"^inputs is not finite at \(4, 1, 0\), of \[T, B, X\]$"):
        agent.answer(inputs)
    for call in (agent.step, agent.trace):
        with pytest.raises(ValueError, match=r"^inputs is not finite at \(1, 0\), of \[B, X\]$"):
            call(inputs[4], agent.initial_state(3))


def test_inputs_of_other_shapes_are_refused():
    ours = learner()
    agent = SupervisedAgent(ours.network, ours.target)
    for shape in ((3, 2), (5, 3, 4), (5, 0, 2)):
        with pytest.raises(ValueError, match=r"^inputs has shape .*; expected \[T, B, 2\], none of them 0$"):
            agent.answer(np.zeros(shape))
    with pytest.raises(ValueError, match=r"^inputs has shape \(2,\); expected \[B, 2\], none of them 0$"):
        agent.step(np.zeros(2), agent.initial_state(1))


def test_other_files_are_no_agents(tmp_path):
    from dnc_agent.checkpoint import write_checkpoint

    path = write_checkpoint(tmp_path / "x", {"a": torch.zeros(1)}, {"kind": "policy"})
    for load in (SupervisedAgent.load, learner().restore):
        with pytest.raises(ValueError, match="no network for supervised learning"):
            load(path)
    meta = {
        "kind": "supervised",
        "network": {"core": "gone", "core_options": {}, "input_size": 2, "target": Bits(1).to_json()},
        "settings": {},
        "counters": {"episodes": 0, "steps": 0, "updates": 0},
        "progress": {},
        "extra": {},
    }
    path = write_checkpoint(tmp_path / "y", {}, meta)
    with pytest.raises(ValueError, match="cannot be built: core='gone'"):
        SupervisedAgent.load(path)
    del meta["network"]["target"]
    with pytest.raises(ValueError, match=r"cannot be built: .*lacks 'target'"):
        SupervisedAgent.load(write_checkpoint(tmp_path / "y", {}, meta))
    del meta["counters"]
    with pytest.raises(ValueError, match="damaged: its description lacks 'counters'"):
        SupervisedAgent.load(write_checkpoint(tmp_path / "y", {}, meta))
