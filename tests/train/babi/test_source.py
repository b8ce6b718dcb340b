"""Training batches: which stories, how many words of each task, how they resume."""

import numpy as np
import pytest

from shrdlu_env.text import WORDS, encode_story, parse, stack_rows, story
from train.errors import UsageError
from train.experiments.babi import source as sources
from train.experiments.babi.batches import sequence_batch
from train.experiments.babi.corpus import ALL_TASKS, HELD_OUT_EVERY, Generated, Published, make_corpus
from train.experiments.babi.settings import StoryConfig
from train.experiments.babi.source import StorySource, cut

TWO = "1 mary went to the park.\n2 where is mary?\tpark\t1\n3 where is mary?\tpark\t1"


def test_words_are_one_hot_and_targets_stand_at_the_marks():
    told = parse(TWO, 1)[0]
    batch, went = sequence_batch(stack_rows([[told], [told, told]]), 0)
    assert batch.inputs.shape == (32, 2, len(WORDS))
    for row, count in ((0, 1), (1, 2)):
        words = np.concatenate([encode_story(told).inputs] * count)
        assert batch.inputs[: len(words), row].argmax(-1).tolist() == words.tolist()
        assert batch.valid[:, row].sum() == len(words)
    assert (batch.inputs.sum(-1) == 1).all()
    assert batch.sequences == 3
    assert [WORDS[word] for word in batch.targets[batch.answer][:, 0]] == ["park"] * 6
    assert went[:, 0].tolist() == list(range(32))


def test_idle_steps_are_blank_and_come_before_each_answer():
    told = parse(TWO, 1)[0]
    batch, went = sequence_batch(stack_rows([[told]]), 3)
    assert len(batch.inputs) == told.length + 6
    blank = np.flatnonzero(batch.inputs[:, 0].sum(-1) == 0)
    first, second = went[encode_story(told).targets >= 0, 0]
    assert blank.tolist() == [*range(first - 3, first), *range(second - 3, second)]
    assert batch.valid.all()


def test_words_go_to_all_tasks_alike_and_half_of_them_by_error(monkeypatch):
    drawn = []
    monkeypatch.setattr(sources, "sequence_batch", lambda batch, idle: drawn.append(batch) or _empty(batch))
    source = StorySource(Generated(), StoryConfig(rows=8, cut_share=0.0), 1000)
    errors = np.where(np.arange(1, 21) == 3, 1.0, 0.0)
    for _ in range(25):
        source.note_errors(errors)
    assert source.weights[2] == pytest.approx(0.525, abs=1e-3)
    rng = np.random.default_rng(0)
    for _ in range(200):
        source.draw(rng, 8)
    words = np.zeros(21)
    for batch in drawn:
        task_of = batch.tasks[batch.question[batch.question >= 0]]
        words += np.bincount(task_of, minlength=21)
    # Answer words a word of the task's stories; long stories get no more than short ones.
    density = np.array([0, *(_density(task) for task in ALL_TASKS)])
    shares = np.divide(words, density, out=np.zeros(21), where=density > 0)
    shares /= shares.sum()
    assert shares[3] == pytest.approx(0.525, abs=0.06)
    assert shares[4:] == pytest.approx(np.full(17, 0.025), abs=0.008)


def _empty(batch):
    return type("Laid", (), {"batch": batch})


def _density(task):
    stories = [story(task, seed) for seed in range(200)]
    asked = sum(len(line.answer) for told in stories for line in told.lines)
    return asked / sum(told.length for told in stories)


def test_cut_stories_end_after_a_question():
    told, rng = story(2, 0), np.random.default_rng(0)
    ends = {len(cut(told, rng).lines) for _ in range(200)}
    assert ends == {number for number, line in enumerate(told.lines, 1) if line.answer}


def test_the_share_of_cut_stories_falls_to_nothing():
    source = StorySource(Generated(), StoryConfig(rows=2, row_steps=40, cut_share=0.8, cut_until=0.5), 200)
    rng, shares = np.random.default_rng(0), []
    for _ in range(120):
        source.draw(rng, 2)
        shares.append(source.state()["pool_cut"])
    assert shares[0] == 0.8
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0.0


def test_another_share_of_cut_stories_begins_where_it_takes_over():
    def make(**changed):
        config = StoryConfig(rows=2, row_steps=40, **{"cut_share": 0.8, "cut_until": 0.5} | changed)
        return StorySource(Generated(), config, 200)

    source, rng = make(), np.random.default_rng(0)
    for _ in range(40):
        source.draw(rng, 2)
    state = source.state()
    for changed, drawn in (({}, 40), ({"cut_share": 0.6}, 0), ({"cut_until": 1.0}, 0)):
        other = make(**changed)
        other.set_state(state)
        assert other.state()["drawn"] == drawn
    del state["cut"]
    other = make(cut_share=0.6)
    other.set_state(state)
    assert other.state()["drawn"] == 40, "from before it was kept"


def test_a_source_resumes_to_the_bit():
    def make():
        return StorySource(Generated(), StoryConfig(rows=2, row_steps=40), 200)

    source, rng = make(), np.random.default_rng(0)
    for k in range(45):
        source.draw(rng, 2)
        if k == 40:
            source.note_errors(np.linspace(0, 1, 20))
    state, generator = source.state(), rng.bit_generator.state
    following = [source.draw(rng, 2) for _ in range(60)]
    other, rng = make(), np.random.default_rng(9)
    other.draw(rng, 2)
    other.set_state(state)
    rng.bit_generator.state = generator
    for batch in following:
        again = other.draw(rng, 2)
        np.testing.assert_array_equal(again.inputs, batch.inputs)
        np.testing.assert_array_equal(again.targets, batch.targets)


def numbered(count):
    """Stories that can be told apart: number k is asked k mod 4 + 1 times, about one of six rooms."""
    rooms = ("park", "garden", "kitchen", "office", "hallway", "bathroom")
    return [
        parse(
            "\n".join(
                [
                    f"1 mary went to the {rooms[k // 4 % 6]}.",
                    *(f"{j} where is mary?\t{rooms[k // 4 % 6]}\t1" for j in range(2, 3 + k % 4)),
                ]
            ),
            1,
        )[0]
        for k in range(count)
    ]


def test_published_stories_are_split_by_story():
    told = numbered(24)
    corpus, rng = Published({1: told * 500}), np.random.default_rng(0)
    held = corpus.held_out(1, 10**6, rng)
    assert len(held) == 12_000 / HELD_OUT_EVERY
    assert len(corpus.held_out(1, 7, rng)) == 7
    only = Published({1: numbered(20)})
    kept_back = {told[k].text() for k in (0, 10)}
    assert {s.text() for s in only.held_out(1, 99, rng)} == kept_back
    drawn = {only.draw(1, rng).text() for _ in range(30_000)}
    assert not drawn & kept_back
    assert {s.text() for k, s in enumerate(numbered(20)) if k % 10} <= drawn


def test_what_a_folder_lacks_is_generated():
    """A task with 1 % of the questions gives 1 % of the stories; one without a file none."""
    told = numbered(24)
    corpus, rng = Published({1: told * 2}), np.random.default_rng(0)
    texts = {s.text() for s in told}
    share = np.mean([corpus.draw(1, rng).text() in texts for _ in range(8000)])
    assert share == pytest.approx(120 / 10_000, abs=0.006)
    assert corpus.draw(7, rng).task == 7
    assert [s.task for s in corpus.held_out(7, 3, rng)] == [7, 7, 7]


def test_a_folder_that_cannot_be_read_is_refused_in_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"data: .*is not a folder") as refusal:
        make_corpus(str(tmp_path / "nowhere"))
    assert "\n" not in str(refusal.value)


def test_only_the_kinds_that_are_named_are_drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr(sources, "sequence_batch", lambda batch, idle: drawn.append(batch) or _empty(batch))
    source = StorySource(Generated(), StoryConfig(rows=4, tasks=(15, 4, 15)), 1000)
    assert source.weights[[3, 14]].tolist() == [0.5, 0.5]
    errors = np.full(20, np.nan)
    errors[3], errors[14] = 0.0, 0.6
    for _ in range(30):
        source.note_errors(errors)
    assert source.weights[[3, 14]] == pytest.approx([0.25, 0.75])
    assert source.weights.sum() == pytest.approx(1)
    rng = np.random.default_rng(0)
    for _ in range(40):
        source.draw(rng, 4)
    assert {task for batch in drawn for task in batch.tasks} == {4, 15}


def test_a_branch_draws_its_own_kinds_from_its_first_batch_on(monkeypatch):
    drawn = []
    monkeypatch.setattr(sources, "sequence_batch", lambda batch, idle: drawn.append(batch) or _empty(batch))
    saved = StorySource(Generated(), StoryConfig(rows=4), 1000)
    saved.draw(np.random.default_rng(0), 4)
    branch = StorySource(Generated(), StoryConfig(rows=4, tasks=(15,)), 1000)
    branch.set_state(saved.state())
    drawn.clear()
    branch.draw(np.random.default_rng(1), 4)
    assert branch.weights[14] == 1
    assert {task for batch in drawn for task in batch.tasks} == {15}
