"""Fixed sets of the sequence tasks: the rows of an experiment's default evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dnc_agent.supervised import SupervisedAgent, SupervisedLearner
from train.errors import UsageError
from train.experiment import DrawnSet, Progress, Report
from train.experiments.copying.evaluating import Condition, draw_conditions, evaluate
from train.experiments.copying.report import report
from train.experiments.copying.settings import Evaluation

SEQUENCES = 200
SEED = 20_161_012


def draw_set(conditions: Sequence[Condition], usual: Evaluation) -> DrawnSet:
    """So many sequences for each row.

    Args:
        conditions: the rows, with the settings of the experiment's default.
        usual: flags of its evaluation.
    """
    drawn = [
        list(batches)
        for batches in draw_conditions(conditions, replace(usual, episodes=SEQUENCES, seed=SEED))
    ]
    arrays = [
        part for batches in drawn for batch in batches for part in (batch.inputs, batch.targets, batch.answer)
    ]

    def judge(
        agent: SupervisedAgent | SupervisedLearner,
        config: Any,
        given: Evaluation,
        progress: Progress,
        title: str,
    ) -> Report:
        task = conditions[0].task
        found, wanted = agent.network.core.input_size, task.input_size
        if (found, agent.target.answers) != (wanted, task.output_size):
            raise UsageError(
                f"the set is for agents of {wanted} inputs and {task.output_size} outputs; this one has {found} and "
                f"{agent.target.answers}"
            )
        return report(evaluate(agent, conditions, given, progress, drawn), title)

    return DrawnSet(arrays, judge)
