"""What a scene is: everything the viewer asks about a world, so that it need not know one.

A new world is a module or folder beside this one with a `Scene`, and a row in `registry.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import BLUE, GREEN, MUTED, YELLOW, Colour
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.frame import Frame

View = Mapping[str, Any]


class Banner(NamedTuple):
    """What stands above everything: a label on a coloured bar, a sentence, figures as (name, value).

    Figures that find no room are left out, the last first.
    """

    label: str
    colour: Colour
    sentence: str
    figures: Sequence[tuple[str, str]] = ()


class Span(NamedTuple):
    """One observation on the time bar.

    Attributes:
        label: neighbours of one label are one stretch.
        colour: of the stretch.
        stage: a change of stage is where "to the next phase" stops.
        bright: drawn in full colour and never joined to a neighbour: a cue.
        secret: the label is nothing the agent could know later, and goes where that is hidden.
    """

    label: str
    colour: Colour
    stage: str
    bright: bool = False
    secret: bool = True


class Summary(NamedTuple):
    """How an episode ended: in a word with its colour, and more in a few words each."""

    result: str
    colour: Colour
    facts: Sequence[str] = ()


class Tick(NamedTuple):
    """One step on the axis of a whole episode: a word, its colour, the group of steps that it belongs to."""

    word: str
    colour: Colour
    group: str = ""
    group_colour: Colour = MUTED


class Remark(NamedTuple):
    """Something that an episode shows, and the cells (step, location) of a strip that show it.

    `head` is the read head whose strip it is, None for the writes.
    """

    text: str
    head: int | None
    cells: Sequence[tuple[int, int]]


class Choice(NamedTuple):
    """One thing that a policy weighs: its name, how probable it is, and whether it was taken.

    `planned` is whether the planner would do it, `legal` whether it can be done.
    """

    label: str
    share: float
    taken: bool = False
    planned: bool = False
    legal: bool = True


class Answer(NamedTuple):
    """What comes of a press by hand: an action to take, or a line to say, or both or neither."""

    action: Any = None
    message: str = ""


class Hand(ABC):
    """Playing by hand: what has been picked up, what is marked on the picture."""

    @abstractmethod
    def target_at(
        self, position: tuple[int, int], rect: pygame.Rect, view: View, u: float
    ) -> Hashable | None:
        """What of the picture in `rect` lies under a pixel, None for nothing."""

    @abstractmethod
    def target_of(self, digit: int, view: View) -> Hashable | None:
        """What a digit key from 1 on stands for, None for nothing."""

    @abstractmethod
    def press(self, target: Hashable, view: View) -> Answer:
        """Answer a click or key on a target, at an observation where the person may act."""

    @abstractmethod
    def release(self) -> None:
        """Put back what is in hand."""

    @abstractmethod
    def waits(self, view: View) -> bool:
        """Whether nothing can be done at this observation but let time pass."""

    @abstractmethod
    def idle(self, view: View) -> Any:
        """The action that does nothing."""

    @abstractmethod
    def marks(self, view: View, *, hover: Hashable | None, hint: bool, legal: bool) -> Hashable:
        """What to mark on the picture; the scene's own kind of thing.

        Args:
            view: the observation on show.
            hover: target under the mouse, None for none.
            hint: show what the planner would do.
            legal: show what is allowed.
        """

    def standing(self, view: View, hidden: bool) -> str:
        """A line that stands as long as nothing is done: that it is solved or over, and what comes next."""
        return ""

    def tick(self, seconds: float) -> None:  # noqa: B027  (most have nothing to do)
        """Let time pass for marks that go by themselves."""

    #: Why a person cannot pass, "" where one can.
    no_pass: ClassVar[str] = ""
    #: Said where a person is to act and asks for time to run.
    your_turn: ClassVar[str] = "Your move"
    #: Said where `waits` is true and the person wants to act.
    not_yet: ClassVar[str] = "Nothing can be done yet; space runs on"


class Scene(ABC):
    """One world as it looks. Stateless: one object serves all episodes.

    Attributes:
        name: what views carry as `view["scene"]`.
        title: name of the world for title bars.
        wide: whether the picture is a band above the memory rather than a column left of it.
        film_share: share of the page of a whole episode that its pictures have, above the memory.
        watch_only: why nobody can play by hand, "" where `hand` gives one.
        rules: lines for the page of keys: the world's rules and notation in words.
        mouse: lines for the page of keys: (what the mouse does, what comes of it).
        picture: (title, sentence) of the note at the picture.
        side: (title, sentence) of the note at the side panel.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    wide: ClassVar[bool] = False
    film_share: ClassVar[float] = 0.36
    watch_only: ClassVar[str] = ""
    rules: ClassVar[Sequence[str]] = ()
    mouse: ClassVar[Sequence[tuple[str, str]]] = ()
    picture: ClassVar[tuple[str, str]]
    side: ClassVar[tuple[str, str]] = ("", "")

    # What must be there.

    @abstractmethod
    def check(self, view: View) -> None:
        """Refuse a view that could not be drawn.

        Raises:
            ValueError: one line that names the entry.
        """

    @abstractmethod
    def banner(self, view: View, hidden: bool) -> Banner:
        """The line above the picture; `hidden` leaves out what the agent cannot see."""

    @abstractmethod
    def draw(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """Draw the picture of `frame.step` into `rect`, whose panel is drawn; `u` is pixels per layout unit."""

    @abstractmethod
    def text(self, view: View) -> str:
        """The observation as text, for the text export."""

    # What has a usual answer.

    def key(self, frame: Frame) -> Hashable:
        """What the picture depends on besides episode, step, size and `frame.hidden`."""
        return None

    def has_side(self, view: View) -> bool:
        """Whether there is a panel beside the picture."""
        return False

    def draw_side(  # noqa: B027  (most have no such panel)
        self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float
    ) -> None:
        """Draw the panel beside the picture into `rect`."""

    def hand(self) -> Hand | None:
        """A fresh hand to play with, None where episodes are only watched."""
        return None

    def welcome(self, control: str) -> Sequence[str]:
        """The first screen: how to begin, in a few lines; `control` is who plays."""
        return ("Space plays and pauses; Left and Right go step by step.",)

    def caption(self, view: View) -> str:
        """What one observation tells or asks, in a few words."""
        return str(view.get("caption") or view.get("phase", ""))

    def phase_words(self, view: View) -> str:
        """The note at the banner: a sentence or two."""
        return self.banner(view, False).sentence

    def span(self, view: View) -> Span:
        """The observation's stretch of the time bar."""
        phase = str(view.get("phase", ""))
        colours = {"describe": BLUE, "query": YELLOW, "plan": MUTED}
        return Span(phase, colours.get(phase, GREEN), phase, secret=False)

    def heard(self, view: View) -> bool:
        """Whether what the agent does at this observation has an effect."""
        return view.get("phase") != "describe"

    def action_labels(self, count: int, view: View) -> list[str]:
        """Names of `count` actions, "" for those that there is nothing to do with."""
        return [str(k) for k in range(count)]

    def choices(self, step: Step, shares: NDArray[np.float32]) -> list[Choice]:
        """What a policy weighs at a step, given its probabilities; actions without a name are left out."""
        labels, planned = self.action_labels(len(shares), step.view), self.planned(step.view)
        mask = step.info.get("action_mask") or []
        mask = mask if len(mask) == len(shares) else [1] * len(shares)
        return [
            Choice(label, float(shares[k]), bool(step.action == k), k in planned, bool(mask[k]))
            for k, label in enumerate(labels)
            if label
        ]

    def planned(self, view: View) -> list[Any]:
        """What the planner would do at this observation; empty where it has nothing to say."""
        return []

    def no_plan(self, view: View) -> str:
        """Why `planned` is empty."""
        return "There is no planner here"

    # A whole episode on one page.

    def summary(self, episode: Episode) -> Summary:
        """How it ended."""
        done = episode.finished
        return Summary("complete" if done else "under way", GREEN if done else YELLOW)

    def draw_film(self, surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
        """Draw the episode in pictures into `rect`, whose panel is drawn; its last observation is the usual."""
        self.draw(surface, rect, Frame(episode, float(len(episode))), u)

    def film_note(self) -> tuple[str, str]:
        """(title, sentence) of the note at the pictures."""
        return self.picture

    def tick(self, episode: Episode, t: int) -> Tick:
        """Step `t` on the axis."""
        span = self.span(episode.view(t))
        return Tick("", span.colour, span.label, span.colour)

    def kept(self, episode: Episode) -> dict[int, int]:
        """Memory locations to mark: location -> step that wrote what is asked for."""
        return {}

    def kept_note(self, episode: Episode) -> str:
        """What the marked locations are."""
        return ""

    def remarks(self, episode: Episode) -> list[Remark]:
        """Things that the episode shows about the memory, each true of its numbers."""
        return []


def boundaries(scene: Scene, episode: Episode) -> list[int]:
    """Observations at which a stage begins, the first and the last included."""
    stages = [scene.span(step.view).stage for step in episode.steps]
    changes = {t for t in range(1, len(stages)) if stages[t] != stages[t - 1]}
    return sorted({0, *changes, len(episode)})
