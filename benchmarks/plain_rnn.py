"""The recurrent layer of `utils.rnn` in its plain form: one step in time after another.

Each input becomes a one-hot column, dictionaries hold x<t>, a<t> and y<t> by time step, and the gradients are summed
up step by step: the formulas as a textbook writes them down. It is the oracle in `tests/test_utils_rnn.py` and the
slower side of `benchmarks/training.py`. Functions that have no sequence in them are those of `utils.rnn`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from utils.rnn import (
    Array,
    Gradients,
    Parameters,
    initialize_parameters,
    rnn_step_backward,
    rnn_step_forward,
    softmax,
    update_parameters,
)

__all__ = [
    "PlainCache",
    "initialize_parameters",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "softmax",
    "update_parameters",
]


class PlainCache(NamedTuple):
    """What `rnn_forward` keeps for `rnn_backward`, by time step."""

    x: dict[int, Array]  # each (n_x, 1)
    a: dict[int, Array]  # each (n_a, 1); a[-1] is the state before the first step
    y: dict[int, Array]  # each (n_y, 1)


def rnn_forward(
    X: Sequence[int | None], Y: Sequence[int], a0: Array, parameters: Parameters, vocab_size: int = 27
) -> tuple[float, PlainCache]:
    """Run the network over one sequence, a step at a time, and add up its loss.

    Args:
        X: T input indices; ``None`` stands for the zero vector.
        Y: T target indices.
        a0: the state before the first step, (n_a, 1).
        parameters: ``Wax, Waa, Wya, b, by``.
        vocab_size: the length of a one-hot column, n_x = n_y.

    Returns:
        The cross-entropy summed over the T steps, in nats, and the cache for `rnn_backward`.
    """
    cache = PlainCache(x={}, a={-1: np.copy(a0)}, y={})
    x, a, y = cache
    loss = 0.0
    for t in range(len(X)):
        x[t] = np.zeros((vocab_size, 1))
        if X[t] is not None:
            x[t][X[t]] = 1
        a[t], y[t] = rnn_step_forward(parameters, a[t - 1], x[t])  # (n_a, 1), (n_y, 1)
        loss -= np.log(y[t][Y[t], 0])
    return loss, cache


def rnn_backward(
    X: Sequence[int | None], Y: Sequence[int], parameters: Parameters, cache: PlainCache
) -> tuple[Gradients, dict[int, Array]]:
    """Go back from the last step to the first and add up each step's share of the gradients.

    Args:
        X: the T input indices that `rnn_forward` had.
        Y: the T target indices that it had.
        parameters: ``Wax, Waa, Wya, b, by``.
        cache: what `rnn_forward` returned beside the loss.

    Returns:
        The gradients ``dWax, dWaa, dWya, db, dby`` and the states by time step, each (n_a, 1), from ``a[-1]`` on.
    """
    x, a, y = cache
    gradients = {"d" + name: np.zeros_like(parameter) for name, parameter in parameters.items()}
    gradients["da_next"] = np.zeros_like(a[-1])
    for t in reversed(range(len(X))):
        dy = np.copy(y[t])
        dy[Y[t]] -= 1  # softmax with cross-entropy: y<t> less the one-hot target
        gradients = rnn_step_backward(dy, gradients, parameters, x[t], a[t], a[t - 1])
    del gradients["da_next"]  # it belongs to the step before the first; no parameter has it
    return gradients, a
