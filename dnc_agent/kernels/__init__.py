"""The fused cores on a CPU, DNC, LSTM and NTM: the reference's numbers and gradients, much faster.

Nothing here imports numba until a kernel is first used. docs/reference/kernels.md says how it works and what it
measures.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.kernels.lstm_plan import LSTMPlan
from dnc_agent.kernels.ntm.layout import NTMPlan
from dnc_agent.kernels.plan import Plan

if TYPE_CHECKING:
    from dnc_agent.cores.controller import ControllerState
    from dnc_agent.cores.ntm.state import NTMState
    from dnc_agent.kernels.actor import Actor

__all__ = [
    "Actor",
    "LSTMPlan",
    "NTMPlan",
    "available",
    "supports",
    "unroll",
    "unroll_lstm",
    "unroll_ntm",
]


def __getattr__(name: str) -> Any:
    """`Actor`, whose module needs numba, only when it is asked for."""
    if name == "Actor":
        from dnc_agent.kernels.actor import Actor

        return Actor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def available() -> bool:
    """Whether the kernels can run here at all (numba is installed)."""
    return importlib.util.find_spec("numba") is not None


def supports(weight: Tensor, x: Tensor) -> str | None:
    """Why the kernels cannot take a core, given one of its weights and an input; None if they can."""
    if not available():
        return "numba is not installed"
    if x.device.type != "cpu" or weight.device.type != "cpu":
        return f"x is on {x.device} and the core on {weight.device}; the kernels run on the CPU only"
    if weight.dtype not in (torch.float32, torch.float64) or x.dtype != weight.dtype:
        return f"x has {x.dtype} and the core {weight.dtype}; the kernels take float32 or float64 for both"
    return None


def unroll(
    plan: Plan,
    parameters: list[Tensor],
    x: Tensor,
    state: DNCState | None,
    reset: Tensor | None = None,
    *,
    segment: int | None = None,
) -> tuple[Tensor, DNCState]:
    """The whole sequence, like `DNC.unroll`, up to the output layer.

    Args:
        plan: sizes and options of what `supports` accepts.
        parameters: in the order of `Plan`.
        x: [T, B, X].
        state: before the first step; None is the initial state.
        reset: [T, B] bool; where true, the element starts from the initial state before that step.
        segment: keep only the state of every so many steps and compute the rest again in the backward pass.

    Returns:
        `(features [T, B, F], state after the last step)`.
    """
    from dnc_agent.kernels.function import unroll_features

    return unroll_features(plan, parameters, x, state, reset, segment)


def unroll_lstm(
    plan: LSTMPlan, parameters: list[Tensor], x: Tensor, state: ControllerState, reset: Tensor | None = None
) -> tuple[Tensor, ControllerState]:
    """The whole sequence, like `LSTM.unroll`, up to the output layer; arguments as in `unroll`."""
    from dnc_agent.kernels import lstm

    return lstm.unroll_lstm(plan, parameters, x, state, reset)


def unroll_ntm(
    plan: NTMPlan, parameters: list[Tensor], x: Tensor, state: NTMState, reset: Tensor | None = None
) -> tuple[Tensor, NTMState]:
    """The whole sequence, like `NTM.unroll`, up to the output layer; arguments as in `unroll`."""
    from dnc_agent.kernels.ntm import function

    return function.unroll_ntm(plan, parameters, x, state, reset)
