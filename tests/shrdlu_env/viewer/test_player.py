"""The viewer's state, without window or clock."""

import pytest

from shrdlu_env.viewer.panels.keys import Command
from shrdlu_env.viewer.program.api import world_of
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.program.playhead import SPEEDS
from shrdlu_env.viewer.recording.episode import Episode, plain
from shrdlu_env.viewer.scenes.blocks.geometry import heights
from shrdlu_env.viewer.scenes.blocks.moves import legal_moves, optimal_moves
from shrdlu_env.viewer.scenes.sequence.scene import SequenceScene
from tests.shrdlu_env.viewer.driving import person, settle, watching
from tests.shrdlu_env.viewer.samples import (
    SEED,
    agent_episode,
    graph_episode,
    sequence_episode,
)


def illegal_target(player: Player) -> tuple[int, int] | None:
    stand = heights(player.episode.view(player.step)["board"])
    full = [k for k, high in enumerate(stand) if high == len(stand)]
    other = [k for k, high in enumerate(stand) if 0 < high < len(stand)]
    return (other[0], full[0]) if full and other else None


def test_playing_runs_to_the_end_and_stops():
    player = watching()
    player.do(Command.PLAY)
    assert player.playing
    player.tick(0.25)
    assert player.position == 0.5
    assert 0 < player.frame().progress < 1
    settle(player)
    assert not player.playing
    assert player.position == len(player.episode)
    player.do(Command.PLAY)
    assert player.position == 0
    assert player.playing
    player.do(Command.PLAY)
    assert not player.playing


def test_steps_glide_and_can_be_hurried():
    player = watching()
    player.do(Command.FORWARD)
    player.tick(0.1)
    assert 0 < player.position < 1
    settle(player, 1)
    assert player.position == 1
    for _ in range(3):
        player.do(Command.FORWARD)
    settle(player, 1)
    assert player.position == 4
    player.do(Command.BACK)
    settle(player, 1)
    assert player.position == 3
    player.seek(2.4)
    player.do(Command.BACK)
    settle(player, 1)
    assert player.position == 2
    for _ in range(9):
        player.do(Command.BACK)
    settle(player, 1)
    assert player.position == 0


def test_phases_ends_and_speeds():
    player = watching()
    go, end = player.episode.go_step(), len(player.episode)
    stops = []
    for _ in range(4):
        player.do(Command.NEXT_PHASE)
        settle(player, 3)
        stops.append(player.position)
    assert stops == [go, go + 1, end, end]
    for stop in (go + 1, go, 0, 0):
        player.do(Command.PREVIOUS_PHASE)
        settle(player, 3)
        assert player.position == stop
    player.do(Command.LAST)
    settle(player, 3)
    assert player.at_end
    player.do(Command.FIRST)
    settle(player, 3)
    assert player.position == 0
    for _ in range(20):
        player.do(Command.FASTER)
    assert player.speed == SPEEDS[-1]
    for _ in range(20):
        player.do(Command.SLOWER)
    assert player.speed == SPEEDS[0]


def test_seeking_stays_inside():
    player = watching()
    player.seek(-3)
    assert player.position == 0
    player.seek(1e9)
    assert player.position == len(player.episode)


def test_restart_and_new_seed():
    player = watching()
    player.seek(3)
    player.do(Command.RESTART)
    assert (player.position, player.episode.seed) == (0, SEED)
    assert [plain(dict(s.view)) for s in player.episode.steps] == [
        plain(dict(s.view)) for s in agent_episode().steps
    ]
    player.do(Command.NEW_SEED)
    assert player.episode.seed == SEED + 1
    assert player.episode.finished
    assert player.control == "agent"
    mine = person(to_go=False)
    mine.do(Command.NEW_SEED)
    assert (mine.episode.seed, len(mine.episode), mine.control) == (SEED + 1, 0, "person")


def test_a_person_is_told_the_goals_and_then_plays():
    player = person(to_go=False)
    player.do(Command.PLAY)
    settle(player)
    assert not player.playing
    assert player.at_end
    assert player.episode.view(player.step)["phase"] == "act"
    player.do(Command.PLAY)
    assert "Your move" in player.frame().message
    player.do(Command.FORWARD)
    assert "Your move" in player.frame().message
    assert player.at_end


def test_a_person_steps_through_the_description():
    player = person(to_go=False)
    player.do(Command.FORWARD)
    settle(player, 1)
    assert player.position == len(player.episode) == 1
    player.press(0)
    assert "after the go cue" in player.frame().message
    assert player.frame().marks.chosen is None


def test_moving_a_block_by_choosing_two_columns():
    player = person()
    before = player.episode.view(player.step)
    source, target = legal_moves(before)[0]
    player.press(source)
    assert player.frame().marks.chosen == source
    player.press(source)
    assert player.frame().marks.chosen is None
    player.press(source)
    player.press(target)
    assert player.frame().marks.chosen is None
    settle(player, 1)
    after = player.episode.view(player.step)
    assert after["last_action"] == f"{source + 1}>{target + 1}"
    assert heights(after["board"])[target] == heights(before["board"])[target] + 1
    assert player.episode.steps[-2].control == "person"
    player.digit(9)
    assert player.frame().marks.chosen is None
    assert "stands for nothing" in player.frame().message


def test_an_empty_column_has_no_block():
    for seed in range(SEED, SEED + 20):
        player = person()
        player._lines.begin(seed)
        player.do(Command.NEXT_PHASE)
        settle(player, 3)
        stand = heights(player.episode.view(player.step)["board"])
        if 0 in stand:
            player.press(stand.index(0))
            assert player.frame().marks.chosen is None
            assert player.frame().marks.wrong == stand.index(0)
            player.tick(1.0)
            assert player.frame().marks.wrong is None
            return
    pytest.fail("no board with an empty column among twenty")


def test_an_illegal_move_costs_a_step():
    for seed in range(SEED, SEED + 40):
        player = person()
        player._lines.begin(seed)
        player.do(Command.NEXT_PHASE)
        settle(player, 3)
        move = illegal_target(player)
        if move is not None:
            board = player.episode.view(player.step)["board"]
            for column in move:
                player.press(column)
            assert "full" in player.frame().message
            assert player.frame().marks.wrong == move[1]
            settle(player, 1)
            assert player.episode.steps[-1].view["board"] == board
            assert not player.episode.steps[-1].view["last_legal"]
            return
    pytest.fail("no board with a full column among forty")


def test_passing():
    player = person()
    steps = len(player.episode)
    player.do(Command.PASS)
    settle(player, 1)
    assert len(player.episode) == steps + 1
    assert player.episode.steps[-1].view["last_action"] == "pass"
    other = watching()
    other.do(Command.PASS)
    assert "Only who plays" in other.frame().message


def test_the_planner_shows_and_then_plays():
    player = person()
    best = optimal_moves(player.episode.view(player.step))
    player.do(Command.PLANNER)
    assert player.frame().marks.hint == best
    player.do(Command.PLANNER)
    settle(player, 1)
    assert player.frame().marks.hint == ()
    assert player.episode.steps[-2].control == "planner"
    while not player.episode.steps[-1].view["success"]:
        player.do(Command.PLANNER)
        player.do(Command.PLANNER)
        settle(player, 1)
    assert player.episode.steps[-1].view["perfect"]
    player.do(Command.PLANNER)
    assert "the goal holds" in player.frame().message


def test_watching_the_planner_only_shows():
    player = watching()
    player.do(Command.PLANNER)
    assert "from the go cue" in player.frame().message
    player.seek(player.episode.go_step())
    player.do(Command.PLANNER)
    assert player.frame().marks.hint
    length = len(player.episode)
    player.do(Command.PLANNER)
    assert player.frame().marks.hint == ()
    assert len(player.episode) == length


def test_toggles():
    player = watching()
    player.do(Command.LEGAL)
    assert player.frame().marks.legal == ()
    player.seek(player.episode.go_step())
    assert player.frame().marks.legal == legal_moves(player.episode.view(player.step))
    player.do(Command.LEGAL)
    assert player.frame().marks.legal == ()
    for command, name in ((Command.HIDE, "hidden"), (Command.HELP, "help")):
        assert not getattr(player.frame(), name)
        player.do(command)
        assert getattr(player.frame(), name)
        player.do(command)
        assert not getattr(player.frame(), name)
    sheets = []
    for _ in range(2):
        player.do(Command.LINKS)
        sheets.append(player.frame().sheet)
    assert sheets == ["link", "memory"]
    bare = person()
    bare.do(Command.LINKS)
    assert bare.sheet == ""
    assert "no links" in bare.frame().message


def test_messages_pass():
    player = watching()
    player.say("hello")
    assert player.frame().message == "hello"
    player.tick(5)
    assert player.frame().message == ""


def test_taking_over_forks_and_keeps_the_past():
    player = watching()
    whole, go = player.episode, player.episode.go_step()
    player.seek(go)
    player.do(Command.TAKE_OVER)
    frame = player.frame()
    assert (frame.control, frame.fork, frame.branches, player.position) == ("person", go, 2, go)
    assert len(player.episode) == go
    player.do(Command.PASS)
    settle(player, 1)
    assert [s.control for s in player.episode.steps[:-1]] == ["agent"] * go + ["person"]
    for t in range(go + 1):
        assert plain(dict(player.episode.view(t))) == plain(dict(whole.view(t)))
    player.do(Command.BRANCH)
    assert player.episode is whole
    assert player.control == "agent"
    player.do(Command.BRANCH)
    assert player.control == "person"
    player.do(Command.LAST)
    settle(player, 2)
    player.do(Command.TAKE_OVER)
    assert player.control == "agent"
    assert player.episode.finished
    assert player.episode.steps[go].control == "person"
    assert player.episode.steps[go + 1].control == "agent"


def test_a_person_can_take_back():
    player = person()
    go = player.step
    player.do(Command.PASS)
    settle(player, 1)
    player.press(0)
    player.seek(go)
    player.press(0)
    assert "the past" in player.frame().message
    player.do(Command.TAKE_OVER)
    assert len(player.episode) == go
    assert player.control == "person"
    player.do(Command.TAKE_OVER)
    assert "no agent" in player.frame().message
    player.do(Command.BRANCH)
    assert len(player.episode) == go + 1


def test_no_fork_at_the_end():
    player = watching()
    player.do(Command.LAST)
    settle(player, 2)
    player.do(Command.TAKE_OVER)
    assert "over" in player.frame().message
    assert player.frame().branches == 1
    player.press(0)
    assert "T takes over" in player.frame().message
    player.do(Command.BRANCH)
    assert "one line of play" in player.frame().message


def test_a_file_can_be_taken_over():
    episode = agent_episode()
    player = Player(episode, "file", make_world=world_of(episode))
    player.seek(4)
    player.do(Command.RESTART)
    assert player.position == 0
    player.do(Command.NEW_SEED)
    assert "one seed" in player.frame().message
    player.seek(2)
    player.do(Command.TAKE_OVER)
    assert (player.control, player.position) == ("person", 2)
    player.do(Command.NEXT_PHASE)
    settle(player, 3)
    player.do(Command.PASS)
    settle(player, 1)
    assert player.episode.steps[-1].view["last_action"] == "pass"
    player.close()


def test_a_file_of_unknown_origin_is_only_watched():
    episode = Episode(agent_episode().steps)
    assert world_of(episode) is None
    player = Player(episode, "file")
    player.do(Command.TAKE_OVER)
    assert "does not say how to make its environment" in player.frame().message
    stranger = Episode(agent_episode().steps, env_id="nowhere/None-v0")
    player = Player(stranger, "file", make_world=world_of(stranger))
    player.do(Command.TAKE_OVER)
    assert "Cannot make the environment" in player.frame().message
    assert player.control == "file"


def test_a_sequence_is_watched():
    player = Player(sequence_episode(), "file")
    player.do(Command.PLAY)
    settle(player)
    assert player.at_end
    for command in (Command.PLANNER, Command.LEGAL, Command.TAKE_OVER, Command.HIDE):
        player.do(command)
    player.press(None)
    assert player.frame().message == SequenceScene.watch_only
    assert player.frame().marks is None


def test_every_command_is_harmless_everywhere():
    for make in (
        watching,
        person,
        lambda: Player(graph_episode(), "file"),
        lambda: Player(sequence_episode(), "file"),
    ):
        for command in Command:
            player = make()
            player.do(command)
            player.tick(0.1)
            assert 0 <= player.position <= len(player.episode)
