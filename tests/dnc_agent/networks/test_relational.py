"""The relational trunk: against loops over entities, and its symmetry."""

import numpy as np
import pytest
import torch

from dnc_agent.networks.relational import RelationalTrunk

ABOVE = [[2, 0], [3, 1]]
LEFT = [[0, 1], [2, 3]]
SIZES = {"start": 3, "places": 4, "entities": 3, "neighbours": [ABOVE, LEFT], "width": 5, "rounds": 2}


def make(seed=0, **changes):
    torch.manual_seed(seed)
    return RelationalTrunk(6, **(SIZES | changes)).double()


def boards(seed, count=7):
    """Observations [M, X] in which each of three entities lies at a place of its own, or nowhere."""
    rng = np.random.default_rng(seed)
    shown = np.zeros((count, 4, 3))
    for board in shown:
        for entity, place in enumerate(rng.permutation(4)[:3]):
            board[place, entity] = rng.random() < 0.8
    return torch.from_numpy(np.concatenate([rng.random((count, 3)), shown.reshape(count, 12)], 1))


def by_loops(trunk, features, observation):
    """One element, entity by entity and edge by edge."""
    array = {name: value.detach().numpy() for name, value in trunk.state_dict().items()}
    shown = observation.numpy()[3:].reshape(4, 3)
    nodes = [shown[:, e] for e in range(3)]
    wanted = array["wanted.weight"] @ features.numpy() + array["wanted.bias"]
    wanted = wanted.reshape(2, 3, 3)
    kinds = []
    for k in range(2):
        kinds += [wanted[k], wanted[k].T]
    for pairs in (ABOVE, LEFT):
        present = np.zeros((3, 3))
        for p, q in pairs:
            for a in range(3):
                for b in range(3):
                    present[a, b] += shown[p, a] * shown[q, b]
        kinds += [present, present.T]
    for r in range(2):
        mean = sum(nodes) / 3
        after = []
        for a in range(3):
            heard = np.concatenate([sum(kind[a, b] * nodes[b] for b in range(3)) for kind in kinds])
            hidden = (
                array[f"heard.{r}.weight"] @ heard
                + array[f"own.{r}.weight"] @ nodes[a]
                + array[f"own.{r}.bias"]
                + array[f"all.{r}.weight"] @ mean
            )
            hidden = np.maximum(hidden, 0)
            after.append(hidden + nodes[a] if r else hidden)
        nodes = after
    return np.maximum(array["out.weight"] @ (sum(nodes) / 3) + array["out.bias"], 0)


@pytest.mark.parametrize("seed", range(3))
def test_equals_loops_over_entities_and_edges(seed):
    trunk, shown = make(seed), boards(seed)
    features = torch.randn(7, 6, dtype=torch.float64)
    found = trunk(features, shown).detach().numpy()
    assert np.abs(found).max() > 0.1
    for row in range(7):
        np.testing.assert_allclose(found[row], by_loops(trunk, features[row], shown[row]), atol=1e-12)


def test_renaming_entities_in_board_and_wish_changes_nothing():
    trunk, shown = make(), boards(1)
    order = torch.tensor([2, 0, 1])
    # Features that are the wish itself, so that it can be renamed as well.
    trunk.wanted.weight.data, trunk.wanted.bias.data = (
        torch.eye(18, dtype=torch.float64),
        torch.zeros(18).double(),
    )
    wish = torch.randn(7, 18, dtype=torch.float64)
    renamed = wish.view(7, 2, 3, 3)[:, :, order][:, :, :, order].reshape(7, 18)
    board = shown[:, 3:].view(7, 4, 3)[:, :, order].reshape(7, 12)
    again = torch.cat([shown[:, :3], board], 1)
    torch.testing.assert_close(trunk(renamed, again), trunk(wish, shown))
    assert (trunk(wish, again) - trunk(wish, shown)).abs().max() > 1e-3


def test_takes_any_leading_dimensions_and_passes_gradients_to_features():
    trunk, shown = make(), boards(2, count=6)
    features = torch.randn(6, 6, dtype=torch.float64, requires_grad=True)
    flat = trunk(features, shown)
    torch.testing.assert_close(trunk(features.view(2, 3, 6), shown.view(2, 3, -1)), flat.view(2, 3, 5))
    assert torch.autograd.gradcheck(lambda f: trunk(f, shown), features)


def test_the_hidden_layer_starts_silent_and_then_takes_part():
    plain, refined = make(), make(hidden=8)
    missing, unexpected = refined.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all(name.startswith("refined") for name in missing)
    features, shown = torch.randn(7, 6, dtype=torch.float64), boards(4)
    assert torch.equal(refined(features, shown), plain(features, shown))
    refined(features, shown).sum().backward()
    assert refined.refined[-1].weight.grad.abs().max() > 0
    torch.nn.init.normal_(refined.refined[-1].weight)
    assert (refined(features, shown) - plain(features, shown)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rounds": 0}, "rounds=0"),
        ({"neighbours": []}, "neighbours"),
        ({"neighbours": [[[0, 4]]]}, "0 to 3"),
    ],
)
def test_refuses_what_does_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)
