"""What an episode shows about an agent's memory, as numbers: what notes may claim rests on these."""

from __future__ import annotations

import numpy as np

from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.scenes.scene import Remark

# A constraint has a location to itself where its step wrote at least this much to it, and no other step did.
_OWN_FROM = 0.5
# The read heads are said to go to the chosen goal where more than this share of their weight is.
READS_GOAL_ABOVE = 0.5


def chosen_locations(episode: Episode) -> dict[int, int]:
    """Locations that hold the chosen goal when the cue comes: location -> step of the writing."""
    go = episode.go_step()
    if go is None or "write_weighting" not in episode.known:
        return {}
    goal = episode.view(go).get("cued_goal")
    found = {}
    for location in range(episode.stack("write_weighting").shape[1]):
        step = episode.last_written(location, go - 1)
        if step is not None and goal is not None and episode.view(step).get("shown_goal") == goal:
            found[location] = step
    return found


def told_steps(episode: Episode) -> list[int]:
    """Steps that told a constraint."""
    return [t for t in range(len(episode)) if episode.view(t).get("shown_constraint") is not None]


def own_locations(episode: Episode) -> dict[int, int]:
    """Constraints with a memory location of their own: step of the telling -> location."""
    steps = told_steps(episode)
    if not steps or "write_weighting" not in episode.known:
        return {}
    weights = episode.stack("write_weighting")[steps]
    much = weights >= _OWN_FROM
    found = {}
    for row, step in enumerate(steps):
        location = int(weights[row].argmax())
        if much[row, location] and much[:, location].sum() == 1:
            found[step] = location
    return found


def cue_share(episode: Episode) -> float | None:
    """Share of the read heads' weight at the cue that lies on the chosen goal's locations.

    A head that reads nothing counts as one that reads elsewhere. None where there is nothing to read from.
    """
    go, chosen = episode.go_step(), sorted(chosen_locations(episode))
    if go is None or not chosen or "read_weightings" not in episode.known or not episode.has_internals(go):
        return None
    return float(np.mean(episode.stack("read_weightings")[go][:, chosen].sum(-1)))


def writing_note(episode: Episode) -> str:
    """How the told constraints were written, in a sentence; the claim only where it is true of every one."""
    told, own = len(told_steps(episode)), len(own_locations(episode))
    if not told or "write_weighting" not in episode.known:
        return ""
    if own == told > 1:
        return f"Each of the {told} constraints is written to a location of its own."
    return f"{own} of {told} constraints have a location of their own."


def cue_note(episode: Episode) -> str:
    """What was read at the cue, in a sentence with the share; the claim only where it is true."""
    share, go = cue_share(episode), episode.go_step()
    if share is None or go is None:
        return ""
    goal = episode.view(go).get("cued_goal")
    amount = f"{100 * share:.0f} % of their weight"
    if share > READS_GOAL_ABOVE:
        return f"At the cue the read heads go to goal {goal}'s locations: {amount}."
    return f"At the cue the read heads have {amount} on goal {goal}'s locations."


def remarks(episode: Episode) -> list[Remark]:
    """The writing of the constraints, and the reading at the cue, each with the cells that show it."""
    found = []
    own, words = own_locations(episode), writing_note(episode)
    if words and own:
        found.append(Remark(words, None, list(own.items())))
    words, chosen, go = cue_note(episode), sorted(chosen_locations(episode)), episode.go_step()
    if words and go is not None and go < len(episode):
        reads = episode.stack("read_weightings")[go]
        head = int(reads[:, chosen].sum(-1).argmax())
        found.append(Remark(words, head, [(go, location) for location in chosen]))
    return found
