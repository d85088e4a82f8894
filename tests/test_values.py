"""Values as data: what may cross arrives equal, with its aliases, and nothing else gets in."""

import json
from collections import OrderedDict
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grading.errors import ProtocolError
from grading.values import CannotCrossError, Decoder, Encoder


def refuse(value: Any) -> list[Any]:
    raise CannotCrossError(f"{type(value).__name__} is no data")


def decoder(buffers: list[memoryview]) -> Decoder:
    return Decoder(buffers, lambda number, kind, name: ("foreign", number, kind, name), lambda number: ("home", number))


def across(value: Any) -> Any:
    """Return what arrives on the other side, over real JSON."""
    encoder = Encoder(refuse)
    tree = json.loads(json.dumps(encoder.encode(value)))
    received = decoder([memoryview(bytes(buffer)) for buffer in encoder.buffers])
    result = received.decode(tree)
    assert len(received.slots) == len(encoder.slots)
    return result


def read(tree: Any, *buffers: bytes) -> Any:
    return decoder([memoryview(buffer) for buffer in buffers]).decode(tree)


HASHABLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(max_size=20)
VALUES = st.recursive(
    HASHABLE | st.complex_numbers(allow_nan=False) | st.sets(HASHABLE, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=150)
@given(VALUES)
def test_values_arrive_equal_and_of_the_same_type(value: Any) -> None:
    received = across(value)
    assert received == value
    assert type(received) is type(value)


@settings(max_examples=100)
@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_arrays_arrive_bit_by_bit(array: Any) -> None:
    received = across(array)
    assert (received.dtype, received.shape) == (array.dtype, array.shape)
    assert received.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "value",
    [
        range(1, 9, 3),
        slice(None, 4),
        ...,
        frozenset({1, (2, "b")}),
        bytearray(b"ab"),
        float("inf"),
        -0.0,
        np.float32(1.5),
        np.int64(-7),
        np.True_,
        np.str_("ä"),
        np.datetime64("2026-01-02"),
    ],
)
def test_rarer_values_arrive_as_they_are(value: Any) -> None:
    received = across(value)
    assert repr(received) == repr(value)
    assert type(received) is type(value)


def test_nan_and_odd_text_arrive() -> None:
    assert np.isnan(across(float("nan")))
    assert across("\ud800 \x00 \n") == "\ud800 \x00 \n"


def test_an_array_keeps_its_order_in_memory_because_sums_depend_on_it() -> None:
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    received = across(array)
    assert received.flags.f_contiguous
    assert not received.flags.c_contiguous
    assert np.array_equal(received, array)


def test_arrays_of_objects_and_subclasses_arrive_as_plain_ones() -> None:
    class Number(IntEnum):
        FIVE = 5

    mixed = np.array([None, [1], "x"], dtype=object)
    assert across(mixed).tolist() == [None, [1], "x"]
    assert type(across(np.ma.masked_array([1.0, 2.0]))) is np.ndarray
    assert across(OrderedDict(b=1, a=2)) == {"b": 1, "a": 2}
    assert (across(Number.FIVE), type(across(Number.FIVE))) == (5, int)


def test_aliases_and_cycles_stay() -> None:
    array, inner = np.zeros(3), [1]
    inner.append(inner)  # type: ignore[arg-type]
    received = across({"a": array, "b": array, "list": inner})
    assert received["a"] is received["b"]
    assert received["list"][1] is received["list"]


def test_what_is_no_data_is_refused_before_it_is_sent() -> None:
    for value in (object(), len, (x for x in [1]), np.zeros(2, dtype=[("x", "f4")]), [open]):
        with pytest.raises(CannotCrossError):
            across(value)


@pytest.mark.parametrize(
    "tree",
    [
        [],
        {},
        {"dict": []},
        ["pickle", 0],
        [["list"], []],
        ["list"],
        ["list", 5],
        ["list", [["same", 7]]],
        ["same", -1],
        ["same", True],
        ["dict", [[1]]],
        ["dict", [[["list", []], 1]]],
        ["set", [["list", []]]],
        ["array", "|O", [1], "C", 0],
        ["array", "<f8", [1], "C", 0],
        ["array", "<f8", [-1], "C", 1],
        ["array", "<f8", [2**62, 2**62], "C", 1],
        ["array", "<f8", [0, 2**70], "C", 2],
        ["array", "<f8", [1], "K", 1],
        ["array", "<f8", [1], "C", 9],
        ["array", "<f8", [1] * 65, "C", 1],
        ["array", "V8", [1], "C", 1],
        ["array", "<f8, <f8", [1], "C", 1],
        ["array", ["<f8"], [1], "C", 1],
        ["objects", [10**9], []],
        ["scalar", "<f8", 2],
        ["range", 0, 1, 0],
        ["range", "a"],
        ["complex", "a", 1],
        ["handle", -1, "function", ""],
        ["handle", 0, 5, ""],
        ["bytes", 1.0],
    ],
)
def test_what_is_not_of_the_protocol_is_refused(tree: Any) -> None:
    with pytest.raises(ProtocolError):
        read(tree, b"abc", b"12345678", b"")


def test_nesting_without_end_is_refused() -> None:
    tree: Any = None
    for _ in range(100_000):
        tree = ["list", [tree]]
    with pytest.raises(ProtocolError, match="RecursionError"):
        read(tree)


@settings(max_examples=200)
@given(
    st.recursive(
        st.sampled_from(["list", "dict", "array", "same", "set", "<f8", "C", "handle"])
        | st.integers(-2, 9)
        | st.none(),
        lambda inner: st.lists(inner, max_size=5),
        max_leaves=20,
    )
)
def test_any_json_is_a_value_or_an_error_of_ours(tree: Any) -> None:
    try:
        read(tree, b"12345678", b"")
    except ProtocolError:
        return
    assert not isinstance(tree, dict)


def test_handles_name_objects_of_either_side() -> None:
    assert read(["handle", 3, "function", "clip"]) == ("foreign", 3, "function", "clip")
    assert read(["home", 2]) == ("home", 2)
