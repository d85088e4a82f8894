"""Train the poet of the assignment `shakespeare` on the sonnets, and write its weights after each epoch.

Run from the root of the repository: ``python -m scripts.train_shakespeare weights.safetensors``. It can be stopped at
any time: the file is always whole, and its metadata says how many epochs it has seen and with which loss.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from utils.poet import Poet, load_poet, train_epoch
from utils.texts import load_text

TX, STRIDE, BATCH = 40, 3, 128  # the sizes of the assignment


def encode(text: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_], str]:
    """Return all windows (m, TX, n_x) and the characters after them (m, n_x), one-hot, and the vocabulary."""
    vocabulary = "".join(sorted(set(text)))
    one_hot = np.array(list(text))[:, None] == np.array(list(vocabulary))  # (characters, n_x)
    starts = np.arange(0, len(text) - TX, STRIDE)
    return one_hot[starts[:, None] + np.arange(TX)], one_hot[starts + TX], vocabulary


def learning_rate(epoch: int, epochs: int, highest: float) -> float:
    """Return the rate of an epoch, counted from 0: `highest`, and over the last third straight down towards 0.

    A constant rate keeps the weights in motion around a minimum; going down lets them settle.
    """
    left = (epochs - epoch) / epochs
    return highest * min(1.0, 3 * left)


def save_weights(poet: Poet, path: Path, said: dict[str, str]) -> None:
    """Write the weights beside their place, and move them there when they are whole."""
    unfinished = path.with_name(path.name + ".unfinished")
    save_file(poet.state_dict(), unfinished, metadata=said)
    os.replace(unfinished, path)  # noqa: PTH105 # one step on every system


@dataclass(frozen=True)
class Options:
    """What to train, and how far."""

    epochs: int  # in all, with those of `start`
    minutes: float
    highest_rate: float
    seed: int
    start: Path | None = None  # weights to go on from


def starting_point(options: Options, n_x: int) -> tuple[Poet, int]:
    """Return a new poet and 0, or the one of a file and the epochs that it has seen; its shuffles will be others."""
    if options.start is None:
        return Poet(n_x), 0
    poet, training = load_poet(options.start)
    torch.manual_seed(options.seed + training.epochs)
    return poet, training.epochs


def train(path: Path, options: Options) -> None:
    """Train until one of the two bounds is met, and print a line for each epoch."""
    x, y, vocabulary = encode(load_text("shakespeare_sonnets.txt").lower())
    print(f"{len(x):,} windows, {len(vocabulary)} characters", flush=True)
    torch.manual_seed(options.seed)
    poet, done = starting_point(options, len(vocabulary))
    started, optimizer = monotonic(), torch.optim.Adam(poet.parameters(), lr=options.highest_rate)
    said = {"seed": str(options.seed), "vocabulary": vocabulary, "torch": str(torch.__version__)}
    for epoch in range(done, options.epochs):
        if monotonic() - started > 60 * options.minutes:
            break
        optimizer.param_groups[0]["lr"] = learning_rate(epoch, options.epochs, options.highest_rate)
        loss = float(np.mean(train_epoch(poet, optimizer, x, y, BATCH, progress=sys.stderr.isatty())))
        save_weights(poet, path, {"epochs": str(epoch + 1), "loss": f"{loss:.4f}", **said})
        minute = (monotonic() - started) / 60
        print(f"epoch {epoch + 1:4} of {options.epochs}: loss {loss:.4f}, minute {minute:.1f}", flush=True)


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_shakespeare", description="Train the poet.")
    parser.add_argument("weights", type=Path, help="the file to write, for example poet.safetensors")
    parser.add_argument("--epochs", type=int, default=170, help="in all; default: %(default)s")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no epoch after so many minutes")
    parser.add_argument("--learning-rate", type=float, default=0.004, help="of Adam; default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--start", type=Path, help="weights to go on from, with a fresh optimizer")
    given = parser.parse_args()
    options = Options(given.epochs, given.minutes, given.learning_rate, given.seed, given.start)
    train(given.weights, options)


if __name__ == "__main__":
    main()
