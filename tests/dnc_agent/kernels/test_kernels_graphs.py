"""CUDA graphs of the reference. Without a GPU, a stand-in with the same static buffers shows all but CUDA."""

import copy
import pickle

import pytest
import torch

from dnc_agent import DNC
from dnc_agent.addressing import product_by_doubling
from dnc_agent.kernels import graphs
from dnc_agent.recurrent import map_state, state_tensors
from tests.dnc_agent.helpers import OPTIONS, normal, random_source
from tests.dnc_agent.kernels.both import assert_same, case, outcome, reference

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
CASES = {"paper": {}, "all": {**OPTIONS, "num_layers": 2}}


class FakeGraph:
    """What `make_graphed_callables` makes: every replay overwrites inputs, outputs and gradients of the last.

    Like the real one it remembers a single forward pass, and a backward pass goes through that one.
    """

    def __init__(self, steps, sample):
        self.steps, self.inputs = steps, sample
        self.parameters = list(steps.parameters())
        self.outputs = self.gradients = None
        self.replays = 0

    def __call__(self, *arguments):
        assert [a.shape for a in arguments] == [i.shape for i in self.inputs]
        return _FakeReplay.apply(self, *arguments, *self.parameters)

    def forward(self, arguments):
        self.replays += 1
        with torch.no_grad():
            for buffer, argument in zip(self.inputs, arguments, strict=True):
                buffer.copy_(argument)
        with torch.enable_grad():
            self.graph = self.steps(*self.inputs)
        if self.outputs is None:
            self.outputs = [out.detach().clone() for out in self.graph]
        return self._overwrite(self.outputs, self.graph)

    def backward(self, d_outputs):
        wanted = [part for part in (*self.inputs, *self.parameters) if part.requires_grad]
        kept = [(out, d) for out, d in zip(self.graph, d_outputs, strict=True) if out.requires_grad]
        found = torch.autograd.grad(
            [out for out, _ in kept], wanted, [d for _, d in kept], allow_unused=True, retain_graph=True
        )
        found = [torch.zeros_like(p) if d is None else d for p, d in zip(wanted, found, strict=True)]
        if self.gradients is None:
            self.gradients = [d.clone() for d in found]
        gradients = iter(self._overwrite(self.gradients, found))
        return [next(gradients) if p.requires_grad else None for p in (*self.inputs, *self.parameters)]

    @staticmethod
    def _overwrite(buffers, values):
        for buffer, value in zip(buffers, values, strict=True):
            buffer.data.copy_(value.detach())
        return [buffer.detach() for buffer in buffers]


class _FakeReplay(torch.autograd.Function):
    @staticmethod
    def forward(ctx, graph, *tensors):
        ctx.graph = graph
        return tuple(graph.forward(tensors[: len(graph.inputs)]))

    @staticmethod
    def backward(ctx, *d_outputs):
        return None, *ctx.graph.backward(d_outputs)


class Recorder:
    """Captures with the stand-in and keeps what it made."""

    def __init__(self):
        self.graphs = []

    def __call__(self, steps, sample):
        self.graphs.append(FakeGraph(steps, sample))
        return self.graphs[-1]

    def lengths(self):
        return [len(graph.inputs[0]) for graph in self.graphs]


def graphed(recorder, longest=4):
    """`unroll` on stand-ins, for a core whose batch has been seen before."""

    def run(core, x, state, reset=None):
        graphs.GraphCache.of(core).worthwhile(x)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(graphs.stretches, "__defaults__", (longest,))
            return graphs.unroll(core, x, state, reset, capture=recorder)

    return run


@pytest.mark.parametrize("steps", [1, 3, 4, 11, 16])
@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("resets", [False, True])
def test_stretches_give_the_numbers_and_gradients_of_the_reference(steps, options, resets):
    core, x, state, reset = case(1, steps, 3, **options)
    arguments = (core, x, state, reset if resets else None)
    recorder = Recorder()
    assert_same(outcome(graphed(recorder), *arguments), outcome(reference, *arguments), 1e-10)
    assert all(graph.replays for graph in recorder.graphs)


def test_two_sequences_before_either_goes_back():
    core, x, state, _ = case(2, 6, 3)
    run = graphed(Recorder())

    def both(run):
        def unroll(core, x, state, reset):
            first, middle = run(core, x, state, None)
            second, final = run(core, x + 1, middle, None)
            return first * second, final

        return unroll

    assert_same(outcome(both(run), core, x, state), outcome(both(reference), core, x, state), 1e-10)


def test_lengths_add_up():
    for steps in range(1, 70):
        found = graphs.stretches(steps, 16)
        assert sum(found) == steps
        rest = [length for length in found if length != 16]
        assert rest == sorted(set(rest), reverse=True)
        assert all(length & (length - 1) == 0 for length in rest)


def test_graphs_are_recorded_once_per_shape_and_from_the_second_time_on():
    core, x, state, reset = case(3, 7, 3)
    recorder = Recorder()
    graphs.unroll(core, x, state, None, capture=recorder)
    assert not recorder.graphs, "a batch that comes once is not worth a graph"
    for steps in (7, 6, 5, 7):
        graphs.unroll(core, x[:steps], state, None, capture=recorder)
    assert recorder.lengths() == [4, 2, 1]
    graphs.unroll(core, x, state, reset, capture=recorder)
    assert recorder.lengths() == [4, 2, 1] * 2
    graphs.unroll(core, x[:, :2], map_state(lambda leaf: leaf[:2], state), None, capture=recorder)
    assert len(recorder.graphs) == 6


def test_few_graphs_are_kept(monkeypatch):
    monkeypatch.setattr(graphs, "MOST_GRAPHS", 2)
    core, x, state, _ = case(4, 7, 3)
    recorder = Recorder()
    for _ in range(3):
        graphs.unroll(core, x, state, None, capture=recorder)
    assert recorder.lengths() == [4, 2, 1] * 2


def test_graphs_follow_parameters_in_place_and_are_dropped_when_they_move():
    core, x, state, _ = case(5, 4, 3)
    recorder = Recorder()
    run = graphed(recorder)
    run(core, x, state)
    with torch.no_grad():
        core.interface.weight.mul_(0.5)
    torch.testing.assert_close(run(core, x, state)[0], reference(core, x, state)[0], rtol=1e-10, atol=1e-12)
    assert len(recorder.graphs) == 1
    core.interface.weight.data = core.interface.weight.data.clone()
    run(core, x, state)
    assert len(recorder.graphs) == 2


def test_a_parameter_that_changes_before_the_backward_pass_is_an_error():
    core, x, state, _ = case(6, 4, 3)
    y, _ = graphed(Recorder())(core, x, state)
    with torch.no_grad():
        core.interface.weight.mul_(0.5)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_where_capture_fails_steps_run_one_by_one():
    core, x, state, reset = case(7, 5, 3)

    def failing(steps, sample):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    with pytest.warns(UserWarning, match="one by one: operation not permitted when stream is capturing"):
        found = outcome(graphed(failing), core, x, state, reset)
    assert_same(found, outcome(reference, core, x, state, reset), 1e-10)
    graphed(failing)(core, x, state, reset)


def test_without_gradients_and_with_frozen_parameters():
    core, x, state, reset = case(8, 5, 3)
    core.interface.weight.requires_grad_(False)
    run = graphed(Recorder())
    expected, _ = reference(core, x, state, reset)
    with torch.no_grad():
        y, _ = run(core, x, state, reset)
    assert not y.requires_grad
    torch.testing.assert_close(y, expected, rtol=1e-10, atol=1e-12)
    weights = [p for p in core.parameters() if p.requires_grad]
    y, _ = run(core, x, state, reset)
    for found, gradient in zip(
        torch.autograd.grad(y.sum(), weights), torch.autograd.grad(expected.sum(), weights), strict=True
    ):
        torch.testing.assert_close(found, gradient, rtol=1e-10, atol=1e-12)


def test_a_copy_of_a_core_has_no_graphs():
    core, x, state, _ = case(9, 4, 3)
    recorder = Recorder()
    run = graphed(recorder)
    y, _ = run(core, x, state)
    for twin in (copy.deepcopy(core), pickle.loads(pickle.dumps(core))):
        torch.testing.assert_close(run(twin, x, state)[0], y, rtol=0, atol=0)
    assert len(recorder.graphs) == 3
    assert set(core.state_dict()) == set(dict(core.named_parameters()))


def test_what_cannot_be_replayed_is_named():
    core, x, _, _ = case(10, 4, 3)
    assert graphs.supports(core, x) == "x is on cpu and the core on cpu; CUDA graphs need both on one GPU"


def test_products_by_doubling_are_cumulative_products():
    for size in (1, 2, 5, 8, 33):
        x = normal(random_source(size), 3, size)
        x[1, size // 2] = 0.0
        x[2] *= 0.0
        x.requires_grad_()
        weights = normal(random_source(0), 3, size)
        found, expected = product_by_doubling(x), torch.cumprod(x, -1)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        for y, z in zip(
            torch.autograd.grad((found * weights).sum(), x),
            torch.autograd.grad((expected * weights).sum(), x),
            strict=True,
        ):
            torch.testing.assert_close(y, z, rtol=1e-10, atol=1e-12)


@needs_gpu
@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
def test_on_a_gpu_the_numbers_and_gradients_are_those_of_the_reference(options):
    arguments = case(11, 37, 5, **options)
    expected = outcome(reference, *arguments)
    core, x, state, reset = arguments
    core.cuda()
    core.backend = "fused"
    state = map_state(lambda leaf: leaf.cuda(), state)
    for _ in range(3):
        x_gpu = x.cuda().requires_grad_()
        y, final = core.unroll(x_gpu, state, reset.cuda())
        torch.testing.assert_close(y.cpu(), expected["y"], rtol=1e-8, atol=1e-10)
        source = random_source(5)
        outputs = [y, *state_tensors(final)]
        total = sum((out * normal(source, *out.shape).cuda()).sum() for out in outputs)
        names = [name for name, _ in core.named_parameters()]
        gradients = torch.autograd.grad(total, [x_gpu, *core.parameters()])
        for name, found in zip(["x", *names], gradients, strict=True):
            torch.testing.assert_close(found.cpu(), expected[f"d {name}"], rtol=1e-7, atol=1e-9)
    assert any(graph is not None for graph in core._graphs._graphs.values())


@needs_gpu
def test_on_a_gpu_training_steps_go_on_alike():
    torch.manual_seed(0)
    cores = [DNC(5, hidden_size=16, memory_size=8, word_size=6, backend="auto").cuda() for _ in range(2)]
    cores[1].load_state_dict(cores[0].state_dict())
    cores[1].backend = "reference"
    for core in cores:
        optimizer = torch.optim.SGD(core.parameters(), 0.1)
        generator = torch.Generator().manual_seed(1)
        for _ in range(4):
            x = torch.randn(20, 4, 5, generator=generator).cuda()
            optimizer.zero_grad()
            core.unroll(x)[0].square().mean().backward()
            optimizer.step()
    for first, second in zip(*(core.parameters() for core in cores), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5)
