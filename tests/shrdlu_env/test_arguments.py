"""Arguments: each refused by name with its value and what is allowed, and nothing changed; and 2,000 random calls."""

import traceback
from functools import partial
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import shrdlu_env
from shrdlu_env import (
    ENV_IDS,
    Constraint,
    Goal,
    Layout,
    MiniShrdluEnv,
    MiniShrdluVectorEnv,
    PuzzleBatch,
    Ranges,
    Sampler,
    find_plan,
)

PACKAGE = Path(shrdlu_env.__file__).parent
HUGE = 10**30
gym.register_envs(shrdlu_env)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"board_size": 6}, "board_size=6: must be a whole number from 2 to 5"),
        ({"board_size": 2.5}, "board_size=2.5"),
        ({"board_size": HUGE}, "board_size=10000"),
        ({"max_boards": 0}, "max_boards=0: must be a whole number from 1 to"),
        ({"max_boards": HUGE}, "max_boards="),
        ({"lesson": 0}, "lesson=0: must be a whole number from 1 to 26"),
        ({"lesson": 27}, "lesson=27"),
        ({"lesson": float("inf")}, "lesson=inf"),
        ({"lesson": 3, "goals": (1, 2)}, "lesson=3 with goals"),
        ({"board_size": 2, "lesson": 2}, "blocks="),
        ({"depth": (30, 30)}, "depth="),
        ({"depth": (1, float("inf"))}, "depth="),
        ({"goals": (1, float("nan"))}, "goals="),
        ({"blocks": (3, HUGE)}, "blocks="),
        ({"constraints": (1, 2, 3)}, "constraints="),
        ({"extra_moves": -1}, "extra_moves=-1"),
        ({"extra_moves": HUGE}, "extra_moves="),
        ({"invalid_move_cost": -0.1}, "invalid_move_cost=-0.1"),
        ({"undo_penalty": float("nan")}, "undo_penalty=nan"),
        ({"constraint_reward": float("inf")}, "constraint_reward=inf"),
        ({"earlier": 1.5}, "earlier=1.5"),
        ({"earlier": 0.1, "goals": (1, 1)}, "earlier=0.1"),
        ({"render_mode": "svg"}, "render_mode='svg': must be one of .*rgb_array"),
        ({"observability": "half"}, "observability='half': must be one of partial, full"),
    ],
)
def test_values_out_of_range_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        MiniShrdluEnv(**kwargs)
    with pytest.raises(ValueError, match=message):
        MiniShrdluVectorEnv(2, **kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"board_size": "3"}, "board_size='3': must be a whole number from 2 to 5"),
        ({"lesson": "four"}, "lesson='four'"),
        ({"lesson": True}, "lesson=True"),
        ({"undo_penalty": "much"}, "undo_penalty='much'"),
        ({"earlier": "some"}, "earlier='some'"),
        ({"earlier": None}, "earlier=None: must be a number from 0 to 1"),
        ({"max_boards": None}, "max_boards=None"),
        ({"goals": 3}, "goals=3: must be whole numbers .lowest, highest."),
        ({"goals": ("a", "b")}, "goals="),
        ({"planner_info": "no"}, "planner_info='no': must be True or False"),
        ({"render_mode": 3}, "render_mode=3: must be one of"),
        ({"observability": 1}, "observability=1"),
        ({"leson": 3}, "unexpected keyword argument 'leson'=3: allowed are board_size, lesson"),
    ],
)
def test_wrong_types_are_refused(kwargs, message):
    with pytest.raises(TypeError, match=message):
        MiniShrdluEnv(**kwargs)
    with pytest.raises(TypeError, match=message):
        MiniShrdluVectorEnv(2, **kwargs)


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_every_world_lists_what_it_takes(env_id):
    for make in (gym.make, partial(gym.make_vec, num_envs=2, vectorization_mode="vector_entry_point")):
        with pytest.raises(TypeError, match=r"unexpected keyword argument 'leson'=3: allowed are \w+"):
            make(env_id, leson=3)


def test_bad_calls_are_refused_and_change_nothing():
    env = MiniShrdluEnv(lesson=1)
    env.reset(seed=0)
    state = env.np_random.bit_generator.state
    for action in (-1, 7, HUGE):
        with pytest.raises(ValueError, match=r"action=.*: must be a whole number from 0 to 6"):
            env.step(action)
    for action in (1.5, "1", None, [1], np.array([1]), np.array(1.0)):
        with pytest.raises(TypeError, match="action="):
            env.step(action)
    assert env.view()["step"] == 0
    with pytest.raises(ValueError, match="lesson=99"):
        env.set_lesson(99)
    with pytest.raises(ValueError, match="earlier=2"):
        env.set_lesson(5, earlier=2)
    with pytest.raises(TypeError, match="lesson='5'"):
        env.set_lesson("5")
    assert env.lesson == 1
    for options in ("abc", 3, [("puzzles", 1)]):
        with pytest.raises(TypeError, match="options="):
            env.reset(seed=1, options=options)
    for options in ({"puzzels": 1}, {3: 1}, {"reset_mask": np.ones(1, bool)}):
        with pytest.raises(
            ValueError, match=r"option .*: there is none of this name; allowed are puzzles, at_cue"
        ):
            env.reset(seed=1, options=options)
    for seed in ("1", [1], True):
        with pytest.raises(TypeError, match="seed="):
            env.reset(seed=seed)
    with pytest.raises(ValueError, match="seed=-1"):
        env.reset(seed=-1)
    assert env.np_random.bit_generator.state == state
    env.reset(seed=np.int64(3))
    with pytest.raises(ValueError, match="explicit ranges"):
        MiniShrdluEnv(goals=(1, 1)).set_lesson(2)


def test_bad_calls_of_the_vector_environment_are_refused():
    env = MiniShrdluVectorEnv(3, lesson=1)
    with pytest.raises(ValueError, match="first reset"):
        env.reset(options={"reset_mask": np.array([True, False, True])})
    env.reset(seed=0, options={"reset_mask": np.ones(3, bool)})
    for actions in (np.zeros(2, np.int64), 0, np.array([0, 7, 0]), np.array([-1, 0, 0]), [2**63] * 3):
        with pytest.raises(ValueError, match="actions"):
            env.step(actions)
    for actions in (np.zeros(3), "abc", None, [[1], [2, 3], 4], [HUGE] * 3):
        with pytest.raises(TypeError, match="actions"):
            env.step(actions)
    for mask in (np.ones(2, bool), np.zeros(3, bool)):
        with pytest.raises(ValueError, match="reset_mask"):
            env.reset(options={"reset_mask": mask})
    for mask in ([True] * 3, np.ones(3), None):
        with pytest.raises(TypeError, match="reset_mask"):
            env.reset(options={"reset_mask": mask})
    for index in (3, -1):
        with pytest.raises(ValueError, match=f"index={index}"):
            env.view(index)
    for n in (0, 1.5, HUGE):
        with pytest.raises(ValueError, match="num_envs"):
            MiniShrdluVectorEnv(n)
    with pytest.raises(TypeError, match="num_envs"):
        MiniShrdluVectorEnv(True)
    with pytest.raises(ValueError, match=r"autoreset_mode='sometimes': must be one of NextStep"):
        MiniShrdluVectorEnv(2, autoreset_mode="sometimes")
    with pytest.raises(ValueError, match="render_mode='human'"):
        MiniShrdluVectorEnv(2, render_mode="human")


def test_spoilt_puzzles_are_refused():
    """Every field of every array, one at a time: refused, or so harmless that an episode can be played."""
    rng = np.random.default_rng(0)
    good = Sampler(3, 5).generate(rng, 2)
    env = MiniShrdluVectorEnv(2, lesson=5)
    env.reset(seed=0, options={"puzzles": good})
    refused = 0
    for part in range(5):
        for _ in range(60):
            arrays = [array.copy() for array in good]
            place = tuple(int(rng.integers(0, n)) for n in arrays[part].shape)
            arrays[part][place] = rng.choice([-1, 0, 1, 7, 26, 100, -128])
            try:
                env.reset(options={"puzzles": PuzzleBatch(*arrays)})
            except ValueError as error:
                refused += str(error).startswith("puzzles")
                continue
            for _ in range(30):
                env.step(rng.integers(0, 7, 2))
    assert refused > 100
    for part, array in enumerate(good):
        for other in (array[:1], array.astype(np.float64), array[..., None], None):
            with pytest.raises((ValueError, TypeError), match="puzzles"):
                env.reset(options={"puzzles": good._replace(**{good._fields[part]: other})})


# Values that nobody meant, beside a few that are right.
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 30),
    st.sampled_from(
        [HUGE, -HUGE, 2**31, 2**63, 10**5000, float("inf"), float("-inf"), float("nan"), 1e308, 2.0]
    ),
    st.floats(),
    st.text(max_size=4),
    st.binary(max_size=2),
    st.lists(st.integers(-1, 9), max_size=4),
    st.tuples(st.floats(), st.integers()),
    st.sampled_from(
        [object(), {}, {"a": 1}, set(), print, 1j, np.zeros((2, 3)), np.array(["x"]), np.array(None)]
    ),
)
near = st.one_of(
    st.integers(0, 6), st.tuples(st.integers(0, 4), st.integers(0, 4)), st.sampled_from([0.5, "1a2"])
)
values = odd | near
constructor = st.fixed_dictionaries(
    {},
    optional={
        "board_size": odd | st.sampled_from([2, 3]),
        "lesson": values,
        "goals": values,
        "blocks": values,
        "constraints": values,
        # Deep searches are work, not errors.
        "depth": odd.filter(lambda v: not isinstance(v, tuple | list))
        | st.sampled_from([(1, 1), (1, 2), (2, 1)]),
        "extra_moves": values,
        "constraint_reward": values,
        "invalid_move_cost": values,
        "earlier": values,
        "planner_info": values,
        "max_boards": values,
        "render_mode": values,
        "observability": values,
        "nonsense": values,
    },
)


def complaint(call, arguments, keywords) -> Exception | None:
    try:
        call(*arguments, **keywords)
    except (ValueError, TypeError) as error:
        return error
    return None


def allowed(call, *arguments, **keywords) -> None:
    """Make a call; only our own refusals of one line may come of it, raised in this package itself."""
    error = complaint(call, arguments, keywords)
    if error is not None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        assert Path(frame.filename).is_relative_to(PACKAGE), f"{frame.filename}: {error}"
        assert "\n" not in str(error)
        assert ":" in str(error), "it says what, and what is wrong with it"


quick = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@quick
@given(constructor, st.integers(1, 3) | odd)
def test_random_constructors(kwargs, n):
    assume(not (isinstance(n, int) and n > 1000 and n < 2**21))
    allowed(MiniShrdluEnv, **kwargs)
    allowed(MiniShrdluVectorEnv, n, **kwargs)


ENV, VECTOR = MiniShrdluEnv(lesson=2), MiniShrdluVectorEnv(2, lesson=2)


@quick
@given(st.sampled_from(["reset", "step", "set_lesson", "view", "seed", "puzzles"]), values, values)
def test_random_calls(name, one, other):
    for env in (ENV, VECTOR):
        allowed(env.reset, seed=0)
        if name == "reset":
            allowed(env.reset, options=one)
            allowed(env.reset, options={"puzzles": one, "at_cue": other})
            allowed(env.reset, options={"reset_mask": one, "x": other})
        elif name == "step":
            allowed(env.step, one)
            allowed(env.step, [one, other])
        elif name == "set_lesson":
            allowed(env.set_lesson, one, other)
            env.set_lesson(2, 0.0)
        elif name == "seed":
            allowed(env.reset, seed=one)
        elif name == "puzzles":
            allowed(env.reset, options={"puzzles": PuzzleBatch(one, other, one, other, one)})
            allowed(VECTOR.draw_puzzles, one if not isinstance(one, int) or abs(one) < 99 else -1)
        else:
            for ask in (VECTOR.view, VECTOR.puzzle, VECTOR.dict_observation):
                allowed(ask, one)


boards = st.one_of(
    values,
    st.lists(st.lists(st.integers(-1, 5), min_size=2, max_size=3), min_size=2, max_size=3),
    st.builds(lambda value: {"board": value}, values),
    st.just([[0, 0], [1, 2]]),
)
constraints = st.sampled_from(["1l2", "1a2", "2r1"]) | values


@quick
@given(boards, st.lists(constraints, max_size=3) | values, values, values)
def test_random_plans(board, goal, use_tables, max_boards):
    allowed(find_plan, board, goal)
    allowed(find_plan, [[0, 0], [1, 2]], goal, use_tables=use_tables, max_boards=max_boards)


@quick
@given(values, values, values, st.lists(values, max_size=3), boards)
def test_random_goals(one, two, three, some, board):
    allowed(Constraint, one, two, three)
    allowed(Constraint.parse, one)
    allowed(Goal, one, two)
    allowed(Goal, "A", tuple(some))
    allowed(Goal("A", (Constraint.parse("1a2"),)).satisfied, board)


@quick
@given(values, values, values, boards, st.lists(values, min_size=4, max_size=4))
def test_random_layouts_and_samplers(one, two, three, board, four):
    allowed(Layout, one, two, three)
    layout = Layout(2, 3)
    allowed(layout.encode, board, letter=one, constraint=two, wanted=three)
    allowed(layout.decode, one)
    allowed(layout.encode_descriptions, one)
    puzzles = Sampler(2, 1).generate(np.random.default_rng(0), 2)
    allowed(layout.encode_descriptions, puzzles, one)
    allowed(Ranges, *four)
    assume(not isinstance(one, int) or one < 4)  # large boards are work, not errors
    allowed(Sampler, one, two, three)
    allowed(Sampler, 3, one, None, two)
    sampler = Sampler(2, 1)
    allowed(sampler.set_lesson, one, two)
    allowed(sampler.generate, one, two)
    allowed(
        sampler.generate, np.random.default_rng(0), one if not isinstance(one, int) or abs(one) < 99 else HUGE
    )
