"""How many tensor operations an update asks of a device: what a GPU that is faster than its program sees.

A GPU takes some microseconds for each operation however small, so at small sizes the count of operations, not
their arithmetic, is the time. It can be counted without a GPU, and is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from stable_baselines3.common.logger import Logger
from torch.utils._python_dispatch import TorchDispatchMode

from dnc_agent.collector import collect_episodes
from train.config import DEFAULT
from train.trainer import build

#: Parts of the names of operations that look at the same numbers in another way and do nothing on a device.
_NO_WORK = ("view", "detach", "alias", "squeeze", "aten::t", "transpose", "expand", "slice", "select",
            "unbind", "split", "permute", "as_strided")  # fmt: skip


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.total = self.in_environment = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function.name()
        self.total += "backward" in name or not any(part in name for part in _NO_WORK)
        return function(*args, **(kwargs or {}))

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its operations counted as the environment's."""

        def run(*arguments: Any) -> Any:
            before = self.total
            result = function(*arguments)
            self.in_environment += self.total - before
            return result

        return run


def count_operations(lesson: int, *, episodes: int = 256) -> dict[str, Any]:
    """Tensor operations of one update of the default agent on tables, with the core that a GPU runs.

    Args:
        lesson: of the puzzles.
        episodes: in the batch; the count hardly depends on it.

    Returns:
        The counts by part, and `share`, the environment's.

    Raises:
        ValueError: a setting is out of range.
    """
    agent = build(
        replace(
            DEFAULT,
            agent=replace(DEFAULT.agent, backend="reference"),
            learn=replace(DEFAULT.learn, episodes_per_batch=episodes),
            curriculum=replace(DEFAULT.curriculum, lesson=lesson),
            world_backend="tables",
        )
    )
    agent.set_logger(Logger(None, []))
    assert agent.env is not None
    agent.env.reset()
    counter = _Counter()
    source: Any = agent.make_source(agent.env)
    for name in ("reset", "step", "final"):
        setattr(source, name, counter.counted(getattr(source, name)))
    with counter:
        batch = collect_episodes(agent.policy, source, episodes, agent.generator)
        assert batch is not None
        collected = counter.total
        agent.train(batch)
    source.close()
    return {
        "lesson": lesson,
        "environment": counter.in_environment,
        "acting": collected - counter.in_environment,
        "learning": counter.total - collected,
        "share": round(counter.in_environment / counter.total, 5),
    }
