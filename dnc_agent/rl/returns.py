"""Advantages and returns as pure functions on [T, B] arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dnc_agent.checks import shown
from dnc_agent.parallel import ALONE, Processes

Array = NDArray[np.floating]
#: Far beyond any use, and far below what overflows in float32.
MOST = 1e30


def check_unit_interval(name: str, value: float) -> None:
    """Raise ValueError unless value lies in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{name}={shown(value)}; it must lie in [0, 1]")


def check_numbers(**values: Any) -> None:
    """Refuse what is not a number that weights can be multiplied by; only `ent_coef` may be negative.

    Functions of the progress pass.

    Raises:
        ValueError: naming the first that is out of range.
    """
    for name, value in values.items():
        least = -MOST if name == "ent_coef" else 0.0
        if callable(value):
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least <= value <= MOST:
            raise ValueError(f"{name}={shown(value)}; it must lie between {least:g} and {MOST:g}")


def generalized_advantages(
    r_t: Array,
    v_t: Array,
    valid: NDArray[np.bool_],
    acting: NDArray[np.bool_],
    *,
    gamma: float,
    gae_lambda: float,
    bootstrap: Array | None = None,
) -> tuple[Array, Array]:
    """Generalized advantage estimates and discounted returns of whole episodes (Methods, 'Mini-SHRDLU').

    At an acting step, delta_t = r_t + gamma v_next - v_t and A_t = delta_t + gamma lambda A_next. A step on
    which nothing can be decided passes its reward on: to the step before it, it is part of one longer
    transition. With every step acting this is the usual estimator (Schulman et al. 2016); gamma = 1 is the
    paper's.

    Args:
        r_t: rewards [T, B].
        v_t: value estimates [T, B]; only those at acting steps are used.
        valid: [T, B], which steps belong to the episode.
        acting: [T, B], on which valid steps the action has an effect.
        gamma: discount per step.
        gae_lambda: lambda; 1 gives returns minus values, 0 one-step differences.
        bootstrap: [B], value of the state after an episode that was cut off; None means 0 (it ended).

    Returns:
        `(advantages, returns)`, both [T, B]; advantages are 0 off the acting, returns off the valid steps.

    Raises:
        ValueError: if gamma or lambda lies outside [0, 1].
    """
    check_unit_interval("gamma", gamma)
    check_unit_interval("gae_lambda", gae_lambda)
    advantages, returns = np.zeros_like(v_t), np.zeros_like(v_t)
    v_next = np.zeros_like(v_t[0]) if bootstrap is None else bootstrap.astype(v_t.dtype)
    a_next, g_next = np.zeros_like(v_next), v_next
    for t in range(r_t.shape[0] - 1, -1, -1):
        through = r_t[t] + gamma * v_next
        a_t = through - v_t[t] + gamma * gae_lambda * a_next
        g_t = r_t[t] + gamma * g_next
        advantages[t] = np.where(acting[t] & valid[t], a_t, 0.0)
        returns[t] = np.where(valid[t], g_t, 0.0)
        a_next = np.where(valid[t], np.where(acting[t], a_t, gamma * a_next), a_next)
        v_next = np.where(valid[t], np.where(acting[t], v_t[t], through), v_next)
        g_next = np.where(valid[t], g_t, g_next)
    return advantages, returns


def normalize(x: Array, mask: NDArray[np.bool_], processes: Processes = ALONE) -> Array:
    """Shift and scale to mean 0 and standard deviation 1 over the masked entries; the others become 0.

    Args:
        x: any shape.
        mask: the same shape. With fewer than two masked entries, only the mean is taken away.
        processes: over all of whose entries mean and deviation are taken.
    """
    chosen = x[mask]
    if processes.alone:
        if chosen.size == 0:
            return np.zeros_like(x)
        mean, scale = chosen.mean(), chosen.std() + 1e-8 if chosen.size > 1 else 1.0
    else:
        count, total = processes.sum(chosen.size, chosen.sum(dtype=np.float64))
        mean = total / max(count, 1.0)
        (squares,) = processes.sum(np.square(chosen - mean, dtype=np.float64).sum())
        scale = (squares / count) ** 0.5 + 1e-8 if count > 1 else 1.0
    return np.where(mask, (x - mean) / scale, 0.0).astype(x.dtype)
