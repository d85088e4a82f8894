"""A demonstration class: students made from the variants, in a course folder of their own."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.course import Assignment, Course, graded_function
from grading.errors import CourseError
from grading.submission import Submission, Unreadable, read_submission
from grading.variants import Variant, compose, load_variants

ASSIGNMENT = "dinosaur_island"


@dataclass(frozen=True)
class Student:
    """One student of the demonstration class."""

    story: str
    variants: tuple[str, ...] = ()  # "wrong/clip/upper_bound_only"; functions without one are solved as the reference
    unfinished: tuple[str, ...] = ()  # functions left as the released stub
    broken: bool = False  # hands in half a file


@dataclass(frozen=True)
class DemoClass:
    """The whole class by student id; ids are made up."""

    students: Mapping[str, Student] = field(
        default_factory=lambda: {
            "s01": Student("everything right, as in the source notebook"),
            "s02": Student("handed in as released", unfinished=("clip", "sample", "optimize", "model")),
            "s03": Student("right in other ways", ("right/clip/boolean_masks", "right/sample/own_softmax")),
            "s04": Student("right in other ways", ("right/optimize/last_state_by_max", "right/model/modulo_by_hand")),
            "s05": Student("forgets the lower bound", ("wrong/clip/upper_bound_only",)),
            "s06": Student("clip returns nothing", ("wrong/clip/returns_nothing",)),
            "s07": Student("the likeliest letter instead of a draw", ("wrong/sample/most_likely",)),
            "s08": Student("two mistakes", ("wrong/sample/seed_not_advanced", "wrong/optimize/gradient_ascent")),
            "s09": Student("no clipping in optimize", ("wrong/optimize/no_clipping",)),
            "s10": Student("Y is not shifted", ("wrong/model/targets_not_shifted",)),
            "s11": Student("did not get to the end", unfinished=("optimize", "model")),
            "s12": Student("half a file", broken=True),
        }
    )


def build_demo(course: Course, target: Path) -> Course:
    """Make a course folder like this one in `target`, in the place of an earlier one; it has no students yet."""
    shutil.rmtree(target, ignore_errors=True)
    for part in ("submitted", "autograded", "feedback", "release", "exchange"):
        (target / part).mkdir(parents=True)
    shutil.copyfile(course.root / "nbgrader_config.py", target / "nbgrader_config.py")
    for part in ("source", "variants"):
        shutil.copytree(course.root / part / ASSIGNMENT, target / part / ASSIGNMENT)
    return Course(target)


def hand_in(course: Course, assignment: Assignment, students: DemoClass) -> None:
    """Write what each student hands in: the released folder with solutions in the notebook."""
    variants = {_path(variant): variant for variant in load_variants(course, assignment)}
    released = read_submission(course.release(assignment.name), "release", assignment.name)
    if isinstance(released, Unreadable):
        raise CourseError(released.reason)
    for student_id, student in students.students.items():
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
