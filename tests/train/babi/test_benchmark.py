"""The benchmark of question answering: presets, medians, and that only training is of an experiment."""

import statistics

import pytest
import torch

from tests.train.babi.tiny import tiny
from train import commands
from train.errors import UsageError
from train.experiments.babi.benchmark import bench_babi


@pytest.fixture(autouse=True)
def threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_words_per_second_of_every_preset():
    presets = {name: tiny(name) for name in ("default", "lstm")}
    found = bench_babi(presets=presets, updates=2, questions=2, repeats=2)
    assert list(found["words_per_cpu_second"]) == ["default", "lstm"]
    for name, kinds in found["measurements"].items():
        for kind in ("training", "answering"):
            assert len(kinds[kind]) == 2
            assert found["words_per_cpu_second"][name][kind] == statistics.median(kinds[kind]) > 0


def test_an_experiment_is_named_for_training_alone():
    with pytest.raises(UsageError, match="experiment='babi': bench env is of none"):
        commands.bench("env", "babi")
    with pytest.raises(UsageError, match="experiment='chess'; allowed are mini-shrdlu"):
        commands.bench("train", "chess")
