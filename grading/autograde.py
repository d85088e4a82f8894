"""Grade the submissions of one assignment: read, stage, execute, score, record, write.

The stages up to scoring are a job, bytes in and bytes out, and run in worker processes. Only this module's
`autograde` touches the course folder and the gradebook, one submission after the other, as the jobs come back.
"""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.execution import Execution, Limits, execute
from grading.files import replace_folder
from grading.gradebook import open_gradebook, submission_time, write_scores
from grading.report import Record, load_record, save_record
from grading.scoring import score
from grading.staging import stage
from grading.submission import Submission, Unreadable, read_submission


@dataclass(frozen=True)
class Graded:
    """A record, and the executed notebook as text where there is one."""

    record: Record
    notebook: str = ""


def autograde(
    course: Course,
    assignment: Assignment,
    students: Sequence[str],
    *,
    workers: int,
    limits: Limits | None = None,
    on_graded: Callable[[Record], None] = lambda record: None,
) -> list[Record]:
    """Grade these students' submissions and write notebooks, records and scores.

    Args:
        course: where `submitted/`, `autograded/` and the gradebook lie.
        assignment: which assignment.
        students: whose submissions; see `ungraded` for those that are due.
        workers: the number of processes.
        limits: how long a submission may run.
        on_graded: called with each record once it is written.

    Returns:
        The records, in the order of `students`.

    Raises:
        GradingError: the assignment is not released, or the gradebook cannot be used.
    """
    records: dict[str, Record] = {}
    with open_gradebook(course, assignment) as gradebook:
        submissions = [
            read_submission(course.submitted(student, assignment.name), student, assignment.name)
            for student in students
        ]
        for submission, graded in grade_all(
            submissions, assignment, released_files(course, assignment), workers, limits
        ):
            record, folder = graded.record, course.autograded(graded.record.student, assignment.name)
            if record.status == "graded" and isinstance(submission, Submission):
                _write_autograded(folder, submission, graded)
                notebook = nbformat.reads(graded.notebook, as_version=4)
                points = {check.grade_id: check.points for check in record.checks}
                submitted = course.submitted(record.student, assignment.name)
                write_scores(gradebook, record.student, assignment, points, notebook, submitted)
            save_record(record, folder)  # last: a submission without it is graded again
            records[record.student] = record
            on_graded(record)
    return [records[student] for student in students]


def ungraded(course: Course, assignment: Assignment, students: Sequence[str]) -> list[str]:
    """Return the students whose submission was never graded, failed by our fault, or has come in anew since."""
    return [student for student in students if _is_due(course, assignment.name, student)]


def _is_due(course: Course, assignment: str, student: str) -> bool:
    record = load_record(course.autograded(student, assignment))
    if record is None or record.status != "graded":
        return True
    submitted = submission_time(course.submitted(student, assignment))
    graded = submission_time(course.autograded(student, assignment))
    return submitted is not None and (graded is None or submitted > graded)


def released_files(course: Course, assignment: Assignment) -> dict[str, bytes]:
    """Return what lies beside the notebook in the release, by relative path: the working folder of every run."""
    folder = course.release(assignment.name)
    if not folder.is_dir():
        raise GradingError(f"{folder} does not exist. Run: grading release {assignment.name}")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and "__pycache__" not in path.parts
    }


def grade_all(
    submissions: Sequence[Submission | Unreadable],
    assignment: Assignment,
    files: Mapping[str, bytes],
    workers: int,
    limits: Limits | None = None,
) -> Iterator[tuple[Submission | Unreadable, Graded]]:
    """Grade submissions in worker processes, and yield each with its result as it is done. Writes nothing."""
    readable = []
    for submission in submissions:
        if isinstance(submission, Unreadable):
            yield (
                submission,
                Graded(Record(submission.student, assignment.name, "unreadable", message=submission.reason)),
            )
        else:
            readable.append(submission)
    if not readable:
        return
    # spawn: this process may have threads and event loops, which a fork would copy in an unknown state
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(readable)), mp_context=context) as pool:
        futures = {
            pool.submit(
                grade_one, submission, assignment, _working_files(submission, files), limits or Limits()
            ): submission
            for submission in readable
        }
        for future in as_completed(futures):
            yield futures[future], _result(future, futures[future], assignment)


def _working_files(submission: Submission, released: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the released files and the student's own, less those that would stand in a released folder."""
    taken = {name.split("/")[0] for name in released}
    own = {name: data for name, data in submission.files.items() if name.split("/")[0] not in taken}
    return {**own, **released}


def _result(future: Future[Graded], submission: Submission, assignment: Assignment) -> Graded:
    try:
        return future.result()
    except Exception as error:  # whatever it is, it is ours: the student's faults are values
        message = f"The grader failed on this submission ({type(error).__name__}: {error}). It will be tried again."
        return Graded(Record(submission.student, assignment.name, "grader_error", message=message))


def grade_one(submission: Submission, assignment: Assignment, files: Mapping[str, bytes], limits: Limits) -> Graded:
    """Stage, execute and score one submission. This is the job of a worker; it writes nothing."""
    staged = stage(submission, assignment)
    execution = execute(staged.notebook, files, limits)
    _check_setup(execution)
    checks = score(execution, assignment)
    record = Record(
        student=submission.student,
        assignment=assignment.name,
        status="graded",
        checks=checks,
        notices=staged.notices,
        seconds=round(execution.seconds, 3),
    )
    return Graded(record, nbformat.writes(execution.notebook))


def _check_setup(execution: Execution) -> None:
    """Raise where a locked cell fails before any code of the student's has run: that is no fault of the student's."""
    for cell, run in zip(execution.notebook.cells, execution.runs, strict=True):
        settings = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and (settings.get("grade") or not settings.get("locked")):
            return
        if run.ending != "ok":
            raise RuntimeError(
                f"the locked cell {settings.get('grade_id')!r} fails: {run.error} {run.message}".rstrip()
            )


def _write_autograded(folder: Path, submission: Submission, graded: Graded) -> None:
    """Write the executed notebook and the student's files into a new folder, then put it in its place."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, data in submission.files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (new / f"{folder.name}.ipynb").write_text(graded.notebook, encoding="utf-8")
    replace_folder(new, folder)


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
