"""The benchmark runs and says what docs/reference/kernels.md promises; the figures are no test's business."""

import json

import pytest

from dnc_agent import benchmark, benchmark_cores, benchmark_curves, benchmark_profile
from dnc_agent.benchmark import Size


@pytest.fixture(autouse=True)
def small(monkeypatch):
    tiny = Size(2, 3, 3, 4, 5, 3, 2)
    for module in (benchmark, benchmark_cores, benchmark_profile):
        monkeypatch.setattr(module, "SIZES", {"A": tiny, "B": tiny})
    monkeypatch.setattr(benchmark_curves, "_BASE", tiny)
    points = [(2, tiny), (3, tiny._replace(sparse=2))]
    monkeypatch.setattr(benchmark_curves, "_curves", lambda: dict.fromkeys("abcd", points))


def test_keys():
    result = benchmark.bench_dnc(sizes=("A",), repeats=1, memory=False)
    assert {"fused", "fused_bf16", "reference", "lstm", "lstm_bf16"} <= result["A"]["ms_per_step"].keys()
    assert result["A"]["reference_over_fused"] > 0
    assert result["equality"]["output"] < 1e-5
    assert result["equality"]["worst_gradient"] < 1e-5
    assert result["two_threads"].keys() == {"wall_one_over_two", "cpu_two_over_one"}
    json.dumps(result)


def test_every_core_is_measured_beside_its_reference():
    result = benchmark_cores.bench_cores(sizes=("A",), repeats=1)["A"]
    assert result["reference_over_fused"].keys() == {"dnc", "ntm", "lstm"}
    for name, ratio in result["reference_over_fused"].items():
        times = result["ms_per_step"]
        assert ratio == pytest.approx(times[f"{name}_reference"] / times[name])
    with pytest.raises(ValueError, match=r"sizes=.*sizes are A, B"):
        benchmark_cores.bench_cores(sizes=("C",))
    with pytest.raises(ValueError, match="repeats=0"):
        benchmark_cores.bench_cores(sizes=("A",), repeats=0)


def test_unknown_sizes_are_named():
    with pytest.raises(ValueError, match=r"sizes=.*sizes are A, B"):
        benchmark.bench_dnc(sizes=("C",))


def test_a_step_is_taken_apart():
    before = {
        (module, name): getattr(module, name)
        for part in benchmark_profile.PARTS.values()
        for module, name in part
    }
    result = benchmark_profile.bench_profile(sizes=("A",), repeats=1)
    for found in result["A"].values():
        parts = [found[name] for name in (*benchmark_profile.PARTS, "rest")]
        assert all(part > 0 for part in parts)
        assert sum(parts) == pytest.approx(found["whole"])
        assert found["bare_products"] > 0
    assert result["A"].keys() == {"fp32", "bf16"}
    assert all(getattr(module, name) is function for (module, name), function in before.items())
    with pytest.raises(ValueError, match=r"sizes=.*sizes are A, B"):
        benchmark_profile.bench_profile(sizes=("C",))


def test_bare_products_have_the_sizes_of_a_core():
    size = Size(2, 3, 3, 4, 5, 3, 2)
    plan = benchmark._core(size).for_kernels()[0]
    assert plan.xi == size.heads * size.w + 3 * size.w + 5 * size.heads + 3


def test_peak_memory_is_printed(capsys):
    benchmark.print_peak("lstm", "A")
    before, peak = map(float, capsys.readouterr().out.split())
    assert 1 < before <= peak


def test_memory_is_measured_with_and_without_the_libraries():
    sizes = {name: benchmark.peak_memory(name, "training") for name in ("fused", "reference")}
    work = {name: peak - before for name, (peak, before) in sizes.items()}
    assert 0 < work["fused"] < work["reference"]


def test_curves_are_drawn_and_tabled(tmp_path):
    found = benchmark_curves.draw_curves(tmp_path, repeats=1)
    assert found["a"][0].keys() == {"at", "fused", "reference"}
    assert (tmp_path / "kernels_scaling.png").stat().st_size > 1000
    assert "| a | fused | reference |" in (tmp_path / "kernels_scaling.md").read_text()
