"""One recurrent layer, forwards and backwards through time.

    a<t> = tanh(Wax x<t> + Waa a<t-1> + b)        y<t> = softmax(Wya a<t> + by)
    loss = sum over t of -log y<t>[Y[t]]

Only the hidden state needs a loop over time. The inputs, the output layer and every weight gradient are one matrix
product each for the whole sequence, in which column t belongs to step t. `benchmarks/training.py` prints what that
saves. The two loops call the method ``dot``: on matrices this small, ``@`` needs twice the time before it multiplies.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = dict[str, Array]
Gradients = dict[str, Array]


class Cache(NamedTuple):
    """What `rnn_forward` keeps for `rnn_backward`; T is the length of the sequence."""

    x: Array  # (n_x, T), column t is x<t>
    y: Array  # (n_y, T), column t is y<t>
    states: Array  # (n_a, T + 1), column t + 1 is a<t>; column 0 is a0


def softmax(x: Array) -> Array:
    """Return the exponentials of `x`, scaled so that each column sums to one; same shape as `x`."""
    exponentials = np.exp(x - np.max(x, axis=0))  # the largest exponent is 0: nothing overflows
    scaled: Array = exponentials / exponentials.sum(axis=0)
    return scaled


def initialize_parameters(n_a: int, n_x: int, n_y: int) -> Parameters:
    """Return small random weights and zero biases, the same ones at each call.

    The legacy generator with seed 1 draws Wax, Waa and Wya in this order, times 0.01; the published training log
    of the assignment starts from exactly these numbers.
    """
    np.random.seed(1)
    return {
        "Wax": np.random.randn(n_a, n_x) * 0.01,
        "Waa": np.random.randn(n_a, n_a) * 0.01,
        "Wya": np.random.randn(n_y, n_a) * 0.01,
        "b": np.zeros((n_a, 1)),
        "by": np.zeros((n_y, 1)),
    }


def rnn_step_forward(parameters: Parameters, a_prev: Array, x: Array) -> tuple[Array, Array]:
    """Take one step in time.

    Args:
        parameters: ``Wax, Waa, Wya, b, by``.
        a_prev: the state before the step, (n_a, 1).
        x: the input, (n_x, 1): a one-hot column, or zeros at the start of a name.

    Returns:
        The new state (n_a, 1) and the probabilities of the next character (n_y, 1).
    """
    a_next = np.tanh(parameters["Wax"] @ x + parameters["Waa"] @ a_prev + parameters["b"])  # (n_a, 1)
    return a_next, softmax(parameters["Wya"] @ a_next + parameters["by"])


def rnn_forward(
    X: Sequence[int | None], Y: Sequence[int], a0: Array, parameters: Parameters, vocab_size: int = 27
) -> tuple[float, Cache]:
    """Run the network over one sequence and measure its loss.

    Args:
        X: T input indices; ``None`` stands for the zero vector.
        Y: T target indices, the character that should follow at each step.
        a0: the state before the first step, (n_a, 1).
        parameters: ``Wax, Waa, Wya, b, by``.
        vocab_size: the number of characters, n_x = n_y; every index must be below it.

    Returns:
        The cross-entropy summed over the T steps, in nats, and the cache for `rnn_backward`.

    Raises:
        ValueError: X and Y differ in length, or hold an index outside the vocabulary.
    """
    _check_indices(X, Y, vocab_size)
    Wax, Waa, Wya, b, by = (parameters[name] for name in ("Wax", "Waa", "Wya", "b", "by"))
    T = len(X)
    x = _one_hot_columns(X, Wax.shape[1])  # (n_x, T)
    states = np.empty((len(b), T + 1), order="F")  # columns lie together in memory: the loop goes along them
    a = states[:, 0] = np.ravel(a0)
    from_input = Wax @ x + b  # (n_a, T)
    for t in range(T):
        a = np.tanh(from_input[:, t] + Waa.dot(a), out=states[:, t + 1])  # (n_a,)
    y = softmax(Wya @ states[:, 1:] + by)  # (n_y, T)
    loss = -np.log(y[Y, np.arange(T)]).sum()
    return loss, Cache(x, y, states)


def rnn_step_backward(
    dy: Array, gradients: dict[str, Array], parameters: Parameters, x: Array, a: Array, a_prev: Array
) -> dict[str, Array]:
    """Add one step's share to the gradients, in place, and return them.

    Args:
        dy: gradient of the loss by the scores before the softmax, y<t> less the one-hot target, (n_y, 1).
        gradients: ``dWax, dWaa, dWya, db, dby`` so far, and ``da_next`` (n_a, 1), the gradient that comes back
            from the step after this one.
        parameters: ``Wax, Waa, Wya, b, by``.
        x: the input of this step, (n_x, 1).
        a: the state after this step, (n_a, 1).
        a_prev: the state before it, (n_a, 1).
    """
    da = parameters["Wya"].T @ dy + gradients["da_next"]  # (n_a, 1)
    dz = (1 - a * a) * da  # through tanh: tanh' = 1 - tanh^2
    gradients["dWya"] += dy @ a.T
    gradients["dby"] += dy
    gradients["dWax"] += dz @ x.T
    gradients["dWaa"] += dz @ a_prev.T
    gradients["db"] += dz
    gradients["da_next"] = parameters["Waa"].T @ dz
    return gradients


def rnn_backward(
    X: Sequence[int | None], Y: Sequence[int], parameters: Parameters, cache: Cache
) -> tuple[Gradients, dict[int, Array]]:
    """Propagate the loss of `rnn_forward` back through time.

    Args:
        X: the T input indices that `rnn_forward` had.
        Y: the T target indices that it had.
        parameters: ``Wax, Waa, Wya, b, by``.
        cache: what `rnn_forward` returned beside the loss.

    Returns:
        The gradients ``dWax, dWaa, dWya, db, dby``, each shaped like its parameter, and the states by time step:
        ``a[t]`` is (n_a, 1) for t = 0 .. T-1, and ``a[-1]`` is the state before the first step.
    """
    Waa, Wya = parameters["Waa"], parameters["Wya"]
    x, y, states = cache
    a_prev, a = states[:, :-1], states[:, 1:]  # (n_a, T)
    dY = y - _one_hot_columns(Y, len(y))  # (n_y, T): softmax with cross-entropy, y<t> less its target
    slope = 1 - a * a  # tanh' = 1 - tanh^2
    dZ = Wya.T @ dY  # (n_a, T): so far what comes from the output; the loop completes it in place
    da_next = np.zeros(len(Waa))  # what comes back from the step after t
    for t in reversed(range(len(X))):
        dz = dZ[:, t]  # (n_a,)
        dz += da_next
        dz *= slope[:, t]
        da_next = dz.dot(Waa)
    gradients = {
        "dWax": dZ @ x.T,
        "dWaa": dZ @ a_prev.T,
        "dWya": dY @ a.T,
        "db": dZ.sum(axis=1, keepdims=True),
        "dby": dY.sum(axis=1, keepdims=True),
    }
    return gradients, dict(enumerate(states.T[:, :, np.newaxis], start=-1))


def update_parameters(parameters: Parameters, gradients: Gradients, lr: float) -> Parameters:
    """Take one step of gradient descent, ``W -= lr * dW``: in place, and returned."""
    for name in ("Wax", "Waa", "Wya", "b", "by"):
        parameters[name] -= lr * gradients["d" + name]
    return parameters


def _one_hot_columns(indices: Sequence[int | None], n: int) -> Array:
    """Return one column for each index, (n, T): a one in the row of the index, or zeros for None."""
    columns = np.zeros((n, len(indices)))
    for t, index in enumerate(indices):
        if index is not None:
            columns[index, t] = 1
    return columns


def _check_indices(X: Sequence[int | None], Y: Sequence[int], vocab_size: int) -> None:
    """Refuse what NumPy would accept without a word: a negative index, or a shorter Y."""
    if len(X) != len(Y):
        raise ValueError(f"X and Y must be equally long: X has {len(X)} entries, Y has {len(Y)}.")
    for name, indices in (("X", X), ("Y", Y)):
        for t, index in enumerate(indices):
            is_index = isinstance(index, (int, np.integer)) and 0 <= index < vocab_size
            if not is_index and not (index is None and name == "X"):
                raise ValueError(f"{name}[{t}] is {index!r}, but an index from 0 to {vocab_size - 1} was expected.")
