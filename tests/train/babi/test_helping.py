"""What the helped network of question answering starts with: sentences as locations, found again, nothing said yet."""

import numpy as np
import pytest
import torch

from shrdlu_env.text import WORDS
from shrdlu_env.text.vocabulary import MARK, PUNCTUATION, word_id
from train import experiments
from train.experiments.babi.scoring import task_errors
from train.settings import with_settings

TOLD = (
    "gertrude is a wolf .",
    "mice are afraid of cats .",
    "winona is a sheep .",
    "sheep are afraid of lion .",
)


def helped(**settings):
    experiment = experiments.find("babi")
    return experiment.build(with_settings(experiment.presets["sentences"], **settings))


def trace(core, text):
    """What happens in a memory that is told a text, step by step; None is a blank step."""
    state, steps = core.initial_state(1), []
    with torch.no_grad():
        for word in text:
            x = torch.zeros(1, len(WORDS))
            if word is not None:
                x[0, word_id(word)] = 1.0
            _, state, step = core.trace(x, state)
            steps.append(
                {name: value[0].clone() for name, value in step.items()}
                | {"units": state.controller.hidden[0, 0]}
            )
    return steps


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_sentence_is_one_location_and_is_found_by_its_words(seed):
    core = helped(seed=seed).network.core
    text = " ".join(TOLD).split()
    lines = trace(core, text)
    written = {}
    for word, step in zip(text, lines, strict=True):
        strength, location = step["write_weighting"].max(0)
        if word == ".":
            assert strength > 0.9
            written[int(location)] = len(written)
        else:
            assert strength < 1e-6
    assert len(written) == len(TOLD)
    for question, line in (
        ("what is gertrude ?", 0),
        ("what is winona ?", 2),
        ("what are sheep afraid of ?", 3),
    ):
        last = trace(core, [*text, *question.split(), None, None, MARK])[-2]
        told = last["read_content_weightings"][0, list(written)]
        assert int(told.argmax()) == line


def test_what_was_said_before_a_full_stop_or_an_answer_is_gathered_no_more():
    core = helped().network.core
    words = core.options.word_size
    alone = trace(core, ["mary"])[-1]["units"][:words]
    for before in (["john", "went", "to", "the", "office", "."], ["where", "?", MARK]):
        after = trace(core, [*before, "mary"])[-1]["units"][:words]
        assert torch.allclose(after, alone, atol=0.05)
    both = trace(core, ["john", "mary"])[-1]["units"][:words]
    assert (both - alone).abs().max() > 0.1


def test_a_later_head_follows_what_the_one_before_it_read():
    core = helped().network.core
    rows, words = core.interface_rows()["read_keys"], core.options.word_size
    keys = core.interface.weight[rows].detach().view(core.options.read_heads, words, -1)
    hidden = core.options.hidden_size
    for head in range(core.options.read_heads):
        follows = [
            float(keys[head, :, hidden + other * words : hidden + (other + 1) * words].diagonal().mean())
            for other in range(core.options.read_heads)
        ]
        assert [other for other, weight in enumerate(follows) if weight > 1] == ([head - 1] if head else [])


def test_words_have_codes_and_marks_have_none_and_both_come_from_the_seed():
    first, same, other = (helped(seed=seed).network.core.controller.weights[0] for seed in (3, 3, 4))
    assert torch.equal(first, same)
    units, words = 128, 64
    codes = first[2 * units : 2 * units + words, : len(WORDS)]
    marks = [word_id(mark) for mark in PUNCTUATION]
    assert (codes[:, marks] == 0).all()
    rest = [number for number in range(len(WORDS)) if number not in marks]
    assert (codes[:, rest].abs() == 4.0).all()
    assert not torch.equal(codes, other[2 * units : 2 * units + words, : len(WORDS)])


def test_nothing_is_answered_at_first():
    learner = helped()
    stories = learner.source.corpus.held_out(1, 50, np.random.default_rng(0))
    assert task_errors(learner, stories, 2).mean_error > 0.5


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ValueError, match="hidden_size=64 with word_size=64; sentence_weights needs at least 66 units"
    ):
        helped(hidden_size=64)
    for core in ("lstm", "ntm"):
        with pytest.raises(ValueError, match=f"sentence_weights with core='{core}'; only a dnc can start so"):
            helped(core=core)
    for name in ("temporal_links", "masked_lookup", "interface_norm", "gate_biases"):
        with pytest.raises(ValueError, match=f"sentence_weights with {name}=True; it starts without"):
            helped(**{name: True})
    assert helped(read_heads=1).network.core.options.read_heads == 1
    assert helped(read_heads=6).network.core.options.read_heads == 6
