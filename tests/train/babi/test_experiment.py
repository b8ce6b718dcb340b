"""Question answering as an experiment: training, resuming, scoring, watching."""

import gymnasium as gym
import numpy as np
import pytest
import torch

from dnc_agent.cores import make_core
from shrdlu_env.text import WORDS, encode_words, parse, stack_rows, story
from tests.train.babi.tiny import BABI, tiny
from train.errors import UsageError
from train.experiments.babi import scoring
from train.experiments.babi.report import REPORTED, generated, report
from train.experiments.babi.scoring import TaskErrors, answers, task_errors
from train.experiments.babi.wiring import options_of
from train.settings import check_ranges, with_settings

TEXT = (
    "1 mary took the milk.\n2 what is mary carrying?\tmilk,football\t1\n3 is mary in the park?\tyes\t1\n"
    "1 john went to the park.\n2 where is john?\tpark\t1"
)


class Parrot:
    """An agent's place in scoring: says given words, one after the other."""

    target, device = None, "cpu"


def test_a_question_counts_only_if_every_word_is_right(monkeypatch):
    told = parse(TEXT, 8)
    batch = stack_rows([told])
    said = np.where(batch.answer, batch.targets[..., 0], -1)
    monkeypatch.setattr(scoring, "answers", lambda agent, batch, idle: said)
    monkeypatch.setattr(scoring, "packed_batches", lambda told, rows, steps: [batch])
    parrot = Parrot()
    parrot.network = torch.nn.Identity()
    assert task_errors(parrot, told, 0).wrong.sum() == 0
    second = np.flatnonzero(batch.answer[:, 0])[1]
    said[second] = encode_words(["apple"])[0]
    found = task_errors(parrot, told, 0)
    assert found.asked.tolist() == [0] * 7 + [3] + [0] * 12
    assert found.wrong[7] == 1
    assert found.mean_error == pytest.approx(1 / 3)


def test_tasks_count_alike_and_fail_above_five_per_cent():
    asked = np.full(20, 100)
    wrong = np.zeros(20, np.int64)
    wrong[:3] = 5, 6, 100
    asked[19] = 0
    found = TaskErrors(asked, wrong)
    assert found.failed == 2
    assert found.mean_error == pytest.approx(1.11 / 19)


@pytest.mark.parametrize("idle", [0, 2])
def test_answers_do_not_depend_on_what_else_is_in_a_batch(idle):
    learner = BABI.build(tiny(idle_steps=idle))
    learner.network.eval()
    stories = [story(task, 0) for task in (1, 8, 19)]
    together = answers(learner, stack_rows([stories[:2], stories[2:]]), idle)
    for row, start, told in ((0, 0, stories[0]), (0, stories[0].length, stories[1]), (1, 0, stories[2])):
        alone = answers(learner, stack_rows([[told]]), idle)
        assert together[start : start + told.length, row].tolist() == alone[:, 0].tolist()


def test_every_question_of_every_story_is_asked():
    learner = BABI.build(tiny())
    stories = generated(7, 3)
    found = task_errors(learner, stories, 2)
    for task in range(1, 21):
        expected = sum(told.questions for told in stories if told.task == task)
        assert found.asked[task - 1] == expected >= 7
    assert [told.text() for told in generated(7, 3)] == [told.text() for told in stories]


def test_a_small_network_learns_one_kind_of_question():
    learner = BABI.build(tiny(hidden_size=32, rows=8, learning_rate=1e-2, cut_share=0.0))
    # All words to task 4 by its error alone.
    learner.source._config = with_settings(tiny(), hard_share=1.0).stories
    learner.source._errors = np.eye(20)[3]
    first = np.mean([learner.update()["loss"] for _ in range(5)])
    for _ in range(60):
        last = learner.update()
    assert last["loss"] < 0.5 * first


def test_the_gate_notes_errors_for_the_source():
    config = tiny()
    learner = BABI.build(config)
    learner.network.readout.layer.bias.data[encode_words(["yes"])[0]] = 100.0
    before = learner.source.weights
    gate = BABI.gate(learner, config, 1, np.random.default_rng(0))
    assert gate.row["failed"] == 20
    assert gate.row["error_1"] == 1.0
    assert gate.row["error_17"] < 1
    assert gate.score == pytest.approx(1 - np.mean([gate.row[f"error_{task}"] for task in range(1, 21)]))
    assert learner.source.weights[16] < before[16]


def test_a_report_says_what_was_asked_and_what_is_missing():
    asked = np.full(20, 10)
    asked[2] = 0
    found = report(TaskErrors(asked, np.minimum(asked, 1)), "x", "published stories (test)")
    assert found.json["mean_error"] == pytest.approx(0.1)
    assert found.json["failed"] == 19
    assert found.json["error"]["1"] == pytest.approx(0.1)
    assert found.json["error"]["3"] is None
    assert found.json["missing"] == [3]
    assert "| 3 | three supporting facts | 0 | - |" in found.markdown
    assert "not counted: 3" in found.markdown
    assert "|  | mean over 19 tasks, 19 failed | 190 | 10.0 |" in found.markdown


def test_others_stand_beside_an_agent_only_where_all_tasks_were_asked_and_it_says_of_what():
    asked = np.full(20, 60)
    for source in ("generated stories", "published stories (train)", "published stories (test)"):
        found = report(TaskErrors(asked, np.zeros(20, np.int64)), "x", source)
        assert f"| this agent, on {source} (1,200 questions) | 0.0 | 0 |" in found.markdown
        assert all(f"| {row.name} | {row.mean_error} |" in found.markdown for row in REPORTED)
        assert [table.title for table in found.shown] == [
            "x",
            "Beside what others reported on the published test files",
        ]
    one = np.eye(20, dtype=np.int64)[4]
    found = report(TaskErrors(one, 0 * one), "x", "published stories (test)")
    assert "|  | in all, 0 failed | 1 | 0.0 |" in found.markdown
    assert "nothing is compared" in found.markdown
    assert len(found.shown) == 1
    assert "DNC (Graves" not in found.markdown


def test_plain_is_the_papers_network():
    core = make_core("dnc", 159, options_of(BABI.presets["plain"]))
    changed = {
        name: value
        for name, value in vars(core.options).items()
        if value != getattr(type(core).Options(), name)
    }
    sizes = {"hidden_size", "memory_size", "word_size", "read_heads"}
    assert set(changed) - sizes == {"input_gain", "interface_bias"}
    assert BABI.presets["plain"].stories.idle_steps == 0
    assert BABI.presets["plain"].network.dropout == 0


def test_presets_have_as_many_parameters():
    counts = {}
    for name, config in BABI.presets.items():
        if config.network.sentence_weights:
            continue  # helped by hand, and larger: it has no plain one beside it
        network = BABI.build(config).network
        counts[name] = sum(parameter.numel() for parameter in network.parameters())
    assert max(counts.values()) < 1.1 * min(counts.values())


@pytest.mark.parametrize("preset", BABI.presets)
def test_a_trained_agent_is_watched_and_says_what_it_answers_in_batches(tmp_path, preset):
    config = tiny(preset)
    learner = BABI.build(config)
    learner.update()
    agent = BABI.load(learner.save(tmp_path / "agent"), config)
    shown = BABI.watch(agent, config, lesson=1, deterministic=True, seed=0, task=19)
    env = gym.make(shown.env_id, **shown.env_kwargs)
    act, told = shown.make_act(env), story(19, 5)
    for _ in range(2):
        obs, info = env.reset(seed=0, options={"stories": [told]})
        start, over, said = True, False, []
        while not over:
            word, inside = act(obs, info, start)
            assert inside["probabilities"].argmax() == word
            if info["target"] >= 0:
                said.append(word)
            obs, _, over, _, info = env.step(word)
            start = False
    batch = stack_rows([[told]])
    expected = answers(agent, batch, config.stories.idle_steps)
    assert said == expected[batch.answer].tolist()
    assert len(said) == 2
    assert info["task"] == 19


def test_words_are_drawn_where_that_is_wanted(tmp_path):
    config = tiny()
    agent = BABI.load(BABI.build(config).save(tmp_path / "agent"), config)
    act = BABI.watch(agent, config, lesson=None, deterministic=False, seed=0).make_act(None)
    obs = np.eye(len(WORDS), dtype=np.float32)[5]
    drawn = [act(obs, {}, True)[0] for _ in range(50)]
    assert len(set(drawn)) > 10


def test_what_does_not_fit_is_refused(tmp_path):
    config = tiny()
    with pytest.raises(ValueError, match="core='transformer'; allowed are"):
        BABI.build(with_settings(config, core="transformer"))
    with pytest.raises(ValueError, match="lesson=2"):
        BABI.watch(None, config, lesson=2, deterministic=True, seed=0)
    from train.experiments.copying.copy import CopyExperiment

    other = CopyExperiment()
    path = other.build(with_settings(other.default(), hidden_size=4)).save(tmp_path / "agent")
    with pytest.raises(ValueError, match="vocabulary of 159 words for both"):
        BABI.load(path, config)


class TestSomeKindsAlone:
    config = tiny(tasks=(17, 1))

    def test_the_gate_asks_about_them_alone(self):
        learner = BABI.build(self.config)
        gate = BABI.gate(learner, self.config, 1, np.random.default_rng(0))
        assert {name for name in gate.row if name.startswith("error_")} == {"error_1", "error_17"}
        assert gate.score == pytest.approx(1 - (gate.row["error_1"] + gate.row["error_17"]) / 2)

    @pytest.mark.parametrize(("asked", "kinds"), [((), {"1", "17"}), ((3,), {"3"})])
    def test_an_evaluation_asks_about_them_unless_others_are_named(self, asked, kinds):
        learner = BABI.build(self.config)
        flags = BABI.Evaluation(questions=3, tasks=asked)
        found = BABI.evaluate(learner, self.config, flags, lambda word, share: None, title="x")
        assert {task for task, count in found.json["asked"].items() if count} == kinds
        assert found.json["missing"] == []
        assert "nothing is compared" in found.markdown
        assert len(found.shown) == 1

    def test_a_story_that_is_watched_is_one_of_them(self):
        watched = BABI.watch(None, self.config, lesson=None, deterministic=True, seed=0)
        assert list(watched.env_kwargs["tasks"]) == [1, 17]

    def test_published_files_without_them_are_refused(self, tmp_path):
        (tmp_path / "qa2_two-supporting-facts_test.txt").write_text(
            "1 Mary got the milk there.\n2 Mary went to the park.\n3 Where is the milk?\tpark\t1 2\n"
        )
        learner = BABI.build(self.config)
        flags = BABI.Evaluation(data=str(tmp_path))
        with pytest.raises(UsageError, match="no stories of tasks 1, 17"):
            BABI.evaluate(learner, self.config, flags, lambda word, share: None, title="x")

    @pytest.mark.parametrize("wrong", [0, 21])
    def test_there_are_twenty(self, wrong):
        with pytest.raises(UsageError, match=f"tasks={wrong}; it must lie between 1 and 20"):
            check_ranges(tiny(tasks=(1, wrong)))
