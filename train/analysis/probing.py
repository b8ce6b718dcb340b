"""What can be read off an agent's core by a linear probe?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from train.analysis import drawing
from train.analysis.analysis import Analysis, Findings, RegressionSettings, Rows
from train.errors import UsageError
from train.experiment import Progress
from train.settings import Within

PLAYING = 0.7
KINDS = {"accuracy": "probe", "shuffled": "labels shuffled", "commonest": "commonest label"}


@dataclass(frozen=True, kw_only=True)
class ProbeSettings(RegressionSettings):
    """Probe what an agent's core holds for what its world knows of every step."""

    episodes: Annotated[int, Within(2, 100_000)] = 100
    """Fresh episodes."""
    inside: str = "features"
    """What is looked into: features, what the core hands on; memory, read_weightings or whatever else it has."""
    labels: tuple[str, ...] = ()
    """What is to be read off it; none: every label of the world with 2 to 64 values."""
    when: Literal["any", "describe", "query", "plan", "answer", "act", "cue"] = "any"
    """The steps looked at: any, those of a phase, or the cue: the first at which nothing is described any more."""
    ahead: Annotated[int, Within(0, 1000)] = 0
    """Ask for the label of so many steps later."""
    samples: Annotated[int, Within(2, 10_000_000)] = 1000
    """Steps with a label that are looked at, at most, drawn at random."""
    splits: Annotated[int, Within(1, 10_000)] = 10
    """Random splits of the episodes into what is learnt from and what is tested."""


class Probing(Analysis):
    """What can be read off an agent's core by a linear probe?"""

    name = "probe"
    Settings = ProbeSettings

    def measure(self, settings: ProbeSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`."""
        from train.probing import gather, labels_worth_asking, probe, trace_agent
        from train.probing.requiring import sklearn
        from train.probing.samples import check_names
        from train.probing.traces import Trace

        def check(trace: Trace) -> None:
            for name in settings.labels:
                check_names(trace, settings.inside, name, settings.when)

        sklearn("linear_model")
        traces = trace_agent(
            settings.path,
            episodes=settings.episodes,
            lesson=settings.lesson,
            seed=settings.seed,
            keep=(settings.inside,),
            progress=lambda word, done: progress(word, PLAYING * done),
            check=check,
        )
        names = list(settings.labels) or labels_worth_asking(traces, settings.when)
        if not names:
            raise UsageError(f"when={settings.when!r}: no label has two values there; take more episodes")
        rows: list[dict[str, Any]] = []
        numbers: dict[str, Any] = {"episodes": len(traces), "steps": sum(map(len, traces))}
        for k, name in enumerate(names):

            def share(word: str, done: float, k: int = k, name: str = name) -> None:
                progress(name, PLAYING + (1 - PLAYING) * (k + done) / len(names))

            samples = gather(
                traces,
                inside=settings.inside,
                label=name,
                when=settings.when,
                ahead=settings.ahead,
                most=settings.samples,
                seed=settings.seed,
            )
            found = probe(
                samples,
                splits=settings.splits,
                test_share=settings.test_share,
                l2=settings.l2,
                seed=settings.seed,
                progress=share,
            )
            counted = {"samples": found.samples, "values": found.values}
            rows += [{"label": name, **counted, **row} for row in found.rows()]
            numbers |= {
                f"{name}_{kind}": float(getattr(found, kind).mean()) for kind in ("accuracy", "shuffled")
            }
        return Findings(numbers, {"splits": rows})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: a row for every label."""
        draw(findings.tables["splits"], figure)


def draw(rows: Rows, figure: Any) -> None:
    """Means over splits with one standard deviation, the best read label on top."""
    names = list(dict.fromkeys(row["label"] for row in rows))
    parts = {
        (name, kind): np.array([row[kind] for row in rows if row["label"] == name])
        for name in names
        for kind in KINDS
    }
    names.sort(key=lambda name: parts[name, "accuracy"].mean())
    figure.set_size_inches(7.5, 1.4 + 0.28 * len(names))
    axes = figure.subplots()
    for k, (kind, word) in enumerate(KINDS.items()):
        axes.errorbar(
            [parts[name, kind].mean() for name in names],
            range(len(names)),
            xerr=[parts[name, kind].std() for name in names],
            color=drawing.COLOURS[k],
            marker="os^"[k],
            markersize=5,
            linestyle="none",
            capsize=2,
            label=word,
        )
    drawing.finish(axes, "share right on episodes held out", "", "")
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names], fontsize=8)
    axes.set_xlim(-0.02, 1.02)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3)
