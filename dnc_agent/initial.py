"""Initial weights under which a DNC finds what it wrote by the name it was written under.

The network could learn this: keys that fit the written words, one name at a time. From random weights policy
gradient needs most of its first episodes for it.
"""

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from dnc_agent.core import DNC

#: Deviations of the weights to words and keys: from names, other symbols, and features made of these. In a
#: word the name weighs more than the features; symbols one by one say too little to have much.
_NAMES, _SYMBOLS, _FEATURES = 0.6, 0.05, 0.085
#: What is left of the hidden units' part in words and keys, which starts as noise.
_HIDDEN = 0.3
#: Read keys are this many times a name's code, and this share of that of what was read last: less than a name
#: that is shown. A lookup does not see the length of a key; a long one outweighs what hidden units add to it.
_KEY, _KEPT = 4.0, 0.3
#: Initial weight from the cue to the write gate: what is asked is not told, and is not to be found again.
_CUE = -8.0


@torch.no_grad()
def address_by_name(
    core: "DNC", names: int, symbols: int, cue: int, generator: torch.Generator | None = None
) -> None:
    """Let written words be codes of the input, and read keys the codes of names alone.

    With `reads_skip`, what was read last joins the key, so that reading goes on where a name once led it.

    Args:
        core: its interface must see the input (`interface_skip`).
        names: the first so many inputs are names.
        symbols: the first so many inputs are symbols, names among them; the others are features of them.
        cue: the input under which the write gates start closed.
        generator: source of the weights.

    Raises:
        ValueError: if the interface does not see the input, or the sizes do not fit.
    """
    if not core.interface_skip:
        raise ValueError("names: read keys can start from names only with interface_skip=True")
    if not 1 <= names <= symbols <= core.input_size or not 0 <= cue < symbols:
        raise ValueError(
            f"names=({names!r}, {symbols!r}, {cue!r}); needed are 1 <= names <= symbols <= input size "
            f"{core.input_size} and a cue below symbols"
        )
    rows, weight = core.interface_rows(), core.interface.weight
    hidden = core.num_layers * core.hidden_size
    for field in ("write_vector", "write_key", "read_keys"):
        part = weight[rows[field]]
        part[:, :hidden] *= _HIDDEN
        part[:, hidden : hidden + names].normal_(0.0, _NAMES, generator=generator)
        part[:, hidden + names : hidden + symbols].normal_(0.0, _SYMBOLS, generator=generator)
        part[:, hidden + symbols : hidden + core.input_size].normal_(0.0, _FEATURES, generator=generator)
        part[:, hidden + core.input_size :] = 0.0
        weight[rows[field]] = part
    named = slice(hidden, hidden + names)
    weight[rows["read_keys"]] = 0.0
    weight[rows["read_keys"], named] = _KEY * weight[rows["write_vector"], named].repeat(core.read_heads, 1)
    weight[rows["write_gate"], hidden + cue] = _CUE
    if core.reads_skip:
        own = slice(hidden + core.input_size, None)
        weight[rows["read_keys"], own] = _KEY * _KEPT * torch.eye(core.read_heads * core.word_size)
