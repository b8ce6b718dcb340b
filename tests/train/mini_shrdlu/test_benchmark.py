"""The benchmark of complete training: contenders, medians and ratios fit together."""

import statistics

import pytest
import torch

from train.experiments.mini_shrdlu.benchmark import bench_train

OURS = ["dnc", "dnc_shared", "dnc_bf16", "dnc_shared_bf16", "lstm"]


@pytest.fixture(autouse=True)
def threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def small(**kwargs):
    return bench_train(lesson=1, hidden_size=8, episodes_per_batch=8, updates=1, **kwargs)


def test_ours_alone():
    found = small(repeats=2, peer=False)
    assert list(found["steps_per_cpu_second"]) == OURS
    for name, measured in found["measurements"].items():
        assert len(measured) == 2
        assert found["steps_per_cpu_second"][name] == statistics.median(measured) > 0
    assert found["ratio"] is None
    assert found["ratios"] == {}


def test_beside_recurrent_ppo():
    pytest.importorskip("sb3_contrib")
    found = small(repeats=1)
    speed = found["steps_per_cpu_second"]
    assert list(speed) == [*OURS, "recurrent_ppo", "recurrent_ppo_defaults"]
    assert found["ratio"] == speed["dnc"] / speed["recurrent_ppo"]
    assert len(found["ratios"]) == 8
    for pair, ratio in found["ratios"].items():
        ours, theirs = pair.split("/")
        assert ratio == speed[ours] / speed[theirs]
