"""Scores and choices against plain loops, and what the sources draw."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dnc_agent.supervised import Categories, NetworkDescription, SupervisedAgent, act_out
from shrdlu_env.graphs.arrays import EDGES, INFERENCE, LENGTH, NODES, SHORTEST_PATH, TRAVERSAL
from shrdlu_env.graphs.coding import digits, triples
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.planner import distances
from tests.shrdlu_env.graphs.reading import Reader, triple_of
from train import experiments
from train.experiments.graphs.choosing import drawn, most_probable
from train.experiments.graphs.evaluating import BATCH, examine
from train.experiments.graphs.sources import PathSource, SequenceSource, make_sampler
from train.experiments.graphs.testing import gather
from train.settings import with_settings

TARGET = Categories([10] * 9)
RNG = np.random.default_rng


def config_of(name, **settings):
    return with_settings(experiments.find(name).default(), core="lstm", hidden_size=4, **settings)


class Knowing:
    """Stands for a network: answers walks and relations by reading, `wrong(column)` times a wrong digit."""

    def __init__(self, wrong):
        self.wrong = wrong
        self.answered = 0

    def unroll(self, inputs, state, reset, at):
        logits = torch.zeros(*inputs.shape[:2], 90)
        for b in range(inputs.shape[1]):
            reader, asked, given, due = Reader(), [], 0, 0
            start = int(np.flatnonzero(reset[:, b])[0])
            for t in range(start, len(inputs)):
                phase = reader.see(inputs[t, b].numpy())
                if phase != "answer":
                    asked, given = (reader.query, 0) if phase == "query" else (asked, given)
                    continue
                right = self.answer(reader, asked, given)
                numbers = digits(np.array(right))
                if due in self.wrong(self.answered + b):
                    numbers[8] = (numbers[8] + 1) % 10
                given, due = given + 1, due + 1
                logits[t, b] = torch.eye(10)[torch.tensor(numbers)].flatten()
        self.answered += inputs.shape[1]
        return logits[at], None

    def answer(self, reader, asked, given):
        here = asked[0][0]
        for _, edge, _ in asked[:given]:
            here = reader.ends[here, edge]
        edge = asked[given][1]
        return here, edge, reader.ends[here, edge]


class Relations(Knowing):
    def answer(self, reader, asked, given):
        from shrdlu_env.graphs.relations import SEQUENCES

        node, relation, _ = asked[0]
        here = node
        for edge in SEQUENCES[relation - 10]:
            here = reader.ends[here, edge]
        return node, relation, here


def agent_of(network):
    class Bare(torch.nn.Module):
        core = SimpleNamespace(memory_size=None)

        def unroll(self, *arguments):
            return network.unroll(*arguments)

    return SupervisedAgent(Bare(), TARGET)


def test_a_walk_is_right_when_every_triple_is():
    sampler, arguments = make_sampler(config_of("traversal"), TRAVERSAL, 5)
    episodes = sampler.generate(RNG(0), BATCH + 6)
    # Every fifth episode has its first triple wrong, two of them the second as well.
    knowing = Knowing(lambda k: {0, 1} if k % 5 == 0 else set())
    found = examine(agent_of(knowing), episodes, arguments, TRAVERSAL)
    assert len(found.right) == BATCH + 6
    assert found.accuracy == found.answers.mean() == 56 / 70
    low, high = found.interval
    assert low < 56 / 70 < high


def test_a_relation_is_one_answer_of_three():
    sampler, arguments = make_sampler(config_of("inference"), INFERENCE, 9)
    episodes = sampler.generate(RNG(0), 40)
    found = examine(
        agent_of(Relations(lambda k: {1} if k % 4 == 0 else set())), episodes, arguments, INFERENCE
    )
    assert found.accuracy == 30 / 40
    assert found.answers.mean() == pytest.approx((30 + 10 * 2 / 3) / 40)
    assert examine(agent_of(Relations(lambda k: set())), episodes, arguments, INFERENCE).accuracy == 1


class Walker:
    """Stands for a network that walks by the planner, but for the `lost` first columns, which take a bad edge."""

    def __init__(self, lost):
        self.lost = lost

    def step(self, inputs):
        readers = self.__dict__.setdefault("readers", [Reader() for _ in inputs])
        logits = torch.zeros(len(inputs), 90)
        for b, seen in enumerate(inputs.numpy()):
            if readers[b].see(seen) == "answer":
                shown = triple_of(seen)
                source, _, goal = readers[b].query[0]
                here = source if shown[2] is None else shown[2]
                best = readers[b].best(here, goal)
                if not best:
                    continue
                leaving = [(s, e, t) for (s, e), t in readers[b].ends.items() if s == here]
                bad = [triple for triple in leaving if triple not in best]
                choice = bad[0] if b < self.lost and shown[2] is None and bad else best[0]
                logits[b] = 9 * torch.eye(10)[torch.tensor(digits(np.array(choice)))].flatten()
        return logits


def test_a_path_is_right_when_none_is_shorter(monkeypatch):
    import train.experiments.graphs.evaluating as evaluating

    sampler, arguments = make_sampler(config_of("shortest-path"), SHORTEST_PATH, 9)
    episodes = sampler.generate(RNG(3), 24)
    for lost in (0, 10):
        monkeypatch.setattr(evaluating, "NetworkStepper", lambda network, count, lost=lost: Walker(lost))
        found = examine(agent_of(None), episodes, arguments, SHORTEST_PATH)
        assert found.right[lost:].all()
        assert found.arrived[lost:].all()
        assert (found.right <= found.answers).all()
        assert (found.answers <= found.arrived).all()
    assert not found.right[:lost].all()


def test_choices_are_renormalised_over_the_leaving_triples():
    rng = RNG(0)
    leaving = rng.integers(0, 1000, (5, 4, 3)).astype(np.int16)
    leaving[1, 2:] = leaving[2, 1:] = leaving[3] = -1
    raw = rng.random((5, 9, 10))
    probabilities = (raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    counts = np.zeros((5, 4))
    found = triples(most_probable(probabilities.reshape(5, 90), leaving))
    for b in range(5):
        weights = []
        for triple in leaving[b]:
            if triple[0] >= 0:
                numbers = digits(triple)
                weights.append(np.prod([probabilities[b, k, numbers[k]] for k in range(9)], dtype=float))
        if not weights:
            assert (found[b] == -1).all()
            continue
        assert (found[b] == leaving[b, int(np.argmax(weights))]).all()
        counts[b, : len(weights)] = np.array(weights) / sum(weights)
    shares = np.zeros((5, 4))
    for _ in range(4000):
        chosen = triples(drawn(probabilities.reshape(5, 90), leaving, rng))
        shares += (leaving == chosen[:, None]).all(-1) & (leaving[..., 0] >= 0)
    np.testing.assert_allclose(shares / 4000, counts, atol=0.04)


@pytest.mark.parametrize("name", ["traversal", "inference", "shortest-path"])
@pytest.mark.parametrize("lesson", [1, -1])
def test_at_least_85_percent_of_the_steps_are_useful(name, lesson):
    experiment = experiments.find(name)
    lesson = lesson % (experiment.lessons + 1)
    config = config_of(name, lesson=lesson)
    rng, steps, useful = RNG(0), 0, 0
    if name == "shortest-path":
        source = PathSource(config, SHORTEST_PATH)
        network = NetworkDescription(92, TARGET, "lstm", {"hidden_size": 3}).build(torch.Generator())
        batches = (act_out(network, TARGET, source, rng, 32, beta=0.8) for _ in range(16))
    else:
        source = SequenceSource(config, experiment.task.number)
        batches = (source.draw(rng, 32) for _ in range(16))
    for batch in batches:
        steps += batch.answer.size
        useful += batch.steps
    assert useful / steps >= 0.85


def test_lessons_of_random_graphs_mix_earlier_ones_in():
    config = config_of("traversal", lesson=14, earlier=0.5)
    source, plain = SequenceSource(config, TRAVERSAL), SequenceSource(config_of("traversal"), TRAVERSAL)
    batches = [source.draw(RNG(k), 32) for k in range(16)]
    assert min(batch.valid.sum(0).min() for batch in batches) < 40 < max(len(b.inputs) for b in batches)
    plain.set_lesson(14)
    assert max(len(plain.draw(RNG(0), 32).inputs) for _ in range(16)) > 60


@pytest.mark.parametrize(("name", "first"), [("traversal", 1), ("inference", 2), ("shortest-path", 1)])
def test_lessons_of_an_own_graph_ask_for_longer_and_longer(tmp_path, name, first):
    path = tmp_path / "ring.csv"
    path.write_text(
        "from,label,to\n" + "".join(f"{k},n,{(k + 1) % 6}\n{k},j,{(k + 2) % 6}\n" for k in range(6))
    )
    experiment = experiments.find(name)
    config = config_of(name, graph=str(path), longest=3)
    seen = []
    for lesson in (1, 2, 9):
        sampler, _ = make_sampler(config, experiment.task.number, lesson)
        episodes = sampler.generate(RNG(0), 200)
        assert set(episodes.meta[:, NODES]) == {6}
        assert set(episodes.meta[:, EDGES]) == {12}
        seen.append((int(episodes.meta[:, LENGTH].min()), int(episodes.meta[:, LENGTH].max())))
    assert seen[0] == (first, first)
    assert seen[1] == (first, first + 1)
    assert seen[2] == (first, 3)


def test_all_pairs_are_asked_over_and_over():
    ring = LabelledGraph([(k, "next", (k + 1) % 7) for k in range(7)])
    sampler, _ = make_sampler(config_of("shortest-path"), SHORTEST_PATH, 1, graph=ring, path=(4, 4))
    found = gather(sampler, 20, RNG(0), pairs=True)
    assert len(found.meta) == 21
    assert set(found.meta[:, LENGTH]) == {4}
    assert (distances(ring) == 4).sum() == 7
    # New labels in every round.
    assert len({tuple(row) for row in found.labels.tolist()}) == 21
    assert len(gather(sampler, 5, RNG(0), pairs=False).meta) == 5
