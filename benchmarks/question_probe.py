"""Which lines does an agent of question answering read while it is asked, where it is right and where it is wrong?

    python -m benchmarks.question_probe checkpoints/babi --tasks 2 15 17 --out docs/results/babi

By step, from some words before the end of a question to its answer: how much of what the heads read was last written
while the first line that the answer follows from was told, the second, another statement, or a question. Writes
reads.csv and reads.png.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from shrdlu_env.text import TASKS, Story, draw_story, stack_rows
from train.agents import load_agent
from train.analysis.running import as_csv
from train.experiments.babi.batches import sequence_batch
from train.experiments.babi.settings import BabiConfig
from train.files import write_text

#: Steps that are shown of every question, the last of them that of the answer.
STEPS = 10
#: A location belongs to the last line in which it was written with at least this weight, as in the viewer.
WRITTEN = 0.1
#: Stories side by side.
BATCH = 32
#: Of which lines what is read can be.
KINDS = ("first", "second", "other", "question")


@torch.no_grad()
def look(agent: Any, stories: list[Story], idle_steps: int) -> list[tuple[bool, NDArray[np.float64]]]:
    """`(right, read [STEPS, KINDS])` of every question with two lines behind its answer.

    `read` is a share of all that the heads read at a step, mean over heads; what lies in locations that were never
    written is missing.
    """
    laid = sequence_batch(stack_rows([[story] for story in stories]), idle_steps)
    count = len(stories)
    state, said, reads, writes = agent.network.initial_state(count), [], [], []
    for inputs in torch.from_numpy(laid.batch.inputs):
        logits, state, internals = agent.network.trace(inputs, state)
        said.append(agent.target.choose(logits).numpy())
        reads.append(internals["read_weightings"].numpy().mean(1))
        writes.append(internals["write_weighting"].reshape(count, -1).numpy())
    chosen, read, written = np.stack(said), np.stack(reads), np.stack(writes) >= WRITTEN
    right = (chosen == laid.batch.targets).all(-1)
    found = []
    for b, story in enumerate(stories):
        # The line of every step; blank steps belong to the word after them.
        told = np.repeat(
            np.arange(len(story.lines)), [len(line.words) + len(line.answer) for line in story.lines]
        )
        lines = told[np.searchsorted(laid.went[: len(told), b], np.arange(laid.went[len(told) - 1, b] + 1))]
        for number, line in enumerate(story.lines):
            if len(line.support) != 2 or len(line.answer) != 1:
                continue
            answer = int(np.flatnonzero(lines == number)[-1])
            kinds = np.array([KINDS.index("question" if other.answer else "other") for other in story.lines])
            kinds[np.array(line.support) - 1] = (KINDS.index("first"), KINDS.index("second"))
            shares = np.zeros((STEPS, len(KINDS)))
            for k, step in enumerate(range(answer - STEPS + 1, answer + 1)):
                own = written[: step + 1, b]
                last = step - own[::-1].argmax(0)
                filled = own.any(0)
                np.add.at(shares[k], kinds[lines[last[filled]]], read[step, b, filled])
            found.append((bool(right[answer, b]), shares))
    return found


def measure(path: Path, tasks: tuple[int, ...], questions: int, seed: int) -> list[dict[str, Any]]:
    """A row for every task, step and kind of line, apart for right and wrong answers."""
    agent, found = load_agent(path)
    assert isinstance(found.config, BabiConfig), "an agent of question answering"
    rows = []
    for task in tasks:
        rng = np.random.default_rng([seed, task])
        looked: dict[bool, list[NDArray[np.float64]]] = defaultdict(list)
        while sum(map(len, looked.values())) < questions:
            stories = [draw_story(task, rng) for _ in range(BATCH)]
            seen = look(agent, stories, found.config.stories.idle_steps)
            assert seen, f"task {task} has no questions with two lines behind an answer of one word"
            for right, shares in seen:
                looked[right].append(shares)
        for right, parts in sorted(looked.items(), reverse=True):
            rows += [
                {
                    "task": task,
                    "right": int(right),
                    "questions": len(parts),
                    "step": k - STEPS + 1,
                    **dict(zip(KINDS, shares.tolist(), strict=True)),
                }
                for k, shares in enumerate(np.mean(parts, 0))
            ]
    return rows


def draw(rows: list[dict[str, Any]], idle_steps: int, out: Path) -> None:
    """A row of panels for every task: right answers, wrong ones."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    tasks = list(dict.fromkeys(row["task"] for row in rows))
    figure, panels = pyplot.subplots(
        len(tasks), 2, figsize=(10, 3.2 * len(tasks)), squeeze=False, sharex=True, sharey=True
    )
    names = {
        "first": "first line it follows from",
        "second": "second",
        "other": "other statements",
        "question": "questions",
    }
    for line, task in zip(panels, tasks, strict=True):
        for axes, right in zip(line, (1, 0), strict=True):
            own = [row for row in rows if (row["task"], row["right"]) == (task, right)]
            for kind, name in names.items():
                axes.plot(
                    [row["step"] for row in own], [100 * row[kind] for row in own], "o-", ms=3, label=name
                )
            count = own[0]["questions"] if own else 0
            what = "right" if right else "wrong"
            axes.set_title(f"{task}, {TASKS[task - 1]}: {what} ({count})", loc="left", fontsize=10)
            axes.axvspan(-idle_steps - 0.5, -0.5, color="0.93", zorder=0)
            axes.set_ylim(-3, 103)
            axes.spines[["top", "right"]].set_visible(False)
        line[0].set_ylabel("read, %")
    for axes in panels[-1]:
        axes.set_xlabel("steps until the answer; grey: blank steps")
    panels[0][0].legend(frameon=False, fontsize=9)
    figure.savefig(out, dpi=110, bbox_inches="tight")


@dataclass
class Flags:
    """What an agent reads while it is asked."""

    agent: Annotated[Path, tyro.conf.Positional]
    """Run directory, exported agent or checkpoint file."""
    out: Path
    """Folder for reads.csv and reads.png."""
    tasks: tuple[int, ...] = (2, 15, 17)
    """Kinds of stories whose answers follow from two lines."""
    questions: int = 1000
    """Of each task, at least."""
    seed: int = 0
    """Of the stories."""


def main() -> None:
    """See the module."""
    flags = tyro.cli(Flags)
    torch.set_num_threads(1)
    rows = measure(flags.agent, flags.tasks, flags.questions, flags.seed)
    write_text(flags.out / "reads.csv", as_csv(rows))
    _, found = load_agent(flags.agent)
    assert isinstance(found.config, BabiConfig)
    draw(rows, found.config.stories.idle_steps, flags.out / "reads.png")


if __name__ == "__main__":
    main()
