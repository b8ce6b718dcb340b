"""A core with a memory, and a planner that looks at what is in it once it is known where to go."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dnc_agent.checks import shown
from dnc_agent.cores.contract import map_state, reset_where
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.cores.states import versions
from dnc_agent.cores.stepping import Stepper
from dnc_agent.networks.around import CoreAroundDNC
from dnc_agent.networks.planner import NOWHERE, MemoryPlanner


class Plan(NamedTuple):
    """What was planned at the cue, for B episodes; all zero before it."""

    on: Tensor  #: [B, 1], 1 once the cue has come on
    words: Tensor  #: [B, N, W], the memory at the cue
    values: Tensor  #: [B, N], of its locations


class PlanningState(NamedTuple):
    """What a `PlanningCore` carries from step to step."""

    inner: DNCState
    plan: Plan


class PlanningCore(CoreAroundDNC[PlanningState]):
    """A DNC whose outputs are followed by the scores that a `MemoryPlanner` gives to slots of the observation.

    When the cue first comes on, the memory is planned over as it is after that step, towards what is
    asked for in it. From there on slots are scored by this plan. No gradient flows through the words into the core.

    Args:
        inner: the core; sees the first `inner.input_size` columns.
        input_size: X, columns of an observation.
        cue: the column that comes above 0 when it is said what is wanted.
        planner: arguments of the `MemoryPlanner`, except the size of words.

    Raises:
        ValueError: if the cue or a column of the planner lies outside of an observation.
    """

    def __init__(self, inner: DNC, input_size: int, *, cue: int, planner: Mapping[str, Any]) -> None:
        torch.nn.Module.__init__(self)
        self.inner, self.input_size, self.cue = inner, input_size, cue
        self.planner = MemoryPlanner(inner.options.word_size, **planner)
        last = self.planner.first_slot + self.planner.slots * self.planner.width
        if not 0 <= cue < input_size or last > input_size:
            raise ValueError(
                f"cue={shown(cue)}, slots to column {last}; an observation has {input_size} columns"
            )
        self.feature_size = inner.feature_size + self.planner.slots

    def initial_state(self, batch_size: int) -> PlanningState:
        """Nothing is remembered and nothing planned, for `batch_size` episodes."""
        inner = self.inner.initial_state(batch_size)
        memory = inner.memory.memory
        plan = Plan(
            memory.new_zeros(batch_size, 1), torch.zeros_like(memory), memory.new_zeros(memory.shape[:2])
        )
        return PlanningState(inner, plan)

    def trace(self, x: Tensor, state: PlanningState) -> tuple[Tensor, PlanningState, dict[str, Tensor]]:
        """`step`, and the inner core's internals; `location_values` [B, N] once there is a plan, 0 to 1."""
        y, inner, internals = self.inner.trace(x[:, : self.inner.input_size], state.inner)
        plan = state.plan
        new = self.begins(x, plan.on)
        if new.any():
            words = torch.where(new[:, None, None], inner.memory.memory.detach(), plan.words)
            values = torch.where(new[:, None], self.planner.values(words, x), plan.values)
            plan = Plan(torch.maximum(plan.on, new[:, None].to(plan.on.dtype)), words, values)
        scores = self.planner.scores(self.planner.names(plan.words), plan.values, x) * plan.on
        internals["location_values"] = plan.values.exp() * plan.on
        return torch.cat([y, scores], -1), PlanningState(inner, plan), internals

    def begins(self, x: Tensor, on: Tensor) -> Tensor:
        """In which episodes the cue comes on for the first time: x [B, X], on [B, 1] to [B] bool."""
        return (x[:, self.cue] > 0) & (on.squeeze(-1) <= 0)

    @property
    def can_record(self) -> bool:
        """Whether the inner core can."""
        return self.inner.can_record

    def stepper(
        self, batch_size: int, *, state: PlanningState | None = None, record: bool = False
    ) -> Stepper[PlanningState]:
        """See `RecurrentCore.stepper`."""
        return PlanningStepper(self, batch_size, state, record)


class PlanningStepper:
    """Acts on the inner core's stepper; plans and scores without a graph, and once more with one to learn.

    Args:
        core: to step.
        batch_size: B.
        state: where to start; None is the initial state.
        record: keep what `features` hands out, if the inner core can.
    """

    def __init__(
        self, core: PlanningCore, batch_size: int, state: PlanningState | None, record: bool
    ) -> None:
        self._core = core
        self._inner = core.inner.stepper(
            batch_size, state=None if state is None else state.inner, record=record
        )
        with torch.no_grad():
            self._initial = core.initial_state(batch_size).plan
        self._plan = map_state(
            torch.clone, self._initial if state is None else map_state(Tensor.detach, state.plan)
        )
        with torch.no_grad():
            self._names = core.planner.names(self._plan.words)
        self._cues = self._plan.on.new_zeros(batch_size, core.input_size)
        self._planned = torch.zeros(batch_size, dtype=torch.bool, device=self._cues.device)
        self._scored: list[tuple[int, Tensor, Tensor]] = []
        self._was_on: list[Tensor] = []
        self._versions = self._current()

    @property
    def records(self) -> bool:
        """See `Stepper`."""
        return self._inner.records

    @property
    def stale(self) -> bool:
        """See `Stepper`."""
        return self._inner.stale or self._current() != self._versions

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """One step: x [B, X] to y [B, Y]."""
        core, plan = self._core, self._plan
        y = self._inner.step(x[:, : core.inner.input_size].contiguous())
        new = core.begins(x, plan.on)
        if new.any():
            plan.words[new] = self._inner.state().memory.memory[new]
            plan.values[new] = core.planner.values(plan.words[new], x[new])
            plan.on[new] = 1.0
            self._names[new] = core.planner.names(plan.words[new])
            self._cues[new] = x[new]
            self._planned |= new
        scores = x.new_zeros(len(x), core.planner.slots)
        # Where no slot shows anything, there is nothing to learn from.
        scores[:] = NOWHERE * plan.on
        shows = core.planner.shown(x).amax((-1, -2)) > 0
        rows = (shows & (plan.on.squeeze(-1) > 0)).nonzero().squeeze(-1)
        if len(rows):
            scores[rows] = core.planner.scores(self._names[rows], plan.values[rows], x[rows])
            if self.records:
                self._scored.append((len(self._was_on), rows, x[rows]))
        if self.records:
            self._was_on.append(plan.on.clone())
        return torch.cat([y, scores], -1)

    def reset(self, mask: Tensor | None = None) -> None:
        """Let elements start from the initial state; mask [B] bool, None means all."""
        self._inner.reset(mask)
        if self._scored:
            raise RuntimeError("an episode that is being recorded cannot be reset")
        all_of_it = torch.ones_like(self._planned) if mask is None else mask
        self._plan = map_state(torch.clone, reset_where(all_of_it, self._initial, self._plan))
        self._planned &= ~all_of_it

    def state(self) -> PlanningState:
        """A copy of the current state."""
        return PlanningState(self._inner.state(), map_state(torch.clone, self._plan))

    def features(self) -> Tensor:
        """All outputs since the last call [T, B, Y], differentiable; see `Stepper`."""
        if self._current() != self._versions:
            raise RuntimeError("the planner's parameters changed while an episode was being recorded")
        inner = self._inner.features()
        planner, plan = self._core.planner, self._plan
        planned = planner.values(plan.words, self._cues)
        values = torch.where(self._planned.unsqueeze(-1), planned, plan.values)
        names = planner.names(plan.words)
        scores = NOWHERE * torch.stack(self._was_on).expand(-1, -1, planner.slots)
        if self._scored:
            steps = torch.cat([torch.full_like(rows, t) for t, rows, _ in self._scored])
            rows = torch.cat([rows for _, rows, _ in self._scored])
            seen = torch.cat([x for _, _, x in self._scored])
            found = planner.scores(names[rows], values[rows], seen)
            scores = scores.index_put((steps, rows), found)
        self._scored, self._was_on = [], []
        return torch.cat([inner, scores], -1)

    def _current(self) -> list[int]:
        return versions(self._core.planner.parameters())
