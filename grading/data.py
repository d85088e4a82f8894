"""The texts that a notebook reads and a release may not have: placed beside the notebook while it is graded.

A source notebook names them in its metadata, `"texts": ["timemachine.txt"]`; `utils.texts` knows where they come from.
A sandbox has no network, so the grader looks for them first: what it does not have, the notebook cannot load, and the
cells that try are shown with that error. Checks should need no such text.
"""

from collections.abc import Iterator

from grading.course import Assignment
from grading.errors import CourseError, GradingError
from utils.texts import BESIDE_NOTEBOOK, TEXTS, TextError, find_text, load_text


def texts_of(assignment: Assignment) -> dict[str, bytes]:
    """Return the texts of an assignment that this machine has, by their path beside the notebook.

    Raises:
        CourseError: the notebook names a text that nobody knows.
        GradingError: a file in a folder for such texts is another one than it should be.
    """
    try:
        found = {name: find_text(name) for name in _names(assignment)}
    except TextError as error:
        raise GradingError(str(error)) from error
    return {(BESIDE_NOTEBOOK / name).as_posix(): path.read_bytes() for name, path in found.items() if path}


def missing_texts(assignment: Assignment) -> list[str]:
    """Return the names of the texts that this machine does not have."""
    present = texts_of(assignment)
    return [name for name in _names(assignment) if (BESIDE_NOTEBOOK / name).as_posix() not in present]


def fetch_texts(assignment: Assignment) -> Iterator[str]:
    """Download what this machine does not have, and yield a sentence for each text that could not be had."""
    for name in missing_texts(assignment):
        try:
            load_text(name)
        except TextError as error:
            yield f"{error} Until then, cells that read it fail when they are graded; checks do not need it."


def _names(assignment: Assignment) -> list[str]:
    names: list[str] = list(assignment.notebook.metadata.get("texts", []))
    if unknown := [name for name in names if name not in TEXTS]:
        known = ", ".join(TEXTS)
        raise CourseError(f"{assignment.source} names the text {unknown[0]!r} in its metadata. Known texts: {known}.")
    return names
