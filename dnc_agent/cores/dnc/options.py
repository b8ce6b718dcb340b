"""Options of the DNC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dnc_agent.checks import shown
from dnc_agent.cores.dnc.interface import field_sizes
from dnc_agent.cores.matmul import MATMUL_PRECISIONS
from dnc_agent.cores.options import (
    BACKENDS,
    check_choice,
    check_clip,
    check_gain,
    check_optional_sizes,
    check_sizes,
)

CONTROLLERS = ("lstm", "feedforward")


@dataclass(frozen=True)
class DNCOptions:
    """Options of the DNC. With all at their defaults it is exactly the paper's.

    Attributes:
        output_size: Y; None leaves the output layer out and returns the features [h; r] of width
            `num_layers * hidden_size + read_heads * word_size`.
        hidden_size: H, units per controller layer.
        num_layers: controller layers.
        memory_size: N, number of locations. Weights do not depend on it; `DNC.resize` changes it.
        word_size: W, width of a location.
        read_heads: R.
        backend: "fused" (dnc_agent.kernels, compiled for a CPU; an error where they cannot run), "reference" (plain
            PyTorch, on any device), or "auto": fused where possible, else the reference.
        controller: "lstm", or "feedforward": tanh units without a state (`dnc_agent.cores.feedforward`), so that
            all that is remembered lies in the memory. The latter runs on the reference only.
        temporal_links: False leaves out link matrix, precedence and read modes: heads read by content alone.
            The state then has no N x N matrix, and a step no longer costs N squared.
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
        norm_bias: initial values of the bias that `interface_norm` ends with, in the same form; there nothing rescales
            them. None: all 0.
        tied_key_init: read and write keys start with the weights of the write vector, so that what is written
            can be found from the first step on.
        forget_bias: initial bias of the controller's forget gates; above 0 it starts with a longer memory.
        input_gain: factor of the controller's initial weights on the input x, in every layer; for inputs of which
            few are on (`dnc_agent.cores.controller.amplify_input`). With `interface_skip`, the interface's own
            columns for x stay as they are.
        gradient_clip: element-wise clip of gradients at the controller activations; None turns it off.
        tape_segment: the fused backend keeps only the state of every so many steps and computes the rest
            again in the backward pass: less memory on long sequences for one more forward pass.
        matmul_precision: "fp32", or "bf16": the factors of matrix products of controller and interface are rounded to
            bfloat16, sums are float32, and so is all else. Twice as fast on processors that have it; float64 is left
            alone.

    Raises:
        ValueError: naming the option that is out of range.
    """

    output_size: int | None = None
    hidden_size: int = 256
    num_layers: int = 1
    memory_size: int = 32
    word_size: int = 32
    read_heads: int = 2
    backend: str = "auto"
    controller: str = "lstm"
    temporal_links: bool = True
    masked_lookup: bool = False
    erase_on_deallocation: bool = False
    interface_norm: bool = False
    interface_skip: bool = False
    reads_skip: bool = False
    sparse_links: int | None = None
    interface_bias: Mapping[str, float | Sequence[float]] | None = None
    norm_bias: Mapping[str, float | Sequence[float]] | None = None
    tied_key_init: bool = False
    forget_bias: float = 0.0
    input_gain: float = 1.0
    gradient_clip: float | None = 10.0
    tape_segment: int | None = None
    matmul_precision: str = "fp32"

    def __post_init__(self) -> None:
        check_optional_sizes(
            output_size=self.output_size, sparse_links=self.sparse_links, tape_segment=self.tape_segment
        )
        check_sizes(
            hidden_size=self.hidden_size,
            num_layers=self.num_layers,
            memory_size=self.memory_size,
            word_size=self.word_size,
            read_heads=self.read_heads,
        )
        check_choice("backend", self.backend, BACKENDS)
        check_choice("controller", self.controller, CONTROLLERS)
        check_choice("matmul_precision", self.matmul_precision, MATMUL_PRECISIONS)
        check_gain(self.input_gain)
        check_clip(self.gradient_clip)
        if self.controller == "feedforward" and self.forget_bias:
            raise ValueError(
                f"forget_bias={shown(self.forget_bias)}; a feed-forward controller forgets nothing"
            )
        if self.sparse_links is not None and not self.temporal_links:
            raise ValueError(
                f"sparse_links={shown(self.sparse_links)}; there are none with temporal_links=False"
            )
        if self.norm_bias is not None and not self.interface_norm:
            raise ValueError(f"norm_bias={shown(self.norm_bias)}; there is none without interface_norm=True")
        fields = self.field_sizes
        for option in ("interface_bias", "norm_bias"):
            for name in getattr(self, option) or ():
                if name not in fields:
                    raise ValueError(f"{option} names {name!r}; allowed are {', '.join(fields)}")

    @property
    def field_sizes(self) -> dict[str, int]:
        """Width of every field of the interface vector, in order."""
        return field_sizes(self.word_size, self.read_heads, self.masked_lookup, self.temporal_links)

    @property
    def hidden_total(self) -> int:
        """Width of all hidden activations."""
        return self.num_layers * self.hidden_size

    @property
    def reads_size(self) -> int:
        """Width of all read vectors."""
        return self.read_heads * self.word_size
