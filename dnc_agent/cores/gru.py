"""A gated recurrent unit (Cho et al. 2014) on the recurrent-core contract: how little a new core takes."""

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dnc_agent.cores.contract import RecurrentCore, check_sequence
from dnc_agent.cores.controller import amplify_input, uniform_linear
from dnc_agent.cores.options import check_gain, check_optional_sizes, check_sizes


@dataclass(frozen=True)
class GRUOptions:
    """Options of the GRU core.

    Attributes:
        output_size: Y; None leaves the output layer out and returns the hidden units.
        hidden_size: H, units.
        input_gain: factor of the initial weights on the input (`dnc_agent.cores.controller.amplify_input`).

    Raises:
        ValueError: naming the option that is out of range.
    """

    output_size: int | None = None
    hidden_size: int = 256
    input_gain: float = 1.0

    def __post_init__(self) -> None:
        check_sizes(hidden_size=self.hidden_size)
        check_optional_sizes(output_size=self.output_size)
        check_gain(self.input_gain)


class GRUState(NamedTuple):
    """What a GRU carries from step to step."""

    hidden: Tensor  #: [B, H]


class GRU(RecurrentCore[GRUState]):
    """One layer of torch's gated recurrent units; weights start uniform in +-1/sqrt(fan-in), biases at zero.

    Args:
        input_size: X.
        generator: source of the initial weights; None uses torch's global one.
        **options: see `GRUOptions`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    Options = GRUOptions
    options: GRUOptions

    def __init__(self, input_size: int, *, generator: torch.Generator | None = None, **options: Any) -> None:
        super().__init__(input_size, options)
        size, outputs = self.options.hidden_size, self.options.output_size
        # The cell's own initialisation would draw from the global generator.
        self.cell = nn.utils.skip_init(nn.GRUCell, input_size, size, device=torch.get_default_device())
        for parameter in self.cell.parameters():
            bound = (input_size + size) ** -0.5 if parameter.dim() > 1 else 0.0
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        amplify_input([self.cell.weight_ih], input_size, self.options.input_gain)
        self.output = None if outputs is None else uniform_linear(size, outputs, generator=generator)
        self.feature_size = size if outputs is None else outputs

    def initial_state(self, batch_size: int) -> GRUState:
        """At rest: all zero."""
        return GRUState(self.cell.bias_hh.new_zeros(batch_size, self.options.hidden_size))

    def step(self, x: Tensor, state: GRUState) -> tuple[Tensor, GRUState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        hidden = self.cell(x, state.hidden)
        return hidden if self.output is None else self.output(hidden), GRUState(hidden)

    def unroll(
        self, x: Tensor, state: GRUState | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, GRUState]:
        """A whole sequence, on a CPU in one call from reset to reset; see `RecurrentCore.unroll`."""
        before = check_sequence(self, x, state, reset).hidden
        if x.is_cuda:  # there the call learns in its training mode alone, and wants all weights in one piece
            return super().unroll(x, state, reset)
        cell, one_way = self.cell, (True, 1, 0.0, False, False, False)
        parameters = [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh]
        fresh = [] if reset is None else reset.any(1).nonzero().flatten().tolist()
        parts = []
        for first, last in itertools.pairwise([0, *(t for t in fresh if t), len(x)]):
            if reset is not None:
                before = before.masked_fill(reset[first].unsqueeze(-1), 0.0)
            part, after = torch.gru(x[first:last], before.unsqueeze(0), parameters, *one_way)
            parts.append(part)
            before = after[0]
        hidden = torch.cat(parts)
        return hidden if self.output is None else self.output(hidden), GRUState(before)
