"""Tables of question answering."""

from __future__ import annotations

from benchmarks.tables.renewing import markdown, read_csv, read_json, table
from shrdlu_env.text import TASKS
from train.experiments.babi.report import REPORTED


@table("babi-tasks")
def babi_tasks() -> str:
    """Wrong answers of the shipped agent by task, on generated and on published stories."""
    found = [read_json(f"babi/long-s0-{name}.json") for name in ("generated", "published")]
    rows: list[list[str]] = []
    for task, title in enumerate(TASKS, 1):
        errors = [100 * part["error"][str(task)] for part in found]
        shown = [f"**{error:.1f}**" if error > 5 else f"{error:.1f}" for error in errors]
        rows.append([str(task), title, *shown, f"{found[1]['asked'][str(task)]:,}"])
    rows.append(["", "mean", *(f"{100 * part['mean_error']:.1f}" for part in found), ""])
    rows.append(["", "failed", *(str(part["failed"]) for part in found), ""])
    return markdown(["task", "", "generated", "published", "published questions"], rows)


@table("babi-seeds")
def babi_seeds() -> str:
    """Every run, by preset and seed: updates, words, and wrong answers on generated stories."""
    rows = []
    for preset, seed in (
        ("long", 0),
        ("long", 1),
        ("long", 2),
        ("default", 0),
        ("default", 1),
        ("default", 2),
        ("plain", 0),
        ("plain", 1),
        ("plain", 2),
        ("lstm", 0),
        ("lstm", 1),
        ("lstm", 2),
        ("ntm", 0),
        ("ntm", 1),
        ("ntm", 2),
    ):
        last = read_csv(f"babi/{preset}-s{seed}.csv")[-1]
        found = read_json(f"babi/{preset}-s{seed}-generated.json")
        error = f"{100 * found['mean_error']:.1f}"
        rows.append(
            (preset, seed, f"{int(last['updates']):,}", f"{int(last['steps']):,}", error, found["failed"])
        )
    return markdown(["preset", "seed", "updates", "words", "mean error, %", "failed"], rows)


@table("babi-gates")
def babi_gates() -> str:
    """The gate of the shipped agent's run: fresh generated stories of each task."""
    gates = read_csv("babi/long-s0.csv")
    rows = [
        (
            f"{int(g['updates']):,}",
            f"{int(g['steps']):,}",
            f"{100 * (1 - float(g['accuracy'])):.1f}",
            g["failed"],
        )
        for g in gates
        if int(g["updates"]) % 5_000 == 0 or g is gates[-1]
    ]
    return markdown(["updates", "words", "mean error, %", "failed"], rows)


@table("babi-beside")
def babi_beside() -> str:
    """The mean error of the shipped agent beside published ones."""
    found = read_json("babi/long-s0-published.json")
    ours = (
        "ours, helped, on the published training files",
        f"{100 * found['mean_error']:.1f}",
        found["failed"],
    )
    return markdown(["", "mean error, %", "failed"], [ours, *REPORTED])


@table("babi-speed")
def babi_speed() -> str:
    """Words per CPU second, by preset."""
    found = read_json("babi/speed.json")["words_per_cpu_second"]
    rows = [
        (name, *(f"{kinds[kind]:,.0f}" for kind in ("training", "answering")))
        for name, kinds in found.items()
    ]
    return markdown(["preset", "training", "answering"], rows)
