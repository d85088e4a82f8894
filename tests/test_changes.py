"""In-place changes: what tells that there was one, and how the other side's objects become the same."""

import numpy as np
import pytest

from grading.changes import apply_change, has_changed, snapshot
from grading.errors import ProtocolError


def test_changes_are_applied_in_place() -> None:
    array, numbers, entries, members = np.zeros((2, 3)), [1, 2], {"a": 1}, {1}
    aliases = (array, numbers, entries, members)
    for value, content in zip(aliases, (np.ones((2, 3)), [3], {"b": 2}, {4}), strict=True):
        apply_change(value, content)
    assert (array.sum(), numbers, entries, members) == (6, [3], {"b": 2}, {4})


def test_what_cannot_be_changed_in_place_stays() -> None:
    array, fixed = np.zeros(3), np.zeros(3)
    fixed.flags.writeable = False
    apply_change(array, np.ones(4))
    apply_change(array, np.ones(3, dtype=int))
    apply_change(fixed, np.ones(3))
    assert array.tolist() == fixed.tolist() == [0, 0, 0]
    for value, content in (([1], {}), (np.zeros(2), [1, 2])):
        with pytest.raises(ProtocolError):
            apply_change(value, content)


def test_a_change_is_seen_and_none_is_not() -> None:
    values = [[1, 2], {"a": 1}, {1}, np.array([np.nan, 1.0]), np.array([None, 1])]
    before = [snapshot(value) for value in values]
    assert not any(has_changed(value, old) for value, old in zip(values, before, strict=True))
    values[0].append(3)  # type: ignore[union-attr]
    values[1]["a"] = 2  # type: ignore[call-overload, index]
    values[2].add(5)  # type: ignore[union-attr]
    values[3][0] = 0.0  # type: ignore[index]
    values[4][1] = None  # type: ignore[index]
    assert all(has_changed(value, old) for value, old in zip(values, before, strict=True))
