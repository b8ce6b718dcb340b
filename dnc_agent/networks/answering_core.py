"""A core with a memory, and a finder that looks into it once a question is asked."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sequence, map_state, reset_where
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.cores.stepping import Stepper
from dnc_agent.networks.around import CoreAroundDNC
from dnc_agent.networks.finders import make_finder


class Question(NamedTuple):
    """The last question, for B episodes; all zero before the first."""

    asked: Tensor  #: [B, S], its triple
    words: Tensor  #: [B, N, W], the memory when it was asked
    plan: Tensor  #: [B, P], what the finder made of them


class AnsweringState(NamedTuple):
    """What an `AnsweringCore` carries from step to step."""

    inner: DNCState
    question: Question


class AnsweringCore(CoreAroundDNC[AnsweringState]):
    """A DNC whose outputs are followed by the question, and at answer steps by the triple that a finder finds.

    A question is a step with the cue on and a triple in the observation; the memory is looked at as it is after that
    step. No gradient flows through the words into the core.

    Args:
        inner: the core.
        cue: the column that comes above 0 with a question.
        answer: the column that comes above 0 where an answer is wanted.
        finder: its name and arguments; see `dnc_agent.networks.finders`.

    Raises:
        ValueError: if a column lies outside of an observation, or there is no such finder.
    """

    def __init__(self, inner: DNC, *, cue: int, answer: int, finder: Mapping[str, Any]) -> None:
        torch.nn.Module.__init__(self)
        self.inner, self.input_size, self.cue, self.answer = inner, inner.input_size, cue, answer
        self.finder = make_finder(inner.options.word_size, finder)
        if not (0 <= cue < self.input_size and 0 <= answer < self.input_size):
            raise ValueError(
                f"cue={shown(cue)}, answer={shown(answer)}; an observation has {self.input_size} columns"
            )
        self.feature_size = inner.feature_size + 2 * self.finder.seen

    def initial_state(self, batch_size: int) -> AnsweringState:
        """Nothing is remembered and nothing asked, for `batch_size` episodes."""
        inner = self.inner.initial_state(batch_size)
        memory = inner.memory.memory
        asked, plan = (
            memory.new_zeros(batch_size, width)
            for width in (self.finder.seen, self.finder.plan_size(memory.shape[1]))
        )
        return AnsweringState(inner, Question(asked, torch.zeros_like(memory), plan))

    def trace(self, x: Tensor, state: AnsweringState) -> tuple[Tensor, AnsweringState, dict[str, Tensor]]:
        """`step`, and the inner core's internals."""
        y, inner, internals = self.inner.trace(x, state.inner)
        question, found = self.look(x, state.question, lambda: inner.memory.memory.detach())
        return torch.cat([y, question.asked, found], -1), AnsweringState(inner, question), internals

    def look(self, x: Tensor, question: Question, memory: Callable[[], Tensor]) -> tuple[Question, Tensor]:
        """The finder's part of a step.

        Args:
            x: [B, X].
            question: before the step.
            memory: called if a question is asked; gives the words after the step [B, N, W].

        Returns:
            The question from here on, and what is found [B, S], zero where no answer is wanted.
        """
        asked, words, plan = question
        new = self._asks(x)
        if new.any():
            asked = torch.where(new[:, None], x[:, : self.finder.seen], asked)
            words = torch.where(new[:, None, None], memory(), words)
            plan = plan.index_put((new,), self.finder.plan(words[new], asked[new]))
        found, rows = torch.zeros_like(asked), x[:, self.answer] > 0
        if rows.any():
            seen = self.finder.find(words[rows], plan[rows], asked[rows], x[rows])
            found = found.index_put((rows,), seen)
        return Question(asked, words, plan), found

    def stepper(
        self, batch_size: int, *, state: AnsweringState | None = None, record: bool = False
    ) -> Stepper[AnsweringState]:
        """See `RecurrentCore.stepper`; nothing is recorded."""
        return AnsweringStepper(self, batch_size, state)

    def unroll(
        self, x: Tensor, state: AnsweringState | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, AnsweringState]:
        """See `RecurrentCore.unroll`: the inner core goes through all steps at once, all questions are planned at once.

        The memories at the questions come from a second pass without a graph.
        """
        start = check_sequence(self, x, state, reset)
        y, inner = self.inner.unroll(x, start.inner, reset)
        words, current = self._words(x, start, reset)
        asks = self._asks(x)
        asked = torch.cat([start.question.asked, x[asks][:, : self.finder.seen]])
        plan = torch.cat([start.question.plan, self.finder.plan(words[x.shape[1] :], asked[x.shape[1] :])])
        known = current >= 0
        held = asked[current.clamp(min=0)] * known.unsqueeze(-1)
        answers = (x[..., self.answer] > 0) & known
        index = current[answers]
        found = torch.zeros_like(held).index_put(
            (answers,), self.finder.find(words[index], plan[index], asked[index], x[answers])
        )
        last, blank = current[-1], self.initial_state(x.shape[1]).question
        ended = Question(asked[last], words[last], plan[last])
        question = reset_where(last < 0, blank, ended)
        return torch.cat([y, held, found], -1), AnsweringState(inner, question)

    @torch.no_grad()
    def _words(self, x: Tensor, start: AnsweringState, reset: Tensor | None) -> tuple[Tensor, Tensor]:
        """The memories at all questions, those of the start first [B + Q, N, W]; which one holds when [T, B], or -1."""
        batch = x.shape[1]
        stepper = self.inner.stepper(batch, state=start.inner)
        current = torch.arange(batch, device=x.device)
        parts, history, count = [start.question.words], [], batch
        asks = self._asks(x)
        last = int(asks.any(1).nonzero().max()) if asks.any() else -1
        for t in range(len(x)):
            if reset is not None and reset[t].any():
                current = current.masked_fill(reset[t], -1)
                if t <= last:
                    stepper.reset(reset[t])
            if t <= last:
                stepper.step(x[t])
            if asks[t].any():
                rows = asks[t].nonzero().squeeze(-1)
                parts.append(stepper.state().memory.memory[rows])
                current = current.index_copy(0, rows, torch.arange(count, count + len(rows), device=x.device))
                count += len(rows)
            history.append(current)
        return torch.cat(parts), torch.stack(history)

    def _asks(self, x: Tensor) -> Tensor:
        """Where a question is asked: x [..., X] to [...] bool."""
        return (x[..., self.cue] > 0) & (x[..., : self.finder.seen].amax(-1) > 0)


class AnsweringStepper:
    """Acts on the inner core's stepper; records nothing.

    Args:
        core: to step.
        batch_size: B.
        state: where to start; None is the initial state.
    """

    records, stale = False, False

    def __init__(self, core: AnsweringCore, batch_size: int, state: AnsweringState | None) -> None:
        self._core = core
        self._inner = core.inner.stepper(batch_size, state=None if state is None else state.inner)
        with torch.no_grad():
            self._initial = core.initial_state(batch_size).question
        self._question = self._initial if state is None else map_state(Tensor.detach, state.question)

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """One step: x [B, X] to y [B, Y]."""
        y = self._inner.step(x)
        self._question, found = self._core.look(x, self._question, lambda: self._inner.state().memory.memory)
        return torch.cat([y, self._question.asked, found], -1)

    def reset(self, mask: Tensor | None = None) -> None:
        """Let elements start from the initial state; mask [B] bool, None means all."""
        self._inner.reset(mask)
        self._question = self._initial if mask is None else reset_where(mask, self._initial, self._question)

    def state(self) -> AnsweringState:
        """The current state."""
        return AnsweringState(self._inner.state(), self._question)

    def features(self) -> Tensor:
        """Refused: nothing is recorded.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("this stepper does not record")
