"""Initial weights that address by name, the expansion of inputs, and reads that go on by themselves."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.expansion import InputExpansion

NAMES, SYMBOLS, CUE = 26, 43, 42
BIASES = {
    "write_gate": 2.0,
    "allocation_gate": 2.0,
    "free_gates": -2.0,
    "read_strengths": 16.0,
    "read_modes": (0.0, 4.0, 0.0),
}


def make(**changes):
    torch.manual_seed(0)
    expansion = InputExpansion(SYMBOLS, 128, NAMES)
    options = {
        "word_size": 96,
        "hidden_size": 32,
        "interface_skip": True,
        "reads_skip": True,
        "interface_bias": BIASES,
        "names": (NAMES, SYMBOLS, CUE),
        "forget_bias": 3.0,
    }
    return expansion, DNC(expansion.size, **(options | changes))


def told(batch, names, seed=0):
    """Facts told under names [T, B], one each; then the first name with the cue; then the cue alone."""
    rng = torch.Generator().manual_seed(seed)
    steps = len(names)
    x = torch.zeros(steps + 3, batch, SYMBOLS)
    lanes = torch.arange(batch)
    for t in range(steps):
        x[t, lanes, names[t]] = 1
        for low, high in ((26, 32), (32, 36), (36, 42)):
            x[t, lanes, torch.randint(low, high, (batch,), generator=rng)] = 1
    x[steps:, :, CUE] = 1
    x[steps, lanes, names[0]] = 1
    return x


def attention(core, expansion, x):
    """Weight of the first read head on the location that the first fact was written to, at each step [T]."""
    with torch.no_grad():
        state, seen = core.initial_state(x.shape[1]), []
        home = None
        for row in expansion(x):
            _, state = core.step(row, state)
            if home is None:
                home = state.memory.write_weighting.argmax(-1)
            seen.append(state.memory.read_weightings[torch.arange(x.shape[1]), 0, home])
    return torch.stack(seen).mean(1)


def names_for(batch, steps):
    source = torch.Generator().manual_seed(3)
    return torch.stack([torch.randperm(NAMES, generator=source)[:steps] for _ in range(batch)], 1)


def test_an_untrained_core_finds_what_was_told_under_a_name():
    expansion, core = make()
    weight = attention(core, expansion, told(32, names_for(32, 4)))
    assert weight[4] > 0.6, "at the cue"
    assert weight[6] > 0.5, "two steps later, when the name is no longer shown"


def test_without_those_weights_it_does_not():
    expansion, core = make(names=None)
    assert attention(core, expansion, told(32, names_for(32, 4)))[4] < 0.4


def test_the_cue_closes_the_write_gate():
    expansion, core = make()
    x = expansion(told(8, names_for(8, 2)))
    state = core.initial_state(8)
    gates = []
    for row in x:
        _, state, interface = core.explain_step(row, state)
        gates.append(interface.write_gate.mean().item())
    assert min(gates[:2]) > 0.7
    assert max(gates[2:]) < 0.05


def test_forget_bias_reaches_the_gates():
    _, core = make()
    bias = core.controller.biases[0]
    assert (bias[32:64] == 3).all()
    assert (bias[:32] == 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"interface_skip": False, "names": (26, 43, 42)}, "interface_skip"), ({"names": (26, 500, 42)}, "500")],
)
def test_names_refuse_what_does_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_expansion_shows_columns_and_features_of_facts_alone():
    torch.manual_seed(0)
    expansion = InputExpansion(SYMBOLS, 10, NAMES)
    x = torch.rand(2, 3, 97)
    out = expansion(x)
    assert out.shape == (2, 3, SYMBOLS + 10)
    assert torch.equal(out[..., :SYMBOLS], x[..., :SYMBOLS])
    other = x.clone()
    other[..., :NAMES] = 0
    other[..., SYMBOLS:] = 0
    assert torch.equal(expansion(other)[..., SYMBOLS:], out[..., SYMBOLS:])
    assert not list(expansion.parameters())
    assert "weight" in expansion.state_dict()
    assert torch.equal(InputExpansion(5, 0)(x), x[..., :5])
    with pytest.raises(ValueError, match="start=5"):
        InputExpansion(5, 3, 5)
