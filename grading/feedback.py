"""The pages that students get.

nbgrader makes a student's page from the autograded notebook; `HideTests` takes out of it what would give the checks
away. A submission that could not be read gets a page with the reason.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.course import Assignment, Course
from grading.files import write_atomically
from grading.hidden import without_hidden_tests
from grading.nbgrader_app import generate_feedback
from grading.report import Record, load_record


class HideTests(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Cut hidden tests out of the checks, and replace what they printed by the line of the record.

    What a student's function prints while a hidden test runs would show the inputs of this test; a traceback
    would show its lines.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Treat one notebook; nbconvert calls this."""
        record = load_record(Path(resources["metadata"]["path"]))
        messages = {check.grade_id: check.message or "Passed." for check in record.checks} if record else {}
        for cell in nb.cells:
            settings = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and settings.get("grade"):
                cell.source = without_hidden_tests(cell.source)
                text = messages.get(settings.grade_id) or _summary(cell)
                cell.outputs = [new_output("stream", name="stdout", text=text + "\n")]
        return nb, resources


class TellSandbox(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Say at the top of a page that the submission was graded without a sandbox, where that is so."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Treat one notebook; nbconvert calls this."""
        record = load_record(Path(resources["metadata"]["path"]))
        if record is not None and record.sandbox == "none":
            nb.cells.insert(0, new_markdown_cell("*Graded without a sandbox.*"))
        return nb, resources


class EscapeMarkdown(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader ships no types
    """Show HTML in Markdown cells as text: `sanitize_html` covers outputs, but nbgrader's template not these cells."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Treat one cell; nbconvert calls this for each."""
        if cell.cell_type != "code":
            cell.source = cell.source.replace("<", "&lt;")
        return cell, resources


def _summary(cell: NotebookNode) -> str:
    """Return what became of a check that has no record, in a line. `GetGrades` has put its score beside its points."""
    score, points = cell.metadata.nbgrader.get("score") or 0, cell.metadata.nbgrader.points
    if score >= points:
        return "Passed."
    return f"{score:g} of {points:g} points." if score else "No points: the check did not end as it should."


def write_feedback(course: Course, assignment: Assignment, record: Record) -> Path:
    """Write the page of one student, and return its path."""
    folder = course.feedback(record.student, assignment.name)
    page = folder / f"{assignment.name}.html"
    if record.status == "graded":
        generate_feedback(course, assignment.name, record.student)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(page, _render("message.html.j2", record=record).encode())
    return page


def _render(template: str, **values: object) -> str:
    loader = PackageLoader("grading")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template(template).render(values)
