"""Let the gradebook take over new cells of an assignment, and let go of those that are gone.

nbgrader refuses both once somebody was graded, because it would have to do something about the grades. Here new checks
get their grades when submissions are graded again (`gradebook.write_scores`), and checks that are gone take theirs
with them, unless a person has written something there.
"""

from collections.abc import Iterable
from typing import Any

from nbgrader.api import GradeCell, MissingEntry, SolutionCell, SourceCell

from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.gradebook import connect


def renew_cells(course: Course, assignment: Assignment) -> None:
    """Let the gradebook know the cells that the source has; nbgrader fills in the rest when it builds the release.

    Raises:
        GradingError: a cell is gone to which a person has given scores or comments, or the gradebook cannot be used.
    """
    if not (course.root / "gradebook.db").is_file():
        return
    with connect(course) as gradebook:
        try:
            notebook = gradebook.find_notebook(assignment.name, assignment.name)
        except MissingEntry:
            return
        if not notebook.submissions:
            return  # nbgrader makes all of them anew
        for known, kind, wanted in (
            (notebook.grade_cells, GradeCell, _wanted(assignment, "grade")),
            (notebook.solution_cells, SolutionCell, _wanted(assignment, "solution")),
            (notebook.source_cells, SourceCell, _wanted(assignment, "grade", "solution", "locked")),
        ):
            names = {cell.name for cell in known}
            _remove(gradebook.db, [cell for cell in known if cell.name not in wanted], assignment)
            new = [kind(name=name, notebook=notebook, **_details(assignment, name, kind)) for name in wanted - names]
            gradebook.db.add_all(new)
        gradebook.db.commit()


def _wanted(assignment: Assignment, *settings: str) -> set[str]:
    cells = assignment.cells.items()
    return {grade_id for grade_id, cell in cells if any(cell.metadata.nbgrader[setting] for setting in settings)}


def _details(assignment: Assignment, grade_id: str, kind: type[Any]) -> dict[str, Any]:
    """Return what the database demands of a new cell."""
    cell = assignment.cells[grade_id]
    if kind is GradeCell:
        return {"max_score": float(cell.metadata.nbgrader.points), "cell_type": cell.cell_type}
    return {"cell_type": cell.cell_type} if kind is SourceCell else {}


def _remove(database: Any, cells: Iterable[Any], assignment: Assignment) -> None:
    """Remove cells that are gone, with what the engine has written there."""
    for cell in cells:
        written = [] if isinstance(cell, SourceCell) else [*cell.grades, *cell.comments]
        by_hand = sorted(row.notebook.student.id for row in written if _is_by_hand(row))
        if by_hand:
            raise GradingError(
                f"The cell {cell.name!r} is gone from {assignment.source}, and somebody has given scores or comments "
                f"to it: {', '.join(by_hand)}. Take these back in the formgrader, or put the cell back."
            )
        for row in [*written, cell]:
            database.delete(row)


def _is_by_hand(row: Any) -> bool:
    """Say whether a person has written something into a grade or a comment; zero points are something, too."""
    scored = getattr(row, "manual_score", None) is not None
    return scored or bool(getattr(row, "extra_credit", None)) or bool(getattr(row, "manual_comment", None))
