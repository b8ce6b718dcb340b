"""The Differentiable Neural Computer as a recurrent core (Graves et al. 2016, Methods)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from dnc_agent import kernels
from dnc_agent.cores.controller import DeepLSTM, amplify_input, uniform_linear
from dnc_agent.cores.dnc.interface import NORM_EPSILON, OF_HEADS, parse_interface
from dnc_agent.cores.dnc.memory import initial_memory_state, trace_memory
from dnc_agent.cores.dnc.options import DNCOptions
from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.cores.feedforward import FeedForward
from dnc_agent.cores.fused import FusedCore
from dnc_agent.cores.stepping import PlainStepper, Stepper


class DNC(FusedCore[DNCState]):
    """The DNC. With every option at its default it is exactly the paper's.

    Args:
        input_size: X.
        generator: source of the initial weights; None uses torch's global one.
        **options: see `DNCOptions`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    Options = DNCOptions
    options: DNCOptions

    def __init__(self, input_size: int, *, generator: torch.Generator | None = None, **options: Any) -> None:
        super().__init__(input_size, options)
        chosen = self.options
        self.controller = self._make_controller(generator)
        amplify_input(self.controller.weights, input_size, chosen.input_gain)
        xi_size = sum(chosen.field_sizes.values())
        seen_size = chosen.hidden_total + (input_size if chosen.interface_skip else 0)
        seen_size += chosen.reads_size if chosen.reads_skip else 0
        biased = chosen.interface_bias is not None
        self.interface = uniform_linear(seen_size, xi_size, bias=biased, generator=generator)
        self.norm = nn.LayerNorm(xi_size, eps=NORM_EPSILON) if chosen.interface_norm else None
        features, outputs = chosen.hidden_total + chosen.reads_size, chosen.output_size
        self.feature_size = features if outputs is None else outputs
        self.controller_size = chosen.hidden_total if outputs is None else outputs
        self.output = None if outputs is None else uniform_linear(features, outputs, generator=generator)
        if chosen.tied_key_init:
            self._tie_keys()
        if chosen.interface_bias is not None:
            self._fill("interface_bias", self.interface.bias, chosen.interface_bias)
        if self.norm is not None and chosen.norm_bias is not None:
            self._fill("norm_bias", self.norm.bias, chosen.norm_bias)

    def _make_controller(self, generator: torch.Generator | None) -> DeepLSTM | FeedForward:
        chosen = self.options
        sizes = (self.input_size + chosen.reads_size, chosen.hidden_size, chosen.num_layers)
        if chosen.controller == "feedforward":
            return FeedForward(
                *sizes,
                gradient_clip=chosen.gradient_clip,
                matmul_precision=chosen.matmul_precision,
                generator=generator,
            )
        return DeepLSTM(
            *sizes,
            gradient_clip=chosen.gradient_clip,
            forget_bias=chosen.forget_bias,
            matmul_precision=chosen.matmul_precision,
            generator=generator,
        )

    def initial_state(self, batch_size: int) -> DNCState:
        """An empty memory and a controller at rest, for `batch_size` episodes."""
        chosen, like = self.options, self.interface.weight
        memory = initial_memory_state(
            batch_size,
            chosen.memory_size,
            chosen.word_size,
            chosen.read_heads,
            temporal_links=chosen.temporal_links,
            dtype=like.dtype,
            device=like.device,
        )
        reads = like.new_zeros(batch_size, chosen.read_heads, chosen.word_size)
        return DNCState(self.controller.initial_state(batch_size), memory, reads)

    def step(self, x: Tensor, state: DNCState) -> tuple[Tensor, DNCState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        y, state, _ = self.trace(x, state)
        return y, state

    def trace(self, x: Tensor, state: DNCState) -> tuple[Tensor, DNCState, dict[str, Tensor]]:
        """`step`, and what happened in the memory.

        Returns:
            `(y [B, Y], state, internals)`. Internals are the state's `memory` [B, N, W], `usage` and
            `write_weighting` [B, N], `read_weightings` [B, R, N]; the interface's `write_gate`, `allocation_gate`,
            `write_strength` [B], `free_gates`, `read_strengths` [B, R]; `allocation_weighting`,
            `write_content_weighting` [B, N] and `read_content_weightings` [B, R, N], of which weightings are made;
            with temporal links `read_modes` [B, R, 3], `link` [B, N, N] and `precedence` [B, N].
        """
        chosen = self.options
        h, controller_state = self.controller(torch.cat([x, state.reads.flatten(1)], -1), state.controller)
        seen = [h, x] if chosen.interface_skip else [h]
        if chosen.reads_skip:
            seen.append(state.reads.flatten(1))
        xi = self.interface(torch.cat(seen, -1), chosen.matmul_precision)
        if self.norm is not None:
            xi = self.norm(xi)
        wishes = parse_interface(
            xi, chosen.word_size, chosen.read_heads, chosen.masked_lookup, chosen.temporal_links
        )
        reads, memory_state, internals = trace_memory(
            wishes,
            state.memory,
            erase_on_deallocation=chosen.erase_on_deallocation,
            sparse_links=chosen.sparse_links,
        )
        features = torch.cat([h, reads.flatten(1)], -1)
        y = features if self.output is None else self.output(features)
        return y, DNCState(controller_state, memory_state, reads), internals

    def _unroll_fused(
        self, x: Tensor, state: DNCState | None, reset: Tensor | None
    ) -> tuple[Tensor, DNCState]:
        return kernels.unroll(*self.for_kernels(), x, state, reset, segment=self.options.tape_segment)

    @property
    def can_record(self) -> bool:
        """Whether the kernels run here and keep the whole of their tape."""
        return self.options.tape_segment is None and self._runs_fused(self.interface.weight)

    def stepper(
        self, batch_size: int, *, state: DNCState | None = None, record: bool = False
    ) -> Stepper[DNCState]:
        """What acts out a batch of episodes, on the backend chosen; see `RecurrentCore.stepper`.

        Raises:
            ValueError: if backend is "fused" and the kernels cannot run.
        """
        if not self._runs_fused(self.interface.weight):
            return PlainStepper(self, batch_size, state)
        return kernels.Actor(
            *self.for_kernels(),
            batch_size,
            record=record and self.can_record,
            state=state,
            readout=self.output,
        )

    def for_kernels(self) -> tuple[kernels.Plan, list[Tensor]]:
        """What the kernels take: sizes and options, and the parameters in the order of `kernels.Plan`."""
        parameters = [*self.controller.weights, *self.controller.biases, *self.interface.parameters()]
        if self.norm is not None:
            parameters += [self.norm.weight, self.norm.bias]
        return kernels.Plan.of(self.input_size, self.options), parameters

    def extra_repr(self) -> str:
        """Sizes and backend, for `print`."""
        chosen = self.options
        return (
            f"input_size={self.input_size}, memory={chosen.memory_size}x{chosen.word_size}, "
            f"read_heads={chosen.read_heads}, backend={chosen.backend}"
        )

    def interface_rows(self) -> dict[str, slice]:
        """Which rows of the interface's weights make which field of xi."""
        rows, start = {}, 0
        for name, size in self.options.field_sizes.items():
            rows[name] = slice(start, start + size)
            start += size
        return rows

    @torch.no_grad()
    def _tie_keys(self) -> None:
        rows, weight = self.interface_rows(), self.interface.weight
        weight[rows["write_key"]] = weight[rows["write_vector"]]
        weight[rows["read_keys"]] = weight[rows["write_vector"]].repeat(self.options.read_heads, 1)

    @torch.no_grad()
    def _fill(self, option: str, bias: Tensor, values: Mapping[str, Any]) -> None:
        rows = self.interface_rows()
        for name, value in values.items():
            target = bias[rows[name]]
            fill = torch.as_tensor(value, dtype=target.dtype)
            per_head = target.numel() // (self.options.read_heads if name in OF_HEADS else 1)
            allowed = sorted({1, per_head, target.numel()})
            if fill.dim() and fill.numel() not in allowed:
                raise ValueError(
                    f"{option}[{name!r}] has {fill.numel()} values; allowed are {', '.join(map(str, allowed))}"
                )
            target.copy_(fill.repeat(target.numel() // fill.numel()) if fill.dim() else fill)
