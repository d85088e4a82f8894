import numpy as np
import pytest

from utils.lstm import lstm_inputs, lstm_parameters, sigmoid


def test_the_sigmoid_is_its_formula_and_has_no_number_that_is_too_large():
    z = np.linspace(-30, 30, 61)
    assert sigmoid(z) == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-12, abs=1e-15)
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]


def test_inputs_are_columns_of_the_sizes_asked_for_and_the_same_for_a_seed():
    x, a, c = lstm_inputs(seed=1, n_a=3, n_x=5, m=2)
    assert (x.shape, a.shape, c.shape) == ((5, 2), (3, 2), (3, 2))
    assert all(map(np.array_equal, lstm_inputs(1, 3, 5, 2), (x, a, c)))
    assert not np.array_equal(a, c)


def test_parameters_have_a_weight_and_a_bias_for_each_gate_and_leave_the_generator_alone():
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    parameters = lstm_parameters(seed=2, n_a=3, n_x=5, scale=0.1)
    assert np.random.rand() == expected
    assert {name: array.shape for name, array in parameters.items()} == {
        **{"W" + gate: (3, 8) for gate in "fuco"},
        **{"b" + gate: (3, 1) for gate in "fuco"},
    }
    assert all(0 < np.abs(array).max() < 0.5 for array in parameters.values())
