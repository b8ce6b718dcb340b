"""Acting out under a teacher, against a plain loop; and that it teaches."""

import numpy as np
import pytest
import torch

from dnc_agent.networks.stepping import NetworkStepper
from dnc_agent.supervised import Categories, NetworkDescription, Schedule, act_out
from tests.dnc_agent.supervised.tasks import DNC_SIZES, Chase, learner

TARGET = Categories([4])


def brute_force(network, rng, batch_size, beta):
    """One sequence after the other, with the whole past unrolled again at each step."""
    task = Chase()
    task.begin(rng, batch_size)
    place, left = task.place.copy(), task.left.copy()
    inputs, targets, answers, live = ([[] for _ in range(batch_size)] for _ in range(4))
    steps = 1 + left.max()
    follow = [
        rng.random(batch_size) < beta if 0 < beta < 1 else [beta == 1] * batch_size for _ in range(steps - 1)
    ]
    for b in range(batch_size):
        now = place[b]
        for t in range(steps):
            on = t == 0 or t - 1 < left[b]
            inputs[b].append(np.eye(4)[now])
            targets[b].append((now + 1) % 4)
            answers[b].append(t > 0 and on)
            live[b].append(on)
            if t == 0 or not on:
                continue
            if follow[t - 1][b]:
                now = (now + 1) % 4
            else:
                seen = torch.tensor(np.array(inputs[b]), dtype=torch.float32)[:, None]
                outputs, _ = network.unroll(seen)
                now = int(outputs[-1, 0].argmax())
    return inputs, targets, answers, live


@pytest.mark.parametrize(("core", "options"), [("lstm", {"hidden_size": 6}), ("dnc", DNC_SIZES)])
@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_what_comes_about_equals_brute_force(core, options, beta):
    network = NetworkDescription(4, TARGET, core, options).build(torch.Generator().manual_seed(3))
    batch = act_out(network, TARGET, Chase(), np.random.default_rng(8), 6, beta=beta)
    rng = np.random.default_rng(8)
    inputs, targets, answers, live = brute_force(network, rng, 6, beta)
    answer, on = np.array(answers).T, np.array(live).T
    np.testing.assert_array_equal(batch.answer, answer)
    np.testing.assert_array_equal(batch.valid, on)
    np.testing.assert_array_equal(batch.inputs[on], np.array(inputs).transpose(1, 0, 2)[on])
    np.testing.assert_array_equal(batch.targets[answer], np.array(targets).T[answer][:, None])
    assert batch.steps == on.sum()


def test_the_teacher_alone_needs_no_network():
    def never(*arguments):
        raise AssertionError("the network was asked")

    network = NetworkDescription(4, TARGET, "lstm", {"hidden_size": 3}).build()
    network.core.step = network.core.stepper = never
    batch = act_out(network, TARGET, Chase(), np.random.default_rng(0), 3, beta=1.0)
    assert batch.inputs.shape[2] == 4


def test_a_learner_left_alone_learns_to_follow_its_own_answers():
    """With beta going to 0 the network sees its own mistakes, and still ends up right."""
    ours = learner(
        Chase(),
        options={"hidden_size": 16},
        inputs=4,
        target=TARGET,
        teacher=Schedule(1.0, 0.0, 60),
        learning_rate=0.02,
        batch_size=8,
    )
    for _ in range(120):
        figures = ours.update()
    assert figures["accuracy"] == 1.0
    batch = act_out(ours.network, TARGET, Chase(), np.random.default_rng(1), 20, beta=0.0)
    places = batch.inputs.argmax(-1)
    for t, b in np.argwhere(batch.answer):
        assert batch.targets[t, b, 0] == (places[t, b] + 1) % 4
        if t > 1:
            assert places[t, b] == (places[t - 1, b] + 1) % 4


def test_beta_is_the_share_of_steps_that_follow_the_teacher():
    """A network that always answers 3 shows who chose."""
    network = NetworkDescription(4, TARGET, "lstm", {"hidden_size": 3}).build()
    with torch.no_grad():
        network.readout.layer.weight.zero_()
        network.readout.layer.bias.copy_(torch.tensor([0.0, 0, 0, 1]))
    batch = act_out(network, TARGET, Chase(), np.random.default_rng(2), 2000, beta=0.3)
    places = batch.inputs.argmax(-1)
    telling = batch.answer[1:-1] & batch.answer[2:] & (places[1:-1] != 2)
    followed = places[2:] == (places[1:-1] + 1) % 4
    assert followed[telling].mean() == pytest.approx(0.3, abs=0.03)


class PreciseChase(Chase):
    """In double precision."""

    def begin(self, rng, batch_size):
        turn = super().begin(rng, batch_size)
        return turn._replace(inputs=turn.inputs.astype(np.float64))

    def advance(self, choices):
        turn = super().advance(choices)
        return turn and turn._replace(inputs=turn.inputs.astype(np.float64))


@pytest.mark.parametrize("core", ["lstm", "dnc"])
def test_learning_from_the_acting_pass_is_learning_from_a_second_one(core, monkeypatch):
    """Where the kernels record, the core goes through a batch once; loss, gradient and weights are the same."""
    options = {"hidden_size": 6} if core == "lstm" else DNC_SIZES | {"backend": "fused"}

    def taught(share):
        ours = learner(
            PreciseChase(), core, options=options, inputs=4, target=TARGET, teacher=Schedule(0.5), seed=4
        )
        ours.network.double()
        passes, unroll = [], ours.network.unroll
        monkeypatch.setattr(ours.network, "unroll", lambda *a: (passes.append(1), unroll(*a))[1])
        if not share:
            monkeypatch.setattr(NetworkStepper, "recording", lambda stepper: None)
        figures = [ours.update() for _ in range(3)]
        monkeypatch.undo()
        return figures, list(ours.network.parameters()), len(passes)

    once, weights, passes = taught(share=True)
    twice, others, others_passes = taught(share=False)
    assert (passes, others_passes) == (0 if core == "dnc" else 3, 3)
    for one, two in zip(once, twice, strict=True):
        assert one == pytest.approx(two, rel=1e-9)
    for one, two in zip(weights, others, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-12)


def test_a_task_may_restrict_what_the_network_chooses_from():
    class Backwards(Chase):
        """Only the place before may be chosen."""

        calls = 0

        def choose(self, probabilities):
            assert probabilities.shape == (5, 4)
            np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
            self.calls += 1
            return (self.place[:, None] - 1) % 4

    network = NetworkDescription(4, TARGET, "lstm", {"hidden_size": 3}).build(
        torch.Generator().manual_seed(0)
    )
    task = Backwards()
    batch = act_out(network, TARGET, task, np.random.default_rng(0), 5, beta=0.0)
    places = batch.inputs.argmax(-1)
    on = batch.answer[1:-1] & batch.valid[2:]
    assert on.any()
    assert (places[2:][on] == (places[1:-1][on] - 1) % 4).all()
    assert task.calls == batch.answer.any(1).sum()
