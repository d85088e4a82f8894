"""What persons have written into nbgrader's gradebook: points given by hand, extra credit, penalties for being late."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Assignment as ReleasedAssignment
from nbgrader.api import BaseCell, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook

from grading.course import Course
from grading.gradebook import connect


@dataclass(frozen=True)
class Mark:
    """What a person has done about one check of one submission."""

    manual: float | None = None  # takes the place of the engine's points
    extra: float = 0.0  # comes on top
    pending: bool = False  # somebody should look at it


@dataclass(frozen=True)
class Marks:
    """What the gradebook says about one student beyond the points of the engine."""

    by_check: Mapping[str, Mark] = field(default_factory=dict)  # only checks that a person has to do with
    penalty: float = 0.0  # for being late


def read_marks(course: Course, assignment: str) -> dict[str, Marks]:
    """Return what persons have written about an assignment, for every student whom the gradebook knows.

    Raises:
        GradingError: the gradebook is there and cannot be read.
    """
    if not (course.root / "gradebook.db").is_file():
        return {}  # nothing was ever released here: opening it would make one
    by_student: dict[str, dict[str, Mark]] = {}
    penalties: dict[str, float] = {}
    with connect(course) as gradebook:
        by_student = {student: {} for (student,) in gradebook.db.query(Student.id)}
        for student, penalty, grade_id, manual, extra, pending in _grades(gradebook, assignment):
            penalties[student] = penalty or 0.0
            if (mark := Mark(manual, extra or 0.0, bool(pending))) != Mark():
                by_student[student][grade_id] = mark
    return {student: Marks(marks, penalties.get(student, 0.0)) for student, marks in by_student.items()}


def _grades(gradebook: Gradebook, assignment: str) -> list[Any]:
    """Return a row for each check of each submission, in one query."""
    rows: list[Any] = (
        gradebook.db.query(
            Student.id,
            SubmittedAssignment.late_submission_penalty,
            BaseCell.name,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(ReleasedAssignment, SubmittedAssignment.assignment_id == ReleasedAssignment.id)
        .join(Student, SubmittedAssignment.student_id == Student.id)
        .filter(ReleasedAssignment.name == assignment)
        .all()
    )
    return rows
