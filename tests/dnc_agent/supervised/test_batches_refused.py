"""What a source may give: the rest is refused in one line, before anything is learned from it."""

import numpy as np
import pytest

from dnc_agent.supervised import Bits, Categories, NetworkDescription, score
from dnc_agent.supervised.targets import as_targets
from tests.dnc_agent.supervised.tasks import DNC_SIZES, Chase, Echo, Tell, learner, weights


class Changed(Echo):
    """`Echo` with parts of its batches replaced."""

    def __init__(self, kind=Echo, **changes):
        self.kind, self.changes = kind(), changes

    def draw(self, rng, batch_size):
        batch = self.kind.draw(rng, batch_size)
        return batch._replace(**{name: change(getattr(batch, name)) for name, change in self.changes.items()})


def refused(ours, match):
    before = weights(ours)
    with pytest.raises(ValueError, match=match) as caught:
        ours.update()
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(before, weights(ours))
    assert ours.updates == ours.episodes == 0


def full(value):
    return lambda part: np.full(part.shape, value)


@pytest.mark.parametrize("value", [-1.0, 2.0, 0.5, np.nan, -1, 2])
def test_bits_are_0_or_1_where_they_are_asked_for(value):
    refused(learner(Changed(targets=full(value))), rf"^targets={value}; bits are 0 or 1 wherever `answer` is")
    # Elsewhere they mean nothing.
    elsewhere = Changed(targets=lambda part: np.concatenate([np.full_like(part[:-1], value), part[-1:]]))
    if not np.isnan(value):
        assert learner(elsewhere).update() == learner().update()


@pytest.mark.parametrize("dtype", [bool, int, np.float64])
def test_bits_are_taken_in_any_type(dtype):
    assert learner(Changed(targets=lambda part: part.astype(dtype))).update() == learner().update()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (4, r"^targets=4; answer 0 is a whole number from 0 to 3, or -1 where none is wanted$"),
        (-2, "^targets=-2; "),
        (1.5, r"^targets=1\.5; "),
        (np.nan, "^targets=nan; "),
        (-1, "^source=Changed: a batch of it asks for no answer$"),
        (-1.0, "^source=Changed: a batch of it asks for no answer$"),
    ],
)
def test_categories_are_numbers_of_one(value, said):
    refused(learner(Changed(Tell, targets=full(value)), inputs=4, target=Categories([4])), said)


def test_some_answers_may_not_be_wanted():
    def some(targets):
        return np.where(np.arange(targets.shape[1])[:, None] < 2, targets, -1)

    figures = learner(Changed(Tell, targets=some), inputs=4, target=Categories([4])).update()
    assert figures["loss"] > 0
    assert 0 <= figures["accuracy"] <= 1


def test_the_answer_that_does_not_fit_is_named():
    target = Categories([2, 5])
    as_targets(target, np.array([[1, 4], [-1, -1]]))
    with pytest.raises(ValueError, match=r"^targets=2; answer 0 is a whole number from 0 to 1"):
        as_targets(target, np.array([[1, 4], [2, 4]]))
    with pytest.raises(ValueError, match=r"^targets has shape \(2, 3\); expected \[\.\.\., 2\]$"):
        as_targets(target, np.zeros((2, 3)))
    with pytest.raises(TypeError, match=r"^targets=.*; it must be an array of numbers$"):
        as_targets(target, np.array([["a", "b"]]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": lambda part: part.astype(int)}, r"^answer is int64 of shape \(3, 4\); it must be bool"),
        ({"answer": lambda part: part[1:]}, r"^answer is bool of shape \(2, 4\); .* of shape \(3, 4\)$"),
        ({"answer": lambda part: 4}, "^answer=4; it must be a NumPy array$"),
        ({"reset": lambda part: np.ones((3, 4))}, "^reset is float64 of shape"),
        ({"valid": lambda part: np.ones((3, 5), bool)}, "^valid is bool of shape"),
        ({"inputs": lambda part: part[0]}, r"^inputs has shape \(4, 2\); expected \[T, B, X\]$"),
        ({"targets": lambda part: part[0]}, r"^targets has shape \(4, 1\); expected \[3, 4\] and"),
        ({"inputs": lambda part: part.tolist()}, "^inputs=.*; it must be a NumPy array$"),
    ],
)
def test_parts_that_do_not_belong_together_are_named(changes, said):
    refused(learner(Changed(**changes)), said)
    network = learner().network
    with pytest.raises(ValueError, match=said):
        score(network, Bits(1), [Changed(**changes).draw(np.random.default_rng(0), 4)])
    assert network.training


class Doubled(Chase):
    """In float64, as NumPy makes arrays by itself."""

    def _turn(self, answer):
        turn = super()._turn(answer)
        return turn._replace(inputs=turn.inputs.astype(np.float64))


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_inputs_in_double_precision_are_learned_from_as_others_are(share):
    def taught(source):
        return learner(
            source, "dnc", DNC_SIZES, inputs=4, target=Categories([4]), reemit_share=share
        ).update()

    assert taught(Changed(Tell, inputs=lambda part: part.astype(np.float64))) == taught(Tell())


def test_so_are_those_of_a_task_that_is_acted_out():
    from dnc_agent.supervised import Schedule

    def taught(source):
        return learner(source, inputs=4, target=Categories([4]), teacher=Schedule(0.5)).update()

    assert taught(Doubled()) == taught(Chase())


def test_scores_are_of_double_precision_too():
    network = learner().network
    batch = Echo().draw(np.random.default_rng(0), 4)
    found = score(network, Bits(1), [batch._replace(inputs=batch.inputs.astype(np.float64))])
    assert found == score(network, Bits(1), [batch])


def test_where_nothing_is_asked_for_nothing_is_wrong():
    batch = Tell().draw(np.random.default_rng(0), 3)
    target = Categories([4])
    network = learner(inputs=4, target=target).network
    found = score(network, target, [batch._replace(targets=np.full_like(batch.targets, -1))])
    assert (found.asked, found.wrong, found.accuracy) == (0, 0, 1.0)


@pytest.mark.parametrize("target", [4, None, "bits", Bits])
def test_a_network_needs_a_kind_of_answer(target):
    with pytest.raises(ValueError, match=r"^target=.*; it must be Bits\(size\) or Categories\(sizes\)$"):
        NetworkDescription(2, target, "lstm", {"hidden_size": 3}).build()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rate": np.nan}, "^learning_rate=nan; it must be a finite number of at least 0$"),
        ({"final_learning_rate": np.inf}, "^final_learning_rate=inf; it must be a finite number"),
        ({"learning_rate": "1e-3"}, "^learning_rate='1e-3'; it must be a finite number"),
        ({"max_grad_norm": np.nan}, "^max_grad_norm=nan; it must be a finite number"),
        (
            {"reemit_share": np.nan},
            "^reemit_share=nan; it must be a finite number of at least 0 and at most 1$",
        ),
        ({"optimizer": "foo"}, "^optimizer='foo'; allowed are adam, rmsprop$"),
        ({"optimizer": ["adam"]}, r"^optimizer=\['adam'\]; allowed are adam, rmsprop$"),
    ],
)
def test_settings_are_refused_with_what_is_allowed(settings, said):
    with pytest.raises(ValueError, match=said):
        learner(**settings)
