"""Where agents of traversal keep the walk that they are asked for: in memory, or in their controller?

    python -m benchmarks.walk_probe plain=RUN helped=checkpoints/traversal-helped --lesson 12 --out docs/results/graphs

By triple of the walk: how many go wrong that were right so far, and how much of what the heads read was written while
the walk was told. Writes walks.csv and walks.png.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.named_agents import load_graph_agent, measure_all
from dnc_agent.cores.states import reset_where
from dnc_agent.supervised import SequenceBatch
from shrdlu_env.graphs.arrays import TRAVERSAL
from shrdlu_env.graphs.batch import make_sequences
from shrdlu_env.graphs.lessons import MAX_PATH
from train.analysis.running import as_csv
from train.experiments.graphs.sources import make_sampler
from train.files import write_text

#: A location belongs to the last step that wrote at least this share of the most that it ever got.
OWNED = 0.5
#: Locations that never got as much belong to no step.
WRITTEN = 0.05
#: Episodes side by side: read and write weightings of all steps are kept.
BATCH = 64


@torch.no_grad()
def look(agent: Any, batch: SequenceBatch) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """`(right, read)` [M] of M answered triples, as `np.nonzero(batch.answer.T)` has them.

    `right`: all nine digits are. `read`: of the weight with which the heads read, the share on locations that were
    written while the walk was told, of all that were written; mean over heads.
    """
    steps, count = batch.answer.shape
    state, answers, reads, writes = agent.network.initial_state(count), [], [], []
    assert batch.reset is not None, "sequences are padded in front"
    for inputs, begins in zip(torch.from_numpy(batch.inputs), torch.from_numpy(batch.reset), strict=True):
        state = state._replace(core=reset_where(begins, agent.network.initial_state(count).core, state.core))
        logits, state, internals = agent.network.trace(inputs, state)
        answers.append(agent.target.choose(logits).numpy())
        reads.append(internals["read_weightings"].numpy())
        writes.append(internals["write_weighting"].reshape(count, -1).numpy())
    chosen, read, written = np.stack(answers), np.stack(reads), np.stack(writes)
    right = ((chosen == batch.targets) | (batch.targets < 0)).all(-1)
    shares = np.zeros((steps, count))
    for column in range(count):
        due = np.flatnonzero(batch.answer[:, column])
        # The walk is told in as many steps as it has triples, right before the answer.
        asked = due[0] - len(due)
        own = written[: due[0], column]
        most = own.max(0)
        last = len(own) - 1 - (own >= OWNED * most)[::-1].argmax(0)
        filled = most > WRITTEN
        weights = read[due, column].mean(1)
        shares[due, column] = weights[:, filled & (last >= asked)].sum(1) / weights[:, filled].sum(1)
    return right.T[batch.answer.T], shares.T[batch.answer.T]


def measure(name: str, path: Path, lesson: int, episodes: int, seed: int) -> list[dict[str, Any]]:
    """A row for every triple of the longest walks."""
    agent, config = load_graph_agent(path)
    sampler, _ = make_sampler(config, TRAVERSAL, lesson)
    rng = np.random.default_rng(seed)
    total, failed, read = (np.zeros(MAX_PATH) for _ in range(3))
    for _ in range(-(-episodes // BATCH)):
        batch = SequenceBatch(*make_sequences(sampler.generate(rng, BATCH)))
        right, shares = look(agent, batch)
        lengths = batch.answer.sum(0)
        places = np.concatenate([np.arange(length) for length in lengths])
        walks = np.repeat(np.arange(len(lengths)), lengths)
        for place in range(lengths.max()):
            here = places == place
            # Once a walk has gone wrong, what follows says nothing.
            alive = here & ~np.isin(walks, walks[(places < place) & ~right])
            total[place] += alive.sum()
            failed[place] += (alive & ~right).sum()
            read[place] += shares[alive].sum()
    return [
        {
            "agent": name,
            "lesson": lesson,
            "triple": place + 1,
            "walks": int(total[place]),
            "wrong": failed[place] / total[place],
            "read_of_walk": read[place] / total[place],
        }
        for place in np.flatnonzero(total)
    ]


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """Two panels: triples that go wrong, and what is read."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 3.8))
    titles = {
        "wrong": "goes wrong, right so far, %",
        "read_of_walk": "read from where the walk was written, %",
    }
    for axes, (key, title) in zip(panels, titles.items(), strict=True):
        for name in dict.fromkeys(row["agent"] for row in rows):
            own = [row for row in rows if row["agent"] == name]
            axes.plot([row["triple"] for row in own], [100 * row[key] for row in own], "o-", label=name)
        axes.set_xlabel("triple of the walk")
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_ylim(-3, 103)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False)
    figure.savefig(out, dpi=110, bbox_inches="tight")


def main() -> None:
    """See the module."""
    rows, out = measure_all(__doc__ or "", measure, task="traversal", lesson=12, episodes=512)
    write_text(out / "walks.csv", as_csv(rows))
    draw(rows, out / "walks.png")


if __name__ == "__main__":
    main()
