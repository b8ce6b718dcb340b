"""Tables of speed."""

from __future__ import annotations

from benchmarks.tables.renewing import markdown, read_json, table


@table("speed-dnc")
def speed_dnc() -> str:
    """Milliseconds per time-step by contender, and ratios."""
    names = {
        "fused": "ours, fused",
        "reference": "ours, eager reference",
        "lstm": "bare LSTMCell",
        "pypi_dnc": "PyPI `dnc`",
    }
    runs = [read_json("speed/dnc-1.json"), read_json("speed/dnc-2.json")]
    rows = []
    for key, name in names.items():
        row = [name]
        for size in ("A", "B"):
            times = [run[size]["ms_per_step"].get(key) for run in runs]
            row.append(" / ".join("-" if t is None else f"{t:.2f}" for t in times))
            fused = [run[size]["ms_per_step"]["fused"] for run in runs]
            row.append(
                " / ".join("-" if t is None else f"{t / f:.2f}" for t, f in zip(times, fused, strict=True))
            )
        rows.append(row)
    return markdown(["", "A: ms", "A: times ours", "B: ms", "B: times ours"], rows)


@table("speed-train")
def speed_train() -> str:
    """Environment steps per CPU second of complete training."""
    names = {
        "dnc": "DNC, two cores (the paper's)",
        "dnc_shared": "DNC, one core",
        "lstm": "LSTM",
        "recurrent_ppo": "sb3-contrib RecurrentPPO, 4 epochs of 4 minibatches",
        "recurrent_ppo_defaults": "sb3-contrib RecurrentPPO, its defaults",
    }
    found = read_json("speed/train.json")["steps_per_cpu_second"]
    return markdown(["", "steps per CPU second"], [(name, f"{found[k]:,.0f}") for k, name in names.items()])
