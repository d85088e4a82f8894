"""Make a submission fit to be executed: restore what students may not change, drop what does not belong there.

The result holds the hidden tests, so it exists only in memory until the autograded notebook is written.
"""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from grading.course import Assignment, graded_function
from grading.submission import Submission

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Staged:
    """A notebook in which each cell of the assignment stands exactly once, and what had to be mended for that."""

    notebook: NotebookNode
    notices: tuple[str, ...]


def stage(submission: Submission, assignment: Assignment) -> Staged:
    """Return the submission with every locked cell and every check as the instructor wrote them.

    Cells are known by their `grade_id`. Where that is lost, a solution cell is known by its ``# GRADED FUNCTION``
    line, and where that is lost, too, by the function that it defines; a check that is missing is put back behind the
    cell that comes before it in the source.
    """
    known = _identify(submission.notebook.cells, assignment)
    cells, notices = _keep_last(submission.notebook.cells, known, assignment)
    staged = [_restore(cell, grade_id, assignment) for cell, grade_id in cells]
    missing = _insert_missing(staged, [grade_id for _, grade_id in cells], assignment)
    _make_ids_distinct(staged)
    return Staged(new_notebook(cells=staged, metadata=METADATA), (*submission.notices, *notices, *missing))


def _identify(cells: Sequence[NotebookNode], assignment: Assignment) -> list[str | None]:
    """Return the `grade_id` of each cell, or None for a cell of the student's own."""
    solutions = {
        graded_function(cell.source): grade_id
        for grade_id, cell in assignment.cells.items()
        if cell.metadata.nbgrader.solution
    }
    known: list[str | None] = []
    for cell in cells:
        settings = cell.metadata.get("nbgrader")
        grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
        known.append(grade_id if isinstance(grade_id, str) and grade_id in assignment.cells else None)
    solutions.pop("", None)  # a solution cell without that line cannot be known by it
    for index, cell in enumerate(cells):
        lost = solutions.get(graded_function(cell.source)) if cell.cell_type == "code" else None
        if lost and lost not in known:
            known[index] = lost
    for function, grade_id in solutions.items():
        if grade_id not in known:
            _identify_by_function(function, grade_id, cells, known)
    return known


def _identify_by_function(function: str, grade_id: str, cells: Sequence[NotebookNode], known: list[str | None]) -> None:
    """Take the last cell that defines the function; in place."""
    definition = re.compile(rf"^def {function}\b", re.MULTILINE)
    for index, cell in reversed(list(enumerate(cells))):
        if known[index] is None and cell.cell_type == "code" and definition.search(cell.source):
            known[index] = grade_id
            return


def _keep_last(
    cells: Sequence[NotebookNode], known: Sequence[str | None], assignment: Assignment
) -> tuple[list[tuple[NotebookNode, str | None]], list[str]]:
    """Keep the last of each locked cell and check. An earlier copy of a solution cell stays, as an ordinary cell."""
    last = {grade_id: index for index, grade_id in enumerate(known) if grade_id}
    kept: list[tuple[NotebookNode, str | None]] = []
    notices: dict[str, str] = {}
    for index, (cell, grade_id) in enumerate(zip(cells, known, strict=True)):
        if grade_id is None or last[grade_id] == index:
            kept.append((cell, grade_id))
            continue
        notices[grade_id] = (
            f"The cell {grade_id!r} stands more than once (first as cell {index + 1} of the notebook, last as cell "
            f"{last[grade_id] + 1}). The last one counts. Delete the others."
        )
        if assignment.cells[grade_id].metadata.nbgrader.solution:
            kept.append((cell, None))
    return kept, list(notices.values())


def _restore(cell: NotebookNode, grade_id: str | None, assignment: Assignment) -> NotebookNode:
    """Return a fresh cell: the instructor's where students may not write, else the student's bare source."""
    if grade_id is None:
        return _bare(cell)
    original = assignment.cells[grade_id]
    if not original.metadata.nbgrader.solution:
        return _copy_of(original)
    restored = _copy_of(original)
    restored.source = cell.source
    return restored


def _bare(cell: NotebookNode) -> NotebookNode:
    """Drop outputs, counts, tags and all other metadata: nothing of it may steer what follows."""
    own_id = cell.get("id", "")  # notebooks before format 4.5 have none
    bare = NotebookNode(cell_type=cell.cell_type, id=own_id, metadata=NotebookNode(), source=cell.source)
    if cell.cell_type == "code":
        bare.update(outputs=[], execution_count=None)
    elif "attachments" in cell:
        bare.attachments = cell.attachments
    return bare


def _copy_of(original: NotebookNode) -> NotebookNode:
    cell = copy.deepcopy(original)
    if cell.cell_type == "code":
        cell.update(outputs=[], execution_count=None)
    return cell


def _make_ids_distinct(cells: Sequence[NotebookNode]) -> None:
    """Give a cell of the student's a new id where it has none, or one that another cell has; in place."""
    taken = {cell.id for cell in cells if "nbgrader" in cell.metadata}
    for position, cell in enumerate(cells):
        if "nbgrader" in cell.metadata:
            continue
        if not cell.id or cell.id in taken:
            cell.id = f"own-cell-{position}"
        taken.add(cell.id)


def _insert_missing(staged: list[NotebookNode], present: list[str | None], assignment: Assignment) -> list[str]:
    """Put each missing cell behind the one that comes before it in the source; return a sentence for each."""
    notices = []
    position = 0
    for grade_id, original in assignment.cells.items():
        if grade_id in present:
            position = present.index(grade_id) + 1
            continue
        staged.insert(position, _copy_of(original))
        present.insert(position, grade_id)
        position += 1
        if original.metadata.nbgrader.solution:
            staged[position - 1].source = "# This cell was missing in the submission."
            notices.append(f"The solution cell {grade_id!r} is missing, and no other cell defines its function.")
        else:
            notices.append(f"The cell {grade_id!r} was missing and has been put back.")
    return notices
