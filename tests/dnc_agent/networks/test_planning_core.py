"""A core that plans: acting, recording and the plain step agree; what a policy with one saves and refuses."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

from dnc_agent.cores.dnc.core import DNC
from dnc_agent.networks.actor_critic import NetworkOptions, actor_critic_networks
from dnc_agent.networks.planner import NOWHERE
from dnc_agent.networks.planning_core import PlanningCore
from dnc_agent.networks.pointer import PointerReadout
from dnc_agent.networks.readouts import Head
from dnc_agent.networks.stepping import NetworkStepper
from dnc_agent.rl.policy import DNCPolicy

LABELS, WIDTH, SLOTS, CUE = 3, 4, 2, 12
COLUMNS = LABELS * WIDTH + 1
SIZE = COLUMNS + SLOTS * WIDTH
CORE = {
    "hidden_size": 5,
    "memory_size": 6,
    "word_size": LABELS * WIDTH,
    "read_heads": 1,
    "interface_skip": True,
    "interface_bias": {"write_gate": 3.0, "allocation_gate": 3.0},
}
PLANNER = {"cue": CUE, "labels": (LABELS, WIDTH), "slots": (COLUMNS, SLOTS), "slot_label": 1}
OPTIONS = {
    "shared_core": True,
    "core_kwargs": CORE,
    "core_columns": COLUMNS,
    "names": (12, 13, CUE),
    "planner": PLANNER,
}


def make_core(seed=0):
    inner = DNC(COLUMNS, generator=torch.Generator().manual_seed(seed), **CORE)
    rest = {name: value for name, value in PLANNER.items() if name != "cue"}
    return PlanningCore(inner, SIZE, cue=CUE, planner=rest)


def episodes(steps=7, batch=4, seed=0):
    """Random observations; element b sees its cue at step 2 + b, the last one never, slots from there on."""
    source = torch.Generator().manual_seed(seed)
    x = (torch.rand(steps, batch, SIZE, generator=source) < 0.3).float()
    x[..., CUE] = 0.0
    x[..., COLUMNS:] = 0.0
    for b in range(batch - 1):
        x[2 + b, b, CUE] = 1.0
        shown = torch.rand(steps - 3 - b, SLOTS * WIDTH, generator=source) < 0.4
        x[3 + b :, b, COLUMNS:] = shown.float()
    x[6, 0, CUE] = 1.0  # a second cue changes nothing
    return x


def test_acting_and_unrolling_agree():
    core, x = make_core(), episodes()
    unrolled, last = core.unroll(x)
    stepper = core.stepper(x.shape[1])
    acted = torch.stack([stepper.step(row) for row in x])
    assert torch.allclose(acted, unrolled, atol=1e-5)
    scores = unrolled[..., -SLOTS:]
    assert (scores[:2] == 0).all()
    assert (scores[:, -1] == 0).all()
    assert (scores[2, 0] == NOWHERE).all()
    assert (scores[3:, 0] > NOWHERE).any()
    state = stepper.state()
    assert torch.allclose(state.plan.values, last.plan.values, atol=1e-5)
    again = core.stepper(x.shape[1], state=state)
    assert torch.allclose(again.step(x[3]), core.step(x[3], last)[0], atol=1e-5)


def test_a_recording_has_the_gradients_of_the_plain_step():
    core, x = make_core(), episodes()
    if not core.can_record:
        pytest.skip("the kernels cannot run here")
    weights = torch.randn(7, 4, core.feature_size, generator=torch.Generator().manual_seed(1))
    gradients = []
    for recorded in (False, True):
        core.zero_grad()
        if recorded:
            stepper = core.stepper(4, record=True)
            acted = torch.stack([stepper.step(row) for row in x])
            features = stepper.features()
            assert torch.allclose(features, acted, atol=1e-5)
        else:
            features = core.unroll(x)[0]
        (features * weights).sum().backward()
        gradients.append({name: p.grad.clone() for name, p in core.named_parameters() if p.grad is not None})
    plain, taped = gradients
    assert plain.keys() == taped.keys()
    for name, gradient in plain.items():
        assert torch.allclose(gradient, taped[name], atol=1e-4, rtol=1e-3), name


def test_a_reset_forgets_the_plan():
    core, x = make_core(), episodes()
    stepper = core.stepper(4)
    for row in x[:4]:
        stepper.step(row)
    stepper.reset(torch.tensor([True, False, False, False]))
    assert stepper.state().plan.on.squeeze(-1).tolist() == [0.0, 1.0, 0.0, 0.0]
    assert (stepper.step(x[0])[0, -SLOTS:] == 0).all()


def test_changed_gates_make_a_recording_stale():
    core, x = make_core(), episodes()
    if not core.can_record:
        pytest.skip("the kernels cannot run here")
    stepper = core.stepper(4, record=True)
    stepper.step(x[0])
    assert not stepper.stale
    with torch.no_grad():
        core.planner.wanted.mul_(2.0)
    assert stepper.stale
    with pytest.raises(RuntimeError, match="planner's parameters changed"):
        stepper.features()


def test_the_memory_may_be_of_another_size():
    core, x = make_core(), episodes()
    core.resize(9)
    assert core.memory_size == core.inner.memory_size == 9
    assert core.unroll(x)[1].plan.values.shape == (4, 9)


def test_a_readout_that_points():
    readout = PointerReadout(SLOTS, Head(3 + 1, (), 1, gain=1.0))
    features = torch.tensor([[0.1, 0.2, 0.3, -1.0, -2.0], [0.1, 0.2, 0.3, -2.0, -1.0]])
    logits, values = readout(features, torch.zeros(2, 1))
    assert torch.equal(logits, readout.logits(features, torch.zeros(2, 1)))
    assert torch.allclose(logits[:, 0] - logits[:, 1], torch.tensor([5.0, -5.0]))
    assert values[0] == values[1]  # which slot is the best does not matter to the value


def test_a_policy_acts_on_the_scores():
    network, none = actor_critic_networks(SIZE, SLOTS, NetworkOptions(**OPTIONS))
    assert none is None
    x = episodes()
    stepper = NetworkStepper(network, 4, readout=network.readout.logits)
    logits = torch.stack([stepper.step(row) for row in x])
    assert torch.allclose(logits, network.unroll(x)[0].logits, atol=1e-4)


def test_planner_and_readout_learn_at_their_own_rate():
    space = spaces.Box(0.0, 1.0, (SIZE,), np.float32)
    policy = DNCPolicy(space, spaces.Discrete(SLOTS), lambda _: 1e-2, core_lr_scale=0.1, **OPTIONS)
    core = policy.cores[0]
    fast, slow = (set(map(id, group["params"])) for group in policy.optimizer.param_groups)
    assert set(map(id, core.planner.parameters())) <= fast
    assert set(map(id, core.inner.parameters())) == slow
    assert fast | slow == set(map(id, policy.parameters()))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shared_core": False}, "planner goes with shared_core=True"),
        ({"hold_at": CUE}, "without hold_at"),
        ({"core": "lstm", "core_kwargs": {}, "names": None}, "only a DNC has a memory to plan over"),
        ({"planner": PLANNER | {"slots": (COLUMNS, 1)}}, "planner has 1 slots; there are 2 actions"),
        ({"planner": PLANNER | {"cue": SIZE}}, f"cue={SIZE}"),
        ({"planner": PLANNER | {"depth": 3}}, "planner does not fit"),
    ],
)
def test_refusals(changed, message):
    with pytest.raises(ValueError, match=message):
        actor_critic_networks(SIZE, SLOTS, NetworkOptions(**(OPTIONS | changed)))
