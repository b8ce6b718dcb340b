"""Random tensors, cores and conversions for the tests; everything in float64 and from explicit seeds."""

import numpy as np
import torch
from hypothesis import HealthCheck, settings, strategies

from dnc_agent import DNC, DNCState
from dnc_agent.cores.contract import map_state
from dnc_agent.cores.controller import ControllerState
from dnc_agent.cores.dnc.interface import Interface, field_sizes, parse_interface
from dnc_agent.cores.dnc.memory import MemoryState

SEEDS = strategies.integers(0, 2**31 - 1)
SIZES = strategies.integers(1, 6)

#: Every option of the DNC that is off in the paper, and the value that turns it on.
OPTIONS = {
    "masked_lookup": True,
    "erase_on_deallocation": True,
    "interface_norm": True,
    "interface_skip": True,
    "reads_skip": True,
    "sparse_links": 2,
    "interface_bias": {"write_gate": -0.5, "free_gates": 1.0, "read_modes": (0.5, 1.0, -0.5)},
}


def examples(count):
    """Reproducible hypothesis settings that do not depend on the clock."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def random_source(seed):
    return torch.Generator().manual_seed(seed)


def normal(source, *shape, scale=1.0):
    return torch.randn(*shape, generator=source, dtype=torch.float64) * scale


def uniform(source, *shape, low=0.0, high=1.0):
    return low + (high - low) * torch.rand(*shape, generator=source, dtype=torch.float64)


def weighting(source, *shape, total=None):
    """Non-negative, summing to `total` (default: a random number in [0, 1]) along the last axis."""
    raw = torch.softmax(2 * normal(source, *shape), -1)
    return raw * (uniform(source, *shape[:-1]).unsqueeze(-1) if total is None else total)


def separated_usage(source, batch, locations):
    """Usages in [0.1, 0.9], in random order and at least 0.4 / locations apart."""
    rank = torch.argsort(uniform(source, batch, locations), -1).double()
    return 0.1 + 0.8 * (rank + uniform(source, batch, locations, high=0.5)) / locations


def random_link(source, batch, locations):
    """Rows and columns sum to at most 1, zero diagonal."""
    link = uniform(source, batch, locations, locations) / locations
    return link * (1.0 - torch.eye(locations, dtype=torch.float64))


def random_memory_state(source, batch, locations, width, heads):
    return MemoryState(
        memory=normal(source, batch, locations, width),
        usage=separated_usage(source, batch, locations),
        write_weighting=0.2 / locations * uniform(source, batch, locations),
        precedence=weighting(source, batch, locations),
        link=random_link(source, batch, locations),
        read_weightings=weighting(source, batch, heads, locations),
    )


def random_state(source, core, batch):
    """A DNC state without ties, as in the middle of an episode."""
    chosen = core.options
    layers = (batch, chosen.num_layers, chosen.hidden_size if chosen.controller == "lstm" else 0)
    controller = ControllerState(uniform(source, *layers, low=-0.9, high=0.9), normal(source, *layers))
    memory = random_memory_state(source, batch, chosen.memory_size, chosen.word_size, chosen.read_heads)
    if not chosen.temporal_links:
        memory = memory._replace(precedence=memory.precedence[:, :0], link=memory.link[:, :0, :0])
    return DNCState(controller, memory, normal(source, batch, chosen.read_heads, chosen.word_size))


def random_interface(source, batch, width, heads, masked=False, scale=2.0):
    size = sum(field_sizes(width, heads, masked).values())
    return parse_interface(normal(source, batch, size, scale=scale), width, heads, masked)


def make_interface(batch, width, heads, **fields):
    """An interface that does nothing (closed gates, content reads), but for the given fields."""
    f64 = torch.float64
    idle = Interface(
        read_keys=torch.zeros(batch, heads, width, dtype=f64),
        read_strengths=torch.ones(batch, heads, dtype=f64),
        write_key=torch.zeros(batch, width, dtype=f64),
        write_strength=torch.ones(batch, dtype=f64),
        erase=torch.zeros(batch, width, dtype=f64),
        write_vector=torch.zeros(batch, width, dtype=f64),
        free_gates=torch.zeros(batch, heads, dtype=f64),
        allocation_gate=torch.zeros(batch, dtype=f64),
        write_gate=torch.zeros(batch, dtype=f64),
        read_modes=torch.tensor([0.0, 1.0, 0.0], dtype=f64).expand(batch, heads, 3),
        read_masks=None,
        write_mask=None,
    )
    return idle._replace(**fields)


def make_dnc(seed=0, *, randomize=True, **arguments):
    """A small reference DNC in float64; `randomize` draws all parameters anew: gates and modes vary."""
    small = {"hidden_size": 5, "memory_size": 4, "word_size": 3, "read_heads": 2, "output_size": 3}
    source = random_source(seed)
    core = DNC(
        **{"input_size": 3, "backend": "reference", "generator": source, **small, **arguments}
    ).double()
    if randomize:
        with torch.no_grad():
            for parameter in core.parameters():
                parameter.copy_(normal(source, *parameter.shape, scale=0.7))
    return core


def oracle_weights(core):
    def array(parameter):
        return None if parameter is None else parameter.detach().numpy()

    return {
        "controller_weights": [array(p) for p in core.controller.weights],
        "controller_biases": [array(p) for p in core.controller.biases],
        "interface": array(core.interface.weight),
        "interface_bias": array(core.interface.bias),
        "norm_gain": None if core.norm is None else array(core.norm.weight),
        "norm_bias": None if core.norm is None else array(core.norm.bias),
        "output": None if core.output is None else array(core.output.weight),
    }


def oracle_options(core):
    chosen = core.options
    return {
        "word_size": chosen.word_size,
        "read_heads": chosen.read_heads,
        "masked": chosen.masked_lookup,
        "skip": chosen.interface_skip,
        "reads_skip": chosen.reads_skip,
        "erase_on_deallocation": chosen.erase_on_deallocation,
        "sparse": chosen.sparse_links,
        "linked": chosen.temporal_links,
        "controller": chosen.controller,
    }


def fields_of(state):
    """A DNCState or MemoryState as a flat dict of numpy arrays."""
    if isinstance(state, DNCState):
        parts = {**state.controller._asdict(), **state.memory._asdict(), "reads": state.reads}
    else:
        parts = state._asdict()
    return {name: value.detach().numpy() for name, value in parts.items()}


def element(fields, index):
    """One batch element of a dict of arrays; None stays None."""
    return {name: None if value is None else value[index] for name, value in fields.items()}


def clone(state):
    return map_state(lambda leaf: leaf.detach().clone(), state)


def assert_close(actual, expected, tolerance=1e-10):
    if isinstance(actual, torch.Tensor):
        actual = actual.detach().numpy()
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=tolerance, atol=tolerance)


def assert_states_close(actual, expected, tolerance=1e-10):
    for name, value in fields_of(actual).items():
        np.testing.assert_allclose(
            value, fields_of(expected)[name], rtol=tolerance, atol=tolerance, err_msg=name
        )
