"""The models in PyTorch, and the tools of the checks that train: each does what the notebook relies on."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from utils import torch_checks  # noqa: E402
from utils.torch_checks import ModuleNet, OwnNet, Trait, traits  # noqa: E402
from utils.torch_rnn import CallBackModel, FrameworkModel, RecordingModel  # noqa: E402

CPU = torch.device("cpu")


def by_the_formula(X: Any, H: Any, params: list[Any]) -> tuple[Any, Any]:
    """Return the scores and the last state, an entry of the batch at a time, in NumPy."""
    W_xh, W_hh, b_h, W_hq, b_q = (param.numpy().astype(float) for param in params)
    H, scores = H.numpy().astype(float), []
    for indices in X.numpy().T:
        H = np.tanh(W_xh[indices] + H @ W_hh + b_h)
        scores.append(H @ W_hq + b_q)
    return np.concatenate(scores), H


def test_the_framework_model_is_the_notebooks_network_when_it_takes_over_its_parameters() -> None:
    params = torch_checks.random_params(1, vocab_size=7, num_hiddens=5)
    model = FrameworkModel(7, 5)
    model.load_rows(params)
    X, H = torch.tensor([[0, 3, 6, 1], [2, 2, 5, 4]]), torch.full((2, 5), 0.3)
    outputs, (last,) = model(X, (H,))
    scores, state = by_the_formula(X, H, params)
    assert np.allclose(outputs.detach(), scores, atol=1e-5)  # single precision
    assert np.allclose(last.detach(), state, atol=1e-5)


def test_the_framework_model_begins_with_zeros_and_its_state_can_be_detached_in_place() -> None:
    model = FrameworkModel(7, 5)
    (zeros,) = state = model.begin_state(3, CPU)
    assert zeros.shape == (3, 5)
    assert not zeros.any()
    _, (last,) = model(torch.zeros(3, 2, dtype=torch.int64), state)
    last.detach_()
    assert not last.requires_grad


def test_a_recording_model_notes_batches_and_states_as_they_were() -> None:
    model = RecordingModel(7, 5)
    X, state = torch.zeros(2, 3, dtype=torch.int64), (torch.ones(2, 5),)
    _, last = model(X, state)
    X += 1
    state[0].zero_()
    assert not model.batches[0].any()
    assert model.states_given[0].eq(1).all()
    assert torch.equal(model.states_returned[0], last[0].detach())


def test_a_call_back_model_asks_its_two_functions() -> None:
    model = CallBackModel(lambda X, state: (X + 1, state), lambda batch_size, device: (batch_size, str(device)))
    assert model(1, "state") == (2, "state")
    assert model.begin_state(batch_size=3, device=CPU) == (3, "cpu")


@pytest.mark.parametrize("kind", [OwnNet, ModuleNet])
def test_gradients_are_set_clipped_and_read_for_both_kinds_of_model(kind: Callable[..., Any]) -> None:
    net = kind([torch.ones(2), torch.ones(1, 2)])
    assert [gradient.tolist() for gradient in torch_checks.gradients_of(net)] == [[0, 0], [[0, 0]]]
    torch_checks.set_gradients(net, [torch.tensor([3.0, 0.0]), torch.tensor([[0.0, 4.0]])])
    torch_checks.clip_exactly(net, 1)
    first, second = torch_checks.gradients_of(net)
    assert torch.allclose(first, torch.tensor([0.6, 0.0]))
    assert torch.allclose(second, torch.tensor([[0.0, 0.8]]))
    assert all(value.eq(1).all() for value in torch_checks.values_of(net))


def test_a_module_net_has_a_frozen_parameter_that_is_none_of_its_parameters_with_gradients() -> None:
    net = ModuleNet([torch.ones(2)])
    assert len(list(net.parameters())) == 2
    assert len(torch_checks.parameters_of(net)) == 1


def test_a_step_is_told_by_how_far_parameters_move_with_an_optimizer_or_a_function() -> None:
    for kind in (OwnNet, ModuleNet):
        net = kind([torch.ones(2)])
        sgd = torch.optim.SGD(torch_checks.parameters_of(net), lr=0.5)
        (moved,) = torch_checks.step_with(net, sgd, [torch.tensor([2.0, -4.0])])
        assert moved.tolist() == [-1, 2]
    net = OwnNet([torch.ones(2)])

    def by_hand(batch_size: int) -> None:
        with torch.no_grad():
            net.params[0] -= net.params[0].grad / batch_size

    (moved,) = torch_checks.step_with(net, by_hand, [torch.tensor([2.0, -4.0])])
    assert moved.tolist() == [-2, 4]


def on_default_device(device: Any) -> list[Any]:
    with torch.device(device):
        return [torch.zeros(2), torch.rand(3).requires_grad_()]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda device: torch.zeros(2, device=device), [Trait(True, True, False)]),
        (lambda device: (torch.full((2, 3), 0.0).to(device),), [Trait(True, True, False)]),
        (lambda device: (torch.randn(2, device=device) * 0.01).requires_grad_(), [Trait(True, True, True)]),
        (lambda device: torch.randn(2, device=device, requires_grad=True) * 0.01, [Trait(True, False, True)]),
        (lambda device: [nn.Parameter(torch.normal(0, 1, (2, 2), device=device))], [Trait(True, True, True)]),
        (lambda device: torch.zeros_like(torch.empty(2, device=str(device))), [Trait(True, True, False)]),
        (lambda device: torch.tensor(np.zeros(2), device=device), [Trait(True, True, False)]),
        (lambda device: nn.init.normal_(torch.empty(3, 2, device=device)), [Trait(True, True, False)]),
        (on_default_device, [Trait(True, True, False), Trait(True, True, True)]),
        (lambda device: torch.zeros(2), [Trait(False, True, False)]),
        (
            lambda device: [torch.zeros(2, device=device), torch.ones(2)],
            [Trait(True, True, False), Trait(False, True, False)],
        ),
        (lambda device: torch.zeros(2, requires_grad=True), [Trait(False, True, True)]),
    ],
)
def test_traits_tell_device_leaf_and_gradient_of_however_a_tensor_was_made(
    make: Callable[[Any], Any], expected: list[Trait]
) -> None:
    assert traits(make, CPU) == expected


def rnn(inputs: Any, state: Any, params: list[Any]) -> tuple[Any, Any]:
    H, outputs = state[0], []
    for X in inputs:
        H = torch.tanh(X @ params[0] + H @ params[1] + params[2])
        outputs.append(H @ params[3] + params[4])
    return torch.cat(outputs), (H,)


def test_gradients_through_a_network_are_those_of_autograd_and_zero_where_the_graph_is_cut() -> None:
    params = torch_checks.random_params(2, vocab_size=4, num_hiddens=3)
    inputs, start, weights = torch.randn(2, 3, 4), torch.zeros(3, 3), torch.randn(6, 4)
    gradients = torch_checks.gradients_through(rnn, inputs, start, params, weights)
    leaves = [tensor.clone().requires_grad_() for tensor in (start, *params)]
    (rnn(inputs, (leaves[0],), leaves[1:])[0] * weights).sum().backward()
    assert all(torch.equal(gradient, leaf.grad) for gradient, leaf in zip(gradients, leaves, strict=True))
    cut = torch_checks.gradients_through(
        lambda inputs, state, params: rnn(inputs, (state[0].detach(),), params), inputs, start, params, weights
    )
    assert not cut[0].any()
    assert cut[1].any()


def test_a_kit_is_a_recording_model_with_these_weights_the_mean_loss_and_plain_descent() -> None:
    weights = torch_checks.random_weights(3, vocab_size=6, num_hiddens=4)
    model, loss, updater = torch_checks.kit(rnn, weights, lr=0.25)
    assert isinstance(model, RecordingModel)
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert math.isclose(float(loss(torch.zeros(3, 6), torch.tensor([0, 1, 2]))), math.log(6), rel_tol=1e-6)
    moved = torch_checks.step_with(model, updater, [torch.ones_like(value) for value in torch_checks.values_of(model)])
    assert all(torch.allclose(move, torch.tensor(-0.25), atol=1e-6) for move in moved)


def test_random_weights_params_gradients_and_batches_depend_on_the_seed_alone() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    for draw in (
        lambda seed: torch_checks.random_params(seed, 5, 3),
        lambda seed: torch_checks.random_gradients(seed, [(2, 3)]),
        lambda seed: [X for batch in torch_checks.random_batches(seed, 2, 3, 4, 5) for X in batch],
        lambda seed: list(torch_checks.random_weights(seed, 5, 3).values()),
    ):
        first, again, other = draw(1), draw(1), draw(2)
        assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
        assert not all(torch.equal(one, two) for one, two in zip(first, other, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_random_batches_are_indices_of_the_vocabulary() -> None:
    batches = torch_checks.random_batches(1, count=3, batch_size=4, num_steps=50, vocab_size=5)
    assert [(tuple(X.shape), tuple(Y.shape)) for X, Y in batches] == [((4, 50), (4, 50))] * 3
    assert all(set(part.flatten().tolist()) == set(range(5)) for batch in batches for part in batch)


def test_slow_batches_are_the_same_batches() -> None:
    batches = torch_checks.random_batches(1, 2, 3, 4, 5)
    slowly = list(torch_checks.SlowBatches(batches, seconds=0.0))
    assert all(X is slow_X and Y is slow_Y for (X, Y), (slow_X, slow_Y) in zip(batches, slowly, strict=True))
