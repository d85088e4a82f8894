"""What a check saw of a student's functions: what they returned, raised and changed, and what they asked for.

The referee writes a transcript of each check. Two transcripts of one check are the same if the functions behaved alike
on the same inputs; `diagnosis` compares those of submissions with those of the wrong variants and of the reference.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grading import tensors

MAX_NUMBERS = 20_000  # what comes later says nothing new: a check makes a few calls with arrays of some hundred numbers
MAX_LINES = 20_000
MAX_TEXT = 200  # characters of a text or a key
MAX_DEPTH = 20  # of containers in containers
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # rounding differs from machine to machine; mistakes differ by far more


@dataclass(frozen=True)
class Seen:
    """A transcript: a line for each thing, such as "array(3, 2)", and the numbers in it, in the same order."""

    lines: tuple[str, ...]
    counts: tuple[int, ...]  # how many numbers belong to each line
    numbers: NDArray[np.float64]  # (sum of counts,)


class Transcript:
    """Collects what is seen, as far as there is room."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.counts: list[int] = []
        self.numbers = array("d")
        self._is_full = False

    def note(self, what: str, *values: Any) -> None:
        """Write down one event with its values."""
        self._line(what[:MAX_TEXT])
        for value in values:
            self._add(value, 0)

    def _line(self, text: str, numbers: Sequence[float] | NDArray[Any] = ()) -> None:
        if len(self.lines) >= MAX_LINES or len(self.numbers) + len(numbers) > MAX_NUMBERS:
            self._is_full = True  # from here on nothing more is looked at: checks may make thousands of calls
        if not self._is_full:
            self.lines.append(text)
            self.counts.append(len(numbers))
            self.numbers.extend(numbers)

    def _add(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH or self._is_full:
            return
        match value:
            case None | bool() | np.bool_():
                self._line(str(value))
            case str():
                self._line(f"text {value[:MAX_TEXT]}")
            case np.ndarray():
                self._add_array(value, depth)
            case _ if tensors.is_tensor(value):
                self._add_tensor(value, depth)
            case Real():
                self._line("number", [_as_float(value)])
            case Mapping():
                self._line(f"dictionary {sorted(str(key)[:MAX_TEXT] for key in value)}"[: 50 * MAX_TEXT])
                for key in sorted(value, key=str):
                    self._add(value[key], depth + 1)
            case list() | tuple():
                self._line(f"{type(value).__name__} {len(value)}")
                for entry in value:
                    self._add(entry, depth + 1)
            case _:
                self._line(type(value).__name__)

    def _add_array(self, value: NDArray[Any], depth: int) -> None:
        if value.dtype.kind in "buif" and value.size <= MAX_NUMBERS:
            self._line(f"array {value.shape}", np.ravel(value).astype(float))
            return
        self._line(f"array {value.shape} of {value.dtype.kind}")
        if value.dtype == object:
            for entry in value.ravel()[:MAX_LINES]:
                self._add(entry, depth + 1)

    def _add_tensor(self, value: Any, depth: int) -> None:
        *_, requires_grad, grad = tensors.content(value)
        if requires_grad:
            self._line("differentiable")
        self._add_array(tensors.numbers(value), depth)
        if grad is not None:
            self._add(grad, depth + 1)


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError):  # a whole number beyond 1e308
        return math.inf


def read_transcript(lines: Sequence[str], counts: Sequence[int], numbers: memoryview) -> Seen | None:
    """Return a transcript as it was sent; None if there is nothing in it."""
    values = np.frombuffer(numbers) if numbers.nbytes else np.empty(0)
    return Seen(tuple(lines), tuple(counts), values) if lines else None


def alike(one: Seen, other: Seen) -> bool:
    """Tell whether functions behaved alike, up to rounding."""
    return one.lines == other.lines and one.counts == other.counts and not _differ(one.numbers, other.numbers).any()


def _differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ~np.isclose(one, other, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def how_far(student: Seen, right: Seen) -> str:
    """Say in a sentence how a student's function differs from the right one, without any value of either.

    Returns:
        An empty text where there is nothing to say: it raised an exception, which speaks for itself, or is alike.
    """
    start = 0
    called_back = False  # what a function hands to those it calls may be of another kind, and right all the same
    for position, (line, expected) in enumerate(zip(student.lines, right.lines, strict=False)):
        if line != expected or student.counts[position] != right.counts[position]:
            return "" if called_back and not _is_event(line, expected) else _other_kind(line, expected)
        if _is_event(line):
            called_back = line.startswith("asks ")
        end = start + student.counts[position]
        found, wanted = student.numbers[start:end], right.numbers[start:end]
        differing = _differ(found, wanted)
        if differing.any():
            return f"{_which(differing)} {_how(found[differing], wanted[differing])}."
        start = end
    if len(student.lines) > len(right.lines):
        return "Your function does more than it should."
    return "Your function does less than it should." if len(student.lines) < len(right.lines) else ""


def _is_event(*lines: str) -> bool:
    return any(line.split(" ", maxsplit=1)[0] in _EVENTS for line in lines)


def _other_kind(line: str, expected: str) -> str:
    kind, wanted = line.split(" ", maxsplit=1)[0], expected.split(" ", maxsplit=1)[0]
    if kind == "raised" or wanted == "raised":
        return ""
    if kind == "asks":
        return "Your function calls another function where that is not expected."
    if wanted == "asks":
        return "Your function does not call another function where that is expected."
    if kind != wanted:
        return f"There is {_NAMES.get(kind, kind)} where {_NAMES.get(wanted, wanted)} is expected."
    return {
        "array": "An array has another shape than it should.",
        "dictionary": "A dictionary has other entries than it should.",
        "text": "A text is not the one that is expected.",
    }.get(kind, f"{_NAMES.get(kind, kind).capitalize()} has another length than it should.")


_EVENTS = ("call", "attribute", "assign", "item", "length", "entries", "find", "asks", "raised")
_NAMES = {
    "array": "an array",
    "number": "a number",
    "dictionary": "a dictionary",
    "list": "a list",
    "tuple": "a tuple",
    "text": "a text",
}


def _which(differing: NDArray[np.bool_]) -> str:
    if differing.size == 1:
        return "The number"
    if differing.all():
        return "All values of an array"
    return "One value of an array" if differing.sum() == 1 else "Some values of an array"


def _how(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> str:
    """Say how numbers are off, with the verb for as many as there are."""
    be, have = ("is", "has") if len(found) == 1 else ("are", "have")
    if not np.isfinite(found).all():
        return f"{be} not finite"
    with np.errstate(all="ignore"):
        ratio = found / wanted
    if np.allclose(ratio, -1, rtol=1e-3):
        return f"{have} the wrong sign"
    factor = float(np.median(np.abs(ratio)))
    if len(found) > 1 and 0 < factor < math.inf and np.allclose(ratio, ratio[0], rtol=1e-3) and _is_far(factor):
        return f"{be} about {max(factor, 1 / factor):.2g} times too {'large' if factor > 1 else 'small'}"
    return f"{be} off by {_size(float(np.median(np.abs(ratio - 1))))}"


def _is_far(factor: float) -> bool:
    return not 0.9 < factor < 1.1


def _size(relative: float) -> str:
    """Return a relative difference in words."""
    words = ((1e-3, "less than a thousandth"), (1e-2, "less than a hundredth"), (0.1, "a few hundredths"))
    for limit, text in words:
        if relative < limit:
            return text
    return "less than half" if relative < 0.5 else "more than half"
