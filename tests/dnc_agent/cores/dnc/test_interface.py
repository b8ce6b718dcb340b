"""The interface vector: layout, domains, gradient."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.dnc.interface import field_sizes, parse_interface
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import SEEDS, SIZES, assert_close, examples, normal, random_source

PAPER_ORDER = [
    "read_keys",
    "read_strengths",
    "write_key",
    "write_strength",
    "erase",
    "write_vector",
    "free_gates",
    "allocation_gate",
    "write_gate",
    "read_modes",
]


def interface_size(*sizes):
    return sum(field_sizes(*sizes).values())


@pytest.mark.parametrize(("width", "heads"), [(1, 1), (3, 2), (64, 4)])
def test_size_is_that_of_the_paper(width, heads):
    assert interface_size(width, heads) == width * heads + 3 * width + 5 * heads + 3
    assert interface_size(width, heads, True) == interface_size(width, heads) + (heads + 1) * width
    assert interface_size(width, heads, True, False) == interface_size(width, heads, True) - 3 * heads


def test_fields_lie_in_the_order_of_the_paper_and_masks_after_them():
    assert list(field_sizes(3, 2)) == PAPER_ORDER
    assert list(field_sizes(3, 2, masked_lookup=True)) == [*PAPER_ORDER, "read_masks", "write_mask"]
    assert list(field_sizes(3, 2, temporal_links=False)) == PAPER_ORDER[:-1]


def test_every_entry_lands_in_its_place():
    """W = 2, R = 2, written out by hand."""
    xi = torch.tensor(
        [
            [
                *(1.0, 2.0, 3.0, 4.0),  # read keys
                *(0.0, math.log(math.e - 1)),  # read strengths
                *(5.0, 6.0),  # write key
                math.log(math.e**2 - 1),  # write strength
                *(0.0, math.log(3.0)),  # erase
                *(7.0, 8.0),  # write vector
                *(-math.log(3.0), 0.0),  # free gates
                math.log(4.0),  # allocation gate
                -math.log(4.0),  # write gate
                *(math.log(2.0), 0.0, 0.0),  # read modes, first head
                *(0.0, 0.0, math.log(8.0)),  # second head
            ]
        ],
        dtype=torch.float64,
    )
    fields = parse_interface(xi, 2, 2)
    assert_close(fields.read_keys, [[[1, 2], [3, 4]]])
    assert_close(fields.read_strengths, [[1 + math.log(2), 2]])
    assert_close(fields.write_key, [[5, 6]])
    assert_close(fields.write_strength, [3])
    assert_close(fields.erase, [[0.5, 0.75]])
    assert_close(fields.write_vector, [[7, 8]])
    assert_close(fields.free_gates, [[0.25, 0.5]])
    assert_close(fields.allocation_gate, [0.8])
    assert_close(fields.write_gate, [0.2])
    assert_close(fields.read_modes, [[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]])
    assert fields.read_masks is None
    assert fields.write_mask is None


@examples(30)
@given(SEEDS, SIZES, SIZES, st.integers(1, 3), st.booleans(), st.sampled_from([1.0, 100.0]))
def test_against_the_oracle(seed, width, heads, batch, masked, scale):
    size = interface_size(width, heads, masked)
    xi = normal(random_source(seed), batch, size, scale=scale)
    fields = parse_interface(xi, width, heads, masked)._asdict()
    for b in range(batch):
        for name, expected in oracle.parse(xi[b].tolist(), width, heads, masked).items():
            if expected is None:
                assert fields[name] is None
            else:
                assert_close(fields[name][b], expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_domains_hold_at_extreme_values(dtype):
    width, heads = 3, 2
    xi = 1e4 * torch.tensor([[1.0], [-1.0]], dtype=dtype).expand(2, interface_size(width, heads, True))
    fields = parse_interface(xi, width, heads, True)
    for name, value in fields._asdict().items():
        assert value.isfinite().all(), name
        assert value.dtype == dtype
    for name in ("erase", "free_gates", "allocation_gate", "write_gate", "read_masks", "write_mask"):
        value = getattr(fields, name)
        assert ((value >= 0) & (value <= 1)).all(), name
    assert (fields.read_strengths >= 1).all()
    assert (fields.write_strength >= 1).all()
    torch.testing.assert_close(fields.read_modes.sum(-1), torch.ones(2, heads, dtype=dtype))


@pytest.mark.parametrize("masked", [False, True])
def test_gradcheck(masked):
    width, heads = 2, 2
    xi = normal(random_source(0), 2, interface_size(width, heads, masked)).requires_grad_()

    def flat(raw):
        return tuple(v for v in parse_interface(raw, width, heads, masked) if v is not None)

    assert torch.autograd.gradcheck(flat, xi)
