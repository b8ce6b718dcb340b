"""Where the CPU time of one update at a GPU's batch goes: environment and transfers, acting, learning."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from stable_baselines3.common.callbacks import BaseCallback

from dnc_agent.episodes import EpisodeBatch
from train.config import DEFAULT, WorldBackend
from train.operations import count_operations
from train.table_world import TableSource
from train.trainer import build

BACKENDS: tuple[WorldBackend, ...] = ("tables", "numpy")


class _Mark(NamedTuple):
    """CPU seconds so far at the beginning or at the end of acting."""

    main: float  #: of this thread
    environment: float  #: of it, in the environment
    ahead: float  #: of the thread that draws ahead


def bench_world(
    *,
    lessons: tuple[int, ...] = (12, 26),
    batches: tuple[int, ...] = (2048, 4096),
    backends: tuple[WorldBackend, ...] = BACKENDS,
    updates: int = 1,
) -> dict[str, Any]:
    """Profile updates of the default agent at large batches, by CPU time on one thread.

    What is drawn ahead runs in a thread of its own, beside acting and learning; its time counts all the same.
    Without a GPU nothing is transferred: in place of it, as many bytes are copied once.

    Args:
        lessons: to profile.
        batches: whole episodes per update.
        backends: what runs the episodes, "tables" or "numpy".
        updates: measured in each case, after one that is not.

    Returns:
        `profiles`, a list with the settings of each case, its `cpu_seconds` per update by part, the bytes
        that a GPU would have to be sent (`bytes_up`) and to send (`bytes_down`), and `share`, of environment
        and transfers in all; `worst_share`, the highest of them with the first of the backends; `operations`,
        what `operations.count_operations` says of each lesson.

    Raises:
        ValueError: a setting is out of range.
    """
    if updates < 1:
        raise ValueError(f"updates={updates!r}: must be at least 1")
    profiles = [
        _profile(lesson, batch, backend, updates)
        for lesson in lessons
        for batch in batches
        for backend in backends
    ]
    of_first = [profile["share"] for profile in profiles if profile["backend"] == backends[0]]
    return {
        "benchmark": "world",
        "threads": 1,
        "updates": updates,
        "profiles": profiles,
        "worst_share": max(of_first),
        "operations": [count_operations(lesson) for lesson in lessons],
    }


class _Profiler(BaseCallback):
    """Marks where acting begins and ends, and stops training after some updates."""

    def __init__(self, updates: int) -> None:
        super().__init__()
        self.marks: list[_Mark] = []
        self.batch: EpisodeBatch | None = None
        self.source: Any = None
        self._wanted = 2 * updates + 1
        self._environment = 0.0

    def watch(self, source: Any) -> Any:
        """Take the time of everything that a source does."""
        self.source = source
        for name in ("reset", "step", "final"):
            if hasattr(source, name):
                setattr(source, name, self._timed(getattr(source, name)))
        return source

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            before = time.thread_time()
            result = function(*arguments)
            self._environment += time.thread_time() - before
            return result

        return run

    def _mark(self) -> None:
        ahead = getattr(self.source, "cpu_seconds_ahead", 0.0)
        self.marks.append(_Mark(time.thread_time(), self._environment, ahead))

    def _on_rollout_start(self) -> None:
        self._mark()

    def _on_rollout_end(self) -> None:
        self._mark()
        self.batch = self.locals["batch"]

    def _on_step(self) -> bool:
        return len(self.marks) < self._wanted

    def parts(self) -> dict[str, float]:
        """CPU seconds by part, of all updates after the first."""
        marks = self.marks[2:]
        begin, end = marks[0], marks[-1]
        acting = sum(after.main - before.main for before, after in zip(marks[::2], marks[1::2], strict=False))
        environment = end.environment - begin.environment
        return {
            "drawing_ahead": end.ahead - begin.ahead,
            "environment": environment,
            "acting": acting - environment,
            "learning": end.main - begin.main - acting,
        }


def _profile(lesson: int, batch: int, backend: WorldBackend, updates: int) -> dict[str, Any]:
    agent = build(
        replace(
            DEFAULT,
            learn=replace(DEFAULT.learn, episodes_per_batch=batch),
            curriculum=replace(DEFAULT.curriculum, lesson=lesson),
            world_backend=backend,
        )
    )
    profiler, make_source = _Profiler(updates + 1), agent.make_source
    agent.make_source = lambda env: profiler.watch(make_source(env))
    agent.learn(10**12, profiler, log_interval=0)
    assert profiler.batch is not None
    tables = isinstance(profiler.source, TableSource)
    if tables:
        profiler.source.close()
    up, down = _traffic(profiler.batch, tables)
    seconds = {name: value / updates for name, value in profiler.parts().items()}
    seconds["transfers"] = _copying(up + down)
    outside = seconds["drawing_ahead"] + seconds["environment"] + seconds["transfers"]
    return {
        "backend": backend,
        "lesson": lesson,
        "episodes": batch,
        "steps": profiler.batch.num_steps,
        "cpu_seconds": {name: round(value, 5) for name, value in seconds.items()},
        "bytes_up": up,
        "bytes_down": down,
        "share": round(outside / sum(seconds.values()), 5),
    }


def _traffic(batch: EpisodeBatch, tables: bool) -> tuple[int, int]:
    """Bytes to and from a GPU for one batch: up front and in the end with tables, else also at every step."""
    assert batch.prefix is not None
    up = sum(part.nbytes for part in (batch.prefix.observations, batch.prefix.reset, batch.prefix.branch_of))
    if not tables:
        return up + batch.observations.nbytes, batch.actions.nbytes
    constraints = int(batch.final["num_constraints"].max())
    # Of every lane, beside its puzzle: board, steps, constraints wanted, letter, and where to find them.
    up += 8 * batch.num_episodes * (4 + 2 * constraints)
    return up, batch.rewards.nbytes + 3 * 8 * batch.num_episodes


def _copying(count: int) -> float:
    """CPU seconds for a copy of so many bytes."""
    source, target = torch.ones(count, dtype=torch.uint8), torch.ones(count, dtype=torch.uint8)
    before = time.thread_time()
    target.copy_(source)
    return time.thread_time() - before
