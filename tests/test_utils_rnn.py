import re
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import plain_rnn
from utils import rnn
from utils.rnn import (
    initialize_parameters,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    softmax,
    update_parameters,
)

N_A, N_X, N_Y = 4, 7, 5  # all different, so that a wrong transpose cannot fit
X = [None, 6, 2, 2, None, 0]  # T = 6: None at the start and elsewhere, a character twice
Y = [4, 2, 2, 1, 0, 4]
NAMES = ("Wax", "Waa", "Wya", "b", "by")

EPSILON = 1e-5  # central differences: an error of EPSILON ** 2 from the formula, of 1e-15 / EPSILON from rounding
NUMERICAL = {"rtol": 0, "atol": 1e-8}  # well above these two; the gradients compared are of size 0.01 to 1
EXACT = {"rtol": 0, "atol": 1e-13}  # the same sums in another order, over at most 12 steps of numbers below 10


def small_parameters(seed, n_a=N_A, n_x=N_X, n_y=N_Y):
    """Biases too are not zero: zeros hide wrong code."""
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a), "b": (n_a, 1), "by": (n_y, 1)}
    rng = np.random.default_rng(seed)
    return {name: rng.normal(scale=0.4, size=shape) for name, shape in shapes.items()}


def small_state(seed, n_a=N_A):
    return np.random.default_rng(seed).normal(scale=0.4, size=(n_a, 1))


def numerical_gradient(loss, array):
    """Differentiate `loss()` by every entry of `array`, which is changed and put back."""
    gradient = np.empty_like(array)
    for index, value in np.ndenumerate(array.copy()):
        array[index] = value + EPSILON
        above = loss()
        array[index] = value - EPSILON
        gradient[index] = (above - loss()) / (2 * EPSILON)
        array[index] = value
    return gradient


def forward_and_backward(form, X, Y, a0, parameters, vocab_size=N_X):
    loss, cache = form.rnn_forward(X, Y, a0, parameters, vocab_size)
    gradients, a = form.rnn_backward(X, Y, parameters, cache)
    return loss, gradients, a


@st.composite
def sequences(draw):
    """Sizes, T, X with None anywhere, Y, a0 and parameters."""
    n_a, vocab_size = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    T = draw(st.integers(1, 12))
    index = st.integers(0, vocab_size - 1)
    X = draw(st.lists(st.none() | index, min_size=T, max_size=T))
    Y = draw(st.lists(index, min_size=T, max_size=T))
    seed = draw(st.integers(0, 999))
    return X, Y, small_state(seed, n_a), small_parameters(seed, n_a, vocab_size, vocab_size), vocab_size


@pytest.mark.parametrize("name", NAMES)
def test_each_gradient_agrees_with_central_differences(name):
    parameters, a0 = small_parameters(0), small_state(1)
    _, gradients, _ = forward_and_backward(rnn, X, Y, a0, parameters)
    expected = numerical_gradient(lambda: rnn_forward(X, Y, a0, parameters, N_X)[0], parameters[name])
    np.testing.assert_allclose(gradients["d" + name], expected, **NUMERICAL)
    assert np.abs(expected).max() > 0.1  # large enough for this comparison to mean something


def test_the_gradients_are_those_of_the_five_parameters_and_no_others():
    parameters = small_parameters(0)
    _, gradients, _ = forward_and_backward(rnn, X, Y, small_state(1), parameters)
    assert {name: gradient.shape for name, gradient in gradients.items()} == {
        "d" + name: parameter.shape for name, parameter in parameters.items()
    }


@settings(deadline=None)  # the machine is shared: an example may wait
@given(sequences())
def test_loss_gradients_and_states_are_those_of_the_plain_form(sequence):
    loss, gradients, a = forward_and_backward(rnn, *sequence)
    plain_loss, plain_gradients, plain_a = forward_and_backward(plain_rnn, *sequence)
    np.testing.assert_allclose(loss, plain_loss, **EXACT)
    for compared, expected in ((gradients, plain_gradients), (a, plain_a)):
        assert compared.keys() == expected.keys()
        for key in expected:
            np.testing.assert_allclose(compared[key], expected[key], **EXACT, err_msg=str(key), strict=True)


def test_the_published_values_of_one_step_are_reproduced():
    np.random.seed(1)
    a_prev = np.random.randn(100, 1)
    shapes = {"Wax": (100, 27), "Waa": (100, 100), "Wya": (27, 100), "b": (100, 1), "by": (27, 1)}
    parameters = {name: np.random.randn(*shape) for name, shape in shapes.items()}
    X, Y = [12, 3, 5, 11, 22, 3], [4, 14, 11, 22, 25, 26]
    loss, gradients, a = forward_and_backward(rnn, X, Y, a_prev, parameters, 27)
    # The published gradients are clipped to 5; these four are smaller. They are given to 8 decimals or more.
    assert loss == pytest.approx(126.503975721653, rel=1e-11)
    assert gradients["dWaa"][1, 2] == pytest.approx(0.194709315347, abs=1e-8)
    assert gradients["dWya"][1, 2] == pytest.approx(-0.0077738760320, abs=1e-8)
    assert gradients["db"][4, 0] == pytest.approx(-0.06809825, abs=1e-8)
    assert gradients["dby"][1, 0] == pytest.approx(0.01538192, abs=1e-8)
    assert a[len(X) - 1][4, 0] == pytest.approx(-1, abs=1e-8)


def test_one_step_backward_agrees_with_central_differences():
    parameters, a_prev, x = small_parameters(2), small_state(3), np.eye(N_X)[:, [3]]
    da_next = small_state(4)  # stands for everything that comes after this step: a term da_next . a of the loss
    target = 2

    def loss():
        a, y = rnn_step_forward(parameters, a_prev, x)
        return -np.log(y[target, 0]) + np.sum(da_next * a)

    a, y = rnn_step_forward(parameters, a_prev, x)
    gradients = {"d" + name: np.zeros_like(parameter) for name, parameter in parameters.items()}
    dy = y - np.eye(N_Y)[:, [target]]
    returned = rnn_step_backward(dy, {**gradients, "da_next": da_next}, parameters, x, a, a_prev)
    for name in NAMES:
        expected = numerical_gradient(loss, parameters[name])
        np.testing.assert_allclose(returned["d" + name], expected, **NUMERICAL, err_msg=name)
    np.testing.assert_allclose(returned["da_next"], numerical_gradient(loss, a_prev), **NUMERICAL)


def test_one_step_backward_adds_to_the_gradients_in_place_and_returns_them():
    parameters, a_prev, x = small_parameters(2), small_state(3), np.eye(N_X)[:, [3]]
    a, y = rnn_step_forward(parameters, a_prev, x)
    zeros = {"d" + name: np.zeros_like(parameter) for name, parameter in parameters.items()}
    ones = {name: np.ones_like(zero) for name, zero in zeros.items()}
    share = rnn_step_backward(y, {**zeros, "da_next": small_state(4)}, parameters, x, a, a_prev)
    gradients = {**ones, "da_next": small_state(4)}
    assert rnn_step_backward(y, gradients, parameters, x, a, a_prev) is gradients
    for name, one in ones.items():
        assert gradients[name] is one, name
        np.testing.assert_allclose(one, 1 + share[name], **EXACT, err_msg=name)
    np.testing.assert_array_equal(gradients["da_next"], share["da_next"])  # replaced, not added to


def test_one_step_forward_follows_the_formula():
    parameters = {
        "Wax": np.array([[0.1, 0.2, 0.3]]),
        "Waa": np.array([[0.5]]),
        "Wya": np.array([[0.0], [1.0]]),
        "b": np.array([[0.4]]),
        "by": np.array([[0.0], [0.0]]),
    }
    a, y = rnn_step_forward(parameters, np.array([[-0.2]]), np.array([[0.0], [1.0], [0.0]]))
    np.testing.assert_allclose(a, [[np.tanh(0.5)]], **EXACT)  # 0.2 from x, -0.1 from the state, 0.4 from the bias
    odds = np.exp(np.tanh(0.5))
    np.testing.assert_allclose(y, [[1 / (1 + odds)], [odds / (1 + odds)]], **EXACT)


def test_states_are_found_by_time_step_from_the_one_before_the_first_on():
    parameters, a0 = small_parameters(5), small_state(6)
    _, _, a = forward_and_backward(rnn, X, Y, a0, parameters)
    assert sorted(a) == [-1, 0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(a[-1], a0)
    state = a0
    for t, index in enumerate(X):
        x = np.zeros((N_X, 1)) if index is None else np.eye(N_X)[:, [index]]
        state, _ = rnn_step_forward(parameters, state, x)
        np.testing.assert_allclose(a[t], state, **EXACT, strict=True)


def test_the_last_state_is_found_by_length_and_by_the_largest_key():
    _, _, a = forward_and_backward(rnn, X, Y, small_state(6), small_parameters(5))
    assert a[len(X) - 1].shape == (N_A, 1)
    assert a[max(a)] is a[len(X) - 1]


def test_forward_and_backward_leave_what_they_get_unchanged():
    arguments = (X, Y, small_state(8), small_parameters(7))
    before = deepcopy(arguments)
    first = forward_and_backward(rnn, *arguments)
    np.testing.assert_equal(arguments, before)
    np.testing.assert_equal(forward_and_backward(rnn, *arguments), first)


def test_backward_gives_the_same_gradients_from_the_same_cache_twice():
    parameters = small_parameters(7)
    _, cache = rnn_forward(X, Y, small_state(8), parameters, N_X)
    np.testing.assert_equal(rnn_backward(X, Y, parameters, cache), rnn_backward(X, Y, parameters, cache))


def test_indices_may_be_numpy_integers_in_an_array():
    indices = np.array([6, 2, 2, 0])
    arguments = (small_state(8), small_parameters(7))
    expected = forward_and_backward(rnn, [6, 2, 2, 0], [4, 2, 1, 0], *arguments)
    np.testing.assert_equal(forward_and_backward(rnn, indices, np.array([4, 2, 1, 0]), *arguments), expected)


def test_a_sequence_of_no_steps_costs_nothing():
    parameters, a0 = small_parameters(7), small_state(8)
    loss, gradients, a = forward_and_backward(rnn, [], [], a0, parameters)
    assert loss == 0
    assert not any(gradient.any() for gradient in gradients.values())
    np.testing.assert_equal(a, {-1: a0})


@pytest.mark.parametrize(
    ("X", "Y", "sentence"),
    [
        ([None, 27], [1, 2], "X[1] is 27, but an index from 0 to 26 was expected."),
        ([None, -1], [1, 2], "X[1] is -1, but an index from 0 to 26 was expected."),
        ([None, "a"], [1, 2], "X[1] is 'a', but an index from 0 to 26 was expected."),
        ([None, [3, 4]], [1, 2], "X[1] is [3, 4], but an index from 0 to 26 was expected."),
        ([None, 1.0], [1, 2], "X[1] is 1.0, but an index from 0 to 26 was expected."),
        ([None, 1], [27, 2], "Y[0] is 27, but an index from 0 to 26 was expected."),
        ([None, 1], [1, -1], "Y[1] is -1, but an index from 0 to 26 was expected."),
        ([None, 1], [None, 1], "Y[0] is None, but an index from 0 to 26 was expected."),
        ([None, 1, 2], [1, 2], "X and Y must be equally long: X has 3 entries, Y has 2."),
        ([None, 1], [1, 2, 0], "X and Y must be equally long: X has 2 entries, Y has 3."),
    ],
)
def test_a_wrong_sequence_is_refused_with_a_sentence(X, Y, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        rnn_forward(X, Y, np.zeros((3, 1)), initialize_parameters(3, 27, 27))


def test_the_vocabulary_size_bounds_the_indices():
    with pytest.raises(ValueError, match=r"^X\[1\] is 6, but an index from 0 to 5 was expected\.$"):
        rnn_forward(X, Y, small_state(0), small_parameters(0), vocab_size=6)


def test_softmax_turns_differences_into_ratios():
    np.testing.assert_allclose(softmax(np.log([[1.0], [3.0]])), [[0.25], [0.75]], **EXACT)


@settings(deadline=None)  # the machine is shared: an example may wait
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0, 1e300), st.integers(0, 999))
def test_softmax_columns_sum_to_one_and_do_not_overflow(rows, columns, scale, seed):
    scores = scale * np.random.default_rng(seed).uniform(-1, 1, (rows, columns))
    probabilities = softmax(scores)  # pytest turns an overflow warning into an error
    assert probabilities.shape == scores.shape
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=0), np.ones(columns), **EXACT)


def test_update_parameters_goes_down_the_gradients_in_place_and_returns_the_parameters():
    parameters = small_parameters(9)
    before, arrays = deepcopy(parameters), dict(parameters)
    gradients = {"d" + name: gradient for name, gradient in small_parameters(10).items()}
    assert update_parameters(parameters, gradients, 0.25) is parameters
    for name in NAMES:
        assert parameters[name] is arrays[name], name
        np.testing.assert_allclose(parameters[name], before[name] - 0.25 * gradients["d" + name], **EXACT, err_msg=name)


def test_initial_weights_are_the_published_ones_in_the_published_order():
    parameters = initialize_parameters(4, 7, 5)
    assert parameters["Wax"][0, :3] == pytest.approx([0.0162434536, -0.0061175641, -0.0052817175], abs=1e-10)
    draws = 0.01 * np.random.RandomState(1).randn(4 * 7 + 4 * 4 + 5 * 4)
    np.testing.assert_array_equal(parameters["Wax"], draws[:28].reshape(4, 7))
    np.testing.assert_array_equal(parameters["Waa"], draws[28:44].reshape(4, 4))
    np.testing.assert_array_equal(parameters["Wya"], draws[44:].reshape(5, 4))
    np.testing.assert_array_equal(parameters["b"], np.zeros((4, 1)), strict=True)
    np.testing.assert_array_equal(parameters["by"], np.zeros((5, 1)), strict=True)


def test_initial_parameters_are_the_same_at_each_call_and_not_shared():
    first, second = initialize_parameters(4, 7, 5), initialize_parameters(4, 7, 5)
    np.testing.assert_equal(first, second)
    assert not any(np.shares_memory(first[name], second[name]) for name in NAMES)
