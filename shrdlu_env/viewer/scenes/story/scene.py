"""Stories as they look: told word by word, the reads beside the lines, answers beside the right ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shrdlu_env.text.vocabulary import WORDS
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing.theme import BLUE, GREEN, RED, YELLOW, Colour
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.fields import check_fields
from shrdlu_env.viewer.scenes.scene import Banner, Scene, Span, Summary, Tick
from shrdlu_env.viewer.scenes.story.picture import draw_story, rows_of
from shrdlu_env.viewer.scenes.story.reading import lines_of_steps
from shrdlu_env.viewer.scenes.story.view import StoryView

_COLOURS: dict[str, Colour] = {"describe": BLUE, "query": YELLOW, "answer": GREEN}
_WORDS = {
    "describe": "A sentence is told, one word a step.",
    "query": "A question is asked; the answer is due after it.",
    "answer": "A word of the answer is due. Bars show from which lines the memory is read.",
}


class StoryScene(Scene):
    """Views are `StoryView`."""

    name = "story"
    title = "Story"
    watch_only = "Stories are watched here; in the terminal you can tell your own and ask: shrdlu play babi"
    rules = (
        "A story is told word by word, with questions in it. An answer is due at each '-' after a question.",
        "Bars left of the lines: how much of what is read now comes from locations last written in that line.",
        "Green numbers: the locations that hold it. Green dots: the lines that the answer follows from.",
    )
    picture = ("Story", "Lines as told so far; bars say which of them the memory is read for.")

    def check(self, view: Mapping[str, Any]) -> None:
        """Refuse a view that is no `StoryView`, or whose lines do not fit its steps."""
        check_fields(view, StoryView)
        for k, line in enumerate(view["lines"]):
            for name in ("words", "answer", "support", "said"):
                kind = int if name == "support" else str
                if not all(isinstance(item, kind) for item in line.get(name, [None])):
                    raise ValueError(f"view['lines'][{k}][{name!r}] must be a list of {kind.__name__}")
            if not line["words"]:
                raise ValueError(f"view['lines'][{k}]['words'] must not be empty")
        steps = len(lines_of_steps(view))
        if not steps or view["steps_total"] != steps or not 0 <= view["step"] <= steps:
            raise ValueError(
                f"view['lines'] must have as many words and answer words as there are steps, "
                f"{view['steps_total']} with step {view['step']} among them; there are {steps}"
            )

    def banner(self, view: Mapping[str, Any], hidden: bool) -> Banner:
        """Phase, task, answers that are right."""
        label, colour = view["phase"].upper(), _COLOURS[view["phase"]]
        if view["terminated"] and not hidden:
            every = view["right"] == view["asked"]
            label, colour = ("ALL RIGHT", GREEN) if every else ("OVER", RED)
        figures = [
            ("right", "?" if hidden else f"{view['right']}/{view['asked']}"),
            ("word", f"{min(view['step'] + 1, view['steps_total'])}/{view['steps_total']}"),
        ]
        return Banner(label, colour, f"task {view['task']}: {view['title']}", figures)

    def draw(self, surface: pygame.Surface, rect: pygame.Rect, frame: Frame, u: float) -> None:
        """The story so far."""
        draw_story(surface, rect, frame, u)

    def phase_words(self, view: Mapping[str, Any]) -> str:
        """What the phase is about."""
        return _WORDS[view["phase"]]

    def text(self, view: Mapping[str, Any]) -> str:
        """The lines told so far, behind each question what was said and what is right."""
        lines = []
        for row in rows_of(view):
            words = " ".join(row.words)
            if row.answer:
                words = f"  {words or '-'}  (right: {' '.join(view['lines'][row.line]['answer'])})"
            lines.append(f"{'' if row.answer else row.line + 1:>3}  {words}")
        clock = f"task {view['task']}  {view['phase']}  word {view['step']}/{view['steps_total']}"
        return "\n".join([*lines, f"{clock}  {view['right']} of {view['asked']} right", ""])

    def welcome(self, control: str) -> Sequence[str]:
        """How to begin."""
        return (
            "A story is told word by word, then something is asked about it.",
            "Space plays and pauses; Shift+Right goes to the next question.",
        )

    def caption(self, view: Mapping[str, Any]) -> str:
        """The word, and in which line it stands."""
        row = rows_of(view)[-1]
        word = "answer" if row.answer or not row.words else row.words[-1]
        return f"{row.line + 1} {word}"

    def span(self, view: Mapping[str, Any]) -> Span:
        """Telling, asking and answering, each line of questions a stage of its own."""
        phase = str(view["phase"])
        stage = "told" if phase == "describe" else f"{phase} {view['asked']}"
        return Span(phase, _COLOURS[phase], stage, secret=False)

    def heard(self, view: Mapping[str, Any]) -> bool:
        """What is said has an effect where an answer is due."""
        return bool(view["phase"] == "answer")

    def action_labels(self, count: int, view: Mapping[str, Any]) -> list[str]:
        """The words of the vocabulary."""
        return [*WORDS[:count], *map(str, range(len(WORDS), count))]

    def tick(self, episode: Episode, t: int) -> Tick:
        """Answers are too short for a word."""
        span = self.span(episode.view(t))
        return Tick("", span.colour, "" if span.label == "answer" else span.label, span.colour)

    def summary(self, episode: Episode) -> Summary:
        """How many answers were right."""
        end = episode.steps[-1].view
        every = end["right"] == end["asked"] > 0
        result = "all right" if every else f"{end['right']} of {end['asked']} right"
        return Summary(
            result, GREEN if every else RED, [f"task {end['task']}", f"{end['steps_total']} words"]
        )
