"""What a core hands on while somebody else has it play."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.cores.contract import RecurrentCore


def core_of(agent: Any) -> RecurrentCore[Any]:
    """The core of a supervised agent, or the one that an actor-critic's policy acts on."""
    network = agent.policy.policy_network if hasattr(agent, "policy") else agent.network
    core: RecurrentCore[Any] = network.core
    return core


@contextmanager
def listening(core: RecurrentCore[Any]) -> Iterator[deque[NDArray[np.float32]]]:
    """Inside, the features [Y] that the core returned last for the first episode of a batch are in the deque.

    Viewers see internals by name and no features, since these are what the rest of the network is made of: a probe
    needs them of every core, an LSTM's too, which tells of nothing else.
    """
    heard: deque[NDArray[np.float32]] = deque(maxlen=1)
    trace = core.trace

    def overheard(x: Tensor, state: Any) -> tuple[Tensor, Any, dict[str, Tensor]]:
        y, after, internals = trace(x, state)
        heard.append(y[0].detach().cpu().numpy())
        return y, after, internals

    core.trace = overheard  # type: ignore[method-assign]
    try:
        yield heard
    finally:
        del core.trace
