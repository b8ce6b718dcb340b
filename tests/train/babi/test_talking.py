"""A conversation: what is told, what is answered, what it was read from."""

import io

import numpy as np
import pytest

from dnc_agent.supervised import Answers
from shrdlu_env.text import MARK, WORDS, stack_rows, story
from tests.train.babi.tiny import BABI, tiny
from train import cli
from train.agents import describe as describe_run
from train.experiments.babi.reader import Reader
from train.experiments.babi.scoring import answers
from train.experiments.babi.talking import Conversation, describe, talk, tokens
from train.states import RunState


def test_lines_become_words():
    assert tokens("Mary went to the kitchen") == ["mary", "went", "to", "the", "kitchen", "."]
    assert tokens("where is Mary?") == ["where", "is", "mary", "?", MARK]
    assert tokens("what is mary carrying ? - -")[-3:] == ["?", MARK, MARK]
    assert tokens("Where is Mary") == ["where", "is", "mary", "?", MARK]
    assert tokens('"Mary, went to the kitchen!"') == tokens("mary went to the kitchen.")
    assert tokens("   ") == []
    assert tokens(",") == []
    with pytest.raises(ValueError, match=r"word='kitchn': .*nearest are kitchen"):
        tokens("mary went to the kitchn.")


class Told:
    """In an agent's place: step k writes location k and reads the second; it says the last word but one."""

    def __init__(self):
        self.heard = []

    def initial_state(self, batch_size):
        return 0

    def trace(self, inputs, state):
        self.heard.append(WORDS[inputs[0].argmax()] if inputs.any() else "")
        said = np.zeros((1, len(WORDS)), np.float32)
        said[0, WORDS.index(self.heard[-2] or self.heard[-3]) if len(self.heard) > 2 else 0] = 0.75
        write, read = np.zeros((1, 12), np.float32), np.full((1, 2, 12), 0.01, np.float32)
        write[0, state] = 1
        read[0, :, 1] = 0.5
        inside = {"write_weighting": write, "read_weightings": read}
        return Answers(said.argmax(-1)[:, None], said), (state + 1) % 12, inside


def test_an_answer_names_the_words_it_was_read_from():
    told = Told()
    conversation = Conversation(Reader(told, 1))
    assert conversation.tell("mary went to the park.") is None
    reply = conversation.tell("where is mary?")
    assert told.heard == [*["mary", "went", "to", "the", "park", ".", "where", "is", "mary", "?"], "", MARK]
    assert reply.words == ("?",)
    assert reply.probabilities == (0.75,)
    (place,) = reply.places
    assert (place.location, place.word, place.line) == (1, "went", 1)
    assert place.share == pytest.approx(0.5)
    first, second = describe(reply)
    assert first == "  ? (75%)"
    assert "location 1, written at 'went' in line 1" in second


def test_it_is_told_what_it_is_told_in_batches(tmp_path):
    config = tiny()
    agent = BABI.load(BABI.build(config).save(tmp_path / "agent"), config)
    conversation, told, said = Conversation(Reader(agent, 2)), story(19, 1), []
    for line in told.lines:
        marks = f" {' '.join(MARK for _ in line.answer)}" if line.answer else ""
        reply = conversation.tell(" ".join(line.words) + marks)
        said += [] if reply is None else reply.words
    batch = stack_rows([[told]])
    assert said == [WORDS[word] for word in answers(agent, batch, 2)[batch.answer]]


def test_bad_words_change_nothing_and_new_forgets_all():
    told, out = Told(), io.StringIO()
    conversation = Conversation(Reader(told, 0))
    talk(
        conversation,
        ["mary went to the park", "marry sat", "where is mary?", "new", "words", "quit", "no"],
        out,
    )
    assert told.heard == ["mary", "went", "to", "the", "park", ".", "where", "is", "mary", "?", "-"]
    assert "word='marry': " in out.getvalue()
    assert conversation.lines == 0
    assert " ".join(WORDS) in out.getvalue()


def test_it_is_played_in_the_terminal_without_flags_of_the_window(tmp_path, capsys, monkeypatch):
    config = tiny()
    extra = describe_run(BABI, config, vars(RunState(1)), [])
    path = str(BABI.build(config).save(tmp_path / "agent", extra=extra))
    monkeypatch.setattr("sys.stdin", io.StringIO("mary went to the park.\nwhere is mary?\n"))
    cli.main(["play", "babi", "--agent", path])
    assert "% of the reads: location" in capsys.readouterr().out
    for flag in ("--hidden", "--seed=3"):
        with pytest.raises(SystemExit, match="2"):
            cli.main(["play", "babi", "--agent", path, flag])
        assert "played in the terminal, without --seed and --hidden" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.main(["play", "babi", "--agent", "checkpoints/mini-shrdlu"])
    assert "an agent of mini-shrdlu, not of babi" in capsys.readouterr().err
