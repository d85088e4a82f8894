"""What became of every student of an assignment: the one row model that the class report and all exports read.

The points of a check are those of the record, unless somebody has given others by hand in nbgrader's gradebook. A
result without a score is a state of its own and never zero points: see `State`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from grading.autograde import ungraded
from grading.course import Assignment, Course, GradeCell
from grading.marks import Mark, Marks, read_marks
from grading.report import Record, load_record
from grading.scoring import CheckResult


class State(StrEnum):
    """Whether there is a score, and if not, who has to do something."""

    GRADED = "graded"
    NEEDS_A_PERSON = "needs_a_person"  # something was handed in, and it has no score that counts
    NOT_SUBMITTED = "not_submitted"  # the gradebook knows the student, and nothing was handed in


# The student's fault as far as anybody can tell, but a slow or crowded machine looks the same.
LOOK_AT = {
    "process_died": "its process ended",
    "not_reached": "its process had ended",
    "timeout": "it took too long",
}


@dataclass(frozen=True)
class Result:
    """One student's row."""

    student: str
    assignment: str
    state: State
    max_points: float
    checks: tuple[CheckResult, ...] = ()  # as far as they are known, in the order of the assignment
    reason: str = ""  # why there is no score: a sentence
    by_hand: frozenset[str] = frozenset()  # the grade_ids whose points a person has given
    penalty: float = 0.0  # taken off for being late, by nbgrader's plugin for that
    seconds: float = 0.0
    notices: tuple[str, ...] = ()  # what had to be mended in the submission
    sandbox: str = ""

    @property
    def points(self) -> float | None:
        """The score; None where there is none."""
        if self.state != State.GRADED:
            return None
        return max(0.0, sum(check.points for check in self.checks) - self.penalty)

    def points_of(self, function: str) -> float | None:
        """Return the points for one graded function; None where there is no score."""
        if self.state != State.GRADED:
            return None
        return sum(check.points for check in self.checks if check.function == function)

    @property
    def worth_a_look(self) -> str:
        """Why a person may want to look at it although its score stands; empty if there is no reason."""
        if self.state != State.GRADED:
            return ""
        odd = [check for check in self.checks if check.verdict in LOOK_AT]
        return f"{odd[0].function}: {LOOK_AT[odd[0].verdict]} ({odd[0].title})" if odd else ""

    @property
    def first_fault(self) -> str:
        """The first thing to look at, in a line; empty if there is none."""
        if self.state != State.GRADED:
            return self.reason
        lost = [check for check in self.checks if check.points < check.max_points]
        return f"{lost[0].function}: {lost[0].message}" if lost else next(iter(self.notices), "")


def class_results(course: Course, assignment: Assignment) -> list[Result]:
    """Return a row for everybody who has handed in, was graded, or is known to the gradebook, by student id.

    Raises:
        GradingError: the gradebook is there and cannot be read.
    """
    marks, submitted = read_marks(course, assignment.name), set(course.students(assignment.name))
    graded = {path.parent.name for path in (course.root / "autograded").glob(f"*/{assignment.name}")}
    students = sorted(submitted | graded | set(marks))
    outdated = set(ungraded(course, assignment, students))
    results = []
    for student in students:
        record = load_record(course.autograded(student, assignment.name))
        if student not in submitted and record is None and not marks.get(student, Marks()).by_check:
            absent = Result(student, assignment.name, State.NOT_SUBMITTED, assignment.max_points)
            results.append(replace(absent, reason="Nothing was handed in."))
        else:
            newer = student in outdated and record is not None and record.status == "graded"
            results.append(merge(student, assignment, record, marks.get(student, Marks()), newer=newer))
    return results


def merge(student: str, assignment: Assignment, record: Record | None, marks: Marks, *, newer: bool = False) -> Result:
    """Return the row of a student from the record and from what a person has written into the gradebook.

    Args:
        student: the student's id.
        assignment: the assignment as it is now; it says which checks there are.
        record: what the engine made of the submission, if anything.
        marks: what the gradebook says.
        newer: whether something was handed in after the record was made.
    """
    cells = assignment.grade_cells
    automatic = {check.grade_id: check for check in record.checks} if record and record.status == "graded" else {}
    checks = [_merged(cell, automatic.get(cell.grade_id), marks.by_check.get(cell.grade_id, Mark())) for cell in cells]
    known = tuple(check for check in checks if check is not None)
    reason = _why_no_score(assignment, record, marks, complete=len(known) == len(cells), newer=newer)
    result = Result(
        student,
        assignment.name,
        State.NEEDS_A_PERSON if reason else State.GRADED,
        assignment.max_points,
        known,
        reason,
        frozenset(grade_id for grade_id, mark in marks.by_check.items() if mark.manual is not None or mark.extra),
        marks.penalty,
    )
    return replace(result, seconds=record.seconds, notices=record.notices, sandbox=record.sandbox) if record else result


def _merged(cell: GradeCell, automatic: CheckResult | None, mark: Mark) -> CheckResult | None:
    """Return a check with the points that count; None if neither the engine nor a person has given any."""
    if automatic is not None and automatic.max_points != cell.points:
        automatic = None  # its points have changed since
    if mark.manual is None and (automatic is None or not mark.extra):
        return automatic
    empty = CheckResult(cell.grade_id, cell.title, cell.function, "", 0.0, cell.points, "")
    check = automatic or empty
    points = (check.points if mark.manual is None else mark.manual) + mark.extra
    verdict = "passed" if points >= cell.points else "partial" if points > 0 else "failed"
    message = "" if verdict == "passed" else check.message or "The points were given by hand."
    return replace(check, verdict=verdict, points=points, message=message)


def _why_no_score(assignment: Assignment, record: Record | None, marks: Marks, *, complete: bool, newer: bool) -> str:
    """Return a sentence; empty if there is a score that counts."""
    pending = [grade_id for grade_id, mark in marks.by_check.items() if mark.pending]
    if newer:
        return f"Something newer was handed in. Run: grading autograde {assignment.name}"
    if complete and not pending:
        return ""
    if complete:
        return f"Graded again after somebody gave points by hand: look at {pending[0]} in the formgrader."
    if record is None:
        return f"Not graded yet. Run: grading autograde {assignment.name}"
    if record.status == "graded":
        return f"The checks have changed since it was graded. Run: grading autograde {assignment.name} --force"
    return f"{'Our fault' if record.status == 'grader_error' else 'Cannot be read'}: {record.message}"
