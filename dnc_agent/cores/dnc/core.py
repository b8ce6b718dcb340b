"""The Differentiable Neural Computer as a recurrent core (Graves et al. 2016, Methods)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dnc_agent import kernels
from dnc_agent.cores.contract import RecurrentCore, check_sequence, check_sizes
from dnc_agent.cores.controller import ControllerState, DeepLSTM, uniform_linear
from dnc_agent.cores.dnc.initial import address_by_name
from dnc_agent.cores.dnc.interface import Interface, field_sizes, interface_size, parse_interface
from dnc_agent.cores.dnc.memory import MemoryState, initial_memory_state, memory_step

BACKENDS = ("auto", "reference", "fused")


class DNCState(NamedTuple):
    """State of controller and memory, and the last read vectors; all zero at the start of an episode."""

    controller: ControllerState
    memory: MemoryState
    reads: Tensor  #: [B, R, W]


class DNC(RecurrentCore[DNCState]):
    """The DNC. With every option at its default it is exactly the paper's.

    Args:
        input_size: X.
        output_size: Y; None leaves the output layer out and returns the features [h; r] of width
            `num_layers * hidden_size + read_heads * word_size`.
        hidden_size: H, units per controller layer.
        num_layers: controller layers.
        memory_size: N, number of locations. Weights do not depend on it.
        word_size: W, width of a location.
        read_heads: R.
        backend: "fused" (dnc_agent.kernels, compiled for a CPU; an error where they cannot run), "reference" (plain
            PyTorch, on any device), or "auto": fused where possible, else the reference.
        masked_lookup: content lookups compare under a learned mask (Csordas & Schmidhuber 2019).
        erase_on_deallocation: wipe locations that the free gates release (same source).
        interface_norm: LayerNorm on the raw interface vector (Franke et al. 2018).
        interface_skip: the interface sees the input x as well as h.
        reads_skip: it also sees the read vectors of the previous step, which the controller sees anyway. So
            keys can be made of what was just read: reading goes on where it is, past the controller.
        sparse_links: K, keep the K largest write and precedence weights in the links; None keeps all.
        interface_bias: gives the interface a learned bias; maps field names of xi (`read_keys`, `write_gate`,
            `free_gates`, ...) to initial values, 0 for the others. `read_modes` may be a triple.
            `interface_norm` comes after the bias and rescales it.
        tied_key_init: read and write keys start with the weights of the write vector, so that what is written
            can be found from the first step on.
        names: (names, symbols, cue) of `dnc_agent.cores.dnc.initial.address_by_name`, which then sets initial weights:
            written words start as copies of the input, read keys as copies of the names in it.
        forget_bias: initial bias of the controller's forget gates; above 0 it starts with a longer memory.
        gradient_clip: element-wise clip of gradients at the controller activations; None turns it off.
        tape_segment: the fused backend keeps only the state of every so many steps and computes the rest
            again in the backward pass: less memory on long sequences for one more forward pass.
        generator: source of the initial weights; None uses torch's global one.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        input_size: int,
        *,
        output_size: int | None = None,
        hidden_size: int = 256,
        num_layers: int = 1,
        memory_size: int = 32,
        word_size: int = 32,
        read_heads: int = 2,
        backend: str = "auto",
        masked_lookup: bool = False,
        erase_on_deallocation: bool = False,
        interface_norm: bool = False,
        interface_skip: bool = False,
        reads_skip: bool = False,
        sparse_links: int | None = None,
        interface_bias: Mapping[str, float | tuple[float, float, float]] | None = None,
        tied_key_init: bool = False,
        names: tuple[int, int, int] | None = None,
        forget_bias: float = 0.0,
        gradient_clip: float | None = 10.0,
        tape_segment: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_sizes(
            input_size=input_size,
            output_size=1 if output_size is None else output_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            memory_size=memory_size,
            word_size=word_size,
            read_heads=read_heads,
            sparse_links=1 if sparse_links is None else sparse_links,
            tape_segment=1 if tape_segment is None else tape_segment,
        )
        if backend not in BACKENDS:
            raise ValueError(f"backend={backend!r}; allowed are {', '.join(BACKENDS)}")
        self.input_size, self.output_size = input_size, output_size
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.memory_size, self.word_size, self.read_heads = memory_size, word_size, read_heads
        self.backend = backend
        self.masked_lookup, self.erase_on_deallocation = masked_lookup, erase_on_deallocation
        self.interface_skip, self.sparse_links = interface_skip, sparse_links
        self.reads_skip = reads_skip
        self.tape_segment = tape_segment

        reads_size = read_heads * word_size
        hidden_total = num_layers * hidden_size
        self.controller = DeepLSTM(
            input_size + reads_size,
            hidden_size,
            num_layers,
            gradient_clip=gradient_clip,
            forget_bias=forget_bias,
            generator=generator,
        )
        xi_size = interface_size(word_size, read_heads, masked_lookup)
        seen_size = hidden_total + (input_size if interface_skip else 0) + (reads_size if reads_skip else 0)
        self.interface = uniform_linear(
            seen_size, xi_size, bias=interface_bias is not None, generator=generator
        )
        self.norm = nn.LayerNorm(xi_size) if interface_norm else None
        self.feature_size = hidden_total + reads_size if output_size is None else output_size
        self.output = (
            None
            if output_size is None
            else uniform_linear(hidden_total + reads_size, output_size, generator=generator)
        )
        if tied_key_init:
            self._tie_keys()
        if names is not None:
            address_by_name(self, *names)
        if interface_bias is not None:
            self._set_interface_bias(interface_bias)

    def initial_state(self, batch_size: int) -> DNCState:
        """An empty memory and a controller at rest, for `batch_size` episodes."""
        like = self.interface.weight
        memory = initial_memory_state(
            batch_size,
            self.memory_size,
            self.word_size,
            self.read_heads,
            dtype=like.dtype,
            device=like.device,
        )
        reads = like.new_zeros(batch_size, self.read_heads, self.word_size)
        return DNCState(self.controller.initial_state(batch_size), memory, reads)

    def step(self, x: Tensor, state: DNCState) -> tuple[Tensor, DNCState]:
        """One step: x [B, X] to y [B, Y] and the next state."""
        y, state, _ = self.explain_step(x, state)
        return y, state

    def explain_step(self, x: Tensor, state: DNCState) -> tuple[Tensor, DNCState, Interface]:
        """`step`, and what the controller told the memory: y [B, Y], the next state, the interface."""
        h, controller_state = self.controller(torch.cat([x, state.reads.flatten(1)], -1), state.controller)
        seen = [h, x] if self.interface_skip else [h]
        if self.reads_skip:
            seen.append(state.reads.flatten(1))
        xi = self.interface(torch.cat(seen, -1))
        if self.norm is not None:
            xi = self.norm(xi)
        interface = parse_interface(xi, self.word_size, self.read_heads, self.masked_lookup)
        reads, memory_state = memory_step(
            interface,
            state.memory,
            erase_on_deallocation=self.erase_on_deallocation,
            sparse_links=self.sparse_links,
        )
        features = torch.cat([h, reads.flatten(1)], -1)
        y = features if self.output is None else self.output(features)
        return y, DNCState(controller_state, memory_state, reads), interface

    def unroll(
        self, x: Tensor, state: DNCState | None = None, reset: Tensor | None = None
    ) -> tuple[Tensor, DNCState]:
        """A whole sequence, on the backend chosen; see `RecurrentCore.unroll`.

        Raises:
            ValueError: if a shape is wrong, or if backend is "fused" and the kernels cannot run.
        """
        if self.backend == "reference":
            return super().unroll(x, state, reset)
        obstacle = kernels.supports(self, x)
        if obstacle is None:
            check_sequence(self, x, state, reset)
            return kernels.unroll(self, x, state, reset)
        if self.backend == "fused":
            raise ValueError(f"backend='fused' cannot be used here: {obstacle}")
        return super().unroll(x, state, reset)

    def extra_repr(self) -> str:
        """Sizes and backend, for `print`."""
        return (
            f"input_size={self.input_size}, memory={self.memory_size}x{self.word_size}, "
            f"read_heads={self.read_heads}, backend={self.backend}"
        )

    def interface_rows(self) -> dict[str, slice]:
        """Which rows of the interface's weights make which field of xi."""
        rows, start = {}, 0
        for name, size in field_sizes(self.word_size, self.read_heads, self.masked_lookup).items():
            rows[name] = slice(start, start + size)
            start += size
        return rows

    @torch.no_grad()
    def _tie_keys(self) -> None:
        rows, weight = self.interface_rows(), self.interface.weight
        weight[rows["write_key"]] = weight[rows["write_vector"]]
        weight[rows["read_keys"]] = weight[rows["write_vector"]].repeat(self.read_heads, 1)

    @torch.no_grad()
    def _set_interface_bias(self, values: Mapping[str, Any]) -> None:
        rows = self.interface_rows()
        for name, value in values.items():
            if name not in rows:
                raise ValueError(f"interface_bias names {name!r}; allowed are {', '.join(rows)}")
            target = self.interface.bias[rows[name]]
            fill = torch.as_tensor(value, dtype=target.dtype)
            if fill.dim() and (not fill.numel() or target.numel() % fill.numel()):
                raise ValueError(
                    f"interface_bias[{name!r}] has {fill.numel()} values for {target.numel()} entries"
                )
            target.copy_(fill.repeat(target.numel() // fill.numel()) if fill.dim() else fill)
