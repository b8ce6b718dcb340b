"""Question answering in motion: an observation is a word, an action the word said at that step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_some, check_whole, shown
from shrdlu_env.padding import with_room
from shrdlu_env.task import MAX_ENVS, NO_OPTIONS, Infos, Phase, Simulation
from shrdlu_env.text.encode import NONE, EncodedStory, encode_story
from shrdlu_env.text.generator import draw_story
from shrdlu_env.text.stories import TASKS, Story, check_task
from shrdlu_env.text.vocabulary import WORDS, word_id

#: Room for the words of a story where observations show all of them.
MOST_WORDS = 2048
_END, _QUESTION = word_id("."), word_id("?")


class QuestionSimulation(Simulation):
    """n stories side by side, each told word by word to its end.

    The observation is the current word, one-hot over the vocabulary, and blank after the last one. At a mark, '-', the
    action is the word of the answer that is due. The reward is 1 at a question's last mark if every word of its answer
    was right, and 0 otherwise.

    Args:
        num_envs: n.
        tasks: the kinds of stories, 1 to 20, that new ones are drawn from, each as often as it is named, in a list or
            an array; None: all.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: there is no task, or an unknown one.
    """

    title = "Question answering"
    allowed_options = ("stories",)

    def __init__(self, num_envs: int, *, tasks: Iterable[int] | None = None) -> None:
        self.num_envs = n = check_whole("num_envs", num_envs, 1, MAX_ENVS)
        self.tasks = _check_tasks(tasks)
        self.observation_space = spaces.Box(0.0, 1.0, (len(WORDS),), np.float32)
        self.action_space = spaces.Discrete(len(WORDS))
        self._all = np.arange(n)
        self._stories = [Story(self.tasks[0], ())] * n
        # A row for each story, a step a word, and one step more than the longest story has: there, nothing is due.
        self._inputs, self._phases = np.zeros((2, n, 1), np.int64)
        self._targets, self._said = np.full((2, n, 1), NONE, np.int64)
        self._task, self._t, self._steps, self._asked, self._right = np.zeros((5, n), np.int64)
        self._spoiled = np.zeros(n, np.bool_)
        self._rewards = np.zeros(n)

    @property
    def rewards(self) -> NDArray[np.float64]:
        """See `Simulation`."""
        return self._rewards.copy()

    @property
    def over(self) -> NDArray[np.bool_]:
        """See `Simulation`."""
        return self._t == self._steps

    @property
    def lesson(self) -> int:
        """0: there are none."""
        return 0

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Refused.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"lesson={shown(lesson)}: question answering has none; tasks say what is drawn")

    def check_options(self, options: Mapping[str, Any], count: int) -> Mapping[str, Any]:
        """Check "stories", a sequence of `count` stories to tell instead of drawing new ones."""
        super().check_options(options, count)
        stories = options.get("stories")
        if stories is None:
            return {}
        if not isinstance(stories, Sequence) or not all(isinstance(story, Story) for story in stories):
            raise TypeError(f"stories={shown(stories)}: must be a sequence of shrdlu_env.text.Story")
        if len(stories) != count:
            raise ValueError(f"stories: {len(stories)} of them; {count} are needed")
        for number, story in enumerate(stories):
            if not story.questions:
                raise ValueError(f"stories: number {number} asks no question")
            encode_story(story)
        return {"stories": stories}

    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """Begin new stories in the given rows.

        Args:
            rng: source of new stories.
            rows: the episodes to begin.
            options: "stories", a story for each row, to tell instead of drawing new ones.
        """
        stories: Sequence[Story] | None = options.get("stories")
        for i, row in enumerate(rows):
            if stories is None:
                story = draw_story(self.tasks[rng.integers(len(self.tasks))], rng)
            else:
                story = stories[i]
            self._tell(int(row), story)
        for part in (self._t, self._asked, self._right, self._spoiled, self._rewards):
            part[rows] = 0

    def advance(self, actions: NDArray[np.int64]) -> None:
        """See `Simulation`."""
        self._rewards[:] = 0.0
        going = np.flatnonzero(~self.over)
        rows = going[self._targets[going, self._t[going]] != NONE]
        t = self._t[rows]
        self._t[going] += 1
        self._said[rows, t] = actions[rows]
        self._spoiled[rows] |= actions[rows] != self._targets[rows, t]
        done = rows[self._targets[rows, t + 1] == NONE]
        right = ~self._spoiled[done]
        self._rewards[done] = right
        self._right[done] += right
        self._asked[done] += 1
        self._spoiled[done] = False

    def observe(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """See `Simulation`."""
        out[rows] = 0.0
        told = rows[~self.over[rows]]
        out[told, self._inputs[told, self._t[told]]] = 1.0

    def infos(self) -> Infos:
        """See `Simulation`.

        Besides: `task` (int64), `target` (int64, id of the word that is due, -1 where none is), `asked` (int64,
        questions so far), `right` (int64, those answered right), `success` (all questions of the story were).
        """
        target = self._targets[self._all, self._t]
        over = self.over
        return {
            "phase": self._phases[self._all, np.minimum(self._t, self._steps - 1)],
            "acting": target != NONE,
            "action_mask": np.ones((self.num_envs, len(WORDS)), np.int8),
            "task": self._task.copy(),
            "target": target,
            "asked": self._asked.copy(),
            "right": self._right.copy(),
            "success": over & (self._right == self._asked),
        }

    @property
    def most_told(self) -> int:
        """See `Simulation`: far more words than the generated stories have, and the longest of the published."""
        return MOST_WORDS

    def told_in(self, options: Mapping[str, Any]) -> int:
        """See `Simulation`."""
        return max((story.length for story in options.get("stories", ())), default=0)

    def labels(self, row: int) -> dict[str, int]:
        """See `Simulation`; `word`, the id of the word shown."""
        t = min(int(self._t[row]), int(self._steps[row]) - 1)
        return {**super().labels(row), "word": int(self._inputs[row, t])}

    def dict_observation(self, row: int) -> dict[str, Any]:
        """What has been shown: `phase`, `step` (index of the current word), `words` (up to it)."""
        t, steps = int(self._t[row]), int(self._steps[row])
        return {
            "phase": Phase(self._phases[row, min(t, steps - 1)]).word,
            "step": t,
            "words": [WORDS[number] for number in self._inputs[row, : min(t + 1, steps)]],
        }

    def view(self, row: int) -> dict[str, Any]:
        """What a spectator sees.

        `scene`, "story"; `task`, its number; `title`, what it is about; `phase`, "describe", "query" or "answer";
        `step`, index of the current word; `steps_total`, T; `words`, those shown up to now; `lines`, the whole story, a
        dict each with `words`, `answer` and `support` (line numbers from 1; both empty for statements) and `said`, the
        words said in answer so far; `terminated`; `asked`, `right`: questions so far, and those answered right;
        `reward` of the last step.
        """
        return {
            "scene": "story",
            "task": int(self._task[row]),
            "title": TASKS[self._task[row] - 1],
            **self.dict_observation(row),
            "steps_total": int(self._steps[row]),
            "lines": self._lines(row),
            "terminated": bool(self.over[row]),
            "asked": int(self._asked[row]),
            "right": int(self._right[row]),
            "reward": float(self._rewards[row]),
        }

    def text(self, view: Mapping[str, Any]) -> str:
        """A view as text: the lines shown so far, behind each question what is right and what was said."""
        lines = [f"task {view['task']}, {view['title']}: {view['right']} of {view['asked']} answers right"]
        left = view["step"] + 1
        for number, line in enumerate(view["lines"], 1):
            if left <= 0:
                break
            text = f"{number:3d}  {' '.join(line['words'][:left])}"
            left -= len(line["words"])
            if line["said"]:
                text += f"  {' '.join(line['said'])}  (right: {' '.join(line['answer'])})"
            left -= len(line["answer"])
            lines.append(text)
        return "\n".join(lines)

    def _lines(self, row: int) -> list[dict[str, Any]]:
        lines, step = [], 0
        for line in self._stories[row].lines:
            step += len(line.words)
            said = self._said[row][step : step + len(line.answer)]
            step += len(line.answer)
            lines.append(
                {
                    "words": list(line.words),
                    "answer": list(line.answer),
                    "support": list(line.support),
                    "said": [WORDS[number] for number in said if number != NONE],
                }
            )
        return lines

    def _tell(self, row: int, story: Story) -> None:
        """Put a story into a row."""
        encoded, length = encode_story(story), story.length
        self._inputs, self._phases = (with_room(a, length + 1) for a in (self._inputs, self._phases))
        self._targets, self._said = (with_room(a, length + 1, NONE) for a in (self._targets, self._said))
        self._stories[row], self._task[row], self._steps[row] = story, story.task, length
        self._inputs[row, :length] = encoded.inputs
        self._phases[row, :length] = _phases(encoded)
        self._targets[row], self._said[row] = NONE, NONE
        self._targets[row, :length] = encoded.targets


def _phases(encoded: EncodedStory) -> NDArray[np.int64]:
    """The phase of every step, by what its sentence is: int64[T]."""
    ends = np.flatnonzero((encoded.inputs == _END) | (encoded.inputs == _QUESTION))
    # Behind the last mark no sentence ends; what stands there is told.
    last = np.append(encoded.inputs[ends], _END)
    asked = last[np.searchsorted(ends, np.arange(len(encoded.inputs)))] == _QUESTION
    phases = np.where(asked, Phase.QUERY, Phase.DESCRIBE)
    return np.where(encoded.targets == NONE, phases, Phase.ANSWER)


def _check_tasks(tasks: Iterable[int] | None) -> tuple[int, ...]:
    if tasks is None:
        return tuple(range(1, len(TASKS) + 1))
    checked = tuple(map(check_task, check_some("tasks", tasks)))
    if not checked:
        raise ValueError("tasks=(): must name at least one task")
    return checked
