"""The buffers of one unrolled stretch of steps: what the forward pass fills and the backward pass reads."""

from __future__ import annotations

import copy
import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dnc_agent.kernels.content import NORM_EPSILON
from dnc_agent.kernels.layout import Record, Scratch
from dnc_agent.kernels.leaves import Leaves
from dnc_agent.kernels.link_storage import get_links, link_capacity, make_links, put_links
from dnc_agent.kernels.plan import Plan
from dnc_agent.kernels.pool import Room

#: Memory and links are kept at every step up to this many bytes; beyond it, at every `stride`-th step.
KEEP_ALL_BYTES = 48 * 2**20
#: Where that is too much, the backward pass takes so many steps at a time that the gradients of their gates
#: and interface vectors stay within this many bytes.
SECTION_BYTES = 8 * 2**20


def choose_stride(plan: Plan, steps: int, batch: int, itemsize: int, record: bool) -> int:
    """How many steps lie between two kept copies of memory and links.

    The backward pass computes those between again, so that about 2 sqrt(steps) copies exist at any time.
    Without a backward pass (record is false) there is only one, updated in place; the stride is 0 then.
    """
    if not record:
        return 0
    row = plan.w + (plan.linked if plan.sparse is None else 2 * plan.sparse)
    copy = batch * plan.n * row * itemsize
    return 1 if (steps + 1) * copy <= KEEP_ALL_BYTES else max(1, math.isqrt(steps))


class Views(NamedTuple):
    """NumPy views of a tape, for the kernels."""

    features: np.ndarray
    cells: np.ndarray
    gates: tuple[np.ndarray, ...]
    xi: np.ndarray
    record: tuple[np.ndarray, ...]
    order: np.ndarray
    memory: np.ndarray
    links: Any
    reset: np.ndarray


class Tape:
    """Buffers for T steps of B elements. Slot t of `features`, `cells`, `record` is the state before step t.

    Attributes:
        offset: the step of the whole tape that is step 0 here.
        features: [T + 1, B, F], [h; reads].
        cells: [T + 1, B, layers, H]; H is 0 for a controller without a state.
        gates: one [T, B, G] per layer.
        xi: [T, B, K], raw interface vectors (after LayerNorm, if there is one).
        unnormed: [T, B, K], before LayerNorm; None without.
        statistics: ([T, B, 1], [T, B, 1]), mean and inverse deviation of LayerNorm; None without.
        record: see layout.py.
        order: [T, B, N] int32.
        memory: [slots, B, N, W]; `slots(t)` says which.
        links: see link_choice.py; [slots, B] in front.
        reset: [T, B] bool.
    """

    def __init__(
        self,
        plan: Plan,
        steps: int,
        batch: int,
        like: Tensor,
        record: bool,
        leaves: Leaves[Tensor] | None,
    ) -> None:
        """Room for so many steps and elements, from the state of these leaves; None is the initial state."""
        self.plan, self.steps, self.batch = plan, steps, batch
        self.capacity = link_capacity(plan, None if leaves is None else leaves.link)
        self.stride = choose_stride(plan, steps, batch, like.element_size(), record)
        if self.stride == 0:
            slots = 1
        elif self.stride == 1:
            slots = steps + 1
        else:
            slots = -(-steps // self.stride) + 1  # one for every stretch, and one to work in
        self._work, self._planned, self.offset = slots - 1, steps, 0

        self.room = room = Room(like.dtype)
        # Not from the room: this is what the caller gets.
        self.features = torch.empty(steps + 1, batch, plan.features, dtype=like.dtype)
        self.cells = room(steps + 1, batch, plan.layers, plan.cell)
        self.gates = [room(steps, batch, plan.gates) for _ in range(plan.layers)]
        self.xi = room(steps, batch, plan.xi)
        self.unnormed = None if plan.norm_eps is None else room(steps, batch, plan.xi)
        self.statistics = None if plan.norm_eps is None else (room(steps, batch, 1), room(steps, batch, 1))
        self.record = Record.make(room, steps + 1, batch, plan)
        self.order = room(steps, batch, plan.n, dtype=torch.int32)
        self.memory = room(slots, batch, plan.n, plan.w)
        self.links = make_links(room, (slots, batch), plan, self.capacity)
        self.scratch: list[Any] = []
        self.spare: list[np.ndarray] = []
        self.set_reset(None)
        self._put_state(leaves)

    def ready(self, threads: int) -> None:
        """Make scratch space for so many threads."""
        while len(self.scratch) < threads:
            self.scratch.append(arrays(self._scratch()))
            self.spare.append(np.empty(self.plan.n, np.int32))

    def _scratch(self) -> Scratch:
        plan = self.plan
        return Scratch.make(self.room, plan, self.capacity)

    def set_reset(self, reset: Tensor | None) -> None:
        """Take over where elements start afresh, [T, B] bool."""
        plan = self.plan
        self.reset = (
            torch.zeros(self.steps, self.batch, dtype=torch.bool) if reset is None else reset.contiguous()
        )
        self.any_reset: list[bool] = [False] * self.steps if reset is None else reset.any(1).tolist()
        needed = any(self.any_reset)
        n = plan.n if needed else 0
        norms = self.features.new_full((n,), NORM_EPSILON**0.5)
        zeros = norms.new_zeros
        links = make_links(self.room, (n,), plan, self.capacity)
        for part in links:
            part.zero_()
        self.blank = arrays((zeros(n), zeros(plan.r, n), norms, zeros(n, plan.w), links))
        self._view()

    def _view(self) -> None:
        self.views = Views(
            *arrays((self.features, self.cells, self.gates, self.xi, self.record)),
            *arrays((self.order, self.memory, self.links, self.reset)),
        )

    def slots(self, t: int) -> tuple[int, int]:
        """Slots of memory and links that hold the state before step t and get the one after it."""
        return self._slot(t), self._slot(t + 1)

    def _slot(self, t: int) -> int:
        t += self.offset
        if self.stride == 0:
            return 0
        return t // self.stride if t % self.stride == 0 and t < self._planned else self._work

    def section(self, first: int, last: int) -> Tape:
        """Steps first..last of this tape, on the same buffers."""
        if (first, last) == (0, self.steps):
            return self
        part = copy.copy(self)
        part.steps, part.offset = last - first, self.offset + first
        states, steps = slice(first, last + 1), slice(first, last)
        part.features, part.cells = self.features[states], self.cells[states]
        part.gates, part.xi = [gates[steps] for gates in self.gates], self.xi[steps]
        if self.unnormed is not None and self.statistics is not None:
            part.unnormed = self.unnormed[steps]
            part.statistics = (self.statistics[0][steps], self.statistics[1][steps])
        part.record = Record(*(vectors[states] for vectors in self.record))
        part.order, part.reset, part.any_reset = self.order[steps], self.reset[steps], self.any_reset[steps]
        part._view()
        return part

    def sections(self) -> list[tuple[int, int]]:
        """(first, one past last) of the sections that the backward pass takes, in order of time."""
        if self.stride <= 1:
            return [(0, self.steps)]
        plan = self.plan
        row = self.batch * (plan.layers * plan.gates + plan.xi + plan.features) * self.features.element_size()
        length = max(1, SECTION_BYTES // row // self.stride) * self.stride
        return [(first, min(first + length, self.steps)) for first in range(0, self.steps, length)]

    def wrap(self) -> None:
        """Move the state after the last step to the front, for a tape that is not recorded."""
        for buffer in (self.features, self.cells, *self.record[:5]):
            buffer[0] = buffer[-1]

    def _put_state(self, leaves: Leaves[Tensor] | None) -> None:
        if leaves is None:
            for buffer in (self.features, self.cells, self.memory, *self.record[:4]):
                buffer[0].zero_()
            self.record.norms[0] = NORM_EPSILON**0.5
            put_links(self.links, None)
            return
        plan, record = self.plan, self.record
        self.features[0, :, : plan.hidden] = leaves.hidden.flatten(1) if plan.recurrent else 0.0
        self.features[0, :, plan.hidden :] = leaves.reads.flatten(1)
        self.cells[0] = leaves.cell
        self.memory[0] = leaves.memory
        put_links(self.links, leaves.link)
        record.usage[0] = leaves.usage
        record.write[0] = leaves.write_weighting
        record.precedence[0] = leaves.precedence
        record.reads[0] = leaves.read_weightings
        record.norms[0] = (leaves.memory.square().sum(-1) + NORM_EPSILON).sqrt()

    def get_state(self, t: int) -> Leaves[Tensor]:
        """Copies of the state before step t, for a t whose memory is kept."""
        plan, features, record = self.plan, self.features[t], self.record
        slot = self._slot(t)
        return Leaves(
            hidden=features[:, : plan.layers * plan.cell].reshape(self.batch, plan.layers, plan.cell).clone(),
            cell=self.cells[t].clone(),
            memory=self.memory[slot].clone(),
            usage=record.usage[t].clone(),
            write_weighting=record.write[t].clone(),
            precedence=record.precedence[t].clone(),
            link=get_links(self.links, slot),
            read_weightings=record.reads[t].clone(),
            reads=features[:, plan.hidden :].reshape(-1, plan.r, plan.w).clone(),
        )


def arrays(tensors: Any) -> Any:
    """NumPy views of a nested tuple of tensors, as nested plain tuples."""
    return tensors.numpy() if isinstance(tensors, Tensor) else tuple(arrays(part) for part in tensors)
