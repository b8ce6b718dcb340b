"""Planning over words: against plain loops, and on a graph whose words are known."""

import math

import pytest
import torch

from dnc_agent.networks.planner import FAINT, NOWHERE, MemoryPlanner

LABELS, WIDTH, SLOTS = 3, 4, 3
SEEN = LABELS * WIDTH
FIRST = SEEN + 2


def make(**changed):
    arguments = {"labels": (LABELS, WIDTH), "slots": (FIRST, SLOTS), "slot_label": 1, "sweeps": 3}
    return MemoryPlanner(SEEN + 1, **(arguments | changed))


def triples(*rows):
    """Words of one-hot labels (begin, name, end); -1 is blank."""
    words = torch.zeros(len(rows), SEEN + 1)
    for word, row in zip(words, rows, strict=True):
        for place, label in enumerate(row):
            if label >= 0:
                word[place * WIDTH + label] = 1.0
    return words


def observation(here, goal, signs):
    seen = torch.zeros(FIRST + SLOTS * WIDTH)
    seen[:SEEN] = triples((here, -1, goal))[0, :SEEN]
    for slot, label in enumerate(signs):
        seen[FIRST + slot * WIDTH + label] = 1.0
    return seen


def knowing(planner):
    """What policy gradient has to find: which label plays which part."""
    with torch.no_grad():
        for name, gates in {
            "begin": [1, 0, 0],
            "end": [0, 0, 1],
            "wanted": [0, 0, 1],
            "name": [1, 1, 0],
            "slot": [1, 1, 0],
        }.items():
            getattr(planner, name).copy_(torch.tensor(gates, dtype=torch.float32))
    return planner


def sigmoid_log(x):
    return -math.log1p(math.exp(-x))


def by_loops(planner, words, seen):
    """Values of one memory, number by number."""

    def one(vector, gates):
        total = [sum(gates[k] * vector[k * WIDTH + d] for k in range(LABELS)) for d in range(WIDTH)]
        length = math.sqrt(sum(x * x for x in total))
        return [x / max(length, 1e-12) for x in total]

    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    begin, end, wanted = (getattr(planner, name).tolist() for name in ("begin", "end", "wanted"))
    strength, even = planner.log_strength.exp().tolist(), planner.even.tolist()
    rows = words.tolist()
    used = [math.sqrt(sum(x * x for x in row[:SEEN])) > FAINT for row in rows]
    to = one(seen.tolist(), wanted)
    first = [sigmoid_log(strength[0] * (dot(one(row, end), to) - even[0])) for row in rows]
    values = list(first)
    for _ in range(planner.sweeps):
        before = list(values)
        for i, row in enumerate(rows):
            for j, other in enumerate(rows):
                if used[j]:
                    link = sigmoid_log(strength[1] * (dot(one(row, end), one(other, begin)) - even[1]))
                    values[i] = max(values[i], link + before[j] - math.exp(planner.log_effort.item()))
    return [max(v, NOWHERE) if u else NOWHERE for v, u in zip(values, used, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_values_are_those_of_plain_loops(seed):
    source = torch.Generator().manual_seed(seed)
    planner = make()
    with torch.no_grad():
        for name in ("begin", "end", "wanted"):
            getattr(planner, name).copy_(torch.rand(LABELS, generator=source))
    words = torch.rand(2, 5, SEEN + 1, generator=source)
    words[0, 3] *= 0.01
    words[1, :, SEEN] = 9.0  # what lies past the labels is not looked at
    seen = torch.rand(2, FIRST + SLOTS * WIDTH, generator=source)
    found = planner.values(words, seen)
    for b in range(2):
        assert found[b].tolist() == pytest.approx(by_loops(planner, words[b], seen[b]), abs=1e-4)


def test_a_way_of_three_edges_is_found():
    planner = knowing(make())
    # 0 -a-> 1 -b-> 2 -a-> 3; 0 -b-> 0; 1 -a-> 0. What is called the same leads elsewhere from elsewhere.
    words = triples((0, 0, 1), (1, 1, 2), (2, 0, 3), (0, 1, 0), (1, 0, 0), (-1, -1, -1))[None]
    seen = observation(0, 3, [0, 1])[None]
    values = planner.values(words, seen)[0]
    assert values[2] > values[1] > values[0] > values[3]
    assert values[5] == NOWHERE
    scores = planner.scores(planner.names(words), values[None], seen)[0]
    assert scores.argmax() == 0
    assert scores[:2].tolist() == pytest.approx([values[0].item(), values[3].item()], abs=0.05)
    assert scores[2] == NOWHERE
    short = knowing(make(sweeps=1))
    assert short.values(words, seen)[0, 0] < values[0] - 1  # three edges are too far for one sweep


def test_every_gate_is_learned():
    planner = make()
    words = triples((0, 0, 1), (1, 1, 2), (2, 0, 3), (0, 1, 0))[None]
    seen = observation(0, 3, [0, 1])[None]
    scores = planner.scores(planner.names(words), planner.values(words, seen), seen)
    (scores[0, 0] - scores[0, 1]).backward()
    for name, parameter in planner.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    for name in ("begin", "end", "wanted", "name", "slot"):
        assert getattr(planner, name).grad.abs().max() > 0, name


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": (4, WIDTH)}, "labels=.*a word has 13 columns"),
        ({"slot_label": 3}, "slot_label=3"),
        ({"slots": (SEEN - 1, SLOTS)}, "slots="),
        ({"sweeps": 0}, "sweeps"),
    ],
)
def test_refusals(changed, message):
    with pytest.raises(ValueError, match=message):
        make(**changed)
