"""Notes on pictures: what they say is true, and all of it is there to be read."""

import dataclasses

import imageio.v3 as iio
import numpy as np
import pytest

from shrdlu_env.viewer import save
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.fonts import width, wrap
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.exporting import callouts, notes, storyboard
from shrdlu_env.viewer.exporting.callouts import Note, place, point, quiet_spot
from shrdlu_env.viewer.exporting.export import export
from shrdlu_env.viewer.exporting.storyboard import arrange_page, draw_storyboard, marked_cells
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.blocks import findings
from shrdlu_env.viewer.scenes.registry import scene_of
from tests.shrdlu_env.viewer.samples import (
    agent_episode,
    graph_episode,
    graph_view,
    plain_episode,
    sequence_episode,
    story_episode,
)
from train import cli

SIZE = (1280, 800)


def changed(change) -> Episode:
    """The demonstration agent's episode with `change(t, internals)` applied to copies of its insides."""
    episode = agent_episode()
    steps = []
    for t, step in enumerate(episode.steps):
        insides = None
        if step.internals is not None:
            insides = {name: np.array(value) for name, value in step.internals.items()}
            change(t, insides)
        steps.append(dataclasses.replace(step, internals=insides))
    return Episode(tuple(steps))


def tidy(reads_at_cue: float) -> Episode:
    """Every constraint in a row of its own; at the cue this much of every head on the chosen goal's first."""
    episode = agent_episode()
    go = episode.go_step()
    goal = episode.view(go)["cued_goal"]
    first = next(t for t in range(go) if episode.view(t)["shown_goal"] == goal)

    def change(t, insides):
        insides["write_weighting"][:] = 0
        insides["write_weighting"][min(t, 15)] = 0.9
        insides["read_weightings"][:] = 0
        insides["read_weightings"][:, first] = reads_at_cue
        insides["read_weightings"][:, 15] = 1 - reads_at_cue

    return changed(change)


def one_place() -> Episode:
    """Everything is written to the same location."""

    def change(t, insides):
        insides["write_weighting"][:] = 0
        insides["write_weighting"][3] = 1

    return changed(change)


def spoken(monkeypatch) -> list[tuple[str, pygame.Rect, pygame.Rect]]:
    """The call-outs drawn from now on: text, box, the strip it belongs to."""
    said = []

    def listening(surface, ink, area, string, target, colour, u):
        box = point(surface, ink, area, string, target, colour, u)
        if box is not None:
            said.append((string, box, area))
        return box

    monkeypatch.setattr(notes, "point", listening)
    return said


def test_locations_of_their_own():
    told = findings.told_steps(tidy(1.0))
    assert findings.own_locations(tidy(1.0)) == {t: t for t in told}
    assert findings.writing_note(tidy(1.0)) == (
        f"Each of the {len(told)} constraints is written to a location of its own."
    )
    assert findings.own_locations(one_place()) == {}
    assert findings.writing_note(one_place()) == f"0 of {len(told)} constraints have a location of their own."
    assert findings.writing_note(plain_episode()) == ""


@pytest.mark.parametrize(("share", "claimed"), [(0.9, True), (0.51, True), (0.5, False), (0.1, False)])
def test_what_is_said_of_the_cue(share, claimed):
    episode = tidy(share)
    assert findings.cue_share(episode) == pytest.approx(share)
    said = findings.cue_note(episode)
    assert ("the read heads go to goal" in said) == claimed
    assert f"{100 * share:.0f} % of their weight" in said


def test_a_head_that_reads_nothing_counts():
    def change(t, insides):
        insides["read_weightings"][1] = 0

    episode = agent_episode()
    whole, half = findings.cue_share(episode), findings.cue_share(changed(change))
    go, chosen = episode.go_step(), sorted(findings.chosen_locations(episode))
    assert whole == pytest.approx(episode.stack("read_weightings")[go][:, chosen].sum() / 2)
    assert half == pytest.approx(episode.stack("read_weightings")[go][0, chosen].sum() / 2)


@pytest.mark.parametrize(
    "episode", [plain_episode, lambda: Episode(agent_episode().steps[:2]), graph_episode]
)
def test_nothing_to_say_of_the_cue(episode):
    assert findings.cue_share(episode()) is None
    assert findings.cue_note(episode()) == ""


def test_the_story_says_only_what_is_true(monkeypatch):
    said = spoken(monkeypatch)
    notes.annotate_story(tidy(0.8), SIZE)
    assert [words for words, *_ in said] == [
        findings.writing_note(tidy(0.8)),
        findings.cue_note(tidy(0.8)),
    ]
    said.clear()
    notes.annotate_story(one_place(), SIZE)
    assert not any("of its own" in words or "go to" in words for words, *_ in said)
    said.clear()
    notes.annotate_story(plain_episode(), SIZE)
    assert said == []


def test_a_step_says_what_is_written_and_read(monkeypatch):
    said = spoken(monkeypatch)
    episode = tidy(0.8)
    go = episode.go_step()
    goal = episode.view(go)["cued_goal"]
    notes.annotate_step(Renderer(), Frame(episode, float(go)), SIZE)
    write, *reads = (words.replace(callouts.TIED, " ") for words, *_ in said)
    assert write == f"writes go {goal} to location {go + 1}, 90 %"
    assert len(reads) == 2
    assert all(words.startswith(f"reads {goal} ") and "80 %" in words for words in reads)
    said.clear()
    notes.annotate_step(Renderer(), Frame(episode, float(go), hidden=True), SIZE)
    assert not any(f" {goal} " in words.replace(callouts.TIED, " ") for words, *_ in said)
    said.clear()
    notes.annotate_step(Renderer(), Frame(episode, float(len(episode))), SIZE)
    assert said == []


@pytest.mark.parametrize("size", [(960, 600), SIZE, (1280, 960), (2560, 1600)])
def test_everything_fits(size, monkeypatch):
    said = spoken(monkeypatch)
    u = min(size[0] / 1280, size[1] / 800)
    whole = pygame.Rect(0, 0, *size)
    for episode in (agent_episode(), plain_episode(), graph_episode(), sequence_episode(), story_episode()):
        for t in range(len(episode) + 1):
            frame = Frame(episode, float(t))
            entries = notes.step_notes(frame, arrange(size, episode))
            assert_fits(entries, size[0] - 24 * u, u)
            assert all(whole.collidepoint(entry.at) for entry in entries)
    assert_fits(
        notes.story_notes(arrange_page(agent_episode(), size), scene_of(agent_episode().view(0)), True),
        size[0] - 24 * u,
        u,
    )
    go = agent_episode().go_step()
    assert notes.annotate_step(Renderer(), Frame(agent_episode(), float(go)), size).get_size() == size
    assert notes.annotate_story(agent_episode(), size).get_size() == size
    # In small strips a call-out that does not fit is left out.
    assert len(said) >= (3 if size[0] > 1000 else 2)
    for words, box, area in said:
        assert area.contains(box), words


@pytest.mark.parametrize(("high", "lines"), [(60, 2), (32, 1), (20, 0)])
def test_a_callout_without_room_is_left_out(high, lines):
    surface = pygame.Surface((400, 100), 0, 32)
    surface.fill((0, 0, 0))
    area, target = pygame.Rect(0, 0, 400, high), pygame.Rect(0, 0, 10, 5)
    words = "reads this and that and then all the others"
    box = point(surface, np.zeros((4, 4)), area, words, target, callouts.NOTE, 1.0)
    assert (box.height - 7 if box else 0) == 17 * lines
    assert to_array(surface).any() == (lines > 0)


def assert_fits(entries: list[Note], wide: float, u: float) -> None:
    captions, high = place(entries, round(wide), u)
    assert high < 0.4 * 800 * u
    text_size = max(12, round(15 * u))
    for k, caption in enumerate(captions):
        assert " ".join(caption.lines) == entries[k].text
        for line in caption.lines:
            assert width(line, text_size) <= caption.rect.width - 30 * u
        assert 24 * u + 19 * u * len(caption.lines) <= caption.rect.height
        assert caption.rect.right <= wide
        assert caption.rect.bottom <= high
        assert caption.rect.collidelist([other.rect for other in captions[:k]]) == -1


def test_every_head_that_reads_the_goal_is_framed():
    """Also where a head spreads over the goal's locations, with less than a third on each."""
    episode = agent_episode()
    go, written = episode.go_step(), findings.chosen_locations(episode)
    chosen = sorted(written)

    def change(t, insides):
        insides["read_weightings"][:] = 0.001
        if t == go:
            insides["read_weightings"][:, chosen] = 0.55 / len(chosen)

    spread, page = changed(change), arrange_page(episode, SIZE)
    assert 0.55 / len(chosen) < 0.3
    assert marked_cells(spread, page, 0) == [page.cell(0, t, k, 16) for k, t in written.items()]
    for strip in (1, 2):
        assert marked_cells(spread, page, strip) == [page.cell(strip, go, k, 16) for k in chosen]


def test_no_callout_covers_a_frame(monkeypatch):
    """Not even where the frames have the only quiet place around them."""
    goal = agent_episode().view(agent_episode().go_step())["cued_goal"]
    told = findings.told_steps(agent_episode())
    mine = [t for t in told if agent_episode().view(t)["shown_goal"] == goal]

    def change(t, insides):
        weights = insides["write_weighting"]
        weights[:] = 0.0 if t in mine else 0.45
        weights[mine] = 0.0
        weights[min(t, 15)] = 0.9

    said, episode = spoken(monkeypatch), changed(change)
    notes.annotate_story(episode, SIZE)
    words, box, area = said[0]
    assert words == findings.writing_note(episode)
    page = next(
        page
        for page in (arrange_page(episode, (SIZE[0], high)) for high in range(SIZE[1], 300, -1))
        if page.strips[0] == area
    )
    frames = marked_cells(episode, page, 0)
    assert len(frames) == len(mine)
    assert box.collidelist(frames) < 0


@pytest.mark.parametrize("size", [(960, 600), SIZE])
@pytest.mark.parametrize("last", [1, 2, 5])
def test_names_of_phases_stay_on_the_page(size, last, monkeypatch):
    said, original = [], storyboard.text

    def listening(surface, string, *more, **how):
        rect = original(surface, string, *more, **how)
        said.append((string, rect))
        return rect

    monkeypatch.setattr(storyboard, "text", listening)
    views = [graph_view(5, phase="describe")] * 60 + [graph_view(5, phase="answer")] * (last + 1)
    inside = {"write_weighting": np.ones(4, np.float32)}
    episode = Episode(tuple(Step(seen, internals=inside) for seen in views))
    draw_storyboard(episode, size)
    page = arrange_page(episode, size)
    names = [rect for string, rect in said if string in ("describe", "answer")]
    assert len(names) == 2
    assert all(rect.right <= page.memory.right for rect in names)
    assert not names[0].colliderect(names[1])


def test_wrap():
    assert wrap("", 15, 100) == ("",)
    assert wrap("one two", 15, 1000) == ("one two",)
    assert wrap("one two", 15, 1) == ("one", "two")
    assert wrap(f"one{callouts.TIED}two", 15, 1) == ("one two",)


def test_the_quiet_spot_hides_nothing_where_it_can():
    ink = np.ones((10, 10))
    ink[6:, :5] = 0
    area = pygame.Rect(100, 50, 200, 100)
    spot = quiet_spot(ink, area, (60, 30), (300, 50))
    assert pygame.Rect(100, 110, 100, 40).contains(spot)
    assert quiet_spot(np.zeros((10, 10)), area, (60, 30), area.center).center == pytest.approx(
        area.center, abs=6
    )
    assert quiet_spot(ink, area, (999, 999), area.center) == area


def test_export_with_notes(tmp_path):
    episode = agent_episode()
    page = iio.imread(export(episode, tmp_path / "story.png", notes=True))[..., :3]
    assert page.shape == (960, 1280, 3)
    plain = to_array(draw_storyboard(episode, (1280, 960)))
    assert (page != plain).any(-1).mean() > 0.05
    step = iio.imread(export(episode, tmp_path / "step.png", notes=True, step=3, size=SIZE))[..., :3]
    assert step.shape == (800, 1280, 3)
    assert (step == np.array(callouts.NOTE)).all(-1).sum() > 10 * 200
    graph = iio.imread(export(graph_episode(), tmp_path / "graph.png", notes=True))
    assert graph.shape[:2] == (960, 1280)


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("film.gif", {}, r"notes can be drawn on a \.png only, got"),
        ("all.txt", {}, r"notes can be drawn on a \.png only, got"),
        ("page.png", {"size": (640, 480)}, "size must be at least 960 x 600 pixels with notes"),
        ("step.png", {"step": 999}, "step must be from 0 to"),
    ],
)
def test_bad_arguments(name, more, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export(agent_episode(), tmp_path / name, notes=True, **more)
    assert not list(tmp_path.iterdir())


def test_the_command(tmp_path, capsys):
    source = save(agent_episode(), tmp_path / "episode.npz")
    out = tmp_path / "step.png"
    cli.main(["replay", str(source), "--export", str(out), "--step", "2", "--notes"])
    export(agent_episode(), tmp_path / "same.png", step=2, notes=True)
    assert np.array_equal(iio.imread(out), iio.imread(tmp_path / "same.png"))
    with pytest.raises(SystemExit):
        cli.main(["replay", str(source), "--export", str(tmp_path / "film.gif"), "--notes"])
    assert "error: notes with export=" in capsys.readouterr().err
