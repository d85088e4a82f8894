"""Train the poet as the assignment does and by a plain loop around `torch.nn.LSTM`, side by side, and compare.

Run from the root of the repository: ``python -m benchmarks.lstm_training [--batches N] [--threads N]``. Exit code 1
means that `utils.poet` takes more than `MOST_RATIO` times as long, or that the two do not learn the same. The text is
drawn, so that nothing has to be downloaded: time does not depend on what the characters say.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import process_time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.arguments import positive
from utils.poet import Poet, train_epoch

EXAMPLES, TX, N_X, BATCH = 31_412, 40, 38, 128  # the sizes of the assignment
EPOCH = -(-EXAMPLES // BATCH)  # 246 batches
CHUNK = 6  # batches after which the two take turns (below a second), so that noise on the machine hits both alike
MOST_RATIO = 1.1  # what the course promises
TOLERANCE = 1e-5  # relative, of a loss: single precision; on one machine both do the same operations
LEARNING_RATE = 0.004  # that of the script that trains the weights


@dataclass
class Run:
    """What one form has done so far."""

    seconds: float = 0.0  # of the processor
    losses: list[float] = field(default_factory=list)


class PlainPoet(nn.Module):
    """The same network, from PyTorch's parts and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(N_X, 128, num_layers=2, dropout=0.5, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(128, N_X))

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (m, N_X) of the character after each window (m, TX, N_X)."""
        states, _ = self.lstm(x)
        scores: Tensor = self.head(states[:, -1])
        return scores


def drawn_examples(seed: int = 0) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return windows (EXAMPLES, TX, N_X) and targets (EXAMPLES, N_X) of random characters, one-hot."""
    draws, rows = np.random.RandomState(seed), np.eye(N_X, dtype=bool)
    return rows[draws.randint(N_X, size=(EXAMPLES, TX))], rows[draws.randint(N_X, size=EXAMPLES)]


def plain_epoch(
    poet: PlainPoet, optimizer: torch.optim.Optimizer, x: Tensor, target: Tensor, batches: int
) -> list[float]:
    """Train on the first batches of a new order: the loop that everybody writes."""
    criterion, losses = nn.CrossEntropyLoss(), []
    poet.train()
    for batch in torch.split(torch.randperm(len(x)), BATCH)[:batches]:
        optimizer.zero_grad()
        loss = criterion(poet(x[batch].float()), target[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_in_turns(batches: int) -> tuple[Run, Run]:
    """Train both from the same weights on the same batches, a chunk at a time, and return the plain run and ours."""
    x, y = drawn_examples()
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y.argmax(axis=1))
    torch.manual_seed(0)
    plain_poet, poet = PlainPoet(), Poet(N_X)
    for ours, theirs in zip(poet.parameters(), plain_poet.parameters(), strict=True):
        ours.data.copy_(theirs.data)
    plain_adam = torch.optim.Adam(plain_poet.parameters(), lr=LEARNING_RATE)
    adam = torch.optim.Adam(poet.parameters(), lr=LEARNING_RATE)
    plain, fast = Run(), Run()
    for turn, size in enumerate(chunks(batches)):
        for run in (plain, fast) if turn % 2 else (fast, plain):  # who goes first changes, too
            torch.manual_seed(turn)  # the same order and the same dropout for both
            start = process_time()
            if run is plain:
                run.losses += plain_epoch(plain_poet, plain_adam, inputs, targets, size)
            else:
                run.losses += train_epoch(poet, adam, x, y, BATCH, size, progress=False)
            run.seconds += process_time() - start
    return plain, fast


def chunks(batches: int) -> Iterator[int]:
    """Yield the sizes of the turns: CHUNK each, and what is left."""
    for start in range(0, batches, CHUNK):
        yield min(CHUNK, batches - start)


def table(plain: Run, fast: Run, difference: float) -> str:
    """Return the figures as text, one a line."""
    batches = len(fast.losses)
    rows = [f"{'':18}{'CPU seconds':>12}{'ms/batch':>10}"]
    for name, run in (("plain loop", plain), ("utils.poet", fast)):
        rows.append(f"{name:18}{run.seconds:12.2f}{run.seconds / batches * 1e3:10.1f}")
    rows.append(f"{'ratio':18}{fast.seconds / plain.seconds:12.3f}  over {batches} batches of {BATCH}")
    rows.append(f"{'loss difference':18}{difference:12.1e}  relative, the largest")
    return "\n".join(rows)


def faults(ratio: float, difference: float) -> list[str]:
    """Return a sentence for each expectation that the figures do not meet."""
    sentences = []
    if not ratio <= MOST_RATIO:
        sentences.append(
            f"utils.poet takes {ratio:.3f} of the time of the plain loop; at most {MOST_RATIO} was expected."
        )
    if not difference < TOLERANCE:  # so put, it catches nan too
        sentences.append(f"The losses differ by {difference:.1e}, but less than {TOLERANCE} was expected.")
    return sentences


def main() -> None:
    """Measure, print the table, and exit with the faults if there are any."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lstm_training", description="Time an epoch of the poet."
    )
    parser.add_argument("--batches", type=positive, default=EPOCH, metavar="N", help="default: %(default)s, an epoch")
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="default: %(default)s")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    plain, fast = train_in_turns(options.batches)
    difference = float(np.max(np.abs(np.divide(fast.losses, plain.losses) - 1)))
    print(table(plain, fast, difference))
    sys.exit("\n".join(faults(fast.seconds / plain.seconds, difference)) or None)


if __name__ == "__main__":
    main()
