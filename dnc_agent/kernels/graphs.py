"""The reference on a GPU as CUDA graphs: stretches of steps are recorded once and replayed as a whole.

A step is some hundred small operations, and on a GPU launching them takes longer than they do. A graph has
static buffers: a replay overwrites what the last one computed. Hence what goes out is copied, and the
backward pass replays the stretch forwards before it goes back through it, so that one graph serves any
number of stretches, sequences and backward passes in any order.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from dnc_agent.recurrent import RecurrentCore, map_state, reset_where, state_tensors

if TYPE_CHECKING:
    from dnc_agent.core import DNC, DNCState

#: Steps in the longest graph. The rest of a sequence is made up of shorter ones, each a power of two.
LONGEST = 16
#: Graphs kept per core; the least recently used one goes first.
MOST_GRAPHS = 32

#: Takes (x [S, B, X], *state) or (x, reset [S, B], *state) to (y [S, B, Y], *state).
Stretch = Callable[..., tuple[Tensor, ...]]
#: Makes a stretch that replays a graph out of one that does not, and arguments like those it will get.
Capture = Callable[["Steps", tuple[Tensor, ...]], Stretch]


class Steps(nn.Module):
    """A fixed number of steps of the reference on plain tensors: a `Stretch`.

    Args:
        core: whose steps they are.
        resets: whether it takes resets.
    """

    def __init__(self, core: DNC, resets: bool) -> None:
        super().__init__()
        self.core, self.resets = core, resets

    def forward(self, x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """See `Stretch`."""
        leaves = iter(rest[1:] if self.resets else rest)
        initial = self.core.initial_state(x.shape[1])
        state = map_state(lambda _: next(leaves), initial)
        outputs = []
        for t in range(len(x)):
            if self.resets:
                state = reset_where(rest[0][t], initial, state)
            y, state = self.core.step(x[t], state)
            outputs.append(y)
        return torch.stack(outputs), *state_tensors(state)


def capture_on_gpu(steps: Steps, sample: tuple[Tensor, ...]) -> Stretch:
    """Record forward and backward pass as CUDA graphs."""
    with torch.cuda.device(sample[0].device), torch.enable_grad():
        graphed: Any = torch.cuda.make_graphed_callables(steps, sample, allow_unused_input=True)
        return graphed


class GraphCache:
    """The graphs of one core by shape. A copy or a pickle of it is empty: graphs are bound to addresses."""

    def __init__(self) -> None:
        self._graphs: OrderedDict[Any, Stretch | None] = OrderedDict()
        self._seen: set[Any] = set()
        self._addresses: list[int] = []

    def __deepcopy__(self, memo: Any) -> GraphCache:
        return GraphCache()

    def __reduce__(self) -> Any:
        return GraphCache, ()

    @staticmethod
    def of(core: DNC) -> GraphCache:
        """The core's own."""
        cache: GraphCache = core.__dict__.setdefault("_graphs", GraphCache())
        addresses = [parameter.data_ptr() for parameter in core.parameters() if parameter.requires_grad]
        if addresses != cache._addresses:
            # Graphs read parameters where they were when they were recorded.
            cache._graphs.clear()
            cache._addresses = addresses
        return cache

    def worthwhile(self, x: Tensor) -> bool:
        """False where a batch of this size comes for the first time: recording takes longer than one use."""
        key = (x.shape[1], x.dtype, x.device)
        known = key in self._seen
        self._seen.add(key)
        return known

    def get(self, core: DNC, x: Tensor, resets: bool, capture: Capture) -> Stretch | None:
        """The graph for this stretch x [S, B, X], recorded if need be; None where that is impossible."""
        key = (tuple(x.shape[:2]), x.dtype, x.device, resets)
        if key not in self._graphs:
            try:
                self._graphs[key] = capture(Steps(core, resets), _sample(core, x, resets))
            except RuntimeError as error:
                reason = str(error).partition("\n")[0]
                warnings.warn(
                    f"CUDA graphs cannot be used here, steps run one by one: {reason}", stacklevel=2
                )
                self._graphs[key] = None
        self._graphs.move_to_end(key)
        while len(self._graphs) > MOST_GRAPHS:
            self._graphs.popitem(last=False)
        return self._graphs[key]


def _sample(core: DNC, x: Tensor, resets: bool) -> tuple[Tensor, ...]:
    """Arguments like those of the stretch in buffers of their own, which the graph takes for its input."""
    flags = [torch.zeros(x.shape[:2], dtype=torch.bool, device=x.device)] if resets else []
    state = state_tensors(core.initial_state(x.shape[1]))
    floats = [torch.zeros_like(x, memory_format=torch.contiguous_format), *state]
    first, *leaves = (part.detach().clone().requires_grad_() for part in floats)
    return first, *flags, *leaves


class Replay(torch.autograd.Function):
    """`(stretch, number of arguments, *arguments, *parameters)` to what the stretch computes."""

    @staticmethod
    def forward(ctx: Any, stretch: Stretch, count: int, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Replay forwards and keep the arguments."""
        ctx.stretch, ctx.count = stretch, count
        ctx.save_for_backward(*tensors)
        return tuple(output.clone() for output in stretch(*tensors[:count]))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Replay forwards, then backwards."""
        arguments, parameters = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        with torch.enable_grad():
            inputs = [
                part.detach().requires_grad_() if part.is_floating_point() else part for part in arguments
            ]
            outputs = ctx.stretch(*inputs)
            kept = [(out, d) for out, d in zip(outputs, d_outputs, strict=True) if out.requires_grad]
            wanted = [part for part in (*inputs, *parameters) if part.requires_grad]
            found = iter(
                torch.autograd.grad([out for out, _ in kept], wanted, [d for _, d in kept], allow_unused=True)
            )
        gradients = [next(found) if part.requires_grad else None for part in (*inputs, *parameters)]
        return None, None, *(None if d is None else d.clone() for d in gradients)


def supports(core: DNC, x: Tensor) -> str | None:
    """Why the core cannot be replayed for this input; None if it can be tried."""
    weight = core.interface.weight
    if x.device.type != "cuda" or weight.device != x.device:
        return f"x is on {x.device} and the core on {weight.device}; CUDA graphs need both on one GPU"
    if weight.dtype not in (torch.float32, torch.float64) or x.dtype != weight.dtype:
        return f"x has {x.dtype} and the core {weight.dtype}; CUDA graphs take float32 or float64 for both"
    if torch.is_autocast_enabled("cuda") or torch.is_inference_mode_enabled():
        return "CUDA graphs go with neither autocast nor inference mode"
    if torch.cuda.is_current_stream_capturing():
        return "a CUDA graph is being captured already"
    return None


def stretches(steps: int, longest: int = LONGEST) -> list[int]:
    """Lengths that add up to so many steps: the longest one repeated, then powers of two, each once."""
    found = [longest] * (steps // longest)
    rest = steps % longest
    while rest:
        found.append(1 << (rest.bit_length() - 1))
        rest -= found[-1]
    return found


def unroll(
    core: DNC,
    x: Tensor,
    state: DNCState | None,
    reset: Tensor | None = None,
    *,
    capture: Capture = capture_on_gpu,
) -> tuple[Tensor, DNCState]:
    """The whole sequence, like `DNC.unroll`, with the numbers of the reference.

    Args:
        core: what `supports` accepts.
        x: [T, B, X].
        state: before the first step; None is the initial state.
        reset: [T, B] bool; where true, the element starts from the initial state before that step.
        capture: how to record a stretch.

    Returns:
        `(y [T, B, Y], state after the last step)`.
    """
    cache = GraphCache.of(core)
    if not cache.worthwhile(x):
        return RecurrentCore.unroll(core, x, state, reset)
    structure = core.initial_state(x.shape[1]) if state is None else state
    leaves, parameters = state_tensors(structure), [p for p in core.parameters() if p.requires_grad]
    outputs, first = [], 0
    for length in stretches(len(x)):
        part = slice(first, first + length)
        flags = [] if reset is None else [reset[part]]
        arguments = [x[part], *flags, *leaves]
        stretch = cache.get(core, x[part], reset is not None, capture)
        if stretch is None:
            y, *leaves = Steps(core, reset is not None)(*arguments)
        else:
            y, *leaves = Replay.apply(stretch, len(arguments), *arguments, *parameters)
        outputs.append(y)
        first += length
    pieces = iter(leaves)
    return torch.cat(outputs), map_state(lambda _: next(pieces), structure)
