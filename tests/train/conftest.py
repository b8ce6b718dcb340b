"""What tests of the generic parts share."""

import pytest

from train import experiments
from train.experiments import Row


@pytest.fixture
def toy(monkeypatch):
    """The smallest experiment, known by its name."""
    monkeypatch.setitem(experiments.ROWS, "toy", Row("tests.train.toy", "Toy", "counting"))
