"""The deep LSTM of the paper and the clipping of its gradients."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from dnc_agent.cores.controller import ControllerState, DeepLSTM, clip_gradient
from tests.dnc_agent import oracle
from tests.dnc_agent.helpers import SEEDS, SIZES, assert_close, examples, normal, random_source


def make(seed, inputs, hidden, layers, **options):
    source = random_source(seed)
    lstm = DeepLSTM(inputs, hidden, layers, generator=source, **options).double()
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.copy_(normal(source, *parameter.shape))
    state = ControllerState(*(normal(source, 2, layers, hidden) for _ in range(2)))
    return lstm, normal(source, 2, inputs), state


@examples(20)
@given(SEEDS, SIZES, SIZES, st.integers(1, 3))
def test_step_against_the_oracle(seed, inputs, hidden, layers):
    lstm, x, state = make(seed, inputs, hidden, layers)
    h, after = lstm(x, state)
    weights = [p.detach().numpy() for p in lstm.weights], [p.detach().numpy() for p in lstm.biases]
    for b in range(2):
        expected = oracle.lstm_step(*weights, x[b].numpy(), state.hidden[b].numpy(), state.cell[b].numpy())
        assert_close(after.hidden[b], expected[0])
        assert_close(after.cell[b], expected[1])
        assert_close(h[b], expected[0].reshape(-1))


def test_one_layer_is_the_usual_lstm_cell():
    lstm, x, state = make(0, 3, 4, 1)
    cell = torch.nn.LSTMCell(3, 4, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(lstm.weights[0][:, :3])
        cell.weight_hh.copy_(lstm.weights[0][:, 3:])
        cell.bias_ih.copy_(lstm.biases[0])
        cell.bias_hh.zero_()
    h, after = lstm(x, state)
    expected = cell(x, (state.hidden[:, 0], state.cell[:, 0]))
    assert_close(h, expected[0].detach())
    assert_close(after.cell[:, 0], expected[1].detach())


def test_every_layer_sees_the_input_its_own_past_and_the_layer_below():
    lstm, x, state = make(1, 3, 2, 3)
    assert [tuple(w.shape) for w in lstm.weights] == [(8, 5), (8, 7), (8, 7)]
    for layer in range(3):
        for moved in range(3):
            past = state.hidden.clone()
            past[:, moved] += 0.1
            change = lstm(x, state._replace(hidden=past))[1].hidden - lstm(x, state)[1].hidden
            assert (
                change[:, layer].abs().max().item() > 0 if layer >= moved else (change[:, layer] == 0).all()
            )
        with torch.no_grad():
            only = DeepLSTM(3, 2, 3).double()
            only.load_state_dict(lstm.state_dict())
            for upper in range(1, 3):
                only.weights[upper][:, 5:] = 0  # cut the way up: the input still reaches every layer
        moved_input = only(x + 0.1, state)[1].hidden - only(x, state)[1].hidden
        assert (moved_input[:, layer].abs() > 0).all()


def test_initial_state_is_zero_and_initial_biases_too():
    lstm = DeepLSTM(3, 4, 2, generator=random_source(0))
    state = lstm.initial_state(5)
    assert [tuple(part.shape) for part in state] == [(5, 2, 4)] * 2
    assert all((part == 0).all() for part in state)
    assert state.hidden.data_ptr() != state.cell.data_ptr()
    assert all((bias == 0).all() for bias in lstm.biases)


def test_gradcheck():
    lstm, x, state = make(2, 2, 3, 2, gradient_clip=None)
    names = [name for name, _ in lstm.named_parameters()]

    def run(x, hidden, cell, *parameters):
        replaced = dict(zip(names, parameters, strict=True))
        h, after = torch.func.functional_call(lstm, replaced, (x, ControllerState(hidden, cell)))
        return h, *after

    inputs = [x, *state, *(p.detach() for p in lstm.parameters())]
    assert torch.autograd.gradcheck(run, [value.clone().requires_grad_() for value in inputs])


def test_clip_clamps_each_element_and_only_backwards():
    x = torch.tensor([1.0, 2.0, 3.0, -4.0], requires_grad=True)
    y = clip_gradient(x, 10.0)
    assert torch.equal(y, x)
    y.backward(torch.tensor([3.0, -50.0, 20.0, 10.0]))
    assert x.grad.tolist() == [3.0, -10.0, 10.0, 10.0]


def test_no_limit_leaves_the_gradient_alone():
    x = torch.ones(2, requires_grad=True)
    clip_gradient(x, None).backward(torch.tensor([1e6, -1e6]))
    assert x.grad.tolist() == [1e6, -1e6]


def gradient_of_weights(clip, gradient):
    lstm, x, state = make(3, 2, 3, 1, gradient_clip=clip)
    h, _ = lstm(x, state)
    h.backward(gradient)
    return lstm.weights[0].grad


def test_default_clip_is_ten_at_the_activations():
    large = torch.tensor([[3.0, -1e6, 1e6], [10.0, -20.0, 0.0]], dtype=torch.float64)
    clamped = large.clamp(-10, 10)
    assert DeepLSTM(1, 1).gradient_clip == 10.0
    assert_close(gradient_of_weights(10.0, large), gradient_of_weights(None, clamped))
    assert_close(gradient_of_weights(10.0, clamped), gradient_of_weights(None, clamped))
    assert (gradient_of_weights(None, large).abs() > 1e3).any()


def test_the_sum_over_all_uses_of_an_activation_is_clipped_not_each():
    """h of step 1 is used by the output and by step 2; 8 + 8 is clipped to 10."""
    lstm, x, state = make(4, 2, 1, 1)
    h, after = lstm(x, state)
    h.retain_grad()
    (8 * h.sum() + 8 * after.hidden.sum()).backward()
    reference, x, state = make(4, 2, 1, 1, gradient_clip=None)
    (10 * reference(x, state)[0].sum()).backward()
    assert_close(lstm.weights[0].grad, reference.weights[0].grad)


def test_weights_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    first, second = (DeepLSTM(3, 4, 2, generator=random_source(5)) for _ in range(2))
    other = DeepLSTM(3, 4, 2, generator=random_source(6))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not torch.equal(first.weights[0], other.weights[0])
