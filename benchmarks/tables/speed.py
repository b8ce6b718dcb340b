"""Tables of speed."""

from __future__ import annotations

import statistics

from benchmarks.tables.renewing import markdown, read_csv, read_json, table

#: Contenders in words.
CORES = {
    "fused": "ours, fused",
    "fused_bf16": "ours, fused, bf16 products",
    "reference": "ours, eager reference",
    "lstm": "bare LSTMCell",
    "lstm_bf16": "bare LSTMCell, bf16",
    "pypi_dnc": "PyPI `dnc`",
}
SIZES = {"A": "A", "B": "B", "A256": "A, batch 256", "training": "training"}
TRAINERS = {
    "dnc": "DNC, two cores (the paper's)",
    "dnc_bf16": "the same, bf16 products",
    "dnc_shared": "DNC, one core",
    "dnc_shared_bf16": "the same, bf16 products",
    "lstm": "LSTM",
    "recurrent_ppo": "sb3-contrib RecurrentPPO, 4 epochs of 4 minibatches",
    "recurrent_ppo_defaults": "sb3-contrib RecurrentPPO, its defaults",
}


@table("speed-dnc")
def speed_dnc() -> str:
    """Milliseconds per time-step by contender and size, and how many times ours in float32 that is."""
    found = read_json("speed/dnc-5.json")
    rows = []
    for key, name in CORES.items():
        row = [name]
        for size in SIZES:
            times = found[size]["ms_per_step"]
            row.append(f"{times[key]:.2f} ({times[key] / times['fused']:.2f})")
        rows.append(row)
    return markdown(["", *SIZES.values()], rows)


@table("speed-cores")
def speed_cores() -> str:
    """Milliseconds per time-step of each core on its kernels, and how many times that its reference takes."""
    found = read_json("speed/cores.json")
    rows = []
    for core, name in {"dnc": "DNC", "ntm": "NTM", "lstm": "LSTM"}.items():
        row = [name]
        for size in ("A", "training"):
            times = found[size]["ms_per_step"]
            row += [f"{times[core]:.2f}", f"{times[f'{core}_reference'] / times[core]:.1f}"]
        rows.append(row)
    return markdown(["", "A", "reference, times that", "training", "reference, times that"], rows)


@table("speed-memory")
def speed_memory() -> str:
    """Peak memory at size B by contender, in MB and as a share of PyPI `dnc`'s."""
    found = read_json("speed/dnc-5.json")
    whole, work = found["peak_mb"], found["work_mb"]
    rows = [
        (name, *(f"{part[key]:,.0f} ({part[key] / part['pypi_dnc']:.2f})" for part in (whole, work)))
        for key, name in CORES.items()
    ]
    return markdown(["", "whole process, MB", "of it the work, MB"], rows)


@table("speed-train")
def speed_train() -> str:
    """Environment steps per CPU second of complete training, and ratios to RecurrentPPO."""
    found = read_json("speed/train-3.json")["steps_per_cpu_second"]
    large, usual = found["recurrent_ppo"], found["recurrent_ppo_defaults"]
    rows = [
        (name, f"{found[key]:,.0f}", f"{found[key] / large:.1f}", f"{found[key] / usual:.0f}")
        for key, name in TRAINERS.items()
    ]
    return markdown(["", "steps per CPU second", "times RecurrentPPO, large", "times its defaults"], rows)


@table("speed-precision")
def speed_precision() -> str:
    """Episodes until lessons were complete, in float32 and with bf16 products, three seeds each."""
    rows = []
    for task, name, lessons in (
        ("mini-shrdlu", "Mini-SHRDLU, helped", (1, 6, 12)),
        ("traversal", "traversal, helped", (1, 7, 14)),
    ):
        for lesson in lessons:
            row = [name, str(lesson)]
            for precision in ("fp32", "bf16"):
                found = [_passed(f"{task}-{precision}-s{seed}", "episodes") for seed in range(3)]
                row.append(", ".join(f"{passed[lesson]:,.0f}" for passed in found))
            rows.append(row)
    return markdown(["", "lesson complete", "float32: episodes, seeds 0, 1, 2", "bf16"], rows)


@table("speed-processes")
def speed_processes() -> str:
    """Minutes until lesson 25 of Mini-SHRDLU was complete with two processes, by updates between checks."""
    rows = []
    for stem, name, seeds in (("two-processes", "50", 2), ("two-processes-gate20", "20", 3)):
        minutes = [_passed(f"{stem}-s{seed}", "seconds")[25] / 60 for seed in range(seeds)]
        episodes = [_passed(f"{stem}-s{seed}", "episodes")[25] for seed in range(seeds)]
        median = f"{statistics.median(minutes):.1f}" if seeds == 3 else "-"
        cells = [f"{m:.1f} ({e:,.0f})" for m, e in zip(minutes, episodes, strict=True)]
        rows.append([name, *cells, *["-"] * (3 - seeds), median])
    return markdown(["updates between checks", "seed 0", "seed 1", "seed 2", "median"], rows)


@table("speed-worlds")
def speed_worlds() -> str:
    """Environment steps per CPU second of every id, native vector environment and single one."""
    found = read_json("speed/env-4.json")
    rows = [
        (
            f"`{env_id}`",
            "-" if row["lesson"] is None else row["lesson"],
            f"{row['vector_steps_per_s']:,}",
            f"{row['single_steps_per_s']:,}",
        )
        for env_id, row in found["worlds"].items()
    ]
    return markdown(["environment", "lesson", f"{found['num_envs']:,} side by side", "one"], rows)


def _passed(name: str, column: str) -> dict[int, float]:
    """A column of a run's checks where each lesson was complete."""
    return {
        int(row["lesson"]): float(row[column])
        for row in read_csv(f"speed/lessons/{name}.csv")
        if row["passed"] == "1"
    }
