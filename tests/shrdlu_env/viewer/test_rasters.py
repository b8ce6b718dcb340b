"""The strips over time: weightings first and with room, other numbers as far as there is room, or on a page."""

import dataclasses
import itertools

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.exporting import notes
from shrdlu_env.viewer.panels.contents import OTHERS, by_location, sheets_of
from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.rasters import WEIGHTINGS, stack
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from tests.shrdlu_env.viewer.driving import layout, mouse
from tests.shrdlu_env.viewer.samples import agent_episode, sequence_episode

FIRST = (("write_weighting", None), ("read_weightings", 0), ("read_weightings", 1), ("usage", None))
FIVE = tuple((name, None) for name in ("allocation_weighting", "precedence", "read_strengths", "x", "y"))


def talkative() -> Episode:
    """The demonstration agent, whose memory tells five more rows a step."""
    steps = []
    for step in agent_episode().steps:
        more = None
        if step.internals is not None:
            rows = {name: np.linspace(-1, 1, 16, dtype=np.float32) for name, _ in FIVE}
            more = {**step.internals, **rows}
        steps.append(dataclasses.replace(step, internals=more))
    return Episode(tuple(steps), seed=5)


@pytest.mark.parametrize("high", [90, 200, 300, 400, 440, 500, 600, 900, 2000])
@pytest.mark.parametrize("count", [1, 3, 4])
def test_weightings_have_room_before_others_get_any(high, count):
    names = (*FIRST[:count], *FIVE)
    panel = pygame.Rect(10, 20, 300, high)
    rasters, unseen = stack(panel, 1.0, names)
    assert [(raster.name, raster.head) for raster in rasters] == list(names[: len(rasters)])
    assert set(unseen) == {name for name, _ in names[len(rasters) :]}
    assert all(raster.area.height >= 12 for raster in rasters)
    assert all(panel.contains(raster.area) for raster in rasters)
    boxes = [raster.header.union(raster.area) for raster in rasters]
    assert all(a.bottom <= b.top for a, b in itertools.pairwise(boxes))
    heights = [raster.area.height for raster in rasters]
    if len(rasters) > count:
        assert min(heights[:count]) >= 75
        assert min(heights[:count]) + 1 >= max(heights[count:])


def test_a_strip_without_weightings_has_it_all():
    rasters, unseen = stack(pygame.Rect(0, 0, 300, 200), 1.0, FIVE)
    assert (len(rasters), unseen) == (5, ())


@pytest.mark.parametrize("size", [(1280, 800), (1280, 960)])
def test_callouts_have_room_beside_many_other_numbers(size, monkeypatch):
    """Of a network that tells more than its weightings the picture says as much as of one that does not."""
    told, drawn = [], notes.point
    for episode in (agent_episode(), talkative()):
        said = []

        def listening(surface, ink, area, string, *more, said=said):
            said.append((string, drawn(surface, ink, area, string, *more) is not None))

        with monkeypatch.context() as patch:
            patch.setattr(notes, "point", listening)
            notes.annotate_step(Renderer(), Frame(episode, float(episode.go_step())), size)
        told.append(said)
    assert told[0] == told[1]
    assert len(told[1]) >= 2
    assert all(fits for _, fits in told[1])


def test_the_captions_leave_no_gap_below_the_picture():
    """At full height another strip is shown and has a caption; with fewer captions the picture gets their room."""
    frame = Frame(talkative(), 8.0)
    picture = notes.annotate_step(Renderer(), frame, (1280, 960))
    rows = (pygame.surfarray.array3d(picture) != np.array(notes.BACKGROUND)).any(-1).any(0)
    blank = np.flatnonzero(~rows[20:-20])
    longest = max(len(run) for run in np.split(blank, np.flatnonzero(np.diff(blank) > 1) + 1))
    assert longest < 30


def test_other_numbers_are_a_page_of_their_own():
    episode = talkative()
    assert sheets_of(episode) == ("memory", "link", OTHERS)
    assert OTHERS not in sheets_of(agent_episode())
    place = arrange((1280, 800), episode)
    assert {raster.name for raster in place.rasters} <= set(WEIGHTINGS)
    assert [raster.name for raster in place.others] == [name for name, _ in FIVE]
    assert all(place.memory.contains(raster.area) for raster in place.others)
    player = Player(episode, "file")
    player.seek(4.0)
    player.do(Command.LINKS)
    player.do(Command.LINKS)
    assert player.frame().sheet == OTHERS
    area = place.others[0].area
    pictures = [
        pygame.surfarray.array3d(Renderer().draw(Frame(episode, 4.0, sheet=sheet), (1280, 800)))[
            area.left : area.right, area.top : area.bottom
        ]
        for sheet in ("memory", OTHERS)
    ]
    assert (pictures[0] != pictures[1]).any()


def test_only_rows_that_are_locations_name_one(start):
    episode = sequence_episode()
    assert by_location(episode, "memory")
    assert by_location(episode, "link")
    assert not by_location(episode, "key_strength_table")
    assert not by_location(episode, OTHERS)
    app = start(Player(episode, "file"))
    cells = layout(app).cells
    for sheet, found in (("memory", True), ("key_strength_table", False), (OTHERS, False)):
        app.player.sheet = sheet
        mouse(app, pygame.MOUSEMOTION, cells.center, rel=(0, 0), buttons=(0, 0, 0))
        assert (app.player.frame().location is not None) == found
