"""The course folder and its assignments, as the instructor wrote them."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.errors import CourseError

SECRET = ".grading.secret"  # in the course folder; no release and no clone has it


@dataclass(frozen=True)
class GradeCell:
    """One check: a property of one graded function, and what it is worth."""

    grade_id: str
    title: str  # the first comment line of the cell
    function: str  # the graded function that it checks
    points: float


@dataclass(frozen=True)
class Assignment:
    """One assignment: its source notebook holds solutions and hidden tests."""

    name: str
    source: Path  # the source notebook

    @cached_property
    def notebook(self) -> NotebookNode:
        """The source notebook. Treat it as read-only; copy a cell before changing it."""
        try:
            notebook: NotebookNode = nbformat.read(self.source, as_version=4)
            nbformat.validate(notebook)
        except Exception as error:  # nbformat raises nearly anything for some file or other that is no notebook
            raise CourseError(f"The source notebook {self.source} cannot be read: {error}") from error
        return notebook

    @cached_property
    def cells(self) -> dict[str, NotebookNode]:
        """The cells with a `grade_id`, by it and in the order of the notebook."""
        found: dict[str, NotebookNode] = {}
        for cell in self.notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in found:
                raise CourseError(f"The grade_id {grade_id!r} stands twice in {self.source}; each cell needs its own.")
            if grade_id is not None:
                self._check_settings(grade_id, cell)
                found[grade_id] = cell
        return found

    def _check_settings(self, grade_id: str, cell: NotebookNode) -> None:
        """Refuse what JupyterLab's Create Assignment panel would never write, but an editor of JSON might."""
        settings, where = cell.metadata.nbgrader, f"The cell {grade_id!r} of {self.source}"
        if missing := sorted({"grade", "solution", "locked"} - set(settings)):
            raise CourseError(f"{where} has no setting {missing[0]!r} in its nbgrader metadata.")
        if not settings.grade:
            return
        points = settings.get("points")
        if not isinstance(points, int | float) or not points > 0:
            raise CourseError(f"{where} should have a positive number of points, and not {points!r}.")
        if not cell.source.strip():
            raise CourseError(f"{where} is a check without any code.")

    @cached_property
    def grade_cells(self) -> tuple[GradeCell, ...]:
        """The checks, in the order of the notebook; each belongs to the graded function above it."""
        function, found = "", []
        for grade_id, cell in self.cells.items():
            settings = cell.metadata.nbgrader
            if settings.solution:
                function = graded_function(cell.source)
            elif settings.grade:
                title = cell.source.splitlines()[0].removeprefix("#").strip()
                found.append(GradeCell(grade_id, title, function, float(settings.points)))
        return tuple(found)

    @property
    def functions(self) -> tuple[str, ...]:
        """The graded functions, in the order of the notebook."""
        return tuple(dict.fromkeys(cell.function for cell in self.grade_cells))

    @property
    def max_points(self) -> float:
        """The points of all checks together."""
        return sum(cell.points for cell in self.grade_cells)


def graded_function(source: str) -> str:
    """Return the name behind ``# GRADED FUNCTION:`` in a solution cell; an empty text if there is none."""
    match = re.search(r"^# GRADED FUNCTION: *(\w+)", source, re.MULTILINE)
    return match.group(1) if match else ""


@dataclass(frozen=True)
class Course:
    """A folder with `nbgrader_config.py`: where the parts of nbgrader's course lie."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> "Course":
        """Return the course that `start` lies in.

        Raises:
            CourseError: neither `start` nor a folder above it holds an `nbgrader_config.py`.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / "nbgrader_config.py").is_file():
                return cls(folder)
        raise CourseError(
            f"{start} is not inside a course: no folder from there upwards holds an nbgrader_config.py. "
            "Change into the course folder, or name it with --course."
        )

    def assignments(self) -> list[str]:
        """Return the names of the assignments that have a source notebook."""
        return sorted(path.stem for path in (self.root / "source").glob("*/*.ipynb") if path.stem == path.parent.name)

    def assignment(self, name: str) -> Assignment:
        """Return the assignment of this name.

        Raises:
            CourseError: there is none.
        """
        source = self.root / "source" / name / f"{name}.ipynb"
        if not source.is_file():
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(f"There is no assignment {name!r}: {source} does not exist. Known assignments: {known}.")
        return Assignment(name, source)

    def secret(self) -> bytes:
        """Return what hidden tests draw each student's own inputs from; empty where none was made yet.

        It is what the environment has under GRADING_SECRET, as in continuous integration, or else the file that
        `make_secret` has written. Whoever has it regrades with the same inputs.
        """
        if given := os.environ.get("GRADING_SECRET"):
            return given.encode()
        try:
            return (self.root / SECRET).read_bytes().strip()
        except FileNotFoundError:
            return b""

    def make_secret(self) -> None:
        """Write a secret for this course, unless it has one; only its owner can read it."""
        if self.secret():
            return
        with suppress(FileExistsError):  # another run was faster
            descriptor = os.open(self.root / SECRET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{secrets.token_hex(32)}\n")

    def students(self, assignment: str) -> list[str]:
        """Return the ids of the students who have a folder for this assignment under `submitted/`."""
        return sorted(path.parent.name for path in (self.root / "submitted").glob(f"*/{assignment}"))

    def release(self, assignment: str) -> Path:
        """Return the folder that students download."""
        return self.root / "release" / assignment

    def submitted(self, student: str, assignment: str) -> Path:
        """Return the folder that a student handed in."""
        return self.root / "submitted" / student / assignment

    def autograded(self, student: str, assignment: str) -> Path:
        """Return the folder of the executed notebook and its record."""
        return self.root / "autograded" / student / assignment

    def feedback(self, student: str, assignment: str) -> Path:
        """Return the folder of the pages that the student gets."""
        return self.root / "feedback" / student / assignment
