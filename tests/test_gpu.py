"""What a GPU computes is what the CPU computes, and what was learnt there goes on here. Skipped where there is none."""

import json
from pathlib import Path

import pytest
import torch

from dnc_agent.cores import CORES, make_core
from train import experiments
from train.cli import main

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU on this machine")
STEPS, BATCH, WIDTH = 9, 3, 5


@pytest.mark.parametrize("name", sorted(CORES))
def test_outputs_and_gradients_are_those_of_the_cpu(name: str) -> None:
    core = make_core(name, WIDTH, generator=torch.Generator().manual_seed(0)).double()
    inputs = torch.randn(STEPS, BATCH, WIDTH, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    reset = torch.zeros(STEPS, BATCH, dtype=torch.bool)
    reset[4, 1] = True
    found = []
    for device in ("cpu", "cuda"):
        core = core.to(device)
        core.zero_grad()
        outputs, _ = core.unroll(inputs.to(device), core.initial_state(BATCH), reset.to(device))
        outputs.square().mean().backward()
        gradients = {k: v.grad.cpu().clone() for k, v in core.named_parameters() if v.grad is not None}
        found.append((outputs.detach().cpu(), gradients))
    (here, here_gradients), (there, there_gradients) = found
    torch.testing.assert_close(here, there)
    torch.testing.assert_close(here_gradients, there_gradients)


@pytest.mark.parametrize("name", sorted(experiments.ROWS))
def test_every_experiment_learns_resumes_and_is_evaluated_on_either(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    common = ["--run", run, "--quiet", "--episodes-per-cell", "0", "--minutes", "2"]
    main(["train", name, *common, "--device", "cuda", "--max-episodes", "256"])
    main(["train", *common, "--max-episodes", "512"])  # goes on where it was, on the GPU
    capsys.readouterr()
    assert json.loads((Path(run) / "config.json").read_text())["device"] == "cuda"
    branch = str(tmp_path / "branch")
    main(
        [
            "train",
            name,
            *common[2:],
            "--run",
            branch,
            "--branch",
            run,
            "--device",
            "cpu",
            "--max-episodes",
            "64",
        ]
    )


def test_two_processes_share_a_gpu(tmp_path: Path) -> None:
    run = tmp_path / "run"
    flags = [
        "--quiet",
        "--episodes-per-cell",
        "0",
        "--device",
        "cuda",
        "--processes",
        "2",
        "--max-episodes",
        "256",
    ]
    main(["train", "copy", "--run", str(run), "--batch-size", "64", *flags])
    assert (run / "agent.safetensors").exists()
