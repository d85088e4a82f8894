"""In-place changes: what a call has done to its arguments, and how the other side's objects become the same.

Each function asks for the kind of a value: an array, a tensor, or a container of Python's.
"""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grading import tensors
from grading.errors import ProtocolError


def snapshot(value: Any) -> Any:
    """Return what tells later whether a container or array has changed."""
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if tensors.is_tensor(value):
        return tensors.snapshot(value)
    return dict(value) if isinstance(value, dict) else list(value)


def has_changed(value: Any, before: Any) -> bool:
    """Tell whether a container, array or tensor is another one than at its snapshot, at its own level."""
    if isinstance(value, np.ndarray):
        return _array_has_changed(value, before)
    if tensors.is_tensor(value):
        return tensors.has_changed(value, before)
    if len(value) != len(before):
        return True
    if isinstance(value, dict):
        return any(key not in before or before[key] is not entry for key, entry in value.items()) or list(
            value
        ) != list(before)
    return any(new is not old for new, old in zip(value, before, strict=True))


def _array_has_changed(value: NDArray[Any], before: NDArray[Any]) -> bool:
    if value.shape != before.shape or value.dtype != before.dtype:
        return True
    if value.dtype == object:
        return any(new is not old for new, old in zip(value.flat, before.flat, strict=True))
    return bool(value.tobytes() != before.tobytes())  # bytes, because nan is not equal to itself


def apply_change(value: Any, content: Any) -> None:
    """Give a list, dictionary, set, array or tensor the content of another one of its kind, in place.

    What an array cannot become in place (another dtype, another number of entries) stays as it was.
    """
    if isinstance(value, np.ndarray):
        _change_array(value, content)
    elif tensors.is_tensor(value):
        tensors.apply_change(value, content)
    elif type(value) is not type(content):
        raise ProtocolError("A changed argument has become an object of another kind.")
    elif isinstance(value, list | bytearray):
        value[:] = content
    else:
        value.clear()
        value.update(content)


def _change_array(array: NDArray[Any], content: Any) -> None:
    if not isinstance(content, np.ndarray):
        raise ProtocolError("A changed array has become an object of another kind.")
    if array.dtype != content.dtype or array.size != content.size or not array.flags.writeable:
        return
    if array.shape != content.shape:
        with suppress(ValueError):  # a view keeps its shape
            array.resize(content.shape, refcheck=False)
    if array.shape == content.shape:
        array[...] = content
