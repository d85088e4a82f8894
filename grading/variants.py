"""Alternative solutions, right and wrong ones: they prove the checks, and they make the demonstration class.

A variant is a file ``variants/<assignment>/right|wrong/<function>/<name>.py`` that defines one graded function. The
docstring of a wrong one is the hint for a student who made this mistake; the first line names the checks that catch it:

    # caught by: clip_respects_both_bounds
    '''Only the upper bound is applied: values below -maxValue stay as they are.'''
"""

import ast
import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from grading.course import Assignment, Course, graded_function
from grading.errors import CourseError
from grading.hidden import without_markers

REFERENCE: Mapping[str, str] = {}  # no function replaced: all solutions are those of the source notebook


@dataclass(frozen=True)
class Variant:
    """One alternative solution of one graded function."""

    name: str  # "clip/upper_bound_only"
    function: str
    right: bool
    description: str  # why it is right; for a wrong one the hint
    caught_by: tuple[str, ...]  # grade_ids; empty for a right one
    source: str


def load_variants(course: Course, assignment: Assignment) -> list[Variant]:
    """Return all variants of an assignment, the right ones first.

    Raises:
        CourseError: a file is not built as described above, or names a function or check that does not exist.
    """
    folder = course.root / "variants" / assignment.name
    paths = sorted(folder.glob("right/*/*.py")) + sorted(folder.glob("wrong/*/*.py"))
    return [_load(path, assignment) for path in paths]


def _load(path: Path, assignment: Assignment) -> Variant:
    text = path.read_text(encoding="utf-8")
    function, right = path.parent.name, path.parent.parent.name == "right"
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CourseError(f"{path}, line {error.lineno}: {error.msg}.") from error
    description = ast.get_docstring(tree)
    if not description:
        raise CourseError(f"{path} has no docstring. It should say what is particular about this variant.")
    header = re.match(r"# caught by: *(.*)", text)
    caught_by = tuple(re.split(r"[,\s]+", header.group(1).strip())) if header else ()
    _check_header(path, function, right, caught_by, assignment)
    source = "\n".join(text.splitlines()[tree.body[0].end_lineno :]).strip("\n")
    if not any(isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == function for node in tree.body):
        raise CourseError(f"{path} does not define {function!r}, which its folder names.")
    return Variant(f"{function}/{path.stem}", function, right, description, caught_by, source)


def _check_header(path: Path, function: str, right: bool, caught_by: tuple[str, ...], assignment: Assignment) -> None:
    if function not in assignment.functions:
        known = ", ".join(assignment.functions)
        raise CourseError(f"{path} lies in a folder for {function!r}, but the graded functions are {known}.")
    if right == bool(caught_by):
        expected = "no '# caught by:' line" if right else "a first line '# caught by: <grade_id>, ...'"
        raise CourseError(f"{path} should have {expected}.")
    known_ids = {check.grade_id for check in assignment.grade_cells}
    if unknown := sorted(set(caught_by) - known_ids):
        raise CourseError(f"{path} names {', '.join(unknown)}, but {assignment.source} has no such grade cell.")


def reference_solutions(assignment: Assignment) -> dict[str, str]:
    """Return the solution of each graded function as the source notebook has it, without the markers."""
    return {
        graded_function(cell.source): without_markers(cell.source)
        for cell in assignment.cells.values()
        if cell.metadata.nbgrader.solution
    }


def compose(released: NotebookNode, assignment: Assignment, solutions: Mapping[str, str]) -> NotebookNode:
    """Return the released notebook as a student hands it in: with these solutions, by function, else the reference."""
    sources = {**reference_solutions(assignment), **solutions}
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = sources[graded_function(cell.source)]
    return notebook
