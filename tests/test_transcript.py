"""Transcripts: what is written down of a student's function, when two are alike, and how a difference is told."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grading.transcript import MAX_LINES, MAX_NUMBERS, Seen, Transcript, alike, how_far, read_transcript


def seen(*values: Any, what: str = "call") -> Seen:
    transcript = Transcript()
    transcript.note(what, *values)
    return read(transcript)


def read(transcript: Transcript) -> Seen:
    found = read_transcript(transcript.lines, transcript.counts, memoryview(transcript.numbers.tobytes()))
    assert found is not None
    return found


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | arrays(float, st.integers(0, 5)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(DATA)
def test_a_transcript_is_like_itself_and_counts_all_its_numbers(value: Any) -> None:
    transcript = seen(value)
    assert alike(transcript, seen(value))
    assert sum(transcript.counts) == len(transcript.numbers)
    assert len(transcript.lines) == len(transcript.counts)
    assert how_far(transcript, seen(value)) == ""


def test_rounding_makes_no_difference_and_a_mistake_does() -> None:
    right = np.array([[1.0, -2.0], [3e-3, 4e5]])
    assert alike(seen(right * (1 + 1e-9)), seen(right))
    assert not alike(seen(right * (1 + 1e-3)), seen(right))
    assert not alike(seen(right.T), seen(right))


def test_it_does_not_matter_in_which_order_a_dictionary_was_filled() -> None:
    assert alike(seen({"a": 1, "b": 2}), seen({"b": 2, "a": 1}))
    assert not alike(seen({"a": 1}), seen({"a": 1, "b": 2}))


@pytest.mark.parametrize(
    ("student", "right", "words"),
    [
        (np.array([1.0, 2.0]), np.array([-1.0, -2.0]), "All values of an array have the wrong sign."),
        (np.array([10.0, 20.0]), np.array([1.0, 2.0]), "All values of an array are about 10 times too large."),
        (np.array([1.0, 1.0]), np.array([4.0, 4.0]), "All values of an array are about 4 times too small."),
        (np.array([1.0, 5.0]), np.array([1.0, 2.0]), "One value of an array is off by more than half."),
        (np.array([1.0, 2.04, 3.1]), np.array([1.0, 2.0, 3.0]), "Some values of an array are off by a few hundredths."),
        (np.array([np.nan, 2.0]), np.array([1.0, 2.0]), "One value of an array is not finite."),
        (1.0005, 1.0, "The number is off by less than a thousandth."),
        (3.0, 0.0, "The number is off by more than half."),
        (np.zeros((2, 3)), np.zeros((3, 2)), "An array has another shape than it should."),
        ([1], np.zeros(3), "There is a list where an array is expected."),
        (None, {"a": 1}, "There is None where a dictionary is expected."),
        ({"a": 1}, {"b": 1}, "A dictionary has other entries than it should."),
        ([1, 2], [1, 2, 3], "A list has another length than it should."),
        ("rex", "max", "A text is not the one that is expected."),
    ],
)
def test_a_difference_is_told_in_words_and_without_a_value(student: Any, right: Any, words: str) -> None:
    assert how_far(seen(student), seen(right)) == words


def test_other_calls_are_told_without_the_names_of_stand_ins() -> None:
    calls, returns = seen([1], what="asks clip_stand_in"), seen(1.0, what="call")
    assert how_far(calls, returns) == "Your function calls another function where that is not expected."
    assert how_far(returns, calls) == "Your function does not call another function where that is expected."


def test_what_is_handed_on_in_another_form_is_no_mistake_to_be_told() -> None:
    assert how_far(seen(range(3), what="asks choice"), seen(3, what="asks choice")) == ""
    assert how_far(seen(4.0, what="asks choice"), seen(3.0, what="asks choice")) != ""


def test_an_exception_speaks_for_itself() -> None:
    assert how_far(seen(what="raised ValueError"), seen(1.0)) == ""


def test_one_that_stops_early_or_goes_on_is_told_so() -> None:
    transcript = Transcript()
    transcript.note("call", 1.0)
    short = read(transcript)
    transcript.note("call", 2.0)
    assert how_far(short, read(transcript)) == "Your function does less than it should."
    assert how_far(read(transcript), short) == "Your function does more than it should."


def test_a_transcript_has_an_end_whatever_is_written_down() -> None:
    transcript = Transcript()
    nested: list[Any] = []
    for _ in range(1000):
        nested = [nested, 10**400, "x" * 10_000]
    for _ in range(50):
        transcript.note("call " + "y" * 10_000, np.zeros(MAX_NUMBERS // 2), nested, list(range(1000)))
    assert len(transcript.numbers) <= MAX_NUMBERS
    assert len(transcript.lines) <= MAX_LINES
    assert max(map(len, transcript.lines)) < 10_000


def test_where_nothing_was_seen_there_is_no_transcript() -> None:
    assert read_transcript([], [], memoryview(b"")) is None
