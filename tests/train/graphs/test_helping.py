"""What the helped network of traversal starts with: it reads the right triples, and says nothing yet."""

import numpy as np
import pytest
import torch

from shrdlu_env.graphs.arrays import TRAVERSAL
from shrdlu_env.graphs.batch import make_sequences
from shrdlu_env.graphs.sampling import GraphSampler
from train import experiments
from train.experiments.graphs.evaluating import examine
from train.settings import with_settings


def helped(**settings):
    experiment = experiments.find("traversal")
    return experiment.build(with_settings(experiment.presets["helped"], **settings))


@pytest.mark.parametrize("lesson", [1, 14])
def test_the_second_head_walks_before_anything_is_learnt(lesson):
    learner = helped()
    episodes = GraphSampler(TRAVERSAL, lesson).generate(np.random.default_rng(0), 32)
    batch = make_sequences(episodes)
    with torch.no_grad():
        features, _ = learner.network.features(
            torch.as_tensor(batch.inputs), None, torch.as_tensor(batch.reset)
        )
    options = learner.network.core.options
    start = options.hidden_total + options.word_size
    word = features[torch.as_tensor(batch.answer)][:, start : start + 90]
    read = word.reshape(-1, 9, 10).argmax(-1).numpy()
    assert (read == batch.targets[batch.answer]).all(1).mean() >= 0.98
    # What to do with what was read is not put in.
    assert examine(learner, episodes, {}, TRAVERSAL).accuracy == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ValueError, match="word_size=64 with read_heads=2; walk_weights needs at least 92 and 2"
    ):
        helped(word_size=64)
    with pytest.raises(ValueError, match="read_heads=1; walk_weights needs"):
        helped(read_heads=1)
    with pytest.raises(ValueError, match="walk_weights with core='lstm'; only a dnc can start so"):
        helped(core="lstm")
