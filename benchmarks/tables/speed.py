"""Tables of speed."""

from __future__ import annotations

from benchmarks.tables.renewing import markdown, read_json, table

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
