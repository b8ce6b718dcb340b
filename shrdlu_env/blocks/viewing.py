"""An episode in words: fills the dictionaries of `view.py` from the arrays, and prints them."""

from __future__ import annotations

from shrdlu_env.blocks.boards import board_of
from shrdlu_env.blocks.episodes import (
    CHOSEN_LETTER,
    DONE,
    END_TIME,
    FEWEST,
    FROM_LESSON,
    GO_TIME,
    GOAL,
    HOLDING,
    LAST_ACTION,
    LAST_LEGAL,
    MOVES,
    OPTIMAL,
    PUZZLE,
    SOLVED_IN,
    TIME,
    WANTED,
    State,
)
from shrdlu_env.blocks.goals import LETTERS, Goal
from shrdlu_env.blocks.puzzles import LETTER, NUM_BLOCKS, NUM_GOALS, PuzzleBatch
from shrdlu_env.blocks.rules import move_columns, num_actions
from shrdlu_env.blocks.view import DictObservation, View
from shrdlu_env.task import Phase


def action_text(action: int, size: int) -> str:
    """An action as text: "1>3" moves the top of column 1 to column 3 (columns counted from 1), or "pass"."""
    if action == num_actions(size) - 1:
        return "pass"
    source, target = move_columns(action, size)
    return f"{source + 1}>{target + 1}"


def make_dict_observation(state: State, puzzles: PuzzleBatch, row: int) -> DictObservation:
    """What the agent of one episode has been told so far."""
    clock = state.clock[row].tolist()
    time, go_time, puzzle = clock[TIME], clock[GO_TIME], clock[PUZZLE]
    told: dict[str, list[str]] = {}
    for step in puzzles.steps[puzzle, : min(time + 1, go_time)]:
        goal = Goal.from_rows(step[None])
        told.setdefault(goal.letter, []).append(str(goal.constraints[0]))
    acting = time >= go_time
    letter = LETTERS[clock[CHOSEN_LETTER]]
    last_told = None if acting else Goal.from_rows(puzzles.steps[puzzle, time : time + 1])
    shown = letter if time == go_time else None
    return {
        "phase": (Phase.ACT if acting else Phase.DESCRIBE).word,
        "step": time,
        "shown_goal": last_told.letter if last_told else shown,
        "shown_constraint": str(last_told.constraints[0]) if last_told else None,
        "goals": told,
        "go": acting,
        "cued_goal": letter if acting else None,
        "board": board_of(state.squares[row]),
    }


def make_view(state: State, puzzles: PuzzleBatch, row: int, size: int, planning: bool) -> View:
    """What a spectator sees of one episode."""
    clock = state.clock[row].tolist()
    puzzle, goal = clock[PUZZLE], clock[GOAL]
    observation = make_dict_observation(state, puzzles, row)
    constraints: list[tuple[str, bool]] = []
    if observation["go"]:
        first, end = puzzles.offsets[puzzle, goal : goal + 2]
        chosen = Goal.from_rows(puzzles.steps[puzzle, first:end])
        constraints = [(str(c), c.holds(observation["board"])) for c in chosen.constraints]
    success = clock[HOLDING] == clock[WANTED]
    optimal = [action_text(a, size) for a in range(num_actions(size)) if clock[OPTIMAL] >> a & 1]
    reward, episode_return = state.score[row].tolist()
    return {
        **observation,
        "board_size": size,
        "blocks": int(puzzles.meta[puzzle, NUM_BLOCKS]),
        "letters": [LETTERS[i] for i in puzzles.goals[puzzle, : puzzles.meta[puzzle, NUM_GOALS], LETTER]],
        "constraints": constraints,
        "min_moves": clock[FEWEST],
        "moves": clock[MOVES],
        "moves_left": clock[END_TIME] - max(clock[TIME], clock[GO_TIME]),
        "steps_total": clock[END_TIME],
        "last_action": None if clock[LAST_ACTION] < 0 else action_text(clock[LAST_ACTION], size),
        "last_legal": bool(clock[LAST_LEGAL]),
        "optimal_actions": optimal if planning else [],
        "reward": reward,
        "episode_return": episode_return,
        "satisfied": clock[HOLDING] / clock[WANTED],
        "success": success,
        "perfect": success and clock[SOLVED_IN] == clock[FEWEST],
        "lesson": clock[FROM_LESSON],
        "terminated": bool(clock[DONE]),
    }


def ansi(view: View) -> str:
    """The view as text: the board from above, the goals told so far, the score."""
    rule = "+" + "--" * view["board_size"] + "-+"
    rows = ["| " + " ".join(str(b) if b else "." for b in row) + " |" for row in view["board"]]
    lines = [rule, *rows, rule]
    for letter, constraints in view["goals"].items():
        mark = ">" if letter == (view["cued_goal"] or view["shown_goal"]) else " "
        lines.append(f"{mark} {letter}: {' '.join(constraints)}")
    clock = f"{view['phase']}  step {view['step']}/{view['steps_total']}"
    if view["go"]:
        holding = sum(holds for _, holds in view["constraints"])
        clock += (
            f"  goal {view['cued_goal']}  {holding}/{len(view['constraints'])} hold"
            f"  moves {view['moves']} (fewest {view['min_moves']})  left {view['moves_left']}"
            f"  last {view['last_action'] or '-'}{'' if view['last_legal'] else ' (illegal)'}"
        )
    return "\n".join([*lines, f"{clock}  reward {view['reward']:g}  return {view['episode_return']:g}", ""])
