"""The score card of one submission: graded functions, their checks, and the points that count."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grading.course import Assignment, GradeCell, graded_function
from grading.report import Record
from grading.scoring import CheckResult

VERDICTS: Mapping[str, tuple[str, str]] = {  # what the page calls a verdict, and its tone
    "passed": ("Passed", "good"),
    "partial": ("Passed in part", "part"),
    "failed": ("Failed", "bad"),
    "not_implemented": ("Not written yet", "open"),
    "error": ("Stopped by an error", "bad"),
    "timeout": ("Out of time", "bad"),
    "memory_exceeded": ("Out of memory", "bad"),
    "output_exceeded": ("Printed too much", "bad"),
    "process_died": ("Process ended", "bad"),
    "not_reached": ("Not reached", "open"),
}
MARKS = {"good": "✓", "part": "◐", "bad": "✗", "open": "–"}


@dataclass(frozen=True)
class Comment:
    """A comment on a solution cell; `by_hand`: the instructor wrote it, and not the autograder."""

    text: str
    by_hand: bool


NO_RESPONSE = Comment("No response.", by_hand=False)  # nbgrader's, on a solution cell that is still as released


@dataclass(frozen=True)
class Assessment:
    """What the gradebook says about one submission: its scores count, for some may be given by hand."""

    scores: Mapping[str, float] = field(default_factory=dict)  # by grade_id
    by_hand: frozenset[str] = frozenset()  # grade_ids of scores that an instructor gave or raised
    comments: Mapping[str, Comment] = field(default_factory=dict)  # by grade_id of the solution cell
    late_penalty: float = 0.0


@dataclass(frozen=True)
class CheckView:
    """One check, with the points that count."""

    result: CheckResult
    points: float
    by_hand: bool
    hint: str  # empty if there is none

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return VERDICTS.get(self.result.verdict, (self.result.verdict.replace("_", " "), ""))[0]

    @property
    def tone(self) -> str:
        """One of good, part, bad, open: how it is coloured."""
        return VERDICTS.get(self.result.verdict, ("", "bad"))[1]

    @property
    def says(self) -> str:
        """The message, where it says more than the verdict."""
        return "" if self.result.message.rstrip(".") == self.verdict else self.result.message

    @property
    def mark(self) -> str:
        """The verdict as a sign."""
        return MARKS[self.tone]


@dataclass(frozen=True)
class FunctionView:
    """One graded function and its checks."""

    name: str
    solution: str  # grade_id of its solution cell
    checks: tuple[CheckView, ...]

    @property
    def points(self) -> float:
        """The points of its checks together."""
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> float:
        """The points that were to be had."""
        return sum(check.result.max_points for check in self.checks)


def score_card(assignment: Assignment, record: Record, assessment: Assessment) -> tuple[FunctionView, ...]:
    """Return the graded functions with their checks, in the order of the assignment."""
    solutions = {
        graded_function(cell.source): grade_id
        for grade_id, cell in assignment.cells.items()
        if cell.metadata.nbgrader.solution
    }
    return tuple(
        FunctionView(name, solutions.get(name, ""), _checks_of(name, assignment, record, assessment))
        for name in assignment.functions
    )


def _checks_of(function: str, assignment: Assignment, record: Record, assessment: Assessment) -> tuple[CheckView, ...]:
    """Return the checks of a function. One mistake may fail all of them: a hint is given once."""
    results = {check.grade_id: check for check in record.checks}
    views: list[CheckView] = []
    for check in (check for check in assignment.grade_cells if check.function == function):
        points = assessment.scores.get(check.grade_id)
        result = results.get(check.grade_id) or _without_record(check, points or 0.0, graded=bool(results))
        points = result.points if points is None else points
        given = result.hint in {view.result.hint for view in views}
        hint = "The same as above." if result.hint and given else result.hint
        views.append(CheckView(result, points, check.grade_id in assessment.by_hand, hint))
    return tuple(views)


def _without_record(check: GradeCell, points: float, *, graded: bool) -> CheckResult:
    """Return what a score alone tells about a check, as after grading by something else."""
    verdict = "passed" if points >= check.points else "partial" if points else "not_reached" if graded else "failed"
    message = {
        "failed": "The check did not end as it should.",
        "not_reached": "This check is newer than your score. It has not run yet.",
    }.get(verdict, "")
    return CheckResult(check.grade_id, check.title, check.function, verdict, points, check.points, message)
