"""What a training loop reports: its loss at the start, its smoothed loss, its log."""

import os
import re
import sys
from contextlib import redirect_stdout
from io import TextIOBase
from types import TracebackType
from typing import TextIO

import numpy as np


def get_initial_loss(vocab_size: int, seq_length: int) -> float:
    """Return the loss of guessing each of `seq_length` characters with probability 1 / `vocab_size`, in nats."""
    return float(-np.log(1.0 / vocab_size) * seq_length)


def smooth(loss: float, cur_loss: float) -> float:
    """Return the moving average: 0.999 of the old smoothed loss and 0.001 of the current one.

    A loss of shape (1,) counts as the number in it.
    """
    return float(np.squeeze(loss * 0.999 + cur_loss * 0.001))


def being_graded() -> bool:
    """Tell whether the notebook runs in the grading engine, where a training of many minutes is out of place."""
    return "GRADING_ENGINE" in os.environ


class TrainingLog(TextIOBase):
    """Read the losses out of what a training loop prints, and let it print.

    Use it around the call::

        with TrainingLog() as log:
            parameters = model(...)
        plt.plot(log.iterations, log.losses)

    A row is any printed line of the form ``Iteration: 4001, Loss: 25.902``; a loss may also be ``nan`` or ``1e-05``.
    """

    # The loss stands in the line of its iteration, and is no part of a word: the 64 of np.float64(27.884) is none.
    ROW = re.compile(
        r"^\s*Iteration:\s*(\d+)\b.+?(?<![\w.])(-?(?:\d+\.?\d*(?:e[+-]?\d+)?|nan|inf))(?!\w)", re.MULTILINE
    )

    def __init__(self) -> None:
        """Start with an empty log."""
        self._printed: list[str] = []
        self._terminal: TextIO = sys.stdout

    def __enter__(self) -> "TrainingLog":
        """Take the place of `sys.stdout`."""
        self._terminal = sys.stdout
        self._redirection = redirect_stdout(self)
        self._redirection.__enter__()
        return self

    def __exit__(
        self,
        exception: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give `sys.stdout` back."""
        self._redirection.__exit__(exception, value, traceback)

    def write(self, text: str) -> int:
        """Keep the text and print it."""
        self._printed.append(text)
        return self._terminal.write(text)

    def flush(self) -> None:
        """Flush what stands behind this log."""
        self._terminal.flush()

    @property
    def iterations(self) -> list[int]:
        """The iterations that were reported, in the order of printing."""
        return [int(iteration) for iteration, _ in self._rows()]

    @property
    def losses(self) -> list[float]:
        """The smoothed losses beside them."""
        return [float(loss) for _, loss in self._rows()]

    def _rows(self) -> list[tuple[str, str]]:
        return self.ROW.findall("".join(self._printed))
