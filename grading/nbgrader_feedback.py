"""The feedback pages inside nbgrader: what `nbgrader generate_feedback` and the formgrader's button write.

nbgrader_config.py puts `FeedbackPage` in the place of nbgrader's own export.
"""

from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from grading.course import Course
from grading.feedback import feedback_page
from grading.gradebook import open_gradebook, read_assessment
from grading.report import Record, load_record


class FeedbackPage(Exporter):
    """Turns an autograded notebook into the student's page, the same as `grading feedback` writes."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override] # as with every exporter to text
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **_: Any
    ) -> tuple[str, dict[str, Any]]:
        """Treat one notebook; nbgrader calls this. The instructor's scores and comments come from its gradebook."""
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        names = resources["nbgrader"]
        course = Course.find(Path(resources["metadata"]["path"]))
        assignment, student = course.assignment(names["assignment"]), names["student"]
        record = load_record(course.autograded(student, assignment.name)) or Record(student, assignment.name, "graded")
        with open_gradebook(course, assignment) as gradebook:
            assessment = read_assessment(gradebook, assignment, student)
        return feedback_page(course, assignment, record, assessment, nb), resources
