"""An agent answers without dropout whatever its network is doing, and the learning goes on as if nobody had asked."""

import numpy as np
import pytest

from dnc_agent.supervised import Categories, Schedule, SupervisedAgent
from tests.dnc_agent.supervised.tasks import Chase, learner, weights

#: Dropout shows in what is answered, and where answers decide what comes next, in what is learned from.
ACTING = {"inputs": 4, "target": Categories([4]), "teacher": Schedule(0.3), "dropout": 0.5}


def asked(agent, inputs):
    """Probabilities of whole sequences, step by step, and as they are traced."""
    state = traced = agent.initial_state(inputs.shape[1])
    steps, traces = [], []
    for part in inputs:
        answers, state = agent.step(part, state)
        steps.append(answers.probabilities)
        answers, traced, _ = agent.trace(part, traced)
        traces.append(answers.probabilities)
    return agent.answer(inputs).probabilities, np.array(steps), np.array(traces)


def test_answers_know_no_dropout_while_the_network_is_trained():
    ours = learner(dropout=0.5)
    agent = SupervisedAgent(ours.network, ours.target)
    inputs = np.random.default_rng(0).standard_normal((5, 3, 2))
    for _ in range(2):
        ours.update()
        assert ours.network.training
        first, again = asked(agent, inputs), asked(agent, inputs)
        for one, other in zip(first, again, strict=True):
            np.testing.assert_array_equal(one, other)
            np.testing.assert_allclose(one, first[0], atol=1e-6)
        assert ours.network.training


@pytest.mark.parametrize("case", ["whole sequences", "acted out"])
def test_whoever_asks_changes_nothing_of_what_is_learned(case):
    acting = case == "acted out"
    left, ours = (learner(Chase(), **ACTING) if acting else learner(dropout=0.5) for _ in range(2))
    inputs = np.zeros((3, 2, ours.core.input_size))
    for _ in range(4):
        # Making an agent leaves the network without dropout.
        SupervisedAgent(ours.network, ours.target).answer(inputs)
        assert left.update() == ours.update()
    np.testing.assert_array_equal(weights(left), weights(ours))


def test_a_run_that_acts_under_dropout_goes_on_to_the_bit(tmp_path):
    whole, half = learner(Chase(), **ACTING), learner(Chase(), **ACTING)
    figures = [whole.update() for _ in range(4)]
    for _ in range(2):
        half.update()
    resumed = learner(Chase(), **ACTING, seed=7)
    resumed.restore(half.save(tmp_path / "agent"))
    assert [resumed.update() for _ in range(2)] == figures[2:]


def test_an_agent_needs_a_kind_of_answer():
    with pytest.raises(ValueError, match=r"^target=4; it must be Bits\(size\) or Categories\(sizes\)$"):
        SupervisedAgent(learner().network, 4)
