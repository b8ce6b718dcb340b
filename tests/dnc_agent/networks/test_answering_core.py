"""An answering core: unrolled like stepped, and finders that find what a search by hand finds."""

from collections import deque

import numpy as np
import pytest
import torch

from dnc_agent.cores.contract import flatten_state
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.networks.answering_core import AnsweringCore
from dnc_agent.networks.finders import PathFinder, RelationFinder, make_finder
from shrdlu_env.graphs.coding import encode

WIDTH, CUE, ANSWER, INPUTS = 30, 90, 91, 92


def make_core(name: str, seed: int = 0) -> AnsweringCore:
    generator = torch.Generator().manual_seed(seed)
    inner = DNC(INPUTS, generator=generator, hidden_size=8, memory_size=6, word_size=92, read_heads=2)
    core = AnsweringCore(inner, cue=CUE, answer=ANSWER, finder={"name": name, "width": WIDTH})
    with torch.no_grad():
        for parameter in core.finder.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return core


def make_inputs(steps: int, batch: int) -> torch.Tensor:
    rng = np.random.default_rng(3)
    x = torch.zeros(steps, batch, INPUTS)
    x[..., :90] = torch.as_tensor(encode(rng.integers(-1, 1000, (steps, batch, 3))))
    x[..., CUE] = torch.as_tensor(rng.random((steps, batch)) < 0.3)
    x[..., ANSWER] = torch.as_tensor(rng.random((steps, batch)) < 0.4)
    x[rng.random((steps, batch)) < 0.2] = 0.0
    return x


@pytest.mark.parametrize("name", ["path", "relation"])
@pytest.mark.parametrize("resets", [False, True])
@pytest.mark.parametrize("middle", [False, True])
def test_unrolled_like_stepped(name: str, resets: bool, middle: bool) -> None:
    core, x = make_core(name), make_inputs(14, 3)
    reset = torch.zeros(14, 3, dtype=torch.bool)
    if resets:
        reset[0, 0] = reset[5, 1] = reset[9, 2] = reset[13, 0] = True
    state = None
    if middle:
        _, state = core.unroll(make_inputs(5, 3))
    wanted, ended = super(AnsweringCore, core).unroll(x, state, reset)
    found, end = core.unroll(x, state, reset)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(flatten_state(end), flatten_state(ended), rtol=1e-4, atol=1e-5)
    stepper = core.stepper(3, state=state)
    for t in range(14):
        if reset[t].any():
            stepper.reset(reset[t])
        torch.testing.assert_close(stepper.step(x[t]), wanted[t], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(flatten_state(stepper.state()), flatten_state(ended), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["path", "relation"])
def test_gradients_of_the_unrolled_core_are_those_of_steps(name: str) -> None:
    core, x = make_core(name), make_inputs(10, 2)
    found = []
    for unroll in (core.unroll, super(AnsweringCore, core).unroll):
        core.zero_grad()
        y, _ = unroll(x)
        (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum().backward()
        found.append(
            {k: torch.zeros(()) if p.grad is None else p.grad.clone() for k, p in core.named_parameters()}
        )
    assert found[0].keys() == found[1].keys()
    for key, gradient in found[0].items():
        torch.testing.assert_close(
            gradient, found[1][key], rtol=1e-3, atol=1e-4, msg=lambda m, key=key: f"{key}: {m}"
        )


def random_graph(rng: np.random.Generator, nodes: int) -> np.ndarray:
    labels = rng.permutation(1000)[:nodes]
    triples = []
    for node in range(nodes):
        others = rng.permutation([n for n in range(nodes) if n != node])[:3]
        edges = rng.permutation(labels)[:3]
        triples += [(labels[node], edge, labels[other]) for edge, other in zip(edges, others, strict=True)]
    return np.array(triples)


def distances_to(goal: int, triples: np.ndarray) -> dict[int, int]:
    found, queue = {goal: 0}, deque([goal])
    while queue:
        node = queue.popleft()
        for source, _, end in triples:
            if end == node and source not in found:
                found[source] = found[node] + 1
                queue.append(source)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_path_finder_takes_a_move_that_a_search_would_take(seed: int) -> None:
    rng = np.random.default_rng(seed)
    triples = random_graph(rng, 9)
    finder = PathFinder(92, width=WIDTH)
    with torch.no_grad():
        finder.log_strength += 2.0
        finder.log_sharpness += 2.0
        finder.even.fill_(0.85)  # two digits of three are not the same label
    words = torch.zeros(1, len(triples) + 4, 92)
    words[0, : len(triples), :90] = torch.as_tensor(encode(triples))
    goal = int(triples[-1, 2])
    distance = distances_to(goal, triples)
    for node in {int(source) for source in triples[:, 0]} - {goal}:
        if distance.get(node, 99) > 5:
            continue
        asked = torch.as_tensor(encode(np.array([[node, -1, goal]])))
        blank = torch.zeros(1, INPUTS)
        plan = finder.plan(words, asked)
        found = finder.find(words, plan, asked, blank)
        at = int((words[0, :, :90] @ found[0]).argmax())
        assert triples[at, 0] == node
        assert distance[int(triples[at, 2])] == distance[node] - 1
        # Later the observation says where the walk stands, wherever it began.
        last = torch.zeros(1, INPUTS)
        last[0, :90] = torch.as_tensor(encode(np.array([int(triples[0, 0]), 5, node])))
        elsewhere = torch.as_tensor(encode(np.array([[int(triples[0, 0]), -1, goal]])))
        torch.testing.assert_close(finder.find(words, plan, elsewhere, last), found)


def test_a_relation_finder_goes_where_its_table_says() -> None:
    finder = RelationFinder(92, width=WIDTH)
    triples = np.array(
        [(100, 3, 200), (100, 4, 300), (200, 3, 300), (200, 4, 400), (300, 3, 500), (300, 4, 100)]
    )
    words = torch.zeros(1, 8, 92)
    words[0, :6, :90] = torch.as_tensor(encode(triples))
    with torch.no_grad():
        finder.log_strength += 2.0
        finder.goes_on.fill_(-20.0)
        finder.goes_on[123, :3] = 20.0
        for move, edge in enumerate((4, 3, 4)):
            finder.names[123, move, 20 + edge] = 30.0
    where = {(s, e): d for s, e, d in triples.tolist()}
    asked = torch.as_tensor(encode(np.array([[300, 123, -1]])))
    end = where[where[where[300, 4], 3], 4]
    found = finder.find(words, finder.plan(words, asked), asked, torch.zeros(1, INPUTS))
    torch.testing.assert_close(found, torch.as_tensor(encode(np.array([[300, 123, end]]))), atol=1e-3, rtol=0)
    # Another relation has a row of its own, which goes nowhere.
    asked = torch.as_tensor(encode(np.array([[300, 124, -1]])))
    found = finder.find(words, finder.plan(words, asked), asked, torch.zeros(1, INPUTS))
    torch.testing.assert_close(found[0, 60:], torch.as_tensor(encode(np.array([[300, 124, 300]])))[0, 60:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "maze", "width": 30}, "finder='maze'; allowed are path, relation"),
        ({"name": "path", "width": 31}, "a word has 92 columns"),
        ({"name": "relation", "width": 29}, "width=29"),
        ({"name": "relation", "width": 30, "colour": 1}, "colour"),
        ({"width": 30}, "finder=None"),
    ],
)
def test_odd_finders_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_finder(92, arguments)


def test_columns_outside_of_an_observation_are_refused() -> None:
    inner = DNC(INPUTS, hidden_size=8, memory_size=6, word_size=92, read_heads=1)
    with pytest.raises(ValueError, match="cue=92"):
        AnsweringCore(inner, cue=92, answer=91, finder={"name": "path", "width": 30})
