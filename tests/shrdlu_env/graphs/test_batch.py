"""Supervised batches against the plain reader, their padding, and going on where a checkpoint stood."""

import copy
import itertools
import json

import numpy as np
import pytest

from shrdlu_env.graphs.arrays import INFERENCE, SHORTEST_PATH, TRAVERSAL
from shrdlu_env.graphs.batch import GraphBatches, make_sequences
from shrdlu_env.graphs.pool import EpisodePool
from shrdlu_env.graphs.relations import SEQUENCES
from shrdlu_env.graphs.sampling import GraphSampler
from shrdlu_env.graphs.simulation import Inference, Traversal
from shrdlu_env.graphs.turns import PathTurns
from tests.shrdlu_env.graphs.reading import Reader, digits_of, triple_of


def sampler_of(task, lesson):
    return GraphSampler(task, lesson, **({"planning_steps": 10, "queries": 3} if task == INFERENCE else {}))


@pytest.mark.parametrize(("task", "lesson"), [(TRAVERSAL, 2), (TRAVERSAL, 14), (INFERENCE, 8)])
def test_targets_follow_from_the_inputs_alone(task, lesson):
    batch = GraphBatches(sampler_of(task, lesson)).draw(np.random.default_rng(1), 16)
    steps = len(batch.inputs)
    assert batch.inputs.dtype == np.float32
    assert (batch.targets.dtype, batch.targets.shape) == (np.int64, (steps, 16, 9))
    assert batch.reset.sum(0).tolist() == [1] * 16
    for column in range(16):
        begin = int(batch.reset[:, column].argmax())
        assert batch.valid[:, column].tolist() == [False] * begin + [True] * (steps - begin)
        assert not batch.inputs[:begin, column].any()
        reader = Reader()
        for t in range(steps):
            due = None
            if t >= begin and reader.see(batch.inputs[t, column]) == "answer":
                if task == TRAVERSAL:
                    due = reader.walk()[reader.steps["answer"] - 1]
                else:
                    due = reader.relation(SEQUENCES)
            assert batch.answer[t, column] == (due is not None)
            expected = [-1] * 9 if due is None else digits_of(due)
            assert batch.targets[t, column].tolist() == expected


@pytest.mark.parametrize(("task", "make"), [(TRAVERSAL, Traversal), (INFERENCE, Inference)])
def test_inputs_are_what_the_environment_shows(task, make):
    simulation = make(5, lesson=9)
    rows = np.arange(5)
    simulation.begin(np.random.default_rng(4), rows)
    batch = make_sequences(simulation.episodes)
    lengths = batch.valid.sum(0)
    for t in range(int(lengths.max())):
        out, going = np.empty((5, 92), np.float32), ~simulation.over
        simulation.observe(rows, out)
        answers = simulation.infos()["answer"]
        at = np.minimum(len(batch.inputs) - lengths + t, len(batch.inputs) - 1)
        assert np.array_equal(out[going], batch.inputs[at, rows][going])
        assert np.array_equal(answers[going], batch.targets[at, rows][going])
        simulation.advance(np.zeros((5, 9), np.int64))
    assert simulation.over.all()


@pytest.mark.parametrize(
    ("task", "lesson"), [(TRAVERSAL, k) for k in (1, 7, 13, 14)] + [(INFERENCE, k) for k in (1, 9, 17)]
)
def test_most_steps_are_useful(task, lesson):
    batches, rng = GraphBatches(sampler_of(task, lesson)), np.random.default_rng(0)
    drawn = [batches.draw(rng, 32) for _ in range(48)]
    assert sum(b.valid.sum() for b in drawn) / sum(b.valid.size for b in drawn) >= 0.93
    assert drawn[0].useful == drawn[0].valid.sum() / drawn[0].valid.size


def test_sorting_by_length_changes_no_share():
    batches, rng = GraphBatches(sampler_of(TRAVERSAL, 14), pool=8), np.random.default_rng(0)
    lengths = np.concatenate([batches.draw(rng, 16).valid.sum(0) for _ in range(8)])
    own = np.random.default_rng(np.random.default_rng(0).integers(2**62))
    assert sorted(lengths.tolist()) == sorted(sampler_of(TRAVERSAL, 14).generate(own, 128).lengths.tolist())


@pytest.mark.parametrize("drawn", [0, 1, 4, 5])
def test_restored_batches_go_on_to_the_bit(drawn):
    batches, rng = GraphBatches(sampler_of(TRAVERSAL, 3), pool=4), np.random.default_rng(0)
    for _ in range(drawn):
        batches.draw(rng, 8)
    state, rng_state = json.loads(json.dumps(batches.state())), copy.deepcopy(rng.bit_generator.state)
    expected = [batches.draw(rng, 8) for _ in range(6)]
    other, rng = GraphBatches(sampler_of(TRAVERSAL, 1), pool=4), np.random.default_rng(77)
    other.draw(rng, 8)
    other.set_state(state)
    rng.bit_generator.state = rng_state
    for batch in expected:
        again = other.draw(rng, 8)
        assert all(np.array_equal(a, b) for a, b in zip(batch, again, strict=True))


def test_another_lesson_from_the_next_batch_on():
    batches, rng = GraphBatches(sampler_of(TRAVERSAL, 1)), np.random.default_rng(0)
    assert batches.draw(rng, 8).answer.sum(0).max() == 1
    batches.set_lesson(14, 0.0)
    assert max(batches.draw(rng, 8).answer.sum(0).max() for _ in range(16)) > 5
    state = batches.state()
    with pytest.raises(ValueError, match="lesson=15"):
        batches.set_lesson(15)
    assert batches.state() == state


def test_refused():
    with pytest.raises(ValueError, match="shortest path"):
        GraphBatches(GraphSampler(SHORTEST_PATH, 1))
    with pytest.raises(ValueError, match="batch_size=0"):
        GraphBatches(GraphSampler(TRAVERSAL, 1)).draw(np.random.default_rng(0), 0)


def test_turns_of_a_path_are_answered_by_their_targets():
    turns = PathTurns(lesson=9, extra_moves=2)
    turn, readers, steps = turns.begin(np.random.default_rng(0), 6), [Reader() for _ in range(6)], 0
    while turn is not None:
        for row in np.flatnonzero(turn.live):
            reader = readers[row]
            assert turn.answer[row] == (reader.see(turn.inputs[row]) == "answer")
            if turn.answer[row]:
                shown = triple_of(turn.inputs[row])
                here = reader.query[0][0] if shown[2] is None else shown[2]
                best = [digits_of(triple) for triple in reader.best(here, reader.query[0][2])]
                assert turn.targets[row].tolist() in best
            else:
                assert (turn.targets[row] == -1).all()
        assert not (turn.answer & ~turn.live).any()
        turn = turns.advance(turn.targets)
        steps += 1
    assert turns.simulation.infos()["perfect"].all()
    assert steps == turns.simulation.state.clock[:, 0].max()
    turns.set_lesson(1)
    assert turns.begin(np.random.default_rng(0), 3).inputs.shape == (3, 92)
    assert turns.simulation.episodes.meta[:, 9].tolist() == [1, 1, 1]


def test_turns_go_on_from_where_they_stood():
    turns, rng = PathTurns(pool=3, lesson=15), np.random.default_rng(0)
    turns.begin(rng, 4)
    state, generator = turns.state(), rng.bit_generator.state
    expected = [turns.begin(rng, 4).inputs for _ in range(4)]
    other, rng = PathTurns(pool=3, lesson=1), np.random.default_rng(9)
    other.set_state(state)
    rng.bit_generator.state = generator
    for inputs in expected:
        np.testing.assert_array_equal(other.begin(rng, 4).inputs, inputs)
    other.set_lesson(2)
    assert other.state()["seed"] is None


def test_a_pool_is_dealt_out_whole_and_by_length():
    sampler = GraphSampler(SHORTEST_PATH, 15)
    pool, rng = EpisodePool(sampler, 5), np.random.default_rng(3)
    batches = [pool.draw(rng, 6) for _ in range(5)]
    drawn = np.sort(np.concatenate([batch.lengths for batch in batches]))
    seed = int(np.random.default_rng(3).integers(2**62))
    whole = sampler.generate(np.random.default_rng(seed), 30)
    np.testing.assert_array_equal(drawn, np.sort(whole.lengths))
    spans = sorted((batch.lengths.min(), batch.lengths.max()) for batch in batches)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
    with pytest.raises(ValueError, match="pool=0"):
        EpisodePool(sampler, 0)


def test_episodes_are_taken_and_joined():
    episodes = GraphSampler(TRAVERSAL, 3).generate(np.random.default_rng(0), 5)
    some = episodes.take(np.array([3, 1]))
    again = some.joined(episodes.take(np.array([0])))
    for part, whole in zip(again, episodes, strict=True):
        np.testing.assert_array_equal(part, whole[[3, 1, 0]])
