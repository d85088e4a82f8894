"""Prove the checks of an assignment by its variants: right ones keep full marks, wrong ones fail what they name.

The instrument is tried first: the reference solutions must have full marks and the stub none, or nothing else is
believed. Variants then run in teams, one of each graded function in one notebook, so that the mistakes of all
functions meet: a check that another function can disturb shows. Where a team does not do what is expected of its
members, each of them runs alone.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from grading.autograde import released_files
from grading.course import Assignment, Course, GradeCell
from grading.errors import GradingError
from grading.job import GradingPool, make_task
from grading.plan import Plan, needed_cells
from grading.release import ReleaseCheck
from grading.report import Record
from grading.submission import Submission, Unreadable, pack_submission, read_submission
from grading.variants import REFERENCE, Variant, compose, load_variants

STUB, SOLVED = "stub", "reference"  # the two runs that try the instrument

Team = tuple[Variant, ...]  # of different functions; the others are solved as the reference


@dataclass(frozen=True)
class Row:
    """What became of one variant: a row of the kill matrix."""

    variant: Variant
    lost: Mapping[str, str] = field(default_factory=dict)  # by grade_id: what each check said that took points
    fault: str = ""  # why it could not be graded

    @property
    def survived(self) -> tuple[str, ...]:
        """The checks that should have caught it and did not."""
        return tuple(check for check in self.variant.caught_by if check not in self.lost)

    @property
    def unfair(self) -> tuple[str, ...]:
        """The checks that it lost and should have kept."""
        return tuple(check for check in self.lost if check not in self.variant.caught_by)

    @property
    def as_expected(self) -> bool:
        """Whether it lost what it should, and nothing else."""
        return not (self.fault or self.survived or self.unfair)


@dataclass(frozen=True)
class Verification:
    """The kill matrix of an assignment, and what is wrong with it."""

    assignment: str
    checks: tuple[GradeCell, ...]
    stub: Record
    reference: Record
    rows: tuple[Row, ...] = ()
    together: tuple[str, ...] = ()  # a sentence for each team that loses what none of its members loses alone
    seconds: float = 0.0

    @property
    def broken(self) -> tuple[str, ...]:
        """Why the instrument cannot be trusted; then there are no rows."""
        return ReleaseCheck(self.stub, self.reference, leaks=()).faults

    @property
    def catches(self) -> dict[str, int]:
        """How many wrong variants each check catches."""
        caught = [check for row in self.rows if not row.variant.right for check in row.lost]
        return {check.grade_id: caught.count(check.grade_id) for check in self.checks}

    @property
    def alone(self) -> dict[str, int]:
        """How many wrong variants need each check: no other one catches them."""
        needed = [next(iter(row.lost)) for row in self.rows if not row.variant.right and len(row.lost) == 1]
        return {check.grade_id: needed.count(check.grade_id) for check in self.checks}

    @property
    def idle(self) -> tuple[str, ...]:
        """The checks that no wrong variant needs."""
        return tuple(check for check, variants in self.alone.items() if not variants)

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as it should be, as sentences."""
        if self.broken:
            return self.broken
        idle = (f"No wrong variant needs the check {check}: whatever it catches, others catch." for check in self.idle)
        return (*(fault for row in self.rows for fault in _row_faults(row, self.checks)), *self.together, *idle)

    def proved(self, *, right: bool) -> int:
        """Return how many right, or how many wrong, variants did what they should."""
        return sum(row.as_expected and row.variant.right == right for row in self.rows)


def _row_faults(row: Row, checks: Sequence[GradeCell]) -> Iterator[str]:
    name = f"The {'right' if row.variant.right else 'wrong'} variant {row.variant.name}"
    if row.fault:
        yield f"{name} could not be graded: {row.fault}"
        return
    if row.survived:
        yield f"{name} survives: {', '.join(row.survived)} should catch it."
    for check in row.unfair:
        yield f"{name} should not lose {check}: {row.lost[check]}"
    own = {check.grade_id for check in checks if check.function == row.variant.function}
    if elsewhere := sorted(set(row.variant.caught_by) - own):
        yield f"{name} names {', '.join(elsewhere)}: a mistake should cost points of its own function only."


def verify(
    course: Course,
    assignment: Assignment,
    workers: int,
    *,
    sandboxed: bool = True,
    on_graded: Callable[[str], None] = lambda name: None,
) -> Verification:
    """Grade the reference, the stub and all variants of a released assignment through the real engine.

    Args:
        course: where its release and its variants are.
        assignment: which one.
        workers: number of processes.
        sandboxed: whether they run in sandboxes.
        on_graded: called with the name of each variant when it has been graded.
    """
    started = time.monotonic()
    variants, released = load_variants(course, assignment), released_notebook(course, assignment)
    task = make_task(assignment, released_files(course, assignment), sandboxed=sandboxed)
    with GradingPool(task, workers) as pool:
        solved = compose(released, assignment, REFERENCE)
        records = dict(grade_notebooks(pool, {STUB: released, SOLVED: solved}))
        result = Verification(assignment.name, assignment.grade_cells, records[STUB], records[SOLVED])
        if not result.broken:
            rows, together = _Trial(assignment, task.plan, released, pool).run(variants, on_graded)
            result = replace(result, rows=rows, together=together)
    return replace(result, seconds=round(time.monotonic() - started, 1))


def released_notebook(course: Course, assignment: Assignment) -> NotebookNode:
    """Return the notebook that students download.

    Raises:
        GradingError: there is none that can be read.
    """
    stub = read_submission(course.release(assignment.name), STUB, assignment.name)
    if isinstance(stub, Unreadable):
        raise GradingError(stub.reason)
    return stub.notebook


def grade_notebooks(pool: GradingPool, notebooks: Mapping[str, NotebookNode]) -> Iterator[tuple[str, Record]]:
    """Yield the record of each notebook with its name, in the order in which they are done."""
    handed_in = (pack_submission(Submission(name, notebook)) for name, notebook in notebooks.items())
    for submission, graded in pool.grade(handed_in):
        yield submission.student, graded.record


def lean(notebook: NotebookNode, plan: Plan) -> NotebookNode:
    """Return a notebook without what only shows something; staging puts the checks back."""
    cells = needed_cells(notebook.cells, plan, plan.needs)
    small: NotebookNode = new_notebook(cells=cells, metadata=notebook.metadata)
    return small


def make_teams(variants: Sequence[Variant], functions: Sequence[str]) -> list[Team]:
    """Return teams of one variant of each function; of the last ones, functions that have none left are missing."""
    columns = [[variant for variant in variants if variant.function == function] for function in functions]
    return [tuple(variant for variant in team if variant) for team in zip_longest(*columns)]


@dataclass(frozen=True)
class _Trial:
    """Grades variants of one assignment."""

    assignment: Assignment
    plan: Plan
    released: NotebookNode
    pool: GradingPool

    def run(
        self, variants: Sequence[Variant], on_graded: Callable[[str], None]
    ) -> tuple[tuple[Row, ...], tuple[str, ...]]:
        """Return the rows of all variants, and a sentence for each team that is worse than its members."""
        right = make_teams([variant for variant in variants if variant.right], self.assignment.functions)
        wrong = make_teams([variant for variant in variants if not variant.right], self.assignment.functions)
        graded = list(self._grade([*right, *wrong], on_graded))
        doubtful = [(team, record) for team, record in graded if not _as_expected(team, record)]
        alone = dict(self._alone(doubtful, on_graded))
        rows = [alone.get(variant) or _row(variant, record, own=True) for team, record in graded for variant in team]
        together = [_worse(team, record, alone) for team, record in doubtful]
        return tuple(sorted(rows, key=lambda row: variants.index(row.variant))), tuple(filter(None, together))

    def _alone(
        self, teams: Sequence[tuple[Team, Record]], on_graded: Callable[[str], None]
    ) -> Iterator[tuple[Variant, Row]]:
        singles = [(variant,) for team, _ in teams for variant in team]
        for (variant,), record in self._grade(singles, on_graded):
            yield variant, _row(variant, record, own=False)

    def _grade(self, teams: Sequence[Team], on_graded: Callable[[str], None]) -> Iterator[tuple[Team, Record]]:
        named = {f"team-{number}": team for number, team in enumerate(teams)}
        notebooks = {name: self._notebook(team) for name, team in named.items()}
        for name, record in grade_notebooks(self.pool, notebooks):
            for variant in named[name]:
                on_graded(variant.name)
            yield named[name], record

    def _notebook(self, team: Team) -> NotebookNode:
        """Return what this team hands in; right ones run all of it, and the look cells show that it works."""
        notebook = compose(self.released, self.assignment, {variant.function: variant.source for variant in team})
        return notebook if all(variant.right for variant in team) else lean(notebook, self.plan)


def _lost(record: Record) -> set[str]:
    return {check.grade_id for check in record.checks if check.points < check.max_points}


def _as_expected(team: Team, record: Record) -> bool:
    """Say whether a team lost what its members name, of all functions; whose it is does not show yet."""
    expected = {check for variant in team for check in variant.caught_by}
    return record.status == "graded" and _lost(record) == expected


def _row(variant: Variant, record: Record, *, own: bool) -> Row:
    """Return what a variant lost: of its own function's points, or of all where nobody else can be to blame."""
    if record.status != "graded":
        return Row(variant, fault=record.message)
    lost = [check for check in record.checks if check.points < check.max_points]
    return Row(
        variant, {check.grade_id: check.message for check in lost if not own or check.function == variant.function}
    )


def _worse(team: Team, record: Record, alone: Mapping[Variant, Row]) -> str:
    """Return a sentence if a team has not lost what its members lose alone."""
    expected = {check for variant in team for check in alone[variant].lost}
    lost = _lost(record)
    if record.status == "graded" and lost == expected:
        return ""
    names = ", ".join(variant.name for variant in team)
    differing = ", ".join(sorted(lost ^ expected)) or record.message
    return f"Handed in together, {names} do not lose what each of them loses alone: {differing}."


def as_json(result: Verification) -> dict[str, Any]:
    """Return all that the result says, as data for JSON."""
    catches, alone = result.catches, result.alone
    return {
        "assignment": result.assignment,
        "stub_points": result.stub.points,
        "reference_points": result.reference.points,
        "checks": [{"grade_id": check, "catches": catches[check], "catches_alone": alone[check]} for check in catches],
        "variants": [_row_as_json(row) for row in result.rows],
        "idle": list(result.idle),
        "faults": list(result.faults),
        "seconds": result.seconds,
    }


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.variant.name,
        "right": row.variant.right,
        "lost": dict(row.lost),
        "survived": list(row.survived),
        "unfair": list(row.unfair),
        "fault": row.fault,
    }
