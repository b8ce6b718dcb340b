"""The fixed set of question answering: generated stories of every task."""

from __future__ import annotations

from typing import Any

from dnc_agent.supervised import SupervisedAgent, SupervisedLearner
from shrdlu_env.text import encode_story
from train.experiment import DrawnSet, Progress, Report
from train.experiments.babi.report import generated, report
from train.experiments.babi.scoring import task_errors
from train.experiments.babi.settings import BabiConfig

QUESTIONS = 100
SEED = 20_161_012


def draw_set() -> DrawnSet:
    """Stories with at least so many questions of each task."""
    stories = generated(QUESTIONS, SEED)
    arrays = [array for story in stories for array in encode_story(story)]

    def judge(
        agent: SupervisedAgent | SupervisedLearner,
        config: BabiConfig,
        flags: Any,
        progress: Progress,
        title: str,
    ) -> Report:
        # Blank steps before an answer are the agent's own: time to think, not part of a story.
        found = task_errors(agent, stories, config.stories.idle_steps, progress)
        return report(found, title, "generated stories")

    return DrawnSet(arrays, judge)
