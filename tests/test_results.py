"""Which points count, and when there is no score: from records, the gradebook, and what lies in the folders."""

from dataclasses import replace
from pathlib import Path

import pytest

from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.gradebook import open_gradebook, write_scores
from grading.marks import Mark, Marks, read_marks
from grading.report import Record, save_record
from grading.results import Result, State, class_results, merge
from grading.scoring import CheckResult
from grading.submission import Submission, read_submission

TINY = Course(Path(__file__).with_name("tiny_course")).assignment("tiny")


def record(*verdicts: str, student: str = "s01", **changes: object) -> Record:
    """Return a record in which the checks have these verdicts; those that are not named have passed."""
    named = [*verdicts, *["passed"] * (len(TINY.grade_cells) - len(verdicts))]
    checks = tuple(
        CheckResult(
            cell.grade_id,
            cell.title,
            cell.function,
            verdict,
            cell.points if verdict == "passed" else 0.0,
            cell.points,
            "" if verdict == "passed" else f"It is {verdict}.",
        )
        for cell, verdict in zip(TINY.grade_cells, named, strict=True)
    )
    return replace(Record(student, "tiny", "graded", checks, seconds=2.0, sandbox="full"), **changes)


def merged(one: Record | None, marks: Marks | None = None, *, newer: bool = False) -> Result:
    return merge("s01", TINY, one, marks or Marks(), newer=newer)


def test_the_points_of_a_record_are_the_score() -> None:
    result = merged(record("failed"))
    assert (result.state, result.points, result.max_points) == (State.GRADED, 3.0, 5.0)
    assert result.points_of("scale") == 1.0
    assert result.points_of("roll") == 2.0
    assert result.first_fault == "scale: It is failed."
    assert (result.seconds, result.sandbox, result.reason) == (2.0, "full", "")


def test_points_by_hand_take_the_place_of_others_and_extra_credit_comes_on_top() -> None:
    marks = Marks({"scale_multiplies": Mark(manual=1.5), "roll_counts": Mark(extra=0.5)}, penalty=1.0)
    result = merged(record("failed"), marks)
    assert result.points == 1.5 + 1.0 + 1.5 + 1.0 - 1.0
    assert result.by_hand == {"scale_multiplies", "roll_counts"}
    assert [check.verdict for check in result.checks] == ["partial", "passed", "passed", "passed"]


def test_points_by_hand_decide_the_verdict() -> None:
    for points, verdict in ((2.0, "passed"), (0.5, "partial"), (0.0, "failed")):
        for given in (record(), record("timeout")):
            check = merged(given, Marks({"scale_multiplies": Mark(manual=points)})).checks[0]
            assert (check.points, check.verdict, check.message != "") == (points, verdict, verdict != "passed")


def test_a_penalty_never_makes_a_score_negative() -> None:
    assert merged(record("failed"), Marks(penalty=99.0)).points == 0.0


@pytest.mark.parametrize(
    ("one", "marks", "newer", "reason"),
    [
        (None, Marks(), False, "Not graded yet. Run: grading autograde tiny"),
        (Record("s01", "tiny", "unreadable", message="It is empty."), Marks(), False, "Cannot be read: It is empty."),
        (Record("s01", "tiny", "grader_error", message="No room."), Marks(), False, "Our fault: No room."),
        (record(), Marks(), True, "Something newer was handed in. Run: grading autograde tiny"),
        (record(), Marks({"roll_counts": Mark(1.0, pending=True)}), False, "look at roll_counts in the formgrader"),
        (record(checks=record().checks[1:]), Marks(), False, "The checks have changed since it was graded."),
        (
            record(checks=(replace(record().checks[0], max_points=9.0), *record().checks[1:])),
            Marks(),
            False,
            "The checks have changed since it was graded.",
        ),
    ],
)
def test_without_a_score_there_is_a_reason_and_no_zero(
    one: Record | None, marks: Marks, newer: bool, reason: str
) -> None:
    result = merged(one, marks, newer=newer)
    assert result.state == State.NEEDS_A_PERSON
    assert result.points is None
    assert result.points_of("scale") is None
    assert reason in result.reason
    assert result.first_fault == result.reason


def test_points_by_hand_for_all_checks_are_a_score_for_a_file_that_cannot_be_read() -> None:
    unreadable = Record("s01", "tiny", "unreadable", message="It is empty.")
    by_hand = {cell.grade_id: Mark(manual=cell.points / 2) for cell in TINY.grade_cells}
    assert merged(unreadable, Marks(by_hand)).points == 2.5
    del by_hand["roll_counts"]
    assert merged(unreadable, Marks(by_hand)).points is None


@pytest.mark.parametrize(
    ("verdict", "seen"), [("process_died", True), ("not_reached", True), ("timeout", True), ("failed", False)]
)
def test_what_may_be_bad_luck_is_worth_a_look_and_keeps_its_score(verdict: str, seen: bool) -> None:
    result = merged(record(verdict))
    assert bool(result.worth_a_look) == seen
    assert result.points == 3.0


def test_a_class_is_everybody_who_handed_in_was_graded_or_is_known(fresh: Course) -> None:
    tiny = fresh.assignment("tiny")
    save_record(record("failed"), fresh.autograded("s01", "tiny"))
    save_record(record(student="left"), fresh.autograded("left", "tiny"))
    with open_gradebook(fresh, tiny) as gradebook:
        gradebook.add_student("absent")
    by_student = {result.student: result for result in class_results(fresh, tiny)}
    assert sorted(by_student) == list(by_student) == ["absent", "left", *(f"s{number:02}" for number in range(1, 9))]
    assert (by_student["absent"].state, by_student["absent"].points) == (State.NOT_SUBMITTED, None)
    assert by_student["left"].points == 5.0
    assert by_student["s02"].state == State.NEEDS_A_PERSON


def test_a_submission_that_came_in_after_grading_has_no_score(fresh: Course) -> None:
    graded = fresh.autograded("s01", "tiny")
    save_record(record(), graded)
    (graded / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    assert class_results(fresh, fresh.assignment("tiny"))[0].points == 5.0
    (graded / "timestamp.txt").write_text("2025-12-31 10:00:00 UTC")
    assert "Something newer" in class_results(fresh, fresh.assignment("tiny"))[0].reason


def graded_in_gradebook(course: Course, assignment: Assignment) -> None:
    submission = read_submission(course.submitted("s01", "tiny"), "s01", "tiny")
    assert isinstance(submission, Submission)
    points = {check.grade_id: check.points for check in record("failed").checks}
    with open_gradebook(course, assignment) as gradebook:
        write_scores(gradebook, "s01", assignment, points, submission.notebook, None)


def test_what_an_instructor_gives_in_the_formgrader_counts(fresh: Course) -> None:
    tiny = fresh.assignment("tiny")
    save_record(record("failed"), fresh.autograded("s01", "tiny"))
    (fresh.submitted("s01", "tiny") / "timestamp.txt").unlink()
    graded_in_gradebook(fresh, tiny)
    assert class_results(fresh, tiny)[0].points == 3.0
    with open_gradebook(fresh, tiny) as gradebook:
        grade = gradebook.find_grade("scale_multiplies", "tiny", "tiny", "s01")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.0, 0.25, False
        gradebook.find_submission("tiny", "s01").notebooks[0].late_submission_penalty = 0.5
        gradebook.db.commit()
    assert read_marks(fresh, "tiny")["s01"].by_check == {"scale_multiplies": Mark(1.0, 0.25)}
    assert class_results(fresh, tiny)[0].points == 3.0 + 1.25 - 0.5


def test_without_a_gradebook_there_are_no_marks_and_none_is_made(tmp_path: Path) -> None:
    assert read_marks(Course(tmp_path), "tiny") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_gradebook_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(GradingError, match="cannot be used"):
        read_marks(Course(tmp_path), "tiny")
