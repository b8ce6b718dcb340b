"""Scenes: what the rest of the viewer asks of a world, and that it asks nothing else."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import shrdlu_env.viewer
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.panels.still import draw_frame
from shrdlu_env.viewer.recording.episode import Episode, Step, plain
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes import registry
from shrdlu_env.viewer.scenes.registry import SCENES, scene_name, scene_of
from shrdlu_env.viewer.scenes.scene import Banner, Scene, boundaries
from shrdlu_env.viewer.scenes.sequence import picture as strips
from shrdlu_env.viewer.scenes.sequence.bits import bits_of
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    graph_episode,
    graph_view,
    make_env,
    sequence_episode,
    sequence_view,
    story_episode,
    view,
)

PACKAGE = Path(shrdlu_env.viewer.__file__).parent
#: Words of single worlds. Files outside `scenes/` are free of them.
WORDS = r"boards?|blocks?|nodes?|graphs?|goals?|constraints?|columns?_of|moves_left|cued_goal|shown_goal|sequences?"
# Only the door to the package names a world: whose demonstration agent it offers.
ALLOWED = {"__init__.py": {"blocks"}}
MAKERS = {
    "blocks": agent_episode,
    "graph": graph_episode,
    "sequence": sequence_episode,
    "story": story_episode,
}


def test_generic_files_know_no_world():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        if name.startswith("scenes/") and name != "scenes/scene.py":
            continue
        for word in re.findall(rf"(?<![A-Za-z])(?:{WORDS})(?![A-Za-z])", path.read_text("utf-8")):
            if word.lower() not in ALLOWED.get(name, set()):
                found.append(f"{name}: {word}")
    assert not found


ORDER = ["_pygame", "recording", "drawing", "scenes", "panels", "exporting", "program"]


def test_folders_import_only_those_before_them():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if folder not in ORDER:
            continue
        for other, module in re.findall(
            r"from shrdlu_env\.viewer\.(\w+)(?:\.(\w+))? import", path.read_text("utf-8")
        ):
            asks = (path.name, other, module) == ("storage.py", "scenes", "registry")
            if ORDER.index(other) > ORDER.index(folder) and not asks:
                found.append(f"{path.relative_to(PACKAGE)}: {other}.{module}")
    assert not found


def test_every_row_is_a_scene_of_that_name():
    for name in SCENES:
        scene = scene_of({"scene": name})
        assert isinstance(scene, Scene)
        assert scene.name == name
        assert scene.rules
        assert scene is scene_of({"scene": name})
    assert set(MAKERS) == set(SCENES)


def test_views_recorded_before_scenes_had_names():
    for make, name in ((view, "blocks"), (lambda: graph_view(0), "graph")):
        old = {key: value for key, value in make().items() if key != "scene"}
        assert scene_name(old) == name
    for odd in ({}, {"scene": "nowhere"}, {"scene": 3}, {"scene": ["blocks"]}):
        with pytest.raises(
            ValueError, match=r"view\['scene'\] must be one of blocks, graph, sequence, story, got"
        ):
            scene_of(odd)


def test_the_environment_names_its_scene():
    env = make_env()
    env.reset(seed=0)
    assert env.unwrapped.view()["scene"] == "blocks"


@pytest.mark.parametrize("name", SCENES)
def test_everything_that_is_asked_has_an_answer(name):
    episode = MAKERS[name]()
    scene = scene_of(episode.view(0))
    for t in range(len(episode) + 1):
        seen = episode.view(t)
        scene.check(plain(dict(seen)))
        assert scene.caption(seen)
        assert scene.phase_words(seen)
        for hidden in (False, True):
            banner = scene.banner(seen, hidden)
            assert banner.label
            assert banner.sentence
        assert scene.text(seen).endswith("\n")
        assert scene.span(seen).label
        if not scene.planned(seen):
            assert scene.no_plan(seen)
        if t < len(episode):
            scene.tick(episode, t)
    assert scene.welcome("file")
    assert scene.welcome("person")
    assert (scene.hand() is None) == bool(scene.watch_only)
    assert boundaries(scene, episode)[0] == 0
    assert boundaries(scene, episode)[-1] == len(episode)
    assert scene.summary(episode).result
    assert draw_frame(episode.view(0), (320, 240)).shape == (240, 320, 3)


def without(make, entry):
    return {key: value for key, value in make().items() if key != entry}


@pytest.mark.parametrize("make", [view, lambda: graph_view(7), lambda: sequence_view(9)])
def test_a_view_that_lacks_something_or_has_it_of_another_kind(make):
    scene = scene_of(make())
    for entry in make():
        if entry != "scene":
            with pytest.raises(ValueError, match=f"the view lacks {entry}"):
                scene.check(without(make, entry))
        for wrong in ({"a": {1: 2}}, object(), float("nan"), 10**12):
            with pytest.raises(ValueError, match=rf"view\['{entry}'\] must be") as caught:
                scene.check({**make(), entry: wrong})
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (view, {"board": [[0, 0, 0], [1, 2, 3]]}, "square of 3 rows, got 2"),
        (view, {"board": [[10, 0, 0], [2, 0, 4], [6, 5, 3]]}, "block numbers 0 to 9"),
        (view, {"shown_constraint": "7x9"}, "must look like"),
        (view, {"goals": {"Q": ["what"]}}, "must look like"),
        (view, {"optimal_actions": ["1>4"]}, "must name columns 1 to 3"),
        (graph_view, {"current": 5}, "must name nodes 0 to 4"),
        (graph_view, {"edges": [(0, "1", -1)]}, "must name nodes 0 to 4"),
        (graph_view, {"told": 7}, "must be from 0 to 6, got 7"),
        (graph_view, {"positions": [(0.0, 0.0)]}, "must have 5 entries, got 1"),
        (graph_view, {"positions": [(0.0, 9.0)] * 5}, "must lie from 0 to 1"),
        (sequence_view, {"targets": [[0.0] * 4]}, "must be of one length"),
        (sequence_view, {"inputs": [[0.0]] * 16 + [[0.0, 1.0]]}, "must have equal rows"),
        (sequence_view, {"outputs": [[0.0] * 3] * 17}, "as many channels as"),
        (sequence_view, {"channels": ["a"] * 6}, "more channels than there are inputs"),
        (sequence_view, {"step": 18}, "must be from 0 to 17, got 18"),
    ],
)
def test_views_that_could_not_be_drawn(make, changes, message):
    seen = {**(view() if make is view else make(0)), **changes}
    with pytest.raises(ValueError, match=message) as caught:
        scene_of(seen).check(seen)
    assert "\n" not in str(caught.value)


# The scene of sequences.


def test_wrong_bits_are_those_on_the_other_side_of_one_half():
    seen = sequence_view(17)
    bits = bits_of(seen)
    wrong = 0
    for t, (target, output) in enumerate(zip(seen["targets"], seen["outputs"], strict=True)):
        for k, asked in enumerate(target):
            off = asked is not None and (output[k] >= 0.5) != (asked >= 0.5)
            assert bits.wrong[k, t] == off
            wrong += off
    assert wrong == 1
    assert bits_of(sequence_view(10)).wrong.sum() == 0
    assert bits_of(sequence_view(11)).wrong.sum() == 1
    assert bits_of(sequence_view(0)).asked.sum() == 0


def reds(picture):
    return int((picture == np.array(theme.RED)).all(-1).sum())


def test_wrong_bits_are_marked_in_a_colour_and_a_shape():
    right = sequence_view(17)
    right["outputs"] = [[0.5 if b is None else b for b in row] for row in right["targets"]]
    good, bad = draw_frame(right), draw_frame(sequence_view(17))
    assert reds(bad) > 40
    assert reds(good) < reds(bad) / 4


def test_hidden_targets_and_inputs_to_come_are_not_drawn():
    def picture(seen, hidden):
        return to_array(Renderer().draw(Frame(Episode((Step(seen),)), hidden=hidden), (900, 600)))

    one, other = sequence_view(3), sequence_view(3)
    other["targets"] = [[None if b is None else 1 - b for b in row] for row in one["targets"]]
    other["inputs"] = [row if t <= 3 else [1 - b for b in row] for t, row in enumerate(one["inputs"])]
    assert np.array_equal(picture(one, True), picture(other, True))
    assert not np.array_equal(picture(one, False), picture(other, False))


@pytest.mark.parametrize("steps", [1, 3, 120])
@pytest.mark.parametrize("size", [(240, 180), (700, 450), (1280, 800)])
def test_sequences_of_any_length(steps, size):
    seen = sequence_view(steps + 1, steps, width=7)
    assert draw_frame(seen, size).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("high", [60, 120, 200, 250, 400])
@pytest.mark.parametrize("names", [["end"], ["start", "end"], ["start", "end", "count"]])
@pytest.mark.parametrize("wide", [4, 8])
def test_names_of_channels_lead_to_their_rows(high, names, wide, monkeypatch):
    """A name stands at its row, or a line goes from it to its row and to no other."""
    seen, rect, drawn, written = sequence_view(9, width=wide), pygame.Rect(0, 0, 900, high), [], {}
    seen["channels"], rows = names, wide + len(names)
    seen["inputs"] = [[0.0] * rows] * len(seen["inputs"])
    areas, original = [], strips.text

    def listening(surface, string, at, *more, **how):
        covered = original(surface, string, at, *more, **how)
        written[string] = (at[1], covered)
        return covered

    monkeypatch.setattr(strips, "text", listening)
    monkeypatch.setattr(strips, "stroke", lambda surface, ends, *more: drawn.append(ends))
    kept = strips._areas
    monkeypatch.setattr(strips, "_areas", lambda *args: areas.extend(kept(*args)) or tuple(areas))
    strips.draw_sequence(pygame.Surface(rect.size, 0, 32), rect, seen, 3, 1.0, hidden=False)
    pitch = areas[0].height / rows
    shown = [name for name in names if name in written]
    assert shown == names[len(names) - len(shown) :]
    assert len(shown) == len(names) or high < 250
    for name in shown:
        y, _ = written[name]
        row = areas[0].top + (wide + names.index(name) + 0.5) * pitch
        if abs(y - row) > 0.5:
            assert (y, row) in [(ends[0][1], ends[1][1]) for ends in drawn]
    boxes = [written[name][1] for name in (*shown, "INPUT", "TARGET", "what is asked") if name in written]
    assert all(not a.colliderect(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_the_text_shows_the_bits():
    text = scene_of(sequence_view(17)).text(sequence_view(17))
    rows = text.splitlines()
    assert rows[0] == "input"
    seen = sequence_view(17)
    for k in range(5):
        assert rows[1 + k].strip() == "".join(str(int(column[k])) for column in seen["inputs"])
    assert text.count("x") == 1
    assert "1 of 32 wrong" in text


# Adding one, as docs/reference/viewer.md shows it.


def test_the_example_of_the_document(monkeypatch):
    document = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "viewer.md").read_text("utf-8")
    code = (
        document[document.index('```python\n"""The scene of dice') :].split("```")[1].removeprefix("python\n")
    )
    assert len(code.splitlines()) <= 45
    space: dict = {}
    exec(compile(code, "dice", "exec"), space)
    scene = space["DiceScene"]()
    monkeypatch.setattr(registry, "_scene", lambda name: scene)
    monkeypatch.setitem(SCENES, "dice", "dice:DiceScene")
    seen: Mapping = {"scene": "dice", "phase": "answer", "eyes": 5, "terminated": False}
    scene.check(seen)
    with pytest.raises(ValueError, match="eyes"):
        scene.check({**seen, "eyes": "many"})
    picture = Renderer().draw(Frame(Episode((Step(seen),))), (700, 450))
    assert picture.get_size() == (700, 450)
    assert isinstance(scene.banner(seen, False), Banner)
