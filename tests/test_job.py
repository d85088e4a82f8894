"""Jobs: handed out a few at a time, tried again when a worker is killed, and every one comes back."""

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from grading.job import MAX_TRIES, Graded, Grading, Task, grade_one
from grading.report import Record
from grading.submission import HandedIn, Unreadable


def handed_in(number: int) -> HandedIn:
    return HandedIn(f"s{number:02}", f"s{number:02}", b"")


def done(submission: HandedIn) -> "Future[Graded]":
    future: Future[Graded] = Future()
    future.set_result(Graded(Record(submission.student, "tiny", "graded")))
    return future


def test_all_come_back_even_if_a_whole_window_is_done_before_the_first_is_taken(tiny: Task) -> None:
    students = [submission.student for submission, _ in Grading(map(handed_in, range(9)), tiny, done, window=2)]
    assert sorted(students) == [f"s{number:02}" for number in range(9)]


def test_no_more_are_read_than_fit_into_the_window(tiny: Task) -> None:
    read: list[int] = []

    def class_of_many() -> Iterator[HandedIn]:
        for number in range(50):
            read.append(number)
            yield handed_in(number)

    grading = Grading(class_of_many(), tiny, done, window=4)
    assert len(read) == 4
    next(grading)
    assert len(read) <= 5


def test_what_cannot_be_read_takes_no_worker(tiny: Task) -> None:
    def refuse(_: HandedIn) -> "Future[Graded]":
        raise AssertionError("no worker is needed")

    ((submission, graded),) = Grading(iter([Unreadable("s01", "It is empty.")]), tiny, refuse, window=2)
    assert (submission.student, graded.record.status, graded.record.message) == ("s01", "unreadable", "It is empty.")


@pytest.mark.parametrize(("failures", "status"), [(MAX_TRIES - 1, "graded"), (MAX_TRIES, "grader_error")])
def test_a_job_whose_worker_was_killed_is_tried_again_but_not_for_ever(tiny: Task, failures: int, status: str) -> None:
    tries: list[HandedIn] = []

    def submit(submission: HandedIn) -> "Future[Graded]":
        tries.append(submission)
        if len(tries) > failures:
            return done(submission)
        future: Future[Graded] = Future()
        future.set_exception(BrokenProcessPool("killed"))
        return future

    ((_, graded),) = Grading(iter([handed_in(1)]), tiny, submit, window=2)
    assert graded.record.status == status
    assert len(tries) == min(failures + 1, MAX_TRIES)
    assert status == "graded" or "It will be tried again." in graded.record.message


def test_bytes_that_are_no_notebook_are_a_value_and_no_exception(tiny: Task) -> None:
    graded = grade_one(tiny, HandedIn("s01", "s01/tiny/tiny.ipynb", b"{"))
    assert graded.record.status == "unreadable"
    assert "s01/tiny/tiny.ipynb is not a notebook" in graded.record.message
