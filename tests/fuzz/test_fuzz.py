"""A share of the fuzzers, the same every time; `make fuzz` runs the whole."""

import warnings

import pytest

from tests.fuzz import command_lines, files, kills, surface


def test_command_lines(tmp_path):
    found = command_lines.fuzz(20, 7, tmp_path)
    assert not found.faults, "\n".join(found.faults)
    assert found.codes[2] > 8
    assert found.codes[0] > 0


def test_files(tmp_path):
    found = files.fuzz(60, 7, tmp_path)
    assert not found.faults, "\n".join(found.faults)
    assert found.refused.total() > 35


@pytest.mark.parametrize("name", surface.SURFACE)
def test_calls(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        surface.fuzz(name, 2)


def test_a_run_that_is_killed(tmp_path):
    found = kills.fuzz("copy", 1, 3, tmp_path, episodes=400)
    assert not found.faults, "\n".join(found.faults)
    assert found.kills == 1


def test_the_fuzzers_see_faults(tmp_path):
    """What they would say of a traceback, half a file, damage that is taken for good, and curves that go back."""
    argv = ["train"]
    for code, said, after in (
        ("traceback", "Traceback ...", {}),
        (2, "error: a\nb\n", {}),
        (2, "error: it is not there\n", {"new": "x"}),
        (0, "", {"runs/.config.json.7.tmp": "x"}),
    ):
        assert list(command_lines.faults(argv, code, said, {}, after))
    assert not list(command_lines.faults(argv, 2, "error: it is not there\n", {}, {}))
    kind = files.KINDS["configuration"]._replace(read=lambda path: {})
    assert files._tried(kind, tmp_path, b'{"a": 1}', b'{"a": 2}', {"a": 1}, "x", files.Outcome()).startswith(
        "accepted"
    )
    assert "internals" in (surface.fault(lambda: __import__("numpy").zeros("internals")) or "")
    (tmp_path / "lessons.csv").write_text("updates,score\n5,1\n10,1\n5,1\n")
    with pytest.raises(ValueError, match="repeated"):
        kills.table(tmp_path / "lessons.csv", "updates")
