"""Encoder, core and readout: a step, a sequence and a trace are one thing; so is the stepper."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores import CORES, make_core
from dnc_agent.networks.actor_critic import NetworkOptions, actor_critic_networks
from dnc_agent.networks.encoders import ColumnEncoder
from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.networks.readouts import Head, Readout
from dnc_agent.networks.stepping import NetworkStepper
from tests.dnc_agent.helpers import SEEDS, examples, normal, random_source

SMALL = {"hidden_size": 5}
MEMORY = {"memory_size": 4, "word_size": 3, "read_heads": 2, "backend": "reference"}


def network(core="dnc", hold_at=None, groups=((0, 2), (2, 4))):
    encoder = ColumnEncoder(4, groups)
    inner = make_core(core, encoder.size, SMALL | (MEMORY if core == "dnc" else {}))
    width = inner.feature_size * (1 if hold_at is None else 2)
    made = RecurrentNetwork(
        encoder, inner, Readout(None, Head(width, (6,), 3, 1.0)), hold_at=hold_at
    ).double()
    with torch.no_grad():
        for index, parameter in enumerate(made.parameters()):
            parameter.copy_(normal(random_source(index), *parameter.shape, scale=0.5))
    return made


@given(SEEDS, st.sampled_from(["dnc", "lstm"]), st.sampled_from([None, 5]))
@examples(20)
def test_unroll_is_repeated_step_and_repeated_trace(seed, core, hold_at):
    net = network(core, hold_at)
    x = normal(random_source(seed), 6, 3, 7)
    outputs, last = net.unroll(x)
    state, traced = net.initial_state(3), net.initial_state(3)
    stepper = NetworkStepper(net, 3)
    for t in range(6):
        y, state = net.step(x[t], state)
        z, traced, internals = net.trace(x[t], traced)
        torch.testing.assert_close(y, outputs[t])
        torch.testing.assert_close(z, outputs[t])
        torch.testing.assert_close(stepper.step(x[t]), outputs[t])
        assert core == "lstm" or internals["memory"].shape == (3, 4, 3)
    torch.testing.assert_close(state, last)
    at = torch.rand(6, 3, generator=random_source(seed)) < 0.5
    torch.testing.assert_close(net.unroll(x, at=at)[0], outputs[at])


def test_what_holds_the_cue_unrolls_whole_episodes_only():
    held, plain = network(hold_at=5), network()
    x = normal(random_source(0), 4, 2, 7)
    for arguments in ({"state": held.initial_state(2)}, {"reset": torch.zeros(4, 2, dtype=torch.bool)}):
        with pytest.raises(ValueError, match="hold_at"):
            held.unroll(x, **arguments)
        plain.unroll(x, **arguments)
    assert (held.read_size, plain.read_size) == (22, 11)


def test_columns_and_conjunctions_by_plain_loops():
    x = normal(random_source(1), 5, 6)
    found = ColumnEncoder(5, [(0, 2), (2, 5)])(x)
    for row, seen in zip(x, found, strict=True):
        expected = [*row[:5], *(row[i] * row[j] for i in range(2) for j in range(2, 5))]
        torch.testing.assert_close(seen, torch.stack(expected))


@pytest.mark.parametrize("groups", [[(0, 6)], [(2, 2)], [(-1, 2)], [(0, 1, 2)]])
def test_groups_out_of_range_are_refused(groups):
    with pytest.raises(ValueError, match="groups"):
        ColumnEncoder(5, groups)


@pytest.mark.parametrize("core", sorted(CORES))
@pytest.mark.parametrize("shared", [False, True])
def test_an_actor_critic_is_built_over_every_core(core, shared):
    policy, value = actor_critic_networks(4, 3, NetworkOptions(core=core, shared_core=shared, hold_at=2))
    assert (value is None) == shared
    output, _ = policy.step(torch.zeros(2, 4), policy.initial_state(2))
    assert (output.logits if shared else output).shape == (2, 3)
    if not shared:
        assert value.step(torch.zeros(2, 4), value.initial_state(2))[0].shape == (2, 1)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"hold_at": 4}, "hold_at=4"),
        ({"hold_at": -1}, "hold_at=-1"),
        ({"core_columns": 5}, "core_columns=5"),
        ({"core_columns": 0}, "columns=0"),
        ({"conjunctions": [[0, 9]]}, "groups"),
        ({"head_sizes": (4, -1)}, "head_sizes=-1"),
        ({"head_sizes": (0,)}, "head_sizes=0"),
        ({"core": "abacus"}, "core='abacus'"),
        ({"core": "lstm", "names": (1, 2, 0)}, "names"),
        ({"names": (1, 2, 0)}, "interface_skip"),
        ({"relational": {"colour": 1}}, "relational"),
        (
            {"relational": {"start": 2, "places": 2, "entities": 2, "neighbours": [[[0, 1]]]}},
            "do not fit into an observation of 4",
        ),
    ],
)
def test_options_out_of_range_are_refused(options, word):
    with pytest.raises(ValueError, match=word):
        actor_critic_networks(4, 3, NetworkOptions(**options))
