"""A demonstration class: students made from the variants, in a course folder of their own."""

import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.course import Assignment, Course, graded_function
from grading.errors import CourseError
from grading.submission import Submission, Unreadable, read_submission
from grading.variants import Variant, compose, load_variants

CLASS = "demo_class.toml"  # beside the variants of an assignment: a table for each student, as in `Student`


@dataclass(frozen=True)
class Student:
    """One student of the demonstration class; the id is made up."""

    story: str
    variants: tuple[str, ...] = ()  # "wrong/clip/upper_bound_only"; functions without one are solved as the reference
    unfinished: tuple[str, ...] = ()  # functions left as the released stub
    broken: bool = False  # hands in half a file


def load_class(course: Course, assignment: Assignment) -> dict[str, Student]:
    """Return the students of the demonstration class of an assignment, by id.

    Raises:
        CourseError: it has none, or the file is not as it should be.
    """
    path = course.root / "variants" / assignment.name / CLASS
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            student: Student(
                table["story"],
                tuple(table.get("variants", ())),
                tuple(table.get("unfinished", ())),
                bool(table.get("broken")),
            )
            for student, table in tables.items()
        }
    except FileNotFoundError:
        raise CourseError(f"{assignment.name} has no demonstration class: {path} does not exist.") from None
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise CourseError(
            f"{path} should have a table for each student, with a story and perhaps variants ({error})."
        ) from error


def build_demo(course: Course, target: Path, assignments: Sequence[str]) -> Course:
    """Make a course folder like this one in `target`, in the place of an earlier one; it has no students yet."""
    shutil.rmtree(target, ignore_errors=True)
    for part in ("submitted", "autograded", "feedback", "release", "exchange"):
        (target / part).mkdir(parents=True)
    shutil.copyfile(course.root / "nbgrader_config.py", target / "nbgrader_config.py")
    for part in ("source", "variants"):
        for assignment in assignments:
            shutil.copytree(course.root / part / assignment, target / part / assignment)
    return Course(target)


def hand_in(course: Course, assignment: Assignment, students: Mapping[str, Student]) -> None:
    """Write what each student hands in: the released folder with solutions in the notebook."""
    variants = {_path(variant): variant for variant in load_variants(course, assignment)}
    released = read_submission(course.release(assignment.name), "release", assignment.name)
    if isinstance(released, Unreadable):
        raise CourseError(released.reason)
    for student_id, student in students.items():
        folder = course.submitted(student_id, assignment.name)
        shutil.copytree(course.release(assignment.name), folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / f"{assignment.name}.ipynb").write_text(_notebook(student, released, assignment, variants), "utf-8")


def _path(variant: Variant) -> str:
    return f"{'right' if variant.right else 'wrong'}/{variant.name}"


def _notebook(student: Student, released: Submission, assignment: Assignment, variants: Mapping[str, Variant]) -> str:
    missing = [name for name in student.variants if name not in variants]
    if missing:
        raise CourseError(f"The demonstration class needs the variants {', '.join(missing)}, and they do not exist.")
    stubs = _stubs(released)
    solutions = {variants[name].function: variants[name].source for name in student.variants}
    solutions |= {function: stubs[function] for function in student.unfinished}
    text: str = nbformat.writes(compose(released.notebook, assignment, solutions))
    return text[: len(text) // 2] if student.broken else text


def _stubs(released: Submission) -> dict[str, str]:
    """Return the solution cells of the release as they are, by graded function."""
    cells = [cell for cell in released.notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {graded_function(cell.source): cell.source for cell in cells}
