"""Can an agent's next actions be read off its memory at the cue, before it has acted?

Source: Graves et al. 2016, 'Methods, Mini-SHRDLU analysis': 89 % of first actions, 17 % by their frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from train.analysis import drawing
from train.analysis.analysis import Analysis, Findings, RegressionSettings, Rows
from train.experiment import Progress
from train.settings import Within

#: The paper's share of first actions, and what their frequencies give.
PAPER = {"paper, decoded": 0.89, "paper, by frequencies": 0.17}
#: Share of the bar for the episodes.
PLAYING = 0.7
KINDS = {
    "accuracy": "decoded from memory",
    "shuffled": "labels shuffled",
    "commonest": "commonest action",
    "frequencies": "by frequencies",
}


@dataclass(frozen=True, kw_only=True)
class PlanSettings(RegressionSettings):
    """Decode an agent's next actions from the contents of the locations that it reads at the cue."""

    episodes: Annotated[int, Within(2, 100_000)] = 800
    """Fresh episodes."""
    actions: Annotated[int, Within(1, 100)] = 5
    """How many actions are decoded, from the first on."""
    splits: Annotated[int, Within(1, 10_000)] = 100
    """Random splits into what is learnt from and what is tested."""


class Plan(Analysis):
    """Can an agent's next actions be read off its memory at the cue, before it has acted?"""

    name = "plan"
    Settings = PlanSettings

    def measure(self, settings: PlanSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`; contents go into the regression as they are."""
        from train.analysis.cued import all_cued, traces_of
        from train.probing.linear import probe
        from train.probing.requiring import sklearn
        from train.probing.samples import Samples, cue_step

        sklearn("linear_model")
        lacking = "its actions are several numbers each, and none to be decoded"
        traces = traces_of(
            settings,
            settings.episodes,
            "action",
            lacking,
            lambda word, done: progress(word, PLAYING * done),
        )
        vectors, episodes = all_cued(traces)
        whole = Samples(vectors, np.zeros(len(vectors), np.int64), episodes)
        rows: list[dict[str, Any]] = []
        numbers: dict[str, Any] = {"episodes": len(vectors)}
        for ahead in range(settings.actions):
            at = [cue_step(traces[number]) + ahead for number in episodes]
            there = np.array([t < len(traces[number]) for t, number in zip(at, episodes, strict=True)])
            taken = [
                traces[number].labels["action"][t]
                for t, number, ok in zip(at, episodes, there, strict=True)
                if ok
            ]
            if not taken:
                break
            samples = replace(whole, vectors=vectors[there], labels=np.array(taken), groups=episodes[there])

            def share(word: str, done: float, ahead: int = ahead) -> None:
                progress(f"action {ahead + 1}", PLAYING + (1 - PLAYING) * (ahead + done) / settings.actions)

            found = probe(
                samples,
                splits=settings.splits,
                test_share=settings.test_share,
                l2=settings.l2,
                scale=False,
                seed=settings.seed,
                progress=share,
            )
            rows += [{"action": ahead + 1, **row} for row in found.rows()]
            for kind in KINDS:
                numbers[f"action_{ahead + 1}_{kind}"] = float(getattr(found, kind).mean())
        return Findings(numbers, {"splits": rows})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: accuracy by action, with its spread over splits, beside the controls."""
        draw(findings.tables["splits"], figure)


def draw(rows: Rows, figure: Any) -> None:
    """Means over splits with one standard deviation."""
    figure.set_size_inches(7.5, 4.6)
    axes = figure.subplots()
    actions = sorted({row["action"] for row in rows})
    for k, (kind, word) in enumerate(KINDS.items()):
        parts = [np.array([row[kind] for row in rows if row["action"] == action]) for action in actions]
        axes.errorbar(
            np.array(actions) + 0.05 * (k - 1.5),
            [part.mean() for part in parts],
            [part.std() for part in parts],
            color=drawing.COLOURS[k],
            marker="os^D"[k],
            linewidth=1.6 if k == 0 else 1.0,
            capsize=3,
            label=word,
        )
    for marker, (word, share) in zip("*P", PAPER.items(), strict=True):
        axes.plot(1, share, marker=marker, markersize=11, color="grey", linestyle="none", label=word)
    drawing.finish(
        axes, "action after the cue", "share right", "Actions decoded from memory contents at the cue"
    )
    axes.set_xticks(actions)
    axes.set_xlim(0.6, max(actions) + 0.4)
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
