"""The cells of a student's notebook as the feedback page shows them.

Of a check, the page has the open part and the line of the record: what else it printed could show the inputs of a
hidden test, and a traceback its lines.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from nbformat import NotebookNode

from grading.course import Assignment
from grading.exhibits import Exhibit, data_uri, exhibits
from grading.hidden import without_hidden_tests
from grading.markup import NOTHING, code, markdown
from grading.reference import ReferenceRun, compared_cells
from grading.score_card import NO_RESPONSE, Assessment, CheckView, Comment, FunctionView

MAX_TYPESET_CHARACTERS = 200_000  # three times the course's notebook; 4 s at worst, for cells made to be slow


@dataclass(frozen=True)
class CellView:
    """One cell of the notebook: `kind` is heading, text, solution, check or code."""

    kind: str
    anchor: str
    title: str = ""
    html: Markup = NOTHING  # the text, or the code
    folded: bool = False  # the student has it as it was given, so that only a click shows it
    outputs: tuple[Exhibit, ...] = ()
    compared: bool = False  # its outputs stand further above, beside the reference
    check: CheckView | None = None
    function: FunctionView | None = None
    comment: Comment | None = None
    comment_html: Markup = NOTHING


@dataclass(frozen=True)
class Comparison:
    """What a look cell shows, beside the same with the reference solutions."""

    title: str
    anchor: str  # of the student's cell; empty where there is none
    yours: tuple[Exhibit, ...]
    reference: tuple[Exhibit, ...]

    @property
    def same(self) -> bool:
        """Whether both print the same text; the figures may differ in what nobody sees."""
        return bool(self._printed(self.yours)) and self._printed(self.yours) == self._printed(self.reference)

    @staticmethod
    def _printed(shown: Sequence[Exhibit]) -> list[str]:
        return [exhibit.text or exhibit.error for exhibit in shown if not exhibit.picture]


class CellViews:
    """Makes the views of the cells of one notebook."""

    def __init__(
        self,
        assignment: Assignment,
        functions: Sequence[FunctionView],
        assessment: Assessment,
        figures: Mapping[str, str],
        compared: Collection[str],
    ) -> None:
        """Take what all cells need; `compared` are the anchors of the cells that stand beside the reference."""
        self._assignment, self._assessment, self._figures = assignment, assessment, figures
        self._checks = {check.result.grade_id: check for function in functions for check in function.checks}
        self._functions = {function.solution: function for function in functions}
        self._given = {cell.source for cell in assignment.notebook.cells if "nbgrader" not in cell.metadata}
        self._compared = compared
        self._seen: set[str] = set()
        self._room = MAX_TYPESET_CHARACTERS

    def views(self, cells: Sequence[NotebookNode]) -> tuple[CellView, ...]:
        """Return what the page shows of the notebook, in its order."""
        views = (self._view(position, cell) for position, cell in enumerate(cells, start=1))
        return tuple(view for view in views if view is not None)

    def _view(self, position: int, cell: NotebookNode) -> CellView | None:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if grade_id in self._checks:
            check = self._checks[grade_id]
            open_part = without_hidden_tests(cell.source)
            return CellView("check", anchor(grade_id), check.result.title, code(open_part), folded=True, check=check)
        if grade_id in self._functions:
            return self._solution(grade_id, cell)
        if cell.cell_type == "code":
            return self._code(cell, f"cell-{position}", locked=bool(grade_id))
        return self._text(cell, f"cell-{position}")

    def _solution(self, grade_id: str, cell: NotebookNode) -> CellView:
        comment = self._assessment.comments.get(grade_id)
        comment = None if comment == NO_RESPONSE else comment  # the checks say it already: not written yet
        return CellView(
            "solution",
            anchor(grade_id),
            self._functions[grade_id].name,
            code(cell.source),
            outputs=exhibits(cell.get("outputs", [])),
            function=self._functions[grade_id],
            comment=comment,
            comment_html=markdown(comment.text) if comment else NOTHING,
        )

    def _code(self, cell: NotebookNode, name: str, *, locked: bool) -> CellView | None:
        source = without_hidden_tests(cell.source) if locked else cell.source
        compared = name in self._compared
        outputs = () if compared else exhibits(cell.get("outputs", []))
        given = locked or self._is_given(source)
        if (given and not outputs and not compared) or not source.strip():
            return None
        html = code(source) if self._has_room(source) else escape(source)
        return CellView("code", name, "", html, given, outputs, compared)

    def _text(self, cell: NotebookNode, name: str) -> CellView | None:
        """Return a text of the student's, or an instruction, folded below its heading; without one it is left out."""
        if not cell.source.strip():
            return None
        if not self._is_given(cell.source):
            typeset = self._has_room(cell.source)
            html = markdown(cell.source, _attachments(cell)) if typeset else Markup("<pre>{}</pre>").format(cell.source)
            return CellView("text", name, html=html)
        first, _, rest = cell.source.strip().partition("\n")
        if not first.startswith("## "):
            return None
        html = markdown(rest, self._figures) if rest.strip() else NOTHING
        return CellView("heading", name, first.lstrip("# ").strip(), html, folded=True)

    def _has_room(self, source: str) -> bool:
        """Return whether this is still typeset; cells after too much of it stay plain."""
        self._room -= len(source)
        return self._room >= 0

    def _is_given(self, source: str) -> bool:
        """Return whether this is a cell of the source notebook as it was handed out, seen for the first time."""
        given = source in self._given and source not in self._seen
        self._seen.add(source)
        return given


def anchor(grade_id: str) -> str:
    """Return the id on the page of a cell of the assignment."""
    return f"cell-{grade_id}"


def _attachments(cell: NotebookNode) -> dict[str, str]:
    """Return the pictures that were pasted into a text, by the names that it has for them."""
    pasted: dict[str, str] = {}
    for name, kinds in dict(cell.get("attachments", {})).items():
        for kind, content in dict(kinds).items() if isinstance(kinds, dict) else ():
            if isinstance(content, str) and (uri := data_uri(str(kind), content)):
                pasted[f"attachment:{name}"] = uri
    return pasted


def compare(assignment: Assignment, reference: ReferenceRun, cells: Sequence[NotebookNode]) -> tuple[Comparison, ...]:
    """Return the compared cells of a reference run; a student's cell is known by its id, or else by its text."""
    found = []
    for given in compared_cells(assignment):
        if given.id in reference.outputs:
            position, own = _find(given, cells)
            yours = exhibits(own.get("outputs", [])) if own else ()
            name = f"cell-{position}" if own else ""
            title = given.id.replace("-", " ").capitalize()
            found.append(Comparison(title, name, yours, exhibits(reference.outputs[given.id])))
    return tuple(found)


def _find(given: NotebookNode, cells: Sequence[NotebookNode]) -> tuple[int, Any]:
    """Return the place of a cell in a notebook, from 1 on, and the cell; 0 and None where it is gone."""
    candidates = [(place, cell) for place, cell in enumerate(cells, start=1) if "nbgrader" not in cell.metadata]
    for by in ("id", "source"):
        for place, cell in candidates:
            if cell.cell_type == "code" and cell.get(by) == given[by]:
                return place, cell
    return 0, None
