"""Initial weights under which a DNC finds what it wrote by the name it was written under.

The network could learn this: keys that fit the written words, one name at a time. From random weights policy
gradient needs most of its first episodes for it.
"""

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from dnc_agent.core import DNC

#: Deviations of the weights to words and keys: from names, other symbols, and features made of these. In a word,
#: name and features have parts of like size; symbols one by one say too little to have much.
_NAMES, _SYMBOLS, _FEATURES = 0.3, 0.05, 0.085
#: What is left of the hidden units' part in words and keys, which starts as noise.
_HIDDEN = 0.3


@torch.no_grad()
def address_by_name(core: "DNC", names: int, symbols: int, generator: torch.Generator | None = None) -> None:
    """Let written words be codes of the input, and read keys the codes of names alone.

    Args:
        core: its interface must see the input (`interface_skip`).
        names: the first so many inputs are names.
        symbols: the first so many inputs are symbols, names among them; the others are features of them.
        generator: source of the weights.

    Raises:
        ValueError: if the interface does not see the input, or the sizes do not fit.
    """
    if not core.interface_skip:
        raise ValueError("names: read keys can start from names only with interface_skip=True")
    if not 1 <= names <= symbols <= core.input_size:
        raise ValueError(
            f"names={names!r}, symbols={symbols!r}; 1 <= names <= symbols <= input size {core.input_size}"
        )
    rows, weight = core.interface_rows(), core.interface.weight
    hidden = core.num_layers * core.hidden_size
    for field in ("write_vector", "write_key", "read_keys"):
        part = weight[rows[field]]
        part[:, :hidden] *= _HIDDEN
        part[:, hidden : hidden + names].normal_(0.0, _NAMES, generator=generator)
        part[:, hidden + names : hidden + symbols].normal_(0.0, _SYMBOLS, generator=generator)
        part[:, hidden + symbols :].normal_(0.0, _FEATURES, generator=generator)
        weight[rows[field]] = part
    named = slice(hidden, hidden + names)
    weight[rows["read_keys"], hidden:] = 0.0
    weight[rows["read_keys"], named] = weight[rows["write_vector"], named].repeat(core.read_heads, 1)
