"""One name for what dense and sparse links both can do; numba picks by the type of the links.

Dense links are a tuple ([..., N, N],); sparse ones (index [..., N, C], value [..., N, C], count [..., N]).
Their gradients are ([B, N, N],), or (of the entries [B, N, C], of the initial links [B, N, N] or, where those
are not wanted, [B, 0, 0]). Tuples throughout: without reference counts a function returns views only in one.
"""

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from dnc_agent.kernels.jit import OPTIONS, helper
from dnc_agent.kernels.links import link_backward, link_forward, update_row
from dnc_agent.kernels.sparse_links import sparse_backward, sparse_forward


def links_at(links: Any, slot: int, b: int) -> Any:
    """The links of element b in a slot."""
    raise NotImplementedError


def _dense_at(links: Any, slot: int, b: int) -> Any:
    return (links[0][slot, b],)


def _sparse_at(links: Any, slot: int, b: int) -> Any:
    return links[0][slot, b], links[1][slot, b], links[2][slot, b]


@overload(links_at, jit_options=OPTIONS)
def _links_at(links: Any, slot: int, b: int) -> Callable[..., Any]:
    return _dense_at if len(links) == 1 else _sparse_at


def d_links_at(d_links: Any, b: int) -> Any:
    """The gradient of the links of element b."""
    raise NotImplementedError


def _d_dense_at(d_links: Any, b: int) -> Any:
    return (d_links[0][b],)


def _d_sparse_at(d_links: Any, b: int) -> Any:
    return d_links[0][b], d_links[1][b]


@overload(d_links_at, jit_options=OPTIONS)
def _d_links_at(d_links: Any, b: int) -> Callable[..., Any]:
    return _d_dense_at if len(d_links) == 1 else _d_sparse_at


@helper
def _fill_zero(array: Any) -> None:
    for i in range(array.shape[0]):
        for j in range(array.shape[1]):
            array[i, j] = 0


def clear_d_links(d_link: Any) -> None:
    """Set the gradient of one element's links to zero."""
    raise NotImplementedError


def _clear_dense(d_link: Any) -> None:
    _fill_zero(d_link[0])


def _clear_sparse(d_link: Any) -> None:
    _fill_zero(d_link[0])
    _fill_zero(d_link[1])


@overload(clear_d_links, jit_options=OPTIONS)
def _clear_d_links(d_link: Any) -> Callable[..., Any]:
    return _clear_dense if len(d_link) == 1 else _clear_sparse


def update_links(before: Any, after: Any, weighting: Any, precedence: Any, space: Any) -> None:
    """The link update alone."""
    raise NotImplementedError


def _update_dense(before: Any, after: Any, weighting: Any, precedence: Any, space: Any) -> None:
    for i in range(weighting.shape[0]):
        update_row(before[0][i], after[0][i], i, weighting, precedence)


def _update_sparse(before: Any, after: Any, weighting: Any, precedence: Any, space: Any) -> None:
    none = space[3][:0]
    sparse_forward(before, after, weighting, precedence, none, none, none, space)


@overload(update_links, jit_options=OPTIONS)
def _update_links(before: Any, after: Any, weighting: Any, precedence: Any, space: Any) -> Callable[..., Any]:
    return _update_dense if len(before) == 1 else _update_sparse


def follow_links(
    before: Any,
    after: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    forward: Any,
    backward: Any,
    space: Any,
) -> None:
    """`link_forward` or `sparse_forward`."""
    raise NotImplementedError


def _follow_dense(
    before: Any,
    after: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    forward: Any,
    backward: Any,
    space: Any,
) -> None:
    link_forward(before[0], after[0], weighting, precedence, reads, forward, backward)


def _follow_sparse(
    before: Any,
    after: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    forward: Any,
    backward: Any,
    space: Any,
) -> None:
    sparse_forward(before, after, weighting, precedence, reads, forward, backward, space)


@overload(follow_links, jit_options=OPTIONS)
def _follow_links(
    before: Any,
    after: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    forward: Any,
    backward: Any,
    space: Any,
) -> Callable[..., Any]:
    return _follow_dense if len(before) == 1 else _follow_sparse


def follow_links_backward(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    space: Any,
    rows: Any,
    d_link: Any,
    d_weighting: Any,
    d_precedence: Any,
    back: Any,
    first: bool,
) -> None:
    """`link_backward` or `sparse_backward`; back is (L^T pull, L pull, ...), first whether t is 0."""
    raise NotImplementedError


def _back_dense(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    space: Any,
    rows: Any,
    d_link: Any,
    d_weighting: Any,
    d_precedence: Any,
    back: Any,
    first: bool,
) -> None:
    link_backward(
        before[0], weighting, precedence, reads, modes, pull, rows, d_link[0],
        d_weighting, d_precedence, back[0], back[1],
    )  # fmt: skip


def _back_sparse(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    space: Any,
    rows: Any,
    d_link: Any,
    d_weighting: Any,
    d_precedence: Any,
    back: Any,
    first: bool,
) -> None:
    sparse_backward(
        before, weighting, precedence, reads, modes, pull, space, d_link[0], d_link[1],
        d_weighting, d_precedence, back[0], back[1], first,
    )  # fmt: skip


@overload(follow_links_backward, jit_options=OPTIONS)
def _follow_links_backward(
    before: Any,
    weighting: Any,
    precedence: Any,
    reads: Any,
    modes: Any,
    pull: Any,
    space: Any,
    rows: Any,
    d_link: Any,
    d_weighting: Any,
    d_precedence: Any,
    back: Any,
    first: bool,
) -> Callable[..., Any]:
    return _back_dense if len(before) == 1 else _back_sparse
