"""The tree search of `examples/`, as it stands: it finds as short a way as the planner, the same one every time."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "examples" / "tree_search.py"


@pytest.mark.parametrize("seed", [0, 1])
def test_it_solves_its_puzzle(capsys, seed):
    main = runpy.run_path(str(SCRIPT))["main"]
    path, fewest = main(seed)
    assert len(path) == fewest > 1
    assert main(seed) == (path, fewest)
    assert "goal satisfied: True" in capsys.readouterr().out
