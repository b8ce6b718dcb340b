"""Several processes compute what one with the whole batch does."""

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from dnc_agent.parallel import ALONE, PeerLostError, Processes
from dnc_agent.rl.returns import normalize


def run(function, size, tmp_path, *arguments):
    """What a function of (processes, *arguments) returns in each of `size` processes."""
    mp.spawn(_enter, (function, size, str(tmp_path), arguments), nprocs=size)
    return [torch.load(tmp_path / f"{rank}.pt", weights_only=False) for rank in range(size)]


def _enter(rank, function, size, folder, arguments):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=size)
    torch.save(function(Processes(rank, size), *arguments), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_shares_are_everything_once_and_even():
    for total in (3, 16, 17, 128):
        parts = [Processes(rank, 3).share(total) for rank in range(3)]
        assert [k for part in parts for k in range(total)[part]] == list(range(total))
        sizes = [part.stop - part.start for part in parts]
        assert max(sizes) - min(sizes) <= 1


def test_too_many_processes():
    with pytest.raises(ValueError, match="processes=3: a batch of 2 is too small"):
        Processes(0, 3).share(2)
    with pytest.raises(ValueError, match=r"rank=2, size=2"):
        Processes(2, 2)


def test_one_alone_talks_to_nobody():
    parameter = torch.nn.Parameter(torch.ones(2))
    ALONE.add_gradients([parameter])
    assert parameter.grad is None
    assert ALONE.sum(1.5, 2) == [1.5, 2]
    assert (ALONE.largest(3), ALONE.agree("x"), ALONE.mean({"a": 1.0}, 1.0)) == (3, "x", {"a": 1.0})


def _say(processes):
    weights = [torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(3, 1))]
    if processes.first:
        weights[0].grad = torch.tensor([1.0, 2.0])
    weights[1].grad = torch.full((3, 1), float(processes.rank + 1))
    processes.add_gradients(weights)
    x = np.arange(10, dtype=np.float32).reshape(5, 2) ** 2
    mask = x != 16
    own = slice(0, 2) if processes.first else slice(2, 5)
    figures = {} if processes.first else {"a": 4.0}
    return {
        "grads": [weight.grad for weight in weights],
        "sum": processes.sum(0.25, processes.rank),
        "largest": processes.largest(7 - processes.rank),
        "agree": processes.agree(f"I am {processes.rank}"),
        "mean": processes.mean(figures, 0.0 if processes.first else 1.0),
        "normal": normalize(x[own], mask[own], processes),
    }


def test_what_they_say_to_each_other(tmp_path):
    found = run(_say, 2, tmp_path)
    for one in found:
        assert torch.equal(one["grads"][0], torch.tensor([1.0, 2.0]))
        assert torch.equal(one["grads"][1], torch.full((3, 1), 3.0))
        assert one["sum"] == [0.5, 1.0]
        assert (one["largest"], one["agree"], one["mean"]) == (7, "I am 0", {"a": 4.0})
    x = np.arange(10, dtype=np.float32).reshape(5, 2) ** 2
    joined = np.concatenate([one["normal"] for one in found])
    np.testing.assert_allclose(joined, normalize(x, x != 16), rtol=1e-6, atol=1e-7)


def _leave(processes):
    if processes.first:
        try:
            processes.sum(1.0)
            processes.sum(1.0)
        except PeerLostError as error:
            return str(error)
        return ""
    processes.sum(1.0)
    dist.destroy_process_group()
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:0", rank=0, world_size=1)
    return ""


def test_a_lost_process_is_an_error_of_one_line(tmp_path):
    found = run(_leave, 2, tmp_path)
    assert found[0] == "another of the 2 processes is gone"
