"""The Neural Turing Machine as a recurrent core (Graves, Wayne & Danihelka 2014, arXiv:1410.5401)."""

from typing import Any

import torch
from torch import Tensor

from dnc_agent import kernels
from dnc_agent.cores.controller import DeepLSTM, amplify_input, uniform_linear
from dnc_agent.cores.dnc.addressing import content_weighting
from dnc_agent.cores.fused import FusedCore
from dnc_agent.cores.ntm import addressing
from dnc_agent.cores.ntm.interface import Addressing, interface_size, parse_interface
from dnc_agent.cores.ntm.options import EMPTY, NTMOptions
from dnc_agent.cores.ntm.state import NTMState


class NTM(FusedCore[NTMState]):
    """The Neural Turing Machine with an LSTM controller.

    At every step the controller sees [x; last reads] and tells the heads what to do. Write heads find their
    locations in the memory as it was, erase and add; read heads find theirs in the memory as it is then, and read.
    At the start of an episode every entry of the memory is `EMPTY`, and every head stands on the first location:
    a weighting that is even all over would move nowhere.

    Args:
        input_size: X.
        generator: source of the initial weights; None uses torch's global one.
        **options: see `NTMOptions`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    Options = NTMOptions
    options: NTMOptions

    def __init__(self, input_size: int, *, generator: torch.Generator | None = None, **options: Any) -> None:
        super().__init__(input_size, options)
        chosen = self.options
        reads, hidden = chosen.read_heads * chosen.word_size, chosen.num_layers * chosen.hidden_size
        self.controller = DeepLSTM(
            input_size + reads,
            chosen.hidden_size,
            chosen.num_layers,
            gradient_clip=chosen.gradient_clip,
            forget_bias=chosen.forget_bias,
            generator=generator,
        )
        amplify_input(self.controller.weights, input_size, chosen.input_gain)
        width = interface_size(chosen.word_size, chosen.heads, chosen.write_heads, chosen.shifts)
        self.interface = uniform_linear(hidden, width, bias=True, generator=generator)
        features, outputs = hidden + reads, chosen.output_size
        self.feature_size = features if outputs is None else outputs
        self.controller_size = hidden if outputs is None else outputs
        self.output = None if outputs is None else uniform_linear(features, outputs, generator=generator)

    def initial_state(self, batch_size: int) -> NTMState:
        """A controller at rest, an empty memory, all heads on its first location."""
        chosen, like = self.options, self.interface.weight
        weightings = like.new_zeros(batch_size, chosen.heads, chosen.memory_size)
        weightings[..., 0] = 1.0
        written, read = weightings.split((chosen.write_heads, chosen.read_heads), dim=1)
        return NTMState(
            self.controller.initial_state(batch_size),
            like.new_full((batch_size, chosen.memory_size, chosen.word_size), EMPTY),
            written,
            read,
            like.new_full((batch_size, chosen.read_heads, chosen.word_size), EMPTY),
        )

    def step(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        y, state, _ = self.trace(x, state)
        return y, state

    def trace(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState, dict[str, Tensor]]:
        """`step`, and what the heads did.

        Returns:
            `(y [B, Y], state, internals)`. Internals, V write heads, R read heads, S shifts: `memory` [B, N, W];
            `write_weighting` [B, N] (`write_weightings` [B, V, N] of several heads) and `read_weightings`
            [B, R, N]; for both `write_` and `read_`: `strengths`, `gates`, `sharpening` [B, V or R], `shifts`
            [B, V or R, S] and `content_weightings` [B, V or R, N]; `erase` and `add` [B, V, W].
        """
        chosen = self.options
        h, controller = self.controller(torch.cat([x, state.reads.flatten(1)], -1), state.controller)
        interface = parse_interface(
            self.interface(h), chosen.word_size, chosen.heads, chosen.write_heads, chosen.shifts
        )
        writing = interface.addressing.heads(0, chosen.write_heads)
        write_content, written = _address(writing, state.memory, state.write_weightings)
        memory = addressing.write(state.memory, written, interface.erase, interface.add)
        reading = interface.addressing.heads(chosen.write_heads, chosen.heads)
        read_content, read = _address(reading, memory, state.read_weightings)
        reads = addressing.read(memory, read)
        features = torch.cat([h, reads.flatten(1)], -1)
        y = features if self.output is None else self.output(features)
        internals = {
            "memory": memory,
            "read_weightings": read,
            "write_content_weightings": write_content,
            "read_content_weightings": read_content,
            "erase": interface.erase,
            "add": interface.add,
        }
        if chosen.write_heads == 1:
            internals["write_weighting"] = written[:, 0]
        else:
            internals["write_weightings"] = written
        for kind, told in (("write", writing), ("read", reading)):
            internals |= {
                f"{kind}_strengths": told.strengths,
                f"{kind}_gates": told.gates,
                f"{kind}_shifts": told.shifts,
                f"{kind}_sharpening": told.powers,
            }
        return y, NTMState(controller, memory, written, read, reads), internals

    def _unroll_fused(
        self, x: Tensor, state: NTMState | None, reset: Tensor | None
    ) -> tuple[Tensor, NTMState]:
        before = self.initial_state(x.shape[1]) if state is None else state
        return kernels.unroll_ntm(*self.for_kernels(), x, before, reset)

    def for_kernels(self) -> tuple[kernels.NTMPlan, list[Tensor]]:
        """What the kernels take: sizes and options, and the parameters in their order."""
        parameters = [*self.controller.weights, *self.controller.biases, *self.interface.parameters()]
        return kernels.NTMPlan.of(self.input_size, self.options), parameters


def _address(told: Addressing, memory: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:
    """Content weightings and final weightings, each [B, heads, N] (equations 5 to 9)."""
    content = content_weighting(memory, told.keys, told.strengths)
    gated = addressing.interpolate(content, previous, told.gates)
    return content, addressing.sharpen(addressing.shift(gated, told.shifts), told.powers)
