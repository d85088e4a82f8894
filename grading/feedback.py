"""The pages that students get.

`feedback_page` makes the page of a student, the same for `grading feedback`, for `nbgrader generate_feedback` and for
the formgrader. A submission that could not be graded gets a page with the reason.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from grading.course import Assignment, Course
from grading.errors import GradingError
from grading.files import write_atomically, write_file
from grading.gradebook import open_gradebook, read_assessment
from grading.markup import FIGURE_TYPES
from grading.reference import load_reference_run
from grading.report import Record
from grading.score_card import Assessment
from grading.student_page import make_page, title_of

RECEIPTS = ("timestamp.txt", "submission_secret.txt")  # what `nbgrader release_feedback` needs beside a page


def write_feedback(
    course: Course,
    assignment: Assignment,
    records: Sequence[Record],
    on_written: Callable[[Record], None] = lambda record: None,
) -> None:
    """Write the pages of these students where nbgrader has them; `on_written` is called after each."""
    with open_gradebook(course, assignment) as gradebook:
        for record in records:
            assessment = read_assessment(gradebook, assignment, record.student)
            _write_page(course, assignment, record, assessment)
            on_written(record)


def _write_page(course: Course, assignment: Assignment, record: Record, assessment: Assessment) -> None:
    folder = course.feedback(record.student, assignment.name)
    folder.mkdir(parents=True, exist_ok=True)
    notebook = _read_notebook(course, assignment, record) if record.status == "graded" else None
    page = feedback_page(course, assignment, record, assessment, notebook)
    write_atomically(folder / f"{assignment.name}.html", page.encode())
    for name in RECEIPTS:
        receipt = course.submitted(record.student, assignment.name) / name
        if receipt.is_file() and not receipt.is_symlink():
            write_file(folder / name, receipt.read_bytes())


def _read_notebook(course: Course, assignment: Assignment, record: Record) -> NotebookNode:
    path = course.autograded(record.student, assignment.name) / f"{assignment.name}.ipynb"
    try:
        notebook: NotebookNode = nbformat.v4.reads(path.read_text(encoding="utf-8"))  # was valid when it was written
    except (OSError, ValueError) as error:
        raise GradingError(
            f"{path} cannot be read ({error}). Run: grading autograde --force {assignment.name} {record.student}"
        ) from error
    return notebook


def feedback_page(
    course: Course,
    assignment: Assignment,
    record: Record,
    assessment: Assessment,
    notebook: NotebookNode | None,
) -> str:
    """Return the page of one student as HTML; without a notebook, the reason that the record gives."""
    if record.status != "graded" or notebook is None:
        text = _render("message.html.j2", record=record, title=title_of(assignment), **_style())
    else:
        reference, figures = load_reference_run(assignment), _figures(course, assignment)
        page = make_page(assignment, record, assessment, notebook, reference, figures)
        text = _render("feedback.html.j2", page=page, record=record, title=page.title, **_style())
    return text.encode("utf-8", "replace").decode()  # a student's text may hold half of a surrogate pair


def _figures(course: Course, assignment: Assignment) -> dict[str, str]:
    """Return the figures of the instructions as data URIs, by their path relative to the notebook."""
    folder = course.release(assignment.name)
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in FIGURE_TYPES and path.is_file())
    return {path.relative_to(folder).as_posix(): _as_uri(path) for path in files}


def _as_uri(path: Path) -> str:
    return f"data:{FIGURE_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


@lru_cache(maxsize=1)
def _style() -> dict[str, object]:
    """Return the style sheet, and its hash for the policy of the page: no other style has an effect there."""
    css = Path(__file__).with_name("templates").joinpath("student.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {"css": Markup(css), "css_hash": digest}


def _render(template: str, **values: object) -> str:
    return _templates().get_template(template).render(values)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("grading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
