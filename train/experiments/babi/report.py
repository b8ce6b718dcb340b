"""Errors by task as JSON, Markdown and on the terminal, beside published ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

from dnc_agent.supervised import SupervisedAgent, SupervisedLearner
from shrdlu_env.text import TASKS, Story, draw_story
from train.errors import UsageError
from train.experiment import Progress, Report
from train.experiments.babi.corpus import ALL_TASKS, chosen, read_folder
from train.experiments.babi.scoring import FAILED_ABOVE, TaskErrors, task_errors
from train.experiments.babi.settings import BabiConfig, Evaluation


class Reported(NamedTuple):
    """What others reported on the published test files, word by word, one network for all tasks."""

    name: str
    mean_error: str
    """In per cent, with the standard deviation over seeds where there is one."""
    failed: str


REPORTED = (
    Reported("LSTM (Graves et al. 2016)", "27.3", "-"),
    Reported("NTM (Graves et al. 2016)", "28.5", "-"),
    Reported("DNC (Graves et al. 2016)", "16.7 ± 7.6", "11.2"),
    Reported("the best of its 20 seeds", "3.8", "2"),
    Reported("ADNC, read in one direction (Franke et al. 2018)", "6.3 ± 2.7", "3.2"),
    Reported("NUTM, the best published (Le et al. 2020)", "5.6 ± 1.9", "-"),
)
HEAD = ("task", "", "questions", "error, %")
BESIDE = ("", "mean error, %", "failed")
ABOUT = (
    "error, %: questions with any wrong word; mean: over the tasks, all counting the same; failed: above 5 %"
)
OTHERS = "Beside what others reported on the published test files"


def evaluate(
    agent: SupervisedAgent | SupervisedLearner,
    config: BabiConfig,
    flags: Evaluation,
    progress: Progress,
    *,
    title: str,
) -> Report:
    """Ask an agent everything that the flags say.

    Args:
        agent: that answers.
        config: of its run.
        flags: which questions.
        progress: called with a word and the share done.
        title: of the report.

    Raises:
        UsageError: if a folder cannot be read.
    """
    tasks = chosen(flags.tasks or config.stories.tasks)
    if flags.data is None:
        source, stories = "generated stories", generated(flags.questions, flags.seed, tasks)
    else:
        told = read_folder(flags.data, flags.split)
        source = f"published stories ({flags.split})"
        stories = [story for task in tasks for story in told.get(task, ())]
        if not stories:
            raise UsageError(f"data: {flags.data} has no stories of {_listed(tasks)}")
    found = task_errors(agent, stories, config.stories.idle_steps, progress)
    return report(found, title, source, tasks)


def generated(questions: int, seed: int, tasks: Sequence[int] = ALL_TASKS) -> list[Story]:
    """Stories of some tasks with at least so many questions each; those of a task do not depend on the others."""
    stories = []
    for task in tasks:
        rng, asked = np.random.default_rng([seed, task]), 0
        while asked < questions:
            stories.append(draw_story(task, rng))
            asked += stories[-1].questions
    return stories


def report(found: TaskErrors, title: str, source: str, tasks: Sequence[int] = ALL_TASKS) -> Report:
    """The tables in all forms; `tasks` are those that were to be asked."""
    missing = [task for task in tasks if not found.asked[task - 1]]
    rows = [*(_cells(task, found) for task in tasks), _mean(found)]
    more = ""
    if missing:
        more = f" Tasks without a file, not counted: {', '.join(map(str, missing))}."
    whole = not missing and len(tasks) == len(ALL_TASKS)
    if not whole:
        more += " Others reported all tasks: nothing is compared."
    about = f"{source}; {ABOUT}.{more}"
    by_task = Table(title=title, caption=about)
    for k, name in enumerate(HEAD):
        by_task.add_column(name, justify="left" if k == 1 else "right")
    for row in rows:
        by_task.add_row(*row)
    markdown, tables = f"# {title}\n\n{about}\n\n{_markdown(HEAD, rows)}", [by_task]
    if whole:
        this = f"this agent, on {source} ({found.asked.sum():,} questions)"
        others = [(this, f"{100 * found.mean_error:.1f}", str(found.failed)), *REPORTED]
        beside = Table(title=OTHERS)
        for name in BESIDE:
            beside.add_column(name, justify="right" if name else "left")
        for other in others:
            beside.add_row(*other)
        markdown += f"\n{OTHERS}:\n\n{_markdown(BESIDE, others)}"
        tables.append(beside)
    return Report(to_json(found, source, missing), markdown, tables)


def to_json(found: TaskErrors, source: str, missing: list[int]) -> dict[str, Any]:
    """`mean_error`, `failed`, `error` by task (shares, not per cent; None where nothing was asked), `asked`."""
    error = {str(task): _number(found.error[task - 1]) for task in ALL_TASKS}
    return {
        "mean_error": found.mean_error,
        "failed": found.failed,
        "error": error,
        "asked": {str(task): int(found.asked[task - 1]) for task in ALL_TASKS},
        "stories": source,
        "missing": missing,
    }


def _listed(tasks: Sequence[int]) -> str:
    return f"task{'s' if len(tasks) > 1 else ''} {', '.join(map(str, tasks))}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _cells(task: int, found: TaskErrors) -> tuple[str, str, str, str]:
    error = found.error[task - 1]
    shown = "-" if math.isnan(error) else f"{100 * error:.1f}{' !' if error > FAILED_ABOVE else ''}"
    return str(task), TASKS[task - 1], str(found.asked[task - 1]), shown


def _mean(found: TaskErrors) -> tuple[str, str, str, str]:
    tasks = int((found.asked > 0).sum())
    what = (
        f"mean over {tasks} tasks, {found.failed} failed" if tasks > 1 else f"in all, {found.failed} failed"
    )
    return "", what, f"{found.asked.sum():,}", f"{100 * found.mean_error:.1f}"


def _markdown(names: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    text = "| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|\n"
    return text + "".join("| " + " | ".join(line) + " |\n" for line in lines)
