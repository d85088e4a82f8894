"""Grade one notebook without a gradebook: for continuous integration, and for students who want to know."""

from pathlib import Path

from grading.autograde import course_task
from grading.course import Assignment, Course
from grading.job import GradingPool
from grading.report import Record
from grading.submission import collect_notebook


def check_notebook(course: Course, assignment: Assignment, notebook: Path, *, sandboxed: bool) -> Record:
    """Return the record of one notebook, whatever its file is called; write nothing.

    Files beside it are left alone: only the release of the assignment stands in its working directory.
    """
    task = course_task(course, assignment, sandboxed=sandboxed)
    handed_in = collect_notebook(notebook, student="")
    with GradingPool(task, workers=1) as pool:  # the engine wants a process that has no threads: a worker's
        ((_, graded),) = pool.grade([handed_in])
    return graded.record
