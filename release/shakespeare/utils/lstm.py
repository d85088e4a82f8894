"""One step of an LSTM in NumPy needs these: its activation, and numbers to try it with."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)) for each entry; written so that no entry is too large for it."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))


def lstm_inputs(seed: int, n_a: int, n_x: int, m: int = 1) -> tuple[Array, Array, Array]:
    """Return normally distributed x (n_x, m), a_prev and c_prev (n_a, m), drawn in this order."""
    draws = np.random.RandomState(seed)
    return draws.randn(n_x, m), draws.randn(n_a, m), draws.randn(n_a, m)


def lstm_parameters(seed: int, n_a: int, n_x: int, scale: float = 0.5) -> dict[str, Array]:
    """Return normally distributed Wf, bf, Wu, bu, Wc, bc, Wo and bo, drawn in this order and times `scale`.

    The weights have the shape (n_a, n_a + n_x), the biases (n_a, 1). The biases are not zero, so a check sees whether
    they are used.
    """
    draws, parameters = np.random.RandomState(seed), {}
    for gate in "fuco":
        parameters["W" + gate] = scale * draws.randn(n_a, n_a + n_x)
        parameters["b" + gate] = scale * draws.randn(n_a, 1)
    return parameters
