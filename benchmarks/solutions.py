"""The reference solutions of a source notebook as ordinary functions, for figures that are those of the notebook."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grading.course import Course
from grading.variants import reference_solutions


def load_solutions(assignment: str, **given: Any) -> SimpleNamespace:
    """Return the graded functions of an assignment.

    Args:
        assignment: its name.
        given: what its cells find in the notebook, by name: modules, and functions of `utils`.

    Raises:
        CourseError: there is no such assignment.
    """
    names: dict[str, Any] = dict(given)
    solutions = reference_solutions(Course.find(Path(__file__).parent).assignment(assignment))
    for name, source in solutions.items():
        exec(compile(source, f"<{name}>", "exec"), names)
    return SimpleNamespace(**{name: names[name] for name in solutions})
