"""Which backend is taken when, and what is said where the kernels cannot run."""

import subprocess
import sys

import pytest
import torch
from torch.nn.utils import parametrizations, prune

from dnc_agent import DNC, LSTM, NTM, kernels
from dnc_agent.cores.contract import RecurrentCore
from tests.dnc_agent.kernels.both import case, fused, small_core


@pytest.fixture
def taken(monkeypatch):
    """Counts the sequences that went to the kernels."""
    calls = []
    run = kernels.unroll
    monkeypatch.setattr(kernels, "unroll", lambda *a, **k: calls.append(a) or run(*a, **k))
    return calls


@pytest.mark.parametrize(("backend", "count"), [("auto", 1), ("fused", 1), ("reference", 0)])
def test_backends(taken, backend, count):
    core = small_core(backend=backend)
    x = torch.randn(2, 3, 3)
    y, _ = core.unroll(x)
    assert len(taken) == count
    torch.testing.assert_close(y, RecurrentCore.unroll(core, x)[0], rtol=1e-5, atol=1e-6)


def test_shapes_are_checked_first():
    core = small_core(backend="fused")
    with pytest.raises(ValueError, match="x has shape"):
        core.unroll(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match="reset has shape"):
        core.unroll(torch.zeros(2, 3, 3), None, torch.zeros(3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="state is for a batch of 2"):
        core.unroll(torch.zeros(2, 3, 3), core.initial_state(2))


def test_unknown_dtype_falls_back_or_is_an_error():
    core = small_core().to(torch.bfloat16)
    x = torch.zeros(1, 1, 3, dtype=torch.bfloat16)
    assert "bfloat16" in kernels.supports(core.interface.weight, x)
    core.backend = "fused"
    with pytest.raises(ValueError, match=r"backend='fused' cannot be used here: x has torch\.bfloat16"):
        core.unroll(x)


@pytest.mark.parametrize("kind", [DNC, LSTM, NTM])
@pytest.mark.parametrize(
    "alter",
    [
        lambda layer: prune.random_unstructured(layer, "weight", 0.5),
        lambda layer: parametrizations.spectral_norm(layer),
        lambda layer: parametrizations.weight_norm(layer),
        lambda layer: layer.register_forward_hook(lambda layer, inputs, y: 2 * y),
    ],
    ids=["pruned", "spectral", "weight-norm", "hook"],
)
def test_what_alters_a_layer_is_heeded(kind, alter):
    torch.manual_seed(0)
    # Evaluation: in training a spectral norm is another one each time that it is asked for.
    core = kind(3, output_size=2, hidden_size=5)
    alter(core.output if kind is LSTM else core.interface)
    core.eval()
    x = torch.randn(4, 2, 3)
    torch.testing.assert_close(core.unroll(x)[0], RecurrentCore.unroll(core, x)[0])
    stepper = core.stepper(2)
    torch.testing.assert_close(torch.stack([stepper.step(row) for row in x]), core.unroll(x)[0])
    core.backend = "fused"
    with pytest.raises(
        ValueError, match=r"backend='fused' .*(output|interface) has (hooks|parametrizations)"
    ):
        core.unroll(x)


def test_other_devices_fall_back_or_are_an_error():
    core = small_core().to("meta")
    x = torch.zeros(1, 1, 3, device="meta")
    assert "meta" in kernels.supports(core.interface.weight, x)
    assert core.unroll(x)[0].shape == (1, 1, core.feature_size)
    core.backend = "fused"
    with pytest.raises(ValueError, match="the kernels run on the CPU only"):
        core.unroll(x)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match=r"backend='cuda'; allowed are auto, reference, fused"):
        DNC(3, backend="cuda")
    with pytest.raises(ValueError, match="tape_segment=0"):
        DNC(3, tape_segment=0)


BLOCKED = """
import sys
sys.modules["numba"] = None
import torch
from dnc_agent import DNC, kernels
assert not kernels.available()
core = DNC(3, hidden_size=4, memory_size=3, word_size=2, read_heads=1)
y, _ = core.unroll(torch.zeros(2, 1, 3))
y.sum().backward()
core.backend = "fused"
try:
    core.unroll(torch.zeros(2, 1, 3))
except ValueError as error:
    print(error)
"""


def test_without_numba_the_reference_runs():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "backend='fused' cannot be used here: numba is not installed\n"


def test_importing_the_package_does_not_import_numba():
    script = "import sys, dnc_agent, dnc_agent.kernels; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


FORKED = """
import os, torch, warnings
from dnc_agent import DNC
torch.set_num_threads(2)
core = DNC(3, hidden_size=4, memory_size=3, word_size=2, read_heads=1, backend="fused")
x = torch.zeros(2, 32, 3)
core.unroll(x)
child = os.fork()
if child == 0:
    torch.set_num_threads(1)
    core.unroll(x)
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_forked_child_can_go_on():
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=300)


def test_double_backward_is_refused():
    core, x, state, _ = case(1, 2, 1)
    y, _ = fused(core, x.requires_grad_(), state)
    (d_x,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        d_x.sum().backward()


@pytest.mark.parametrize(
    ("options", "records"), [({}, True), ({"backend": "reference"}, False), ({"tape_segment": 2}, False)]
)
def test_what_acts_records_where_the_kernels_keep_their_tape(options, records):
    core, x = small_core(**options), torch.randn(3, 2, 3)
    stepper = core.stepper(2, record=True)
    acted = torch.stack([stepper.step(row) for row in x])
    assert core.can_record is stepper.records is records
    torch.testing.assert_close(acted, core.unroll(x)[0].detach(), rtol=1e-5, atol=1e-6)
    if records:
        assert stepper.features().requires_grad
    assert not core.stepper(2).records
