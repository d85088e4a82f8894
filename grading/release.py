"""Build what students download, and look for anything in it that they must not see."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import utils
from grading.autograde import course_task
from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.hidden import HIDDEN_TESTS, SOLUTION, secret_lines
from grading.imports import follow_imports
from grading.job import Graded, GradingPool, Task
from grading.nbgrader_app import generate_assignment
from grading.renewal import renew_cells
from grading.report import Record
from grading.submission import Submission, Unreadable, pack_submission, read_submission
from grading.variants import REFERENCE, compose


@dataclass(frozen=True)
class ReleaseCheck:
    """What a release is worth, and what is wrong with it."""

    stub: Record  # the release as it is: must score zero
    reference: Record  # the release with the solutions of the source notebook: must have full marks
    leaks: tuple[str, ...]  # a sentence for each thing that students must not see
    unrefereed: tuple[str, ...] = ()  # a sentence for each thing in a check that the referee cannot do
    executed: str = ""  # the notebook with the reference solutions as it ran, for `reference`

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that forbids to hand the release out, as sentences."""
        found = [*self.leaks, *self.unrefereed]
        if self.stub.status != "graded" or self.stub.points:
            found.append(f"The release should score 0 as it is, but it scores {_outcome(self.stub)}.")
        if self.reference.status != "graded" or self.reference.points != self.reference.max_points:
            found.append(
                f"The solutions of the source notebook should have full marks, but have {_outcome(self.reference)}."
            )
        return tuple(found)


def _outcome(record: Record) -> str:
    if record.status != "graded":
        return f"no score ({record.message})"
    lost = "; ".join(f"{check.grade_id}: {check.message}" for check in record.checks if check.points < check.max_points)
    return f"{record.points:g} of {record.max_points:g} points" + (f" ({lost})" if record.points else "")


def build_release(course: Course, assignment: Assignment) -> Path:
    """Let nbgrader build `release/<assignment>/` and register the checks in the gradebook; return the folder."""
    _check_source(assignment)
    course.make_secret()
    renew_cells(course, assignment)
    generate_assignment(course, assignment.name)
    return course.release(assignment.name)


def _check_source(assignment: Assignment) -> None:
    """Refuse a source notebook that nbgrader would take and that could not be graded as meant."""
    if not assignment.grade_cells:
        raise GradingError(f"{assignment.source} has no grade cell, so there is nothing to grade.")
    for check in assignment.grade_cells:
        source = assignment.cells[check.grade_id].source
        if not check.function:
            raise GradingError(f"No solution cell with a '# GRADED FUNCTION:' line stands above {check.grade_id!r}.")
        if not source.startswith("#"):
            raise GradingError(f"The first line of {check.grade_id!r} should be a comment: the title of the check.")


def add_course_files(root: Path, name: str) -> None:
    """Place beside the released notebook what it imports of the package `utils`. nbgrader calls this after converting.

    Args:
        root: the folder of the course.
        name: of the assignment.
    """
    course = Course(root)
    folder, package = course.release(name), Path(utils.__file__).parent
    shutil.rmtree(folder / package.name, ignore_errors=True)
    paths = [path for path in sorted(package.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    files = {path.relative_to(package.parent).as_posix(): path.read_bytes() for path in paths}
    code = (cell.source for cell in course.assignment(name).notebook.cells if cell.cell_type == "code")
    needed = follow_imports(code, files).files
    for file, data in files.items():
        if file in needed or not file.endswith(".py"):  # what is no Python, data say, belongs to the package
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data)


def check_release(course: Course, assignment: Assignment, workers: int, *, sandboxed: bool = True) -> ReleaseCheck:
    """Grade the release as it is and with the reference solutions, and search every released file for secrets."""
    folder = course.release(assignment.name)
    stub = read_submission(folder, "stub", assignment.name)
    if isinstance(stub, Unreadable):
        raise GradingError(stub.reason)
    reference = Submission("reference", compose(stub.notebook, assignment, REFERENCE))
    task = course_task(course, assignment, sandboxed=sandboxed)
    with GradingPool(task, min(workers, 2)) as pool:
        submissions = [pack_submission(stub), pack_submission(reference)]
        graded = {handed_in.student: result for handed_in, result in pool.grade(submissions)}
    return ReleaseCheck(
        graded["stub"].record,
        graded["reference"].record,
        tuple(find_leaks(folder, assignment)),
        _unrefereed(task, graded["reference"]),
        graded["reference"].notebook,
    )


def _unrefereed(task: Task, reference: Graded) -> tuple[str, ...]:
    """Return what the plan and the run of the reference solutions say about checks that cannot be refereed."""
    said = (f"In a check, {fault}." for fault in reference.faults)
    return (*task.plan.faults, *dict.fromkeys(said))


def find_leaks(folder: Path, assignment: Assignment) -> list[str]:
    """Return a sentence for each line or value of the source's hidden parts that stands in a released file."""
    secrets = _secrets(assignment)
    leaks = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        text = _as_text(path)
        if "HIDDEN TESTS" in text or "BEGIN SOLUTION" in text:
            leaks.append(f"{path} contains a marker of a hidden test or a solution.")
        leaks += [
            f"{path} contains {secret!r}, which only a hidden part holds." for secret in secrets if secret in text
        ]
    return leaks


def _as_text(path: Path) -> str:
    """Return a file as text; of a notebook, what its JSON means, where quotes are not escaped."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    return text.replace('\\"', '"').replace("\\\\", "\\") if path.suffix == ".ipynb" else text


def _secrets(assignment: Assignment) -> set[str]:
    """Return the telling lines and numbers that stand in hidden parts and nowhere in the open ones.

    A line tells something from 12 characters on, a number from 4 digits: shorter ones, such as ``n_a=5``, stand
    everywhere. Lines of code that the notebook itself shows are no secret.
    """
    hidden, shown = [], []
    for cell in assignment.notebook.cells:
        hidden += list(secret_lines(cell.source))
        shown.append(SOLUTION.sub("", HIDDEN_TESTS.sub("", cell.source)))
    open_text = "\n".join(shown)
    lines = {line for line in hidden if len(line) >= 12 and not line.startswith("return ")}
    numbers = set(re.findall(r"\d*\.?\d{4,}(?:e-?\d+)?", "\n".join(hidden)))
    return {secret for secret in lines | numbers if secret not in open_text}
