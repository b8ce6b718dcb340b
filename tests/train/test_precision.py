"""How a run multiplies: asked for, measured, kept."""

import dataclasses
import json

import pytest

from dnc_agent.cores import make_core
from tests.train.tiny import MINI, TINY, train
from train import experiments, make_agent, precision
from train.errors import UsageError
from train.rundir import RunDirectory, config_from_json, config_to_json
from train.settings import with_settings

AUTO = dataclasses.replace(TINY, matmul_precision="auto")


def of_run(path):
    return RunDirectory(path).saved().config.matmul_precision


@pytest.mark.parametrize("experiment", sorted(experiments.ROWS))
def test_every_experiment_hands_it_to_its_core(experiment):
    found = experiments.find(experiment)
    config = with_settings(found.default(), matmul_precision="bf16", hidden_size=4)
    assert found.build(config).core.options.matmul_precision == "bf16"
    assert (
        found.build(dataclasses.replace(config, matmul_precision="fp32")).core.options.matmul_precision
        == "fp32"
    )
    assert found.batch_size(config) > 1


def test_a_core_without_the_option_goes_without():
    found = experiments.find("copy")
    config = with_settings(found.presets["ntm"], matmul_precision="bf16")
    assert not hasattr(found.build(config).core.options, "matmul_precision")
    assert (
        precision.settled(found, dataclasses.replace(config, matmul_precision="auto"), None).matmul_precision
        == "fp32"
    )


def test_auto_measures_once_and_the_run_keeps_it(tmp_path, monkeypatch):
    asked = []

    def faster(cores, batch):
        asked.append(({name: core.options.matmul_precision for name, core in cores.items()}, batch))
        return "bf16"

    monkeypatch.setattr(precision, "faster", faster)
    learner = train(tmp_path / "run", 8, AUTO)
    assert learner.core.options.matmul_precision == of_run(tmp_path / "run") == "bf16"
    monkeypatch.setattr(precision, "faster", lambda cores, batch: "fp32")
    # Asked for again, and not asked for.
    for config in (AUTO, RunDirectory(tmp_path / "run").saved().config):
        RunDirectory(tmp_path / "run").check(MINI, config)
        assert train(tmp_path / "run", 24, config).core.options.matmul_precision == "bf16"
    assert asked == [({"fp32": "fp32", "bf16": "bf16"}, 8)]
    with pytest.raises(UsageError, match="matmul_precision: 'bf16' -> 'fp32'"):
        train(tmp_path / "run", 32, TINY)
    assert make_agent(matmul_precision="auto", hidden_size=4).core.options.matmul_precision == "fp32"


def test_a_gpu_is_not_measured():
    config = dataclasses.replace(AUTO, device="cuda")
    assert precision.settled(MINI, config, None).matmul_precision == "fp32"


@pytest.mark.parametrize(("gain", "chosen"), [(1.05, "fp32"), (1.2, "bf16"), (0.5, "fp32")])
def test_rounding_has_to_be_worth_it(monkeypatch, gain, chosen):
    """On a clock that the core's own steps advance."""
    now = [0.0]
    cores = {
        name: make_core("lstm", 3, {"hidden_size": 2, "matmul_precision": name}) for name in ("fp32", "bf16")
    }
    plain = type(cores["fp32"]).unroll

    def unroll(self, *arguments):
        now[0] += 1.0 if self.options.matmul_precision == "fp32" else 1.0 / gain
        return plain(self, *arguments)

    monkeypatch.setattr(type(cores["fp32"]), "unroll", unroll)
    monkeypatch.setattr(precision.time, "perf_counter", lambda: now[0])
    assert precision.faster(cores, 2) == chosen


@pytest.mark.parametrize("experiment", ["mini-shrdlu", "copy", "navigation"])
def test_what_is_measured_here_is_one_of_the_two(experiment):
    """Navigation's core is one around another."""
    found = experiments.find(experiment)
    config = dataclasses.replace(found.default(), matmul_precision="auto")
    assert precision.settled(found, config, None).matmul_precision in ("fp32", "bf16")


def test_configurations_from_before_mean_fp32():
    data = json.loads(json.dumps(config_to_json(MINI, TINY)))
    del data["matmul_precision"]
    assert config_from_json(data).config == TINY
