"""Grade the submissions of one assignment, and write what came out: notebooks, records, scores.

Workers do the grading (`job`); only this process touches the course folder and the gradebook, one submission after
the other, as the jobs come back. So a kill at any moment loses nothing: what has its record is done, and all else is
graded again by the next run.
"""

import fcntl
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import nbformat

from grading import sandbox
from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.execution import Limits
from grading.files import replace_folder, write_file
from grading.job import Graded, GradingPool, Task, make_task
from grading.report import Record, load_graded, save_record
from grading.submission import HandedIn, Unreadable, collect_submission
from grading.variants import load_variants

CERTIFICATE = "certificate.json"  # of `portability`: it says something about the checks, and they do not need it
LOCK = ".grading.lock"  # held by the one run that may write


def autograde(
    course: Course,
    assignment: Assignment,
    students: Sequence[str],
    *,
    workers: int,
    limits: Limits | None = None,
    sandboxed: bool = True,
    on_graded: Callable[[Record], None] = lambda record: None,
) -> list[Record]:
    """Grade these students' submissions and write notebooks, records and scores.

    Args:
        course: where `submitted/`, `autograded/` and the gradebook lie.
        assignment: which assignment.
        students: whose submissions; see `ungraded` for those that are due.
        workers: the number of processes.
        limits: what a submission may use.
        sandboxed: whether submissions run in sandboxes; see `check_sandbox`.
        on_graded: called with each record once it is written.

    Returns:
        The records, in the order of `students`.

    Raises:
        GradingError: the assignment is not released, another run is at work, or the gradebook or the disk cannot be
            written. Nothing is lost: the next run goes on where this one has ended.
    """
    if not students:
        return []
    course.make_secret()
    task = course_task(course, assignment, limits, sandboxed=sandboxed)
    handed_in = (
        collect_submission(course.submitted(student, assignment.name), student, assignment.name) for student in students
    )
    records: dict[str, Record] = {}
    with one_writer(course), GradingPool(task, min(workers, len(students))) as pool:
        results = pool.grade(handed_in)  # the workers begin while this process imports nbgrader, which takes a second
        for record in write_all(course, assignment, results):
            records[record.student] = record
            on_graded(record)
    return [records[student] for student in students]


def write_all(
    course: Course, assignment: Assignment, results: Iterator[tuple[HandedIn | Unreadable, Graded]]
) -> Iterator[Record]:
    """Write results as they come, and yield the record of each one once it is written.

    Raises:
        GradingError: the gradebook or the disk cannot be written.
    """
    from grading.gradebook import open_gradebook

    with open_gradebook(course, assignment) as gradebook:
        for handed_in, graded in results:
            try:
                write_result(course, assignment, gradebook, handed_in, graded)
            except OSError as error:
                where = error.filename or course.root
                raise GradingError(
                    f"{graded.record.student}: {where} cannot be written ({error.strerror}). What was graded before is "
                    "safe. Make room, and run the command again: it goes on from here."
                ) from error
            yield graded.record


def write_result(
    course: Course, assignment: Assignment, gradebook: object, handed_in: HandedIn | Unreadable, graded: Graded
) -> None:
    """Write the notebook, the scores and the record of one submission, in this order."""
    from grading.gradebook import write_scores

    record, folder = graded.record, course.autograded(graded.record.student, assignment.name)
    if record.status == "graded" and isinstance(handed_in, HandedIn):
        _write_autograded(folder, handed_in, graded)
        notebook = nbformat.v4.reads(graded.notebook)  # not nbformat.reads: a worker of ours has validated it
        points = {check.grade_id: check.points for check in record.checks}
        submitted = course.submitted(record.student, assignment.name)
        write_scores(gradebook, record.student, assignment, points, notebook, submission_time(submitted))
    save_record(record, folder)  # last: a submission without it is graded again


@contextmanager
def one_writer(course: Course) -> Iterator[None]:
    """Keep other runs from writing grades of this course meanwhile; the lock ends with this process.

    Raises:
        GradingError: another run holds it.
    """
    with (course.root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GradingError(f"Another run is grading in {course.root}. Wait for its end, and try again.") from None
        yield


def check_sandbox(course: Course, *, sandboxed: bool) -> None:
    """Refuse to grade without protection unless that was asked for.

    Raises:
        GradingError: this is no Linux, it has no sandbox, or the course lies where every sandbox can read it.
    """
    if platform.system() != "Linux":  # with or without a sandbox: the processes of the engine are Linux's
        raise GradingError(
            f"Grading needs Linux, and this is {platform.system()}. Run it in a virtual machine, in a container or in "
            "continuous integration. Students' notebooks and the validate button run anywhere."
        )
    if not sandboxed:
        return
    lacks = sandbox.missing()
    try:
        if not lacks:
            sandbox.check_builds()
    except GradingError as error:
        lacks = str(error)
    if lacks:
        raise GradingError(
            f"{lacks} Without a sandbox, submissions could read and change what you can. To grade submissions that "
            "you trust all the same: --no-sandbox. More: grading doctor"
        )
    sandbox.check_hidden(course.root)


def ungraded(course: Course, assignment: Assignment, students: Sequence[str]) -> list[str]:
    """Return the students whose submission was never graded, failed by our fault, or has come in anew since."""
    return [student for student in students if is_due(course, assignment.name, student)]


def is_due(course: Course, assignment: str, student: str) -> bool:
    """Say whether a submission was never graded, has failed by our fault, or has come in anew since."""
    if load_graded(course.autograded(student, assignment)) is None:
        return True
    submitted = submission_time(course.submitted(student, assignment))
    graded = submission_time(course.autograded(student, assignment))
    return submitted is not None and (graded is None or submitted > graded)


def submission_time(folder: Path) -> datetime | None:
    """Return the time in nbgrader's `timestamp.txt` (UTC), or None where there is none that can be read."""
    from nbgrader.utils import parse_utc

    try:
        text = (folder / "timestamp.txt").read_text(encoding="utf-8").strip()
        time: datetime = parse_utc(text)
    except (OSError, ValueError, OverflowError):
        return None
    return time


def course_task(
    course: Course, assignment: Assignment, limits: Limits | None = None, *, sandboxed: bool = True
) -> Task:
    """Return the task of grading an assignment of a course, with its release, its variants and its secret."""
    files, variants = released_files(course, assignment), load_variants(course, assignment)
    return make_task(assignment, files, limits, sandboxed=sandboxed, variants=variants, secret=course.secret())


def released_files(course: Course, assignment: Assignment) -> dict[str, bytes]:
    """Return what lies beside the notebook in the release, by relative path: the working folder of every run."""
    folder = course.release(assignment.name)
    if not folder.is_dir():
        raise GradingError(f"{folder} does not exist. Run: grading release {assignment.name}")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and "__pycache__" not in path.parts and path.name != CERTIFICATE
    }


def _write_autograded(folder: Path, handed_in: HandedIn, graded: Graded) -> None:
    """Write the executed notebook and the student's files into a new folder, then put it in its place."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, data in handed_in.files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        write_file(new / name, data)
    write_file(new / f"{folder.name}.ipynb", graded.notebook.encode())
    replace_folder(new, folder)


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
