"""What people see of an episode: the dictionaries behind `dict_observation()` and the viewer.

Two levels. `DictObservation` says in words what the agent has been told up to now, and nothing else. `View`
adds what a spectator may know besides (the clock, the score, the planner); it is what
`viewer.board.draw_frame` draws.
"""

from __future__ import annotations

from typing import TypedDict


class DictObservation(TypedDict):
    """The observations of an episode up to now, in words.

    Attributes:
        phase: "describe" while goals are described, "act" from the go cue to the end (`shrdlu_env.Phase`).
        step: index of the current observation, 0 at reset.
        shown_goal: letter in the goal channel of *this* observation, None where the channel is empty.
        shown_constraint: constraint told by *this* observation, such as "6b2" (6 directly below 2), or None.
        goals: what has been told so far, by letter, in the order told: {"Q": ["6b2", "1l4"]}.
        go: whether the go cue is on.
        cued_goal: letter of the chosen goal from the go cue on, None before.
        board: rows of block numbers as on a screen, *top row first*, left to right, 0 = empty.
    """

    phase: str
    step: int
    shown_goal: str | None
    shown_constraint: str | None
    goals: dict[str, list[str]]
    go: bool
    cued_goal: str | None
    board: list[list[int]]


class View(DictObservation):
    """A `DictObservation` with what a spectator may know besides; every value is plain Python (JSON-able).

    Attributes:
        board_size: S; the board has S columns and S rows.
        blocks: number of blocks on the board.
        letters: letters of all goals of the episode, in the order told.
        constraints: the cued goal's constraints with whether each holds now: [("6b2", True), ...]; empty
            before the cue.
        min_moves: M, the fewest moves that satisfy the chosen goal from the start board.
        moves: block moves attempted so far, legal or not; passes are not counted.
        moves_left: acting steps left; M + extra_moves until the first action, 0 at the end.
        steps_total: environment steps of the whole episode.
        last_action: the last acting action as text, "1>3" (top of column 1 to column 3, columns from 1) or
            "pass"; None before the first.
        last_legal: whether that action was legal (True before the first).
        optimal_actions: actions on a shortest path to the chosen goal, as such texts; empty where the planner
            is off.
        reward: reward of the last step.
        episode_return: sum of the episode's rewards so far.
        satisfied: share of the chosen goal's constraints that hold now, 0 to 1.
        success: whether all of them hold now.
        perfect: whether exactly `min_moves` moves satisfied the goal, and it has held ever since.
        lesson: lesson the episode was drawn from, 0 for explicit ranges.
        terminated: whether the episode is over.
    """

    board_size: int
    blocks: int
    letters: list[str]
    constraints: list[tuple[str, bool]]
    min_moves: int
    moves: int
    moves_left: int
    steps_total: int
    last_action: str | None
    last_legal: bool
    optimal_actions: list[str]
    reward: float
    episode_return: float
    satisfied: float
    success: bool
    perfect: bool
    lesson: int
    terminated: bool
