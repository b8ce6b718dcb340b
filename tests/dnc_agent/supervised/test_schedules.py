"""The schedule of step sizes: it goes on with a run, and begins anew where another one takes over."""

import pytest

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from tests.dnc_agent.supervised.tasks import learner

FALLING = {"learning_rate": 0.1, "final_learning_rate": 0.0, "decay_updates": 4}


def rates_of(ours, updates=2):
    found = []
    for _ in range(updates):
        ours.update()
        found.append(ours.optimizer.param_groups[0]["lr"])
    return pytest.approx(found)


@pytest.mark.parametrize("with_optimizer", [True, False])
def test_another_schedule_of_step_sizes_begins_where_it_takes_over(tmp_path, with_optimizer):
    first = learner(**FALLING)
    assert rates_of(first, 3) == [0.1, 0.075, 0.05]
    path = first.save(tmp_path / "first", with_optimizer=with_optimizer)
    same = learner(**FALLING)
    same.restore(path)
    assert rates_of(same) == [0.025, 0.0]
    other = learner(**FALLING | {"learning_rate": 0.2})
    other.restore(path)
    assert (other.updates, other.schedule_began) == (3, 3)
    assert rates_of(other) == [0.2, 0.15]
    again = learner(**FALLING | {"learning_rate": 0.2})
    again.restore(other.save(tmp_path / "other", with_optimizer=with_optimizer))
    assert rates_of(again) == [0.1, 0.05]
    third = learner(**FALLING | {"decay_after": 1})
    third.restore(tmp_path / "other")
    assert rates_of(third, 3) == [0.1, 0.1, 0.075]


def test_step_sizes_of_a_checkpoint_from_before_schedules_had_a_beginning_go_on(tmp_path):
    first = learner(**FALLING)
    rates_of(first, 3)
    tensors, meta = read_checkpoint(first.save(tmp_path / "first"))
    del meta["schedule_began"]
    write_checkpoint(tmp_path / "old", tensors, meta)
    second = learner(**FALLING)
    second.restore(tmp_path / "old")
    assert rates_of(second) == [0.025, 0.0]


@pytest.mark.parametrize("began", [-1, 4, True, "1", None])
def test_a_schedule_that_began_before_or_after_the_run_is_damage(tmp_path, began):
    first = learner(**FALLING)
    rates_of(first, 3)
    tensors, meta = read_checkpoint(first.save(tmp_path / "first"))
    write_checkpoint(tmp_path / "bad", tensors, meta | {"schedule_began": began})
    with pytest.raises(ValueError, match=r"damaged: schedule_began=.*, after 3 updates"):
        learner(**FALLING).restore(tmp_path / "bad")
