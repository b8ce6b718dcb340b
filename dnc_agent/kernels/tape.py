"""The buffers of one unrolled stretch of steps: what the forward pass fills and the backward pass reads."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from dnc_agent.kernels.content import NORM_EPSILON
from dnc_agent.kernels.layout import record_size, scratch_size, state_size
from dnc_agent.kernels.plan import Plan

#: Memory and links are kept at every step up to this many bytes; beyond it, at every `stride`-th step.
KEEP_ALL_BYTES = 48 * 2**20


def choose_stride(plan: Plan, steps: int, batch: int, itemsize: int, record: bool) -> int:
    """How many steps lie between two kept copies of memory and links.

    The backward pass computes those between again, so that about 2 sqrt(steps) copies exist at any time.
    Without a backward pass (record is false) only the first and the last are there.
    """
    if not record:
        return steps + 1
    copy = batch * plan.n * (plan.w + plan.n) * itemsize
    return 1 if (steps + 1) * copy <= KEEP_ALL_BYTES else max(1, math.isqrt(steps))


class Tape:
    """Buffers for T steps of B elements. Slot t of `features`, `cells`, `record` is the state before step t.

    Attributes:
        features: [T + 1, B, F], [h; reads].
        cells: [T + 1, B, layers, H].
        gates: one [T, B, 4H] per layer.
        xi: [T, B, K], raw interface vectors (after LayerNorm, if there is one).
        unnormed: [T, B, K], before LayerNorm; None without.
        statistics: ([T, B, 1], [T, B, 1]), mean and inverse deviation of LayerNorm; None without.
        record: [T + 1, B, record_size], see layout.py.
        order: [T, B, N] int32.
        memory: [slots, B, N, W]; `slots(t)` says which.
        links: [slots, B, N, N].
        reset: [T, B] bool.
    """

    def __init__(self, plan: Plan, steps: int, batch: int, like: Tensor, record: bool, threads: int) -> None:
        self.plan, self.steps, self.batch = plan, steps, batch
        self.stride = choose_stride(plan, steps, batch, like.element_size(), record)
        self.kept = record
        slots = steps // self.stride + 1 + (self.stride > 1)
        self._work = slots - 1

        def room(*shape: int) -> Tensor:
            return torch.empty(shape, dtype=like.dtype)

        self.features = room(steps + 1, batch, plan.features)
        self.cells = room(steps + 1, batch, plan.layers, plan.h)
        self.gates = [room(steps, batch, 4 * plan.h) for _ in range(plan.layers)]
        self.xi = room(steps, batch, plan.xi)
        self.unnormed = None if plan.norm_eps is None else room(steps, batch, plan.xi)
        self.statistics = None if plan.norm_eps is None else (room(steps, batch, 1), room(steps, batch, 1))
        self.record = room(steps + 1, batch, record_size(plan.n, plan.r, plan.masked))
        self.order = torch.empty(steps, batch, plan.n, dtype=torch.int32)
        self.memory = room(slots, batch, plan.n, plan.w)
        self.links = room(slots, batch, plan.n, plan.n)
        self.scratch = room(threads, scratch_size(plan.n, plan.w, plan.r, plan.xi))
        self.spare = torch.empty(threads, plan.n, dtype=torch.int32)
        self.set_reset(None)

    def set_reset(self, reset: Tensor | None) -> None:
        """Take over where elements start afresh, [T, B] bool."""
        plan = self.plan
        self.reset = (
            torch.zeros(self.steps, self.batch, dtype=torch.bool) if reset is None else reset.contiguous()
        )
        self.any_reset: list[bool] = [False] * self.steps if reset is None else reset.any(1).tolist()
        needed = any(self.any_reset)
        blank = self.record.new_zeros(self.record.shape[-1])
        at = state_size(plan.n, plan.r)
        blank[at : at + plan.n] = NORM_EPSILON**0.5
        self.blank = (
            blank,
            blank.new_zeros(plan.n if needed else 0, plan.w),
            blank.new_zeros(plan.n if needed else 0, plan.n),
        )

    def slots(self, t: int) -> tuple[int, int]:
        """Slots of memory and links that hold the state before step t and get the one after it."""
        before = t // self.stride if t % self.stride == 0 else self._work
        after = (t + 1) // self.stride if (t + 1) % self.stride == 0 else self._work
        return before, after

    def put_state(self, leaves: list[Tensor]) -> None:
        """Set the state before the first step; leaves in the order of `dnc_agent.recurrent.state_tensors`."""
        hidden, cell, memory, usage, write, precedence, links, read_weightings, reads = leaves
        plan = self.plan
        self.features[0, :, : plan.hidden] = hidden.flatten(1)
        self.features[0, :, plan.hidden :] = reads.flatten(1)
        self.cells[0] = cell
        self.memory[0] = memory
        self.links[0] = links
        row = self.record[0]
        at = state_size(plan.n, plan.r)
        torch.cat([usage, write, precedence, read_weightings.flatten(1)], 1, out=row[:, :at])
        row[:, at : at + plan.n] = (memory.square().sum(-1) + NORM_EPSILON).sqrt()

    def get_state(self, t: int) -> list[Tensor]:
        """Copies of the state before step t, for a t whose memory is kept; the inverse of `put_state`."""
        plan, row, features = self.plan, self.record[t], self.features[t]
        n, heads = plan.n, plan.r
        slot = t // self.stride if t % self.stride == 0 else self._work
        return [
            features[:, : plan.hidden].reshape(-1, plan.layers, plan.h).clone(),
            self.cells[t].clone(),
            self.memory[slot].clone(),
            row[:, :n].clone(),
            row[:, n : 2 * n].clone(),
            row[:, 2 * n : 3 * n].clone(),
            self.links[slot].clone(),
            row[:, 3 * n : (3 + heads) * n].reshape(-1, heads, n).clone(),
            features[:, plan.hidden :].reshape(-1, heads, plan.w).clone(),
        ]


def arrays(*tensors: Tensor) -> list[np.ndarray]:
    """NumPy views of tensors."""
    return [tensor.numpy() for tensor in tensors]
