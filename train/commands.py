"""What the sub-commands do, callable from Python as well."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dnc_agent import EpisodicActorCritic, load
from dnc_agent.checkpoint import FILE_NAME, resolve
from dnc_agent.persistence import read_extra, save_agent
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS
from train.callbacks import StopRequest
from train.config import RunConfig, WorldConfig
from train.errors import UsageError
from train.experiments.mini_shrdlu import report
from train.experiments.mini_shrdlu.evaluation import MAX_DRAWS, evaluate_lesson, evaluate_table
from train.experiments.mini_shrdlu.generalisation import evaluate_beyond
from train.rundir import LESSONS_TABLE, LOCK_NAME, RunDirectory, write_text
from train.trainer import build, go_on_from, where_to_begin
from train.trainer import train as train_session


def train(
    path: Path,
    config: RunConfig,
    *,
    minutes: float | None = 10.0,
    until_lesson: int | None = None,
    max_episodes: int | None = None,
    episodes_per_cell: int = 20,
    quiet: bool = False,
) -> EpisodicActorCritic:
    """Train a run, new or resumed, then print where it stands and the evaluation table.

    Args:
        path: run directory.
        config: of the run; on resume it must be what it was.
        minutes: of training in this session; None: no limit.
        until_lesson: stop once this lesson is complete.
        max_episodes: stop once the run has seen this many.
        episodes_per_cell: of the table at the end; 0: no table.
        quiet: no progress bar.

    Raises:
        UsageError: if the directory is in use or another run's, or a setting is out of range or changed.
    """
    if until_lesson is not None and not config.curriculum.lesson <= until_lesson <= len(LESSONS):
        raise UsageError(
            f"until_lesson={until_lesson!r}; it must lie between the first lesson "
            f"{config.curriculum.lesson} and {len(LESSONS)}"
        )
    console = Console()
    # Built first: a setting out of range is refused before the directory is touched.
    agent = build(config)
    directory = RunDirectory(path)
    branched = where_to_begin(directory, config)
    if branched not in (None, directory.checkpoint):
        # Tried out before there is a directory: what does not fit leaves none behind.
        go_on_from(agent, branched, config)
    directory.open(config)
    stop = StopRequest()
    previous = signal.signal(signal.SIGTERM, stop), signal.signal(signal.SIGINT, stop)
    try:
        resumed = directory.checkpoint.exists()
        console.print(
            f"{'resuming' if resumed else 'starting'} run {path} (Ctrl-C stops, the same command resumes; "
            "a fresh installation first compiles for about a minute)"
        )
        state, reason = train_session(
            agent,
            directory,
            config,
            minutes=minutes,
            until_lesson=until_lesson,
            max_episodes=max_episodes,
            quiet=quiet,
            stop=stop,
        )
        console.print(
            f"stopped: {reason}. Lesson {state.lesson}, {agent._episode_num:,} episodes, "
            f"{agent.num_timesteps:,} steps, {state.seconds / 60:.1f} minutes of training in all"
        )
        if episodes_per_cell and not stop.requested:
            last = min(state.lesson + 1, len(LESSONS))
            evaluate_agent(
                agent,
                config.world,
                console,
                title=f"{path}: evaluation",
                out=path,
                episodes=episodes_per_cell,
                lessons=range(1, last + 1),
                lesson_episodes=160,
                # At the end of a short session, rare cells may stay thin: `shrdlu evaluate` looks harder.
                max_draws=20_000,
            )
        console.print(f"run directory: {path}")
        console.print(f"watch it play: shrdlu watch {path}")
    finally:
        signal.signal(signal.SIGTERM, previous[0])
        signal.signal(signal.SIGINT, previous[1])
        directory.close()
    return agent


def load_for(path: Path) -> tuple[EpisodicActorCritic, WorldConfig, dict[str, Any]]:
    """An agent, the world it was trained in, and what its run kept about it.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if its observations are not this project's.
    """
    agent = load(path, device="cpu")
    config = RunDirectory.around(path).saved_config()
    world = WorldConfig() if config is None else config.world
    expected = Layout(world.board_size).size
    found = agent.policy.observation_size
    if found != expected:
        raise UsageError(
            f"{resolve(path)} observes {found} features; Mini-SHRDLU on a {world.board_size} x "
            f"{world.board_size} board has {expected}"
        )
    return agent, world, read_extra(path)


def export(path: Path, out: Path) -> Path:
    """Copy a run's agent to keep or share, without what only resuming needs.

    Args:
        path: run directory.
        out: directory of the copy, made if it does not exist; files of the same names are replaced.

    Returns:
        The checkpoint.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if the directory is no run's, or the copy would replace a run.
    """
    config = RunDirectory(path).saved_config()
    if config is None:
        raise UsageError(f"{path} is not a run directory: it has no config.json")
    if (out / LOCK_NAME).exists():
        raise UsageError(f"{out} is a run directory; a copy there would cost it its optimizer state")
    agent, _, extra = load_for(path)
    out.mkdir(parents=True, exist_ok=True)
    for name in (RunDirectory(path).config_file.name, LESSONS_TABLE):
        if (path / name).exists():
            write_text(out / name, (path / name).read_text("utf-8"))
    return save_agent(agent, out / FILE_NAME, with_optimizer=False, extra=extra)


def evaluate(
    path: Path,
    *,
    episodes: int = 100,
    lesson_episodes: int = 160,
    goals: int = 10,
    beyond: int = 0,
    max_draws: int = MAX_DRAWS,
    seed: int = 0,
    out: Path | None = None,
    threads: int = 2,
    as_json: bool = False,
) -> dict[str, Any]:
    """Evaluate a run or a shipped agent, print the tables and save them.

    Args:
        path: run directory, shipped agent or checkpoint file.
        episodes: in each cell of the paper's table; 0: no table.
        lesson_episodes: for each lesson; 0: no lessons.
        goals: told in each episode of the table.
        beyond: episodes for each condition of `train.experiments.mini_shrdlu.generalisation`; 0: none.
        max_draws: puzzles drawn at most for one column of the table.
        seed: of the puzzles.
        out: directory for `evaluation.json` and `evaluation.md`; None: the run's own.
        threads: CPU threads.
        as_json: print one JSON object as the last line.

    Returns:
        What was saved as JSON.

    Raises:
        FileNotFoundError: if there is no agent.
        UsageError: if it does not fit.
    """
    for name, value in (("episodes", episodes), ("lesson_episodes", lesson_episodes), ("beyond", beyond)):
        if value < 0:
            raise UsageError(f"{name}={value!r}; it must be at least 0")
    if not 1 <= goals <= 26:
        raise UsageError(f"goals={goals!r}; it must lie between 1 and 26")
    torch.set_num_threads(threads)
    agent, world, _ = load_for(path)
    if out is None and path.is_dir():
        out = path
    return evaluate_agent(
        agent,
        world,
        Console(stderr=as_json),
        title=f"{path}: evaluation",
        out=out,
        episodes=episodes,
        lessons=range(1, len(LESSONS) + 1) if lesson_episodes else range(0),
        lesson_episodes=lesson_episodes,
        goals=goals,
        beyond=beyond,
        max_draws=max_draws,
        seed=seed,
        as_json=as_json,
    )


def evaluate_agent(
    agent: EpisodicActorCritic,
    world: WorldConfig,
    console: Console,
    *,
    title: str,
    out: Path | None,
    episodes: int,
    lessons: range,
    lesson_episodes: int,
    goals: int = 10,
    beyond: int = 0,
    max_draws: int = MAX_DRAWS,
    seed: int = 0,
    as_json: bool = False,
) -> dict[str, Any]:
    """Evaluate an agent in memory; see `evaluate`."""
    result: dict[str, Any] = {
        "title": title,
        "seed": seed,
        "goals": goals,
        "episodes_trained": agent._episode_num,
        "steps_trained": agent.num_timesteps,
    }
    markdown = ""
    bar = Progress(
        TextColumn("evaluating {task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    )
    table, scores = None, {}
    with bar:
        task = bar.add_task("", total=1.0)
        if episodes:
            table = evaluate_table(
                agent,
                world,
                episodes=episodes,
                goals=goals,
                seed=seed,
                max_draws=max_draws,
                progress=lambda word, share: bar.update(task, description=word, completed=share),
            )
        for lesson in lessons:
            bar.update(task, description=f"lesson {lesson}", completed=(lesson - 1) / len(lessons))
            rng = np.random.default_rng([seed, 1000 + lesson])
            scores[lesson] = evaluate_lesson(agent, world, lesson, episodes=lesson_episodes, rng=rng)
        conditions = []
        if beyond:
            conditions = evaluate_beyond(
                agent,
                world,
                episodes=beyond,
                seed=seed,
                progress=lambda word, share: bar.update(task, description=word, completed=share),
            )
        bar.update(task, description="done", completed=1.0)
    if table is not None:
        result["table"] = report.table_to_json(table)
        markdown += report.table_to_markdown(table, title)
        console.print(report.table_to_rich(table, f"{title}, {goals} goals"))
    if scores:
        result["lessons"] = {lesson: report.score_to_json(s) for lesson, s in scores.items()}
        markdown += f"\n## Lessons ({lesson_episodes} episodes each)\n\n" + report.lessons_to_markdown(scores)
        console.print(report.lessons_to_rich(scores, f"{title}, by lesson"))
    if conditions:
        result["beyond"] = [report.condition_to_json(condition) for condition in conditions]
        markdown += f"\n## Beyond training ({beyond} episodes each)\n\n"
        markdown += report.conditions_to_markdown(conditions)
        console.print(report.conditions_to_rich(conditions, f"{title}, beyond training"))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "evaluation.json", json.dumps(result, indent=1) + "\n")
        write_text(out / "evaluation.md", markdown)
        console.print(f"saved: {out / 'evaluation.json'}, {out / 'evaluation.md'}")
    if as_json:
        print(json.dumps(result))
    return result


def bench(what: str, *, as_json: bool = False) -> dict[str, Any]:
    """Run one of the benchmarks and print its figures.

    Args:
        what: "env", "dnc" or "train".
        as_json: print one JSON object, nothing else.

    Raises:
        UsageError: if there is no such benchmark.
    """
    if what not in ("env", "dnc", "train"):
        raise UsageError(f"bench {what!r}; allowed are env, dnc, train")
    result: dict[str, Any]
    # Imported late: each measures a different part, and some need optional packages.
    if what == "env":
        from shrdlu_env.benchmark import bench_env

        result = bench_env()
    elif what == "dnc":
        from dnc_agent.benchmark import bench_dnc

        result = bench_dnc()
    else:
        from train.benchmark import bench_train

        result = bench_train()
    print(json.dumps(result) if as_json else json.dumps(result, indent=2))
    return result
