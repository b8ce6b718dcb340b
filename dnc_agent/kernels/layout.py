"""Where things lie in the flat rows that the kernels keep per step and batch element.

The *record* of a step holds the small vectors of the memory after that step. N locations, R heads:

    usage N | write weighting N | precedence N | read weightings R N        the state
    row norms N                                                             of the memory after the step
    write content N | write cosines N                                       the write look-up
    read content R N | read cosines R N                                     the read look-ups
    masked write norms N | masked read norms R N                            with masked look-ups only

The *carry* is the gradient of the state part, laid out alike.
"""

from typing import Any

from dnc_agent.kernels.jit import helper


def state_size(locations: int, heads: int) -> int:
    """Length of the state part of a record, and of a carry."""
    return (3 + heads) * locations


def record_size(locations: int, heads: int, masked: bool) -> int:
    """Length of a record."""
    return (6 + 3 * heads + (1 + heads if masked else 0)) * locations


def scratch_size(locations: int, word: int, heads: int, xi_size: int) -> int:
    """Length of the scratch row that the memory kernels use, enough for either direction."""
    return xi_size + (8 + 5 * heads) * locations + (4 + 3 * heads) * word + 4 * heads


@helper
def split_state(row: Any, n: int, heads: int) -> Any:
    """(usage [N], write weighting [N], precedence [N], read weightings [R, N]) of a record or carry."""
    reads = row[3 * n : (3 + heads) * n].reshape(heads, n)
    return row[:n], row[n : 2 * n], row[2 * n : 3 * n], reads


@helper
def split_lookups(row: Any, n: int, heads: int) -> Any:
    """(norms, write content, its cosines, each [N]; read content, its cosines, each [R, N]) of a record."""
    at = (3 + heads) * n
    norms, content, cosines = row[at : at + n], row[at + n : at + 2 * n], row[at + 2 * n : at + 3 * n]
    at += 3 * n
    read_content = row[at : at + heads * n].reshape(heads, n)
    read_cosines = row[at + heads * n : at + 2 * heads * n].reshape(heads, n)
    return norms, content, cosines, read_content, read_cosines


@helper
def split_masked_norms(row: Any, n: int, heads: int) -> Any:
    """(write norms [N], read norms [R, N]) of a record with masked look-ups."""
    at = (6 + 3 * heads) * n
    return row[at : at + n], row[at + n : at + (1 + heads) * n].reshape(heads, n)


@helper
def split_keys(xi: Any, word: int, heads: int) -> Any:
    """(read keys [R, W], read strengths [R], write key [W], write strength [1]) of an interface vector."""
    at = heads * word
    keys = xi[:at].reshape(heads, word)
    strengths = xi[at : at + heads]
    at += heads
    return keys, strengths, xi[at : at + word], xi[at + word : at + word + 1]


@helper
def split_write(xi: Any, word: int, heads: int) -> Any:
    """(erase [W], write vector [W], free gates [R], allocation and write gate [2], modes [R, 3])."""
    at = heads * word + heads + word + 1
    erase, vector = xi[at : at + word], xi[at + word : at + 2 * word]
    at += 2 * word
    free, gates = xi[at : at + heads], xi[at + heads : at + heads + 2]
    at += heads + 2
    return erase, vector, free, gates, xi[at : at + 3 * heads].reshape(heads, 3)


@helper
def split_masks(xi: Any, word: int, heads: int) -> Any:
    """(read masks [R, W], write mask [W]) of an interface vector with masked look-ups."""
    at = heads * word + 3 * word + 5 * heads + 3
    return xi[at : at + heads * word].reshape(heads, word), xi[at + heads * word : at + (heads + 1) * word]
