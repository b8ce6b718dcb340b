"""Initial weights that address by name, the expansion of inputs, and reads that go on by themselves."""

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.cores.dnc.initial import address_by_name
from dnc_agent.networks.encoders import ColumnEncoder

NAMES, SYMBOLS, CUE = 26, 43, 42
FACT = ((26, 32), (32, 36), (36, 42))
BIASES = {
    "write_gate": 2.0,
    "allocation_gate": 2.0,
    "free_gates": -2.0,
    "read_strengths": 16.0,
    "read_modes": (0.0, 4.0, 0.0),
}


def make(names=(NAMES, SYMBOLS, CUE), **changes):
    torch.manual_seed(0)
    expansion = ColumnEncoder(SYMBOLS, FACT)
    options = {
        "word_size": 176,
        "hidden_size": 32,
        "interface_skip": True,
        "reads_skip": True,
        "interface_bias": BIASES,
        "forget_bias": 3.0,
    }
    core = DNC(expansion.size, **(options | changes))
    if names is not None:
        address_by_name(core, *names)
    return expansion, core


def told(batch, names, seed=0):
    """Facts told under names [T, B], one each; then the first name with the cue; then the cue alone."""
    rng = torch.Generator().manual_seed(seed)
    steps = len(names)
    x = torch.zeros(steps + 3, batch, SYMBOLS)
    lanes = torch.arange(batch)
    for t in range(steps):
        x[t, lanes, names[t]] = 1
        for low, high in FACT:
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


def test_all_facts_of_a_goal_are_read_at_the_cue_and_no_others():
    """Ten goals of six facts: what is read shows the six of the goal asked for before anything is learnt."""
    expansion, core = make(memory_size=64)
    names = torch.randperm(NAMES, generator=torch.Generator().manual_seed(1))[:10].repeat_interleave(6)
    x = told(8, names.unsqueeze(1).expand(-1, 8))
    with torch.no_grad():
        state = core.initial_state(8)
        for row in expansion(x)[:61]:
            _, state = core.step(row, state)
    read = state.reads[:, 0, NAMES : NAMES + 144]
    asked = expansion(x)[:6, :, SYMBOLS:].sum(0) > 0
    for lane in range(8):
        inside, outside = read[lane][asked[lane]], read[lane][~asked[lane]]
        assert inside.min() > 5 * outside.max()


def test_without_those_weights_it_does_not():
    expansion, core = make(names=None)
    assert attention(core, expansion, told(32, names_for(32, 4)))[4] < 0.4


def test_the_cue_closes_the_write_gate():
    expansion, core = make()
    x = expansion(told(8, names_for(8, 2)))
    state = core.initial_state(8)
    gates = []
    for row in x:
        _, state, internals = core.trace(row, state)
        gates.append(internals["write_gate"].mean().item())
    assert min(gates[:2]) > 0.7
    assert max(gates[2:]) < 0.05


def test_forget_bias_reaches_the_gates():
    _, core = make()
    bias = core.controller.biases[0]
    assert (bias[32:64] == 3).all()
    assert (bias[:32] == 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"interface_skip": False, "names": (26, 43, 42)}, "interface_skip"),
        ({"names": (26, 500, 42)}, "500"),
        ({"word_size": 169}, "word_size=169; .* at least 170"),
    ],
)
def test_names_refuse_what_does_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_expansion_has_a_unit_for_each_combination():
    expansion = ColumnEncoder(SYMBOLS, FACT)
    assert expansion.size == SYMBOLS + 144
    x = torch.zeros(6, 4, 6, 97)
    for first in range(6):
        for relation in range(4):
            for second in range(6):
                x[first, relation, second, [26 + first, 32 + relation, 36 + second]] = 1
    out = expansion(x)
    assert torch.equal(out[..., :SYMBOLS], x[..., :SYMBOLS])
    assert torch.equal(out[..., SYMBOLS:].flatten(0, 2), torch.eye(144))
    assert not expansion.state_dict()
    assert torch.equal(ColumnEncoder(5)(x), x[..., :5])


@pytest.mark.parametrize("group", [(40, 44), (5, 5), (-1, 3)])
def test_expansion_refuses_groups_outside(group):
    with pytest.raises(ValueError, match="groups="):
        ColumnEncoder(SYMBOLS, [(0, 3), group])
