"""nbgrader's gradebook: the one writer of scores. Manual scores and comments of the instructor stay as they are."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Comment as CommentRow
from nbgrader.api import Grade, Gradebook, InvalidEntry, MissingEntry
from nbgrader.utils import compute_checksum
from sqlalchemy.exc import SQLAlchemyError

from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.score_card import Assessment, Comment

LOCK_SECONDS = 30  # how long to wait for another writer, such as the formgrader: its transactions take far less


@contextmanager
def open_gradebook(course: Course, assignment: Assignment) -> Iterator[Gradebook]:
    """Open the gradebook and make sure that it knows the assignment.

    Raises:
        GradingError: the assignment was never released, has changed since, or the database cannot be used.
    """
    with connect(course) as gradebook:
        gradebook.db().expire_on_commit = False  # else each commit would let all cells be loaded once more
        _released = _check_assignment(gradebook, assignment)  # held, and with it its cells stay loaded
        yield gradebook


@contextmanager
def connect(course: Course) -> Iterator[Gradebook]:
    """Open the database, and say in a sentence where that fails."""
    put_scripts_on_path()
    # nbgrader builds the rows of a submission in an order that SQLAlchemy remarks on; they are written all the same.
    warnings.filterwarnings("ignore", r"Object of type <Submitted\w+> not in session")
    database = course.root / "gradebook.db"
    log = logging.getLogger("tornado.application")  # nbgrader prints a traceback there, and we say it in a sentence
    was_disabled, log.disabled = log.disabled, True
    try:
        with Gradebook(f"sqlite:///{database}?timeout={LOCK_SECONDS}") as gradebook:
            yield gradebook
    except (SQLAlchemyError, InvalidEntry) as error:  # nbgrader makes the second of the first now and then
        reason = str(getattr(error, "orig", error)).strip()
        raise GradingError(f"The gradebook {database} cannot be used: {reason}. No score was lost.") from error
    finally:
        log.disabled = was_disabled


def _check_assignment(gradebook: Gradebook, assignment: Assignment) -> object:
    """Return the notebook as the gradebook knows it, if its checks are those of the source."""
    advice = f"Run: grading release {assignment.name}"
    try:
        notebook = gradebook.find_notebook(assignment.name, assignment.name)
    except MissingEntry as error:
        raise GradingError(f"The gradebook does not know the assignment {assignment.name!r} yet. {advice}") from error
    stored = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    if stored != {check.grade_id: check.points for check in assignment.grade_cells}:
        raise GradingError(f"The checks of {assignment.source} have changed since it was released. {advice}")
    return notebook


def put_scripts_on_path() -> None:
    """Let nbgrader find the command `alembic`, which it starts by its bare name, in an environment not activated."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])


def write_scores(
    gradebook: Gradebook,
    student: str,
    assignment: Assignment,
    points: dict[str, float],
    notebook: NotebookNode,
    submitted: datetime | None,
) -> None:
    """Write the points of one submission, by `grade_id`, in one transaction.

    Args:
        gradebook: from `open_gradebook`.
        student: the student's id; created if the gradebook does not know it.
        assignment: the assignment that was graded.
        points: the points of every check.
        notebook: the executed notebook; it shows which solution cells are still the released stub.
        submitted: when it was handed in (UTC), if that is known.
    """
    gradebook.update_or_create_student(student)
    details = {"timestamp": submitted} if submitted else {}
    submission = gradebook.update_or_create_submission(assignment.name, student, **details)
    graded = next(part for part in submission.notebooks if part.name == assignment.name)
    _add_missing_rows(graded)
    for grade in graded.grades:
        if grade.manual_score is None:
            grade.needs_manual_grade = False
        elif grade.auto_score != points[grade.name]:  # what that person has looked at was something else
            grade.needs_manual_grade = True
        grade.auto_score = points[grade.name]
    stubs = _unchanged_solutions(graded.notebook, notebook)
    for comment in graded.comments:
        comment.auto_comment = "No response." if comment.name in stubs else None
    gradebook.db.commit()


def read_assessment(gradebook: Gradebook, assignment: Assignment, student: str) -> Assessment:
    """Return the scores and comments of one submission, an instructor's before ours; empty if there is none."""
    try:
        graded = gradebook.find_submission_notebook(assignment.name, assignment.name, student)
    except MissingEntry:
        return Assessment()
    return Assessment(
        scores={grade.name: float(grade.score) for grade in graded.grades},
        by_hand=frozenset(
            grade.name for grade in graded.grades if grade.manual_score is not None or grade.extra_credit
        ),
        comments={
            comment.name: Comment(comment.comment, comment.manual_comment is not None)
            for comment in graded.comments
            if comment.comment
        },
        late_penalty=float(graded.late_submission_penalty or 0),
    )


def _add_missing_rows(graded: Any) -> None:
    """Give a submission that was graded before the grades and comments of cells that have come since."""
    for rows, kind, cells in (
        (graded.grades, Grade, graded.notebook.grade_cells),
        (graded.comments, CommentRow, graded.notebook.solution_cells),
    ):
        known = {row.cell_id for row in rows}
        for cell in [cell for cell in cells if cell.id not in known]:
            row = kind()
            rows.append(row)  # first: so it belongs to the session, and then to its cell
            row.cell = cell


def _unchanged_solutions(released: Any, notebook: NotebookNode) -> set[str]:
    """Return the `grade_id`s of the solution cells that are still as released, by the gradebook's row of that."""
    checksums = {cell.name: cell.checksum for cell in released.source_cells}
    solutions = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {
        cell.metadata.nbgrader.grade_id
        for cell in solutions
        if compute_checksum(cell) == checksums.get(cell.metadata.nbgrader.grade_id)
    }
