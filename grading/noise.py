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

from grading.values import Decoder, Encoder

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

    def disturbed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return numbers with noise where they were computed."""
        bits = np.abs(values).view(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(31))) * MIXER
        noise = (mixed >> np.uint64(11)).astype(float) / 2.0**52 - 1.0  # from -1 to 1
        exact = [_is_written(one) or abs(one) in self._handed_over for one in values.tolist()]
        return np.where(exact, values, values * (1.0 + self._size * noise))


def _is_written(value: float) -> bool:
    """Say whether a number looks as if somebody has written it: a whole one, or one of a few digits, such as 0.01."""
    return not math.isfinite(value) or value == round(value) or float(f"{value:.{DIGITS}g}") == value


class _NotingEncoder(Encoder):
    def __init__(self, noise: Noise, export: Callable[[Any], list[Any]], slots: Sequence[Any]) -> None:
        super().__init__(export, slots)
        self._noise = noise

    def encode(self, value: Any) -> Any:
        if isinstance(value, float):
            self._noise.note(value)
        return super().encode(value)

    def encode_content(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            self._noise.note(value)
        return super().encode_content(value)


class _DisturbingDecoder(Decoder):
    def __init__(self, noise: Noise, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._noise = noise

    def _decode(self, tree: Any) -> Any:
        value = super()._decode(tree)
        if isinstance(value, float):
            return type(value)(self._noise.disturbed(np.array([value]))[0])
        if isinstance(tree, list) and tree[0] == "array" and value.dtype == np.float64:
            value[...] = self._noise.disturbed(value.ravel()).reshape(value.shape)  # in place: it has its slot
        return value
