"""Acting step by step on the kernels, without a graph; and learning from what was recorded while acting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dnc_agent.checks import shown
from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.cores.states import versions
from dnc_agent.kernels.forward import forward_step, project_step
from dnc_agent.kernels.function import Part, go_back
from dnc_agent.kernels.leaves import COUNT, Leaves, leaves_of, no_leaves, state_of
from dnc_agent.kernels.plan import Plan, Weights
from dnc_agent.kernels.tape import Tape
from dnc_agent.kernels.threads import run_sliced, slices

_SMALLEST_SLICE = 32  # a single step of fewer elements is not worth handing to another thread


class Actor:
    """A `dnc_agent.cores.stepping.Stepper` with buffers of its own; the numbers are those of `DNC.step`.

    Args:
        plan: sizes and options of what `dnc_agent.kernels.supports`.
        parameters: in the order of `Plan`.
        batch_size: B.
        record: keep a tape, so that `features` can give what was computed as a differentiable tensor.
        state: where to start; None is the initial state. With `record`, gradients of the first recording flow
            into its tensors.
        readout: from features [..., F] to outputs [..., Y]; None: the features are the outputs.
        chunk: steps per piece of the tape.

    With `record`, the parameters must not change between the first step of a recording and its backward pass.
    Values written through `.data` go unnoticed.

    Raises:
        ValueError: if the batch or the chunk is empty.
    """

    def __init__(
        self,
        plan: Plan,
        parameters: list[Tensor],
        batch_size: int,
        *,
        record: bool = False,
        state: DNCState | None = None,
        readout: Callable[[Tensor], Tensor] | None = None,
        chunk: int = 32,
    ) -> None:
        if batch_size < 1 or chunk < 1:
            raise ValueError(f"batch_size={shown(batch_size)}, chunk={shown(chunk)}; both must be at least 1")
        self._batch, self._record, self._readout = batch_size, record, readout
        self._steps = chunk if record else 1
        self._plan, self._parameters = plan, parameters
        self._like = parameters[0].detach()
        self._versions: list[int] = []
        self._weights = self._repack()
        self._parts: list[Part] = []
        self._t = 0
        self._recorded = False  # whether there are steps that `features` has not handed out yet
        self._fresh = torch.zeros(batch_size, dtype=torch.bool)
        leaves = None if state is None else leaves_of(state)
        self._start = leaves if record else None
        self._tape = self._begin(None if leaves is None else Leaves(*(leaf.detach() for leaf in leaves)))

    def reset(self, mask: Tensor | None = None) -> None:
        """Let elements start from the initial state before the next step; mask [B] bool, None means all."""
        self._fresh = torch.ones_like(self._fresh) if mask is None else self._fresh | mask

    @property
    def records(self) -> bool:
        """Whether a tape is kept."""
        return self._record

    @property
    def stale(self) -> bool:
        """Whether parameters have changed since they were last looked at."""
        return versions(self._parameters) != self._versions

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """One step: x [B, X] to y [B, Y], a tensor of its own.

        Raises:
            ValueError: if the shape is wrong.
            RuntimeError: if parameters have changed while recording.
        """
        if x.shape != (self._batch, self._plan.x):
            raise ValueError(f"x has shape {tuple(x.shape)}; expected {(self._batch, self._plan.x)}")
        if self.stale:
            if self._recorded:
                raise RuntimeError("the core's parameters changed while an episode was being recorded")
            self._weights = self._repack()
        if self._t == self._tape.steps:
            self._turn_page()
        tape, t = self._tape, self._t
        tape.reset[t] = self._fresh
        tape.any_reset[t] = bool(self._fresh.any())
        self._fresh = torch.zeros_like(self._fresh)
        if self._record:
            self._x[t] = x
            self._recorded = True
        project_step(tape, self._weights, x, t)
        run_sliced(
            lambda index, low, high: forward_step(tape, self._weights, t, index, low, high),
            self._batch,
            _SMALLEST_SLICE,
        )
        self._t = t + 1
        features = tape.features[t + 1]
        return features.clone() if self._readout is None else self._readout(features)

    def state(self) -> DNCState:
        """A copy of the current state."""

        def current(leaf: Tensor) -> Tensor:
            # A reset sets everything to zero, the state at the start of an episode.
            return torch.where(self._fresh.reshape(-1, *(1,) * (leaf.dim() - 1)), leaf.new_zeros(()), leaf)

        return state_of(Leaves(*map(current, self._tape.get_state(self._t))))

    def features(self) -> Tensor:
        """All outputs since the last call [T, B, Y], differentiable.

        Gradients go to the core's parameters and, from the first recording, to the state it was started in.
        The recording ends with this call; the next step begins another one, in the current state.

        Raises:
            RuntimeError: if nothing was recorded, or if parameters have changed since.
        """
        if not self._record:
            raise RuntimeError("this actor does not record; construct it with record=True")
        if not self._recorded:
            raise RuntimeError("no step has been recorded")
        if self.stale:
            raise RuntimeError(
                "the core's parameters changed since the episode was recorded; its tape is for the old ones"
            )
        parts = [*self._parts, self._page()]
        start: Leaves[Any] = self._start or no_leaves()
        self._parts, self._start, self._recorded = [], None, False
        features: Tensor = FromTape.apply(self._plan, self._weights, parts, *start, *self._parameters)
        return features if self._readout is None else self._readout(features)

    def _repack(self) -> Weights:
        self._versions = versions(self._parameters)
        return Weights.pack(self._plan, self._parameters)

    def _begin(self, leaves: Leaves[Tensor] | None) -> Tape:
        """A new tape from this state."""
        tape = Tape(self._plan, self._steps, self._batch, self._like, self._record, leaves)
        tape.ready(len(slices(self._batch, _SMALLEST_SLICE)))
        tape.set_reset(torch.ones(self._steps, self._batch, dtype=torch.bool))
        if self._record:
            self._x = self._like.new_empty(self._steps, self._batch, self._plan.x)
        return tape

    def _page(self) -> Part:
        """What the current tape holds so far."""
        self._tape = self._tape.section(0, self._t)
        part = Part(self._x[: self._t], self._tape.reset)
        part.tape = self._tape
        return part

    def _turn_page(self) -> None:
        """Go on after the last step of the tape: on a new one, or in place if nothing is recorded."""
        if self._record:
            leaves = self._tape.get_state(self._t)
            if self._recorded:
                self._parts.append(self._page())
            self._tape = self._begin(leaves)
        else:
            self._tape.wrap()
        self._t = 0


class FromTape(torch.autograd.Function):
    """`(plan, weights, parts, *state, *parameters)` to the features [T, B, F] that the parts hold.

    The state is the one before the first step, as `Leaves` or Nones.
    """

    @staticmethod
    def forward(ctx: Any, plan: Plan, weights: Weights, parts: list[Part], *rest: Any) -> Tensor:
        """Nothing is computed."""
        ctx.save_for_backward(*rest[COUNT:])
        ctx.plan, ctx.weights, ctx.parts = plan, weights, parts
        return torch.cat([part.features for part in parts])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the initial state and the parameters, from the tape."""
        _ = ctx.saved_tensors  # raises if one of them was changed in place
        want_state = any(ctx.needs_input_grad[3 : 3 + COUNT])
        _, d_state, d_parameters = go_back(
            ctx.plan, ctx.weights, ctx.parts, d_outputs[0], no_leaves(), False, want_state
        )
        return None, None, None, *(d_state if want_state else no_leaves()), *d_parameters
