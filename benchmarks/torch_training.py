"""Train the network of rnn_from_scratch with the notebook's solutions and with a plain loop, side by side, and compare.

Run from the root of the repository: ``python -m benchmarks.torch_training [--epochs N]``. Both forms start from the
same parameters, see the same batches, and take turns epoch by epoch. Exit code 1 means that the notebook's loop has
fewer tokens per second than the plain one, or that the two do not learn the same.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import process_time

# One thread, set before PyTorch is imported and reads it: the ratio should not depend on what else the cores do.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import torch
from torch import nn
from torch.nn import functional

from benchmarks.arguments import positive
from benchmarks.solutions import load_solutions
from utils.time_machine import Batches, sequential_partition

BATCH_SIZE, NUM_STEPS, NUM_HIDDENS, VOCAB_SIZE, LEARNING_RATE = 32, 35, 512, 28, 1.0  # the published setting
TOKENS = 10_000  # its length of text
EPOCHS = 30  # of each form: 0.3 s each
LEAST_RATIO = 1.0  # the solutions measure 1.02 to 1.04
TOLERANCE = 1e-3  # relative: single precision has 7 digits, of which 160 steps with other sums leave more than 3
CPU = torch.device("cpu")


@dataclass
class Training:
    """One form at work: how it trains for an epoch, what came of it, and the processor time that it took."""

    name: str
    epoch: Callable[[Batches], float]  # returns the perplexity
    perplexities: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each epoch

    def run(self, batches: Batches, seed: int) -> None:
        """Train for one epoch and note the time; the seed decides where the batches begin."""
        torch.manual_seed(seed)
        start = process_time()
        self.perplexities.append(self.epoch(batches))
        self.seconds.append(process_time() - start)


def notebook_training(seed: int) -> Training:
    """Return the training that the solutions of the source notebook make."""
    notebook = load_solutions("rnn_from_scratch", math=math, time=time, torch=torch, nn=nn, F=functional)
    torch.manual_seed(seed)
    net = notebook.RNNModelScratch(
        VOCAB_SIZE, NUM_HIDDENS, CPU, notebook.get_params, notebook.init_rnn_state, notebook.rnn
    )
    loss, updater = nn.CrossEntropyLoss(), torch.optim.SGD(net.params, LEARNING_RATE)

    def epoch(batches: Batches) -> float:
        return float(notebook.train_epoch_ch8(net, batches, loss, updater, CPU, False)[0])

    return Training("notebook", epoch)


def plain_training(seed: int) -> Training:
    """Return the same training in plain form: each formula where it is needed, one step after the other."""
    torch.manual_seed(seed)
    shapes = [(VOCAB_SIZE, NUM_HIDDENS), (NUM_HIDDENS, NUM_HIDDENS), (NUM_HIDDENS, VOCAB_SIZE)]
    W_xh, W_hh, W_hq = (torch.randn(shape) * 0.01 for shape in shapes)
    params = [W_xh, W_hh, torch.zeros(NUM_HIDDENS), W_hq, torch.zeros(VOCAB_SIZE)]
    for param in params:
        param.requires_grad_()

    def epoch(batches: Batches) -> float:
        H, total, tokens = torch.zeros(BATCH_SIZE, NUM_HIDDENS), 0.0, 0
        for X, Y in batches:
            loss, H = _plain_loss(params, X, Y, H.detach())
            _plain_step(params, loss)
            total, tokens = total + loss.item() * Y.numel(), tokens + Y.numel()
        return math.exp(total / tokens)

    return Training("plain loop", epoch)


def _plain_loss(
    params: Sequence[torch.Tensor], X: torch.Tensor, Y: torch.Tensor, H: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    W_xh, W_hh, b_h, W_hq, b_q = params
    outputs = []
    for one_hot in functional.one_hot(X.T, VOCAB_SIZE).float():  # (batch, vocab)
        H = torch.tanh(one_hot @ W_xh + H @ W_hh + b_h)  # (batch, hiddens)
        outputs.append(H @ W_hq + b_q)  # (batch, vocab)
    return functional.cross_entropy(torch.cat(outputs), Y.T.reshape(-1)), H


def _plain_step(params: Sequence[torch.Tensor], loss: torch.Tensor) -> None:
    for param in params:
        param.grad = None
    loss.backward()  # type: ignore[no-untyped-call] # PyTorch does not say
    gradients = [param.grad for param in params if param.grad is not None]
    norm = math.sqrt(sum((gradient**2).sum().item() for gradient in gradients))
    for gradient in gradients if norm > 1 else ():
        gradient.mul_(1 / norm)
    with torch.no_grad():
        for param, gradient in zip(params, gradients, strict=True):
            param.sub_(LEARNING_RATE * gradient)


def ratio_of(plain: Training, notebook: Training) -> float:
    """Return how many times as fast the notebook's loop is: the median over the epochs, which stood side by side."""
    return median(slow / fast for slow, fast in zip(plain.seconds, notebook.seconds, strict=True))


def largest_difference(one: Training, other: Training) -> float:
    """Return by how much the perplexities of any epoch differ, relative."""
    return max(abs(a - b) / b for a, b in zip(one.perplexities, other.perplexities, strict=True))


def table(trainings: tuple[Training, Training], tokens: int, difference: float) -> str:
    """Return the figures as text, one a line; `tokens` is how many an epoch has."""
    rows = [f"{'':12}{'CPU seconds':>12}{'tokens/s':>12}{'perplexity':>12}"]
    for one in trainings:
        speed = tokens / median(one.seconds)
        rows.append(f"{one.name:12}{sum(one.seconds):12.2f}{speed:12,.0f}{one.perplexities[-1]:12.3f}")
    rows.append(f"{'ratio':12}{ratio_of(*trainings):12.2f}  median of all epochs")
    rows.append(f"{'difference':12}{difference:12.1e}  of the perplexity, largest of all epochs")
    return "\n".join(rows)


def faults(ratio: float, difference: float) -> list[str]:
    """Return a sentence for each expectation that the figures do not meet."""
    sentences = []
    if not ratio >= LEAST_RATIO:
        sentences.append(f"The notebook's loop is {ratio:.2f} times as fast as the plain one, not {LEAST_RATIO}.")
    if not difference < TOLERANCE:  # so put, it catches nan too
        sentences.append(f"The perplexities differ by {difference:.1e}, but less than {TOLERANCE} was expected.")
    return sentences


def some_text() -> list[int]:
    """Return indices of a text that needs no download: some characters are frequent, and each has likely successors."""
    draw = torch.Generator().manual_seed(0)
    likely = torch.randint(1, VOCAB_SIZE, (VOCAB_SIZE, 4), generator=draw).tolist()
    indices = [1]
    for choice in torch.randint(4, (TOKENS - 1,), generator=draw).tolist():
        indices.append(likely[indices[-1]][choice])
    return indices


def main() -> None:
    """Measure, print the table, and exit with the faults if there are any."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torch_training", description="Time the PyTorch loop.")
    parser.add_argument("--epochs", type=positive, default=EPOCHS, metavar="N", help="default: %(default)s")
    epochs = parser.parse_args().epochs
    torch.set_num_threads(1)
    batches = Batches(some_text(), BATCH_SIZE, NUM_STEPS, sequential_partition)
    plain, notebook = trainings = (plain_training(seed=1), notebook_training(seed=1))
    for epoch in range(epochs):
        for training in trainings if epoch % 2 else reversed(trainings):
            training.run(batches, seed=epoch)
    difference = largest_difference(plain, notebook)
    print(table(trainings, sum(X.numel() for X, _ in batches), difference))
    sys.exit("\n".join(faults(ratio_of(plain, notebook), difference)) or None)


if __name__ == "__main__":
    main()
