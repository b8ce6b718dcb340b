"""Do the contents of the locations read at the cue lie together by goal?

Source: Graves et al. 2016, 'Methods, Mini-SHRDLU analysis'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from train.analysis.analysis import AgentSettings, Analysis, Findings, Rows
from train.errors import UsageError
from train.experiment import Progress
from train.settings import Within

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: The label that says which goal was asked for, of worlds that have goals.
LABEL = "chosen"
PLAYING = 0.8
#: Nearest neighbours that are asked for their letter.
NEIGHBOURS = 5


@dataclass(frozen=True, kw_only=True)
class MapSettings(AgentSettings):
    """Lay the contents of the locations that an agent reads at the cue out in the plane, by t-SNE."""

    episodes: Annotated[int, Within(10, 100_000)] = 800
    """Fresh episodes, a point each."""
    perplexity: Annotated[float, Within(1, 1000)] = 30.0
    """Of t-SNE: about how many neighbours a point minds."""


class GoalMap(Analysis):
    """Do the contents of the locations read at the cue lie together by goal?"""

    name = "goal-map"
    Settings = MapSettings

    def measure(self, settings: MapSettings, progress: Progress) -> Findings:
        """See `Analysis.measure`; how well letters separate is also measured in the contents themselves."""
        from train.analysis.cued import all_cued, traces_of
        from train.probing.requiring import sklearn
        from train.probing.samples import cue_step

        embedding = sklearn("manifold")
        lacking = "its world has no goals with letters"
        traces = traces_of(
            settings, settings.episodes, LABEL, lacking, lambda word, done: progress(word, PLAYING * done)
        )
        vectors, episodes = all_cued(traces)
        if len(vectors) <= settings.perplexity:
            raise UsageError(
                f"perplexity={settings.perplexity:g}; it must be below the {len(vectors)} points"
            )
        letters = np.array([traces[number].labels[LABEL][cue_step(traces[number])] for number in episodes])
        progress("embedding", PLAYING)
        points = embedding.TSNE(
            perplexity=settings.perplexity, init="pca", random_state=settings.seed
        ).fit_transform(vectors)
        rows = [
            {"episode": int(number), "letter": LETTERS[letter], "x": float(x), "y": float(y)}
            for number, letter, (x, y) in zip(episodes, letters, points, strict=True)
        ]
        mixed = np.random.default_rng(settings.seed).permutation(letters)
        numbers = {
            "points": len(points),
            "letters": len(set(letters.tolist())),
            "neighbours_of_the_same_letter": same_letter(points, letters),
            "the_same_in_the_contents_themselves": same_letter(vectors, letters),
            "letters_shuffled": same_letter(points, mixed),
        }
        return Findings(numbers, {"points": rows})

    def draw(self, findings: Findings, figure: Any) -> None:
        """See `Analysis.draw`: a letter for every episode."""
        draw(findings.tables["points"], figure)


def same_letter(points: NDArray[np.floating], letters: NDArray[np.int64]) -> float:
    """The share of a point's `NEIGHBOURS` nearest neighbours that have its letter, over all points [n, D]."""
    values = points.astype(np.float64)
    squares = (values**2).sum(1)
    far = squares[:, None] + squares[None] - 2 * values @ values.T
    np.fill_diagonal(far, np.inf)
    near = np.argsort(far, axis=1)[:, :NEIGHBOURS]
    return float((letters[near] == letters[:, None]).mean())


def draw(rows: Rows, figure: Any) -> None:
    """Every point is its letter, in the letter's colour."""
    from matplotlib import colormaps

    figure.set_size_inches(7.5, 7)
    axes = figure.subplots()
    colours = colormaps["gist_rainbow"]
    for k, letter in enumerate(LETTERS):
        own = [row for row in rows if row["letter"] == letter]
        # Neighbours in the alphabet get colours far apart, every other one a darker shade.
        red, green, blue, _ = colours((k * 7 % 26) / 26)
        shade = 0.55 if k % 2 else 0.85
        axes.scatter(
            [row["x"] for row in own],
            [row["y"] for row in own],
            marker=f"${letter}$",
            s=34,
            linewidths=0.3,
            color=(shade * red, shade * green, shade * blue),
        )
    axes.set_title(
        "Contents of the locations read at the cue, by the goal asked for", fontsize=10, loc="left"
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("t-SNE")
