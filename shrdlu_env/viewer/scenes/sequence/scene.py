"""Sequence tasks as they look: what comes in, what is asked, what the network gives, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import BLUE, GREEN, MUTED, RED, YELLOW, Colour
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.fields import check_fields
from shrdlu_env.viewer.scenes.scene import Banner, Scene, Summary
from shrdlu_env.viewer.scenes.sequence.bits import bits_of
from shrdlu_env.viewer.scenes.sequence.picture import draw_sequence
from shrdlu_env.viewer.scenes.sequence.view import SequenceView

_PHASES: dict[str, tuple[Colour, str]] = {
    "describe": (BLUE, "the sequence comes in"),
    "query": (YELLOW, "what is asked for"),
    "answer": (GREEN, "the network answers"),
}
# Longest sequence and most channels that are drawn.
_LONGEST = 4096


class SequenceScene(Scene):
    """Views are `SequenceView`."""

    name = "sequence"
    title = "Sequence"
    wide = True
    watch_only = "Sequences are watched: outputs are numbers for many channels, not keys"
    rules = (
        "Time runs to the right, channels downwards. The network sees the input column under the frame,",
        "and its output of that step stands below. Bright is 1, dark is 0, blank: nothing is asked.",
        "A wrong bit has a red-orange frame with a cross: it lies on the other side of one half.",
    )
    picture = ("Sequence", "Input, what is asked and what the network gives; crosses mark wrong bits.")

    def check(self, view: Mapping[str, Any]) -> None:
        """Refuse a view that is no `SequenceView`, or whose sequences do not fit each other."""
        check_fields(view, SequenceView)
        steps = len(view["inputs"])
        if not 1 <= steps <= _LONGEST or len(view["targets"]) != steps or len(view["outputs"]) != steps:
            raise ValueError("inputs, targets and outputs must be of one length from 1 on")
        for name in ("inputs", "targets", "outputs"):
            widths = {len(row) for row in view[name] if row is not None}
            if len(widths) > 1 or not all(1 <= wide <= _LONGEST for wide in widths):
                raise ValueError(f"view[{name!r}] must have equal rows of at least one channel")
        given = [row for row in view["outputs"] if row is not None]
        if given and len(given[0]) != len(view["targets"][0]):
            raise ValueError("view['outputs'] must have as many channels as view['targets']")
        if len(view["channels"]) > len(view["inputs"][0]):
            raise ValueError("view['channels'] must not name more channels than there are inputs")
        if not 0 <= view["step"] <= steps:
            raise ValueError(f"view['step'] must be from 0 to {steps}, got {view['step']}")

    def banner(self, view: Mapping[str, Any], hidden: bool) -> Banner:
        """Phase, task, bits that are right."""
        colour, sentence = _PHASES[view["phase"]]
        bits = bits_of(view)
        given, missed = int(bits.asked.sum()), int(bits.wrong.sum())
        label = view["phase"].upper()
        if view["terminated"] and not hidden:
            label, colour = ("ALL RIGHT", GREEN) if not missed else ("OVER", RED)
            sentence = f"{given - missed} of {given} bits are right"
        figures = [
            ("wrong bits", "?" if hidden else f"{missed}/{given}"),
            ("return", "?" if hidden else f"{view['episode_return']:.3g}"),
        ]
        return Banner(label, colour, f"{view['task'].replace('_', ' ')}: {sentence}", figures)

    def draw(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """Three strips with a playhead."""
        view = frame.episode.view(frame.step)
        draw_sequence(surface, rect, view, int(view["step"]), u, hidden=frame.hidden)

    def text(self, view: Mapping[str, Any]) -> str:
        """Rows of digits: inputs, targets, outputs as 0 and 1, with "x" for a wrong bit."""
        bits = bits_of(view)
        lines = []
        for title, values in (("input", bits.inputs), ("target", bits.targets), ("output", bits.outputs)):
            lines.append(title)
            for k, row in enumerate(values):
                marks = ["." if np.isnan(v) else str(int(v >= 0.5)) for v in row]
                if title == "output":
                    marks = ["x" if w else m for m, w in zip(marks, bits.wrong[k], strict=True)]
                lines.append("  " + "".join(marks))
        clock = f"{view['task']}  {view['phase']}  step {view['step']}/{view['steps_total']}"
        score = f"{int(bits.wrong.sum())} of {int(bits.asked.sum())} wrong"
        return "\n".join([*lines, f"{clock}  {score}  reward {view['reward']:g}", ""])

    def welcome(self, control: str) -> Sequence[str]:
        """How to begin."""
        return (
            "A sequence comes in step by step; then the network must give it back.",
            "Space plays and pauses; Left and Right go step by step.",
        )

    def caption(self, view: Mapping[str, Any]) -> str:
        """Phase and step."""
        return f"{'in' if view['phase'] == 'describe' else view['phase']} {view['step'] + 1}"

    def action_labels(self, count: int, view: Mapping[str, Any]) -> list[str]:
        """Outputs are bits, each with how probable a 1 is."""
        return [f"bit {k + 1}" for k in range(count)]

    def summary(self, episode: Episode) -> Summary:
        """How many bits were wrong."""
        view = episode.steps[-1].view
        bits = bits_of(view)
        missed, given = int(bits.wrong.sum()), int(bits.asked.sum())
        result = "all right" if given and not missed else f"{missed} of {given} bits wrong"
        colour = MUTED if not given else RED if missed else GREEN
        return Summary(result, colour, [view["task"].replace("_", " "), f"{len(view['inputs'])} steps"])

    def draw_film(self, surface: pygame.Surface, rect: pygame.Rect, episode: Episode, u: float) -> None:
        """The whole of it, without a playhead."""
        view = episode.steps[-1].view
        draw_sequence(surface, rect, view, len(view["inputs"]), u, hidden=False)
