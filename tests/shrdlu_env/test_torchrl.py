"""Every id through TorchRL: alone, as native vector environment, and as TorchRL's own vector of processes."""

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env import ENV_IDS

pytestmark = pytest.mark.filterwarnings("default")
envs = pytest.importorskip("torchrl.envs", reason="TorchRL is not installed", exc_type=ImportError)
every_id = pytest.mark.parametrize("env_id", ENV_IDS)
STEPS = 400  # the longest stories go on for that long


def check_rollout(env, num_envs: tuple[int, ...]) -> None:
    space = gym.make(env.spec_id).observation_space
    env.set_seed(0)
    batch = env.rollout(STEPS, break_when_any_done=False)
    assert batch["observation"].shape == (*num_envs, STEPS, *space.shape)
    assert all(row in space for row in batch["observation"].reshape(-1, *space.shape).numpy())
    assert batch["next", "reward"].isfinite().all()
    assert batch["next", "terminated"].any()


@every_id
def test_alone(env_id):
    for env in (envs.GymWrapper(gym.make(env_id)), envs.GymEnv(env_id)):
        env.spec_id = env_id
        check_rollout(env, ())
        env.close()


@every_id
@pytest.mark.parametrize("mode", ["SameStep", "Disabled"])
def test_native_vector_environment(env_id, mode):
    native = gym.make_vec(env_id, 3, vectorization_mode="vector_entry_point", autoreset_mode=mode)
    env = envs.GymWrapper(native)
    if mode == "Disabled":
        env = env.auto_register_info_dict()  # in the other mode TorchRL does so by itself
    env.spec_id = env_id
    check_rollout(env, (3,))
    # Infos come along, numbers all of them, the phase too.
    batch = env.rollout(5, break_when_any_done=False)
    assert {"phase", "acting", "action_mask"} <= set(batch.keys())
    assert set(np.unique(batch["phase"].numpy())) <= set(range(5))


@every_id
def test_next_step_is_refused_by_torchrl_itself(env_id):
    native = gym.make_vec(env_id, 2, vectorization_mode="vector_entry_point", autoreset_mode="NextStep")
    with pytest.raises(RuntimeError, match="SAME_STEP or DISABLED"):
        envs.GymWrapper(native)


@every_id
def test_processes(env_id):
    env = envs.GymEnv("shrdlu_env:" + env_id, num_envs=2)  # for its processes to import us
    env.spec_id = env_id
    check_rollout(env, (2,))
    env.close()
