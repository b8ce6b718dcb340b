"""`shrdlu analyse`: files, the last line, the command that gives the same again, refusals."""

import csv
import json
import shlex

import pytest

from tests.train.analysis.tiny import OWN, SMALL, tiny
from train.analysis.running import choose, command
from train.cli import main


def flags(name):
    words = []
    for key, value in (SMALL | OWN[name]).items():
        words.append(f"--{key.replace('_', '-')}")
        if value is not True:
            words += map(str, value) if isinstance(value, tuple) else [str(value)]
    return words


@pytest.mark.parametrize("name", OWN)
def test_one_command_writes_figure_and_numbers_and_the_same_again(tmp_path, capsys, name):
    for part in ("a", "b"):
        main(["analyse", name, *flags(name), "--json", "--out", str(tmp_path / part)])
    saved = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert saved == json.loads((tmp_path / "b" / "numbers.json").read_text())
    assert saved["analysis"] == name
    assert (tmp_path / "a" / "figure.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    tables = sorted(path.name for path in (tmp_path / "a").glob("*.csv"))
    assert len(tables) == 2
    for table in tables:
        text = (tmp_path / "a" / table).read_text()
        assert text == (tmp_path / "b" / table).read_text()
        assert len(list(csv.DictReader(text.splitlines()))) > 1
    first = json.loads((tmp_path / "a" / "numbers.json").read_text())
    assert first | {"seconds": 0} == saved | {"seconds": 0}


@pytest.mark.parametrize("name", OWN)
def test_the_command_gives_the_same_settings(name):
    chosen, settings = tiny(name, seed=7, minutes=2.5)
    program, verb, *rest = shlex.split(command(chosen, settings))
    assert (program, verb) == ("shrdlu", "analyse")
    again, parsed = choose([*rest, "--quiet"])
    assert again.name == name
    assert parsed == settings


def test_analyses_are_listed(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["analyse", "--help"])
    assert not stopped.value.code
    said = capsys.readouterr().out
    assert all(name in said for name in OWN)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["colours"], "analysis='colours'; allowed are memory-reuse"),
        (["links", "--seeds", "0"], "seeds=0"),
        (["links", "--nothing", "3"], "nothing"),
        (["memory-reuse", "--copies", "0"], "copies=0"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(capsys, argv, said):
    with pytest.raises(SystemExit) as stopped:
        main(["analyse", *argv])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
