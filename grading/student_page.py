"""What stands on the feedback page of one student, as values: the template only lays it out.

The page leads with the score and the checks. Then comes what the student's functions bring about, beside the
reference, then the student's notebook.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from grading.cell_views import CellView, CellViews, Comparison, compare
from grading.course import Assignment
from grading.reference import ReferenceRun
from grading.report import Record
from grading.score_card import Assessment, CheckView, FunctionView, score_card


@dataclass(frozen=True)
class StudentPage:
    """All of a page."""

    title: str
    record: Record
    functions: tuple[FunctionView, ...]
    late_penalty: float
    comparisons: tuple[Comparison, ...]
    cells: tuple[CellView, ...]

    @property
    def points(self) -> float:
        """The points that count."""
        return sum(function.points for function in self.functions) - self.late_penalty

    @property
    def max_points(self) -> float:
        """The points that were to be had."""
        return sum(function.max_points for function in self.functions)

    @property
    def first_lost(self) -> CheckView | None:
        """The first check that has lost points: where to begin."""
        checks = (check for function in self.functions for check in function.checks)
        return next((check for check in checks if check.points < check.result.max_points), None)


def make_page(
    assignment: Assignment,
    record: Record,
    assessment: Assessment,
    notebook: NotebookNode,
    reference: ReferenceRun,
    figures: Mapping[str, str],
) -> StudentPage:
    """Return the page of a submission that was graded.

    Args:
        assignment: whose checks they are.
        record: what became of them.
        assessment: what the gradebook says.
        notebook: the autograded one.
        reference: the look cells of the reference solutions.
        figures: those of the instructions, as data URIs by the names that the notebook has for them.
    """
    functions = score_card(assignment, record, assessment)
    comparisons = compare(assignment, reference, notebook.cells)
    compared = {comparison.anchor for comparison in comparisons}
    cells = CellViews(assignment, functions, assessment, figures, compared).views(notebook.cells)
    return StudentPage(title_of(assignment), record, functions, assessment.late_penalty, comparisons, cells)


def title_of(assignment: Assignment) -> str:
    """Return the first heading of the source notebook, or else the name of the assignment."""
    texts = (cell.source for cell in assignment.notebook.cells if cell.cell_type == "markdown")
    return next((line[2:].strip() for text in texts for line in text.splitlines() if line[:2] == "# "), assignment.name)
