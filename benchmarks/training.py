"""Train the dinosaur model with the plain form and with `utils.rnn`, side by side, and compare.

Run from the root of the repository: ``python -m benchmarks.training [--iterations N]``. Exit code 1 means that
`utils.rnn` is not `LEAST_RATIO` times as fast, or that the two do not learn the same.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

# One thread, set before NumPy is imported and reads it: on matrices this small more threads only add noise.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np

import utils
from benchmarks import plain_rnn
from benchmarks.arguments import positive
from utils.rnn import Array, Gradients, Parameters

N_A, N_X = 50, 27  # the sizes of the assignment
ITERATIONS = 35_000  # its length
CHUNK = 5_000  # the forms take turns of this length (0.5 to 2 s), so that noise on the machine hits both alike
LEAST_RATIO = 3.0  # what the course promises
COMPARABLE = 12_001  # iterations after which rounding decides: a difference of 1e-13 has then grown too far
TOLERANCE = 1e-9  # up to there, right programs agree with the published losses to this

Example = tuple[list[int | None], list[int]]  # X and Y of one name


@dataclass
class Training:
    """One form at work: what it has learned so far, and the processor time that it took."""

    rnn_forward: Callable[..., tuple[float, Any]]
    rnn_backward: Callable[..., tuple[Gradients, dict[int, Array]]]
    parameters: Parameters = field(default_factory=lambda: utils.initialize_parameters(N_A, N_X, N_X))
    a: Array = field(default_factory=lambda: np.zeros((N_A, 1)))  # the hidden state, carried from name to name
    losses: list[float] = field(default_factory=lambda: [utils.get_initial_loss(N_X, 7)])  # smoothed; [0] is the start
    seconds: float = 0.0

    def run(self, examples: Sequence[Example]) -> None:
        """Take one step with each example and add the time to `seconds`."""
        start = process_time()
        for X, Y in examples:
            self._step(X, Y)
        self.seconds += process_time() - start

    def _step(self, X: list[int | None], Y: list[int]) -> None:
        loss, cache = self.rnn_forward(X, Y, self.a, self.parameters)
        gradients, a = self.rnn_backward(X, Y, self.parameters, cache)
        clipped = {name: np.clip(gradient, -5, 5) for name, gradient in gradients.items()}
        utils.update_parameters(self.parameters, clipped, 0.01)
        self.a = a[len(X) - 1]
        self.losses.append(utils.smooth(self.losses[-1], loss))


def training_examples() -> list[Example]:
    """Return the names as indices, in the order of the assignment."""
    names = [line.strip() for line in utils.load_names().split("\n")]
    np.random.seed(0)
    np.random.shuffle(names)
    indices = [[utils.char_to_ix[c] for c in name] for name in names]
    return [([None, *name], [*name, utils.char_to_ix["\n"]]) for name in indices]


def train_in_turns(trainings: Sequence[Training], iterations: int) -> None:
    """Give each training the same `iterations` examples, a chunk at a time."""
    examples = training_examples()
    for start in range(0, iterations, CHUNK):
        chunk = [examples[j % len(examples)] for j in range(start, min(start + CHUNK, iterations))]
        for training in trainings:
            training.run(chunk)


def largest_difference(one: Training, other: Training) -> float:
    """Return by how much the smoothed losses differ, over the iterations before rounding decides."""
    end = COMPARABLE + 1  # losses[0] is before the first iteration
    return float(np.max(np.abs(np.subtract(one.losses[:end], other.losses[:end]))))


def table(plain: Training, fast: Training, difference: float) -> str:
    """Return the figures as text, one a line."""
    iterations = len(fast.losses) - 1
    rows = [f"{'':18}{'CPU seconds':>12}{'µs/iteration':>14}"]
    for name, training in (("plain form", plain), ("utils.rnn", fast)):
        rows.append(f"{name:18}{training.seconds:12.2f}{training.seconds / iterations * 1e6:14.0f}")
    rows.append(f"{'ratio':18}{plain.seconds / fast.seconds:12.2f}")
    rows.append(f"{'loss difference':18}{difference:12.1e}  up to iteration {min(iterations, COMPARABLE):,}")
    return "\n".join(rows)


def faults(ratio: float, difference: float) -> list[str]:
    """Return a sentence for each expectation that the figures do not meet."""
    sentences = []
    if not ratio >= LEAST_RATIO:
        sentences.append(f"utils.rnn is {ratio:.2f} times as fast as the plain form, but {LEAST_RATIO} was expected.")
    if not difference < TOLERANCE:  # so put, it catches nan too
        sentences.append(f"The smoothed losses differ by {difference:.1e}, but less than {TOLERANCE} was expected.")
    return sentences


def main() -> None:
    """Measure, print the table, and exit with the faults if there are any."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description="Time the training loop.")
    parser.add_argument("--iterations", type=positive, default=ITERATIONS, metavar="N", help="default: %(default)s")
    iterations = parser.parse_args().iterations
    plain = Training(plain_rnn.rnn_forward, plain_rnn.rnn_backward)
    fast = Training(utils.rnn_forward, utils.rnn_backward)
    train_in_turns((plain, fast), iterations)
    difference = largest_difference(plain, fast)
    print(table(plain, fast, difference))
    sys.exit("\n".join(faults(plain.seconds / fast.seconds, difference)) or None)


if __name__ == "__main__":
    main()
