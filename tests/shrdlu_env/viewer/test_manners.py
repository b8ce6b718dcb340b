"""How the viewer treats people: it says how to begin, takes quick keys, says what a key could not do."""

import pytest

from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.scenes.blocks.moves import legal_moves
from tests.shrdlu_env.viewer.driving import person, settle, watching
from tests.shrdlu_env.viewer.samples import graph_episode, sequence_episode


def test_the_first_screen_says_how_to_begin_and_goes():
    for player, word in ((person(to_go=False), "Space or Right"), (watching(), "Space plays")):
        fresh = player
        assert any(word in line for line in fresh.frame().welcome)
        fresh.do(Command.HELP)
        fresh.do(Command.HELP)
        assert fresh.frame().welcome
        fresh.do(Command.FORWARD)
        assert not fresh.frame().welcome
    fresh = Player(graph_episode(), "file")
    fresh.press(None)
    assert not fresh.frame().welcome


def test_quick_keys_are_taken():
    """Moves made while the picture glides are played, whatever the speed of the fingers."""
    player = person()
    start = len(player.episode)
    for _ in range(3):
        view = player.episode.steps[-1].view
        source, target = legal_moves(view)[0]
        player.digit(source + 1)
        player.digit(target + 1)
        player.tick(0.01)
        assert "past" not in player.frame().message
        assert player.episode.steps[-1].view["last_action"] == f"{source + 1}>{target + 1}"
    player.do(Command.PASS)
    player.tick(0.01)
    player.do(Command.PASS)
    assert len(player.episode) == start + 5
    assert player.position < len(player.episode)
    settle(player, 2)
    assert player.at_end


def test_a_quick_hint_is_played():
    player = person()
    player.do(Command.PASS)
    player.tick(0.01)
    player.do(Command.PLANNER)
    assert player.frame().marks.hint
    player.do(Command.PLANNER)
    assert player.episode.steps[-2].control == "planner"


def test_a_solved_puzzle_says_so_and_what_comes_next():
    player = person()
    while not player.episode.steps[-1].view["success"]:
        player.do(Command.PLANNER)
        player.do(Command.PLANNER)
        settle(player, 6)
    view = player.episode.steps[-1].view
    said = player.frame().message
    assert f"Solved in {view['moves']} move{'s' * (view['moves'] > 1)}, the" in said
    assert "the fewest" in said
    assert "N: next puzzle" in said
    while not player.episode.finished:
        player.do(Command.PASS)
        settle(player, 6)
    assert "Solved" in player.frame().message
    assert "R: this one again" in player.frame().message
    player.seek(0)
    assert player.frame().message == ""
    lost = person()
    while not lost.episode.finished:
        lost.do(Command.PASS)
    settle(lost, 6)
    assert lost.frame().message == "No steps are left. N: next puzzle, R: this one again"


def test_a_hidden_solution_is_told_at_the_end_only():
    player = person()
    player.hidden = True
    while not player.episode.steps[-1].view["success"]:
        player.do(Command.PLANNER)
        player.do(Command.PLANNER)
        settle(player, 6)
    assert player.frame().message == ""


@pytest.mark.parametrize(
    ("command", "at", "said"),
    [
        (Command.FORWARD, 10**6, "the end"),
        (Command.LAST, 10**6, "the end"),
        (Command.NEXT_PHASE, 10**6, "the end"),
        (Command.BACK, 0, "the start"),
        (Command.FIRST, 0, "the start"),
        (Command.PREVIOUS_PHASE, 0, "the start"),
    ],
)
def test_a_key_without_effect_says_so(command, at, said):
    player = watching()
    player.seek(at)
    player.do(command)
    assert said in player.frame().message
    player.seek(3)
    player.say("")
    player.do(command)
    assert player.frame().message == ""


def test_the_ends_of_the_speeds_are_said():
    player = watching()
    for _ in range(9):
        player.do(Command.FASTER)
    assert player.frame().message == "16 steps per second, the limit"
    player.do(Command.SLOWER)
    assert player.frame().message == "8 steps per second"


def test_other_tables_are_shown_one_after_the_other():
    player = Player(sequence_episode(), "file")
    seen = []
    for _ in range(4):
        player.do(Command.LINKS)
        seen.append(player.frame().sheet)
    assert seen == ["link", "key_strength_table", "other numbers", "memory"]
