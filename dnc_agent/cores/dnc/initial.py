"""Initial weights under which a DNC finds what it wrote by the name it was written under.

The network could learn this: keys that fit the written words, one name at a time. From random weights policy
gradient needs most of its first episodes for it.
"""

import torch

from dnc_agent.checks import shown
from dnc_agent.cores.dnc.core import DNC

#: What is left of the hidden units' part in words and write keys, which starts as noise.
_HIDDEN = 0.1
#: Length of a read key that a name makes, and the share that what was read last has in it: less than a name
#: that is shown. A lookup does not see the length of a key; a long one outweighs what hidden units add to it.
_KEY, _KEPT = 4.0, 0.3
#: Initial weight from the cue to the write gate: what is asked is not told, and is not to be found again.
_CUE = -8.0


@torch.no_grad()
def address_by_name(core: DNC, names: int, symbols: int, cue: int) -> None:
    """Let written words start as copies of the input, and read keys as copies of the names in it.

    A word begins with the names, then come the inputs past the symbols; with `reads_skip`, what was read last
    joins the key, so that reading goes on where a name once led it.

    Args:
        core: its interface must see the input (`interface_skip`).
        names: the first so many inputs are names.
        symbols: the first so many inputs are symbols, names among them; the others are conjunctions of them.
        cue: the input under which the write gates start closed.

    Raises:
        ValueError: if the interface does not see the input, or the sizes do not fit.
    """
    chosen, inputs, words = core.options, core.input_size, core.options.word_size
    if not chosen.interface_skip:
        raise ValueError("names: read keys can start from names only with interface_skip=True")
    if not 1 <= names <= symbols <= inputs or not 0 <= cue < symbols:
        raise ValueError(
            f"names=({names!r}, {symbols!r}, {cue!r}); needed are 1 <= names <= symbols <= input size "
            f"{inputs} and a cue below symbols"
        )
    copied = [*range(names), *range(symbols, inputs)]
    if words < len(copied):
        raise ValueError(f"word_size={shown(words)}; copies of the input need at least {len(copied)}")
    rows, weight, hidden = core.interface_rows(), core.interface.weight, chosen.hidden_total
    copies = torch.zeros(words, inputs)
    copies[range(len(copied)), copied] = 1.0
    for field in ("write_vector", "write_key"):
        part = weight[rows[field]]
        part[:, :hidden] *= _HIDDEN
        part[:, hidden : hidden + inputs] = copies
        part[:, hidden + inputs :] = 0.0
        weight[rows[field]] = part
    keys = torch.zeros(chosen.read_heads, words, weight.shape[1])
    keys[:, range(names), range(hidden, hidden + names)] = _KEY
    weight[rows["read_keys"]] = keys.flatten(0, 1)
    weight[rows["write_gate"], hidden + cue] = _CUE
    if chosen.reads_skip:
        weight[rows["read_keys"], hidden + inputs :] = _KEY * _KEPT * torch.eye(chosen.reads_size)
