"""Tables of graphs: traversal and navigation."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.tables.renewing import RESULTS, markdown, read_csv, read_json, table

#: At so many episodes runs of different input gains are compared.
GAIN_EPISODES = 121_600


@table("graphs")
def graphs() -> str:
    """Share of episodes right on last lessons and on held-out maps, beside the paper's."""
    rows = []
    for path in sorted((RESULTS / "graphs").glob("*-s*-*.json")):
        task, preset, seed = re.match(
            r"(.*)-(plain|plain-ff|plain-ff-w96|lstm|helped)-s(\d+)-", path.name
        ).groups()  # type: ignore[union-attr]
        found = read_json(f"graphs/{path.name}")
        low, high = (100 * end for end in found["interval"])
        paper = "-" if found["paper"] is None else f"{100 * found['paper']:.1f}"
        right = f"{100 * found['accuracy']:.1f} ({low:.1f} to {high:.1f})"
        answers = f"{100 * found['answers']:.1f}" if task == "inference" else ""
        rows.append((task, preset, seed, found["tested"], right, answers, paper, f"{found['episodes']:,}"))
    header = ["task", "network", "seed", "tested on", "right, %", "answers right, %", "paper, %", "episodes"]
    return markdown(header, rows)


@table("graphs-traversal")
def traversal_lessons() -> str:
    """Episodes until each lesson of traversal was complete, by run."""
    return _lessons("traversal")


@table("graphs-inference")
def inference_lessons() -> str:
    """The same of inference."""
    return _lessons("inference")


@table("graphs-shortest-path")
def path_lessons() -> str:
    """The same of shortest path."""
    return _lessons("shortest-path")


def _lessons(task: str) -> str:
    runs = {}
    for path in sorted((RESULTS / "graphs").glob(f"{task}-*-s?.csv")):
        passed: dict[int, str] = {}
        for row in read_csv(f"graphs/{path.name}"):
            if row["passed"] == "1":
                passed.setdefault(int(row["lesson"]), f"{int(row['episodes']):,}")
        runs[path.stem.removeprefix(f"{task}-")] = passed
    last = max(max(passed, default=0) for passed in runs.values())
    rows = [[lesson, *(passed.get(lesson, "") for passed in runs.values())] for lesson in range(1, last + 1)]
    return markdown(["lesson complete", *runs], rows)


@table("graphs-gain")
def gain() -> str:
    """What the input's share of the start does to plain inference and shortest path."""
    rows = []
    for path in sorted((RESULTS / "graphs" / "gain").glob("*.csv")):
        task, gain, batch, rate = path.stem.rsplit("-", 3)
        checks = [
            row for row in read_csv(f"graphs/gain/{path.name}") if int(row["episodes"]) <= GAIN_EPISODES
        ]
        last, done = checks[-1], [int(row["lesson"]) for row in checks if row["passed"] == "1"]
        exact = 100 * float(last["exact"])
        rows.append(
            (
                task,
                gain,
                batch,
                rate,
                f"{int(last['episodes']):,}",
                len(done),
                f"{exact:.1f}, lesson {last['lesson']}",
            )
        )
    header = ["task", "input gain", "batch", "step size", "episodes", "lessons complete", "right, %"]
    return markdown(header, rows)


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
