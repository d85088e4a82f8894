"""Our engine inside nbgrader: what `nbgrader autograde` and the formgrader's button run.

nbgrader converts each notebook twice: first it restores the cells of the assignment, then it executes and grades.
nbgrader_config.py puts `StageSubmission` and `GradeSubmission` in the place of its own preprocessors, so that a
submission is read, staged, executed and scored by the same functions as with `grading autograde`, to the same grades.
"""

import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from grading.autograde import check_sandbox, course_task, one_writer, submission_time
from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.gradebook import open_gradebook, write_scores
from grading.job import GradingPool, Task
from grading.report import save_record
from grading.staging import stage
from grading.submission import HandedIn, Unreadable, collect_submission, parse_submission

Resources = dict[str, Any]


class StageSubmission(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Replaces a submitted notebook by the staged one."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Treat one notebook; nbconvert calls this. What it has read itself (`nb`) is put aside."""
        _, assignment, handed_in = _submission(resources)
        submission = parse_submission(handed_in)
        if isinstance(submission, Unreadable):
            raise GradingError(submission.reason)
        return stage(submission, assignment).notebook, resources


class GradeSubmission(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Executes and grades a submission in the engine, and writes its scores and its record."""

    sandbox = Bool(True, help="Run submissions in a sandbox; without it, they run with your own rights.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Treat one notebook; nbconvert calls this.

        Raises:
            GradingError: it could not be graded; nbgrader logs the reason, and no score is written.
        """
        course, assignment, handed_in = _submission(resources)
        check_sandbox(course, sandboxed=self.sandbox)
        course.make_secret()
        task = course_task(course, assignment, sandboxed=self.sandbox)
        ((_, graded),) = _pool(pickle.dumps(task)).grade([handed_in])
        record = graded.record
        if record.status != "graded":
            raise GradingError(f"{record.student}: {record.message}")
        notebook = nbformat.reads(graded.notebook, as_version=4)
        points = {check.grade_id: check.points for check in record.checks}
        submitted = submission_time(course.submitted(record.student, assignment.name))
        with one_writer(course), open_gradebook(course, assignment) as gradebook:
            write_scores(gradebook, record.student, assignment, points, notebook, submitted)
            save_record(record, course.autograded(record.student, assignment.name))
        return notebook, resources


def _submission(resources: Resources) -> tuple[Course, Assignment, HandedIn]:
    """Return what nbgrader is about to grade, read by ourselves."""
    names = resources["nbgrader"]
    course = Course.find(Path(resources["metadata"]["path"]))
    assignment = course.assignment(names["assignment"])
    folder = course.submitted(names["student"], assignment.name)
    handed_in = collect_submission(folder, names["student"], assignment.name)
    if isinstance(handed_in, Unreadable):
        raise GradingError(handed_in.reason)
    return course, assignment, handed_in


@lru_cache(maxsize=1)
def _pool(packed: bytes) -> GradingPool:
    """Return the worker for a task: nbgrader converts one notebook after the other, and each should find it ready.

    It ends with this process, or when another task takes its place.
    """
    task: Task = pickle.loads(packed)
    return GradingPool(task, workers=1)
