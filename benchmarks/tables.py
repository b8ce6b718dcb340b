"""Writes the tables of docs/results from the raw figures that stand beside them: `python -m benchmarks.tables`.

A page holds pairs of comments `<!-- table: NAME -->` and `<!-- end of table -->`; what lies between is replaced. With
`--check` nothing is written, and the exit code says whether a page is out of date.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from shrdlu_env.text import TASKS
from train.experiments.babi.report import REPORTED

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
BLOCK = re.compile(r"(<!-- table: ([a-z0-9-]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
TABLES: dict[str, Callable[[], str]] = {}


def table(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Registers a function that makes the table of this name."""

    def register(make: Callable[[], str]) -> Callable[[], str]:
        TABLES[name] = make
        return make

    return register


def markdown(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def read_json(name: str) -> Any:
    """A raw JSON file below docs/results."""
    return json.loads((RESULTS / name).read_text("utf-8"))


def read_csv(name: str) -> list[dict[str, str]]:
    """A raw CSV file below docs/results."""
    with open(RESULTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@table("mini-shrdlu")
def mini_shrdlu() -> str:
    """The paper's table: percent solved in the minimum number of moves."""
    cells = {(c["moves"], c["constraints"]): c for c in read_json("curriculum/evaluation.json")["table"]}
    rows = []
    for moves in range(1, 8):
        row = [f"{moves} move{'s' * (moves > 1)}"]
        for constraints in range(1, 7):
            cell = cells[moves, constraints]
            share, paper = f"{cell['perfect']:.0f}", cell["paper_perfect"]
            row.append(f"{f'**{share}**' if cell['perfect'] >= paper else share} ({paper})")
        rows.append(row)
    return markdown(["", "1 constraint", *map(str, range(2, 7))], rows)


@table("mini-shrdlu-beyond")
def mini_shrdlu_beyond() -> str:
    """Conditions that training never had."""
    rows = [
        (c["condition"], c["goals"], c["memory_size"], f"{c['success']:.1f}", f"{c['perfect']:.1f}")
        for c in read_json("curriculum/evaluation.json")["beyond"]
    ]
    return markdown(["condition", "goals", "locations", "success %", "perfect %"], rows)


@table("mini-shrdlu-seeds")
def mini_shrdlu_seeds() -> str:
    """Episodes and minutes at which lessons were complete, by seed."""
    seeds = range(5)
    passed: list[dict[int, tuple[int, float]]] = []
    for seed in seeds:
        found: dict[int, tuple[int, float]] = {}
        for row in read_csv(f"seeds/dnc-{seed}.csv"):
            if row["passed"] == "1":
                found.setdefault(int(row["lesson"]), (int(row["episodes"]), float(row["seconds"]) / 60))
        passed.append(found)
    rows = []
    for lesson in (1, 6, 12, 20, 25, 26):
        reached = [found.get(lesson) for found in passed]
        minutes = [entry[1] for entry in reached if entry is not None]
        cells = ["" if entry is None else f"{entry[0]:,}, {entry[1]:.1f}" for entry in reached]
        if minutes:
            rows.append([str(lesson), *cells, f"{statistics.median(minutes):.1f}"])
    return markdown(["lesson complete", *(f"seed {s}" for s in seeds), "median minutes"], rows)


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


@table("mechanisms-reuse")
def mechanisms_reuse() -> str:
    """What one traced episode and fresh episodes show of memory reuse."""
    found = read_json("mechanisms/memory-reuse/numbers.json")["numbers"]
    rows: list[tuple[str, str]] = [
        ("bits right, fresh episodes", f"{100 * found['bits_right']:.2f} %"),
        ("episodes without a wrong bit", f"{100 * found['episodes_without_a_wrong_bit']:.0f} %"),
        ("vectors through the memory", f"{found['vectors_through_memory']}"),
        ("locations, of which written", f"{found['locations']}, {found['locations_written']}"),
        ("writes, of one location at most", f"{found['writes']}, {found['writes_of_a_location_at_most']}"),
        ("locations in use, mean", f"{found['mean_locations_in_use']:.2f}"),
    ]
    for gate in ("free", "allocation", "write"):
        means = (found[f"{gate}_gate_at_{step}"] for step in ("items", "answers"))
        rows.append((f"{gate} gate, at items and at answers", ", ".join(f"{mean:.2f}" for mean in means)))
    return markdown(["", "found"], rows)


@table("mechanisms-resize")
def mechanisms_resize() -> str:
    """Bits right by locations and length, as trained and with strengths tempered."""
    cells = {
        (int(c["locations"]), int(c["length"])): c for c in read_csv("mechanisms/memory-resize/resized.csv")
    }
    lengths = sorted({length for _, length in cells})
    rows = []
    for n in sorted({n for n, _ in cells}):
        row = [str(n)]
        for length in lengths:
            shares = (100 * float(cells[n, length][key]) for key in ("bits_right", "tempered_bits_right"))
            text = " / ".join(f"{share:.1f}" for share in shares)
            row.append(text if length < n else f"*{text}*")
        rows.append(row)
    return markdown(["locations", *(f"{length} vectors" for length in lengths)], rows)


@table("mechanisms-links")
def mechanisms_links() -> str:
    """Copy of 1 to 20 vectors by kind of links."""
    return _links("mechanisms/links")


@table("mechanisms-links-60")
def mechanisms_links_60() -> str:
    """Copy of 1 to 60 vectors by kind of links."""
    return _links("mechanisms/links-60")


def _links(folder: str) -> str:
    """Wrong bits by kind of links, at the end of training and on sequences of the greatest length."""
    tests = read_csv(f"{folder}/tests.csv")
    curves = read_csv(f"{folder}/training.csv")
    rows = []
    for kind in dict.fromkeys(row["links"] for row in tests):
        mine = [row for row in tests if row["links"] == kind]
        learnt = []
        for test in mine:
            points = [c for c in curves if (c["links"], c["seed"]) == (kind, test["seed"])]
            below = next((int(c["episodes"]) for c in points if float(c["wrong"]) < 1), None)
            learnt.append("never" if below is None else f"{below:,}")
        wrong = [float(row["test_wrong"]) for row in mine]
        exact = statistics.mean(100 * float(row["test_exact"]) for row in mine)
        rows.append(
            (
                kind,
                "; ".join(learnt),
                "; ".join(f"{float(row['wrong_at_the_end']):.2f}" for row in mine),
                "; ".join(f"{value:.2f}" for value in wrong),
                f"{exact:.0f}",
            )
        )
    at = tests[0]["test_length"]
    head = (
        "links",
        "sequences until < 1 wrong bit",
        "wrong bits at the end",
        f"wrong bits at {at}",
        f"exact at {at}, %",
    )
    return markdown(head, rows)


COPIERS = {"ntm4": "NTM, gain 4", "ntm8": "NTM, gain 8", "dnc": "DNC, gain 8"}


def _runs(prefix: str) -> list[str]:
    return sorted(path.stem for path in (RESULTS / "copying").glob(f"{prefix}-s*.csv"))


def _seed(name: str) -> str:
    return name.rpartition("s")[2]


@table("copying-learning")
def copying_learning() -> str:
    """When each sequence task was learnt, by core and seed."""
    tasks = {**{key: f"copy: {name}" for key, name in COPIERS.items()}, "repeat": "repeat copy: DNC"}
    tasks["recall"] = "associative recall: DNC"
    rows = []
    for prefix, name in tasks.items():
        for run in _runs(prefix):
            checks = read_csv(f"copying/{run}.csv")
            under = next((int(row["episodes"]) for row in checks if float(row["wrong"]) < 1), None)
            last = checks[-1]
            reached = "not reached" if under is None else f"{under:,}"
            share = f"{100 * float(last['exact']):.0f} %"
            rows.append([name, _seed(run), reached, f"{int(last['episodes']):,}", last["wrong"], share])
    head = [
        "task and core",
        "seed",
        "sequences until < 1 wrong bit",
        "sequences in all",
        "wrong bits then",
        "exact then",
    ]
    return markdown(head, rows)


def _beyond(prefixes: dict[str, str], names: list[str]) -> str:
    rows = []
    for prefix, title in prefixes.items():
        for run in _runs(prefix):
            found = {c["name"]: c for c in read_json(f"copying/{run}.json")["conditions"]}
            cells = [found[name] for name in names]
            shown = (f"{c['wrong']:.2f} of {c['bits']:.0f} ({100 * c['exact']:.0f} %)" for c in cells)
            rows.append([title, _seed(run), *shown])
    return markdown(["core", "seed", *names], rows)


@table("copying-lengths")
def copying_lengths() -> str:
    """Wrong bits of copy at lengths that training never had."""
    return _beyond(COPIERS, [f"length {length}" for length in (20, 40, 80, 120)])


@table("copying-repeat")
def copying_repeat() -> str:
    """Wrong bits of repeat copy beyond training."""
    return _beyond({"repeat": "DNC"}, ["as trained", "length 20", "20 repeats"])


@table("copying-recall")
def copying_recall() -> str:
    """Wrong bits of associative recall beyond training."""
    return _beyond({"recall": "DNC"}, [f"{items} items" for items in (6, 8, 12, 20)])


GAINS = (1, 4, 8, 16)


def by_gain(cell: Callable[[int, int], tuple[str, float]], median: str) -> str:
    """A row a gain: a cell for each of three seeds, and the median of their numbers in a format."""
    rows = []
    for gain in GAINS:
        cells = [cell(gain, seed) for seed in range(3)]
        rows.append(
            [gain, *(text for text, _ in cells), format(statistics.median(n for _, n in cells), median)]
        )
    return markdown(["gain", *(f"seed {seed}" for seed in range(3)), "median"], rows)


def _until_under_one(name: str) -> tuple[str, float]:
    checks = read_csv(name)
    under = next((int(row["episodes"]) for row in checks if float(row["wrong"]) < 1), None)
    return ("not reached", float("inf")) if under is None else (f"{under:,}", under)


@table("input-gain-copy")
def input_gain_copy() -> str:
    """Sequences of copy until under one wrong bit."""
    return by_gain(lambda gain, seed: _until_under_one(f"input_gain/copy-g{gain}-s{seed}.csv"), ",.0f")


@table("input-gain-recall")
def input_gain_recall() -> str:
    """Sequences of associative recall until under one wrong bit."""
    return by_gain(lambda gain, seed: _until_under_one(f"input_gain/recall-g{gain}-s{seed}.csv"), ",.0f")


@table("input-gain-plain")
def input_gain_plain() -> str:
    """Share of constraints satisfied in lesson 1 by a plain agent."""

    def cell(gain: int, seed: int) -> tuple[str, float]:
        last = read_csv(f"input_gain/plain-g{gain}-s{seed}.csv")[-5:]
        share = 100 * statistics.mean(float(check["satisfied"]) for check in last)
        return f"{share:.1f}", share

    return by_gain(cell, ".1f")


@table("input-gain-helped")
def input_gain_helped() -> str:
    """Episodes until the default agent has completed lesson 1."""

    def cell(gain: int, seed: int) -> tuple[str, float]:
        checks = read_csv(f"input_gain/helped-g{gain}-s{seed}.csv")
        passed = next((int(row["episodes"]) for row in checks if row["passed"] == "1"), None)
        return ("not reached", float("inf")) if passed is None else (f"{passed:,}", passed)

    return by_gain(cell, ",.0f")


@table("graphs")
def graphs() -> str:
    """Share of episodes right on last lessons and on held-out maps, beside the paper's."""
    rows = []
    for path in sorted((RESULTS / "graphs").glob("*-s*-*.json")):
        task, preset, seed = re.match(r"(.*)-(plain|lstm|helped)-s(\d+)-", path.name).groups()  # type: ignore[union-attr]
        found = read_json(f"graphs/{path.name}")
        low, high = (100 * end for end in found["interval"])
        paper = "-" if found["paper"] is None else f"{100 * found['paper']:.1f}"
        right = f"{100 * found['accuracy']:.1f} ({low:.1f} to {high:.1f})"
        rows.append((task, preset, seed, found["tested"], right, paper, f"{found['episodes']:,}"))
    return markdown(["task", "network", "seed", "tested on", "right, %", "paper, %", "episodes"], rows)


@table("graphs-lessons")
def graphs_lessons() -> str:
    """Episodes until each lesson was complete, by run."""
    runs = {}
    for path in sorted((RESULTS / "graphs").glob("*-s?.csv")):
        checks = read_csv(f"graphs/{path.name}")
        passed: dict[int, str] = {}
        for row in checks:
            if row["passed"] == "1":
                passed.setdefault(int(row["lesson"]), f"{int(row['episodes']):,}")
        runs[path.stem] = passed
    last = max(max(passed, default=0) for passed in runs.values())
    rows = [[lesson, *(passed.get(lesson, "") for passed in runs.values())] for lesson in range(1, last + 1)]
    return markdown(["lesson complete", *runs], rows)


#: Walkers of the table of navigation: file, name, what was put in by hand.
WALKERS = (
    ("helped-s0", "DNC, seed 0", "helped"),
    ("helped-s1", "DNC, seed 1", "helped"),
    ("helped-s2", "DNC, seed 2", "helped"),
    ("plain-s0", "DNC, seed 0", "plain"),
    ("lstm-s0", "LSTM, seed 0", "plain"),
)


@table("navigation")
def navigation() -> str:
    """Shortest paths and arrivals of trained agents, and of walkers that know less."""
    places = ("lesson12", "underground")
    rows = []
    for stem, name, kind in WALKERS:
        last = read_csv(f"navigation/{stem}.csv")[-1]
        found = [read_json(f"navigation/{stem}-{place}.json") for place in places]
        trained = f"{int(last['episodes']):,} episodes, {float(last['seconds']) / 60:.0f} min"
        rows.append([name, kind, trained, *(_shares(result) for result in found)])
    probes = [read_json(f"navigation/probe-{place}.json") for place in places]
    for name, told in (("untrained", "DNC"), ("gates by hand, 6 sweeps", "DNC, gates set by hand")):
        rows.append([told, "helped", "not at all", *(_shares(probe[name]) for probe in probes)])
    for name, told in (("any sign", "any sign"), ("planner without the goal", "planner without the goal")):
        found = [read_json(f"navigation/helped-s0-{place}.json")["walkers"][name] for place in places]
        rows.append([told, "-", "-", *(_shares(result) for result in found)])
    return markdown(
        ["walker", "plain or helped", "trained", "lesson 12: shortest / arrived, %", "Underground, 4 edges"],
        rows,
    )


def _shares(found: Any) -> str:
    return f"{100 * found['accuracy']:.1f} / {100 * found['arrived']:.1f}"


@table("navigation-lessons")
def navigation_lessons() -> str:
    """When each lesson was complete, in episodes."""
    rows = []
    for stem, name, kind in WALKERS:
        checks = read_csv(f"navigation/{stem}.csv")
        done = {int(row["lesson"]): int(row["episodes"]) for row in checks if row["passed"] == "1"}
        rows.append([name, kind, *(f"{done[k]:,}" if k in done else "-" for k in range(1, 13))])
    return markdown(["walker", "plain or helped", *(f"lesson {k}" for k in range(1, 13))], rows)


@table("babi-tasks")
def babi_tasks() -> str:
    """Wrong answers of the shipped agent by task, on generated and on published stories."""
    found = [read_json(f"babi/default-s0-{name}.json") for name in ("generated", "published")]
    rows: list[list[str]] = []
    for task, title in enumerate(TASKS, 1):
        errors = [100 * part["error"][str(task)] for part in found]
        shown = [f"**{error:.1f}**" if error > 5 else f"{error:.1f}" for error in errors]
        rows.append([str(task), title, *shown, f"{found[1]['asked'][str(task)]:,}"])
    rows.append(["", "mean", *(f"{100 * part['mean_error']:.1f}" for part in found), ""])
    rows.append(["", "failed", *(str(part["failed"]) for part in found), ""])
    return markdown(["task", "", "generated", "published", "published questions"], rows)


@table("babi-gates")
def babi_gates() -> str:
    """The gate of the shipped agent's run: 20 fresh generated stories of each task."""
    rows = [
        (
            f"{int(g['updates']):,}",
            f"{int(g['steps']):,}",
            f"{100 * (1 - float(g['accuracy'])):.1f}",
            g["failed"],
        )
        for g in read_csv("babi/default-s0.csv")
    ]
    return markdown(["updates", "words", "mean error, %", "failed"], rows)


@table("babi-beside")
def babi_beside() -> str:
    """The mean error of the shipped agent beside published ones."""
    found = read_json("babi/default-s0-published.json")
    ours = ("ours, on the published training files", f"{100 * found['mean_error']:.1f}", found["failed"])
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


def renew(text: str, page: str) -> str:
    """A page with every table made anew.

    Raises:
        KeyError: the page names a table that nobody makes.
    """

    def replace(match: re.Match[str]) -> str:
        if match[2] not in TABLES:
            raise KeyError(f"{page} wants the table {match[2]}; there are {', '.join(sorted(TABLES))}")
        return match[1] + TABLES[match[2]]() + match[3]

    return BLOCK.sub(replace, text)


def main() -> int:
    """Renew every page; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a page is out of date"
    )
    check = parser.parse_args().check
    stale = []
    for page in [*sorted(RESULTS.glob("*.md")), RESULTS.parents[1] / "README.md"]:
        before = page.read_text("utf-8")
        after = renew(before, page.name)
        if after != before:
            stale.append(page.name)
            if not check:
                page.write_text(after, "utf-8")
    print(f"{'out of date' if check else 'renewed'}: {', '.join(stale) or 'nothing'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
