"""Relative noise on what a student's function has computed: what another machine's rounding looks like to a check.

Only the portability certificate uses it (`portability`), in the referee, where values of the student's process arrive.
A value that the check has handed over and that comes back as it was, or with its sign changed, stays exact, and so do
whole numbers and those of a few digits: no machine rounds those differently. The noise of a value follows from the
value alone, so that one that comes back twice is the same both times.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grading import tensors
from grading.values import Decoder, Encoder

SINGLE = 1e-6  # for numbers of single precision: they have seven digits, and a sum of hundreds loses the last one
NOISY = (np.dtype(np.float64), np.dtype(np.float32))
DIGITS = 6  # significant ones; what is computed from numbers that are no sums of halves and quarters has 16
MIXER = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio times 2^64: spreads neighbouring numbers


class Noise:
    """Makes the coders of a connection on which numbers come back a little different."""

    def __init__(self, size: float) -> None:
        self._size = size  # the largest relative difference
        self._handed_over: set[float] = set()  # magnitudes

    def encoder(self, export: Callable[[Any], list[Any]], slots: Sequence[Any] = ()) -> Encoder:
        """Return an encoder that notes what is handed over."""
        return _NotingEncoder(self, export, slots)

    def decoder(self, *arguments: Any) -> Decoder:
        """Return a decoder that disturbs what was computed; its arguments are those of `Decoder`."""
        return _DisturbingDecoder(self, *arguments)

    def note(self, values: Any) -> None:
        """Keep numbers in mind that are handed over."""
        self._handed_over.update(np.abs(np.ravel(values)).tolist())

    def disturbed(self, values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Return numbers, of one dimension, with noise where they were computed; in their own precision."""
        bits = np.abs(values.astype(float)).view(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(31))) * MIXER
        noise = (mixed >> np.uint64(11)).astype(float) / 2.0**52 - 1.0  # from -1 to 1
        exact = [_is_written(one) or abs(one.item()) in self._handed_over for one in values]
        size = self._size if values.dtype == np.float64 else max(self._size, SINGLE)
        disturbed: NDArray[np.floating[Any]] = np.where(exact, values, values * (1.0 + size * noise))
        return disturbed.astype(values.dtype)


def _is_written(value: np.floating[Any]) -> bool:
    """Say whether a number looks as if somebody has written it: a whole one, or one of a few digits, such as 0.01."""
    number = float(value)
    return not math.isfinite(number) or number == round(number) or type(value)(f"{number:.{DIGITS}g}") == value


class _NotingEncoder(Encoder):
    def __init__(self, noise: Noise, export: Callable[[Any], list[Any]], slots: Sequence[Any]) -> None:
        super().__init__(export, slots)
        self._noise = noise

    def encode(self, value: Any) -> Any:
        if isinstance(value, float):
            self._noise.note(value)
        return super().encode(value)

    def encode_content(self, value: Any) -> Any:
        numbers = tensors.numbers(value) if tensors.is_tensor(value) else value
        if isinstance(numbers, np.ndarray) and numbers.dtype in NOISY:
            self._noise.note(numbers)
        return super().encode_content(value)


class _DisturbingDecoder(Decoder):
    def __init__(self, noise: Noise, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._noise = noise

    def _decode(self, tree: Any) -> Any:
        value = super()._decode(tree)
        if isinstance(value, float):
            return type(value)(self._noise.disturbed(np.array([value]))[0])
        if isinstance(tree, list) and tree[0] in ("array", "tensor"):
            numbers = tensors.numbers(value) if tree[0] == "tensor" else value
            if numbers.dtype in NOISY:  # in place, because it has its slot, and a tensor shares its memory with these
                numbers[...] = self._noise.disturbed(numbers.ravel()).reshape(numbers.shape)
        return value
