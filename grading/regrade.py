"""Grade again only what a change of the checks can touch, and know whose score changes before anything is written.

A record keeps the fingerprint of each check (`fingerprints`). Where all are those of today, the submission is left
alone. Elsewhere the checks whose fingerprint has changed get new results, new checks are added, and those that are
gone vanish; all other results stay as they are, and so do the outputs of all other cells. What was handed in anew, or
was never graded, is graded as a whole.

The results lie in a file without a name until all are known, so a class of thousands takes no more memory than a class
of ten, and a run that is killed before it writes has changed nothing.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import IO

from grading.autograde import is_due, write_all
from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.gradebook import open_gradebook
from grading.job import Graded, GradingPool, Task
from grading.marks import read_marks
from grading.merging import merge
from grading.report import Record, load_graded
from grading.submission import HandedIn, Unreadable, collect_submission

Result = tuple[HandedIn | Unreadable, Graded]


@dataclass(frozen=True)
class Due:
    """What is to be graded again."""

    whole: tuple[str, ...] = ()  # students whose submission is graded as a whole
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by student: the checks, by grade_id

    @property
    def students(self) -> tuple[str, ...]:
        """All whose submission runs."""
        return (*self.whole, *self.changed)


def find_changed(course: Course, assignment: Assignment, students: Sequence[str], task: Task) -> Due:
    """Return what has changed since these students were graded.

    Args:
        course: where the records are.
        assignment: as it is now.
        students: who has handed in.
        task: of grading the assignment as it is now; it has the fingerprints of its checks.
    """
    whole: list[str] = []
    changed: dict[str, frozenset[str]] = {}
    for student in students:
        record = load_graded(course.autograded(student, assignment.name))
        if record is None or is_due(course, assignment.name, student):
            whole.append(student)
            continue
        touched = frozenset(grade_id for grade_id, _ in record.fingerprints.items() ^ task.fingerprints.items())
        if touched >= task.fingerprints.keys():
            whole.append(student)
        elif touched:
            changed[student] = touched
    return Due(tuple(whole), changed)


@dataclass(frozen=True)
class Change:
    """One line of what grading again would change."""

    student: str
    check: str  # its grade_id; empty: the submission had no score before
    old: float | None  # points; None: there was no such check, or no score
    new: float | None  # None: there is no such check any more
    old_total: float | None  # with the scores given by hand
    new_total: float
    by_hand: float | None = None  # the score that a person has given for the check: it counts, and stays


@dataclass(frozen=True)
class Trial:
    """Submissions that were graded again, and whose results are not written yet."""

    changes: tuple[Change, ...]
    graded: int  # how many submissions have run
    failed: tuple[Record, ...]  # those without a score, with the reason
    spool: IO[bytes] = field(repr=False)

    def results(self) -> Iterator[Result]:
        """Return the results once more, with the submissions that they belong to."""
        self.spool.seek(0)
        for _ in range(self.graded):
            result: Result = pickle.load(self.spool)  # of ours: nobody else can open a file without a name
            yield result

    def close(self) -> None:
        """Let go of the results."""
        self.spool.close()


def try_out(
    course: Course,
    assignment: Assignment,
    due: Due,
    task: Task,
    workers: int,
    on_graded: Callable[[Record], None] = lambda record: None,
) -> Trial:
    """Grade what is due, and write nothing. The trial is to be closed.

    Raises:
        GradingError: there is no room for the results.
    """
    changes: list[Change] = []
    failed: list[Record] = []
    marks = read_marks(course, assignment.name)
    with ExitStack() as undone:
        spool = undone.enter_context(tempfile.TemporaryFile())
        for handed_in, graded in _grade(course, assignment, due, task, workers):
            _put_aside((handed_in, graded), spool)
            record = graded.record
            on_graded(record)
            if record.status != "graded":
                failed.append(record)
                continue
            by_check = marks[record.student].by_check if record.student in marks else {}
            by_hand = {grade_id: mark.manual for grade_id, mark in by_check.items() if mark.manual is not None}
            changes += compare(load_graded(course.autograded(record.student, assignment.name)), record, by_hand)
        undone.pop_all()
    changes.sort(key=lambda change: change.student)
    return Trial(tuple(changes), len(due.students), tuple(failed), spool)


def check_writable(course: Course, assignment: Assignment) -> None:
    """Refuse early what could not be written later.

    Raises:
        GradingError: the gradebook cannot be used, or does not know the checks as they are now.
    """
    with open_gradebook(course, assignment):
        pass


def _put_aside(result: Result, spool: IO[bytes]) -> None:
    try:
        pickle.dump(result, spool)
    except OSError as error:
        reason = f"{tempfile.gettempdir()} has no room for the results ({error.strerror})."
        raise GradingError(f"{reason} Nothing was written. Make room, and run the command again.") from error


def write_trial(course: Course, assignment: Assignment, trial: Trial) -> list[str]:
    """Write the results of a trial, as `autograde` does, and return the students whose results were written.

    A fault of the grader's never takes the place of a grade: that submission keeps what it has, and is tried again by
    the next run.
    """

    def worth_writing() -> Iterator[Result]:
        for handed_in, graded in trial.results():
            record = graded.record
            had = load_graded(course.autograded(record.student, assignment.name))
            if record.status != "grader_error" or had is None:
                yield handed_in, graded

    return [record.student for record in write_all(course, assignment, worth_writing())]


def _grade(course: Course, assignment: Assignment, due: Due, task: Task, workers: int) -> Iterator[Result]:
    """Yield the results of all that is due, those of changed checks merged with what was known before."""
    whole = list(due.whole)
    for handed_in, graded in _run(course, assignment, _narrowed(task, due), list(due.changed), workers):
        student = graded.record.student
        folder = course.autograded(student, assignment.name)
        merged = merge(graded, folder, due.changed[student]) if graded.record.status == "graded" else graded
        if merged is None:  # what lies there is not what was graded: so it is graded anew, as a whole
            whole.append(student)
        else:
            yield handed_in, merged
    yield from _run(course, assignment, task, whole, workers)


def _narrowed(task: Task, due: Due) -> Task:
    """Return the task of running only as far as the changed checks need.

    All checks of a function whose check has changed are run, because hints look at all of them. Where checks are gone,
    everything is: in the notebooks that students have, they stand as cells of their own now.
    """
    changed = frozenset[str]().union(*due.changed.values())
    if not changed <= task.fingerprints.keys():
        return task
    functions = {check.function for check in task.assignment.grade_cells if check.grade_id in changed}
    wanted = frozenset(check.grade_id for check in task.assignment.grade_cells if check.function in functions)
    return replace(task, plan=replace(task.plan, wanted=wanted))


def _run(course: Course, assignment: Assignment, task: Task, students: Sequence[str], workers: int) -> Iterator[Result]:
    if not students:
        return
    handed_in = (
        collect_submission(course.submitted(student, assignment.name), student, assignment.name) for student in students
    )
    with GradingPool(task, min(workers, len(students))) as pool:
        yield from pool.grade(handed_in)


def compare(old: Record | None, new: Record, by_hand: Mapping[str, float]) -> list[Change]:
    """Return how the points of one student change, a line for each check.

    Args:
        old: what was known before, if anything was.
        new: what the checks say now.
        by_hand: the scores that a person has given, by `grade_id`; they count in both totals.
    """
    total = _total(new, by_hand)
    if old is None:
        return [Change(new.student, "", None, new.points, None, total)]
    before = {check.grade_id: (check.points, check.max_points) for check in old.checks}
    now = {check.grade_id: (check.points, check.max_points) for check in new.checks}
    return [
        Change(
            new.student,
            grade_id,
            before.get(grade_id, (None, None))[0],
            now.get(grade_id, (None, None))[0],
            _total(old, by_hand),
            total,
            by_hand.get(grade_id),
        )
        for grade_id in dict.fromkeys([*before, *now])
        if before.get(grade_id) != now.get(grade_id)
    ]


def _total(record: Record, by_hand: Mapping[str, float]) -> float:
    return sum(by_hand.get(check.grade_id, check.points) for check in record.checks)
