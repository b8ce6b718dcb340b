"""Addressing on cases small enough to work out by hand."""

from itertools import pairwise

import pytest
import torch

from dnc_agent.cores.dnc import addressing
from tests.dnc_agent import helpers
from tests.dnc_agent.helpers import assert_close


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        # The sort order 2, 0, 1 is not its own inverse: gathering with it instead of scattering back fails.
        ([0.5, 0.9, 0.1], [0.05, 0.005, 0.9]),
        ([0.9, 0.1, 0.5, 0.2], [0.001, 0.9, 0.01, 0.08]),
        ([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
        ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
        ([0.5, 0.5], [0.5, 0.25]),
        ([0.25], [0.75]),
    ],
)
def test_allocation(used, expected):
    assert_close(addressing.allocation_weighting(tensor([used])), [expected])


def test_allocation_orders_every_batch_element_on_its_own():
    used = tensor([[0.5, 0.9, 0.1], [0.1, 0.5, 0.9]])
    expected = [[0.05, 0.005, 0.9], [0.9, 0.05, 0.005]]
    assert_close(addressing.allocation_weighting(used), expected)


def test_retention():
    before = tensor([[[0.5, 0.0, 0.2], [0.0, 0.4, 1.0]]])
    assert_close(addressing.retention(tensor([[1.0, 0.5]]), before), [[0.5, 0.8, 0.4]])


def test_usage():
    used, written, psi = tensor([[0.5, 0.0, 1.0]]), tensor([[0.5, 0.25, 0.0]]), tensor([[1.0, 0.5, 0.2]])
    assert_close(addressing.usage_update(used, written, psi), [[0.75, 0.125, 0.2]])


def test_write_erases_then_adds():
    memory = tensor([[[1.0, 2.0], [3.0, 4.0]]])
    arguments = (memory, tensor([[1.0, 0.5]]), tensor([[1.0, 0.0]]), tensor([[10.0, 20.0]]))
    assert_close(addressing.write(*arguments), [[[10.0, 22.0], [6.5, 14.0]]])
    wiped = addressing.write(*arguments, tensor([[0.5, 0.0]]))
    assert_close(wiped, [[[10.0, 21.0], [5.0, 10.0]]])


def test_precedence():
    p, w = tensor([[0.0, 0.5, 0.5]]), tensor([[0.5, 0.25, 0.0]])
    assert_close(addressing.precedence_update(p, w), [[0.5, 0.375, 0.125]])


def test_link_of_soft_writes():
    link = tensor([[[0.0, 0.2, 0.4], [0.6, 0.0, 0.1], [0.3, 0.5, 0.0]]])
    p, w = tensor([[0.0, 0.5, 0.5]]), tensor([[0.5, 0.25, 0.0]])
    expected = [[[0.0, 0.30, 0.45], [0.15, 0.0, 0.2], [0.15, 0.375, 0.0]]]
    assert_close(addressing.link_update(link, p, w), expected)


def test_links_of_a_written_sequence_lead_both_ways():
    order = [2, 0, 3, 1]
    link, precedence = torch.zeros(1, 4, 4, dtype=torch.float64), tensor([[0.0] * 4])
    for location in order:
        written = torch.nn.functional.one_hot(torch.tensor([location]), 4).double()
        link = addressing.link_update(link, precedence, written)
        precedence = addressing.precedence_update(precedence, written)
    expected = torch.zeros(4, 4, dtype=torch.float64)
    for earlier, later in pairwise(order):
        expected[later, earlier] = 1.0
    assert_close(link[0], expected)
    assert_close(precedence[0], [0.0, 1.0, 0.0, 0.0])
    backward, forward = addressing.directional_weightings(link, tensor([[[1.0, 0.0, 0.0, 0.0]]]))
    assert_close(forward[0, 0], [0.0, 0.0, 0.0, 1.0])  # 3 was written after 0
    assert_close(backward[0, 0], [0.0, 0.0, 1.0, 0.0])  # 2 was written before 0


def test_rewriting_a_location_replaces_its_links():
    link = tensor([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])  # 0, 1, 2 written in this order
    link = addressing.link_update(link, tensor([[0.0, 0.0, 1.0]]), tensor([[0.0, 1.0, 0.0]]))
    assert_close(link[0], [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])


def test_modes_lie_in_the_order_backward_content_forward():
    backward, content, forward = (tensor([[row]]) for row in ([1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]))
    modes = tensor([[[0.2, 0.3, 0.5]]])
    assert_close(addressing.read_weighting(backward, content, forward, modes), [[[0.2, 0.3, 0.5]]])


def test_keep_largest():
    assert_close(addressing.keep_largest(tensor([[0.1, 0.4, 0.3, 0.0]]), 2), [[0.0, 4 / 7, 3 / 7, 0.0]])
    assert_close(addressing.keep_largest(tensor([[0.2, 0.2, 0.2]]), 2), [[0.5, 0.5, 0.0]])
    assert_close(addressing.keep_largest(tensor([[0.0, 0.0]]), 1), [[0.0, 0.0]])
    assert_close(addressing.keep_largest(tensor([[0.1, 0.3]]), 5), [[0.25, 0.75]])


def test_sparse_links_drop_what_is_below_one_in_k():
    zero = torch.zeros(1, 3, 3, dtype=torch.float64)
    link = addressing.sparse_link_update(zero, tensor([[0.0, 0.7, 0.3]]), tensor([[1.0, 0.0, 0.0]]), 2)
    assert_close(link[0], [[0.0, 0.7, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def test_sparse_links_lie_off_the_diagonal():
    link, precedence = torch.zeros(1, 3, 3, dtype=torch.float64), tensor([[0.0] * 3])
    for location in (0, 1, 2):
        written = torch.nn.functional.one_hot(torch.tensor([location]), 3).double()
        link = addressing.sparse_link_update(link, precedence, written, 1)
        precedence = addressing.precedence_update(precedence, written)
    assert_close(link[0], [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def test_content_weighting_ignores_length_and_sharpens_with_strength():
    memory = tensor([[[1.0, 0.0], [0.0, 5.0], [-3.0, 0.0]]])
    key = tensor([[[0.0, 0.1]]])
    soft = addressing.content_weighting(memory, key, tensor([[1.0]]))
    sharp = addressing.content_weighting(memory, key, tensor([[50.0]]))
    assert_close(soft[0, 0], torch.softmax(tensor([0.0, 1.0, 0.0]), 0), 1e-4)
    assert_close(sharp[0, 0], [0.0, 1.0, 0.0])


def test_a_masked_component_does_not_count():
    memory = tensor([[[1.0, 9.0], [-1.0, 9.0]]])
    similarity = addressing.cosine_similarity(memory, tensor([[[2.0, -7.0]]]), tensor([[[1.0, 0.0]]]))
    assert_close(similarity[0, 0], [1.0, -1.0], 1e-5)
    ones = torch.ones(1, 1, 2, dtype=torch.float64)
    plain = addressing.cosine_similarity(memory, tensor([[[2.0, -7.0]]]))
    assert_close(addressing.cosine_similarity(memory, tensor([[[2.0, -7.0]]]), ones), plain)


class LargestResult(torch.overrides.TorchFunctionMode):
    """Notes the number of elements of the largest tensor that any operation returns."""

    largest = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for value in result if isinstance(result, tuple) else [result]:
            if isinstance(value, torch.Tensor):
                self.largest = max(self.largest, value.numel())
        return result


def test_links_are_updated_and_followed_without_a_tensor_per_head():
    """No intermediate is larger than B x N x N."""
    batch, heads, locations = 2, 3, 16
    source = helpers.random_source(0)
    link = helpers.random_link(source, batch, locations)
    before = helpers.weighting(source, batch, heads, locations)
    written = helpers.weighting(source, batch, locations)
    with LargestResult() as results:
        addressing.directional_weightings(addressing.link_update(link, written, written), before)
    assert results.largest == batch * locations * locations
