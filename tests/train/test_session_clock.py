"""What a session does by the clock and by the count of its updates."""

import itertools
from types import SimpleNamespace

import pytest

from tests.train.test_session import logged
from tests.train.toy import Toy, ToyConfig, meta, train
from train import commands, session

pytestmark = pytest.mark.usefixtures("toy")


def test_a_session_lasts_as_many_minutes_as_it_may_and_counts_them(tmp_path, monkeypatch):
    """On a clock that is looked at twice an update, goes on by a second each time and began just now."""
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=itertools.count(1.0).__next__))
    learner = commands.train(Toy(), tmp_path, ToyConfig(), minutes=1.0, quiet=True)
    assert learner.updates == 30
    assert meta(tmp_path)["extra"]["run"]["seconds"] == 61


def test_the_bar_shows_episodes_and_seconds_of_this_session(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=itertools.count(1.0).__next__))
    shown = []
    monkeypatch.setattr(
        session.Display, "batch", lambda _, __, **told: shown.append((told["fresh"], told["elapsed"]))
    )
    train(tmp_path, 12)
    train(tmp_path, 20)
    assert shown == [(4, 2), (8, 4), (12, 6), (4, 2), (8, 4)]


def test_a_line_of_the_log_every_few_updates_however_many_there_were(tmp_path):
    """Far past the small numbers that Python keeps once each."""
    train(tmp_path, 4 * 3000, gate_every=10**6)
    assert logged(tmp_path) == [40.0 * session.LOG_EVERY * k for k in range(1, 3000 // session.LOG_EVERY + 1)]
