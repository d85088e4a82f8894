"""Train the network of rnn_from_scratch as published, and draw how its perplexity falls.

Run from the root of the repository: ``python -m scripts.train_rnn_from_scratch --folder FOLDER``. It uses the solutions
of the source notebook, and a GPU when there is one. Into the folder go ``perplexity.svg`` and ``samples.md``.
"""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional

from benchmarks.solutions import load_solutions
from utils.time_machine import load_data_time_machine

BATCH_SIZE, NUM_STEPS, NUM_HIDDENS, LEARNING_RATE, EPOCHS = 32, 35, 512, 1.0, 500  # the published setting
PREFIXES = ("time traveller", "traveller")
SAMPLE = 200  # characters behind a prefix
SAMPLINGS = {"sequential partition": False, "random sampling": True}


@dataclass(frozen=True)
class Training:
    """What one training has come to."""

    sampling: str
    perplexities: Sequence[float]  # one for each epoch
    samples: Sequence[str]  # one for each of PREFIXES
    seconds: float
    device: str


def train(sampling: str, epochs: int, num_hiddens: int, seed: int) -> Training:
    """Train a new network and let it continue the prefixes; the notebook's `train_ch8` prints how it goes."""
    notebook = load_solutions("rnn_from_scratch", math=math, time=time, torch=torch, nn=nn, F=functional)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    use_random_iter = SAMPLINGS[sampling]
    batches, vocab = load_data_time_machine(BATCH_SIZE, NUM_STEPS, use_random_iter)
    net = notebook.RNNModelScratch(
        len(vocab), num_hiddens, device, notebook.get_params, notebook.init_rnn_state, notebook.rnn
    )
    start = time.perf_counter()
    perplexities = notebook.train_ch8(net, batches, vocab, LEARNING_RATE, epochs, device, use_random_iter)
    seconds = time.perf_counter() - start
    samples = [notebook.predict_ch8(prefix, SAMPLE, net, vocab, device) for prefix in PREFIXES]
    return Training(sampling, perplexities, samples, seconds, device.type)


def draw(trainings: Sequence[Training], path: Path) -> None:
    """Draw the perplexities of some trainings as an SVG that is the same bytes for the same numbers."""
    mpl.rcParams.update({"svg.hashsalt": "rnn_from_scratch", "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for training in trainings:
        axes.plot(range(1, len(training.perplexities) + 1), training.perplexities, label=training.sampling)
    axes.set(xlabel="epoch", ylabel="perplexity", yscale="log", ylim=(1, None))
    axes.set_yticks([1, 2, 5, 10, 20], labels=["1", "2", "5", "10", "20"])
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def report(trainings: Sequence[Training]) -> str:
    """Return what the trainings have come to as Markdown."""
    rows = ["| batches | perplexity | lowest | seconds | device |", "|---|---|---|---|---|"]
    for one in trainings:
        last, lowest = one.perplexities[-1], min(one.perplexities)
        rows.append(f"| {one.sampling} | {last:.2f} | {lowest:.2f} | {one.seconds:.0f} | {one.device} |")
    samples = [f"{one.sampling}:\n\n> {sample}" for one in trainings for sample in one.samples]
    return "\n\n".join(["\n".join(rows), *samples]) + "\n"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_rnn_from_scratch", description=__doc__)
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="where the curve and the samples go")
    add("--epochs", type=int, default=EPOCHS, help="default: %(default)s")
    add("--hiddens", type=int, default=NUM_HIDDENS, help="default: %(default)s")
    add("--sampling", choices=list(SAMPLINGS), action="append", help="default: one training of each")
    add("--seed", type=int, default=0, help="default: %(default)s")
    return parser.parse_args()


def main() -> None:
    """Train, draw and write."""
    options = arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    trainings = []
    for sampling in options.sampling or SAMPLINGS:
        print(sampling, flush=True)
        trainings.append(train(sampling, options.epochs, options.hiddens, options.seed))
        draw(trainings, options.folder / "perplexity.svg")
        (options.folder / "samples.md").write_text(report(trainings), encoding="utf-8")


if __name__ == "__main__":
    main()
