"""Evaluation tables as JSON, Markdown and on the terminal, beside the paper's figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table

from dnc_agent import EpisodicActorCritic
from train.experiment import Progress, Report
from train.experiments.mini_shrdlu.evaluation import (
    CONSTRAINTS,
    MOVES,
    Score,
    evaluate_lesson,
    evaluate_table,
)
from train.experiments.mini_shrdlu.generalisation import Condition, evaluate_beyond
from train.experiments.mini_shrdlu.settings import Evaluation, WorldConfig
from train.intervals import wilson_interval

#: The paper's DNC: percent solved in the minimum number of moves, 10 goals; rows moves, columns constraints.
PAPER_DNC = (
    (77, 94, 95, 95, 93, 94),
    (65, 79, 93, 97, 97, 97),
    (51, 63, 78, 85, 92, 94),
    (42, 46, 58, 76, 81, 85),
    (39, 33, 46, 62, 72, 81),
    (33, 22, 32, 51, 65, 68),
    (34, 17, 18, 30, 44, 50),
)


def evaluate(
    agent: EpisodicActorCritic, world: WorldConfig, flags: Evaluation, progress: Progress, *, title: str
) -> Report:
    """Evaluate an agent by the paper's table, lesson by lesson, and beyond training, as the flags say.

    Args:
        agent: to evaluate.
        world: the environment's settings.
        flags: how many episodes of what.
        progress: called with a word and the share done.
        title: of the report.
    """
    result: dict[str, Any] = {
        "title": title,
        "seed": flags.seed,
        "goals": flags.goals,
        "episodes_trained": agent.episodes,
        "steps_trained": agent.steps,
    }
    markdown, shown = "", list[RenderableType]()
    if flags.episodes:
        table = evaluate_table(
            agent,
            world,
            episodes=flags.episodes,
            goals=flags.goals,
            seed=flags.seed,
            max_draws=flags.max_draws,
            progress=progress,
        )
        result["table"] = table_to_json(table)
        markdown += table_to_markdown(table, title)
        shown.append(table_to_rich(table, f"{title}, {flags.goals} goals"))
    if flags.lesson_episodes:
        scores: dict[int, Score] = {}
        for lesson in range(1, flags.last_lesson + 1):
            progress(f"lesson {lesson}", (lesson - 1) / flags.last_lesson)
            rng = np.random.default_rng([flags.seed, 1000 + lesson])
            scores[lesson] = evaluate_lesson(agent, world, lesson, episodes=flags.lesson_episodes, rng=rng)
        # Keys as JSON has them, so that what is returned is what is saved.
        result["lessons"] = {str(lesson): score_to_json(s) for lesson, s in scores.items()}
        markdown += f"\n## Lessons ({flags.lesson_episodes} episodes each)\n\n" + lessons_to_markdown(scores)
        shown.append(lessons_to_rich(scores, f"{title}, by lesson"))
    if flags.beyond:
        conditions = evaluate_beyond(agent, world, episodes=flags.beyond, seed=flags.seed, progress=progress)
        result["beyond"] = [condition_to_json(condition) for condition in conditions]
        markdown += f"\n## Beyond training ({flags.beyond} episodes each)\n\n"
        markdown += conditions_to_markdown(conditions)
        shown.append(conditions_to_rich(conditions, f"{title}, beyond training"))
    return Report(result, markdown, shown)


def percent(hits: int, episodes: int) -> float | None:
    """Percentage, None without episodes."""
    return None if episodes == 0 else 100.0 * hits / episodes


def score_to_json(score: Score) -> dict[str, Any]:
    """A score with percentages and the 95 % interval of the perfect share, in percent."""
    low, high = wilson_interval(score.perfect, score.episodes)
    return {
        "episodes": score.episodes,
        "perfect": percent(score.perfect, score.episodes),
        "perfect_interval": [100 * low, 100 * high],
        "success": percent(score.success, score.episodes),
        "incomplete": percent(score.incomplete, score.episodes),
        "satisfied": None if math.isnan(score.satisfied) else 100 * score.satisfied,
    }


def table_to_json(table: dict[tuple[int, int], Score]) -> list[dict[str, Any]]:
    """One object per cell, with the paper's percentage of perfect episodes."""
    return [
        {"moves": m, "constraints": c, "paper_perfect": PAPER_DNC[m - 1][c - 1]} | score_to_json(score)
        for (m, c), score in sorted(table.items())
    ]


def _cell(score: Score, paper: int) -> str:
    if score.episodes == 0:
        return f"- ({paper})"
    low, high = wilson_interval(score.perfect, score.episodes)
    share = 100 * score.perfect / score.episodes
    return f"{share:.0f} [{100 * low:.0f}-{100 * high:.0f}] ({paper})"


def table_to_markdown(table: dict[tuple[int, int], Score], title: str) -> str:
    """Perfect, success and incomplete percentages as Markdown tables."""
    head = "| moves | " + " | ".join(map(str, CONSTRAINTS)) + " |\n" + "|---" * 7 + "|\n"
    text = f"# {title}\n\nRows: minimum moves of the goal asked for. Columns: constraints per goal. "
    text += "Modal actions. One move brings three new facts at most, so goals one move away have no more "
    text += "constraints than that, whatever the column.\n"
    text += "\n## Perfect: all constraints in the minimum number of moves\n\n"
    text += "Percent [95 % interval] (the paper's DNC).\n\n" + head
    for m in MOVES:
        cells = (_cell(table[m, c], PAPER_DNC[m - 1][c - 1]) for c in CONSTRAINTS)
        text += f"| {m} | " + " | ".join(cells) + " |\n"
    text += "\n## Success / incomplete, percent, and number of episodes\n\n" + head
    for m in MOVES:
        row = []
        for c in CONSTRAINTS:
            s = table[m, c]
            if s.episodes:
                share = 100 * s.success / s.episodes
                row.append(f"{share:.0f} / {100 - share:.0f} (n={s.episodes})")
            else:
                row.append("- (n=0)")
        text += f"| {m} | " + " | ".join(row) + " |\n"
    return text


def table_to_rich(table: dict[tuple[int, int], Score], title: str) -> Table:
    """The perfect percentages for the terminal, each with the paper's in brackets."""
    shown = Table(title=title, caption="percent perfect [95 % interval] (the paper's DNC)")
    shown.add_column("moves", justify="right")
    for c in CONSTRAINTS:
        shown.add_column(f"{c} constr.", justify="right")
    for m in MOVES:
        cells = []
        for c in CONSTRAINTS:
            score, paper = table[m, c], PAPER_DNC[m - 1][c - 1]
            better = score.episodes and 100 * score.perfect / score.episodes >= paper
            text = _cell(score, paper).replace("[", "\\[")
            cells.append(f"[green]{text}[/green]" if better else text)
        shown.add_row(str(m), *cells)
    return shown


def lessons_to_rich(lessons: dict[int, Score], title: str) -> Table:
    """Lesson by lesson for the terminal."""
    shown = Table(title=title)
    for column in (
        "lesson",
        "episodes",
        "constraints satisfied %",
        "success %",
        "perfect %",
        "95 % interval",
    ):
        shown.add_column(column, justify="right")
    for lesson, s in lessons.items():
        low, high = wilson_interval(s.perfect, s.episodes)
        shown.add_row(
            str(lesson),
            str(s.episodes),
            f"{100 * s.satisfied:.1f}",
            f"{100 * s.success / s.episodes:.1f}",
            f"{100 * s.perfect / s.episodes:.1f}",
            f"{100 * low:.0f}-{100 * high:.0f}",
        )
    return shown


def lessons_to_markdown(lessons: dict[int, Score]) -> str:
    """Lesson by lesson as a Markdown table."""
    text = "| lesson | episodes | constraints satisfied % | success % | perfect % |\n|---|---|---|---|---|\n"
    for lesson, s in lessons.items():
        text += (
            f"| {lesson} | {s.episodes} | {100 * s.satisfied:.1f} | {100 * s.success / s.episodes:.1f} "
            f"| {100 * s.perfect / s.episodes:.1f} |\n"
        )
    return text


_CONDITION_COLUMNS = (
    "condition",
    "goals",
    "locations",
    "satisfied %",
    "success %",
    "perfect %",
    "95 % interval",
)


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """A condition with its score."""
    return {
        "condition": condition.name,
        "goals": condition.goals,
        "memory_size": condition.memory,
    } | score_to_json(condition.score)


def _condition_cells(condition: Condition) -> list[str]:
    s = condition.score
    low, high = wilson_interval(s.perfect, s.episodes)
    return [
        condition.name,
        str(condition.goals),
        "-" if condition.memory is None else str(condition.memory),
        f"{100 * s.satisfied:.1f}",
        f"{100 * s.success / s.episodes:.1f}",
        f"{100 * s.perfect / s.episodes:.1f}",
        f"{100 * low:.0f}-{100 * high:.0f}",
    ]


def conditions_to_rich(conditions: list[Condition], title: str) -> Table:
    """Conditions beyond training for the terminal."""
    shown = Table(title=title)
    for column in _CONDITION_COLUMNS:
        shown.add_column(column, justify="left" if column == "condition" else "right")
    for condition in conditions:
        shown.add_row(*_condition_cells(condition))
    return shown


def conditions_to_markdown(conditions: list[Condition]) -> str:
    """Conditions beyond training as a Markdown table; intervals are of the perfect share."""
    rows = [_CONDITION_COLUMNS, ["---"] * len(_CONDITION_COLUMNS), *map(_condition_cells, conditions)]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
