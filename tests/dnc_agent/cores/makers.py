"""Small cores of every kind in float64, for the tests of the contract."""

import dataclasses

import pytest
import torch

from dnc_agent.cores import CORES, make_core
from dnc_agent.cores.contract import state_tensors
from tests.dnc_agent.helpers import OPTIONS, assert_close, normal, random_source

#: A small size for every option that a core may have; what else a core has stays at its default.
SMALL = {
    "output_size": 2,
    "hidden_size": 5,
    "memory_size": 4,
    "word_size": 3,
    "read_heads": 2,
    "backend": "reference",
}


def small(name, **options):
    known = {field.name for field in dataclasses.fields(CORES[name].Options)}
    return {key: value for key, value in (SMALL | options).items() if key in known | options.keys()}


def maker(name, **options):
    """Makes a small core in float64, all of its weights drawn anew, so that gates and modes vary."""

    def make(seed):
        source = random_source(seed)
        core = make_core(name, 3, small(name, **options), source).double()
        with torch.no_grad():
            for parameter in core.parameters():
                parameter.copy_(normal(source, *parameter.shape, scale=0.7))
        return core

    return make


MAKERS = {name: maker(name) for name in CORES} | {
    "dnc with all options": maker("dnc", **OPTIONS, num_layers=2),
    "dnc features": maker("dnc", output_size=None),
    "dnc without links": maker("dnc", temporal_links=False, masked_lookup=True),
    "dnc with a feed-forward controller": maker("dnc", controller="feedforward", num_layers=2),
    "ntm with many heads": maker("ntm", write_heads=2, num_layers=2, output_size=None),
    "lstm with two layers": maker("lstm", num_layers=2),
}
every_core = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
every_name = pytest.mark.parametrize("name", CORES)
T, B = 6, 3


def some_state(core, seed=50, batch=B):
    """As in the middle of an episode, where no two locations are alike."""
    with torch.no_grad():
        return core.unroll(normal(random_source(seed), 5, batch, 3))[1]


def assert_same(actual, expected, tolerance=1e-10):
    assert_close(actual[0], expected[0].detach(), tolerance)
    for one, other in zip(state_tensors(actual[1]), state_tensors(expected[1]), strict=True):
        assert_close(one, other.detach(), tolerance)
